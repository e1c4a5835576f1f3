//! What purchases are carried out with, and how that ends with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::journal::{Record, Store};
use crate::prices::PriceLists;
use crate::purchase::readings::Readings;
use crate::purchase::skew::Skews;
use crate::purchase::slots::Slots;
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_core::model::PurchaseId;
use trunkline_core::registry::{AccountEntry, Registry};

/// How long things take; the defaults are for production.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Longest that a purchase waits for the carrier's answer, from the moment it may leave.
    pub send: Duration,
    /// Longest that each request of a look takes; a look at a long list takes many.
    pub look: Duration,
    /// How long after it was presumed failed a purchase is looked for again; the last one repeats.
    pub watch: Vec<Duration>,
    /// How many complete looks in the last of these pauses end the watch.
    pub watch_looks: u32,
    /// How often the journal is searched for work that nobody does.
    pub tick: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            send: Duration::from_secs(40),
            look: Duration::from_secs(10),
            watch: vec![minutes(1), minutes(2), minutes(5), minutes(10), minutes(60)],
            watch_looks: 24,
            tick: Duration::from_secs(1),
        }
    }
}

/// A purchase that this process works on.
#[derive(Debug, Default)]
pub(super) struct Working {
    /// What became of it, once the process has done its part.
    pub(super) outcome: OnceLock<Result<Record>>,
    /// Cancelled when nobody here works on it any more.
    pub(super) ended: CancellationToken,
}

/// Buys, and settles what is open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Purchases(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) registry: Arc<Registry>,
    pub(super) store: Arc<dyn Store>,
    pub(super) timing: Timing,
    pub(super) owner: String,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    pub(super) working: Mutex<HashMap<PurchaseId, Arc<Working>>>,
    pub(super) slots: Slots,
    pub(super) readings: Readings,
    pub(super) prices: Arc<PriceLists>,
    pub(super) skews: Skews,
}

impl Purchases {
    /// A service over these accounts and this journal.
    #[must_use]
    pub fn new(registry: Arc<Registry>, store: Arc<dyn Store>, timing: Timing) -> Self {
        Self(Arc::new(Inner {
            registry,
            store,
            timing,
            owner: format!("{:016x}", host::random::<u64>()),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            working: Mutex::default(),
            slots: Slots::default(),
            readings: Readings::default(),
            prices: Arc::default(),
            skews: Skews::default(),
        }))
    }

    /// Whether [`Purchases::shutdown`] has begun.
    pub fn is_stopping(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    /// What tells all work of the process to end.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    /// Waits for so long, or until [`Purchases::shutdown`] begins.
    pub async fn idle(&self, pause: Duration) {
        tokio::select! {
            biased;
            () = self.0.stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// Stops settling, waits for what is being sent, and leaves the rest to the next process.
    pub async fn shutdown(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// The tracker that all work outliving its caller runs on.
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// How often the journal is searched for work that nobody does.
    pub(crate) fn tick(&self) -> Duration {
        self.0.timing.tick
    }

    /// The price lists that it keeps.
    pub(crate) fn prices(&self) -> Arc<PriceLists> {
        Arc::clone(&self.0.prices)
    }

    pub(super) fn working(&self) -> MutexGuard<'_, HashMap<PurchaseId, Arc<Working>>> {
        self.0
            .working
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn entry(&self, record: &Record) -> Option<Arc<AccountEntry>> {
        let attempt = record.attempt()?;
        let registry = &self.0.registry;
        registry.find(&attempt.identity, attempt.account.as_str())
    }
}

pub(super) fn now() -> Timestamp {
    host::now()
}
