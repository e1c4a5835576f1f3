//! What a carrier received: a count per operation, and the last requests themselves.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;

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
    /// How many of each are being worked on, and the most that were at once.
    open: BTreeMap<&'static str, (u64, u64)>,
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

    /// Notes a request, which is open until what this answers is dropped.
    pub(crate) fn record(&self, operation: &'static str, request: &Arc<Request>) -> Open<'_> {
        let mut inner = self.inner.lock();
        *inner.counts.entry(operation).or_default() += 1;
        let (open, most) = inner.open.entry(operation).or_default();
        *open += 1;
        *most = (*most).max(*open);
        let wanted = self.operations.is_empty() || self.operations.contains(&operation);
        if self.keep > 0 && wanted {
            if inner.kept.len() == self.keep {
                inner.kept.pop_front();
            }
            inner.kept.push_back(Arc::clone(request));
        }
        Open {
            log: self,
            operation,
        }
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let inner = self.inner.lock();
        let counts = inner.counts.iter();
        counts
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    pub(crate) fn at_once(&self) -> BTreeMap<String, u64> {
        let inner = self.inner.lock();
        let open = inner.open.iter();
        open.map(|(name, (_, most))| ((*name).to_owned(), *most))
            .collect()
    }

    pub(crate) fn kept(&self) -> Vec<Arc<Request>> {
        self.inner.lock().kept.iter().map(Arc::clone).collect()
    }

    pub(crate) fn clear(&self) {
        *self.inner.lock() = Inner::default();
    }
}

#[derive(Debug)]
pub(crate) struct Open<'l> {
    log: &'l RequestLog,
    operation: &'static str,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // After a reset it is not known any more.
        if let Some((open, _)) = self.log.inner.lock().open.get_mut(self.operation) {
            *open = open.saturating_sub(1);
        }
    }
}
