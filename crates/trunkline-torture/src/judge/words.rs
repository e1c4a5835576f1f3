//! What clients were told against what is so.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Verdict};
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
                let so = journal.get(purchase.as_str()).is_some_and(|purchase| {
                    purchase.succeeded() && purchase.number_id.as_deref() == Some(number_id)
                });
                if !so {
                    verdict
                        .untruths
                        .push(format!("{key} was told that {purchase} bought {number_id}"));
                }
            }
            Word::Refused { status, purchase } => {
                let bought = purchase.as_ref().and_then(|id| journal.get(id.as_str()));
                if let Some(bought) = bought.filter(|bought| bought.succeeded() && !bought.late) {
                    verdict.untruths.push(format!(
                        "{key} was told {status}, and {} succeeded",
                        bought.id
                    ));
                }
            }
            Word::Unheard { what } => verdict.unheard.push(format!("{key}: {what}")),
            Word::Released { .. }
            | Word::Labelled { .. }
            | Word::Rung { .. }
            | Word::Registered { .. } => {}
        }
    }
    releases(evidence, verdict);
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

/// 204 means gone, and whoever is not told so still has it.
fn releases(evidence: &Evidence, verdict: &mut Verdict) {
    let owned: HashSet<&str> = evidence
        .journal
        .iter()
        .filter(|p| {
            evidence
                .owned
                .contains(&(p.account.clone(), p.number.clone()))
        })
        .filter_map(|purchase| purchase.number_id.as_deref())
        .collect();
    for told in &evidence.told {
        let Word::Released { number_id, status } = &told.word else {
            continue;
        };
        let held = owned.contains(number_id.as_str());
        match (*status, held) {
            (204, false) => {}
            (0, _) => verdict.unheard.push(format!("{}: a release", told.key)),
            (status, true) => verdict.releases.push(format!(
                "{number_id} is held, and the release was answered {status}"
            )),
            (status, false) => verdict.releases.push(format!(
                "{number_id} is gone, and the release was answered {status}"
            )),
        }
    }
}

/// A label that was confirmed is there. The first one may come back if a gateway froze while it was on its way.
fn labels(evidence: &Evidence, verdict: &mut Verdict) {
    let mut wanted: HashMap<&str, Vec<&str>> = HashMap::new();
    for purchase in &evidence.journal {
        if purchase.succeeded()
            && purchase.configuration.state == "applied"
            && let Some(id) = &purchase.number_id
            && let Some(label) = evidence.labels.get(&purchase.idempotency_key)
        {
            wanted.insert(id, vec![label]);
        }
    }
    for told in &evidence.told {
        if let Word::Labelled {
            number_id,
            label,
            status,
        } = &told.word
        {
            let first = wanted.remove(number_id.as_str()).unwrap_or_default();
            // Without a confirmation it may have got there, or not.
            if *status == 200 {
                let first = first.into_iter().filter(|_| evidence.froze);
                wanted.insert(number_id, first.chain([label.as_str()]).collect());
            }
        }
    }
    for held in &evidence.shown {
        let label = held.label.as_deref().unwrap_or_default();
        let wanted = wanted.get(held.id.as_str());
        if let Some(wanted) = wanted.filter(|wanted| !wanted.contains(&label)) {
            let case = format!("{} is labelled {label:?}, not {wanted:?}", held.id);
            verdict.settings.push(case);
        }
    }
}
