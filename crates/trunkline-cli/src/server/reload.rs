//! Reading the configuration of a running gateway again.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use trunkline::config::Account;
use trunkline::reload::{Changes, Next, Within};
use trunkline::{Config, Problems, Running};
use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::TokenVault;
use trunkline_core::{Error, ErrorKind, Registry, Result, mask_numbers};
use trunkline_engine::Store;
use trunkline_gateway::{AppState, Reload, Reloaded, ReloadedAccounts, Settings};
use trunkline_store::RedisQuotas;

use crate::server::unsettled::lost;

/// Reads the file of a gateway again, and replaces the configuration in use.
#[derive(Debug)]
pub(crate) struct Reloader {
    pub(crate) path: PathBuf,
    /// Accounts that are in no file.
    pub(crate) added: Vec<Account>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<dyn TokenVault>,
    pub(crate) quotas: Option<Arc<RedisQuotas>>,
    /// The configuration in use. Its lock is held during a reload.
    pub(crate) running: Mutex<Running>,
}

impl Reload for Reloader {
    fn reload<'a>(&'a self, state: &'a AppState) -> BoxFuture<'a, Result<Reloaded>> {
        async move {
            let reloaded = self.swap(state).await;
            match &reloaded {
                Ok(reloaded) => log(reloaded),
                Err(error) => log_error(error),
            }
            reloaded
        }
        .boxed()
    }
}

impl Reloader {
    async fn swap(&self, state: &AppState) -> Result<Reloaded> {
        let mut running = self.running.lock().await;
        let registry = Arc::clone(&state.services().engine.registry);
        let next = self.prepare(running.clone(), Arc::clone(&registry)).await?;
        let keyless = self.check_keyless(state, &next).await?;
        let parts = parts_with(&registry, &next.registry);
        if parts {
            self.check(&next.registry).await?;
        }
        let before = Registry::clone(&registry);
        registry.replace(&next.registry);
        // A purchase may have begun at an account while it was going.
        if parts && let Err(error) = self.check(&registry).await {
            registry.replace(&before);
            return Err(error);
        }
        if let Err(error) = state.services().engine.inventory.follow_accounts().await {
            tracing::warn!(%error, "what is noted of numbers can't follow renamed accounts yet: {error}");
        }
        let mut settings = settings(next.running.config());
        settings.listen = state.settings().listen;
        settings.keyless = keyless;
        state.replace_settings(settings);
        *running = next.running;
        Ok(reloaded(next.changes))
    }

    /// Whether callers on this machine still need no key. They need one with the first account that is not the sandbox's.
    async fn check_keyless(&self, state: &AppState, next: &Next) -> Result<bool> {
        if !state.settings().keyless {
            return Ok(false);
        }
        let only_ours = next.running.config().accounts.len() == self.added.len();
        if only_ours || state.services().access.is_keyed().await? {
            return Ok(only_ours);
        }
        let message = "callers need no API key while all accounts are the sandbox's: create a key first (trunkline keys create \
                       --name NAME --scope all), then add accounts";
        Err(Error::new(ErrorKind::Config, message).with_field("accounts", message))
    }

    /// Reads, checks and builds on a thread that answers no requests.
    async fn prepare(&self, running: Running, registry: Arc<Registry>) -> Result<Next> {
        let (path, added) = (self.path.clone(), self.added.clone());
        let (vault, quotas) = (Arc::clone(&self.vault), self.quotas.clone());
        let prepared = tokio::task::spawn_blocking(move || {
            let name = path.display();
            let text = std::fs::read_to_string(&path).map_err(|error| {
                let message = format!("can't read the configuration {name}: {error}");
                Error::new(ErrorKind::Config, message.clone()).with_field("", message)
            })?;
            let mut config = Config::parse_with_secrets(&text).map_err(wrong)?;
            config.accounts.extend(added);
            let quotas = quotas.as_deref().map(|quotas| quotas as &dyn SharedQuotas);
            let within = Within {
                registry: &registry,
                vault: &vault,
                quotas,
            };
            running.next(config, within).map_err(wrong)
        });
        prepared.await.unwrap_or_else(|error| {
            let message = "reading the configuration has failed";
            Err(Error::new(ErrorKind::Internal, message).with_source(error))
        })
    }

    async fn check(&self, accounts: &Registry) -> Result<()> {
        let lost = lost(&*self.store, accounts).await?;
        if lost.is_empty() {
            return Ok(());
        }
        let message = "purchases are open at accounts that are no longer configured: configure the accounts as before until the \
                       purchases are settled, or resolve them";
        let error = Error::new(ErrorKind::Conflict, message);
        let named = lost
            .into_iter()
            .fold(error, |error, line| error.with_field("accounts", line));
        Err(named)
    }
}

/// The gateway's settings in a configuration.
pub(super) fn settings(config: &Config) -> Settings {
    let server = config.server.clone();
    Settings {
        listen: server.listen,
        public_url: server.public_url,
        allowed_hosts: server.allowed_hosts,
        max_body: server.max_body,
        trusted_proxies: server.trusted_proxies,
        drain_delay: server.drain_delay,
        shutdown_timeout: server.shutdown_timeout,
        cors_origins: server.cors_origins,
        rate_limit: server.rate_limit.into(),
        max_in_flight: server.max_in_flight.get(),
        max_connections: server.max_connections.get(),
        header_timeout: server.header_timeout,
        request_timeout: server.request_timeout,
        ..Settings::default()
    }
}

/// Whether an account is removed, or is now another account at its carrier.
fn parts_with(before: &Registry, after: &Registry) -> bool {
    before.iter().any(|old| {
        let same = after.get(old.provider.account().as_str());
        same.is_none_or(|new| new.provider.identity() != old.provider.identity())
    })
}

/// Every problem as a field, with its line.
fn wrong(problems: Problems) -> Error {
    let error = Error::new(
        ErrorKind::Config,
        "the new configuration is wrong; the old one stays in use",
    );
    problems.into_iter().fold(error, |error, problem| {
        error.with_field(problem.path.clone(), problem.to_string())
    })
}

fn reloaded(changes: Changes) -> Reloaded {
    let names =
        |names: Vec<trunkline_core::AccountName>| names.iter().map(ToString::to_string).collect();
    Reloaded {
        accounts: ReloadedAccounts {
            added: names(changes.added),
            removed: names(changes.removed),
            changed: names(changes.changed),
            unchanged: names(changes.unchanged),
        },
        applied: changes.applied,
        ignored: changes.ignored,
        warnings: changes.warnings.iter().map(ToString::to_string).collect(),
    }
}

fn log(reloaded: &Reloaded) {
    let ReloadedAccounts {
        added,
        removed,
        changed,
        ..
    } = &reloaded.accounts;
    tracing::info!(
        added = added.join(" "),
        removed = removed.join(" "),
        changed = changed.join(" "),
        applied = reloaded.applied.join(" "),
        "the configuration was read again"
    );
    for path in &reloaded.ignored {
        tracing::warn!("{path} has changed: a restart is needed");
    }
    for warning in &reloaded.warnings {
        tracing::warn!("{warning}");
    }
}

fn log_error(error: &Error) {
    tracing::error!("the configuration was not read again: {}", error.message());
    for field in error.fields() {
        tracing::error!("{}", mask_numbers(&field.message));
    }
}
