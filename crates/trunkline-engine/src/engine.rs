//! Everything that can be done with accounts, over one journal.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use trunkline_core::Registry;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::strength::Safeguard;

use crate::allocations::Allocations;
use crate::caller_ids::CallerIds;
use crate::inventory::{Inventory, Pace};
use crate::journal::Store;
use crate::numbers::Numbers;
use crate::purchase::{Purchases, Timing};
use crate::seal::Sealer;
use crate::search::Search;

/// Everything that can be done with the accounts of a registry. Cheap to clone.
///
/// [`Engine::start`] starts the background work: what is open is settled, what was begun is finished. It ends with
/// [`Engine::shutdown`], or when the last clone is dropped; what is left then, the next process settles.
#[derive(Clone, Debug)]
pub struct Engine {
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
    /// What is held, remembered.
    pub inventory: Inventory,
    background: Arc<Background>,
}

/// The background work, which the last clone of the engine stops. The work itself holds a `Background` of its own.
#[derive(Debug, Default)]
struct Background(OnceLock<CancellationToken>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(stop) = self.0.get() {
            stop.cancel();
        }
    }
}

impl Engine {
    /// An engine over these accounts and this store. Nothing is settled until [`Engine::start`].
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
        let allocations = Allocations::new(
            Arc::clone(&store),
            search.clone(),
            purchases.clone(),
            numbers.clone(),
        );
        let inventory = Inventory::new(
            Arc::clone(&registry),
            Arc::clone(&store),
            sealer.clone(),
            purchases.clone(),
        );
        Self {
            inventory,
            allocations,
            search,
            numbers,
            caller_ids: CallerIds::new(Arc::clone(&registry), Arc::clone(&store), sealer.clone()),
            background: Arc::default(),
            purchases,
            registry,
            store,
            sealer,
        }
    }

    /// Sets the address at which carriers report verification calls: see [`CallerIds::with_callbacks`].
    #[must_use]
    pub fn with_callbacks(mut self, public_url: &str) -> Self {
        self.caller_ids = self.caller_ids.with_callbacks(public_url);
        self
    }

    /// Sets how often accounts are read for the inventory; they are read on demand alone otherwise.
    #[must_use]
    pub fn with_inventory(mut self, pace: Pace) -> Self {
        self.inventory = self.inventory.paced(pace);
        self
    }

    /// Starts the background work on the current tokio runtime, once: it settles and finishes what is open, also of
    /// other processes. Call it after the `with_` methods. Returns whether this call started it.
    ///
    /// # Errors
    /// `Config` outside a tokio runtime.
    pub fn start(&self) -> Result<bool> {
        let runtime = Handle::try_current().map_err(|error| {
            let message = "there is no tokio runtime to work on: start the engine inside one, such as in an async \
                           function under #[tokio::main]";
            Error::new(ErrorKind::Config, message).with_source(error)
        })?;
        let started = self.background.0.set(self.purchases.stop()).is_ok();
        if started && !Safeguard::SettlingStarts.is_off() {
            let work = self.detached();
            // On the tracker that `shutdown` waits for.
            let tasks = self.purchases.tasks();
            tasks.spawn_on(host::carried(async move { work.settle().await }), &runtime);
        }
        Ok(started)
    }

    /// A clone that background work holds: it keeps that work from nobody's end.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            background: Arc::default(),
            ..self.clone()
        }
    }

    /// Ends the background work, waits for what is being sent, and leaves the rest to the next process.
    pub async fn shutdown(&self) {
        self.purchases.shutdown().await;
    }

    async fn settle(&self) {
        if let Err(error) = self.inventory.follow_accounts().await {
            tracing::warn!(%error, "what is noted of numbers can't follow renamed accounts yet: {error}");
        }
        if let Err(error) = self.numbers.respell().await {
            tracing::warn!(%error, "what is noted under other spellings of ids can't be moved: the next start tries again");
        }
        tokio::join!(
            self.purchases.reconcile(),
            self.purchases.look_for_missing(),
            self.allocations.reconcile(),
            self.finish_releases(),
            self.poll_caller_ids(),
            self.watch_health(),
            self.inventory.watch(),
        );
    }

    async fn poll_caller_ids(&self) {
        const PAUSE: Duration = Duration::from_secs(10);
        while !self.purchases.is_stopping() {
            tokio::select! {
                biased;
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
