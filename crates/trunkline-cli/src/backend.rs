//! From a configuration to something that works: database, accounts, services.

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use trunkline::Config;
use trunkline_core::quota::SharedQuotas;
use trunkline_core::seal::Sealer;
use trunkline_core::service::journal::{PurchaseFilter, Record};
use trunkline_core::service::{Access, Services, Store};
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{Capability, Error, ProviderName, PurchaseState, Tenant};
use trunkline_gateway::{AppState, Settings};
use trunkline_store::{Database, RedisQuotas};

use crate::commands::sandbox;
use crate::failure::{Exit, Failure};
use crate::file;

/// An open database, what seals, and where replicas share quotas.
#[derive(Debug)]
pub(crate) struct Backend {
    database: Arc<dyn Database>,
    sealer: Sealer,
    quotas: Option<RedisQuotas>,
}

impl Backend {
    /// Opens the database that was named, or the configured one.
    ///
    /// # Errors
    /// A database that can't be used, secrets that can't be had. A Redis that is away is none.
    pub(crate) async fn open(config: &Config, named: Option<&str>) -> Result<Self, Failure> {
        let url = match named {
            Some(url) => SecretString::from(url),
            None => config
                .database_url()
                .map_err(|problems| file::missing(&problems))?,
        };
        let sealer = config
            .sealer()
            .map_err(|problems| file::missing(&problems))?;
        let unusable = |error: &Error| {
            // A database that can't be used is no mistake in the configuration, a URL that is none is one.
            let is_url = error.message().starts_with("database.url");
            Failure::new(
                if is_url { Exit::Usage } else { Exit::Failed },
                error.to_string(),
            )
        };
        let database = trunkline_store::open(url.expose_secret())
            .await
            .map_err(|error| unusable(&error))?;
        let sealer = match sealer {
            Some(sealer) => sealer,
            None => {
                let secret = database.secret().await.map_err(|error| unusable(&error))?;
                Sealer::new(secret.expose_secret())
            }
        };
        Ok(Self {
            database,
            sealer,
            quotas: quotas(config).await?,
        })
    }

    /// The gateway over the accounts of a configuration.
    ///
    /// # Errors
    /// Secrets that can't be had, and what else is wrong with the accounts.
    pub(crate) fn state(&self, config: &Config) -> Result<AppState, Failure> {
        let store: Arc<dyn Store> = self.database.clone();
        let quotas = self.quotas.as_ref();
        let quotas = quotas.map(|quotas| quotas as &dyn SharedQuotas);
        let services = config
            .services_sharing(store, self.sealer.clone(), quotas)
            .map_err(|problems| file::missing(&problems))?;
        Ok(AppState::new(services, settings(config), providers()))
    }

    /// The API keys of this database.
    pub(crate) fn access(&self) -> Access {
        let store: Arc<dyn Store> = self.database.clone();
        Access::new(Arc::default(), store)
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

fn settings(config: &Config) -> Settings {
    let server = &config.server;
    Settings {
        listen: server.listen,
        public_url: server.public_url.clone(),
        allowed_hosts: server.allowed_hosts.clone(),
        max_body: server.max_body,
        shutdown_timeout: server.shutdown_timeout,
        cors_origins: server.cors_origins.clone(),
        rate_limit: server.rate_limit.into(),
        max_in_flight: server.max_in_flight.get(),
        max_connections: server.max_connections.get(),
        header_timeout: server.header_timeout,
        request_timeout: server.request_timeout,
        ..Settings::default()
    }
}

/// A place for tokens where none are asked for.
pub(crate) fn nowhere() -> Arc<dyn TokenVault> {
    Arc::new(MemoryVault::default())
}

/// The providers that are built in. What one can do shows at an account of it, and the sandbox's need no credentials.
pub(crate) fn providers() -> Vec<(ProviderName, Capability)> {
    let accounts = sandbox::accounts(|_| Some(sandbox::NO_ADDRESS.to_owned()));
    let registry = accounts.and_then(|config| config.registry(&nowhere()));
    let entries = registry.iter().flat_map(trunkline_core::Registry::iter);
    entries
        .map(|entry| {
            (
                entry.provider.provider().clone(),
                entry.provider.capability().clone(),
            )
        })
        .collect()
}

/// Refuses a configuration that has lost sight of a purchase whose outcome is open: an account that was removed, or
/// points at another identity, can't be asked what became of it.
///
/// # Errors
/// Every such purchase; a database that can't be read.
pub(crate) async fn check_unsettled(services: &Services) -> Result<(), Failure> {
    let unreadable = |error: Error| Failure::failed(error.to_string());
    let mut tenants: BTreeSet<Tenant> = services
        .registry
        .iter()
        .map(|entry| entry.tenant.clone())
        .collect();
    tenants.insert(Tenant::default());
    let mut lost = Vec::new();
    for tenant in &tenants {
        for state in PurchaseState::ALL
            .into_iter()
            .filter(|state| !state.is_settled())
        {
            let filter = PurchaseFilter {
                state: Some(state),
                ..PurchaseFilter::default()
            };
            let open = services
                .store
                .purchases(tenant, &filter, usize::from(u16::MAX))
                .await
                .map_err(unreadable)?;
            lost.extend(
                open.iter()
                    .filter_map(|record| out_of_sight(services, record)),
            );
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    let failure =
        Failure::usage("purchases are open at accounts that the configuration no longer has");
    let failure = lost.into_iter().fold(failure, Failure::with_detail);
    Err(failure
        .with_hint("configure the account as it was until they are settled")
        .with_hint(
            "or settle them by hand: `trunkline purchases resolve ID --outcome ... --reason ...`",
        ))
}

fn out_of_sight(services: &Services, record: &Record) -> Option<String> {
    let attempt = record.purchase.attempts.last()?;
    let account = services.registry.get(attempt.account.as_str());
    let why = match account.map(|entry| entry.provider.identity()) {
        Some(identity) if identity == attempt.identity => return None,
        Some(identity) => format!("is {identity} now, and was {}", attempt.identity),
        None => "is gone".to_owned(),
    };
    let purchase = &record.purchase;
    Some(format!(
        "{}: {} at {}, which {why}",
        purchase.id, purchase.number, purchase.account
    ))
}
