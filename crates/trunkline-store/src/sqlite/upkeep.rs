//! Writes about the database itself.

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::time::Instant;
use trunkline_core::Result;
use trunkline_engine::journal::Change;

use crate::lease::millis;
use crate::sql::{
    CANDIDATES_KEPT_MS, CLOCK_STEP_MS, CLOCK_TRIAL, KEPT_MS, LONGEST_DELIVERY_PAUSE_MS,
    LONGEST_GRACE_MS, PRUNED_AT_ONCE,
};
use crate::sqlite::writer::{Job, Queued, Transaction, Write};
use crate::sqlite::{statement, write};

write!(TOUCH: TOUCH);
write!(PUT_META: PUT_META);
write!(PULL: PULL_PURCHASES, PULL_RELEASES, PULL_DELIVERIES);
statement!(MARK_CLOCK: MARK_CLOCK);
statement!(PRUNE: PRUNE_KEYS, PRUNE_LEASES, PRUNE_CANDIDATES);

/// Shows that the database can be written to.
pub(super) struct Touch;

#[async_trait]
impl Write for Touch {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(TOUCH.query()).await.map(drop)
    }
}

/// Keeps a fact, unless there is one.
pub(super) struct KeepMeta {
    pub(super) name: &'static str,
    pub(super) value: String,
}

#[async_trait]
impl Write for KeepMeta {
    type Output = ();

    fn durable(&self) -> bool {
        true
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(PUT_META.query().bind(self.name).bind(self.value))
            .await
            .map(drop)
    }
}

/// Forgets what is old, and has nothing wait longer than it may.
pub(super) struct Prune {
    /// Whether the process has run long enough to believe the clock whatever it shows.
    pub(super) tried: bool,
}

#[async_trait]
impl Write for Prune {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        let query = PULL.query().bind(millis(Change::LONGEST_PAUSE));
        let query = query.bind(LONGEST_GRACE_MS).bind(LONGEST_DELIVERY_PAUSE_MS);
        on.first(query).await?;
        let query = MARK_CLOCK.query().bind(CLOCK_STEP_MS).bind(self.tried);
        if !on.then(query).await?.all_changed() {
            return Ok(());
        }
        let query = PRUNE
            .query()
            .bind(KEPT_MS)
            .bind(PRUNED_AT_ONCE)
            .bind(KEPT_MS)
            .bind(PRUNED_AT_ONCE)
            .bind(CANDIDATES_KEPT_MS)
            .bind(PRUNED_AT_ONCE);
        on.then(query).await.map(drop)
    }
}

/// Forgets what is old, in a process that runs since then. Nobody waits for it.
pub(super) fn prune(started: Instant) -> Box<dyn Job> {
    let (reply, _) = oneshot::channel();
    let tried = started.elapsed() >= CLOCK_TRIAL;
    Box::new(Queued::new(Prune { tried }, reply))
}
