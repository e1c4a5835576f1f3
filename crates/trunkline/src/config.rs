//! The configuration file: TOML. All its problems are reported at once.
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
use problems::{Places, located};
use read::Reading;
use sections::Sections;
use urls::{has_password, is_open_postgres};

pub use account::Account;
pub use problems::{Problem, Problems};
pub use sections::{
    Database, Inventory, Log, LogFormat, Purchases, Rate, RateLimit, Retention, Server, Telemetry,
    Webhooks,
};
pub use trunkline_core::Price;
pub use units::check_log_filter;
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
    /// `[retention]`
    pub retention: Retention,
    /// `[inventory]`
    pub inventory: Inventory,
    /// `[webhooks]`
    pub webhooks: Webhooks,
    /// `[[accounts]]`, in the order of the file.
    pub accounts: Vec<Account>,
    pub(crate) places: Places,
    /// The file itself, to find the changes in a later one.
    pub(crate) root: Table,
}

impl Config {
    /// Reads and checks a file. Secrets in the environment and in other files are not fetched, and no carrier is called.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let (config, issues) = Self::read(text)?;
        located(issues, &config.places)?;
        Ok(config)
    }

    /// Reads and checks a file, and fetches every secret that it names. No carrier is called.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn parse_with_secrets(text: &str) -> Result<Self, Problems> {
        let (config, mut issues) = Self::read(text)?;
        issues.extend(config.missing_secrets());
        located(issues, &config.places)?;
        Ok(config)
    }

    /// The valid part of a file, and what is wrong with the rest.
    fn read(text: &str) -> Result<(Self, Vec<Problem>), Problems> {
        let Document { root, places } = Document::parse(text)?;
        let (sections, mut issues) = Reading::default().read_lossy::<Sections>(&root);
        let Sections {
            server,
            database,
            rate_limit,
            log,
            telemetry,
            purchases,
            retention,
            inventory,
            webhooks,
            ..
        } = sections.unwrap_or_default();
        let mut accounts = accounts(&root, &mut issues);
        for account in &mut accounts {
            let watch = &mut account.terms.watch;
            watch.ignore.extend(inventory.ignore.iter().cloned());
            watch.provider_data.extend(inventory.watch.iter().cloned());
        }
        issues.extend(check_database(&database));
        issues.extend(check_rate_limit(&rate_limit));
        issues.extend(check_retention(&retention));
        issues.extend(check_server(&server));
        let config = Self {
            server,
            database,
            rate_limit,
            log,
            telemetry,
            purchases,
            retention,
            inventory,
            webhooks,
            accounts,
            places,
            root,
        };
        Ok((config, issues))
    }

    /// What is accepted but not advisable: secrets in the file itself, unencrypted connections, quotas shared by one replica.
    #[must_use]
    pub fn warnings(&self) -> Vec<Problem> {
        let shared = self.rate_limit.shared.as_ref();
        let mut issues = self.literal_secrets();
        let mut warn = |is_so: bool, path: &str, message: &str| {
            issues.extend(is_so.then(|| Problem::value(path, message)));
        };
        warn(
            shared.is_some() && self.rate_limit.replicas.get() == 1,
            "rate_limit.shared",
            "rate_limit.replicas is 1: each replica uses the whole of every limit while Redis is unreachable, and always of \
             the limits on open requests",
        );
        warn(
            self.database.url.is_so(is_open_postgres),
            "database.url",
            "the server is on another machine and sslmode is weaker than require: data and password may travel unencrypted",
        );
        warn(
            shared.is_some_and(|url| url.is_so(|url| is_open(url, "redis"))),
            "rate_limit.shared",
            "Redis is on another machine: use rediss://, or its password travels unencrypted",
        );
        let otlp = self.telemetry.otlp.as_ref();
        warn(
            otlp.is_some_and(|url| is_open(url.as_str(), "http")),
            "telemetry.otlp",
            "the collector is on another machine: use https://, or traces travel unencrypted",
        );
        let located = issues.into_iter().map(|issue| issue.located(&self.places));
        let mut warnings: Vec<_> = located.collect();
        warnings.sort_by_key(|warning| (warning.line, warning.column));
        warnings
    }

    /// Secrets in the file itself. An address is secret if it has a password.
    fn literal_secrets(&self) -> Vec<Problem> {
        let is_literal = |path: &str, secret: &crate::Secret| match path {
            "server.secret_key" => secret.is_literal(),
            _ => secret.literal_is(has_password),
        };
        let own = self.secrets().into_iter();
        let own = own.filter(|(path, secret)| is_literal(path, secret));
        let accounts = self.accounts.iter().flat_map(Account::literal_secrets);
        let paths = own.map(|(path, _)| path.to_owned()).chain(accounts);
        let message = "a secret in the file: use { env = \"...\" } or { file = \"...\" }";
        paths.map(|path| Problem::value(path, message)).collect()
    }
}

/// Reads the accounts, and checks that they are different.
fn accounts(root: &Table, issues: &mut Vec<Problem>) -> Vec<Account> {
    let items = match root.get("accounts") {
        None => return Vec::new(),
        Some(Value::List(items)) => items,
        Some(other) => {
            issues.push(Problem::value(
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
            issues.push(Problem::value(
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
            issues.push(Problem::value(
                format!("{path}.name"),
                format!("{first} is named {} too", account.name),
            ));
        } else if let Some(provider) = checked.provider
            && let Err(error) = registry.insert(AccountEntry::new(provider))
        {
            issues.extend(Problem::of_error(&path, &error));
        }
        accounts.push(account);
    }
    accounts
}

fn check_database(database: &Database) -> Option<Problem> {
    let known = |url: &str| {
        ["sqlite:", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
    };
    let wrong = database.url.literal_is(|url| !known(url));
    wrong.then(|| Problem::value("database.url", "expected sqlite://FILE or postgres://..."))
}

/// Checks a proxy in the file, and the certificates.
fn check_server(server: &Server) -> Vec<Problem> {
    let proxy = server.proxy.as_ref().filter(|proxy| proxy.is_literal());
    let proxy = proxy.and_then(|proxy| Proxies::new(Some(&proxy.stand_in())).err());
    let file = server.ca_file.as_deref();
    let file = file.and_then(|file| tls(Some(file)).err());
    let issues = proxy.into_iter().chain(file);
    issues
        .flat_map(|error| Problem::of_error("server", &error))
        .collect()
}

fn check_rate_limit(rate_limit: &RateLimit) -> Option<Problem> {
    let known = |url: &str| url.starts_with("redis://") || url.starts_with("rediss://");
    let shared = rate_limit.shared.as_ref()?;
    let wrong = shared.literal_is(|url| !known(url) || Url::parse(url).is_err());
    wrong.then(|| {
        let message = "expected a URL such as redis://127.0.0.1:6379 or rediss://...";
        Problem::value("rate_limit.shared", message)
    })
}

/// What would end before an idempotency key is too short: the key must find its purchase, and the audit trail who used it.
fn check_retention(retention: &Retention) -> Vec<Problem> {
    let kept = [
        ("audit", retention.audit),
        ("purchases", retention.purchases),
    ];
    let shortest = trunkline_admin::Retention::SHORTEST;
    let too_short = kept
        .into_iter()
        .filter(|(_, kept)| !kept.is_zero() && *kept < shortest);
    let message = format!(
        "expected at least \"{}h\" (31 days, as long as an idempotency key answers), or \"0\" to keep them forever",
        shortest.as_secs() / 3_600
    );
    too_short
        .map(|(name, _)| Problem::value(format!("retention.{name}"), message.clone()))
        .collect()
}

#[cfg(test)]
#[cfg(feature = "twilio")]
mod tests;
