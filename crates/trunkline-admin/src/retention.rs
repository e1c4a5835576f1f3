//! Deleting what is over and old, in small batches between which purchases are written.

use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::error::{ErrorKind, Result};
use trunkline_core::host;
use trunkline_engine::Engine;
use trunkline_engine::HeldLease;
use trunkline_engine::journal::OldPurchases;

use crate::audit::OldRows;
use crate::store::AdminStore;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long what is over is kept; `None` is forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Audit rows. A signed checkpoint takes their place.
    pub audit: Option<Duration>,
    /// Events that no webhook waits for.
    pub events: Option<Duration>,
    /// Purchases that are settled and hold no number.
    pub purchases: Option<Duration>,
}

impl Retention {
    /// The shortest time for purchases and audit rows: as long as an idempotency key answers.
    pub const SHORTEST: Duration = Duration::from_secs(31 * 24 * 3_600);
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            audit: None,
            events: Some(30 * DAY),
            purchases: None,
        }
    }
}

/// What was deleted.
#[derive(Default)]
struct Deleted {
    audit_rows: u64,
    events: u64,
    purchases: u64,
}

/// What is deleted batch after batch.
enum Old<'a> {
    Events(Duration),
    Rows(&'a OldRows),
}

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_secs(600);

/// Pause between two batches, in which others write.
const BREATH: Duration = Duration::from_millis(20);

/// Rows of a batch.
const BATCH: usize = 500;

/// Deletes it, in one of the processes that share the database at a time.
pub(crate) struct Keeper<'a> {
    engine: &'a Engine,
    admin: &'a dyn AdminStore,
    retention: Retention,
    owner: String,
}

impl<'a> Keeper<'a> {
    pub(crate) fn new(engine: &'a Engine, admin: &'a dyn AdminStore, retention: Retention) -> Self {
        Self {
            engine,
            admin,
            retention,
            owner: format!("{:016x}", host::random::<u64>()),
        }
    }

    /// Works until the engine stops.
    pub(crate) async fn run(&self) {
        let purchases = &self.engine.purchases;
        // To look at all purchases takes a while.
        let mut look_at = Instant::now();
        while !purchases.is_stopping() {
            let looks = Instant::now() >= look_at;
            match self.round(looks).await {
                Ok(true) if looks => look_at = Instant::now() + DAY,
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "old records can't be deleted yet"),
            }
            purchases.idle(PAUSE).await;
        }
    }

    /// Deletes what there is; `false` if another process does it.
    async fn round(&self, looks: bool) -> Result<bool> {
        let leases = &*self.engine.store;
        let Some(lease) = leases.acquire("retention", &self.owner).await? else {
            return Ok(false);
        };
        let (held, mut deleted) = (HeldLease::new(lease), Deleted::default());
        let work = self.delete(&held, looks, &mut deleted);
        let done = held.during(leases, work).await;
        let Deleted {
            audit_rows,
            events,
            purchases,
        } = deleted;
        if audit_rows + events + purchases > 0 {
            tracing::info!(
                audit_rows,
                events,
                purchases,
                "old records were deleted: audit rows {audit_rows}, events {events}, purchases {purchases}"
            );
        }
        done.map(|()| true)
    }

    async fn delete(&self, held: &HeldLease, looks: bool, deleted: &mut Deleted) -> Result<()> {
        if let Some(kept) = self.retention.events {
            let events = Old::Events(kept);
            self.all(held, &events, &mut deleted.events).await?;
        }
        if let Some(kept) = self.retention.audit {
            for tenant in self.admin.audited().await? {
                let rows = OldRows {
                    tenant,
                    kept,
                    limit: BATCH,
                    sealer: self.engine.sealer.clone(),
                };
                let rows = Old::Rows(&rows);
                match self.all(held, &rows, &mut deleted.audit_rows).await {
                    Err(error) if error.kind() == ErrorKind::Conflict => {
                        tracing::error!("{}", error.message());
                    }
                    other => other?,
                }
            }
        }
        match self.retention.purchases {
            Some(kept) if looks => self.purchases(held, kept, &mut deleted.purchases).await,
            _ => Ok(()),
        }
    }

    /// Deletes batches until one is not full.
    async fn all(&self, held: &HeldLease, old: &Old<'_>, deleted: &mut u64) -> Result<()> {
        while self.goes_on(held) {
            let count = match old {
                Old::Events(kept) => self.admin.prune_events(*kept, BATCH).await?,
                Old::Rows(rows) => self.admin.prune_audit(rows).await?,
            };
            *deleted += count;
            if usize::try_from(count).is_ok_and(|count| count < BATCH) {
                break;
            }
            self.engine.purchases.idle(BREATH).await;
        }
        Ok(())
    }

    /// Looks at all purchases that are old, and deletes those that are over.
    async fn purchases(&self, held: &HeldLease, kept: Duration, deleted: &mut u64) -> Result<()> {
        let mut page = OldPurchases {
            kept,
            after: None,
            limit: BATCH,
        };
        while self.goes_on(held) {
            let forgotten = self.engine.store.forget_purchases(&page).await?;
            *deleted += forgotten.count;
            if forgotten.next.is_none() {
                break;
            }
            page.after = forgotten.next;
            self.engine.purchases.idle(BREATH).await;
        }
        Ok(())
    }

    /// Whether nobody else does it, and it is not to stop.
    fn goes_on(&self, held: &HeldLease) -> bool {
        held.lease().holds() && !self.engine.purchases.is_stopping()
    }
}
