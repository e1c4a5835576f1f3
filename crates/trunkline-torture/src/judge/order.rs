//! Whether purchases of one number followed one another as they must: one is open at a time, and none leaves for what
//! another has won. And which questions a person has to be asked.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::verdict::Verdict;
use crate::accounts::{Line, backdated};
use crate::evidence::{CUT, Entry, Evidence};
use crate::journal::Purchase;
use crate::weather::BACKDATED_MS;

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let mut lines: HashMap<Line, Vec<&Purchase>> = HashMap::new();
    for purchase in evidence.journal.iter().filter(|p| p.sent_at().is_some()) {
        lines.entry(purchase.line()).or_default().push(purchase);
    }
    for purchases in lines.values() {
        let pairs = purchases.iter().flat_map(|first| {
            let later = purchases.iter();
            let later = later.filter(|second| second.sent_at() > first.sent_at());
            later.map(move |second| (first, second))
        });
        for (first, second) in pairs {
            let (one, two) = (&first.id, &second.id);
            if is_open_beside(evidence, first, second) {
                let case = format!("{two} was sent while {one} was open, for {}", first.number);
                verdict.order.push(case);
            }
            if is_held_before(evidence, first, second) {
                let case = format!("{two} was sent for {}, which {one} held", first.number);
                verdict.order.push(case);
            }
        }
    }
}

/// Whether the second was sent before the first was settled. What was settled twice, or had the number in its turn, says
/// nothing of that.
fn is_open_beside(evidence: &Evidence, first: &Purchase, second: &Purchase) -> bool {
    let once = !first.late && !evidence.is_asked(first) && first.attempts.len() == 1;
    once && first.settled_at > second.sent_at()
}

/// Whether the first had won the number before the second was even written down, and nobody released it until that left.
fn is_held_before(evidence: &Evidence, first: &Purchase, second: &Purchase) -> bool {
    let (Some(won), Some(sent)) = (first.settled_at, second.sent_at()) else {
        return false;
    };
    let since = won.checked_sub(CUT).unwrap_or(won);
    let mut back = evidence.releases.iter();
    first.succeeded()
        && second.attempts.len() == 1
        && won < second.created_at
        && !back.any(|back| back.line == first.line() && (since..=sent).contains(&back.at))
}

pub(super) fn judge_questions(evidence: &Evidence, verdict: &mut Verdict) {
    for purchase in &evidence.asked {
        let question = purchase.needs_person.as_ref();
        let why = question.map_or("", |question| question.why.as_str());
        if !is_backdated(purchase) && !is_used_again(evidence, purchase) {
            let Line { account, number } = purchase.line();
            verdict.questions.push(format!(
                "{} ({number} at {account}) is {why}: {question:?}",
                purchase.id
            ));
        }
    }
    unasked(evidence, verdict);
}

/// What a carrier's records dated from long before it was ordered, and what was found late though another purchase had
/// had the number since: a person has to be asked.
fn unasked(evidence: &Evidence, verdict: &mut Verdict) {
    let asked = |line: &Line| evidence.asked.iter().any(|p| p.line() == *line);
    let (window, account) = (evidence.backdated, backdated().name());
    let is_backdated = |charge: &&Entry| {
        let within = window.is_some_and(|(from, until)| (from..=until).contains(&charge.at));
        within && charge.line.account == account && !charge.by_person
    };
    for charge in evidence.charges.iter().filter(is_backdated) {
        if !asked(&charge.line) {
            let case = format!("nobody was asked about {:?}, dated back", charge.line);
            verdict.unasked.push(case);
        }
    }
    let late = |purchase: &&Purchase| purchase.late && !evidence.is_asked(purchase);
    for purchase in evidence.journal.iter().filter(late) {
        if let Some(other) = had_since(evidence, purchase) {
            verdict.unasked.push(format!(
                "{} was called late though {} had won the number since",
                purchase.id, other.id
            ));
        }
    }
}

/// The purchase that won the number after another was sent and before that was found late; none if an id may have been
/// known before.
fn had_since<'a>(evidence: &'a Evidence, late: &Purchase) -> Option<&'a Purchase> {
    let of_line = || evidence.journal.iter().filter(|p| p.line() == late.line());
    let won = |purchase: &&Purchase| purchase.succeeded() && purchase.id != late.id;
    let is_known = of_line().any(|p| p.settled_at < late.sent_at());
    let between = |p: &&Purchase| p.settled_at > late.sent_at() && p.settled_at < late.settled_at;
    of_line().filter(won).find(between).filter(|_| !is_known)
}

/// The carrier's record is dated from long before the order.
fn is_backdated(purchase: &Purchase) -> bool {
    let question = purchase.needs_person.as_ref();
    let times = question.and_then(|question| Some((question.created_at?, question.t0?)));
    // The clocks are off by seconds, whatever else they are.
    let by = SignedDuration::from_millis(BACKDATED_MS / 2);
    times.is_some_and(|(created, t0): (Timestamp, Timestamp)| created.duration_since(t0) < by)
}

/// The number was sold more than once, or to a person: ids may have been used again, and somebody else may have bought it.
fn is_used_again(evidence: &Evidence, purchase: &Purchase) -> bool {
    let line = purchase.line();
    let of_line = |entries: &[Entry]| entries.iter().filter(|entry| entry.line == line).count();
    let mut charges = evidence.charges.iter();
    let to_person = charges.any(|charge| charge.line == line && charge.by_person);
    to_person || of_line(&evidence.charges) > 1 || of_line(&evidence.releases) > 0
}
