//! What is done with accounts: the rules that library, gateway and command line share.

pub mod access;
pub mod action;
pub mod allocations;
pub mod audit;
pub mod buy;
pub mod caller_ids;
mod countries;
pub mod domain_event;
pub mod events;
mod health;
pub mod holdings;
pub mod journal;
pub mod keys;
mod lease;
pub mod machine;
pub mod memory;
pub mod missing;
pub mod numbers;
pub mod offer;
mod paging;
mod pool;
mod prices;
pub mod purchase;
pub mod search;
pub mod source;
pub mod spend;
pub mod trail;
pub mod trails;
pub mod vault;
pub mod webhooks;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind, Result};
use crate::provider::registry::Registry;
use crate::seal::{Sealer, hex};

pub use access::{Access, Issued, KeyDraft, Manager};
pub use action::{Action, ActionKind, Outcome};
pub use allocations::{AllocationStore, Allocations};
pub use audit::Audit;
pub use caller_ids::{CallerIds, CallerIdsRequest};
pub use countries::Market;
pub use domain_event::DomainEvent;
pub use events::Events;
pub use journal::{Journal, Records, Store};
pub use keys::Keys;
pub use memory::MemoryJournal;
pub use missing::Missing;
pub use numbers::{
    NumberPatch, Numbers, NumbersRequest, RangeParts, Registered, Releasable, Released,
};
pub use offer::Offer;
pub use paging::{Listed, Streamed};
pub use pool::PoolUse;
pub use purchase::{Choice, Keyed, Purchases, Replay, Resolution, Started, Timing};
pub use search::{Found, Preference, Search, SearchAnswer, SearchPart, SearchRequest, SearchSort};
pub use source::{Filters, Source, SourceStatus};
pub use spend::{Ceilings, Charge};
pub use trails::Trails;
pub use vault::StoreVault;
pub use webhooks::{Outbox, Webhooks};

/// Everything that can be done with the accounts of a registry. Cheap to clone.
///
/// [`Services::start`] starts the background work: what is open is settled, what was begun is finished. It ends with
/// [`Services::shutdown`], or when the last clone is dropped; what is left then, the next process settles.
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
    background: Arc<Background>,
}

/// The background work, which the last clone of the services stops. The work itself holds a `Background` of its own.
#[derive(Debug, Default)]
struct Background(OnceLock<CancellationToken>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(stop) = self.0.get() {
            stop.cancel();
        }
    }
}

impl Services {
    /// Services over these accounts and this store. Nothing is settled until [`Services::start`].
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
            background: Arc::default(),
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
            if let Err(error) = self.store.prune_events(self.events_kept, BATCH).await {
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

    /// Starts the background work on the current tokio runtime, once: it settles what is open and finishes what was begun,
    /// also what other processes have left. Call it after the `with_` methods.
    ///
    /// # Errors
    /// `Config` outside a tokio runtime.
    pub fn start(&self) -> Result<()> {
        let runtime = Handle::try_current().map_err(|error| {
            let message = "there is no tokio runtime to work on: start the services inside one, such as in an async \
                           function under #[tokio::main]";
            Error::new(ErrorKind::Config, message).with_source(error)
        })?;
        if self.background.0.set(self.purchases.stop()).is_ok() {
            let work = Self {
                background: Arc::default(),
                ..self.clone()
            };
            // On the tracker that `shutdown` waits for.
            let tasks = self.purchases.tasks();
            tasks.spawn_on(async move { work.settle().await }, &runtime);
        }
        Ok(())
    }

    /// Ends the background work, waits for what is being sent, and leaves the rest to the next process.
    pub async fn shutdown(&self) {
        self.purchases.shutdown().await;
    }

    async fn settle(&self) {
        if let Err(error) = self.numbers.respell().await {
            tracing::warn!(%error, "what is noted under other spellings of ids can't be moved: the next start tries again");
        }
        tokio::join!(
            self.purchases.reconcile(),
            self.purchases.look_for_missing(),
            self.allocations.reconcile(),
            self.finish_releases(),
            self.poll_caller_ids(),
            self.deliver(),
            self.watch_health(),
            self.prune_events(),
            self.keep_audit(),
        );
    }

    /// Signs the ends of audit chains, and writes the counts of refusals.
    async fn keep_audit(&self) {
        const PAUSE: Duration = Duration::from_secs(5);
        loop {
            let stopping = self.purchases.is_stopping();
            self.audit.write_refusals(stopping).await;
            if let Err(error) = self.audit.anchor().await {
                tracing::debug!(%error, "the audit trail can't be signed yet");
            }
            if stopping {
                return;
            }
            self.purchases.idle(PAUSE).await;
        }
    }

    /// The same with the ends of audit chains signed: for a secret that is configured, and so not in the database.
    #[must_use]
    pub fn anchoring(mut self) -> Self {
        self.audit = self.audit.anchored_by(self.sealer.clone());
        self
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
    hex(&Sha256::digest(bytes))
}
