//! Charges against purchases.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Line, Verdict};
use crate::client::Word;
use crate::journal::Purchase;

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let mut sold: HashMap<Line, usize> = HashMap::new();
    for line in &evidence.charges {
        *sold.entry(line.clone()).or_default() += 1;
    }
    let mut won: HashMap<Line, Vec<&Purchase>> = HashMap::new();
    for purchase in evidence
        .journal
        .iter()
        .filter(|purchase| purchase.succeeded())
    {
        won.entry(line(purchase)).or_default().push(purchase);
    }
    unaccounted(evidence, &sold, &won, verdict);
    unsold(evidence, &sold, &won, verdict);
    twice(evidence, verdict);
}

fn line(purchase: &Purchase) -> Line {
    (purchase.account.clone(), purchase.number.clone())
}

/// Charges that no purchase has won: under a key that has won another they are its second.
fn unaccounted(
    evidence: &Evidence,
    sold: &HashMap<Line, usize>,
    won: &HashMap<Line, Vec<&Purchase>>,
    verdict: &mut Verdict,
) {
    let winners: HashSet<&str> = won
        .values()
        .flatten()
        .map(|purchase| purchase.idempotency_key.as_str())
        .collect();
    for (line @ (account, number), charges) in sold {
        if *charges > 1 {
            verdict
                .doubles
                .push(format!("{account} sold {number} {charges} times"));
        }
        if won.contains_key(line) {
            continue;
        }
        let tried = |purchase: &&Purchase| {
            let mut attempts = purchase.attempts.iter();
            attempts.any(|attempt| attempt.account == *account && attempt.number == *number)
        };
        let tries: Vec<&Purchase> = evidence.journal.iter().filter(tried).collect();
        let by: Vec<&str> = tries.iter().map(|purchase| purchase.id.as_str()).collect();
        let case = format!("{account} sold {number}, tried by {by:?}");
        let second = |purchase: &&Purchase| winners.contains(purchase.idempotency_key.as_str());
        if tries.iter().any(second) {
            verdict.doubles.push(case);
        } else {
            verdict.orphans.push(case);
        }
    }
}

/// Purchases that have won what was never sold, more than was sold, or what is gone.
fn unsold(
    evidence: &Evidence,
    sold: &HashMap<Line, usize>,
    won: &HashMap<Line, Vec<&Purchase>>,
    verdict: &mut Verdict,
) {
    let given_back: HashSet<&str> = evidence
        .told
        .iter()
        .filter_map(|told| match &told.word {
            Word::Released { number_id, .. } => Some(number_id.as_str()),
            _ => None,
        })
        .collect();
    for (line @ (account, number), winners) in won {
        let charges = sold.get(line).copied().unwrap_or_default();
        for extra in winners.iter().skip(charges) {
            verdict.phantoms.push(format!(
                "{} won {number}, which {account} sold {charges} times",
                extra.id
            ));
        }
        let mut ids = winners
            .iter()
            .filter_map(|purchase| purchase.number_id.as_deref());
        if charges > 0 && !evidence.owned.contains(line) && !ids.any(|id| given_back.contains(id)) {
            verdict
                .phantoms
                .push(format!("{number} was bought and is not held by {account}"));
        }
    }
}

/// Keys that bought twice, and numbers that were asked for more often than it was written down that they may be.
fn twice(evidence: &Evidence, verdict: &mut Verdict) {
    let mut keys: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut sends: HashMap<Line, usize> = HashMap::new();
    for purchase in &evidence.journal {
        if purchase.succeeded() {
            let ids = keys.entry(&purchase.idempotency_key).or_default();
            ids.push(&purchase.id);
        }
        for attempt in purchase.attempts.iter().filter(|a| a.sent_at.is_some()) {
            let line = (attempt.account.clone(), attempt.number.clone());
            *sends.entry(line).or_default() += 1;
        }
    }
    for (key, ids) in keys.into_iter().filter(|(_, ids)| ids.len() > 1) {
        verdict.doubles.push(format!("{key} bought twice: {ids:?}"));
    }
    for (line @ (account, number), asked) in &evidence.requests {
        let sent = sends.get(line).copied().unwrap_or_default();
        if *asked > sent {
            verdict.doubles.push(format!(
                "{account} was asked for {number} {asked} times, and it was written down {sent} times"
            ));
        }
    }
}
