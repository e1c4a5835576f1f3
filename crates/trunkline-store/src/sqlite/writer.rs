//! The one thread that writes. It takes all that is waiting, and commits it as one transaction: the
//! disk is synced once for many. A write that is refused is undone alone.

use std::io;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Connection, Either, Executor};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trunkline_core::{Error, Result};
use trunkline_engine::seal::Sealer;

use crate::error::unwritten;
use crate::sql::PRUNE_EVERY;
use crate::sqlite::file::Opened;
use crate::sqlite::query::Query;
use crate::sqlite::upkeep;

/// Most writes of one transaction; more wait for the next, so that nobody waits long.
const BATCH: usize = 256;

/// What sets a write apart from those before it in the transaction.
pub(super) const NEXT_WRITE: &str = "RELEASE next_write; SAVEPOINT next_write";

/// How many statements [`NEXT_WRITE`] is.
const NEXT_WRITE_STATEMENTS: usize = 2;

/// One thing to write, wholly or not at all.
#[async_trait]
pub(super) trait Write: Send + 'static {
    /// What came of it.
    type Output: Send + 'static;

    /// Whether it must be on disk, not just committed, when it is answered.
    fn durable(&self) -> bool {
        false
    }

    /// Writes it. After an error nothing of it stays.
    async fn run(self, on: &mut Transaction<'_>) -> Result<Self::Output>;
}

/// The transaction that a write runs in, along with others.
pub(super) struct Transaction<'c> {
    connection: &'c mut SqliteConnection,
    /// What the ends of audit chains are signed with.
    pub(super) signer: Option<&'c Sealer>,
    begun: bool,
}

/// What statements sent as one came to.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// Rows changed, statement by statement.
    pub(super) changed: Vec<u64>,
    /// Rows returned by all of them.
    pub(super) rows: Vec<SqliteRow>,
}

impl Effects {
    /// Whether each statement changed a row.
    pub(super) fn all_changed(&self) -> bool {
        self.changed.iter().all(|rows| *rows > 0)
    }
}

impl<'c> Transaction<'c> {
    fn new(connection: &'c mut SqliteConnection, signer: Option<&'c Sealer>) -> Self {
        Self {
            connection,
            signer,
            begun: false,
        }
    }

    /// The first of a write's statements, made with `write!`.
    pub(super) async fn first(&mut self, query: Query) -> Result<Effects> {
        self.begun = true;
        let mut effects = self.then(query).await?;
        effects
            .changed
            .drain(..NEXT_WRITE_STATEMENTS.min(effects.changed.len()));
        Ok(effects)
    }

    /// More statements of the same write, made with `statement!`.
    pub(super) async fn then(&mut self, query: Query) -> Result<Effects> {
        let mut effects = Effects::default();
        let mut results = (&mut *self.connection).fetch_many(query);
        while let Some(result) = results.try_next().await.map_err(unwritten)? {
            match result {
                Either::Left(done) => effects.changed.push(done.rows_affected()),
                Either::Right(row) => effects.rows.push(row),
            }
        }
        Ok(effects)
    }

    /// Undoes what this write has done so far, and nothing else.
    pub(super) async fn undo(&mut self) -> Result<()> {
        if self.begun {
            self.then(sqlx::query("ROLLBACK TO next_write")).await?;
        }
        Ok(())
    }
}

/// A write that waits, whatever its type.
#[async_trait]
pub(super) trait Job: Send {
    fn durable(&self) -> bool;

    /// An error is one of the whole transaction.
    async fn run(&mut self, on: &mut Transaction<'_>) -> Result<()>;

    /// Answers, after the transaction has been committed or has failed.
    fn answer(self: Box<Self>, failure: Option<&Error>);
}

/// A write and whom to tell.
pub(super) struct Queued<W: Write> {
    write: Option<W>,
    durable: bool,
    output: Option<Result<W::Output>>,
    reply: oneshot::Sender<Result<W::Output>>,
}

impl<W: Write> Queued<W> {
    pub(super) fn new(write: W, reply: oneshot::Sender<Result<W::Output>>) -> Self {
        Self {
            durable: write.durable(),
            write: Some(write),
            output: None,
            reply,
        }
    }
}

#[async_trait]
impl<W: Write> Job for Queued<W> {
    fn durable(&self) -> bool {
        self.durable
    }

    async fn run(&mut self, on: &mut Transaction<'_>) -> Result<()> {
        if let Some(write) = self.write.take() {
            let output = write.run(on).await;
            if output.is_err() {
                on.undo().await?;
            }
            self.output = Some(output);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, failure: Option<&Error>) {
        let output = match (failure, self.output) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(output)) => output,
            (None, None) => Err(crate::error::unavailable("did not come to this write")),
        };
        // Whoever asked may be gone.
        let _ = self.reply.send(output);
    }
}

/// What the thread has.
pub(super) struct Writer {
    opened: Opened,
    connection: Option<SqliteConnection>,
    synced: bool,
    queue: mpsc::Receiver<Box<dyn Job>>,
    signer: Arc<OnceLock<Sealer>>,
    stop: CancellationToken,
}

impl Writer {
    pub(super) fn new(
        opened: (Opened, SqliteConnection),
        queue: mpsc::Receiver<Box<dyn Job>>,
        signer: Arc<OnceLock<Sealer>>,
        stop: CancellationToken,
    ) -> Self {
        let (opened, connection) = opened;
        Self {
            signer,
            opened,
            connection: Some(connection),
            synced: false,
            queue,
            stop,
        }
    }

    /// Starts the thread; what it gives is cancelled when the thread has ended.
    pub(super) fn start(self) -> io::Result<CancellationToken> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let ended = CancellationToken::new();
        let guard = ended.clone().drop_guard();
        let work = move || {
            runtime.block_on(self.run());
            drop(guard);
        };
        std::thread::Builder::new()
            .name("trunkline-journal".to_owned())
            .spawn(work)?;
        Ok(ended)
    }

    /// Writes until every handle is gone or one was closed, and nothing is queued any more.
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let started = Instant::now();
        let mut next_prune = started;
        loop {
            let waiting = tokio::select! {
                biased;
                () = self.stop.cancelled(), if !self.queue.is_closed() => {
                    self.queue.close();
                    continue;
                }
                waiting = self.queue.recv_many(&mut batch, BATCH) => waiting,
                () = tokio::time::sleep_until(next_prune) => {
                    next_prune = Instant::now() + PRUNE_EVERY;
                    batch.push(upkeep::prune(started));
                    1
                }
            };
            if waiting == 0 {
                break;
            }
            let outcome = self.commit(&mut batch).await;
            for job in batch.drain(..) {
                job.answer(outcome.as_ref().err());
            }
        }
        if let Some(connection) = self.connection {
            // All is committed; what closing would tidy, the next to open the file tidies.
            let _ = connection.close().await;
        }
    }

    /// Runs these writes as one transaction. After a failure the connection is not trusted any more.
    async fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        self.opened.identity.check(&self.opened.path)?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                self.synced = false;
                self.opened.options.connect().await.map_err(unwritten)?
            }
        };
        let durable = batch.iter().any(|job| job.durable());
        if durable != self.synced {
            // It is done while the text is parsed, so a prepared one would do nothing.
            let pragma = if durable {
                "PRAGMA synchronous = FULL"
            } else {
                "PRAGMA synchronous = NORMAL"
            };
            sqlx::raw_sql(pragma)
                .execute(&mut connection)
                .await
                .map_err(unwritten)?;
            self.synced = durable;
        }
        transact(&mut connection, self.signer.get(), batch).await?;
        self.connection = Some(connection);
        Ok(())
    }
}

async fn transact(
    connection: &mut SqliteConnection,
    signer: Option<&Sealer>,
    batch: &mut [Box<dyn Job>],
) -> Result<()> {
    let begin = sqlx::query("BEGIN IMMEDIATE; SAVEPOINT next_write");
    Transaction::new(connection, None).then(begin).await?;
    for job in batch {
        job.run(&mut Transaction::new(connection, signer)).await?;
    }
    let commit = sqlx::query("COMMIT");
    Transaction::new(connection, None)
        .then(commit)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests;
