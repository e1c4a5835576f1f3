//! What is stored, on whichever database.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretSlice;
use trunkline_core::{Result, Tenant};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Journal, PoolUse};

use crate::error::unavailable;
use crate::query::Query;
use crate::rows::Row;
use crate::write::{One, Write};
use crate::{Database, secret, sql, tables};

/// One of the databases. Cheap to clone.
pub(crate) trait Backend: Clone + Send + Sync + 'static {
    /// Writes something, wholly or not at all, and waits until it is committed.
    fn write<W: Write>(&self, write: W) -> impl Future<Output = Result<W::Output>> + Send;

    /// All rows of a statement that changes nothing.
    fn all(&self, query: Query) -> impl Future<Output = Result<Vec<Row>>> + Send;

    /// The first row of a statement that changes nothing.
    fn optional(&self, query: Query) -> impl Future<Output = Result<Option<Row>>> + Send {
        async { Ok(self.all(query).await?.into_iter().next()) }
    }

    /// All rows of a statement that changes nothing, each as `read` reads it.
    fn list<T: Send>(
        &self,
        query: Query,
        read: impl Fn(&Row) -> Result<T> + Send,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        async move { self.all(query).await?.iter().map(read).collect() }
    }

    /// The first row of a statement that changes nothing, as `read` reads it.
    fn find<T: Send>(
        &self,
        query: Query,
        read: impl FnOnce(&Row) -> Result<T> + Send,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async move { self.optional(query).await?.as_ref().map(read).transpose() }
    }

    /// Adds what changes have left to the audit chain and the feed of a tenant, or of each, where that is not part of
    /// the change itself.
    fn link(&self, _tenant: Option<&Tenant>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Has every write sign the end of the audit chain that it adds to, where the database has such writes.
    fn sign_ends(&self, _sealer: &Sealer) {}

    /// Shows that the database can be read.
    fn check_reading(&self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// How busy its connections are.
    fn usage(&self) -> PoolUse;

    /// Where it is, without user and password.
    fn place(&self) -> String;

    /// Writes what is queued, then closes it.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// A journal in a database that other processes may use at the same time, see [`Sqlite`](crate::Sqlite) and
/// [`Postgres`](crate::Postgres). Cheap to clone: once the last clone is dropped, or one is closed, its connections are.
#[derive(Clone)]
pub struct Sql<B> {
    pub(crate) backend: B,
    pub(crate) lease_ttl: Duration,
    /// Which database it is.
    pub(crate) id: String,
}

impl<B: Backend> fmt::Debug for Sql<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sql").field(&self.backend.place()).finish()
    }
}

/// Uses a database, once it has been shown that it can be written to.
///
/// # Errors
/// `UpstreamUnavailable` if it can't be written or read.
pub(crate) async fn start<B: Backend>(backend: B, lease_ttl: Duration) -> Result<Sql<B>> {
    backend.write(One::new(sql::TOUCH.query())).await?;
    let id = fact(&backend, tables::DATABASE_ID).await?;
    let id = id.ok_or_else(|| unavailable("has lost its id"))?;
    Ok(Sql {
        backend,
        lease_ttl,
        id,
    })
}

/// A fact about the database itself.
async fn fact<B: Backend>(backend: &B, name: &str) -> Result<Option<String>> {
    let query = sql::FIND_META.query().bind(name);
    backend.find(query, |row| row.text("value")).await
}

#[async_trait]
impl<B: Backend> Database for Sql<B> {
    async fn secret(&self) -> Result<SecretSlice<u8>> {
        let put = sql::PUT_META.query().bind(secret::NAME);
        let put = One::durable(put.bind(secret::fresh()));
        self.backend.write(put).await?;
        let kept = fact(&self.backend, secret::NAME).await?;
        secret::decode(&kept.ok_or_else(|| unavailable("has lost its secret_key"))?)
    }

    async fn clock(&self) -> Result<Timestamp> {
        self.check().await?;
        tables::time(fact(&self.backend, tables::CLOCK).await?)
    }

    async fn indexes_text(&self) -> Result<bool> {
        let query = sql::COUNT_TEXT_INDEXES.query();
        let found = self.backend.find(query, |row| row.integer("found"));
        Ok(found.await?.is_some_and(|found| found > 0))
    }

    fn place(&self) -> String {
        self.backend.place()
    }

    async fn close(&self) {
        self.backend.close().await;
    }
}
