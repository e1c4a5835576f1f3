//! The tasks that forget what is old, and that add to the audit chain.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_core::Result;

use crate::lease::{Acquire, Wanted};
use crate::postgres::pool::Pool;
use crate::postgres::{chain, transaction};
use crate::sql::{self, PRUNE_EVERY};
use crate::upkeep::{mark_clock, prunes, pulls};
use crate::write::One;

/// How long what changes have left for the audit chain gathers before it is added.
const GATHERS: Duration = Duration::from_millis(10);

/// How long to wait after it could not be.
const LINK_AGAIN: Duration = Duration::from_secs(1);

/// The tasks that forget what is old, in one of the processes that share the database, and that add to the audit chain.
pub(super) struct Upkeep {
    stop: CancellationToken,
    tasks: TaskTracker,
    left: Arc<Notify>,
}

impl Upkeep {
    pub(super) fn start(pool: Arc<Pool>, patience: Duration) -> Self {
        let this = Self {
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            left: Arc::new(Notify::new()),
        };
        // What another process has left when it ended.
        this.link_soon();
        let linking = link(Arc::clone(&pool), patience, Arc::clone(&this.left));
        let stop = this.stop.clone();
        this.tasks
            .spawn(async move { stop.run_until_cancelled(linking).await });
        let stop = this.stop.clone();
        this.tasks.spawn(async move {
            let started = Instant::now();
            let mut next = started;
            loop {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep_until(next) => {}
                }
                // Nothing waits for it; the next time will do as well.
                let _ = stop
                    .run_until_cancelled(prune(&pool, patience, started))
                    .await;
                next = Instant::now() + PRUNE_EVERY;
            }
        });
        this.tasks.close();
        this
    }

    /// Has what was left for the audit chain added before long.
    pub(super) fn link_soon(&self) {
        self.left.notify_one();
    }

    /// Stops, and drops what is being done.
    pub(super) async fn end(&self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Adds to the audit chain whenever something was left for it.
async fn link(pool: Arc<Pool>, patience: Duration, left: Arc<Notify>) {
    loop {
        left.notified().await;
        tokio::time::sleep(GATHERS).await;
        if let Err(error) = chain::link(&pool, patience, None).await {
            tracing::debug!(%error, "what changes have left is added to the audit chain later");
            tokio::time::sleep(LINK_AGAIN).await;
            left.notify_one();
        }
    }
}

/// Forgets what is old, unless another process has just done so.
async fn prune(pool: &Pool, patience: Duration, started: Instant) -> Result<()> {
    let turn = Wanted::now("upkeep".to_owned(), "upkeep", PRUNE_EVERY);
    let turn = transaction::run(pool, patience, &Acquire(turn)).await?;
    if turn.is_none() {
        return Ok(());
    }
    for query in pulls() {
        transaction::run(pool, patience, &One::new(query)).await?;
    }
    for statement in [&sql::MERGE_COUNTS, &sql::PRUNE_COUNTS] {
        transaction::run(pool, patience, &One::new(statement.query())).await?;
    }
    let mark = One::new(mark_clock(started.elapsed()));
    if !transaction::run(pool, patience, &mark).await? {
        return Ok(());
    }
    for query in prunes() {
        transaction::run(pool, patience, &One::new(query)).await?;
    }
    Ok(())
}
