//! What was spent against the ceilings.

use std::collections::HashSet;

use super::{Evidence, Line, Verdict};
use crate::journal::Purchase;
use crate::spend::{Purse, amount};

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

/// The most that an account's numbers cost a month at any time, by its books. What was committed late is not counted: it
/// had been given up, its room gone to others, and is owed whatever the ceiling.
pub(crate) fn most(evidence: &Evidence, purse: &Purse) -> Option<i64> {
    let late = evidence.journal.iter().filter(|purchase| purchase.late);
    let late: HashSet<Line> = late.map(Purchase::line).collect();
    let mut sum = 0;
    let in_time = purse.changes.iter();
    let in_time = in_time.filter(|(_, line, _)| !late.contains(line));
    in_time
        .map(|(_, _, change)| {
            sum += change;
            sum
        })
        .max()
}
