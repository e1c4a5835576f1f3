//! From a configuration to accounts and services.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use trunkline_admin::{Services, Stores};
use trunkline_core::Registry;
use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::TokenVault;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Pace, StoreVault, Timing};
use trunkline_http::{Proxies, WebhookCourier};

use crate::config::problems::{Problem, Problems, join, located};
use crate::config::{Account, Config, Sharing};
use crate::reload::Within;
use crate::secret::{self, Secret};

impl Config {
    /// The accounts with their secrets fetched. No carrier is called. `vault` keeps rotating tokens.
    ///
    /// # Errors
    /// Every missing secret, named with its key, and everything else that an adapter reports.
    pub fn registry(&self, vault: &Arc<dyn TokenVault>) -> Result<Registry, Problems> {
        self.registry_within(Within {
            registry: &Registry::default(),
            vault,
            quotas: None,
        })
    }

    /// The same with accounts that are in use, and a place where replicas share quotas. An account with the same settings and
    /// secrets keeps its adapter, with its connections, limits and tokens. The shared place gets the whole rate limit of
    /// each account; while it is unreachable, a replica uses its part of the limit.
    ///
    /// # Errors
    /// Those of [`Config::registry`].
    pub fn registry_within(&self, within: Within<'_>) -> Result<Registry, Problems> {
        let mut registry = Registry::default();
        let mut issues = self.unsealed();
        let sharing = Sharing {
            replicas: self.rate_limit.replicas,
            quotas: within.quotas,
            server: &self.server,
        };
        for account in &self.accounts {
            let running = within.registry.get(account.name.as_str());
            let entry = account.entry(running.as_deref(), sharing, within.vault);
            let inserted = entry.and_then(|entry| {
                let kept = running.is_some_and(|has| Arc::ptr_eq(&has.provider, &entry.provider));
                let inserted = if kept {
                    registry.insert_guarded(entry)
                } else {
                    registry.insert(entry)
                };
                inserted.map_err(|error| Problem::of_error(account.path(), &error))
            });
            issues.extend(inserted.err().unwrap_or_default());
        }
        located(issues, &self.places)?;
        Ok(registry)
    }

    /// Rotating tokens that could not be stored.
    fn unsealed(&self) -> Vec<Problem> {
        if self.server.secret_key.is_some() {
            return Vec::new();
        }
        let rotating = self.accounts.iter().filter(|account| account.rotates());
        let issue = |account: &Account| {
            let message = "the carrier replaces the token, and the database keeps it sealed: configure server.secret_key";
            Problem::value(join(account.path(), "refresh_token"), message)
        };
        rotating.map(issue).collect()
    }

    /// Missing secrets, and rotating tokens that could not be stored.
    pub(crate) fn missing_secrets(&self) -> Vec<Problem> {
        let own = self.secrets().into_iter();
        let own = own.filter_map(|(path, secret)| secret.missing(path));
        let accounts = self.accounts.iter().flat_map(Account::missing_secrets);
        own.chain(accounts).chain(self.unsealed()).collect()
    }

    /// The secrets of the service itself, with their paths.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &Secret)> {
        let all = [
            ("database.url", Some(&self.database.url)),
            ("server.proxy", self.server.proxy.as_ref()),
            ("rate_limit.shared", self.rate_limit.shared.as_ref()),
            ("server.secret_key", self.server.secret_key.as_ref()),
        ];
        let set = all
            .into_iter()
            .filter_map(|(path, secret)| Some((path, secret?)));
        set.collect()
    }

    /// The services over these stores, with their background work: open purchases are settled, also those that a crash has
    /// left. The work ends with [`Services::shutdown`], or when the last clone of the services is dropped.
    ///
    /// # Errors
    /// `Config`: the errors of [`Config::registry`], with each setting as a field; a call outside a tokio runtime.
    pub fn services(&self, stores: Stores, sealer: Sealer) -> trunkline_core::Result<Services> {
        let services = self.prepare(stores, sealer, None)?;
        services.start()?;
        Ok(services)
    }

    /// The same services without their background work, which [`Services::start`] starts, and with a place where replicas
    /// share quotas: see [`Config::quotas_url`].
    ///
    /// # Errors
    /// Those of [`Config::registry`].
    pub fn prepare(
        &self,
        stores: Stores,
        sealer: Sealer,
        quotas: Option<&dyn SharedQuotas>,
    ) -> Result<Services, Problems> {
        let journal = Arc::clone(&stores.engine);
        let vault: Arc<dyn TokenVault> = Arc::new(StoreVault::new(journal, sealer.clone()));
        let registry = self.registry_within(Within {
            registry: &Registry::default(),
            vault: &vault,
            quotas,
        })?;
        let ca_file = self.server.ca_file.as_deref();
        let allow = self.webhooks.allow.clone();
        let courier = WebhookCourier::through(allow, self.proxies()?, ca_file)
            .map_err(|error| self.problem("server", error.message()))?;
        let services = Services::new(registry, stores, sealer, self.timing());
        let services = match self.server.secret_key {
            Some(_) => services.anchoring(),
            None => services,
        };
        Ok(services
            .with_courier(Arc::new(courier))
            .retaining((&self.retention).into())
            .with_inventory(self.pace()))
    }

    /// How often accounts are read for the inventory.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace {
            every: self.inventory.every,
            ..Pace::default()
        }
    }

    /// The times of purchases.
    #[must_use]
    pub fn timing(&self) -> Timing {
        Timing {
            watch: self.purchases.watch.clone(),
            watch_looks: self.purchases.watch_looks(),
            ..Timing::default()
        }
    }

    /// The files that hold secrets, each with the path of its setting.
    #[must_use]
    pub fn secret_files(&self) -> Vec<(String, PathBuf)> {
        let own = self.secrets().into_iter();
        let own = own.map(|(path, secret)| (path.to_owned(), secret));
        let accounts = self.accounts.iter().flat_map(Account::secrets);
        own.chain(accounts)
            .filter_map(|(path, secret)| Some((path, secret.path()?.to_owned())))
            .collect()
    }

    /// The sealer of offers and cursors, if `server.secret_key` is configured.
    ///
    /// # Errors
    /// A secret that is missing, or shorter than 32 bytes.
    pub fn sealer(&self) -> Result<Option<Sealer>, Problems> {
        let key = self.server.secret_key.as_ref();
        let Some(key) = self.fetch_optional("server.secret_key", key)? else {
            return Ok(None);
        };
        if secret::is_short(&key) {
            let message = "shorter than 32 bytes, which can be guessed: `openssl rand -base64 32` makes a good one";
            return Err(self.problem("server.secret_key", message));
        }
        Ok(Some(secret::sealer(&key)))
    }

    /// The forward proxies of the service.
    ///
    /// # Errors
    /// A missing secret, or an invalid address.
    pub fn proxies(&self) -> Result<Proxies, Problems> {
        let proxy = self.fetch_optional("server.proxy", self.server.proxy.as_ref())?;
        let proxies = Proxies::new(proxy.as_ref());
        proxies.map_err(|error| self.problem("server.proxy", error.message()))
    }

    /// The address of the database. It may hold a password.
    ///
    /// # Errors
    /// A missing secret.
    pub fn database_url(&self) -> Result<SecretString, Problems> {
        self.fetch("database.url", &self.database.url)
    }

    /// The address of the Redis where replicas share quotas, if `rate_limit.shared` is configured. It may hold a password.
    ///
    /// # Errors
    /// A missing secret.
    pub fn quotas_url(&self) -> Result<Option<SecretString>, Problems> {
        self.fetch_optional("rate_limit.shared", self.rate_limit.shared.as_ref())
    }

    fn fetch(&self, path: &str, secret: &Secret) -> Result<SecretString, Problems> {
        let secret = secret.resolve();
        secret.map_err(|error| self.problem(path, error.message()))
    }

    fn fetch_optional(
        &self,
        path: &str,
        secret: Option<&Secret>,
    ) -> Result<Option<SecretString>, Problems> {
        secret.map(|secret| self.fetch(path, secret)).transpose()
    }

    fn problem(&self, path: &str, message: &str) -> Problems {
        Problems::one(Problem::value(path, message).located(&self.places))
    }
}

#[cfg(test)]
#[cfg(feature = "twilio")]
mod tests;
