//! What clients were told against what is so.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Verdict};
use crate::accounts::first_id;
use crate::client::Word;
use crate::journal::Purchase;

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let journal: HashMap<&str, &Purchase> = evidence
        .journal
        .iter()
        .map(|purchase| (purchase.id.as_str(), purchase))
        .collect();
    let mut winners: HashMap<&str, &str> = HashMap::new();
    for told in &evidence.told {
        let key = told.key.as_str();
        match &told.word {
            Word::Bought {
                purchase,
                number_id,
            } => {
                let other = winners
                    .insert(key, purchase)
                    .filter(|other| other != purchase);
                if let Some(other) = other {
                    verdict
                        .untruths
                        .push(format!("{key} was told of {other} and of {purchase}"));
                }
                let told = first_id(number_id);
                let so = journal.get(purchase.as_str()).is_some_and(|purchase| {
                    purchase.succeeded() && purchase.number_id.as_deref() == Some(told.as_str())
                });
                if !so {
                    verdict
                        .untruths
                        .push(format!("{key} was told that {purchase} bought {number_id}"));
                }
            }
            Word::Refused { status, purchase } => {
                let bought = purchase.as_ref().and_then(|id| journal.get(id.as_str()));
                // A conflict names the purchase that has the number.
                let excused = |bought: &Purchase| {
                    bought.late || evidence.is_asked(bought) || bought.idempotency_key != told.key
                };
                if let Some(bought) = bought.filter(|b| b.succeeded() && !excused(b)) {
                    verdict.untruths.push(format!(
                        "{key} was told {status}, and {} succeeded",
                        bought.id
                    ));
                }
            }
            Word::Unheard { what } => verdict.unheard.push(format!("{key}: {what}")),
            Word::Allocated { .. }
            | Word::Released { .. }
            | Word::Restored { .. }
            | Word::Labelled { .. }
            | Word::Rung { .. }
            | Word::Registered { .. } => {}
        }
    }
    labels(evidence, verdict);
    rings(evidence, verdict);
}

/// A phone rings once for each proof, and what was registered is there once.
fn rings(evidence: &Evidence, verdict: &mut Verdict) {
    for (number, times) in evidence.rings.iter().filter(|(_, times)| **times > 1) {
        verdict.rings.push(format!("{number} rang {times} times"));
    }
    for told in &evidence.told {
        let Word::Registered { account, numbers } = &told.word else {
            continue;
        };
        for number in numbers {
            let line = ((*account).to_owned(), number.clone());
            let times = evidence.registered.get(&line).copied().unwrap_or_default();
            if times != 1 {
                let case = format!("{number} is {times} times at {account}");
                verdict.registrations.push(case);
            }
        }
    }
}

/// A label that was confirmed is there. The first one may come back if a gateway froze while it was on its way.
fn labels(evidence: &Evidence, verdict: &mut Verdict) {
    let used_again = used_again(evidence);
    let mut wanted: HashMap<String, Vec<&str>> = HashMap::new();
    for purchase in &evidence.journal {
        if purchase.succeeded()
            && purchase.configuration.state == "applied"
            && let Some(id) = &purchase.number_id
            && !used_again.contains(id)
            && let Some(label) = evidence.labels.get(&purchase.idempotency_key)
        {
            wanted.insert(id.clone(), vec![label]);
        }
    }
    for told in &evidence.told {
        if let Word::Labelled {
            number_id,
            label,
            status,
        } = &told.word
        {
            let number_id = first_id(number_id);
            let first = wanted.remove(&number_id).unwrap_or_default();
            // Without a confirmation it may have got there, or not.
            if *status == 200 {
                let first = first.into_iter().filter(|_| evidence.froze);
                wanted.insert(number_id, first.chain([label.as_str()]).collect());
            }
        }
    }
    for held in &evidence.shown {
        let label = held.label.as_deref().unwrap_or_default();
        let wanted = wanted
            .get(&held.id)
            .filter(|_| !used_again.contains(&held.id));
        if let Some(wanted) = wanted.filter(|wanted| !wanted.contains(&label)) {
            let case = format!("{} is labelled {label:?}, not {wanted:?}", held.id);
            verdict.settings.push(case);
        }
    }
}

/// The ids that two purchases have won one after the other: the labels of the first are gone.
pub(super) fn used_again(evidence: &Evidence) -> HashSet<String> {
    let mut won = HashSet::new();
    let ids = evidence
        .journal
        .iter()
        .filter_map(|purchase| purchase.number_id.clone());
    ids.filter(|id| !won.insert(id.clone())).collect()
}
