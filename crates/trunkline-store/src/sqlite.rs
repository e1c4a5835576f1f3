//! SQLite in WAL mode: many readers, and one writer that commits what is waiting as one transaction.

mod allocations;
mod api_keys;
pub(crate) mod file;
mod journal;
mod keys;
mod leases;
mod missing;
mod outbox;
mod purchases;
mod purses;
mod query;
mod readers;
mod records;
mod releases;
mod trails;
mod upkeep;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretSlice;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use trunkline_core::Result;
use trunkline_engine::Journal;
use trunkline_engine::seal::Sealer;

use crate::error::{closed, unavailable};
use crate::rows::Cells;
use crate::{Database, Options, secret, tables, task};
use readers::Readers;
use writer::{Job, Queued, Write, Writer};

/// Writes that may wait for the writer before more have to wait for room.
const QUEUE: usize = 1024;

/// The clock of SQLite, in milliseconds.
const NOW: &str = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";

/// A statement, or several as one, with the clock of SQLite.
macro_rules! statement {
    ($name:ident: $($part:ident),+) => {
        static $name: crate::sqlite::query::Statement =
            crate::sqlite::query::Statement::new(|| crate::sql::group(crate::sqlite::NOW, &[$(crate::sql::$part),+]));
    };
}

/// As `statement!`, set apart from what other writes do in the same transaction.
macro_rules! write {
    ($name:ident: $($part:ident),+) => {
        static $name: crate::sqlite::query::Statement = crate::sqlite::query::Statement::new(|| {
            let parts = [crate::sqlite::writer::NEXT_WRITE, $(crate::sql::$part),+];
            crate::sql::group(crate::sqlite::NOW, &parts)
        });
    };
}

use {statement, write};

statement!(FIND_META: FIND_META);

/// A journal in one SQLite file, which other processes may use at the same time. Cheap to clone:
/// once the last clone is dropped, or one is closed, the writer ends after what is queued.
#[derive(Clone)]
pub struct Sqlite {
    path: Arc<PathBuf>,
    jobs: mpsc::Sender<Box<dyn Job>>,
    signer: Arc<OnceLock<Sealer>>,
    readers: Readers,
    lease_ttl: Duration,
    /// Which database it is.
    id: String,
    stop: CancellationToken,
    ended: CancellationToken,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sqlite").field(&self.path).finish()
    }
}

impl Sqlite {
    /// Opens the file at `sqlite://path`; makes it, readable by its owner alone, if it is missing.
    /// The writer has a thread of its own: among the tasks of a busy runtime it would wait for its
    /// turn after every statement.
    ///
    /// # Errors
    /// `Config` if the file can't be used, naming it and saying what to do.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let (opened, connection) = file::open(url, &options).await?;
        let readers = Readers::new(opened.options.clone(), &options);
        let (jobs, queue) = mpsc::channel(QUEUE);
        let stop = CancellationToken::new();
        let path = Arc::new(opened.path.clone());
        let signer = Arc::default();
        let writer = Writer::new(
            (opened, connection),
            queue,
            Arc::clone(&signer),
            stop.clone(),
        );
        let ended = writer.start().map_err(|error| {
            file::unusable(&path, "no thread can be started").with_source(error)
        })?;
        let this = Self {
            path,
            jobs,
            signer,
            readers,
            lease_ttl: options.lease_ttl,
            id: String::new(),
            stop,
            ended,
        };
        match this.identify().await {
            Ok(id) => Ok(Self { id, ..this }),
            Err(error) => {
                this.close().await;
                Err(file::unusable(&this.path, error.message()).with_source(error))
            }
        }
    }

    /// Shows that the file can be written, and gives which database it is.
    async fn identify(&self) -> Result<String> {
        self.write(upkeep::Touch).await?;
        let query = FIND_META.query().bind(tables::DATABASE_ID);
        let row = query::optional(&self.readers, query).await?;
        let row = row.ok_or_else(|| unavailable("has lost its id"))?;
        row.text("value")
    }

    /// Has the writer do something, and waits until it is committed.
    async fn write<W: Write>(&self, write: W) -> Result<W::Output> {
        let (reply, answer) = oneshot::channel();
        match self.jobs.try_send(Box::new(Queued::new(write, reply))) {
            Ok(()) => {}
            Err(TrySendError::Closed(_)) => return Err(closed()),
            // Whoever is next in line holds up all others until it is polled.
            Err(TrySendError::Full(job)) => {
                let jobs = self.jobs.clone();
                task::own(async move { jobs.send(job).await.map_err(|_| closed()) }).await?;
            }
        }
        answer.await.map_err(|_| closed())?
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn secret(&self) -> Result<SecretSlice<u8>> {
        let value = secret::fresh();
        let name = secret::NAME;
        self.write(upkeep::KeepMeta { name, value }).await?;
        let row = query::optional(&self.readers, FIND_META.query().bind(name)).await?;
        let kept = row.ok_or_else(|| unavailable("has lost its secret_key"))?;
        secret::decode(&kept.text("value")?)
    }

    async fn clock(&self) -> Result<Timestamp> {
        self.check().await?;
        let row = query::optional(&self.readers, FIND_META.query().bind(tables::CLOCK)).await?;
        tables::time(row.map(|row| row.text("value")).transpose()?)
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    async fn close(&self) {
        self.stop.cancel();
        self.ended.cancelled().await;
        self.readers.close().await;
    }
}
