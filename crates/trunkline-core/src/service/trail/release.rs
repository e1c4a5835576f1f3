//! What releases leave behind.

use serde_json::json;

use super::{By, Trail};
use crate::error::Error;
use crate::model::Caller;
use crate::service::audit::{Entry, Outcome, action};
use crate::service::events::{Draft, EventType};
use crate::service::journal::Release;

impl Release {
    /// Who acts: whoever asked for it, or trunkline for them once they do not wait any more.
    fn acting(&self) -> By {
        self.trail.acting(self.release_at.is_some())
    }

    fn row(&self, by: By, action: &'static str) -> Entry {
        Entry::by((&self.tenant, by), action)
            .at(self.number_id.account())
            .about(self.number.as_ref().map(|number| number.as_str()))
            .on(self.number_id.as_str())
    }

    /// It is written down, and will be sent now or later.
    #[must_use]
    pub(crate) fn told_of_beginning(mut self, caller: &Caller) -> Self {
        self.trail = Trail::of(caller);
        let after = self.release_at.map(|at| json!({ "release_at": at }));
        let row = self.row(self.trail.by.clone(), action::NUMBER_RELEASE);
        self.trail.audit.push(row.changing(None, after));
        self
    }

    /// The carrier has it back.
    #[must_use]
    pub(crate) fn told_of_end(mut self) -> Self {
        let row = self.row(self.acting(), action::NUMBER_RELEASE);
        let event = Draft::new(
            EventType::NumberReleased,
            &self.tenant,
            self.number_id.account(),
        );
        let event = event
            .on(self.number_id.as_str())
            .with(json!({ "number": self.number }));
        self.trail.audit = vec![row.ended(Outcome::Ok)];
        self.trail.events = vec![event];
        self
    }

    /// The carrier did not take it, or it can't be told whether it did.
    #[must_use]
    pub(crate) fn told_of_error(mut self, error: &Error) -> Self {
        let row = self.row(self.acting(), action::NUMBER_RELEASE);
        self.trail.audit = vec![row.refused(error)];
        self.trail.events.clear();
        self
    }

    /// It is so long overdue that a person must say whether it is still wanted.
    #[must_use]
    pub(crate) fn told_of_hold(mut self) -> Self {
        let since = super::now();
        let data = json!({ "number": self.number, "release_at": self.release_at });
        let row = self.row(self.acting(), action::NUMBER_RELEASE);
        let after = json!({ "release_at": self.release_at, "held_since": since });
        let event = EventType::NumberReleaseHeld;
        let event = Draft::new(event, &self.tenant, self.number_id.account());
        self.held_since = Some(since);
        self.trail.audit = vec![row.changing(None, Some(after)).ended(Outcome::Refused)];
        self.trail.events = vec![event.on(self.number_id.as_str()).with(data)];
        self
    }

    /// It is undone before it was sent.
    #[must_use]
    pub(crate) fn told_of_undoing(mut self, caller: &Caller) -> Self {
        let before = self.release_at.map(|at| json!({ "release_at": at }));
        let row = self.row(By::of(caller), action::NUMBER_RESTORE);
        self.trail.audit = vec![row.changing(before, None).ended(Outcome::Ok)];
        self.trail.events.clear();
        self
    }
}
