//! What may be called late: what was committed after the looks of the settling time, by the carrier's ledger.

use jiff::{SignedDuration, Timestamp};

use super::verdict::Verdict;
use crate::evidence::Evidence;
use crate::faults::{BEHIND, SETTLE};
use crate::journal::{Attempt, Purchase};

/// The time that a look takes, from what it shows to its being written down.
const LOOK: SignedDuration = SignedDuration::from_millis(500);

/// Looks that the journal keeps of an attempt; of more, those in the middle are forgotten.
const LOOKS_KEPT: usize = 20;

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for purchase in evidence.journal.iter().filter(|purchase| purchase.late) {
        let Some(committed) = evidence.charge_of(purchase) else {
            continue;
        };
        let Some(earliest) = purchase.attempts.last().and_then(earliest) else {
            let case = format!("{} was never seen to be absent", purchase.id);
            verdict.not_late.push(case);
            continue;
        };
        if committed < earliest && !may_forget(purchase) && !evidence.is_asked(purchase) {
            verdict.not_late.push(format!(
                "{} was committed at {committed}, and its settling time was not over before {earliest}",
                purchase.id
            ));
        }
    }
}

/// The earliest commit that the last look of the settling time need not have found. The settling time is counted from a
/// complete look: not before the first one in the journal.
fn earliest(attempt: &Attempt) -> Option<Timestamp> {
    let first = attempt.looks.iter().find(|look| look.seen == "absent")?.at;
    let settle = SignedDuration::try_from(SETTLE).ok()?;
    first.checked_add(settle - behind()).ok()
}

/// How far what a look shows may be behind the ledger, and its being written down behind that.
pub(super) fn behind() -> SignedDuration {
    SignedDuration::try_from(BEHIND).unwrap_or_default() + LOOK
}

/// Whether the journal may have forgotten looks.
pub(super) fn may_forget(purchase: &Purchase) -> bool {
    let attempt = purchase.attempts.last();
    attempt.is_some_and(|attempt| attempt.looks.len() >= LOOKS_KEPT)
}
