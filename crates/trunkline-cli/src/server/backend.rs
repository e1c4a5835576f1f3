//! From a configuration to a gateway: database, accounts, services.

use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;
use trunkline::config::Account;
use trunkline::{Config, Running};
use trunkline_core::Error;
use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Store, StoreVault};
use trunkline_gateway::AppState;
use trunkline_store::{Database, RedisQuotas};

use crate::failure::{Exit, Failure};
use crate::file;
use crate::server::patience::Patience;
use crate::server::reload::{Reloader, settings};

/// An open database, the sealer, and the Redis in which replicas share quotas.
#[derive(Debug)]
pub(crate) struct Backend {
    database: Arc<dyn Database>,
    sealer: Sealer,
    quotas: Option<Arc<RedisQuotas>>,
}

impl Backend {
    /// Opens the named database, or the configured one. Waits with `patience` for a database that can't be reached.
    ///
    /// # Errors
    /// A database that can't be used, or missing secrets. An unreachable Redis is no error.
    pub(crate) async fn open(
        config: &Config,
        named: Option<&str>,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let url = file::database_url(config, named)?;
        let sealer = config
            .sealer()
            .map_err(|problems| file::missing(&problems))?;
        let unusable = |error: &Error| {
            // An invalid URL is a mistake in the configuration, an unusable database is not.
            let is_url = error.message().starts_with("database.url");
            Failure::new(
                if is_url { Exit::Usage } else { Exit::Failed },
                error.to_string(),
            )
        };
        let opened = patience.with(async || {
            let database = trunkline_store::open(url.expose_secret()).await?;
            let sealer = match &sealer {
                Some(sealer) => sealer.clone(),
                None => Sealer::new(database.secret().await?.expose_secret()),
            };
            Ok((database, sealer))
        });
        let (database, sealer) = opened.await.map_err(|error| unusable(&error))?;
        Ok(Self {
            database,
            sealer,
            quotas: quotas(config).await?.map(Arc::new),
        })
    }

    /// The gateway over the accounts of a configuration.
    ///
    /// # Errors
    /// Missing secrets, and everything else that is wrong with the accounts.
    pub(crate) fn state(&self, config: &Config) -> Result<AppState, Failure> {
        let stores = trunkline_store::stores(self.database.clone());
        let quotas = self.quotas.as_deref();
        let quotas = quotas.map(|quotas| quotas as &dyn SharedQuotas);
        let services = config
            .prepare(stores, self.sealer.clone(), quotas)
            .map_err(|problems| file::missing(&problems))?;
        let state = AppState::new(services, settings(config), trunkline::descriptors());
        if let Some(quotas) = &self.quotas {
            state.share_quotas(quotas.clone());
        }
        Ok(state)
    }

    /// Reads the configuration of a gateway again; `added` are accounts that are in no file.
    pub(crate) fn reloader(&self, config: Config, path: &Path, added: Vec<Account>) -> Reloader {
        let store: Arc<dyn Store> = self.database.clone();
        Reloader {
            path: path.to_owned(),
            added,
            vault: Arc::new(StoreVault::new(Arc::clone(&store), self.sealer.clone())),
            store,
            quotas: self.quotas.clone(),
            running: tokio::sync::Mutex::new(Running::new(config)),
        }
    }

    /// Where the database is, without a password.
    pub(crate) fn place(&self) -> String {
        self.database.place()
    }

    /// Writes what is queued and closes the database.
    pub(crate) async fn close(self) {
        self.database.close().await;
    }
}

async fn quotas(config: &Config) -> Result<Option<RedisQuotas>, Failure> {
    let url = config
        .quotas_url()
        .map_err(|problems| file::missing(&problems))?;
    let Some(url) = url else { return Ok(None) };
    let quotas = RedisQuotas::open(url.expose_secret()).await;
    quotas
        .map(Some)
        .map_err(|error| Failure::usage(error.message()))
}

/// A vault for accounts that are not called.
pub(crate) fn nowhere() -> Arc<dyn TokenVault> {
    Arc::new(MemoryVault::default())
}
