//! Arguments of `keys`.

use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value, json};
use trunkline_admin::KeyScope;

use crate::args::common::{IdArgs, IdWriteArgs};
use crate::args::members::members;
use crate::args::parse::{self, Price};
use crate::args::{PageArgs, WriteArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Create an API key; its secret is shown only once
    Create(Box<KeyCreateArgs>),
    /// List the keys, newest first
    List(KeyListArgs),
    /// Show a key without its secret
    Get(IdArgs),
    /// Revoke a key, which stops working at once
    Revoke(IdWriteArgs),
    /// Replace a key's secret; the new one is shown only once
    Rotate(KeyRotateArgs),
}

/// The key to create.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline keys create --name operations --scope all
  trunkline keys create --name billing --scope numbers:read --expires 90d
  trunkline keys create --name shop --tenant acme --scope numbers:read,numbers:purchase --account us-main \\
    --spend-monthly 100USD

Scopes: numbers:read, numbers:write, numbers:purchase, numbers:release, caller_ids:read, caller_ids:write, admin (keys \
and other administration), or all. No scope includes another.

Create the first key on the gateway's machine with its --config or --database. Afterwards every call needs a key (--key \
or TRUNKLINE_KEY).")]
pub(crate) struct KeyCreateArgs {
    /// Name for people
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: String,
    /// What the key may do: scopes separated by commas, or all
    #[arg(long = "scope", required = true, value_delimiter = ',', value_name = "SCOPES", value_parser = scopes())]
    scopes: Vec<String>,
    /// Tenant that the key belongs to [default: your own]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Only for these accounts, separated by commas [default: all of the tenant]
    #[arg(long = "account", value_delimiter = ',', value_name = "NAMES")]
    accounts: Vec<String>,
    /// When the key expires: after a time such as 90d or 12h, or at 2027-01-31T00:00:00Z [default: never]
    #[arg(long, value_name = "WHEN", value_parser = parse::moment)]
    #[serde(rename = "expires_at")]
    expires: Option<String>,
    /// Highest sum of the monthly prices of the numbers bought with the key, such as 100USD
    #[arg(long, value_name = "PRICE", value_parser = parse::price)]
    #[serde(skip)]
    spend_monthly: Option<Price>,
    /// Highest sum of the setup fees in a calendar month, such as 20USD
    #[arg(long, value_name = "PRICE", value_parser = parse::price)]
    #[serde(skip)]
    spend_setup: Option<Price>,
    /// Requests per second on average; needs --burst [default: as configured]
    #[arg(long, value_name = "N", requires = "burst", value_parser = parse::at_least_one)]
    #[serde(skip)]
    per_second: Option<usize>,
    /// Requests at once; needs --per-second
    #[arg(long, value_name = "N", requires = "per_second", value_parser = parse::at_least_one)]
    #[serde(skip)]
    burst: Option<usize>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

/// Which keys are listed.
#[derive(Debug, Args, Serialize)]
pub(crate) struct KeyListArgs {
    /// Only of this tenant
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) page: PageArgs,
}

/// A key whose secret is replaced.
#[derive(Debug, Args)]
pub(crate) struct KeyRotateArgs {
    #[command(flatten)]
    pub(crate) key: IdWriteArgs,
    /// How long the old secret still works, such as 1h; at most a week
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = parse::long)]
    pub(crate) overlap: Duration,
}

/// The scopes, and a word for all of them.
fn scopes() -> PossibleValuesParser {
    PossibleValuesParser::new(
        KeyScope::ALL
            .map(KeyScope::as_str)
            .into_iter()
            .chain(["all"]),
    )
}

impl KeyCreateArgs {
    /// The body of the request.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = members(self);
        if self.scopes.iter().any(|scope| scope == "all") {
            body.insert("scopes".to_owned(), json!(KeyScope::ALL));
        }
        if let Some((per_second, burst)) = self.per_second.zip(self.burst) {
            let rate = json!({ "per_second": per_second, "burst": burst });
            body.insert("rate_limit".to_owned(), rate);
        }
        let spend = json!({ "monthly": self.spend_monthly, "setup": self.spend_setup });
        let spend = members(&spend);
        if !spend.is_empty() {
            body.insert("spend".to_owned(), spend.into());
        }
        body
    }
}
