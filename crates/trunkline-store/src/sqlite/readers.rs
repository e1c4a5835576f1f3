//! The connections that read.

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Sqlite, SqlitePool};
use trunkline_core::Result;
use trunkline_engine::PoolUse;

use crate::error::unread;
use crate::waits::Waits;
use crate::{Options, task};

/// A pool of connections that can't write. Cheap to clone.
#[derive(Clone)]
pub(super) struct Readers {
    pool: SqlitePool,
    waits: Arc<Waits>,
}

impl Readers {
    /// A pool whose connections are made when they are needed.
    pub(super) fn new(connect: SqliteConnectOptions, options: &Options) -> Self {
        let most = options.readers.max(1);
        let pool = SqlitePoolOptions::new()
            .max_connections(most)
            .min_connections(0)
            .acquire_timeout(options.busy_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        Self {
            pool: pool.connect_lazy_with(connect.pragma("query_only", "1")),
            waits: Arc::new(Waits::new("readers", most)),
        }
    }

    /// Asks something on a connection, on a task of its own.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if the file can't be read, or no connection came free in time.
    pub(super) async fn ask<T, F>(
        &self,
        question: impl FnOnce(PoolConnection<Sqlite>) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, sqlx::Error>> + Send,
    {
        let this = self.clone();
        task::own(async move { question(this.lend().await?).await.map_err(unread) }).await
    }

    async fn lend(&self) -> Result<PoolConnection<Sqlite>> {
        if let Some(connection) = self.pool.try_acquire() {
            self.waits.found();
            return Ok(connection);
        }
        let lent = async {
            match self.pool.acquire().await {
                Ok(connection) => Ok(Some(connection)),
                Err(sqlx::Error::PoolTimedOut) => Ok(None),
                Err(error) => Err(unread(error)),
            }
        };
        self.waits.until(lent).await
    }

    /// How busy they are.
    pub(super) fn usage(&self) -> PoolUse {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        self.waits.with(self.pool.size().saturating_sub(idle))
    }

    /// Closes all.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}
