//! What is about the database itself: whether it can be written to, its secret, and forgetting what is old.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_core::Result;
use trunkline_engine::journal::Change;

use crate::lease::{Wanted, millis};
use crate::postgres::leases::Acquire;
use crate::postgres::pool::Pool;
use crate::postgres::query::Query;
use crate::postgres::transaction::{self, Done, How, Put, Trouble, Write};
use crate::postgres::{statement, trails};
use crate::sql::{
    CANDIDATES_KEPT_MS, CLOCK_STEP_MS, CLOCK_TRIAL, KEPT_MS, LONGEST_DELIVERY_PAUSE_MS,
    LONGEST_GRACE_MS, PRUNE_EVERY, PRUNED_AT_ONCE,
};

statement!(
    TOUCH,
    PUT_META,
    MARK_CLOCK,
    PULL_PURCHASES,
    PULL_RELEASES,
    PULL_DELIVERIES,
    PRUNE_KEYS,
    PRUNE_LEASES,
    PRUNE_CANDIDATES,
);

/// Shows that the database can be written to.
pub(super) fn touch() -> Put {
    Put(TOUCH.query())
}

/// Keeps a fact, unless there is one.
pub(super) fn keep_meta(name: &'static str, value: &str) -> Put {
    Put(PUT_META.query().bind(name).bind(value))
}

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
                // Nobody waits for it; the next time will do as well.
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
        if let Err(error) = trails::link(&pool, patience, None).await {
            tracing::debug!(%error, "what changes have left is added to the audit chain later");
            tokio::time::sleep(LINK_AGAIN).await;
            left.notify_one();
        }
    }
}

/// Writes down what the clock shows; gives whether it can be believed.
struct MarkClock(Query);

#[async_trait]
impl Write for MarkClock {
    type Output = bool;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        Ok(Done::Kept(self.0.clone().changed(on).await?))
    }
}

/// Forgets what is old, unless another process has just done so.
async fn prune(pool: &Pool, patience: Duration, started: Instant) -> Result<()> {
    let turn = Wanted::now("upkeep".to_owned(), "upkeep", PRUNE_EVERY);
    if transaction::run(pool, patience, &Acquire(turn))
        .await?
        .is_none()
    {
        return Ok(());
    }
    for (statement, longest) in [
        (&PULL_PURCHASES, millis(Change::LONGEST_PAUSE)),
        (&PULL_RELEASES, LONGEST_GRACE_MS),
        (&PULL_DELIVERIES, LONGEST_DELIVERY_PAUSE_MS),
    ] {
        let query = statement.query().bind(longest);
        transaction::run(pool, patience, &Put(query)).await?;
    }
    let tried = i64::from(started.elapsed() >= CLOCK_TRIAL);
    let mark = MarkClock(MARK_CLOCK.query().bind(CLOCK_STEP_MS).bind(tried));
    if !transaction::run(pool, patience, &mark).await? {
        return Ok(());
    }
    for (statement, kept) in [
        (&PRUNE_KEYS, KEPT_MS),
        (&PRUNE_LEASES, KEPT_MS),
        (&PRUNE_CANDIDATES, CANDIDATES_KEPT_MS),
    ] {
        let query = statement.query().bind(kept).bind(PRUNED_AT_ONCE);
        transaction::run(pool, patience, &Put(query)).await?;
    }
    Ok(())
}
