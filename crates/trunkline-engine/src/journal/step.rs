//! The steps of a purchase, from its beginning, and what comes of writing them.

use std::time::Duration;

use crate::domain_event::DomainEvent;
use crate::journal::{Lease, Record};
use crate::spend::{Booking, Charge, Full};
use trunkline_core::model::{E164, PurchaseId, PurchaseState};
use trunkline_core::strength::Safeguard;

/// What came of beginning a purchase.
#[derive(Clone, Debug, PartialEq)]
pub enum Begin {
    /// It is written down, under this lease.
    Fresh(Lease),
    /// The key has started this purchase before.
    Known(Box<Record>),
    /// The key was used with another request.
    Mismatch,
    /// Another purchase or release of this number at this account is open.
    Busy {
        /// Who: a purchase's id, or `release`.
        by: String,
    },
    /// A purse has no room for one of its charges.
    Full(Full),
}

/// Complete looks of the watch after which a presumed failure frees its charges: after one, two, five and ten minutes.
pub const LOOKS_BEFORE_FREEING: u32 = 4;

impl Record {
    /// What a step of this record does to its charges: they become these, under or over the ceilings. `None` leaves them.
    pub fn charging(&self, change: &Change<'_>) -> Option<(&[Charge], Booking)> {
        if change.gives_up.is_some() {
            return Some((&self.charges, Booking::Bounded));
        }
        if self.charges.is_empty() {
            return None;
        }
        let watched = self.attempt().is_some_and(|attempt| attempt.presumed);
        match self.purchase.state {
            PurchaseState::Failed if self.purchase.needs_person.is_some() => {
                Some((&self.charges, Booking::Owed))
            }
            PurchaseState::Failed
                if watched
                    && self.watch_looks < LOOKS_BEFORE_FREEING
                    && !Safeguard::ReservedUntilLook.is_off() =>
            {
                None
            }
            PurchaseState::Failed => Some((&[], Booking::Owed)),
            PurchaseState::Succeeded if change.unclaimed => Some((&self.charges, Booking::Owed)),
            _ => None,
        }
    }
}

/// One step of a purchase, written as one transaction or not at all.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The record as it shall be; its `version` is the one it was read with.
    pub record: &'a Record,
    /// The event to tell with the step.
    pub event: Option<DomainEvent<'a>>,
    /// The lease that the step needs; `None` for evidence, which counts without one.
    pub lease: Option<&'a Lease>,
    /// Whether it must be on disk, not just committed, when the call returns.
    pub durable: bool,
    /// When to look again, from now, if nobody works on it.
    pub look_in: Option<Duration>,
    /// Forget the answer under the key, and keep none made from an earlier version: the outcome has changed.
    pub forget_answer: bool,
    /// Refuse the step while another purchase or release of the number is open: a late success must not
    /// take what that one has just bought. What it takes from its purses is owed then, whatever their ceilings.
    pub unclaimed: bool,
    /// Move the claim from this identity and number to those of the record's current attempt, and take the record's
    /// charges instead of the old ones; refused if another purchase or release of that number is open, or a purse
    /// has no room.
    pub gives_up: Option<(&'a str, &'a E164)>,
}

impl<'a> Change<'a> {
    /// A durable step to this record, without a lease, an event or another look.
    #[must_use]
    pub const fn to(record: &'a Record) -> Self {
        Self {
            record,
            event: None,
            lease: None,
            durable: true,
            look_in: None,
            forget_answer: false,
            unclaimed: false,
            gives_up: None,
        }
    }

    /// Whether the purchase wins its number by this step: a later one must not take back what was released since.
    #[must_use]
    pub fn wins(&self) -> bool {
        let before = match &self.event {
            Some(
                DomainEvent::PurchaseChanged { before, .. }
                | DomainEvent::PurchaseResolved { before, .. },
            ) => Some(before.purchase.state),
            _ => None,
        };
        let succeeded = Some(PurchaseState::Succeeded);
        Some(self.record.purchase.state) == succeeded && before != succeeded
    }

    /// Longest pause before the next look: a later one comes so much earlier.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(2 * 3_600);
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Commit {
    /// It is written; the record's new version.
    Done(i64),
    /// The record was changed by another: read it again.
    Stale,
    /// The lease is another's.
    LeaseLost,
    /// Another purchase has won the carrier's id already.
    NotOurs(PurchaseId),
    /// Another purchase or release of the number is open.
    Busy,
    /// A purse has no room for what the record's current attempt takes.
    Full(Full),
}
