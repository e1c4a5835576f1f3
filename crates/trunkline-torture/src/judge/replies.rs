//! What clients were told against what is so.

use std::collections::HashMap;

use super::verdict::Verdict;
use crate::accounts::{Line, first_id};
use crate::book::Reply;
use crate::evidence::Evidence;
use crate::journal::Purchase;

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let journal: HashMap<&str, &Purchase> = evidence
        .journal
        .iter()
        .map(|purchase| (purchase.id.as_str(), purchase))
        .collect();
    let mut winners: HashMap<&str, &str> = HashMap::new();
    for reported in &evidence.reported {
        let key = reported.key.as_str();
        match &reported.reply {
            Reply::Bought {
                purchase,
                number_id,
            } => {
                let other = winners.insert(key, purchase);
                if let Some(other) = other.filter(|other| other != purchase) {
                    let case = format!("{key} was told of {other} and of {purchase}");
                    verdict.untruths.push(case);
                }
                let id = first_id(number_id);
                let has_won = |p: &&&Purchase| p.succeeded() && p.number_id.as_ref() == Some(&id);
                if journal.get(purchase.as_str()).filter(has_won).is_none() {
                    let case = format!("{key} was told that {purchase} bought {number_id}");
                    verdict.untruths.push(case);
                }
            }
            Reply::Refused { status, purchase } => {
                let bought = purchase.as_ref().and_then(|id| journal.get(id.as_str()));
                // A conflict names the purchase that has the number.
                let excused = |bought: &Purchase| {
                    bought.late
                        || evidence.is_asked(bought)
                        || bought.idempotency_key != reported.key
                };
                if let Some(bought) = bought.filter(|b| b.succeeded() && !excused(b)) {
                    verdict.untruths.push(format!(
                        "{key} was told {status}, and {} succeeded",
                        bought.id
                    ));
                }
            }
            Reply::Missing { what } => verdict.unanswered.push(format!("{key}: {what}")),
            Reply::Allocated { .. }
            | Reply::Released { .. }
            | Reply::Restored { .. }
            | Reply::Labelled { .. }
            | Reply::Rung { .. }
            | Reply::Registered { .. } => {}
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
    for reported in &evidence.reported {
        let Reply::Registered { lines } = &reported.reply else {
            continue;
        };
        for line in lines {
            let times = evidence.registered.get(line).copied().unwrap_or_default();
            if times != 1 {
                let Line { account, number } = line;
                let case = format!("{number} is {times} times at {account}");
                verdict.registrations.push(case);
            }
        }
    }
}

/// A label that was confirmed is there. The first one may come back if a gateway froze while it was on its way.
fn labels(evidence: &Evidence, verdict: &mut Verdict) {
    let used_again = evidence.used_again();
    let mut wanted: HashMap<String, Vec<&str>> = HashMap::new();
    for purchase in &evidence.journal {
        if purchase.succeeded()
            && purchase.configuration.state == "applied"
            && let Some(id) = &purchase.number_id
            && !used_again.contains(id.as_str())
            && let Some(label) = evidence.labels.get(&purchase.idempotency_key)
        {
            wanted.insert(id.clone(), vec![label]);
        }
    }
    for reported in &evidence.reported {
        if let Reply::Labelled {
            number_id,
            label,
            status,
        } = &reported.reply
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
            .filter(|_| !used_again.contains(held.id.as_str()));
        if let Some(wanted) = wanted.filter(|wanted| !wanted.contains(&label)) {
            let case = format!("{} is labelled {label:?}, not {wanted:?}", held.id);
            verdict.settings.push(case);
        }
    }
}
