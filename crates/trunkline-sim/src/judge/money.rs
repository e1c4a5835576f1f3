//! What numbers cost, by the carriers' ledgers, against ceilings and what the journal has committed.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::PurchaseState;
use trunkline_engine::journal::LOOKS_BEFORE_FREEING;

use super::Evidence;
use crate::accounts::{CAPPED, SELLERS, SETTLE};
use crate::gateway::FREED_AFTER;
use crate::history::line_of;

/// At no moment does what is held at an account with a ceiling cost more, apart from what came so late that its room was
/// free again.
pub(super) fn ceiling(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    let (kind, most) = CAPPED;
    let ledger = evidence.controls.ledger(kind);
    let room_was_free = |number: &str, at: Instant| {
        evidence.history.courses.values().any(|course| {
            let after = SETTLE + FREED_AFTER - Duration::from_secs(5);
            let late = course.sent.is_some_and(|sent| at >= sent + after);
            course.line.1 == number && course.presumed.is_some() && late
        })
    };
    let mut changes = Vec::new();
    for sale in ledger.purchases.iter().filter(|sale| sale.by.is_none()) {
        let at = evidence.moment(sale.at);
        if !room_was_free(&sale.number, at) {
            changes.push((at, Some(cents(&sale.charged)), sale.number.as_str()));
        }
    }
    let released = ledger.releases.iter();
    changes.extend(released.map(|it| (evidence.moment(it.at), None, it.number.as_str())));
    // Booked again whatever the ceiling, if it was only out of sight.
    let gone = evidence.history.gone.iter();
    let gone = gone.filter(|(line, _)| line.0 == kind);
    changes.extend(gone.map(|(line, at)| (*at, None, line.1.as_str())));
    // A question about a number that is out of sight for the settling time is closed, and open again once it shows.
    let hidden = evidence.history.hidden.iter();
    let hidden = hidden.filter(|(line, from, to)| line.0 == kind && *to >= *from + SETTLE);
    changes.extend(hidden.map(|(line, from, _)| (*from + SETTLE, None, line.1.as_str())));
    changes.sort();
    let mut held = BTreeMap::new();
    for (at, price, number) in changes {
        match price {
            Some(price) => held.insert(number, price),
            None => held.remove(number),
        };
        let sum: i64 = held.values().sum();
        if sum > most {
            let at = at.duration_since(evidence.start).as_secs();
            wrong.push(format!(
                "over a ceiling: {kind} held numbers for {sum} of {most} cents with {number}, {at} s after the start"
            ));
            return;
        }
    }
}

/// What is committed is what the purchases cost whose numbers are held, or that a person is asked about.
pub(super) fn committed(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for kind in SELLERS {
        let Some(books) = evidence.books.get(&kind) else {
            continue;
        };
        let of_carrier = evidence
            .journal
            .iter()
            .filter(|record| line_of(record).is_some_and(|line| line.0 == kind));
        let mut expected = 0;
        for record in of_carrier {
            let purchase = &record.purchase;
            let reserved = record.is_presumed() && record.watch_looks < LOOKS_BEFORE_FREEING;
            let holds = match purchase.state {
                PurchaseState::Succeeded => books.won.iter().any(|won| won.purchase == purchase.id),
                PurchaseState::Failed => reserved || purchase.needs_person.is_some(),
                _ => false,
            };
            let monthly = record
                .charges
                .iter()
                .filter(|charge| charge.monthly && holds);
            expected += monthly
                .map(trunkline_engine::Charge::millionths)
                .sum::<i64>();
        }
        if expected != books.committed {
            let committed = books.committed;
            wrong.push(format!(
                "committed: {committed} millionths at {kind}, and what is held costs {expected}"
            ));
        }
    }
}

fn cents(dollars: &str) -> i64 {
    dollars.replace('.', "").parse().unwrap_or(0)
}
