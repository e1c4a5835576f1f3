//! What is held in the end, by the carriers' ledgers, against what the journal says.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use trunkline_core::inventory::SyncState;
use trunkline_sandbox::{PurchaseEntry, ReleaseEntry};

use super::Evidence;
use crate::accounts::{SELLERS, SETTLE};
use crate::history::{Line, line_of};

/// How long it takes at most to write down what a look has shown.
const WRITTEN_WITHIN: Duration = Duration::from_secs(20);

/// For how long no look need have been answered, between two that were.
const UNANSWERED: Duration = Duration::from_secs(45);

/// How long a reading of an account takes at most.
const READ_WITHIN: Duration = Duration::from_secs(120);

/// What the journal has as held is held, or a person gave it back; and what is held is the journal's, or in question.
pub(super) fn held(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for kind in SELLERS {
        let Some(books) = evidence.books.get(&kind) else {
            continue;
        };
        let ledger = evidence.controls.ledger(kind);
        for won in &books.won {
            let number = won.number.as_str();
            let owned = ledger.owned.iter().any(|owned| owned.number == number);
            let mut released = ledger.releases.iter().rev();
            let last = released.find(|release| release.number == number);
            let line = (kind, number.to_owned());
            let asked =
                |release: &ReleaseEntry| release.by.is_none() && !evidence.is_stray(&line, release);
            if !owned && last.is_none_or(asked) {
                wrong.push(format!(
                    "phantom: {kind} does not hold {number} any more, and its release is not written down"
                ));
            }
        }
        for owned in ledger.owned.iter().filter(|owned| owned.by.is_none()) {
            let open = evidence.journal.iter().any(|record| {
                let purchase = &record.purchase;
                purchase.number.as_str() == owned.number && purchase.needs_person.is_some()
            });
            let mut won = books.won.iter();
            let excused = has_taken_anothers(evidence, &(kind, owned.number.clone()), owned.since);
            if !open && !excused && !won.any(|won| won.number.as_str() == owned.number) {
                let number = &owned.number;
                wrong.push(format!(
                    "orphan: {kind} holds {number}, and the journal does not"
                ));
            }
        }
    }
}

/// Whether what a carrier sold at this moment was ordered by a purchase that had won, in its place, what a person bought
/// after the request had left: nothing can tell the two apart, which `docs/safety.md` says.
fn has_taken_anothers(evidence: &Evidence<'_>, line: &Line, sold: Timestamp) -> bool {
    let sales = evidence.controls.ledger(line.0).purchases;
    let sales: Vec<_> = sales.iter().filter(|sale| sale.number == line.1).collect();
    let courses = evidence
        .history
        .courses
        .values()
        .filter(|it| it.line == *line);
    let sold = evidence.moment(sold);
    let mut won = courses.filter_map(|it| Some((it.sent?, it.won?)));
    won.any(|(sent, won)| {
        let between = |sale: &&&PurchaseEntry| {
            let at = evidence.moment(sale.at);
            at >= sent && at <= won
        };
        let between: Vec<_> = sales.iter().filter(between).collect();
        let by_persons = between.iter().all(|sale| sale.by.is_some());
        won < sold && by_persons && !between.is_empty()
    })
}

/// What was restored, or protected, is not given back by trunkline any more, unless a person gave it back before: then it is
/// another purchase's.
pub(super) fn kept(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for ((kind, number), since) in &evidence.kept {
        let releases = evidence.controls.ledger(*kind).releases;
        let mut after = releases
            .iter()
            .filter(|release| release.number == *number && evidence.moment(release.at) > *since);
        let line = (*kind, number.clone());
        let ours = |first: &ReleaseEntry| first.by.is_none() && !evidence.is_stray(&line, first);
        if after.next().is_some_and(ours) {
            wrong.push(format!(
                "given back: {number} at {kind}, which was to be kept by then"
            ));
        }
    }
}

/// After the last reading the inventory has as held what the carrier holds, each number once, and nothing else. A number that a
/// person is asked about enters the inventory with the answer.
pub(super) fn remembered(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for (kind, remembered) in &evidence.remembered {
        let owned = evidence.controls.ledger(*kind).owned;
        let mut owned: Vec<_> = owned.into_iter().map(|owned| owned.number).collect();
        let mut numbers = remembered.numbers.clone();
        match remembered.state {
            Some(SyncState::Complete) => {}
            // So many are missing at once that it is not believed.
            Some(SyncState::Suspect) => continue,
            state => {
                wrong.push(format!("inventory: {kind} can't be read whole: {state:?}"));
                continue;
            }
        }
        if remembered.of_others > 0 {
            wrong.push(format!("inventory: another tenant sees numbers of {kind}"));
        }
        owned.sort();
        numbers.sort();
        let asked = |number: &String| {
            evidence.journal.iter().any(|record| {
                record.purchase.needs_person.is_some()
                    && line_of(record).is_some_and(|line| line == (*kind, number.clone()))
            })
        };
        owned.retain(|number| numbers.contains(number) || !asked(number));
        if owned != numbers {
            let lacks: Vec<_> = owned.iter().filter(|it| !numbers.contains(it)).collect();
            numbers.retain(|it| !owned.contains(it));
            wrong.push(format!(
                "inventory: of what {kind} holds it lacks {lacks:?}, and it has {numbers:?} besides, or numbers twice"
            ));
        }
    }
}

/// What is taken for gone was not held throughout the settling time before, in the carrier's sight.
pub(super) fn gone(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for (line, at) in &evidence.history.gone {
        // Out of sight when the settling time began and when it ended: looks in between may have failed (seed 593).
        let began = *at - SETTLE;
        let at_first = |from: Instant, to: Instant| from <= began && to + UNANSWERED >= began;
        let at_last = |_, to: Instant| to + WRITTEN_WITHIN >= *at;
        let hidden = is_hidden(evidence, line, at_first) && is_hidden(evidence, line, at_last);
        if is_held(evidence, line, began, *at) && !hidden {
            let (kind, number) = line;
            wrong.push(format!("called gone: {kind} held {number} all the time"));
        }
    }
}

/// What a reading finds to be missing was not held while it was made, in the carrier's sight.
pub(super) fn missing(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for (line, at) in &evidence.history.missing {
        let began = *at - READ_WITHIN;
        let hides = |from: Instant, to: Instant| from <= *at && to >= began;
        if is_held(evidence, line, began, *at) && !is_hidden(evidence, line, hides) {
            let (kind, number) = line;
            wrong.push(format!(
                "inventory: {number} is said to be missing at {kind}, which held it all the time"
            ));
        }
    }
}

/// Whether the carrier held a number all the time.
fn is_held(evidence: &Evidence<'_>, line: &Line, from: Instant, to: Instant) -> bool {
    let ledger = evidence.controls.ledger(line.0);
    let sold = ledger.purchases.iter().filter(|it| it.number == line.1);
    let sold = sold.map(|it| (evidence.moment(it.at), true));
    let released = ledger.releases.iter().filter(|it| it.number == line.1);
    let released = released.map(|it| (evidence.moment(it.at), false));
    let events = sold.chain(released).filter(|(when, _)| *when < to);
    let last = events.max();
    last.is_some_and(|(when, held)| held && when < from)
}

/// Whether the carrier had lost sight of a number at such a time.
fn is_hidden(evidence: &Evidence<'_>, line: &Line, at: impl Fn(Instant, Instant) -> bool) -> bool {
    let mut hidden = evidence.history.hidden.iter();
    hidden.any(|(of, from, to)| of == line && at(*from, *to))
}
