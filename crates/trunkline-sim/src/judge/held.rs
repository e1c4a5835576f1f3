//! What is held in the end, by the carriers' ledgers, against what the journal says.

use super::Evidence;
use crate::accounts::SELLERS;

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
            if !owned && last.is_none_or(|release| release.by.is_none()) {
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
            if !open && !won.any(|won| won.number.as_str() == owned.number) {
                let number = &owned.number;
                wrong.push(format!(
                    "orphan: {kind} holds {number}, and the journal does not"
                ));
            }
        }
    }
}

/// What was restored, or protected, is not given back by trunkline any more.
pub(super) fn kept(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for ((kind, number), since) in &evidence.kept {
        let releases = evidence.controls.ledger(*kind).releases;
        let mut after = releases.iter().filter(|release| {
            release.number == *number
                && release.by.is_none()
                && evidence.moment(release.at) > *since
        });
        if after.next().is_some() {
            wrong.push(format!(
                "given back: {number} at {kind}, which was to be kept by then"
            ));
        }
    }
}
