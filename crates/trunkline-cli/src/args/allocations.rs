//! Arguments of `allocate` and `allocations`.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::common::IdArgs;
use crate::args::members::{is_unset, members, pairs};
use crate::args::parse::{self, Price};
use crate::args::purchases::{Strategy, criteria};
use crate::args::search::FilterArgs;
use crate::args::settings::SettingsArgs;
use crate::args::{PageArgs, WriteArgs};
use crate::call::Pairs;

/// How many numbers are bought, and of which kind.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline allocate --country US --area-code 415 --count 20
  trunkline allocate --country US --area-code 415 --count 20 --mode all-or-nothing --release-on-failure
  trunkline allocate --country GB --type mobile --count 50 --mode at-least --minimum 30 --max-monthly-price 2.00USD
  trunkline allocate --country US --count 20 --dry-run

Each number is a purchase of its own. Together they are never more than --count. The gateway goes on when this command \
is interrupted. The same command with the shown --idempotency-key watches the allocation again and buys nothing more.

Exit status: 0 as many numbers as the mode requires, 1 fewer, 3 some of them by best effort, 4 still running.")]
pub(crate) struct AllocateArgs {
    /// Country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    #[serde(skip)]
    country: String,
    /// How many numbers to buy, at most 100
    #[arg(long, value_name = "N", value_parser = parse::at_least_one)]
    pub(crate) count: usize,
    /// How many numbers are enough
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// How many numbers are enough with --mode at-least
    #[arg(long, value_name = "N")]
    minimum: Option<usize>,
    /// Release the bought numbers if the allocation fails and the carrier takes them back
    #[arg(long)]
    #[serde(skip_serializing_if = "is_unset")]
    release_on_failure: bool,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) filters: FilterArgs,
    /// Buy only from these accounts, separated by commas
    #[arg(long, visible_alias = "account", value_name = "NAMES")]
    #[serde(skip)]
    accounts: Option<String>,
    /// Which of the matching numbers to buy first
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,
    /// Highest monthly price of one number, such as 2.00USD
    #[arg(long, value_name = "PRICE", value_parser = parse::price)]
    pub(crate) max_monthly_price: Option<Price>,
    /// The carrier's id of the address that the purchases need
    #[arg(long, value_name = "ID")]
    address_id: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    settings: SettingsArgs,
    /// Watch for at most this many seconds; the allocation goes on afterwards
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = parse::seconds::<86_400>)]
    #[serde(skip)]
    pub(crate) wait: u64,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

/// How many numbers are enough.
#[derive(Clone, Copy, Debug, Default, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// As many as possible
    #[default]
    BestEffort,
    /// At least --minimum; tries to buy all
    AtLeast,
    /// All; stops buying when that has become impossible
    AllOrNothing,
}

impl AllocateArgs {
    /// The body of the request.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = self.settings.body();
        body.extend(members(self));
        let wanted = criteria(&self.country, &self.filters, self.accounts.as_deref());
        body.insert("criteria".to_owned(), wanted);
        body
    }

    /// The search that shows what is for sale.
    pub(crate) fn query(&self) -> Pairs {
        let mut query = pairs(&self.filters);
        let accounts = self.accounts.clone();
        query.extend(accounts.map(|accounts| ("accounts".into(), accounts)));
        query.extend([
            ("country".into(), self.country.clone()),
            ("limit".into(), self.count.clamp(1, 100).to_string()),
            ("sort".into(), "price".to_owned()),
        ]);
        query
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum AllocationsCommand {
    /// List allocations, newest first
    List(PageArgs),
    /// Show an allocation with the outcome for each number
    Get(IdArgs),
}
