//! Holds trunkline's journal and what clients were told against the carriers' ledgers.
//!
//! A charge is the ledger's word that a number was sold. What trunkline says counts for nothing here: a charge that no
//! purchase claims is a double or an orphan however the journal explains it. The fakes sell a number once until it is given
//! back, so a purchase that was sent twice is told by the requests that arrived: one for each purchase and number.

mod charges;
mod keys;
mod late;
mod money;
mod order;
mod questions;
mod releases;
mod times;
mod words;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::client::{Told, Word};
use crate::faults::BEHIND;
use crate::journal::{Allocation, Held, Purchase};
use crate::replays::Replayed;
use crate::spend::Purse;

pub(crate) use keys::replayable;

/// An account, by its first name, and a number.
pub(crate) type Line = (String, String);

/// How far a carrier's ledger and the journal may disagree about when something was: milliseconds are cut off.
const CUT: SignedDuration = SignedDuration::from_secs(1);

/// A purchase or a release in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) line: Line,
    /// When it was committed.
    pub(crate) at: Timestamp,
    /// A person did it in the carrier's console.
    pub(crate) by_person: bool,
}

/// What was seen when everything was over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    /// Every purchase of the journal.
    pub(crate) journal: Vec<Purchase>,
    /// Every charge of the ledgers, account by account, oldest first.
    pub(crate) charges: Vec<Entry>,
    /// Every release of the ledgers, account by account, oldest first.
    pub(crate) releases: Vec<Entry>,
    /// What the ledgers say is held.
    pub(crate) owned: HashSet<Line>,
    /// How often each number was asked for, where the request names it.
    pub(crate) requests: HashMap<Line, usize>,
    /// How often each phone was called.
    pub(crate) rings: HashMap<String, usize>,
    /// How often each number stands on the books of Webex and Wazo.
    pub(crate) registered: HashMap<Line, usize>,
    /// When the carriers stopped failing.
    pub(crate) healed: Timestamp,
    /// The longest pause of the watch.
    pub(crate) watch_interval: Duration,
    /// What has a ceiling.
    pub(crate) purses: Vec<Purse>,
    /// What trunkline shows of the numbers held.
    pub(crate) shown: Vec<Held>,
    /// Whether a gateway was frozen: a request that froze on its way arrives when it thaws, and nothing can stop it.
    pub(crate) froze: bool,
    /// The labels that purchases were ordered with, by key.
    pub(crate) labels: HashMap<String, String>,
    /// The keys of the purchases that were made with the API key that has a ceiling.
    pub(crate) capped: HashSet<String>,
    /// Every purchase that a person was asked about, as it was then.
    pub(crate) asked: Vec<Purchase>,
    /// From when until when a carrier's records were dated back.
    pub(crate) backdated: Option<(Timestamp, Timestamp)>,
    /// What the allocations say of themselves.
    pub(crate) allocations: Vec<Allocation>,
    /// What the clients were told.
    pub(crate) told: Vec<Told>,
    /// What the keys answered in the end.
    pub(crate) replays: Vec<Replayed>,
}

impl Evidence {
    /// When what a purchase may have bought was charged: the first charge of its number through the API since it was sent.
    pub(crate) fn charge_of(&self, purchase: &Purchase) -> Option<Timestamp> {
        let (line, sent) = (purchase.line(), purchase.sent_at()?);
        let since = sent.checked_sub(CUT).unwrap_or(sent);
        let charges = self.charges.iter().filter(|charge| !charge.by_person);
        let mut charges = charges.filter(|charge| charge.line == line && charge.at >= since);
        charges.next().map(|charge| charge.at)
    }

    /// Whether all that a person bought of its number was bought so long before the purchase was written down that its
    /// look had to show it.
    fn persons_before(&self, purchase: &Purchase) -> bool {
        let (line, behind) = (
            purchase.line(),
            CUT + SignedDuration::try_from(BEHIND).unwrap_or_default(),
        );
        let latest = purchase
            .created_at
            .checked_sub(behind)
            .unwrap_or(purchase.created_at);
        let persons = self.charges.iter().filter(|charge| charge.by_person);
        let mut persons = persons.filter(|charge| charge.line == line).peekable();
        persons.peek().is_some() && persons.all(|charge| charge.at < latest)
    }

    /// Whether a person was asked about a purchase: until then its key said that it was not known how it ends.
    fn is_asked(&self, purchase: &Purchase) -> bool {
        let mut asked = self.asked.iter();
        asked.any(|case| case.id == purchase.id)
    }

    /// The line of each number's id that a purchase has won.
    fn lines(&self) -> HashMap<&str, Line> {
        let journal = self.journal.iter();
        journal
            .filter_map(|purchase| Some((purchase.number_id.as_deref()?, purchase.line())))
            .collect()
    }
}

/// What is wrong, kind by kind, a line for each case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Charges beyond those that purchases claim, a key with two, a number asked for more often than purchases named it.
    pub(crate) doubles: Vec<String>,
    /// Charges that no succeeded purchase accounts for.
    pub(crate) orphans: Vec<String>,
    /// Succeeded purchases of numbers that were not sold, or are gone and were not released.
    pub(crate) phantoms: Vec<String>,
    /// Purchases that are not done, or were only later than promised.
    pub(crate) unsettled: Vec<String>,
    /// Purchases called late whose commit a look of the settling time had to find.
    pub(crate) not_late: Vec<String>,
    /// Late commits that the watch took too long to notice.
    pub(crate) unnoticed: Vec<String>,
    /// Moments at which an account had spent more than its ceiling, and sums that are not those of the books.
    pub(crate) overspent: Vec<String>,
    /// Questions that nobody needed to be asked.
    pub(crate) questions: Vec<String>,
    /// Questions that nobody was asked.
    pub(crate) unasked: Vec<String>,
    /// Purchases that were sent though another of the number was open, or had won it.
    pub(crate) order: Vec<String>,
    /// Clients who were told something that is not so.
    pub(crate) untruths: Vec<String>,
    /// Keys that do not answer what the journal says.
    pub(crate) keys: Vec<String>,
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
    pub(crate) fn rows(&self) -> [(&'static str, &[String]); 17] {
        [
            ("doubles", &self.doubles),
            ("orphans", &self.orphans),
            ("phantoms", &self.phantoms),
            ("unsettled", &self.unsettled),
            ("called late and not late", &self.not_late),
            ("late ones noticed too late", &self.unnoticed),
            ("over a ceiling", &self.overspent),
            ("questions without need", &self.questions),
            ("questions nobody was asked", &self.unasked),
            ("sent out of turn", &self.order),
            ("clients told wrong", &self.untruths),
            ("keys that answer otherwise", &self.keys),
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
    late::judge(evidence, &mut verdict);
    money::judge(evidence, &mut verdict);
    questions::judge(evidence, &mut verdict);
    order::judge(evidence, &mut verdict);
    releases::judge(evidence, &mut verdict);
    times::judge(evidence, &mut verdict);
    words::judge(evidence, &mut verdict);
    keys::judge(evidence, &mut verdict);
    verdict
}

/// The longest time from writing a purchase down to settling it, apart from late ones, which were told before, and those
/// that waited for a person or for an account that could not be asked.
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
pub(crate) fn unaffordable(told: &[Told]) -> usize {
    let refused = |told: &&Told| matches!(told.word, Word::Refused { status: 402, .. });
    told.iter().filter(refused).count()
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
