//! What clients were told, and what a key answers in the end, against what is so.

use std::collections::HashMap;

use super::verdict::Verdict;
use crate::accounts::{Line, first_id};
use crate::evidence::{Evidence, Replayed};
use crate::journal::Purchase;
use crate::run::Reply;
use crate::wire::Answer;

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

/// Refusals that would be the same the next time, so that their key begins nothing anew.
const LASTING: [&str; 4] = [
    "conflict",
    "payment_required",
    "invalid_request",
    "unsupported",
];

/// The keys that may begin nothing anew when they are used again.
pub(crate) fn replayable(evidence: &Evidence) -> Vec<String> {
    let latest = latest(evidence);
    let purchases = latest.into_iter().filter(|(_, purchase)| lasts(purchase));
    let keys = purchases.map(|(key, _)| key.to_owned());
    let reported = evidence.reported.iter();
    let allocations = reported.filter(|one| matches!(one.reply, Reply::Allocated { .. }));
    keys.chain(allocations.map(|one| one.key.clone())).collect()
}

fn lasts(purchase: &Purchase) -> bool {
    purchase.succeeded() || is_presumed(purchase) || {
        let lasting = |kind: &str| LASTING.contains(&kind);
        let error = purchase.error.as_ref();
        error.is_some_and(|error| error.retry_after.is_none() && lasting(&error.kind))
    }
}

fn is_presumed(purchase: &Purchase) -> bool {
    let last = purchase.attempts.last();
    last.is_some_and(|attempt| attempt.presumed)
}

/// The latest purchase under each key.
fn latest(evidence: &Evidence) -> HashMap<&str, &Purchase> {
    let mut latest: HashMap<&str, &Purchase> = HashMap::new();
    for purchase in &evidence.journal {
        let known = latest.entry(&purchase.idempotency_key).or_insert(purchase);
        if known.created_at < purchase.created_at {
            *known = purchase;
        }
    }
    latest
}

pub(super) fn judge_keys(evidence: &Evidence, verdict: &mut Verdict) {
    let latest = latest(evidence);
    for replayed in &evidence.replays {
        let Replayed {
            key,
            answers,
            wanted,
        } = replayed;
        if answers.len() < *wanted {
            verdict.keys.push(format!(
                "{key} was answered {} times of {wanted}",
                answers.len()
            ));
        }
        let Some(first) = answers.first() else {
            continue;
        };
        if let Some(purchase) = latest.get(key.as_str()) {
            if let Some(other) = answers.iter().find(|answer| !agrees(answer, purchase)) {
                let (id, state) = (&purchase.id, &purchase.state);
                let case = format!(
                    "{key} answers {} {}, and {id} is {state}",
                    other.status, other.body
                );
                verdict.keys.push(case);
            } else if let Some(other) = answers.iter().find(|answer| answer.bytes != first.bytes) {
                let case = format!("{key} answers {} once and {} then", first.body, other.body);
                verdict.keys.push(case);
            }
        } else if let Some(other) = answers
            .iter()
            .find(|answer| answer.body["id"] != first.body["id"])
        {
            verdict.keys.push(format!(
                "{key} finds {} once and {} then",
                first.body["id"], other.body["id"]
            ));
        }
    }
}

/// Whether an answer says what the journal says.
fn agrees(answer: &Answer, purchase: &Purchase) -> bool {
    let names = |id: &serde_json::Value| id == purchase.id.as_str();
    if purchase.succeeded() {
        return answer.status == 201 && names(&answer.body["purchase"]["id"]);
    }
    if purchase.needs_person.is_some() {
        let open = answer.body["effect"] == "unknown";
        return answer.status == 409 && open && names(&answer.body["purchase_id"]);
    }
    let refused = answer.status >= 400 && answer.body["purchase_id"].is_string();
    refused && (!is_presumed(purchase) || names(&answer.body["purchase_id"]))
}
