//! What a carrier received: a count per operation, and the last requests themselves.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::exchange::Request;

/// Counts every request and keeps the newest ones up to a limit.
#[derive(Debug)]
pub(crate) struct RequestLog {
    keep: usize,
    /// All of them if empty.
    operations: &'static [&'static str],
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    counts: BTreeMap<&'static str, u64>,
    kept: VecDeque<Arc<Request>>,
}

impl RequestLog {
    pub(crate) fn new(keep: usize, operations: &'static [&'static str]) -> Self {
        Self {
            keep,
            operations,
            inner: Mutex::default(),
        }
    }

    pub(crate) fn record(&self, operation: &'static str, request: &Arc<Request>) {
        let mut inner = self.lock();
        *inner.counts.entry(operation).or_default() += 1;
        let wanted = self.operations.is_empty() || self.operations.contains(&operation);
        if self.keep == 0 || !wanted {
            return;
        }
        if inner.kept.len() == self.keep {
            inner.kept.pop_front();
        }
        inner.kept.push_back(Arc::clone(request));
    }

    /// How many requests arrived, by operation.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.lock()
            .counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    /// The kept requests, oldest first.
    pub(crate) fn kept(&self) -> Vec<Arc<Request>> {
        self.lock().kept.iter().map(Arc::clone).collect()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
