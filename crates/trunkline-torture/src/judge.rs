//! Holds trunkline's journal and what clients were told against the carriers' ledgers.
//!
//! A charge in a ledger proves that a number was sold. What trunkline says counts for nothing here: a charge that no
//! purchase claims is a double or an orphan however the journal explains it. The fakes sell a number once until it is
//! released, so a purchase that was sent twice shows in the requests that arrived: one for each purchase and number.

mod charges;
mod money;
mod order;
mod releases;
mod replies;
mod times;
mod verdict;

use std::time::Duration;

use crate::evidence::Evidence;
use crate::journal::Purchase;
use crate::run::{Reply, Reported};
use crate::spend::Purse;

pub(crate) use replies::replayable;
pub(crate) use times::SETTLED_WITHIN;
pub(crate) use verdict::Verdict;

pub(crate) fn judge(evidence: &Evidence) -> Verdict {
    let mut verdict = Verdict::default();
    charges::judge(evidence, &mut verdict);
    times::judge_late(evidence, &mut verdict);
    money::judge(evidence, &mut verdict);
    order::judge_questions(evidence, &mut verdict);
    order::judge(evidence, &mut verdict);
    releases::judge(evidence, &mut verdict);
    times::judge(evidence, &mut verdict);
    replies::judge(evidence, &mut verdict);
    replies::judge_keys(evidence, &mut verdict);
    verdict
}

/// The longest time from writing a purchase down to settling it, apart from late ones and those that waited for a person or
/// for an account that could not be asked.
pub(crate) fn slowest(evidence: &Evidence) -> Duration {
    let took = |purchase: &Purchase| {
        let took = purchase.settled_at?.duration_since(purchase.created_at);
        Duration::try_from(took).ok()
    };
    let journal = evidence.journal.iter();
    let in_time = journal.filter(|purchase| !purchase.late && !evidence.is_asked(purchase));
    in_time.filter_map(took).max().unwrap_or_default()
}

/// The longest time that a late commit went unnoticed once the carriers could be asked.
pub(crate) fn slowest_notice(evidence: &Evidence) -> Duration {
    let journal = evidence.journal.iter();
    let late = journal.filter_map(|purchase| times::unnoticed(evidence, purchase));
    late.max().unwrap_or_default()
}

/// How many were told that a ceiling left no room.
pub(crate) fn unaffordable(reported: &[Reported]) -> usize {
    let refused = |one: &&Reported| matches!(one.reply, Reply::Refused { status: 402, .. });
    reported.iter().filter(refused).count()
}

/// What has a ceiling came to at most, and the ceiling, in cents.
pub(crate) fn purses(evidence: &Evidence) -> Vec<(String, i64, i64)> {
    let most = |purse: &Purse| money::most(evidence, purse).unwrap_or_default();
    let purses = evidence.purses.iter();
    purses
        .map(|purse| (purse.account.clone(), most(purse), purse.ceiling))
        .collect()
}

#[cfg(test)]
mod tests;
