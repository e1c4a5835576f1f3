//! Arguments of `keys`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::args::{PageArgs, WriteArgs, parse};
use crate::call::Pairs;

/// The scopes, as they are written.
const SCOPES: [&str; 7] = [
    "numbers:read",
    "numbers:write",
    "numbers:purchase",
    "numbers:release",
    "caller_ids:read",
    "caller_ids:write",
    "admin",
];

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make an API key; its secret is shown this once
    Create(Box<KeyCreateArgs>),
    /// List the keys, newest first
    List(KeyListArgs),
    /// Show a key, without its secret
    Get {
        /// The key's id
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
    },
    /// Revoke a key: it opens nothing from now on
    Revoke(KeyWriteArgs),
    /// Replace a key's secret; the new one is shown this once
    Rotate(KeyRotateArgs),
}

/// What key is made.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline keys create --name operations --scope all
  trunkline keys create --name billing --scope numbers:read --expires 90d
  trunkline keys create --name shop --tenant acme --scope numbers:read,numbers:purchase --account us-main \\
    --spend-monthly 100USD

Scopes: numbers:read, numbers:write, numbers:purchase, numbers:release, caller_ids:read, caller_ids:write, admin (keys
and the rest of the administration), or all. None includes another.

The first key is made on the database itself: on the gateway's machine, with its --config or --database. From then on
every call needs a key (--key or TRUNKLINE_KEY).")]
pub(crate) struct KeyCreateArgs {
    /// What a person calls it
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: String,
    /// What it may do, separated by commas; all for everything
    #[arg(long = "scope", required = true, value_delimiter = ',', value_name = "SCOPES", value_parser = scope)]
    scopes: Vec<String>,
    /// Whose it is [default: your own tenant]
    #[arg(long)]
    tenant: Option<String>,
    /// Only these accounts, separated by commas [default: all that you see]
    #[arg(long = "account", value_delimiter = ',', value_name = "NAMES")]
    accounts: Vec<String>,
    /// When it ends: after a time such as 90d or 12h, or at one such as 2027-01-31T00:00:00Z [default: never]
    #[arg(long, value_name = "WHEN", value_parser = parse::moment)]
    expires: Option<String>,
    /// The most that the monthly prices of what is bought with it may come to, such as 100USD
    #[arg(long, value_name = "PRICE", value_parser = parse::price)]
    spend_monthly: Option<(String, String)>,
    /// The most that the setup fees of a calendar month may come to, such as 20USD
    #[arg(long, value_name = "PRICE", value_parser = parse::price)]
    spend_setup: Option<(String, String)>,
    /// Requests per second in the long run; with --burst [default: as configured]
    #[arg(long, value_name = "N", requires = "burst", value_parser = parse::at_least_one)]
    per_second: Option<usize>,
    /// Requests that may come at once; with --per-second
    #[arg(long, value_name = "N", requires = "per_second", value_parser = parse::at_least_one)]
    burst: Option<usize>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// Which keys are listed.
#[derive(Debug, Args)]
pub(crate) struct KeyListArgs {
    /// Only those of this tenant
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    page: PageArgs,
}

/// A key, and how it is written to.
#[derive(Debug, Args)]
pub(crate) struct KeyWriteArgs {
    /// The key's id
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// A key whose secret is replaced.
#[derive(Debug, Args)]
pub(crate) struct KeyRotateArgs {
    #[command(flatten)]
    pub(crate) key: KeyWriteArgs,
    /// How long the secret before still opens, such as 1h; a week at most
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = parse::long)]
    pub(crate) overlap: Duration,
}

fn scope(text: &str) -> Result<String, String> {
    if text == "all" || SCOPES.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!("one of {}, or all", SCOPES.join(", ")))
}

impl KeyCreateArgs {
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        let mut insert = |name: &str, value: Value| body.insert(name.to_owned(), value);
        insert("name", self.name.as_str().into());
        let all = self.scopes.iter().any(|scope| scope == "all");
        let scopes: Vec<&str> = if all {
            SCOPES.to_vec()
        } else {
            self.scopes.iter().map(String::as_str).collect()
        };
        insert("scopes", scopes.into());
        if let Some(tenant) = &self.tenant {
            insert("tenant", tenant.as_str().into());
        }
        if !self.accounts.is_empty() {
            insert("accounts", self.accounts.clone().into());
        }
        if let Some(expires) = &self.expires {
            insert("expires_at", expires.as_str().into());
        }
        if let Some((per_second, burst)) = self.per_second.zip(self.burst) {
            let rate = json!({ "per_second": per_second, "burst": burst });
            insert("rate_limit", rate);
        }
        let ceilings = [
            ("monthly", &self.spend_monthly),
            ("setup", &self.spend_setup),
        ];
        let ceilings = ceilings.into_iter().filter_map(|(name, price)| {
            let (amount, currency) = price.as_ref()?;
            let money = json!({ "amount": amount, "currency": currency });
            Some((name.to_owned(), money))
        });
        let ceilings: Map<String, Value> = ceilings.collect();
        if !ceilings.is_empty() {
            insert("spend", ceilings.into());
        }
        Value::Object(body)
    }
}

impl KeyListArgs {
    pub(crate) fn query(self) -> (Pairs, PageArgs) {
        let tenant = self.tenant.map(|tenant| ("tenant".into(), tenant));
        (tenant.into_iter().collect(), self.page)
    }
}
