#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "redis")),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        unused_variables,
        reason = "what the databases share is used by those that are built in"
    )
)]

mod allocations;
mod api_keys;
mod caller_ids;
mod claims;
mod error;
mod inventory;
mod journal;
mod keys;
mod lease;
mod migrations;
mod missing;
mod old_purchases;
mod outbox;
#[cfg(feature = "postgres")]
pub mod postgres;
mod purchases;
mod purses;
mod query;
#[cfg(feature = "redis")]
pub mod redis;
mod releases;
mod rows;
mod secret;
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod tables;
mod task;
mod trails;
mod upkeep;
mod waits;
mod write;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretSlice;
use trunkline_admin::{AdminStore, Stores};
use trunkline_core::{Error, ErrorKind, Result};
use trunkline_engine::Store;
use trunkline_engine::journal::Lease;

#[cfg(feature = "redis")]
pub use self::redis::{RedisOptions, RedisQuotas};
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use store::Sql;
pub use tables::Tables;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use tables::tables;

/// How a database is used; the defaults are for production.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a lease holds unless renewed; default [`Lease::TTL`].
    pub lease_ttl: Duration,
    /// How long to wait while another process writes, and for a connection; default 5 s. A statement of PostgreSQL's
    /// may take twice that time.
    pub busy_timeout: Duration,
    /// SQLite: connections that read; default 4. One more writes.
    pub readers: u32,
    /// PostgreSQL: connections at most, for reading and writing; default 20.
    pub connections: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lease_ttl: Lease::TTL,
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            connections: 20,
        }
    }
}

/// A database that holds everything that trunkline must not forget.
#[async_trait]
pub trait Database: Store + AdminStore {
    /// The 32 random bytes that this database was given when they were first asked for, the same in
    /// every process: seals offers and cursors where no `secret_key` is configured.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if the database can't be written, `Internal` if the secret can't be read.
    async fn secret(&self) -> Result<SecretSlice<u8>>;

    /// The database's clock, read by a write, which shows that the database can be written.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if it can't be written, `Internal` if it tells no time.
    async fn clock(&self) -> Result<Timestamp>;

    /// Whether an index finds the words that the inventory is searched for. Without one every row is read: PostgreSQL
    /// needs the extension `pg_trgm` for it.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if the database can't be read.
    async fn indexes_text(&self) -> Result<bool>;

    /// Where it is, for a person to read: a path, or an address without user and password.
    fn place(&self) -> String;

    /// Writes what is queued, then closes the database for every clone of this handle.
    async fn close(&self);
}

/// The engine's side of a database, and the administration's.
#[must_use]
pub fn stores(database: Arc<dyn Database>) -> Stores {
    Stores {
        engine: Arc::<dyn Database>::clone(&database),
        admin: database,
    }
}

/// Opens the database at a URL: `sqlite://path`, made if it is missing, or `postgres://user@host/database`,
/// which must be there; its tables are made if they are missing.
///
/// # Errors
/// `Config` for a URL or a database that can't be used, saying what to do about it; `UpstreamUnavailable`
/// for one that can't be reached now.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub async fn open(url: &str) -> Result<Arc<dyn Database>> {
    open_with(url, Options::default()).await
}

/// Opens the database at a URL with options of your own.
///
/// # Errors
/// As [`open`].
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub async fn open_with(url: &str, options: Options) -> Result<Arc<dyn Database>> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        #[cfg(feature = "sqlite")]
        Some("sqlite") => Ok(Arc::new(Sqlite::open(url, options).await?)),
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => Ok(Arc::new(Postgres::open(url, options).await?)),
        #[cfg(not(feature = "sqlite"))]
        Some(scheme @ "sqlite") => Err(tables::not_built_in(scheme)),
        #[cfg(not(feature = "postgres"))]
        Some(scheme @ ("postgres" | "postgresql")) => Err(tables::not_built_in(scheme)),
        // The rest of the URL may hold a password, so it is not shown.
        _ => Err(Error::new(
            ErrorKind::Config,
            "database.url: must begin with sqlite:// or postgres://, such as sqlite://trunkline.db",
        )),
    }
}
