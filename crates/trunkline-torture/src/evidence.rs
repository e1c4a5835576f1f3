//! What was seen when everything was over: the carriers' ledgers, trunkline's journal, and what clients were told.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::accounts::Line;
use crate::faults::BEHIND;
use crate::journal::{Allocation, Held, Purchase};
use crate::run::Reported;
use crate::spend::Purse;
use crate::wire::Answer;

/// How far a carrier's ledger and the journal may disagree about when something was: milliseconds are cut off.
pub(crate) const CUT: SignedDuration = SignedDuration::from_secs(1);

/// A purchase or a release in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) line: Line,
    /// When it was committed.
    pub(crate) at: Timestamp,
    /// A person did it in the carrier's console.
    pub(crate) by_person: bool,
}

/// What a key answered at all gateways, when everything was over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replayed {
    pub(crate) key: String,
    pub(crate) answers: Vec<Answer>,
    pub(crate) wanted: usize,
}

/// What was seen when everything was over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) journal: Vec<Purchase>,
    /// Every charge of the ledgers, account by account, oldest first.
    pub(crate) charges: Vec<Entry>,
    /// Every release of the ledgers, account by account, oldest first.
    pub(crate) releases: Vec<Entry>,
    /// What the ledgers of sellers say is held.
    pub(crate) owned: HashSet<Line>,
    /// How often each number was asked for, where the request names it.
    pub(crate) requests: HashMap<Line, usize>,
    /// How often each phone was called.
    pub(crate) rings: HashMap<String, usize>,
    /// How often each number stands in the ledgers of carriers that only register numbers.
    pub(crate) registered: HashMap<Line, usize>,
    /// When the carriers stopped failing.
    pub(crate) healed: Timestamp,
    /// The longest pause of the watch.
    pub(crate) watch_interval: Duration,
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
    pub(crate) allocations: Vec<Allocation>,
    /// What the clients were told.
    pub(crate) reported: Vec<Reported>,
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

    /// Whether persons bought its number, and always so long before the purchase was written down that its look had to
    /// show it.
    pub(crate) fn persons_before(&self, purchase: &Purchase) -> bool {
        let behind = CUT + SignedDuration::try_from(BEHIND).unwrap_or_default();
        let created = purchase.created_at;
        let (line, latest) = (
            purchase.line(),
            created.checked_sub(behind).unwrap_or(created),
        );
        let persons = self.charges.iter().filter(|charge| charge.by_person);
        let mut persons = persons.filter(|charge| charge.line == line).peekable();
        persons.peek().is_some() && persons.all(|charge| charge.at < latest)
    }

    /// Whether a person was asked about a purchase: until then its key answered that its outcome was unknown.
    pub(crate) fn is_asked(&self, purchase: &Purchase) -> bool {
        self.asked.iter().any(|case| case.id == purchase.id)
    }

    /// The line of each number's id that a purchase has won.
    pub(crate) fn lines(&self) -> HashMap<&str, Line> {
        let won = self.journal.iter();
        won.filter_map(|purchase| Some((purchase.number_id.as_deref()?, purchase.line())))
            .collect()
    }

    /// The ids that two purchases have won one after the other: the labels of the first are gone.
    pub(crate) fn used_again(&self) -> HashSet<&str> {
        let mut won = HashSet::new();
        let ids = self.journal.iter().filter_map(|p| p.number_id.as_deref());
        ids.filter(|id| !won.insert(*id)).collect()
    }
}
