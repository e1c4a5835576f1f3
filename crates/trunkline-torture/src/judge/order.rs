//! Whether purchases of one number followed one another as they must: one is open at a time, and none leaves for what
//! another has won.

use std::collections::HashMap;

use super::verdict::Verdict;
use crate::accounts::Line;
use crate::evidence::{CUT, Evidence};
use crate::journal::Purchase;

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
