//! PostgreSQL: what several replicas share. A write is one transaction on a connection of its own;
//! the unique indexes of the database decide between those that run at the same time.

mod chain;
pub(crate) mod connect;
mod error;
mod pool;
mod transaction;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use trunkline_core::{Result, Tenant};
use trunkline_engine::PoolUse;

use crate::query::Query;
use crate::rows::Row;
use crate::store::{self, Backend, Sql};
use crate::write::{How, Write};
use crate::{Options, task};
use connect::Target;
use pool::Pool;
use transaction::Read;
use upkeep::Upkeep;

/// A journal in a PostgreSQL database.
pub type Postgres = Sql<Server>;

/// A database of a PostgreSQL server.
#[derive(Clone)]
pub struct Server {
    pool: Arc<Pool>,
    patience: Duration,
    upkeep: Arc<Upkeep>,
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
        let server = Server {
            upkeep: Arc::new(Upkeep::start(Arc::clone(&pool), patience)),
            pool,
            patience,
        };
        store::start(server, options.lease_ttl).await
    }
}

impl Backend for Server {
    async fn write<W: Write>(&self, write: W) -> Result<W::Output> {
        let (pool, patience) = (Arc::clone(&self.pool), self.patience);
        let leaves = write.how() == How::Together;
        let written =
            task::own(async move { transaction::run(&pool, patience, &write).await }).await;
        if leaves {
            self.upkeep.link_soon();
        }
        written
    }

    async fn all(&self, query: Query) -> Result<Vec<Row>> {
        self.write(Read(query)).await
    }

    async fn link(&self, tenant: Option<&Tenant>) -> Result<()> {
        let (pool, patience) = (Arc::clone(&self.pool), self.patience);
        let tenant = tenant.cloned();
        task::own(async move { chain::link(&pool, patience, tenant.as_ref()).await }).await
    }

    fn usage(&self) -> PoolUse {
        self.pool.usage()
    }

    fn place(&self) -> String {
        self.pool.place().to_owned()
    }

    async fn close(&self) {
        self.upkeep.end().await;
        self.pool.close().await;
    }
}
