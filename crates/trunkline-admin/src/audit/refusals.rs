//! Refusals that repeat: what a key that may not can cause to be written is bounded.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::audit::Entry;

/// How long refusals of one kind are counted before they are written as one row.
const WINDOW: Duration = Duration::from_secs(60);

/// Most kinds that are counted apart; what is more is counted together.
const MOST: usize = 1_000;

/// What has been refused lately, by who and what.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<BTreeMap<String, Refused>>);

#[derive(Debug)]
struct Refused {
    since: Instant,
    /// The last of them, and how many came after the one that was written.
    last: Option<Entry>,
    count: u64,
}

impl Refusals {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row to write now; `None` if this refusal is only counted.
    pub(super) fn count(&self, name: &str, entry: Entry) -> Option<Entry> {
        let mut all = self.all();
        let name = match all.len() {
            MOST.. if !all.contains_key(name) => "",
            _ => name,
        };
        if let Some(refused) = all.get_mut(name) {
            refused.count += 1;
            refused.last = Some(entry);
            return None;
        }
        let since = Instant::now();
        let (last, count) = (None, 0);
        all.insert(name.to_owned(), Refused { since, last, count });
        Some(entry)
    }

    /// The rows of windows that are over, or of all.
    pub(super) fn take(&self, all_of_them: bool) -> Vec<Entry> {
        let is_over = |refused: &Refused| all_of_them || refused.since.elapsed() >= WINDOW;
        let mut all = self.all();
        let over = all.extract_if(.., |_, refused| is_over(refused));
        let rows = over.filter_map(|(_, refused)| {
            let mut row = refused.last?;
            row.after = Some(json!({ "refused": refused.count }));
            Some(row)
        });
        rows.collect()
    }
}
