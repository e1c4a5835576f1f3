//! From a configuration to accounts and services.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use trunkline_admin::{Services, Stores};
use trunkline_core::Registry;
use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::TokenVault;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{StoreVault, Timing};
use trunkline_http::{Proxies, WebhookCourier};

use crate::config::problems::{Issue, Problems, join, located};
use crate::config::{Account, Config, Sharing};
use crate::secret::{self, Secret};

impl Config {
    /// The accounts, each with its secrets fetched, its part of the limits, and this place for tokens that rotate.
    /// Nothing is asked of a carrier.
    ///
    /// # Errors
    /// Every secret that can't be had, named with its key, and everything else an adapter finds wrong.
    pub fn registry(&self, vault: &Arc<dyn TokenVault>) -> Result<Registry, Problems> {
        self.registry_sharing(vault, None)
    }

    /// The same with the place where replicas share quotas, which the whole of each account's rate limit goes to. Its
    /// part is then what each falls back on.
    ///
    /// # Errors
    /// Those of [`Config::registry`].
    pub fn registry_sharing(
        &self,
        vault: &Arc<dyn TokenVault>,
        quotas: Option<&dyn SharedQuotas>,
    ) -> Result<Registry, Problems> {
        self.registry_after(&Registry::default(), (vault, quotas))
    }

    /// The same where accounts are in use already: those whose settings and secrets make the same adapter keep the one
    /// they have, with its connections, limits and tokens.
    pub(crate) fn registry_after(
        &self,
        running: &Registry,
        (vault, quotas): (&Arc<dyn TokenVault>, Option<&dyn SharedQuotas>),
    ) -> Result<Registry, Problems> {
        let mut registry = Registry::default();
        let mut issues = self.unsealed();
        let sharing = Sharing {
            replicas: self.rate_limit.replicas,
            quotas,
            server: &self.server,
        };
        for account in &self.accounts {
            let running = running.get(account.name.as_str());
            let entry = account.entry(running.as_deref(), sharing, vault);
            let inserted = entry.and_then(|entry| {
                let kept = running.is_some_and(|has| Arc::ptr_eq(&has.provider, &entry.provider));
                let inserted = if kept {
                    registry.insert_guarded(entry)
                } else {
                    registry.insert(entry)
                };
                inserted.map_err(|error| Issue::of_error(account.path(), &error))
            });
            issues.extend(inserted.err().unwrap_or_default());
        }
        located(issues, &self.places)?;
        Ok(registry)
    }

    /// Tokens that rotate and could not be kept.
    fn unsealed(&self) -> Vec<Issue> {
        if self.server.secret_key.is_some() {
            return Vec::new();
        }
        let rotating = self.accounts.iter().filter(|account| account.rotates());
        let issue = |account: &Account| {
            let message = "the carrier replaces it, and what replaces it is kept sealed: configure server.secret_key";
            Issue::value(join(account.path(), "refresh_token"), message)
        };
        rotating.map(issue).collect()
    }

    /// The secrets that can't be had, and those that could not be kept.
    pub(crate) fn missing_secrets(&self) -> Vec<Issue> {
        let own = self.secrets().into_iter();
        let own = own.filter_map(|(path, secret)| {
            let error = secret.resolve().err()?;
            Some(Issue::value(path, error.message()))
        });
        let accounts = self.accounts.iter().flat_map(Account::missing_secrets);
        own.chain(accounts).chain(self.unsealed()).collect()
    }

    /// The secrets of the service itself, with their paths.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &Secret)> {
        let url = Some(("database.url", &self.database.url));
        let shared = self.rate_limit.shared.as_ref();
        let key = self.server.secret_key.as_ref();
        let proxy = self.server.proxy.as_ref();
        let optional = [
            url,
            proxy.map(|proxy| ("server.proxy", proxy)),
            shared.map(|shared| ("rate_limit.shared", shared)),
            key.map(|key| ("server.secret_key", key)),
        ];
        optional.into_iter().flatten().collect()
    }

    /// Everything that can be done with the accounts, over this store, and at work: what is open in the store is settled
    /// in the background, also what a crash has left there. That ends with [`Services::shutdown`], or when the last
    /// clone of the services is dropped.
    ///
    /// # Errors
    /// `Config`: what [`Config::registry`] says, with each setting as a field; or that it is called outside a tokio
    /// runtime.
    pub fn services(&self, stores: Stores, sealer: Sealer) -> trunkline_core::Result<Services> {
        self.services_sharing(stores, sealer, None)
    }

    /// The same with the place where replicas share quotas: see [`Config::quotas_url`].
    ///
    /// # Errors
    /// Those of [`Config::services`].
    pub fn services_sharing(
        &self,
        stores: Stores,
        sealer: Sealer,
        quotas: Option<&dyn SharedQuotas>,
    ) -> trunkline_core::Result<Services> {
        let services = self.prepare(stores, sealer, quotas)?;
        services.start()?;
        Ok(services)
    }

    /// The same services, before their background work: [`Services::start`] starts that, as the gateway does when it
    /// begins to serve them.
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
        let registry = self.registry_sharing(&vault, quotas)?;
        let ca_file = self.server.ca_file.as_deref();
        let courier =
            WebhookCourier::through(self.webhooks.allow.clone(), self.proxies()?, ca_file)
                .map_err(|error| {
                    Problems::one(Issue::value("server", error.message()).located(&self.places))
                })?;
        let services = Services::new(registry, stores, sealer, self.timing());
        let services = match self.server.secret_key {
            Some(_) => services.anchoring(),
            None => services,
        };
        Ok(services
            .with_courier(Arc::new(courier))
            .keeping_events(self.events.keep))
    }

    /// How long things take when buying.
    #[must_use]
    pub fn timing(&self) -> Timing {
        Timing {
            watch: self.purchases.watch.clone(),
            watch_looks: self.purchases.watch_looks(),
            ..Timing::default()
        }
    }

    /// The files that secrets are in, each with the path of its setting.
    #[must_use]
    pub fn secret_files(&self) -> Vec<(String, PathBuf)> {
        let own = self.secrets().into_iter();
        let own = own.map(|(path, secret)| (path.to_owned(), secret));
        let accounts = self.accounts.iter().flat_map(Account::secrets);
        own.chain(accounts)
            .filter_map(|(path, secret)| Some((path, secret.path()?.to_owned())))
            .collect()
    }

    /// What seals offers and cursors, if `server.secret_key` is configured.
    ///
    /// # Errors
    /// A secret that can't be had, or is shorter than 32 bytes.
    pub fn sealer(&self) -> Result<Option<Sealer>, Problems> {
        let key = self.server.secret_key.as_ref();
        let key = key
            .map(|key| self.fetch("server.secret_key", key))
            .transpose()?;
        let Some(key) = key else { return Ok(None) };
        if secret::is_short(&key) {
            let message = "shorter than 32 bytes, so that it could be guessed from what it seals: make one with \
                           `openssl rand -base64 32`";
            return Err(Problems::one(
                Issue::value("server.secret_key", message).located(&self.places),
            ));
        }
        Ok(Some(secret::sealer(&key)))
    }

    /// The forward proxies of the service itself.
    ///
    /// # Errors
    /// A secret that can't be had, or an address that is none.
    pub fn proxies(&self) -> Result<Proxies, Problems> {
        let proxy = self.server.proxy.as_ref();
        let proxy = proxy
            .map(|proxy| self.fetch("server.proxy", proxy))
            .transpose()?;
        Proxies::new(proxy.as_ref()).map_err(|error| {
            Problems::one(Issue::value("server.proxy", error.message()).located(&self.places))
        })
    }

    /// Where the database is. It may hold a password.
    ///
    /// # Errors
    /// A secret that can't be had.
    pub fn database_url(&self) -> Result<SecretString, Problems> {
        self.fetch("database.url", &self.database.url)
    }

    /// Where replicas share quotas, if `rate_limit.shared` is configured. It may hold a password.
    ///
    /// # Errors
    /// A secret that can't be had.
    pub fn quotas_url(&self) -> Result<Option<SecretString>, Problems> {
        let shared = self.rate_limit.shared.as_ref();
        shared
            .map(|url| self.fetch("rate_limit.shared", url))
            .transpose()
    }

    fn fetch(&self, path: &str, secret: &Secret) -> Result<SecretString, Problems> {
        secret.resolve().map_err(|error| {
            Problems::one(Issue::value(path, error.message()).located(&self.places))
        })
    }
}

#[cfg(test)]
#[cfg(feature = "twilio")]
mod tests;
