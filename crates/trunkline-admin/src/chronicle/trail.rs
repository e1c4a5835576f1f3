//! What a change leaves behind, as values.

use jiff::Timestamp;

use crate::audit::Entry;
use crate::events::Draft;
use trunkline_engine::inventory::HoldingStep;

/// Rows and events to be written with a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    /// Rows of the audit trail.
    pub audit: Vec<Entry>,
    /// Events.
    pub events: Vec<Draft>,
    /// Steps of our own work, for the inventory.
    pub steps: Vec<HoldingStep>,
    /// When that was asked for which ends with the change, for the log; `None` if it is not known.
    pub began: Option<Timestamp>,
}

impl Trail {
    /// The same with this row.
    #[must_use]
    pub fn with(mut self, entry: Entry) -> Self {
        self.audit.push(entry);
        self
    }

    /// The same with this event.
    #[must_use]
    pub fn telling(mut self, event: Draft) -> Self {
        self.events.push(event);
        self
    }

    /// True when there is nothing to be written.
    pub fn is_empty(&self) -> bool {
        self.audit.is_empty() && self.events.is_empty() && self.steps.is_empty()
    }
}
