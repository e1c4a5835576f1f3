//! Writes about the database itself.

use async_trait::async_trait;
use tokio::sync::oneshot;
use trunkline_core::Result;

use crate::sql::{CANDIDATES_KEPT_MS, KEPT_MS, PRUNED_AT_ONCE};
use crate::sqlite::write;
use crate::sqlite::writer::{Job, Queued, Transaction, Write};

write!(TOUCH: TOUCH);
write!(PUT_META: PUT_META);
write!(PRUNE: PRUNE_KEYS, PRUNE_LEASES, PRUNE_CANDIDATES);

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

struct Prune;

#[async_trait]
impl Write for Prune {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        let query = PRUNE
            .query()
            .bind(KEPT_MS)
            .bind(PRUNED_AT_ONCE)
            .bind(KEPT_MS)
            .bind(PRUNED_AT_ONCE)
            .bind(CANDIDATES_KEPT_MS)
            .bind(PRUNED_AT_ONCE);
        on.first(query).await.map(drop)
    }
}

/// Forgets what is old. Nobody waits for it.
pub(super) fn prune() -> Box<dyn Job> {
    let (reply, _) = oneshot::channel();
    Box::new(Queued::new(Prune, reply))
}
