//! Putting a new configuration in the place of one that is in use.
//!
//! Accounts can be added, removed and changed, and so can some settings of the service; what it has bound, opened or
//! sealed with stays as it was until a restart, and is named. An account whose settings and secrets are the same keeps
//! its adapter, with its connections, limits and tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::TokenVault;
use trunkline_core::{AccountEntry, AccountName, MadeFrom, Registry};

use crate::config::document::{Table, Value};
use crate::config::{Config, Problem, Problems, Server};
use crate::secret::{Secret, SecretDigest};

/// The settings, accounts apart, that need no restart.
const LIVE: [&str; 6] = [
    "server.allowed_hosts",
    "server.drain_delay",
    "server.max_body",
    "server.public_url",
    "server.shutdown_timeout",
    "server.trusted_proxies",
];

/// What the accounts of a new configuration are made with: what those in use were made with.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// The accounts in use.
    pub registry: &'a Registry,
    /// Where tokens that rotate are kept.
    pub vault: &'a Arc<dyn TokenVault>,
    /// Where replicas share quotas, if they do.
    pub quotas: Option<&'a dyn SharedQuotas>,
}

/// A configuration that is in use.
#[derive(Clone, Debug)]
pub struct Running {
    config: Config,
    /// The file that the service was started with, which its fixed settings are from.
    started: Arc<Fixed>,
}

#[derive(Debug)]
struct Fixed {
    root: Table,
    config: Config,
    secrets: BTreeMap<&'static str, Option<MadeFrom>>,
}

/// What takes the place of a configuration in use, once it is put there.
#[derive(Debug)]
#[non_exhaustive]
pub struct Next {
    /// The configuration as it then is: the fixed settings are those of before.
    pub running: Running,
    /// The accounts.
    pub registry: Registry,
    /// What is different.
    pub changes: Changes,
}

/// What a new configuration changes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Changes {
    /// New accounts.
    pub added: Vec<AccountName>,
    /// Accounts that are gone.
    pub removed: Vec<AccountName>,
    /// Accounts of which something is different: a setting, or a secret.
    pub changed: Vec<AccountName>,
    /// Accounts that stay as they are.
    pub unchanged: Vec<AccountName>,
    /// Paths of other settings that are different, and count from now on.
    pub applied: Vec<String>,
    /// Paths of settings that are different and need a restart.
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

    /// Makes ready what shall take the place of this configuration; nothing is changed yet, and no carrier is asked.
    ///
    /// # Errors
    /// Every secret that can't be had, and everything that an adapter finds wrong.
    pub fn next(&self, mut config: Config, within: Within<'_>) -> Result<Next, Problems> {
        let mut changes = Changes {
            warnings: config.warnings(),
            ..Changes::default()
        };
        self.compare(&config, &mut changes);
        self.fix(&mut config);
        let registry = config.registry_after(within.registry, (within.vault, within.quotas))?;
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

    /// Tells which settings beside the accounts are different.
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

    /// Puts the settings back that need a restart.
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

    /// Whether anything is different that counts from now on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let accounts = [&self.added, &self.removed, &self.changed];
        accounts.into_iter().all(Vec::is_empty) && self.applied.is_empty()
    }
}

/// Whether two entries are one, to the last detail.
fn is_same(a: &AccountEntry, b: &AccountEntry) -> bool {
    Arc::ptr_eq(&a.provider, &b.provider)
        && (&a.tenant, a.priority, a.settle, a.gone_after, a.quarantine)
            == (&b.tenant, b.priority, b.settle, b.gone_after, b.quarantine)
        && a.clock_tolerance == b.clock_tolerance
        && (&a.prices, a.ceilings) == (&b.prices, b.ceilings)
}

/// A digest of a secret; `None` while it can't be had.
fn digest(secret: &Secret) -> Option<MadeFrom> {
    let mut digest = SecretDigest::default();
    digest.secret(&secret.resolve().ok()?);
    Some(digest.finish())
}

/// The settings outside the accounts that are different, by path: a section and a key.
fn different(before: &Table, after: &Table) -> Vec<String> {
    let mut paths = Vec::new();
    let mut sections: Vec<&String> = before.keys().chain(after.keys()).collect();
    sections.sort();
    sections.dedup();
    let none = Table::new();
    let table = |root: &Table, name: &str| match root.get(name) {
        Some(Value::Table(table)) => table.clone(),
        _ => none.clone(),
    };
    for section in sections.into_iter().filter(|name| *name != "accounts") {
        let (before, after) = (table(before, section), table(after, section));
        let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
        keys.sort();
        keys.dedup();
        let changed = keys
            .into_iter()
            .filter(|key| value_digest(before.get(*key)) != value_digest(after.get(*key)));
        paths.extend(changed.map(|key| format!("{section}.{key}")));
    }
    paths
}

fn value_digest(value: Option<&Value>) -> Option<MadeFrom> {
    let value = value?;
    let mut digest = SecretDigest::default();
    digest.table(&Table::from([(String::new(), value.clone())]));
    Some(digest.finish())
}

#[cfg(test)]
#[cfg(feature = "twilio")]
mod tests;
