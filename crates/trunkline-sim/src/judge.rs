//! Holds the journal, and what clients were told, against the carriers' ledgers. What trunkline says proves nothing here: a
//! charge in a ledger proves that a number was sold.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;
use trunkline_core::PurchaseState;
use trunkline_engine::buy::Bought;
use trunkline_engine::journal::Record;
use trunkline_sandbox::{Controls, ProviderKind};

use crate::accounts::{CAPPED, SELLERS};
use crate::client::{Told, Want};

/// Everything that was seen once nothing went on any more.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) controls: &'a Controls,
    /// Before the keys were replayed.
    pub(crate) before: Vec<Record>,
    pub(crate) journal: Vec<Record>,
    pub(crate) told: Vec<(Want, Told)>,
    /// Purchases that a person was ever asked about.
    pub(crate) asked: BTreeSet<String>,
    /// When purchases were written down.
    pub(crate) begun: BTreeMap<String, Instant>,
    /// What each key answers in the end, at each gateway.
    pub(crate) replayed: Vec<(Want, Option<trunkline_core::Result<Bought>>)>,
}

/// A number at an account.
type Line = (&'static str, String);

/// What the ledger and the journal say of one number at one account.
#[derive(Debug, Default)]
struct Books<'a> {
    sold: usize,
    sold_to_person: usize,
    released: usize,
    released_by_person: usize,
    owned: bool,
    asked: usize,
    won: Vec<&'a Record>,
    in_question: usize,
    /// Purchases that the number was perhaps held for, until a look showed it no more.
    were_in_question: usize,
    /// Purchases that were sent.
    sent: BTreeSet<&'a str>,
}

/// What is wrong, one line each; nothing if all is well.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, books) in &books(evidence) {
        charges(line, books, &mut wrong);
    }
    keys(evidence, &mut wrong);
    told(evidence, &mut wrong);
    replayed(evidence, &mut wrong);
    ceiling(evidence, &mut wrong);
    wrong
}

fn books<'a>(evidence: &'a Evidence<'_>) -> BTreeMap<Line, Books<'a>> {
    let mut all: BTreeMap<Line, Books<'a>> = BTreeMap::new();
    for kind in SELLERS {
        let (ledger, name) = (evidence.controls.ledger(kind), kind.name());
        for sale in ledger.purchases {
            let books = all.entry((name, sale.number)).or_default();
            match sale.by {
                Some(_) => books.sold_to_person += 1,
                None => books.sold += 1,
            }
        }
        for release in ledger.releases {
            let books = all.entry((name, release.number)).or_default();
            books.released += 1;
            books.released_by_person += usize::from(release.by.is_some());
        }
        for owned in ledger.owned {
            all.entry((name, owned.number)).or_default().owned = true;
        }
        for (number, asked) in evidence.controls.named(kind, "purchase") {
            all.entry((name, number)).or_default().asked = asked;
        }
    }
    for record in &evidence.journal {
        let purchase = &record.purchase;
        for attempt in &purchase.attempts {
            let Some(kind) = kind(attempt.account.as_str()) else {
                continue;
            };
            if attempt.sent_at.is_some() {
                let line = (kind.name(), attempt.number.as_str().to_owned());
                let sent = &mut all.entry(line).or_default().sent;
                sent.insert(purchase.id.as_str());
            }
        }
        let Some(kind) = kind(purchase.account.as_str()) else {
            continue;
        };
        let line = (kind.name(), purchase.number.as_str().to_owned());
        let books = all.entry(line).or_default();
        if purchase.state == PurchaseState::Succeeded {
            books.won.push(record);
        } else if purchase.needs_person.is_some() {
            books.in_question += 1;
        } else if evidence.asked.contains(purchase.id.as_str()) {
            books.were_in_question += 1;
        }
    }
    all
}

fn kind(account: &str) -> Option<ProviderKind> {
    SELLERS.into_iter().find(|kind| kind.name() == account)
}

/// Charges against purchases.
fn charges(line: &Line, books: &Books<'_>, wrong: &mut Vec<String>) {
    let (account, number) = line;
    let ids = |records: &[&Record]| {
        let ids: Vec<_> = records.iter().map(|r| r.purchase.id.to_string()).collect();
        ids.join(", ")
    };
    let (sold, won) = (books.sold, books.won.len());
    // What a person gave back before the question was answered is nobody's.
    let ended = books.were_in_question.min(books.released_by_person);
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

/// What clients were told stays so, but for what came late.
fn told(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    let journal: BTreeMap<_, _> = evidence
        .journal
        .iter()
        .map(|record| (record.purchase.id.as_str(), record))
        .collect();
    for (want, told) in &evidence.told {
        let key = &want.key;
        match told {
            Told::Done(was) => {
                let id = was.purchase.id.as_str();
                let Some(is) = journal.get(id) else {
                    wrong.push(format!(
                        "told wrong: {key} was told of {id}, which is not there"
                    ));
                    continue;
                };
                // While a person is asked the outcome is open.
                let asked = |record: &Record| record.purchase.needs_person.is_some();
                let late = is.purchase.late || asked(is) || asked(was);
                let same = is.purchase.state == was.purchase.state
                    && is.purchase.number_id == was.purchase.number_id;
                let may_change = was.purchase.state == PurchaseState::Failed && late;
                if !same && !may_change {
                    let (then, now) = (was.purchase.state.as_str(), is.purchase.state.as_str());
                    wrong.push(format!(
                        "told wrong: {key} was told that {id} has {then}, it has {now}"
                    ));
                }
            }
            Told::Refused(error, asked) => {
                let bought = evidence.before.iter().find(|record| {
                    record.purchase.idempotency_key.as_str() == key
                        && record.purchase.state == PurchaseState::Succeeded
                        && !record.purchase.late
                        // Another client of the key may have begun it since.
                        && evidence.begun.get(record.purchase.id.as_str()) < Some(asked)
                });
                if let Some(record) = bought {
                    let id = &record.purchase.id;
                    wrong.push(format!(
                        "told wrong: {key} was told {error}, and {id} has succeeded"
                    ));
                }
            }
            Told::Mismatch => wrong.push(format!("told wrong: {key} was told of a mismatch")),
            Told::Nothing(last) => wrong.push(format!("unanswered: {key}, {last}")),
        }
    }
}

/// In the end a key answers at every gateway what the journal says.
fn replayed(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for (want, answer) in &evidence.replayed {
        let key = &want.key;
        let same = |record: &&Record| record.purchase.idempotency_key.as_str() == key;
        let won = evidence.journal.iter().filter(same);
        let won = won
            .filter(|record| record.purchase.state == PurchaseState::Succeeded)
            .map(|record| &record.purchase.id)
            .next();
        match (answer, won) {
            (None, _) => wrong.push(format!("unanswered: {key}, in the end")),
            (Some(Ok(Bought::Mismatch)), _) => {
                wrong.push(format!(
                    "told wrong: {key} answers with a mismatch in the end"
                ));
            }
            (Some(Ok(Bought::Purchase { record, .. })), Some(won))
                if record.purchase.id == *won
                    && record.purchase.state == PurchaseState::Succeeded => {}
            (_, Some(won)) => {
                wrong.push(format!(
                    "told wrong: {key} does not answer with {won} in the end"
                ));
            }
            (_, None) => {}
        }
    }
}

/// What is held at an account with a ceiling costs no more, apart from what came late.
fn ceiling(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    let (kind, most) = CAPPED;
    let late: BTreeSet<&str> = evidence
        .journal
        .iter()
        .filter(|record| record.purchase.late)
        .map(|record| record.purchase.number.as_str())
        .collect();
    let owned = evidence.controls.ledger(kind).owned;
    let ours = owned
        .iter()
        .filter(|owned| owned.by.is_none() && !late.contains(owned.number.as_str()));
    let cents: i64 = ours.filter_map(|owned| cents(&owned.monthly_price)).sum();
    if cents > most {
        wrong.push(format!(
            "over a ceiling: {kind} holds {cents} of {most} cents"
        ));
    }
}

fn cents(dollars: &str) -> Option<i64> {
    dollars.replace('.', "").parse().ok()
}
