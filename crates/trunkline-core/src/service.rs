//! What is done with accounts: the rules that library, gateway and command line share.

pub mod access;
pub mod allocations;
pub mod audit;
pub mod caller_ids;
mod countries;
pub mod events;
mod health;
pub mod journal;
pub mod keys;
pub mod machine;
pub mod memory;
pub mod numbers;
pub mod offer;
mod paging;
mod prices;
pub mod purchase;
pub mod search;
pub mod source;
pub mod spend;
pub mod trail;
pub mod trails;
pub mod vault;
pub mod webhooks;

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::provider::registry::Registry;
use crate::seal::Sealer;

pub use access::{Access, Issued, KeyDraft, Manager};
pub use allocations::{AllocationStore, Allocations};
pub use audit::Audit;
pub use caller_ids::{CallerIds, CallerIdsRequest};
pub use countries::Market;
pub use events::Events;
pub use journal::{Journal, Records, Store};
pub use keys::Keys;
pub use memory::MemoryJournal;
pub use numbers::{
    NumberPatch, Numbers, NumbersRequest, RangeParts, Registered, Releasable, Released,
};
pub use offer::Offer;
pub use paging::{Listed, Streamed};
pub use purchase::{Choice, Keyed, Purchases, Replay, Resolution, Started, Timing};
pub use search::{Found, Preference, Search, SearchAnswer, SearchPart, SearchRequest, SearchSort};
pub use source::{Filters, Source, SourceStatus};
pub use spend::{Ceilings, Charge};
pub use trails::Trails;
pub use vault::StoreVault;
pub use webhooks::{Outbox, Webhooks};

/// Everything that can be done with the accounts of a registry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// The accounts.
    pub registry: Arc<Registry>,
    /// What survives.
    pub store: Arc<dyn Store>,
    /// Seals offers and cursors.
    pub sealer: Sealer,
    /// Searching.
    pub search: Search,
    /// Buying.
    pub purchases: Purchases,
    /// Buying many at once.
    pub allocations: Allocations,
    /// What is held.
    pub numbers: Numbers,
    /// Caller IDs.
    pub caller_ids: CallerIds,
    /// Who may call.
    pub access: Access,
    /// Who did what.
    pub audit: Audit,
    /// What happened.
    pub events: Events,
    /// Who hears of it.
    pub webhooks: Webhooks,
    events_kept: Duration,
}

impl Services {
    /// Services over these accounts and this store.
    #[must_use]
    pub fn new(registry: Registry, store: Arc<dyn Store>, sealer: Sealer, timing: Timing) -> Self {
        let registry = Arc::new(registry);
        let purchases = Purchases::new(Arc::clone(&registry), Arc::clone(&store), timing);
        let search =
            Search::new(Arc::clone(&registry), sealer.clone()).with_prices(purchases.prices());
        let numbers = Numbers::new(
            Arc::clone(&registry),
            Arc::clone(&store),
            sealer.clone(),
            purchases.clone(),
        );
        Self {
            allocations: Allocations::new(
                (Arc::clone(&registry), Arc::clone(&store)),
                search.clone(),
                (purchases.clone(), numbers.clone()),
            ),
            access: Access::new(Arc::clone(&registry), Arc::clone(&store)),
            search,
            numbers,
            caller_ids: CallerIds::new(Arc::clone(&registry), Arc::clone(&store), sealer.clone()),
            audit: Audit::new(Arc::clone(&store)),
            events: Events::new(Arc::clone(&store), sealer.clone()),
            webhooks: Webhooks::new(Arc::clone(&store), sealer.clone()),
            events_kept: EVENTS_KEPT,
            purchases,
            registry,
            store,
            sealer,
        }
    }
}

/// How long events are kept unless said.
const EVENTS_KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);

impl Services {
    /// The same with somebody who carries events to webhooks.
    #[must_use]
    pub fn with_courier(mut self, courier: Arc<dyn webhooks::Courier>) -> Self {
        self.webhooks = self.webhooks.with_courier(courier);
        self
    }

    /// The same with events kept for this long; 30 days unless said.
    #[must_use]
    pub fn keeping_events(mut self, kept: Duration) -> Self {
        self.events_kept = kept;
        self
    }

    async fn deliver(&self) {
        let pause = |pause| async move {
            self.purchases.idle(pause).await;
            self.purchases.is_stopping()
        };
        self.webhooks.run(pause).await;
    }

    async fn prune_events(&self) {
        const PAUSE: Duration = Duration::from_secs(600);
        const BATCH: usize = 5_000;
        while !self.purchases.is_stopping() {
            let before = trail::now().checked_sub(self.events_kept);
            if let Ok(before) = before
                && let Err(error) = self.store.prune_events(before, BATCH).await
            {
                tracing::debug!(%error, "old events can't be forgotten yet");
            }
            self.purchases.idle(PAUSE).await;
        }
    }
}

impl Services {
    /// The same, told by carriers at this address how verification calls went: see
    /// [`CallerIds::with_callbacks`].
    #[must_use]
    pub fn with_callbacks(mut self, public_url: &str) -> Self {
        self.caller_ids = self.caller_ids.with_callbacks(public_url);
        self
    }

    /// Settles what is open and finishes what was begun, until [`Purchases::shutdown`]. Run it once per process.
    pub async fn settle(&self) {
        tokio::join!(
            self.purchases.reconcile(),
            self.allocations.reconcile(),
            self.finish_releases(),
            self.poll_caller_ids(),
            self.deliver(),
            self.watch_health(),
            self.prune_events(),
        );
    }

    async fn poll_caller_ids(&self) {
        const PAUSE: Duration = Duration::from_secs(10);
        while !self.purchases.is_stopping() {
            tokio::select! {
                polled = self.caller_ids.poll() => if let Err(error) = polled {
                    tracing::warn!(%error, "proofs under way can't be asked about yet");
                },
                // Nothing is lost by not asking on: shutdown does not wait for it.
                () = self.purchases.idle(Duration::MAX) => {}
            }
            self.purchases.idle(PAUSE).await;
        }
    }

    async fn finish_releases(&self) {
        const PAUSE: Duration = Duration::from_secs(5);
        while !self.purchases.is_stopping() {
            if let Err(error) = self.numbers.finish_releases().await {
                tracing::warn!(%error, "open releases can't be finished yet");
            }
            self.purchases.idle(PAUSE).await;
        }
    }
}

/// A short hash of a request, to tell whether two are the same: 64 hexadecimal digits.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
