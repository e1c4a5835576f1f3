//! What was promised to be over by now.

use std::time::Duration;

use jiff::Timestamp;

use super::verdict::Verdict;
use crate::evidence::Evidence;
use crate::journal::Purchase;

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
