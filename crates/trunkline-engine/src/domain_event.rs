//! What happened, as values. A journal commits them together with the change; admin turns them into audit rows and
//! events.

use crate::action::{Action, Ended};
use crate::inventory::{HoldingStep, Shelf};
use crate::journal::{CallerIdRecord, Record, Release};
use crate::missing::MissingNumber;
use trunkline_core::error::Error;
use trunkline_core::inventory::{Drift, DriftClass};
use trunkline_core::model::{
    AccountHealth, AccountName, Caller, CallerIdState, ProviderName, Tenant,
};

/// Something that happened. A store that keeps neither an audit trail nor a feed of events may drop it.
#[derive(Clone, Copy, Debug)]
pub enum DomainEvent<'a> {
    /// A purchase was written down. Nothing has been sent.
    PurchaseBegun(&'a Record),
    /// A purchase has moved on, or more is known of it.
    PurchaseChanged {
        /// The record before.
        before: &'a Record,
        /// The record after.
        after: &'a Record,
    },
    /// A purchase had vanished from the journal while it was carried out, and was written back.
    PurchaseRecovered(&'a Record),
    /// A person said what became of a purchase.
    PurchaseResolved {
        /// Who said so.
        caller: &'a Caller,
        /// The record before.
        before: &'a Record,
        /// The record after.
        after: &'a Record,
        /// Why, in the person's words.
        reason: &'a str,
    },
    /// A release was written down, to be sent now or when its grace period ends.
    ReleaseBegun(&'a Release),
    /// The carrier has the number back.
    ReleaseEnded(&'a Release),
    /// The carrier did not take the number back, or its answer was lost.
    ReleaseFailed {
        /// The release.
        release: &'a Release,
        /// Why.
        error: &'a Error,
    },
    /// A release is so long overdue that a person must say whether it is still wanted.
    ReleaseHeld(&'a Release),
    /// A release was undone before it was sent.
    ReleaseUndone {
        /// By whom.
        caller: &'a Caller,
        /// The release.
        release: &'a Release,
    },
    /// The proof of a caller ID is over.
    CallerIdEnded {
        /// The caller ID as it was.
        record: &'a CallerIdRecord,
        /// How the proof ended.
        state: CallerIdState,
    },
    /// A number is gone at its carrier without a release of ours.
    NumberGone(&'a MissingNumber),
    /// A number that was taken for gone is there again.
    NumberReturned(&'a MissingNumber),
    /// An account's carrier fails, or refuses its credential.
    AccountUnhealthy(Unhealthy<'a>),
    /// Something is about to be sent to a carrier; how it ended is told by [`DomainEvent::ActionEnded`].
    ActionBegun(&'a Action),
    /// Something that was asked for is over: done, refused, failed, or with an outcome that nobody knows.
    ActionEnded(&'a Ended<'a>),
    /// Our own work on a number, for the inventory alone.
    HoldingStep(&'a HoldingStep),
    /// An account differs from the inventory.
    Drifted(&'a Drift),
    /// So many differences of one class that each has no event of its own.
    DriftsFound {
        /// The account.
        shelf: &'a Shelf,
        /// What is different.
        class: DriftClass,
        /// Whether the numbers are gone.
        gone: bool,
        /// How many.
        count: u64,
    },
    /// A reading lacks so many numbers that it is not believed.
    ReadingSuspect {
        /// The account.
        shelf: &'a Shelf,
        /// How many numbers it lacks.
        missing: u64,
        /// How many the inventory had.
        held: u64,
    },
}

/// An account that is not well.
#[derive(Clone, Copy, Debug)]
pub struct Unhealthy<'a> {
    /// Whose account it is.
    pub tenant: &'a Tenant,
    /// The account.
    pub account: &'a AccountName,
    /// Its provider.
    pub provider: &'a ProviderName,
    /// Why: `credential_refused` or `breaker_open`.
    pub reason: &'a str,
    /// How it is.
    pub health: &'a AccountHealth,
}
