//! The connections that read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use trunkline_core::Result;
use trunkline_engine::PoolUse;

use crate::error::closed;
use crate::sqlite::file::Opened;
use crate::sqlite::statement::unread;
use crate::waits::Waits;
use crate::{Options, task};

/// A pool of connections that can't write, made when they are needed. Cheap to clone.
#[derive(Clone)]
pub(super) struct Readers(Arc<Pool>);

struct Pool {
    opened: Opened,
    most: u32,
    room: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    /// Longest that a connection is waited for.
    patience: Duration,
    waits: Waits,
}

impl Readers {
    pub(super) fn new(opened: Opened, options: &Options) -> Self {
        let most = options.readers.max(1);
        Self(Arc::new(Pool {
            opened,
            most,
            room: Arc::new(Semaphore::new(
                usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS),
            )),
            idle: Mutex::default(),
            patience: options.busy_timeout,
            waits: Waits::new("readers", most),
        }))
    }

    /// Asks something on a connection, on a thread that may block.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if the file can't be read, or no connection came free in time.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let pool = Arc::clone(&self.0);
        match Arc::clone(&pool.room).try_acquire_owned() {
            Ok(room) => {
                pool.waits.found();
                pool.answer(room, question).await
            }
            Err(TryAcquireError::Closed) => Err(closed()),
            Err(TryAcquireError::NoPermits) => {
                task::own(async move {
                    let room = pool.waits.until(pool.room()).await?;
                    pool.answer(room, question).await
                })
                .await
            }
        }
    }

    /// Asks something on this thread; `None` if that would have it wait for a connection or for another process.
    pub(super) fn ask_here<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Option<Result<T>> {
        let _room = Arc::clone(&self.0.room).try_acquire_owned().ok()?;
        let connection = self.0.idle().pop()?;
        let patient = |patience| connection.busy_timeout(patience);
        let answer = patient(Duration::ZERO).and_then(|()| question(&connection));
        let answer = answer.and_then(|answer| patient(self.0.patience).map(|()| answer));
        match answer {
            Ok(answer) => {
                self.0.waits.found();
                self.0.idle().push(connection);
                Some(Ok(answer))
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => None,
            Err(error) => Some(Err(unread(error))),
        }
    }

    /// How busy they are.
    pub(super) fn usage(&self) -> PoolUse {
        let free = u32::try_from(self.0.room.available_permits()).unwrap_or(u32::MAX);
        self.0.waits.with(self.0.most.saturating_sub(free))
    }

    /// Waits for those that are in use, and closes all.
    pub(super) async fn close(&self) {
        let everyone = self.0.room.acquire_many(self.0.most).await;
        self.0.room.close();
        drop(everyone);
        self.0.idle().clear();
    }
}

impl Pool {
    /// The right to a connection once one is free; `None` if that takes too long.
    async fn room(&self) -> Result<Option<OwnedSemaphorePermit>> {
        let room = Arc::clone(&self.room).acquire_owned();
        let room = tokio::time::timeout(self.patience, room).await;
        room.ok().transpose().map_err(|_| closed())
    }

    /// Answers on a connection of its own, whether or not the caller still waits.
    async fn answer<T: Send + 'static>(
        self: Arc<Self>,
        room: OwnedSemaphorePermit,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        task::blocking(move || {
            let _room = room;
            let idle = self.idle().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => self.connect().map_err(unread)?,
            };
            let answer = question(&connection).map_err(unread)?;
            self.idle().push(connection);
            Ok(answer)
        })
        .await
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = self.opened.connect()?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
