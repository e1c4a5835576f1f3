//! Releases as clients were told of them against the carriers' ledgers.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::verdict::Verdict;
use crate::accounts::{Line, first_id};
use crate::evidence::Evidence;
use crate::run::Reply;

#[derive(Default)]
struct Releases {
    /// As clients were told.
    confirmed: usize,
    /// Undone, perhaps too late, or without a final answer.
    uncertain: usize,
    /// In the ledger, through the API.
    done: usize,
    /// In the ledger, by a person.
    by_person: usize,
}

pub(super) fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let by_id = evidence.lines();
    let mut lines: HashMap<&Line, Releases> = HashMap::new();
    for reported in &evidence.reported {
        let (number_id, status, restored) = match &reported.reply {
            Reply::Released { number_id, status } => (number_id, *status, None),
            Reply::Restored { number_id, status } => (number_id, 202, Some(*status)),
            _ => continue,
        };
        let Some(line) = by_id.get(first_id(number_id).as_str()) else {
            continue;
        };
        let releases = lines.entry(line).or_default();
        match (status, restored) {
            (202 | 204, None) => releases.confirmed += 1,
            (_, Some(restored)) => {
                releases.confirmed = releases.confirmed.saturating_sub(1);
                releases.uncertain += usize::from(restored != 200);
            }
            (0, None) => verdict
                .unanswered
                .push(format!("{}: a release", reported.key)),
            (status, None) => verdict.releases.push(format!(
                "{number_id} was not released: the request was answered {status}"
            )),
        }
    }
    for release in &evidence.releases {
        let releases = lines.entry(&release.line).or_default();
        let count = match release.by_person {
            true => &mut releases.by_person,
            false => &mut releases.done,
        };
        *count += 1;
    }
    let again = evidence.used_again();
    let again: HashSet<&Line> = again.iter().filter_map(|id| by_id.get(*id)).collect();
    compare(&lines, &again, verdict);
}

/// Each confirmed release is in the ledger, and the ledger has no other. A person's release counts as well.
fn compare(lines: &HashMap<&Line, Releases>, again: &HashSet<&Line>, verdict: &mut Verdict) {
    let sorted: BTreeSet<&&Line> = lines.keys().collect();
    for line in sorted {
        let (Line { account, number }, releases) = (line, &lines[line]);
        let (confirmed, done) = (releases.confirmed, releases.done);
        if confirmed > done + releases.by_person {
            let case =
                format!("{number} was released {confirmed} times, at {account} {done} times");
            verdict.releases.push(case);
        }
        // A release that is asked for once more under its key after a crash names the carrier's id and no more: it also
        // releases what was bought under the same id since.
        let repeated = usize::from(again.contains(*line));
        if done > confirmed + releases.uncertain + repeated {
            verdict.releases.push(format!(
                "{number} was released at {account} {done} times, and {confirmed} were asked for"
            ));
        }
    }
}
