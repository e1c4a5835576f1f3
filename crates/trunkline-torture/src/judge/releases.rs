//! What was given back against what the carriers' books say.

use std::collections::{HashMap, HashSet};

use super::words::used_again;
use super::{Evidence, Line, Verdict};
use crate::client::Word;

/// What clients were told of the releases of one number.
#[derive(Default)]
struct Told {
    confirmed: usize,
    /// Undone, perhaps too late, or never told.
    uncertain: usize,
}

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let lines = evidence.lines();
    let mut told: HashMap<Line, Told> = HashMap::new();
    for word in &evidence.told {
        let (number_id, status, restored) = match &word.word {
            Word::Released { number_id, status } => (number_id, *status, None),
            Word::Restored { number_id, status } => (number_id, 202, Some(*status)),
            _ => continue,
        };
        let Some(line) = lines.get(crate::accounts::first_id(number_id).as_str()) else {
            continue;
        };
        let told = told.entry(line.clone()).or_default();
        match (status, restored) {
            (202 | 204, None) => told.confirmed += 1,
            (_, Some(200)) => told.confirmed = told.confirmed.saturating_sub(1),
            (_, Some(_)) => {
                told.confirmed = told.confirmed.saturating_sub(1);
                told.uncertain += 1;
            }
            (0, None) => verdict.unheard.push(format!("{}: a release", word.key)),
            (status, None) => verdict.releases.push(format!(
                "{number_id} was not given back: the release was answered {status}"
            )),
        }
    }
    books(evidence, (&told, &lines), verdict);
}

/// Each confirmed release is in the books, and the books have no other. What a person gave back is given back.
fn books(
    evidence: &Evidence,
    (told, by_id): (&HashMap<Line, Told>, &HashMap<&str, Line>),
    verdict: &mut Verdict,
) {
    let mut done: HashMap<&Line, (usize, usize)> = HashMap::new();
    for release in &evidence.releases {
        let (ours, persons) = done.entry(&release.line).or_default();
        *(if release.by_person { persons } else { ours }) += 1;
    }
    let again = used_again(evidence);
    let again: HashSet<&Line> = again
        .iter()
        .filter_map(|id| by_id.get(id.as_str()))
        .collect();
    let nothing = Told::default();
    let lines = told.keys().chain(done.keys().copied());
    let mut lines: Vec<&Line> = lines.collect();
    lines.sort();
    lines.dedup();
    for line @ (account, number) in lines {
        let told = told.get(line).unwrap_or(&nothing);
        let (ours, persons) = done.get(line).copied().unwrap_or_default();
        if told.confirmed > ours + persons {
            let case = format!(
                "{number} was released {} times, at {account} {ours} times",
                told.confirmed
            );
            verdict.releases.push(case);
        }
        // A release that is asked for once more under its key after a crash names the carrier's id, and that is all: it gives
        // back what was bought under the same id meanwhile.
        let repeated = usize::from(again.contains(line));
        if ours > told.confirmed + told.uncertain + repeated {
            verdict.releases.push(format!(
                "{number} was given back to {account} {ours} times, and {} were asked for",
                told.confirmed
            ));
        }
    }
}
