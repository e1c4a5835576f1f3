//! Events.

use jiff::Timestamp;
use serde_json::Value;
use trunkline_admin::events::Event;

use crate::dto::convert::dtos;

dtos! {
    /// Something that happened.
    pub(crate) EventDto as Event = Event, |event| {
        /// Id: the same wherever and however often it is delivered.
        #[schema(examples("evt_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
        id: String = event.draft.id,
        /// `number.purchased`, `number.updated`, `number.released`, `number.release_held`, `number.gone`,
        /// `number.returned`, `number.appeared`, `number.missing`, `number.changed`, `inventory.suspect`,
        /// `purchase.unknown`, `purchase.settled`, `caller_id.verified`, `caller_id.failed` or `account.unhealthy`.
        #[schema(examples("number.purchased"))]
        r#type: String = event.draft.kind,
        /// Time.
        at: Timestamp = event.draft.at,
        /// Tenant.
        #[schema(examples("default"))]
        tenant: String = event.draft.tenant,
        /// The account.
        #[schema(examples("twilio"))]
        account: String = event.draft.account,
        /// The id of the number, purchase or caller ID, or the name of the account.
        #[schema(examples("twilio:PN00000000000000000000000000000001"))]
        resource: String = event.draft.resource,
        /// Its place among the events of its resource: from 1, without gaps.
        #[schema(examples(1))]
        sequence: i64,
        /// Details, by type.
        data: Value = event.draft.data,
    }
}
