//! Holds the journal, and what clients were told, against the carriers' ledgers. What trunkline says proves nothing here: a
//! charge in a ledger proves that a number was sold.

mod answers;
mod course;
mod held;
mod money;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::time::Instant;
use trunkline_core::PurchaseState;
use trunkline_core::inventory::SyncState;
use trunkline_core::model::PurchaseId;
use trunkline_engine::allocations::AllocationRecord;
use trunkline_engine::buy::Bought;
use trunkline_engine::journal::Record;
use trunkline_engine::machine::Winner;
use trunkline_sandbox::{Controls, ProviderKind, ReleaseEntry};

use crate::accounts::{SELLERS, kind_of};
use crate::client::{Told, Want};
use crate::history::{Course, History, Line, line_of};
use crate::machine::moment;
use crate::plan::Plan;

/// Everything that was seen once nothing went on any more.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) start: Instant,
    pub(crate) plan: &'a Plan,
    pub(crate) controls: &'a Controls,
    /// Before the keys were replayed.
    pub(crate) before: Vec<Record>,
    pub(crate) journal: Vec<Record>,
    pub(crate) told: Vec<(Want, Told)>,
    /// Numbers that must not have been given back since: they were restored, or protected.
    pub(crate) kept: Vec<(Line, Instant)>,
    /// The course of each purchase, and what was sent.
    pub(crate) history: History,
    /// Purchases that have won an id which had been seen before they were ordered.
    pub(crate) foreseen: Vec<PurchaseId>,
    /// What the inventory has as held after one more reading, where accounts are read.
    pub(crate) remembered: BTreeMap<ProviderKind, Remembered>,
    /// What the journal has committed and given back.
    pub(crate) books: BTreeMap<ProviderKind, Books>,
    pub(crate) allocations: Vec<AllocationRecord>,
    /// What each key answers in the end, at each gateway.
    pub(crate) replayed: Vec<(Want, Option<trunkline_core::Result<Bought>>)>,
}

/// What the inventory has of one carrier in the end.
#[derive(Debug)]
pub(crate) struct Remembered {
    /// What became of the last reading, if one was made.
    pub(crate) state: Option<SyncState>,
    /// The numbers that are held.
    pub(crate) numbers: Vec<String>,
    /// How many another tenant would see.
    pub(crate) of_others: u64,
}

/// What the journal says of one carrier in the end.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// What purchases have won and was not given back.
    pub(crate) won: Vec<Winner>,
    /// What they cost a month, in millionths of a dollar.
    pub(crate) committed: i64,
}

impl Evidence<'_> {
    fn course(&self, record: &Record) -> Option<&Course> {
        self.history.courses.get(record.purchase.id.as_str())
    }

    /// Whether a release in a carrier's ledger was carried out by a request that had left before the number was sold again:
    /// another one had given the number back meanwhile, and the carrier uses ids again.
    fn is_stray(&self, line: &Line, release: &ReleaseEntry) -> bool {
        let released = self.moment(release.at);
        let sales = self.controls.ledger(line.0).purchases;
        let sales = sales.iter().filter(|sale| sale.number == line.1);
        let sales = sales.map(|sale| self.moment(sale.at));
        let Some(sold) = sales.filter(|at| *at <= released).max() else {
            return false;
        };
        let mut deletes = self.history.deletes.iter().filter(|(of, _)| of == line);
        let none_since = !deletes
            .clone()
            .any(|(_, at)| *at >= sold && *at <= released);
        release.by.is_none() && none_since && deletes.any(|(_, at)| *at < sold)
    }

    /// Whether a person was asked about a purchase, and the number was given back before there was an answer.
    fn is_given_up(&self, record: &Record) -> bool {
        let Some((course, (_, asked))) = self.course(record).and_then(|it| Some((it, it.asked?)))
        else {
            return false;
        };
        let releases = self.controls.ledger(course.line.0).releases;
        let mut releases = releases.iter().filter(|it| it.number == course.line.1);
        !course.decided && releases.any(|release| self.moment(release.at) >= asked)
    }

    /// When something was written into a carrier's ledger.
    fn moment(&self, at: Timestamp) -> Instant {
        moment(self.start, at)
    }
}

/// What the ledger and the journal say of one number at one account.
#[derive(Debug, Default)]
struct Sales<'a> {
    sold: usize,
    sold_to_person: usize,
    released: usize,
    /// By a person, or by a request that came after the number had been sold again.
    released_unasked: usize,
    owned: bool,
    asked: usize,
    won: Vec<&'a Record>,
    in_question: usize,
    /// Purchases that nobody knows of whether they had bought the number, which was given back meanwhile.
    given_up: usize,
    /// Purchases that were sent.
    sent: BTreeSet<&'a str>,
}

/// What is wrong, one line each; nothing if all is well.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, books) in &sales(evidence) {
        charges(line, books, &mut wrong);
    }
    keys(evidence, &mut wrong);
    answers::told(evidence, &mut wrong);
    answers::replayed(evidence, &mut wrong);
    money::ceiling(evidence, &mut wrong);
    money::committed(evidence, &mut wrong);
    held::held(evidence, &mut wrong);
    held::kept(evidence, &mut wrong);
    held::gone(evidence, &mut wrong);
    held::missing(evidence, &mut wrong);
    held::remembered(evidence, &mut wrong);
    course::late(evidence, &mut wrong);
    course::questions(evidence, &mut wrong);
    course::foreseen(evidence, &mut wrong);
    course::allocations(evidence, &mut wrong);
    wrong
}

fn sales<'a>(evidence: &'a Evidence<'_>) -> BTreeMap<Line, Sales<'a>> {
    let mut all: BTreeMap<Line, Sales<'a>> = BTreeMap::new();
    for kind in SELLERS {
        let ledger = evidence.controls.ledger(kind);
        for sale in ledger.purchases {
            let books = all.entry((kind, sale.number)).or_default();
            match sale.by {
                Some(_) => books.sold_to_person += 1,
                None => books.sold += 1,
            }
        }
        for release in ledger.releases {
            let line = (kind, release.number.clone());
            let unasked = release.by.is_some() || evidence.is_stray(&line, &release);
            let books = all.entry(line).or_default();
            books.released += 1;
            books.released_unasked += usize::from(unasked);
        }
        for owned in ledger.owned {
            all.entry((kind, owned.number)).or_default().owned = true;
        }
        for (number, asked) in evidence.controls.named(kind, "purchase") {
            all.entry((kind, number)).or_default().asked = asked;
        }
    }
    for record in &evidence.journal {
        let purchase = &record.purchase;
        for attempt in &purchase.attempts {
            let Some(kind) = kind_of(attempt.account.as_str()) else {
                continue;
            };
            if attempt.sent_at.is_some() {
                let line = (kind, attempt.number.as_str().to_owned());
                let sent = &mut all.entry(line).or_default().sent;
                sent.insert(purchase.id.as_str());
            }
        }
        let Some(line) = line_of(record) else {
            continue;
        };
        let books = all.entry(line).or_default();
        if purchase.state == PurchaseState::Succeeded {
            books.won.push(record);
        } else if purchase.needs_person.is_some() {
            books.in_question += 1;
        } else if evidence.is_given_up(record) {
            books.given_up += 1;
        }
    }
    all
}

/// Charges against purchases.
fn charges(line: &Line, books: &Sales<'_>, wrong: &mut Vec<String>) {
    let (account, number) = line;
    let ids = |records: &[&Record]| {
        let ids: Vec<_> = records.iter().map(|r| r.purchase.id.to_string()).collect();
        ids.join(", ")
    };
    let (sold, won) = (books.sold, books.won.len());
    // What was given back unasked before it was found, or before the question was answered, is nobody's.
    let lost = books.sent.len().saturating_sub(won + books.in_question);
    let ended = lost.min(books.released_unasked + books.given_up);
    if sold > won + books.in_question + ended {
        let tried = books.sent.iter().copied().collect::<Vec<_>>().join(", ");
        wrong.push(format!(
            "orphan or double: {account} sold {number} {sold} times, {won} purchases have won it; tried by {tried}"
        ));
    }
    if won > sold + books.sold_to_person {
        let ids = ids(&books.won);
        wrong.push(format!(
            "phantom: {account} sold {number} {sold} times, and {ids} have won it"
        ));
    }
    if books.released == 0 && won > 0 && !books.owned {
        wrong.push(format!("phantom: {account} does not hold {number}"));
    }
    if books.asked > books.sent.len() {
        let (asked, sent) = (books.asked, books.sent.len());
        wrong.push(format!(
            "sent twice: {account} was asked {asked} times for {number}, and {sent} purchases were sent"
        ));
    }
}

/// A key buys once.
fn keys(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let won = evidence.journal.iter();
    for record in won.filter(|record| record.purchase.state == PurchaseState::Succeeded) {
        let purchase = &record.purchase;
        let ids = keys.entry(purchase.idempotency_key.as_str()).or_default();
        ids.push(purchase.id.to_string());
    }
    for (key, ids) in keys.iter().filter(|(_, ids)| ids.len() > 1) {
        wrong.push(format!("double: {key} has bought {}", ids.join(" and ")));
    }
}
