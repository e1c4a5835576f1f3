//! Charges against purchases.

use std::collections::{HashMap, HashSet};

use super::verdict::Verdict;
use crate::accounts::Line;
use crate::evidence::Evidence;
use crate::journal::{Allocation, Purchase};
use crate::run::Reply;
use crate::stock::IN_ALLOCATION;

/// What the ledger and the journal say of one number at one account.
#[derive(Default)]
struct Account<'a> {
    /// Charges for what the API sold.
    sold: usize,
    /// Charges for what a person bought.
    sold_to_person: usize,
    released: usize,
    won: Vec<&'a Purchase>,
    /// Purchases that the number is held for, if a person says so.
    in_question: usize,
}

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let mut accounts: HashMap<Line, Account<'_>> = HashMap::new();
    for charge in &evidence.charges {
        let account = accounts.entry(charge.line.clone()).or_default();
        if charge.by_person {
            account.sold_to_person += 1;
        } else {
            account.sold += 1;
        }
    }
    for release in &evidence.releases {
        accounts.entry(release.line.clone()).or_default().released += 1;
    }
    for purchase in &evidence.journal {
        let account = accounts.entry(purchase.line()).or_default();
        if purchase.succeeded() {
            account.won.push(purchase);
        } else if purchase.needs_person.is_some() {
            account.in_question += 1;
        }
    }
    for (line, account) in &accounts {
        unclaimed(evidence, line, account, verdict);
        unsold(evidence, line, account, verdict);
    }
    twice(evidence, verdict);
    allocated(evidence, verdict);
}

/// Charges beyond those that purchases claim: doubles if a purchase that tried for the number has won something, orphans if
/// none has.
fn unclaimed(evidence: &Evidence, line: &Line, books: &Account<'_>, verdict: &mut Verdict) {
    let Line { account, number } = line;
    let claimed = books.won.len() + books.in_question;
    if books.sold <= claimed {
        return;
    }
    let tried = |purchase: &&Purchase| {
        let mut attempts = purchase.attempts.iter();
        attempts.any(|attempt| attempt.line() == *line)
    };
    let tries: Vec<&Purchase> = evidence.journal.iter().filter(tried).collect();
    let by: Vec<&str> = tries.iter().map(|purchase| purchase.id.as_str()).collect();
    let sold = books.sold;
    let case =
        format!("{account} sold {number} {sold} times, claimed {claimed} times, tried by {by:?}");
    let mut won = evidence
        .journal
        .iter()
        .filter(|purchase| purchase.succeeded());
    let tried_for = |key: &str| tries.iter().any(|purchase| purchase.idempotency_key == key);
    if won.any(|purchase| tried_for(&purchase.idempotency_key)) {
        verdict.doubles.push(case);
    } else {
        verdict.orphans.push(case);
    }
}

/// Purchases that have won what was never sold, more than was sold, or what is gone though nobody released it.
fn unsold(evidence: &Evidence, line: &Line, books: &Account<'_>, verdict: &mut Verdict) {
    let Line { account, number } = line;
    // What a person bought between a look and a request can't always be told from ours: it is one charge for both.
    // What the look before the request had to show is not.
    let charges = books.sold + books.sold_to_person;
    for purchase in books.won.iter().filter(|_| books.sold == 0) {
        if evidence.persons_before(purchase) {
            let case = format!("{} won {number}, which a person held before", purchase.id);
            verdict.phantoms.push(case);
        }
    }
    for extra in books.won.iter().skip(charges) {
        verdict.phantoms.push(format!(
            "{} won {number}, which {account} sold {charges} times",
            extra.id
        ));
    }
    if books.released > 0 || books.won.is_empty() || evidence.owned.contains(line) {
        return;
    }
    if charges > 0 {
        verdict
            .phantoms
            .push(format!("{number} was bought and is not held by {account}"));
    }
}

/// Keys that bought twice, and numbers that were asked for more often than there are purchases that name them. However
/// many attempts a purchase has, it asks for a number once.
fn twice(evidence: &Evidence, verdict: &mut Verdict) {
    let mut keys: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut sends: HashMap<Line, usize> = HashMap::new();
    for purchase in &evidence.journal {
        if purchase.succeeded() {
            let ids = keys.entry(&purchase.idempotency_key).or_default();
            ids.push(&purchase.id);
        }
        let sent = purchase.attempts.iter().filter(|a| a.sent_at.is_some());
        let lines: HashSet<Line> = sent.map(|attempt| attempt.line()).collect();
        for line in lines {
            *sends.entry(line).or_default() += 1;
        }
    }
    for (key, ids) in keys.into_iter().filter(|(_, ids)| ids.len() > 1) {
        verdict.doubles.push(format!("{key} bought twice: {ids:?}"));
    }
    for (line, asked) in &evidence.requests {
        let Line { account, number } = line;
        let sent = sends.get(line).copied().unwrap_or_default();
        if *asked > sent {
            verdict.doubles.push(format!(
                "{account} was asked for {number} {asked} times, and {sent} purchases name it"
            ));
        }
    }
}

/// Allocations that bought more than was wanted.
fn allocated(evidence: &Evidence, verdict: &mut Verdict) {
    for reported in &evidence.reported {
        let Reply::Allocated { id } = &reported.reply else {
            continue;
        };
        let bought = bought_by(evidence, id).len();
        if bought > IN_ALLOCATION {
            let case = format!("{id} bought {bought} numbers, and {IN_ALLOCATION} were wanted");
            verdict.doubles.push(case);
        }
    }
    for allocation in &evidence.allocations {
        listed(evidence, allocation, verdict);
    }
}

/// An allocation lists the purchases that have won its numbers, and no others.
fn listed(evidence: &Evidence, allocation: &Allocation, verdict: &mut Verdict) {
    let id = &allocation.id;
    let won = bought_by(evidence, id);
    let items = allocation.items.iter();
    let bought = items.filter(|item| item.state == "succeeded");
    let listed: HashSet<&str> = bought
        .filter_map(|item| item.purchase_id.as_deref())
        .collect();
    if won != listed {
        let case = format!("{id} lists {listed:?}, and {won:?} have bought");
        verdict.untruths.push(case);
    }
}

/// The purchases of an allocation that have won a number.
fn bought_by<'e>(evidence: &'e Evidence, allocation: &str) -> HashSet<&'e str> {
    let prefix = format!("{allocation}-");
    let won = evidence.journal.iter().filter(|p| p.succeeded());
    let won = won.filter(|purchase| purchase.idempotency_key.starts_with(&prefix));
    won.map(|purchase| purchase.id.as_str()).collect()
}
