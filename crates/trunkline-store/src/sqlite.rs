//! SQLite in WAL mode: many readers, and one writer that commits what is waiting as one transaction.

mod chain;
pub(crate) mod file;
mod pack;
mod readers;
mod statement;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, mpsc};

use tokio::sync::{Semaphore, TryAcquireError, oneshot};
use tokio_util::sync::CancellationToken;
use trunkline_core::Result;
use trunkline_engine::PoolUse;
use trunkline_engine::seal::Sealer;

use crate::error::closed;
use crate::query::Query;
use crate::rows;
use crate::store::{self, Backend, Sql};
use crate::write::Write;
use crate::{Options, task};
use readers::Readers;
use writer::{Message, Queued, Writer};

pub(crate) use pack::unpack;
pub(crate) use statement::Row;

/// Writes that may wait for the writer before more have to wait for room.
const QUEUE: usize = 1024;

/// A journal in one SQLite file.
pub type Sqlite = Sql<File>;

/// A SQLite file: once the last clone is dropped, or one is closed, the writer ends after what is queued.
#[derive(Clone)]
pub struct File {
    path: Arc<PathBuf>,
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
    signer: Arc<OnceLock<Sealer>>,
    readers: Readers,
    ended: CancellationToken,
}

impl Sqlite {
    /// Opens the file at `sqlite://path`; makes it, readable by its owner alone, if it is missing.
    ///
    /// # Errors
    /// `Config` if the file can't be used, naming it and saying what to do.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let (url, busy) = (url.to_owned(), options.busy_timeout);
        let (opened, connection) = task::blocking(move || file::open(&url, busy)).await?;
        let (queue, messages) = mpsc::channel();
        let path = Arc::new(opened.path.clone());
        let signer = Arc::default();
        let readers = Readers::new(opened.clone(), &options);
        let writer = Writer::new(opened, connection, messages, Arc::clone(&signer));
        let ended = writer.start().map_err(|error| {
            file::unusable(&path, "no thread can be started").with_source(error)
        })?;
        let file = File {
            path,
            queue,
            room: Arc::new(Semaphore::new(QUEUE)),
            signer,
            readers,
            ended,
        };
        match store::start(file.clone(), options.lease_ttl).await {
            Ok(this) => Ok(this),
            Err(error) => {
                file.close().await;
                Err(file::unusable(&file.path, error.message()).with_source(error))
            }
        }
    }
}

impl Backend for File {
    async fn write<W: Write>(&self, write: W) -> Result<W::Output> {
        let room = Arc::clone(&self.room);
        let room = match Arc::clone(&room).try_acquire_owned() {
            Ok(room) => room,
            Err(TryAcquireError::Closed) => return Err(closed()),
            // The next in line holds up all others until it is polled, so a task waits.
            Err(TryAcquireError::NoPermits) => {
                task::own(async { room.acquire_owned().await.map_err(|_| closed()) }).await?
            }
        };
        let (reply, answer) = oneshot::channel();
        let job = Message::Write(Box::new(Queued::new(write, reply, Some(room))));
        self.queue.send(job).map_err(|_| closed())?;
        let (output, lines) = answer.await.map_err(|_| closed())??;
        lines.write();
        Ok(output)
    }

    async fn all(&self, query: Query) -> Result<Vec<rows::Row>> {
        if query.is_quick {
            let found = self
                .readers
                .ask_here(|reader| statement::all(reader, &query));
            if let Some(found) = found {
                return found;
            }
        }
        self.readers
            .ask(move |connection| statement::all(connection, &query))
            .await
    }

    fn sign_ends(&self, sealer: &Sealer) {
        // With the secret that it was given first: a process has one.
        let _ = self.signer.set(sealer.clone());
    }

    async fn check_reading(&self) -> Result<()> {
        self.readers.ask(|_| Ok(())).await
    }

    fn usage(&self) -> PoolUse {
        self.readers.usage()
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    async fn close(&self) {
        self.room.close();
        // It may have ended already.
        let _ = self.queue.send(Message::Close);
        self.ended.cancelled().await;
        self.readers.close().await;
    }
}
