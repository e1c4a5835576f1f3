//! Events.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use trunkline_admin::events::Event;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventDto {
    /// Its id: the same wherever and however often it is delivered.
    #[schema(examples("evt_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// `number.purchased`, `number.updated`, `number.released`, `number.release_held`,
    /// `number.gone`, `number.returned`, `purchase.unknown`, `purchase.settled`, `caller_id.verified`, `caller_id.failed` or `account.unhealthy`.
    #[serde(rename = "type")]
    #[schema(examples("number.purchased"))]
    pub(crate) kind: &'static str,
    /// When.
    pub(crate) at: Timestamp,
    /// Whose.
    #[schema(examples("default"))]
    pub(crate) tenant: String,
    /// At which account.
    #[schema(examples("us-main"))]
    pub(crate) account: String,
    /// To what: the id of a number, purchase or caller ID, or the name of an account.
    #[schema(examples("us-main:PN00000000000000000000000000000001"))]
    pub(crate) resource: String,
    /// Its place among the events of its resource: from 1, without gaps.
    #[schema(examples(1))]
    pub(crate) sequence: i64,
    /// What there is to know.
    pub(crate) data: Value,
}

impl From<Event> for EventDto {
    fn from(event: Event) -> Self {
        let draft = event.draft;
        Self {
            id: draft.id.into(),
            kind: draft.kind.as_str(),
            at: draft.at,
            tenant: draft.tenant.into(),
            account: draft.account,
            resource: draft.resource,
            sequence: event.sequence,
            data: draft.data,
        }
    }
}
