//! Which questions a person has to be asked.

use jiff::{SignedDuration, Timestamp};

use super::{Evidence, Verdict};
use crate::journal::Purchase;
use crate::weather::BACKDATED_MS;

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for purchase in &evidence.asked {
        let question = purchase.needs_person.as_ref();
        let why = question.map_or("", |question| question.why.as_str());
        if !is_backdated(purchase) && !is_used_again(evidence, purchase) {
            let (account, number) = purchase.line();
            verdict.questions.push(format!(
                "{} ({number} at {account}) is {why}: {question:?}",
                purchase.id
            ));
        }
    }
}

/// The carrier's record is dated from long before the order.
fn is_backdated(purchase: &Purchase) -> bool {
    let question = purchase.needs_person.as_ref();
    let times = question.and_then(|question| Some((question.created_at?, question.t0?)));
    // The clocks are off by seconds, whatever else they are.
    let by = SignedDuration::from_millis(BACKDATED_MS / 2);
    times.is_some_and(|(created, t0): (Timestamp, Timestamp)| created.duration_since(t0) < by)
}

/// The number was sold more than once: ids may have been used again, or somebody else may have bought it since.
fn is_used_again(evidence: &Evidence, purchase: &Purchase) -> bool {
    let line = purchase.line();
    let sold = |entries: &[super::Entry]| entries.iter().filter(|entry| entry.line == line).count();
    sold(&evidence.charges) > 1 || sold(&evidence.releases) > 0
}
