//! PostgreSQL: what several replicas share. A write is one transaction on a connection of its own;
//! the unique indexes of the database decide between those that run at the same time.

mod allocations;
mod api_keys;
pub(crate) mod connect;
mod journal;
mod keys;
mod leases;
mod missing;
mod outbox;
mod pool;
mod purchases;
mod purses;
mod query;
mod records;
mod releases;
mod trails;
mod transaction;
mod upkeep;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretSlice;
use sqlx::postgres::PgRow;
use trunkline_core::{Result, Tenant};
use trunkline_engine::Journal;

use crate::error::unavailable;
use crate::rows::Cells;
use crate::{Database, Options, secret, tables, task};
use connect::Target;
use pool::Pool;
use query::Query;
use transaction::{How, Read, Write};
use upkeep::Upkeep;

/// The clock of PostgreSQL, in milliseconds. The time of the transaction, which others of its
/// functions give, stands still while a statement waits for another one.
const NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// The same when a statement came in: an index can be searched for it, and nobody is waited for in reading.
const ASKED: &str = "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)";

/// A statement with the clock of PostgreSQL.
macro_rules! statement {
    ($($name:ident),+ $(,)?) => {
        $(static $name: crate::postgres::query::Statement = crate::postgres::query::Statement::new(|| {
            crate::postgres::text(crate::sql::$name)
        });)+
    };
}

use statement;

/// A statement as PostgreSQL understands it.
fn text(statement: &str) -> String {
    statement
        .replace("{now}", NOW)
        .replace("{list}", "(SELECT jsonb_array_elements_text(CAST(")
        .replace("{/list}", " AS JSONB)))")
}

statement!(FIND_META);

/// A journal in a PostgreSQL database, which other processes may use at the same time. Cheap to clone:
/// once the last clone is dropped, or one is closed, its connections are.
#[derive(Clone)]
pub struct Postgres {
    pool: Arc<Pool>,
    lease_ttl: Duration,
    patience: Duration,
    /// Which database it is.
    id: Arc<str>,
    upkeep: Arc<Upkeep>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.place()).finish()
    }
}

impl Postgres {
    /// Opens the database at `postgres://user:password@host:port/database`; makes its tables if they are
    /// missing. What a URL leaves out is taken from where PostgreSQL's own programs take it (`PGHOST`,
    /// `PGPASSWORD`, `~/.pgpass`); `sslmode` and `sslrootcert` say how TLS is used. A pooler in between must
    /// keep a session for each connection.
    ///
    /// # Errors
    /// `Config` if the URL or the database can't be used, saying what to do; `UpstreamUnavailable` if it
    /// can't be reached now.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let target = Target::parse(url, &options)?;
        let first = target.open().await?;
        let pool = Arc::new(Pool::new(target, &options, first));
        let patience = options.busy_timeout * 2;
        let this = Self {
            upkeep: Arc::new(Upkeep::start(Arc::clone(&pool), patience)),
            pool,
            lease_ttl: options.lease_ttl,
            patience,
            id: Arc::from(""),
        };
        this.write(upkeep::touch()).await?;
        let row = this.optional(FIND_META.query().bind(tables::DATABASE_ID));
        let row = row.await?.ok_or_else(|| unavailable("has lost its id"))?;
        Ok(Self {
            id: row.text("value")?.into(),
            ..this
        })
    }

    /// Writes something, wholly or not at all, and waits until it is on disk.
    async fn write<W: Write + 'static>(&self, write: W) -> Result<W::Output>
    where
        W::Output: 'static,
    {
        let (pool, patience) = (Arc::clone(&self.pool), self.patience);
        let leaves = write.how() == How::Together;
        let written =
            task::own(async move { transaction::run(&pool, patience, &write).await }).await;
        if leaves {
            self.upkeep.link_soon();
        }
        written
    }

    /// Adds what changes have left to the audit chain and the feed of a tenant, or of each.
    async fn link(&self, tenant: Option<&Tenant>) -> Result<()> {
        let (pool, patience) = (Arc::clone(&self.pool), self.patience);
        let tenant = tenant.cloned();
        task::own(async move { trails::link(&pool, patience, tenant.as_ref()).await }).await
    }

    async fn all(&self, query: Query) -> Result<Vec<PgRow>> {
        self.write(Read(query)).await
    }

    async fn optional(&self, query: Query) -> Result<Option<PgRow>> {
        Ok(self.all(query).await?.pop())
    }
}

#[async_trait]
impl Database for Postgres {
    async fn secret(&self) -> Result<SecretSlice<u8>> {
        self.write(upkeep::keep_meta(secret::NAME, &secret::fresh()))
            .await?;
        let kept = self.optional(FIND_META.query().bind(secret::NAME)).await?;
        let kept = kept.ok_or_else(|| unavailable("has lost its secret_key"))?;
        secret::decode(&kept.text("value")?)
    }

    async fn clock(&self) -> Result<Timestamp> {
        self.check().await?;
        let row = self.optional(FIND_META.query().bind(tables::CLOCK)).await?;
        tables::time(row.map(|row| row.text("value")).transpose()?)
    }

    fn place(&self) -> String {
        self.pool.place().to_owned()
    }

    async fn close(&self) {
        self.upkeep.end().await;
        self.pool.close().await;
    }
}
