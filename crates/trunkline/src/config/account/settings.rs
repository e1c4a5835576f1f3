//! What one account of a configuration file has, and its adapter made from that.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use trunkline_core::Ceilings;
use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::TokenVault;
use trunkline_core::{AccountEntry, AccountName, Price, ProviderName, Tenant};

use crate::adapters::{self, Prepared};
use crate::config::document::Table;
use crate::config::problems::{Issue, join};
use crate::config::sections::Server;
use crate::config::urls::has_password;
use crate::secret::Secret;

/// One `[[accounts]]` table: what every account has, and the settings of its adapter.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// Name that the operator gave it.
    pub name: AccountName,
    /// Kind of carrier.
    pub provider: ProviderName,
    /// Who it belongs to. Default: `default`.
    pub tenant: Tenant,
    /// Higher goes first where a strategy asks for it. Default: 0.
    pub priority: i32,
    /// How long an unknown purchase must stay absent to be presumed failed. Default: `30s`.
    pub settle: Duration,
    /// How long after its purchase a number that its carrier does not know can be gone at the earliest. Default: `15m`.
    pub gone_after: Duration,
    /// How far the carrier's `Date` header and its records may disagree. Default: 5 minutes, and 15 where the carrier sends
    /// no `Date`.
    pub clock_tolerance: Option<Duration>,
    /// How long a release can be undone before it is sent: at most 365 days. Default: not at all.
    pub quarantine: Duration,
    /// Prices where the carrier gives none.
    pub prices: Vec<Price>,
    /// What its purchases may cost together. Default: no ceiling.
    pub ceilings: Ceilings,
    /// Who it is at the carrier, as its adapter says.
    pub(super) identity: String,
    pub(super) settings: Settings,
}

/// How an account's limits are shared among replicas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sharing<'a> {
    /// How many replicas there are.
    pub(crate) replicas: NonZeroU32,
    /// Where they share quotas, if they do.
    pub(crate) quotas: Option<&'a dyn SharedQuotas>,
    /// The way out, for accounts that have none of their own.
    pub(crate) server: &'a Server,
}

/// What the adapter reads, secrets apart. `Debug` shows no value.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) path: String,
    pub(super) plain: Table,
    pub(super) secrets: BTreeMap<String, Secret>,
}

impl Account {
    /// The adapter with its settings and its share of the account's limits; that of `running` if it was made from the
    /// same settings and secrets.
    ///
    /// # Errors
    /// Secrets that can't be had, and what the adapter finds wrong.
    pub(crate) fn entry(
        &self,
        running: Option<&AccountEntry>,
        sharing: Sharing<'_>,
        vault: &Arc<dyn TokenVault>,
    ) -> Result<AccountEntry, Vec<Issue>> {
        let path = &self.settings.path;
        let adapter = adapters::find(self.provider.as_str()).ok_or_else(|| {
            vec![adapters::unknown(
                &join(path, "provider"),
                self.provider.as_str(),
            )]
        })?;
        let mut prepared = Prepared::new(&self.name, path, self.settings.plain.clone());
        prepared.replicas = sharing.replicas;
        prepared.shared = sharing
            .quotas
            .map(|quotas| (quotas, self.identity.as_str()));
        prepared.vault = Arc::clone(vault);
        let mut issues = Vec::new();
        for (key, secret) in &self.settings.secrets {
            match secret.resolve() {
                Ok(secret) => prepared.insert_secret(key, secret),
                Err(error) => issues.push(Issue::value(join(path, key), error.message())),
            }
        }
        if let (Some(proxy), false) = (
            &sharing.server.proxy,
            self.settings.secrets.contains_key("proxy"),
        ) {
            match proxy.resolve() {
                Ok(proxy) => prepared.insert_secret("proxy", proxy),
                Err(error) => issues.push(Issue::value("server.proxy", error.message())),
            }
        }
        if let (Some(file), false) = (
            &sharing.server.ca_file,
            self.settings.plain.contains_key("ca_file"),
        ) {
            prepared.insert_text("ca_file", &file.to_string_lossy());
        }
        if !issues.is_empty() {
            return Err(issues);
        }
        let made_from = prepared.digest();
        let same = running.filter(|running| {
            running.made_from == Some(made_from) && *running.provider.provider() == self.provider
        });
        let mut entry = AccountEntry::new(match same {
            Some(running) => Arc::clone(&running.provider),
            None => (adapter.build)(&prepared)?,
        });
        entry.made_from = Some(made_from);
        entry.tenant = self.tenant.clone();
        entry.priority = self.priority;
        entry.settle = self.settle;
        entry.gone_after = self.gone_after;
        entry.clock_tolerance = self.clock_tolerance;
        entry.quarantine = self.quarantine;
        entry.prices.clone_from(&self.prices);
        entry.ceilings = self.ceilings;
        Ok(entry)
    }

    /// The secrets that can't be had.
    pub(crate) fn missing_secrets(&self) -> Vec<Issue> {
        let missing = self.secrets().filter_map(|(path, secret)| {
            let error = secret.resolve().err()?;
            Some(Issue::value(path, error.message()))
        });
        missing.collect()
    }

    /// The settings that are secrets, by path.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (String, &Secret)> {
        let secrets = self.settings.secrets.iter();
        secrets.map(|(key, secret)| (join(&self.settings.path, key), secret))
    }

    /// Whether the carrier replaces the account's tokens, so that they must be kept sealed.
    pub(crate) fn rotates(&self) -> bool {
        self.settings.secrets.contains_key("refresh_token")
    }

    /// Where the account is in the file: `accounts[0]`.
    pub(crate) fn path(&self) -> &str {
        &self.settings.path
    }

    /// The settings that are secrets and stand in the file.
    pub(crate) fn literal_secrets(&self) -> impl Iterator<Item = String> {
        let literal = self
            .settings
            .secrets
            .iter()
            // The address of a proxy is no secret unless there is a password in it.
            .filter(|(key, secret)| {
                secret.is_literal() && (*key != "proxy" || secret.literal_is(has_password))
            });
        literal.map(|(key, _)| join(&self.settings.path, key))
    }
}
