//! What the proofs of caller IDs leave behind.

use serde_json::json;

use super::Trail;
use crate::audit::Entry;
use crate::events::{Draft, EventType};
use trunkline_core::model::CallerIdState;
use trunkline_engine::action::{ActionKind, Outcome};
use trunkline_engine::journal::CallerIdRecord;

/// The proof is over: verified, failed, or nobody answered in time.
pub(super) fn ended(trail: &mut Trail, record: &CallerIdRecord, state: CallerIdState) {
    let caller_id = &record.caller_id;
    let (kind, outcome) = match state {
        CallerIdState::Pending => return,
        CallerIdState::Verified => (EventType::CallerIdVerified, Outcome::Ok),
        CallerIdState::Failed | CallerIdState::Expired => {
            (EventType::CallerIdFailed, Outcome::Failed)
        }
    };
    let by = record.provenance.acting(true);
    let row = Entry::by(&record.tenant, by, ActionKind::CallerIdVerify.as_str())
        .at(caller_id.account.as_str())
        .about(caller_id.number.as_deref())
        .on(caller_id.id.as_str())
        .changing(
            Some(json!({ "state": caller_id.state })),
            Some(json!({ "state": state })),
        )
        .ended(outcome);
    trail.audit.push(row);
    let event = Draft::new(kind, &record.tenant, caller_id.account.as_str());
    trail
        .events
        .push(event.on(caller_id.id.as_str()).with(json!({
            "number": caller_id.number,
            "label": caller_id.label,
            "method": caller_id.method,
            "state": state,
        })));
}
