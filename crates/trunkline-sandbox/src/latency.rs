//! How long a carrier takes: for a request, and for each row that is answered or written.

use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// How long requests of one operation take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// One of [`crate::OPERATIONS`], `find_owned` (the same as `list`), or `*` for those without a latency of their own.
    pub operation: String,
    /// Milliseconds for the request.
    #[serde(default)]
    pub ms: u64,
    /// Milliseconds for each row of a list that is answered, and for each number that a request writes. Writing takes
    /// its time before it is committed.
    #[serde(default)]
    pub per_row_ms: u64,
}

impl Latency {
    pub(crate) fn of_rows(&self, rows: usize) -> Duration {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        Duration::from_millis(self.per_row_ms.saturating_mul(rows))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Latencies(Mutex<Vec<Latency>>);

impl Latencies {
    pub(crate) fn set(&self, latency: Latency) {
        let mut all = self.0.lock();
        all.retain(|other| other.operation != latency.operation);
        all.push(latency);
    }

    pub(crate) fn replace(&self, latencies: Vec<Latency>) {
        *self.0.lock() = latencies;
    }

    pub(crate) fn all(&self) -> Vec<Latency> {
        self.0.lock().clone()
    }

    /// The latency of an operation: its own, else that of `*`.
    pub(crate) fn of(&self, operation: &str) -> Option<Latency> {
        let all = self.0.lock();
        let named = |name| all.iter().find(|latency| latency.operation == name);
        named(operation).or_else(|| named("*")).cloned()
    }
}
