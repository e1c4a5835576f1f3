//! What was spent against the ceilings.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::times;
use super::verdict::Verdict;
use crate::accounts::Line;
use crate::evidence::Evidence;
use crate::faults::SETTLE;
use crate::journal::Purchase;
use crate::spend::{Purse, amount};

/// Which look frees what a presumed failure has reserved, counted from the one that presumed it, which is 0.
const FREED_AT: usize = 4;

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for purse in &evidence.purses {
        let (account, ceiling) = (&purse.account, amount(purse.ceiling));
        if let Some(most) = most(evidence, purse).filter(|most| *most > purse.ceiling) {
            let most = amount(most);
            let case = format!("{account} came to {most} a month, over its ceiling of {ceiling}");
            verdict.overspent.push(case);
        }
        if purse.committed != Some(purse.owed) {
            let committed = purse.committed.map_or_else(|| "nothing".to_owned(), amount);
            let owed = amount(purse.owed);
            let case = format!("{account} has {committed} committed, and pays {owed} a month");
            verdict.overspent.push(case);
        }
    }
}

/// The most that an account's numbers cost a month at any time, by its ledger. What was committed after the looks for
/// which its room is kept is not counted: that may have gone to others, and is owed in spite of the ceiling.
pub(crate) fn most(evidence: &Evidence, purse: &Purse) -> Option<i64> {
    let late = evidence.journal.iter();
    let late = late.filter(|purchase| purchase.late && may_be_freed(evidence, purchase));
    let late: HashSet<Line> = late.map(Purchase::line).collect();
    let mut sum = 0;
    let changes = purse.changes.iter();
    let in_time = changes.filter(|change| !late.contains(&change.line));
    let sums = in_time.map(|change| {
        sum += change.cents;
        sum
    });
    sums.max()
}

/// Whether a late commit came when its room may have been free: after the fourth complete look since it was presumed
/// failed.
fn may_be_freed(evidence: &Evidence, purchase: &Purchase) -> bool {
    let Some((attempt, charged)) = purchase.attempts.last().zip(evidence.charge_of(purchase))
    else {
        return true;
    };
    if times::may_forget(purchase) || evidence.is_asked(purchase) {
        return true;
    }
    let complete = || attempt.looks.iter().filter(|look| look.seen != "failed");
    let settle = SignedDuration::try_from(SETTLE).unwrap_or_default();
    let presumed = complete()
        .next()
        .and_then(|first| first.at.checked_add(settle).ok());
    let freed = presumed.and_then(|presumed| {
        let watch = complete().filter(|look| look.at >= presumed);
        watch.map(|look| look.at).nth(FREED_AT)
    });
    let freed = freed.and_then(|freed| freed.checked_sub(times::behind()).ok());
    freed.is_some_and(|freed| charged >= freed)
}
