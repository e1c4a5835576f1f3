//! What the proofs of caller IDs leave behind.

use serde_json::json;

use super::{By, Trail};
use crate::model::CallerIdState;
use crate::service::audit::{Entry, Outcome, action};
use crate::service::events::{Draft, EventType};
use crate::service::journal::CallerIdRecord;

impl CallerIdRecord {
    /// Its proof is over: verified, failed, or nobody answered in time.
    #[must_use]
    pub fn told_of_end(mut self, state: CallerIdState) -> Self {
        let caller_id = &self.caller_id;
        let (kind, outcome) = match state {
            CallerIdState::Pending => return self,
            CallerIdState::Verified => (EventType::CallerIdVerified, Outcome::Ok),
            CallerIdState::Failed | CallerIdState::Expired => {
                (EventType::CallerIdFailed, Outcome::Failed)
            }
        };
        let by: By = self.trail.acting(true);
        let row = Entry::by((&self.tenant, by), action::CALLER_ID_VERIFY)
            .at(caller_id.account.as_str())
            .about(caller_id.number.as_deref())
            .on(caller_id.id.as_str())
            .changing(
                Some(json!({ "state": caller_id.state })),
                Some(json!({ "state": state })),
            )
            .ended(outcome);
        let event = Draft::new(kind, &self.tenant, caller_id.account.as_str());
        let event = event.on(caller_id.id.as_str()).with(json!({
            "number": caller_id.number,
            "label": caller_id.label,
            "method": caller_id.method,
            "state": state,
        }));
        let trail = std::mem::take(&mut self.trail);
        self.trail = Trail {
            audit: vec![row],
            events: vec![event],
            ..trail
        };
        self
    }
}
