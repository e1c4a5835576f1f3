//! The configuration file: TOML, read as a whole, with everything wrong in it told at once.
//!
//! `config.example.toml` documents every setting.

mod account;
pub(crate) mod document;
pub(crate) mod problems;
pub(crate) mod read;
mod sections;
mod units;
mod urls;

use std::collections::BTreeMap;

use trunkline_core::{AccountEntry, Registry};
use trunkline_http::{Proxies, tls};
use url::Url;

use document::{Document, Table, Value};
use problems::{Issue, Places, located};
use read::Reading;
use sections::Sections;
use urls::{has_password, is_open_postgres};

pub use account::Account;
pub use problems::{Problem, Problems};
pub use sections::{
    Database, Events, Log, LogFormat, Purchases, Rate, RateLimit, Server, Telemetry, Webhooks,
};
pub use trunkline_core::Price;
pub use urls::is_open;

pub(crate) use account::{Sharing, common_keys};

/// A configuration file.
///
/// ```
/// use trunkline::Config;
///
/// let problems = Config::parse("[server]\nlistn = '127.0.0.1:8080'").unwrap_err();
/// assert_eq!(problems.to_string(), "line 2: server: unknown key listn, did you mean listen?");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[rate_limit]`
    pub rate_limit: RateLimit,
    /// `[log]`
    pub log: Log,
    /// `[telemetry]`
    pub telemetry: Telemetry,
    /// `[purchases]`
    pub purchases: Purchases,
    /// `[events]`
    pub events: Events,
    /// `[webhooks]`
    pub webhooks: Webhooks,
    /// `[[accounts]]`, in the order of the file.
    pub accounts: Vec<Account>,
    pub(crate) places: Places,
    /// The file itself, to tell what another one changes.
    pub(crate) root: Table,
}

impl Config {
    /// Reads and checks a file. Secrets that are elsewhere are not fetched, and no carrier is asked.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let (config, issues) = Self::read(text)?;
        located(issues, &config.places)?;
        Ok(config)
    }

    /// Reads and checks a file, and looks whether every secret that it names can be had. No carrier is asked.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn parse_with_secrets(text: &str) -> Result<Self, Problems> {
        let (config, mut issues) = Self::read(text)?;
        issues.extend(config.missing_secrets());
        located(issues, &config.places)?;
        Ok(config)
    }

    /// As much of a file as can be read, and what is wrong with the rest.
    fn read(text: &str) -> Result<(Self, Vec<Issue>), Problems> {
        let Document { root, places } = Document::parse(text)?;
        let (sections, mut issues) = Reading::default().read_lossy::<Sections>(&root);
        let Sections {
            server,
            database,
            rate_limit,
            log,
            telemetry,
            purchases,
            events,
            webhooks,
            ..
        } = sections.unwrap_or_default();
        let accounts = accounts(&root, &mut issues);
        issues.extend(check_database(&database));
        issues.extend(check_rate_limit(&rate_limit));
        issues.extend(check_server(&server));
        let config = Self {
            server,
            database,
            rate_limit,
            log,
            telemetry,
            purchases,
            events,
            webhooks,
            accounts,
            places,
            root,
        };
        Ok((config, issues))
    }

    /// What is accepted but not advisable: secrets that stand in the file itself, quotas shared by one.
    #[must_use]
    pub fn warnings(&self) -> Vec<Problem> {
        let mut paths: Vec<String> = self
            .accounts
            .iter()
            .flat_map(Account::literal_secrets)
            .collect();
        if self
            .server
            .secret_key
            .as_ref()
            .is_some_and(crate::Secret::is_literal)
        {
            paths.push("server.secret_key".to_owned());
        }
        if self
            .server
            .proxy
            .as_ref()
            .is_some_and(|proxy| proxy.literal_is(has_password))
        {
            paths.push("server.proxy".to_owned());
        }
        if self.database.url.literal_is(has_password) {
            paths.push("database.url".to_owned());
        }
        let shared = self.rate_limit.shared.as_ref();
        if shared.is_some_and(|url| url.literal_is(has_password)) {
            paths.push("rate_limit.shared".to_owned());
        }
        let message = "a secret in the file: better { env = \"...\" } or { file = \"...\" }";
        let mut warnings: Vec<_> = paths
            .into_iter()
            .map(|path| Issue::value(path, message).located(&self.places))
            .collect();
        if shared.is_some() && self.rate_limit.replicas.get() == 1 {
            let message = "with rate_limit.replicas at 1, each replica takes the whole of every limit while Redis is away, \
                           and of those on requests in flight at all times";
            warnings.push(Issue::value("rate_limit.shared", message).located(&self.places));
        }
        let unencrypted =
            |path: &str, message: &str| Issue::value(path, message).located(&self.places);
        if self.database.url.is_so(is_open_postgres) {
            let message = "the server is on another machine and sslmode is not require or stronger: what is sent, the \
                           password too, may travel unencrypted";
            warnings.push(unencrypted("database.url", message));
        }
        if shared.is_some_and(|url| url.is_so(|url| is_open(url, "redis"))) {
            let message = "Redis is on another machine: write rediss:// so that its password does not travel unencrypted";
            warnings.push(unencrypted("rate_limit.shared", message));
        }
        let otlp = self.telemetry.otlp.as_ref();
        if otlp.is_some_and(|url| is_open(url.as_str(), "http")) {
            let message = "the collector is on another machine: write https:// so that traces do not travel unencrypted";
            warnings.push(unencrypted("telemetry.otlp", message));
        }
        warnings.sort_by_key(|warning| (warning.line, warning.column));
        warnings
    }
}

/// Reads the accounts, and checks that no two are the same.
fn accounts(root: &Table, issues: &mut Vec<Issue>) -> Vec<Account> {
    let items = match root.get("accounts") {
        None => return Vec::new(),
        Some(Value::List(items)) => items,
        Some(other) => {
            issues.push(Issue::value(
                "accounts",
                format!("expected [[accounts]], found {}", other.kind()),
            ));
            return Vec::new();
        }
    };
    let mut accounts: Vec<Account> = Vec::new();
    let mut names = BTreeMap::new();
    let mut registry = Registry::default();
    for (at, item) in items.iter().enumerate() {
        let path = format!("accounts[{at}]");
        let Value::Table(table) = item else {
            issues.push(Issue::value(
                path,
                format!("expected a table, found {}", item.kind()),
            ));
            continue;
        };
        let checked = account::check(table, &path);
        issues.extend(checked.issues);
        let Some(account) = checked.account else {
            continue;
        };
        if let Some(first) = names.insert(account.name.clone(), path.clone()) {
            issues.push(Issue::value(
                format!("{path}.name"),
                format!("{first} is named {} too", account.name),
            ));
        } else if let Some(provider) = checked.provider
            && let Err(error) = registry.insert(AccountEntry::new(provider))
        {
            issues.extend(Issue::of_error(&path, &error));
        }
        accounts.push(account);
    }
    accounts
}

fn check_database(database: &Database) -> Option<Issue> {
    let known = |url: &str| {
        ["sqlite:", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
    };
    let wrong = database.url.literal_is(|url| !known(url));
    wrong.then(|| Issue::value("database.url", "expected sqlite://FILE or postgres://..."))
}

/// The way out: a proxy that is written in the file, and the certificates.
fn check_server(server: &Server) -> Vec<Issue> {
    let proxy = server.proxy.as_ref().filter(|proxy| proxy.is_literal());
    let proxy = proxy.and_then(|proxy| Proxies::new(Some(&proxy.stand_in())).err());
    let file = server.ca_file.as_deref();
    let file = file.and_then(|file| tls(Some(file)).err());
    let issues = proxy.into_iter().chain(file);
    issues
        .flat_map(|error| Issue::of_error("server", &error))
        .collect()
}

fn check_rate_limit(rate_limit: &RateLimit) -> Option<Issue> {
    let known = |url: &str| url.starts_with("redis://") || url.starts_with("rediss://");
    let shared = rate_limit.shared.as_ref()?;
    let wrong = shared.literal_is(|url| !known(url) || Url::parse(url).is_err());
    wrong.then(|| {
        let message = "expected a URL such as redis://127.0.0.1:6379 or rediss://...";
        Issue::value("rate_limit.shared", message)
    })
}

#[cfg(test)]
#[cfg(feature = "twilio")]
mod tests;
