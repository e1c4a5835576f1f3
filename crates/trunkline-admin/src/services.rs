//! The engine, with who may use it and who hears of it.

use std::sync::Arc;
use std::time::Duration;

use trunkline_core::Registry;
use trunkline_core::courier::Courier;
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, Pace, Timing};

use crate::access::Access;
use crate::audit::Audit;
use crate::events::Events;
use crate::retention::{Keeper, Retention};
use crate::store::{AdminStore, Stores};
use crate::webhooks::Webhooks;

/// The engine, with API keys, the audit trail, events and webhooks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// What searches, buys, lists, changes and releases.
    pub engine: Engine,
    /// What this crate keeps.
    pub admin: Arc<dyn AdminStore>,
    /// Who may call.
    pub access: Access,
    /// Who did what.
    pub audit: Audit,
    /// What happened.
    pub events: Events,
    /// Who hears of it.
    pub webhooks: Webhooks,
    retention: Retention,
}

impl Services {
    /// Services over these accounts and stores. Nothing is settled until [`Services::start`].
    #[must_use]
    pub fn new(registry: Registry, stores: Stores, sealer: Sealer, timing: Timing) -> Self {
        let journal = Arc::clone(&stores.engine);
        let engine = Engine::new(registry, journal, sealer.clone(), timing);
        Self {
            access: Access::new(Arc::clone(&engine.registry), stores.clone()),
            audit: Audit::new(stores.admin.clone()).checked_by(sealer.clone()),
            events: Events::new(stores.admin.clone(), sealer.clone()),
            webhooks: Webhooks::new(stores.clone(), sealer),
            retention: Retention::default(),
            admin: stores.admin,
            engine,
        }
    }

    /// The same with somebody who carries events to webhooks.
    #[must_use]
    pub fn with_courier(mut self, courier: Arc<dyn Courier>) -> Self {
        self.webhooks = self.webhooks.with_courier(courier);
        self
    }

    /// The same with what is over kept for so long; by default events for 30 days, and the rest forever.
    #[must_use]
    pub fn retaining(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// The same with accounts read for the inventory so often.
    #[must_use]
    pub fn with_inventory(mut self, pace: Pace) -> Self {
        self.engine = self.engine.with_inventory(pace);
        self
    }

    /// The same, told by carriers at this address how verification calls went.
    #[must_use]
    pub fn with_callbacks(mut self, public_url: &str) -> Self {
        self.engine = self.engine.with_callbacks(public_url);
        self
    }

    /// The same with the ends of audit chains signed: for a secret that is configured, and so not in the database.
    #[must_use]
    pub fn anchoring(mut self) -> Self {
        self.audit = self.audit.anchored_by(self.engine.sealer.clone());
        self
    }

    /// Starts the background work of engine and admin, once. Call it after the `with_` methods.
    ///
    /// # Errors
    /// `Config` outside a tokio runtime.
    pub fn start(&self) -> Result<()> {
        if self.engine.start()? {
            let work = Self {
                engine: self.engine.detached(),
                ..self.clone()
            };
            let tasks = self.engine.purchases.tasks();
            tasks.spawn(host::carried(async move {
                let keeper = Keeper::new(&work.engine, &*work.admin, work.retention);
                tokio::join!(work.deliver(), keeper.run(), work.keep_audit());
            }));
        }
        Ok(())
    }

    /// Ends the background work, waits for what is being sent, and leaves the rest to the next process.
    pub async fn shutdown(&self) {
        self.engine.shutdown().await;
    }

    async fn deliver(&self) {
        let purchases = &self.engine.purchases;
        let pause = |pause| async move {
            purchases.idle(pause).await;
            purchases.is_stopping()
        };
        self.webhooks.run(pause).await;
    }

    /// Signs the ends of audit chains, and writes the counts of refusals.
    async fn keep_audit(&self) {
        const PAUSE: Duration = Duration::from_secs(5);
        let purchases = &self.engine.purchases;
        loop {
            let stopping = purchases.is_stopping();
            self.audit.write_refusals(stopping).await;
            if let Err(error) = self.audit.anchor().await {
                tracing::debug!(%error, "the audit trail can't be signed yet");
            }
            if stopping {
                return;
            }
            purchases.idle(PAUSE).await;
        }
    }
}
