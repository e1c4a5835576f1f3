//! What a key answers in the end, against the journal.

use std::collections::HashMap;

use super::verdict::Verdict;
use crate::book::Reply;
use crate::evidence::{Evidence, Replayed};
use crate::journal::Purchase;
use crate::wire::Answer;

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

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
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
