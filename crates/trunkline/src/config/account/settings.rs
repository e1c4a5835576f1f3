//! The settings of an account, and the adapter that is made from them.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use trunkline_core::quota::SharedQuotas;
use trunkline_core::vault::TokenVault;
use trunkline_core::{AccountEntry, AccountName, ProviderName, Terms};

use crate::adapters::{self, Prepared};
use crate::config::document::Table;
use crate::config::problems::{Problem, join};
use crate::config::sections::Server;
use crate::config::urls::has_password;
use crate::secret::Secret;

/// One `[[accounts]]` table: the settings of every account, and those of its adapter.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// Name, chosen by the operator.
    pub name: AccountName,
    /// Carrier.
    pub provider: ProviderName,
    /// Tenant, times, prices and spending limits.
    pub terms: Terms,
    /// Identity of the account at the carrier, from its adapter.
    pub(super) identity: String,
    pub(super) settings: Settings,
}

/// How replicas share an account's limits, and the server's settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sharing<'a> {
    /// Number of replicas.
    pub(crate) replicas: NonZeroU32,
    /// Where they share quotas.
    pub(crate) quotas: Option<&'a dyn SharedQuotas>,
    /// Proxy and certificates for accounts without their own.
    pub(crate) server: &'a Server,
}

/// The settings of the adapter, with the secrets apart. `Debug` shows no value.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) path: String,
    pub(super) plain: Table,
    pub(super) secrets: BTreeMap<String, Secret>,
}

impl Account {
    /// The adapter with its settings and this replica's part of the limits. Returns the adapter of `running` if that was
    /// made from the same settings and secrets.
    ///
    /// # Errors
    /// Missing secrets, and what the adapter reports.
    pub(crate) fn entry(
        &self,
        running: Option<&AccountEntry>,
        sharing: Sharing<'_>,
        vault: &Arc<dyn TokenVault>,
    ) -> Result<AccountEntry, Vec<Problem>> {
        let path = &self.settings.path;
        let provider = self.provider.as_str();
        let adapter = adapters::find(provider)
            .ok_or_else(|| vec![adapters::unknown(&join(path, "provider"), provider)])?;
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
                Err(error) => issues.push(Problem::value(join(path, key), error.message())),
            }
        }
        let server = sharing.server;
        if let Some(proxy) = &server.proxy
            && !self.settings.secrets.contains_key("proxy")
        {
            match proxy.resolve() {
                Ok(proxy) => prepared.insert_secret("proxy", proxy),
                Err(error) => issues.push(Problem::value("server.proxy", error.message())),
            }
        }
        if let Some(file) = &server.ca_file
            && !self.settings.plain.contains_key("ca_file")
        {
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
        entry.terms = self.terms.clone();
        Ok(entry)
    }

    /// The missing secrets.
    pub(crate) fn missing_secrets(&self) -> Vec<Problem> {
        let secrets = self.secrets();
        secrets
            .filter_map(|(path, secret)| secret.missing(path))
            .collect()
    }

    /// The settings that are secrets, by path.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (String, &Secret)> {
        let secrets = self.settings.secrets.iter();
        secrets.map(|(key, secret)| (join(&self.settings.path, key), secret))
    }

    /// Whether the carrier rotates the account's tokens, which must be stored sealed.
    pub(crate) fn rotates(&self) -> bool {
        self.settings.secrets.contains_key("refresh_token")
    }

    /// Path of the account in the file: `accounts[0]`.
    pub(crate) fn path(&self) -> &str {
        &self.settings.path
    }

    /// Paths of the secrets that are written in the file itself.
    pub(crate) fn literal_secrets(&self) -> impl Iterator<Item = String> {
        let literal = self
            .settings
            .secrets
            .iter()
            // The address of a proxy is secret only if it has a password.
            .filter(|(key, secret)| {
                secret.is_literal() && (*key != "proxy" || secret.literal_is(has_password))
            });
        literal.map(|(key, _)| join(&self.settings.path, key))
    }
}
