//! What was promised to be over by now, and what may be called late: what was committed after the looks of the settling time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::verdict::Verdict;
use crate::evidence::Evidence;
use crate::faults::{BEHIND, SETTLE};
use crate::journal::{Attempt, Purchase};

/// How soon everything settles once the carriers answer again: what the product promises.
pub(crate) const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// The lease of a gateway that was killed over it, and the time that a look takes.
const SLACK: Duration = Duration::from_secs(15);

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for purchase in &evidence.journal {
        if !purchase.is_done() {
            let settings = &purchase.configuration.state;
            verdict.unsettled.push(format!(
                "{} is {}, its settings {settings}",
                purchase.id, purchase.state
            ));
            continue;
        }
        let Some(settled) = purchase.settled_at else {
            continue;
        };
        let after = since(evidence.healed, settled);
        if !purchase.late && after > SETTLED_WITHIN && !evidence.is_asked(purchase) {
            let case = format!("{} was only {after:?} after the faults", purchase.id);
            verdict.unsettled.push(case);
        }
        let unnoticed = unnoticed(evidence, purchase);
        if unnoticed.is_some_and(|time| time > evidence.watch_interval + SLACK) {
            let case = format!("{} was noticed {unnoticed:?} after its commit", purchase.id);
            verdict.unnoticed.push(case);
        }
    }
}

/// How long a late commit was not noticed although the carrier could be asked; `None` if it was not late.
pub(crate) fn unnoticed(evidence: &Evidence, purchase: &Purchase) -> Option<Duration> {
    if !purchase.late || evidence.is_asked(purchase) {
        return None;
    }
    let committed = evidence.charge_of(purchase)?;
    let settled = purchase.settled_at?;
    Some(since(evidence.healed.max(committed), settled))
}

fn since(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// The time that a look takes, from what it shows to its being written down.
const LOOK: SignedDuration = SignedDuration::from_millis(500);

/// Looks that the journal keeps of an attempt; of more, those in the middle are forgotten.
const LOOKS_KEPT: usize = 20;

pub(super) fn judge_late(evidence: &Evidence, verdict: &mut Verdict) {
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
