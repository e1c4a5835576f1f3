//! Releases as the journal keeps them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use trunkline_core::model::{E164, NumberId, Provenance, Tenant};

/// A release that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Whose it is.
    pub tenant: Tenant,
    /// What is released.
    pub number_id: NumberId,
    /// The upstream identity of the account.
    pub identity: String,
    /// The number in E.164 form, if it has one.
    pub number: Option<E164>,
    /// Whether the carrier has confirmed it.
    pub done: bool,
    /// When its grace period ends, if it has one.
    #[serde(default)]
    pub release_at: Option<jiff::Timestamp>,
    /// Whether it has been sent, or is about to be: it can be undone no more.
    #[serde(default = "at_once")]
    pub sent: bool,
    /// Since when it waits for a person, if it does: it was due more than [`Release::OVERDUE`] before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<jiff::Timestamp>,
    /// When it was asked for; `None` in releases of earlier versions, and of numbers that went away without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<jiff::Timestamp>,
    /// Who asked.
    #[serde(default, rename = "trail")]
    pub provenance: Provenance,
}

/// A release that knows of no grace period has none.
const fn at_once() -> bool {
    true
}

impl Release {
    /// How late a release may be sent. Later it was most likely restored from a backup, and the number may be in use.
    pub const OVERDUE: Duration = Duration::from_secs(24 * 3_600);

    /// The name of the lease under which it is sent.
    pub fn lease_name(&self) -> String {
        format!("release:{}", self.number_id)
    }

    /// When it takes place, if it can still be undone.
    pub fn undoable_until(&self) -> Option<jiff::Timestamp> {
        self.release_at.filter(|_| !self.done && !self.sent)
    }
}

/// What came of writing down that a release is to be sent, or is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Releasing {
    /// It is written down.
    Written,
    /// Another purchase or release of the number is open.
    Busy {
        /// Who: a purchase's id, or `release`.
        by: String,
    },
    /// The number is protected.
    Protected,
    /// It was due more than [`Release::OVERDUE`] ago.
    Overdue,
    /// It was undone, put off or sent meanwhile.
    Moved,
}
