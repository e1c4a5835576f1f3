//! Replaces a configuration that is in use.
//!
//! Accounts and some settings of the service can change. Other settings stay as they are until a restart, and are listed. An
//! account whose settings and secrets are unchanged keeps its adapter, with its connections, limits and tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::TokenVault;
use trunkline_core::{AccountEntry, AccountName, MadeFrom, Registry};

use crate::config::document::{Table, Value};
use crate::config::{Config, Problem, Problems, Server};
use crate::secret::{Secret, SecretDigest};

/// The settings besides the accounts that need no restart.
const LIVE: [&str; 8] = [
    "inventory.ignore",
    "inventory.watch",
    "server.allowed_hosts",
    "server.drain_delay",
    "server.max_body",
    "server.public_url",
    "server.shutdown_timeout",
    "server.trusted_proxies",
];

/// What the accounts in use were made with, and those of a new configuration are.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// The accounts in use.
    pub registry: &'a Registry,
    /// Where rotating tokens are kept.
    pub vault: &'a Arc<dyn TokenVault>,
    /// Where replicas share quotas.
    pub quotas: Option<&'a dyn SharedQuotas>,
}

/// A configuration that is in use.
#[derive(Clone, Debug)]
pub struct Running {
    config: Config,
    /// The configuration at the start, which has the settings that need a restart.
    started: Arc<Fixed>,
}

#[derive(Debug)]
struct Fixed {
    root: Table,
    config: Config,
    secrets: BTreeMap<&'static str, Option<MadeFrom>>,
}

/// A configuration that is ready to replace the one in use.
#[derive(Debug)]
#[non_exhaustive]
pub struct Next {
    /// The new configuration, with the old values of settings that need a restart.
    pub running: Running,
    /// The accounts.
    pub registry: Registry,
    /// The changes.
    pub changes: Changes,
}

/// The changes of a new configuration.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Changes {
    /// New accounts.
    pub added: Vec<AccountName>,
    /// Removed accounts.
    pub removed: Vec<AccountName>,
    /// Accounts with a changed setting or secret.
    pub changed: Vec<AccountName>,
    /// Unchanged accounts.
    pub unchanged: Vec<AccountName>,
    /// Paths of other changed settings that apply at once.
    pub applied: Vec<String>,
    /// Paths of changed settings that need a restart.
    pub ignored: Vec<String>,
    /// What is accepted but not advisable.
    pub warnings: Vec<Problem>,
}

impl Running {
    /// The configuration that a service was started with.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let secrets = config.secrets().into_iter();
        let secrets = secrets.map(|(path, secret)| (path, digest(secret)));
        let started = Arc::new(Fixed {
            root: config.root.clone(),
            secrets: secrets.collect(),
            config: config.clone(),
        });
        Self { config, started }
    }

    /// The configuration as it is in use.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Prepares the replacement of this configuration. Nothing is changed yet, and no carrier is called.
    ///
    /// # Errors
    /// Every missing secret, and everything that an adapter reports.
    pub fn next(&self, mut config: Config, within: Within<'_>) -> Result<Next, Problems> {
        let mut changes = Changes {
            warnings: config.warnings(),
            ..Changes::default()
        };
        self.compare(&config, &mut changes);
        self.fix(&mut config);
        let registry = config.registry_within(within)?;
        changes.compare(within.registry, &registry);
        Ok(Next {
            running: Self {
                config,
                started: Arc::clone(&self.started),
            },
            registry,
            changes,
        })
    }

    /// Finds the changed settings besides the accounts.
    fn compare(&self, config: &Config, changes: &mut Changes) {
        let is_live = |path: &String| LIVE.contains(&path.as_str());
        changes.applied = different(&self.config.root, &config.root);
        changes.applied.retain(is_live);
        changes.ignored = different(&self.started.root, &config.root);
        changes.ignored.retain(|path| !is_live(path));
        for (path, secret) in config.secrets() {
            let before = self.started.secrets.get(path);
            let named = changes.ignored.iter().any(|known| known == path);
            if !named && before.is_some_and(|before| *before != digest(secret)) {
                changes.ignored.push(path.to_owned());
            }
        }
        changes.ignored.sort();
    }

    /// Restores the settings that need a restart.
    fn fix(&self, config: &mut Config) {
        let started = self.started.config.clone();
        config.server = Server {
            allowed_hosts: std::mem::take(&mut config.server.allowed_hosts),
            trusted_proxies: std::mem::take(&mut config.server.trusted_proxies),
            drain_delay: config.server.drain_delay,
            max_body: config.server.max_body,
            public_url: config.server.public_url.take(),
            shutdown_timeout: config.server.shutdown_timeout,
            ..started.server
        };
        config.database = started.database;
        config.rate_limit = started.rate_limit;
        config.log = started.log;
        config.purchases = started.purchases;
        config.inventory.every = started.inventory.every;
    }
}

impl Changes {
    fn compare(&mut self, before: &Registry, after: &Registry) {
        for entry in after.iter() {
            let name = entry.provider.account().clone();
            match before.get(name.as_str()) {
                None => self.added.push(name),
                Some(old) if is_same(&old, &entry) => self.unchanged.push(name),
                Some(_) => self.changed.push(name),
            }
        }
        let gone = before
            .iter()
            .map(|entry| entry.provider.account().clone())
            .filter(|name| after.get(name.as_str()).is_none());
        self.removed.extend(gone);
    }

    /// Whether nothing changes before a restart.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let accounts = [&self.added, &self.removed, &self.changed];
        accounts.into_iter().all(Vec::is_empty) && self.applied.is_empty()
    }
}

/// Whether two entries are the same in every detail.
fn is_same(a: &AccountEntry, b: &AccountEntry) -> bool {
    Arc::ptr_eq(&a.provider, &b.provider) && a.terms == b.terms
}

/// A digest of a secret; `None` if it is missing.
fn digest(secret: &Secret) -> Option<MadeFrom> {
    let mut digest = SecretDigest::default();
    digest.secret(&secret.resolve().ok()?);
    Some(digest.finish())
}

/// The paths of changed settings besides the accounts: section and key.
fn different(before: &Table, after: &Table) -> Vec<String> {
    let settings = |root: &Table| -> BTreeMap<String, MadeFrom> {
        let sections = root.iter().filter(|(name, _)| *name != "accounts");
        let tables = sections.filter_map(|(name, section)| match section {
            Value::Table(table) => Some((name, table)),
            _ => None,
        });
        let settings = tables.flat_map(|(name, table)| {
            let path = move |key: &String| format!("{name}.{key}");
            table
                .iter()
                .map(move |(key, value)| (path(key), value_digest(value)))
        });
        settings.collect()
    };
    let (before, after) = (settings(before), settings(after));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path));
    changed.cloned().collect()
}

fn value_digest(value: &Value) -> MadeFrom {
    let mut digest = SecretDigest::default();
    digest.table(&Table::from([(String::new(), value.clone())]));
    digest.finish()
}

#[cfg(test)]
#[cfg(feature = "twilio")]
mod tests;
