//! Holds trunkline's journal and what clients were told against the carriers' ledgers.
//!
//! A charge is the ledger's word that a number was sold. The fakes sell a number once, so that one bought twice shows
//! in two ways: as a second charge under the same key (another number), or as a second request for the same one.

mod charges;
mod money;
mod times;
mod words;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::client::{Told, Word};
use crate::journal::{Held, Purchase};
use crate::spend::Purse;

/// An account and a number.
pub(crate) type Line = (String, String);

/// What was seen when everything was over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    /// Every purchase of the journal.
    pub(crate) journal: Vec<Purchase>,
    /// Every charge of the ledgers.
    pub(crate) charges: Vec<Line>,
    /// What the ledgers say is held.
    pub(crate) owned: HashSet<Line>,
    /// How often each number was asked for, where the request names it.
    pub(crate) requests: HashMap<Line, usize>,
    /// How often each phone was called.
    pub(crate) rings: HashMap<String, usize>,
    /// How often each number stands on the books of Webex and Wazo.
    pub(crate) registered: HashMap<Line, usize>,
    /// When each number was sold last.
    pub(crate) sold_at: HashMap<Line, Timestamp>,
    /// When the carriers stopped failing.
    pub(crate) healed: Timestamp,
    /// The accounts that have a ceiling.
    pub(crate) purses: Vec<Purse>,
    /// What trunkline shows of the numbers held.
    pub(crate) shown: Vec<Held>,
    /// Whether a gateway was frozen: a request that froze on its way arrives when it thaws, and nothing can stop it.
    pub(crate) froze: bool,
    /// The labels that purchases were ordered with, by key.
    pub(crate) labels: HashMap<String, String>,
    /// What the clients were told.
    pub(crate) told: Vec<Told>,
}

/// What is wrong, kind by kind, a line for each case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// A key with two charges, or a number asked for more often than was written down.
    pub(crate) doubles: Vec<String>,
    /// Charges that no succeeded purchase accounts for.
    pub(crate) orphans: Vec<String>,
    /// Succeeded purchases of numbers that were not sold, or are gone and were not released.
    pub(crate) phantoms: Vec<String>,
    /// Purchases that are not done, or were only later than promised.
    pub(crate) unsettled: Vec<String>,
    /// Late commits that the watch took too long to notice.
    pub(crate) unnoticed: Vec<String>,
    /// Moments at which an account had spent more than its ceiling, and sums that are not those of the books.
    pub(crate) overspent: Vec<String>,
    /// Clients who were told something that is not so.
    pub(crate) untruths: Vec<String>,
    /// Numbers that were released and are held, or the reverse.
    pub(crate) releases: Vec<String>,
    /// Settings that are not as they were made.
    pub(crate) settings: Vec<String>,
    /// Phones that rang more than once.
    pub(crate) rings: Vec<String>,
    /// Numbers that were registered and are not on the books once.
    pub(crate) registrations: Vec<String>,
    /// Clients who were never told how it ended.
    pub(crate) unheard: Vec<String>,
}

impl Verdict {
    /// Kind and cases, in the order of the report.
    pub(crate) fn rows(&self) -> [(&'static str, &[String]); 12] {
        [
            ("doubles", &self.doubles),
            ("orphans", &self.orphans),
            ("phantoms", &self.phantoms),
            ("unsettled", &self.unsettled),
            ("late ones noticed too late", &self.unnoticed),
            ("over a ceiling", &self.overspent),
            ("clients told wrong", &self.untruths),
            ("releases not as told", &self.releases),
            ("settings not as made", &self.settings),
            ("phones rung twice", &self.rings),
            ("registrations lost or doubled", &self.registrations),
            ("clients never told the end", &self.unheard),
        ]
    }

    /// Whether nothing is wrong.
    pub(crate) fn passes(&self) -> bool {
        self.rows().iter().all(|(_, cases)| cases.is_empty())
    }
}

/// Judges.
pub(crate) fn judge(evidence: &Evidence) -> Verdict {
    let mut verdict = Verdict::default();
    charges::judge(evidence, &mut verdict);
    money::judge(evidence, &mut verdict);
    times::judge(evidence, &mut verdict);
    words::judge(evidence, &mut verdict);
    verdict
}

/// The longest time from writing a purchase down to settling it, late ones apart: those were told before.
pub(crate) fn slowest(journal: &[Purchase]) -> Duration {
    let took = |purchase: &Purchase| {
        let took = purchase.settled_at?.duration_since(purchase.created_at);
        Duration::try_from(took).ok()
    };
    let in_time = journal.iter().filter(|purchase| !purchase.late);
    in_time.filter_map(took).max().unwrap_or_default()
}

/// The longest time that a late commit went unnoticed once the carriers could be asked.
pub(crate) fn slowest_notice(evidence: &Evidence) -> Duration {
    let journal = evidence.journal.iter();
    let late = journal.filter_map(|purchase| times::unnoticed(evidence, purchase));
    late.max().unwrap_or_default()
}

/// How many were told that a ceiling left no room.
pub(crate) fn unaffordable(told: &[Told]) -> usize {
    let refused = |told: &&Told| matches!(told.word, Word::Refused { status: 402, .. });
    told.iter().filter(refused).count()
}

/// What each account with a ceiling came to at most, and the ceiling, in cents.
pub(crate) fn purses(evidence: &Evidence) -> Vec<(String, i64, i64)> {
    let most = |purse: &Purse| money::most(evidence, purse).unwrap_or_default();
    let purses = evidence.purses.iter();
    purses
        .map(|purse| (purse.account.clone(), most(purse), purse.ceiling))
        .collect()
}

#[cfg(test)]
mod tests;
