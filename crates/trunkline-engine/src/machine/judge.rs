//! What a row of a carrier's list, or a carrier's answer, says about a purchase. Pure, so that every case can be tested.
//!
//! A carrier's `Date` header and the creation times in its records come from two clocks. That a number is ours follows
//! from its absence at the complete look before the request; a creation time may only refute that, and only if it lies
//! further back than clocks can be apart.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use trunkline_core::model::{Attempt, E164, HeldRow, PurchaseId, QuestionReason, Sighting};
use trunkline_core::strength::Safeguard;

/// What was created longer than this after it was ordered is a question for a person: one hour.
const LATEST: SignedDuration = SignedDuration::from_hours(1);

/// A carrier's id that has been seen with a number at an identity, as the journal knows it, from one purchase's view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownId {
    /// The carrier's id.
    pub provider_id: String,
    /// When the carrier created it, as its row said when it was first seen or won.
    pub created_at: Option<Timestamp>,
    /// Whether it was first seen before the purchase was dispatched.
    pub seen_before: bool,
    /// The other purchase that won it last.
    pub won_by: Option<PurchaseId>,
    /// When it was won last, by the database's clock.
    pub won_at: Option<Timestamp>,
    /// When we gave it back, by the database's clock, unless it has been won again since.
    pub released_at: Option<Timestamp>,
}

impl KnownId {
    /// The other purchase that won it and has not given it back.
    pub fn holder(&self) -> Option<&PurchaseId> {
        self.won_by.as_ref().filter(|_| self.released_at.is_none())
    }

    /// Whether the row was created anew under an id that we gave back, later than the row before and not long before
    /// the release.
    fn is_created_anew(&self, row: &HeldRow, tolerance: Duration) -> bool {
        if Safeguard::ReleasedIds.is_off() && self.released_at.is_some() {
            return true;
        }
        let (Some(released), Some(created)) = (self.released_at, row.created_at) else {
            return false;
        };
        match self.created_at {
            Some(before) => {
                let earliest = released.checked_sub(tolerance);
                created > before && earliest.is_ok_and(|earliest| created >= earliest)
            }
            None => created > released,
        }
    }

    /// Whether the row is another one than that which was seen, or that we gave back, by the carrier's own clock; `None` if
    /// nobody knows when what we gave back was created.
    fn is_another(&self, row: &HeldRow) -> Option<bool> {
        match (row.created_at, self.created_at) {
            (Some(created), Some(before)) => Some(created > before),
            (Some(_), None) if self.released_at.is_some() => None,
            _ => Some(false),
        }
    }

    /// Whether the row we gave back was ordered shortly before this purchase, by our clocks.
    fn is_won_shortly_before(&self, attempt: &Attempt, tolerance: Duration) -> bool {
        let won = self.won_at.zip(attempt.sent_at);
        won.is_some_and(|(won, sent)| won.duration_since(sent).unsigned_abs() <= tolerance)
    }

    /// Whether the row has the creation time of the one that we gave back. Creation times are whole seconds, so that two
    /// rows of one second look the same.
    fn is_of_same_second(&self, row: &HeldRow) -> bool {
        !Safeguard::SameSecond.is_off()
            && self.released_at.is_some()
            && row.created_at.is_some()
            && row.created_at == self.created_at
    }
}

/// A carrier's id that a purchase has won and that was not given back, as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Winner {
    /// The carrier's id.
    pub provider_id: String,
    /// The number.
    pub number: E164,
    /// The purchase.
    pub purchase: PurchaseId,
}

/// What a purchase is judged by, apart from what was seen.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Every id that the journal knows of the number at this identity.
    pub known: Vec<KnownId>,
    /// How far the clocks may be apart.
    pub tolerance: Duration,
    /// Whether the carrier makes ids from numbers, so that an id says nothing about age.
    pub ids_are_numbers: bool,
}

/// What a look, or an answer, says about a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The number is held and may be ours: the unique index on the carrier's id has the last word.
    Ours(HeldRow),
    /// The number is held, and only a person can say whether by this purchase.
    Asks(QuestionReason, HeldRow),
    /// The number is held by another purchase, which won this id.
    Won {
        /// The other purchase.
        by: PurchaseId,
        /// The id.
        provider_id: String,
    },
    /// The number is not held, or only under ids that can't be this purchase's.
    Absent,
}

/// What an id says about a purchase.
enum Standing<'a> {
    /// It can have come into being by this purchase.
    Fresh,
    /// It was there before.
    Old,
    /// It was there before, or we gave it back, and the carrier may have used it again for this purchase.
    Doubtful,
    /// Another purchase has it.
    Won(&'a PurchaseId),
}

impl Evidence {
    /// Judges what a complete look saw. `watched`: the purchase is presumed failed.
    pub fn of_look(
        &self,
        attempt: &Attempt,
        sighting: &Sighting,
        watched: Option<Timestamp>,
    ) -> Verdict {
        let mut verdict = Verdict::Absent;
        for row in &sighting.rows {
            let this = self.of_row(attempt, row, watched);
            if rank(&this) > rank(&verdict) {
                verdict = this;
            }
        }
        verdict
    }

    fn of_row(&self, attempt: &Attempt, row: &HeldRow, watched: Option<Timestamp>) -> Verdict {
        match self.standing(attempt, row) {
            Standing::Won(by) => Verdict::Won {
                by: by.clone(),
                provider_id: row.provider_id.clone(),
            },
            Standing::Old => Verdict::Absent,
            Standing::Doubtful => Verdict::Asks(QuestionReason::Disputed, row.clone()),
            Standing::Fresh if self.is_too_early(attempt, row) => {
                Verdict::Asks(QuestionReason::Disputed, row.clone())
            }
            Standing::Fresh if watched.is_some_and(|now| self.is_too_late(attempt, row, now)) => {
                Verdict::Asks(QuestionReason::Late, row.clone())
            }
            Standing::Fresh => Verdict::Ours(row.clone()),
        }
    }

    /// Judges the row that the carrier answered the purchase with.
    pub fn of_answer(&self, attempt: &Attempt, row: &HeldRow) -> Verdict {
        if attempt.not_ours.contains(&row.provider_id) {
            return Verdict::Absent;
        }
        match self.standing(attempt, row) {
            // The carrier says that it sold it, under an id that it had used before.
            Standing::Old => Verdict::Asks(QuestionReason::Disputed, row.clone()),
            Standing::Fresh | Standing::Doubtful | Standing::Won(_) => {
                self.of_row(attempt, row, None)
            }
        }
    }

    fn standing(&self, attempt: &Attempt, row: &HeldRow) -> Standing<'_> {
        if attempt.not_ours.contains(&row.provider_id) {
            return Standing::Old;
        }
        let mut known = self.known.iter();
        let Some(known) = known.find(|known| known.provider_id == row.provider_id) else {
            return Standing::Fresh;
        };
        if let Some(by) = known.holder() {
            return Standing::Won(by);
        }
        let used_before = (known.seen_before && !Safeguard::SeenIds.is_off())
            || known.won_by.is_some()
            || known.released_at.is_some();
        if !used_before || self.ids_are_numbers || known.is_created_anew(row, self.tolerance) {
            Standing::Fresh
        } else if known
            .is_another(row)
            .unwrap_or_else(|| !self.is_too_early(attempt, row))
            || (known.is_of_same_second(row)
                // Our clocks may have jumped since, or the carrier's records be dated back.
                && (known.is_won_shortly_before(attempt, self.tolerance)
                    || !self.is_too_early(attempt, row)))
        {
            Standing::Doubtful
        } else {
            Standing::Old
        }
    }

    /// Whether the row was created so long before it was ordered that no clock explains it.
    fn is_too_early(&self, attempt: &Attempt, row: &HeldRow) -> bool {
        if Safeguard::CreationTime.is_off() {
            return false;
        }
        let tolerance = match Safeguard::Tolerance.is_off() {
            true => Duration::ZERO,
            false => self.tolerance,
        };
        let earliest = attempt.t0.and_then(|t0| t0.checked_sub(tolerance).ok());
        matches!((row.created_at, earliest), (Some(created), Some(earliest)) if created < earliest)
    }

    /// Whether the row came so late that somebody else may have bought it, or another purchase has had the number since.
    fn is_too_late(&self, attempt: &Attempt, row: &HeldRow, now: Timestamp) -> bool {
        let (from, came) = match row.created_at {
            Some(created) => (attempt.t0, created),
            None => (attempt.sent_at, now),
        };
        let latest = from.and_then(|from| from.checked_add(LATEST).ok());
        // An id that was known before may have been used again, and won, since.
        let won_later = |known: &KnownId| known.won_at.zip(attempt.sent_at);
        let won_since = |known: &KnownId| {
            let later = won_later(known).is_some_and(|(won, sent)| won > sent);
            known.won_by.is_some() && (!known.seen_before || later)
        };
        let is_late = latest.is_some_and(|latest| came > latest);
        !Safeguard::LateQuestion.is_off() && (is_late || self.known.iter().any(won_since))
    }
}

/// Which of several rows counts.
const fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Absent => 0,
        Verdict::Won { .. } => 1,
        Verdict::Asks(..) => 2,
        Verdict::Ours(_) => 3,
    }
}
