//! The one thread that writes. It takes all that is waiting, and commits it as one transaction: the
//! disk is synced once for many. A write that is refused is undone alone.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::FutureExt;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio_util::sync::CancellationToken;
use trunkline_admin::chronicle::{Lines, Trail};
use trunkline_core::{Error, ErrorKind, Result};
use trunkline_engine::seal::Sealer;

use crate::error::{contradiction, unavailable};
use crate::query::{Query, Transaction};
use crate::rows::Row;
use crate::sql::{self, PRUNE_EVERY};
use crate::sqlite::chain::{self, Ends};
use crate::sqlite::file::Opened;
use crate::sqlite::statement::{self, unwritten};
use crate::upkeep;
use crate::write::{Done, How, Write};

/// Most writes of one transaction; more wait for the next, so that no wait is long.
const BATCH: usize = 256;

/// How long rows of the inventory wait at most until the index of texts has them.
const INDEX_EVERY: Duration = Duration::from_millis(250);

/// What the thread is sent.
pub(super) enum Message {
    Write(Box<dyn Job>),
    /// It ends after what was sent before.
    Close,
}

/// The transaction that a write runs in, along with others.
pub(super) struct Session<'c> {
    connection: &'c mut Connection,
    /// What the ends of audit chains are signed with.
    pub(super) signer: Option<&'c Sealer>,
    /// The log lines of the write that runs.
    lines: Lines,
    /// Where audit chains end, which is written last.
    pub(super) ends: Ends,
}

impl Session<'_> {
    /// Runs a statement about the transaction itself.
    fn control(&mut self, text: &str) -> Result<()> {
        let statement = self.connection.prepare_cached(text);
        let done = statement.and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(unwritten)
    }

    /// All rows of a statement.
    pub(super) fn rows(&mut self, query: &Query) -> Result<Vec<Row>> {
        statement::all(self.connection, query).map_err(unwritten)
    }

    /// How many rows a statement changes.
    pub(super) fn execute(&mut self, query: &Query) -> Result<u64> {
        statement::count(self.connection, query).map_err(unwritten)
    }

    /// Begins a transaction and runs writes in it; gives whether one was refused, without savepoints as soon as one is.
    fn run(&mut self, batch: &mut [Box<dyn Job>], savepoints: bool) -> Result<bool> {
        self.control("BEGIN IMMEDIATE")?;
        let mut refused = false;
        for job in batch {
            refused |= job.run(self, savepoints)?;
            if refused && !savepoints {
                break;
            }
        }
        Ok(refused)
    }

    /// Writes where audit chains end.
    fn put_ends(&mut self) -> Result<()> {
        for query in self.ends.puts(self.signer) {
            self.execute(&query)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Transaction for Session<'_> {
    async fn all(&mut self, query: Query) -> Result<Vec<Row>> {
        if self.ends.concern(&query) {
            self.put_ends()?;
        }
        self.rows(&query)
    }

    async fn count(&mut self, query: Query) -> Result<u64> {
        if self.ends.concern(&query) {
            self.put_ends()?;
        }
        self.execute(&query)
    }

    async fn leave(&mut self, trail: &Trail) -> Result<()> {
        self.lines.add(trail);
        chain::leave(self, trail)
    }
}

/// A write that waits, whatever its type.
pub(super) trait Job: Send {
    fn durable(&self) -> bool;

    /// Runs it; gives whether it was refused, so that what it wrote is to be undone. That is done already if it has a
    /// savepoint. An error is one of the whole transaction.
    fn run(&mut self, on: &mut Session<'_>, savepoint: bool) -> Result<bool>;

    /// Answers, after the transaction has been committed or has failed.
    fn answer(self: Box<Self>, failure: Option<&Error>);
}

/// What a write came to, and its log lines, which the task that waits for it writes.
pub(super) type Answer<T> = Result<(T, Lines)>;

/// A write, and who waits for its answer.
pub(super) struct Queued<W: Write> {
    write: W,
    output: Option<Answer<W::Output>>,
    reply: oneshot::Sender<Answer<W::Output>>,
    _room: Option<OwnedSemaphorePermit>,
}

impl<W: Write> Queued<W> {
    pub(super) fn new(
        write: W,
        reply: oneshot::Sender<Answer<W::Output>>,
        room: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            write,
            output: None,
            reply,
            _room: room,
        }
    }
}

impl<W: Write> Job for Queued<W> {
    fn durable(&self) -> bool {
        self.write.durable()
    }

    fn run(&mut self, on: &mut Session<'_>, savepoint: bool) -> Result<bool> {
        // One statement is undone by itself if it fails.
        let together = self.write.how() == How::Together;
        if together && savepoint {
            on.control("SAVEPOINT next_write")?;
        }
        // What it runs on never has it wait.
        let done = self.write.run(on).now_or_never();
        let (output, undo) = match done.unwrap_or_else(|| Err(waited())) {
            Ok(Done::Kept(output)) => (Ok(output), false),
            Ok(Done::Undone(output)) => (Ok(output), true),
            Ok(Done::Again) => (Err(contradiction("write")), true),
            Err(error) => (Err(error), true),
        };
        let mut lines = std::mem::take(&mut on.lines);
        if undo {
            lines = Lines::default();
            on.ends.undo();
        } else {
            on.ends.keep();
        }
        self.output = Some(output.map(|output| (output, lines)));
        if together && savepoint {
            if undo {
                on.control("ROLLBACK TO next_write")?;
            }
            on.control("RELEASE next_write")?;
        }
        Ok(together && undo)
    }

    fn answer(self: Box<Self>, failure: Option<&Error>) {
        let output = match (failure, self.output) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(output)) => output,
            (None, None) => Err(unavailable("did not come to this write")),
        };
        // The caller may have gone.
        if let Err(Ok((_, lines))) = self.reply.send(output) {
            lines.write();
        }
    }
}

fn waited() -> Error {
    let message = "a write waited for something else than the database";
    Error::new(ErrorKind::Internal, message)
}

/// What the thread has.
pub(super) struct Writer {
    opened: Opened,
    connection: Option<Connection>,
    synced: bool,
    /// Whether each write has a savepoint: one of the last transaction was refused.
    careful: bool,
    queue: Receiver<Message>,
    signer: Arc<OnceLock<Sealer>>,
}

impl Writer {
    pub(super) fn new(
        opened: Opened,
        connection: Connection,
        queue: Receiver<Message>,
        signer: Arc<OnceLock<Sealer>>,
    ) -> Self {
        Self {
            opened,
            connection: Some(connection),
            synced: false,
            careful: false,
            queue,
            signer,
        }
    }

    /// Starts the thread; what it gives is cancelled when the thread has ended.
    pub(super) fn start(self) -> io::Result<CancellationToken> {
        let ended = CancellationToken::new();
        let guard = ended.clone().drop_guard();
        let work = move || {
            self.run();
            drop(guard);
        };
        std::thread::Builder::new()
            .name("trunkline-journal".to_owned())
            .spawn(work)?;
        Ok(ended)
    }

    /// Writes until every handle is gone or one was closed, and nothing is queued any more.
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread outside of tokio measures its own pauses"
    )]
    fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let started = Instant::now();
        let mut next_prune = started;
        // Only after something was written there may be something to index.
        let mut next_index = None;
        let mut closing = false;
        while !closing {
            let until = next_index.unwrap_or(next_prune).min(next_prune);
            closing = self.gather(&mut batch, until);
            let now = Instant::now();
            if next_index.is_some_and(|next| now >= next) {
                next_index = None;
                batch.push(alone(Index));
            } else if !batch.is_empty() {
                next_index = next_index.or(Some(now + INDEX_EVERY));
            }
            if now >= next_prune {
                next_prune = now + PRUNE_EVERY;
                let running = started.elapsed();
                batch.push(alone(Prune { running }));
            }
            let outcome = self.commit(&mut batch);
            for job in batch.drain(..) {
                job.answer(outcome.as_ref().err());
            }
        }
    }

    /// Takes what is queued, and waits until then if nothing is; gives whether that was the last.
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread outside of tokio measures its own pauses"
    )]
    fn gather(&self, batch: &mut Vec<Box<dyn Job>>, until: Instant) -> bool {
        let patience = until.saturating_duration_since(Instant::now());
        let mut next = self.queue.recv_timeout(patience);
        let mut yielded = false;
        loop {
            match next {
                Ok(Message::Write(job)) => batch.push(job),
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) if batch.is_empty() || yielded => return false,
                // A task that is about to write something, on a core that is shared with this thread, comes first: the
                // transaction costs more than what one write adds to it.
                Err(RecvTimeoutError::Timeout) => {
                    std::thread::yield_now();
                    yielded = true;
                }
            }
            if batch.len() == BATCH {
                return false;
            }
            next = self.queue.recv_timeout(Duration::ZERO);
        }
    }

    /// Runs these writes as one transaction. After a failure the connection is not trusted any more.
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.opened.identity.check(&self.opened.path)?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                self.synced = false;
                self.opened.connect().map_err(unwritten)?
            }
        };
        let durable = batch.iter().any(|job| job.durable());
        if durable != self.synced {
            let level = if durable { "FULL" } else { "NORMAL" };
            let set = connection.pragma_update(None, "synchronous", level);
            set.map_err(unwritten)?;
            self.synced = durable;
        }
        let mut session = Session {
            connection: &mut connection,
            signer: self.signer.get(),
            lines: Lines::default(),
            ends: Ends::default(),
        };
        // A savepoint copies every page that is written under it. Few writes are refused, so they come without, and are
        // all run again if one is.
        let mut refused = session.run(batch, self.careful)?;
        if refused && !self.careful {
            session.control("ROLLBACK")?;
            session.ends = Ends::default();
            refused = session.run(batch, true)?;
        }
        self.careful = refused;
        session.put_ends()?;
        session.control("COMMIT")?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// Forgets what is old, and has nothing wait longer than it may.
struct Prune {
    /// How long the process has run.
    running: Duration,
}

#[async_trait]
impl Write for Prune {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        for query in upkeep::pulls() {
            query.count(on).await?;
        }
        sql::PRUNE_COUNTS.query().count(on).await?;
        if upkeep::mark_clock(self.running).changed(on).await? {
            for query in upkeep::prunes() {
                query.count(on).await?;
            }
        }
        Ok(Done::Kept(()))
    }
}

/// Has the index of texts find the rows that it does not have.
struct Index;

#[async_trait]
impl Write for Index {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        if sql::ANY_UNINDEXED.query().row(on).await?.is_some() {
            sql::INDEX_TEXTS.query().count(on).await?;
            sql::FORGET_UNINDEXED.query().count(on).await?;
        }
        Ok(Done::Kept(()))
    }
}

/// A write of the thread's own, whose answer nobody waits for.
fn alone<W: Write>(write: W) -> Box<dyn Job> {
    let (reply, _) = oneshot::channel();
    Box::new(Queued::new(write, reply, None))
}

#[cfg(test)]
mod tests;
