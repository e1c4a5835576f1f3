//! Arguments of `allocate` and `allocations`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use crate::args::purchases::{Strategy, criteria};
use crate::args::search::{FilterArgs, pairs, text};
use crate::args::settings::{SettingsArgs, insert};
use crate::args::{PageArgs, WriteArgs, parse};
use crate::call::Pairs;

/// How many numbers are purchased, and what each must be.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline allocate --country US --area-code 415 --count 20
  trunkline allocate --country US --area-code 415 --count 20 --mode all-or-nothing --release-on-failure
  trunkline allocate --country GB --type mobile --count 50 --mode at-least --minimum 30 --max-monthly-price 2.00USD
  trunkline allocate --country US --count 20 --dry-run

Each number is a purchase of its own, and together they are never more than --count. The gateway goes on with it though
this command is interrupted: the same command with the --idempotency-key that was shown watches it again and buys
nothing more.

Exit status: 0 as many as the mode asks for, 1 fewer, 3 some of them by best effort, 4 it still runs.")]
pub(crate) struct AllocateArgs {
    /// Country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    country: String,
    /// Numbers wanted, up to 100
    #[arg(long, value_name = "N")]
    pub(crate) count: usize,
    /// How many are enough
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// So many are enough; with --mode at-least
    #[arg(long, value_name = "N")]
    minimum: Option<usize>,
    /// Give back what was bought if it fails, where the carrier takes it
    #[arg(long)]
    release_on_failure: bool,
    #[command(flatten)]
    filters: FilterArgs,
    /// Only from these accounts, separated by commas
    #[arg(long, visible_alias = "account", value_name = "NAMES")]
    accounts: Option<String>,
    /// Which of the numbers that fit go first
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,
    /// The most that a month of one number may cost, such as 2.00USD
    #[arg(long, value_name = "PRICE", value_parser = parse::price)]
    pub(crate) max_monthly_price: Option<(String, String)>,
    /// The carrier's id of the address that the purchases need
    #[arg(long, value_name = "ID")]
    address_id: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Watch it for so many seconds at most; it goes on without being watched
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

/// How many numbers are enough.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Mode {
    /// As many as can be had
    #[default]
    BestEffort,
    /// --minimum of them; all are tried for
    AtLeast,
    /// All of them; nothing more is bought once that can't be had
    AllOrNothing,
}

impl AllocateArgs {
    /// What is asked for.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = self.settings.body();
        let wanted = criteria(&self.country, &self.filters, self.accounts.as_deref());
        body.insert("criteria".to_owned(), wanted);
        body.insert("count".to_owned(), Value::from(self.count));
        let mode = match self.mode {
            Mode::BestEffort => "best_effort",
            Mode::AtLeast => "at_least",
            Mode::AllOrNothing => "all_or_nothing",
        };
        body.insert("mode".to_owned(), Value::from(mode));
        insert(&mut body, "minimum", &self.minimum);
        if self.release_on_failure {
            body.insert("release_on_failure".to_owned(), Value::from(true));
        }
        insert(&mut body, "address_id", &self.address_id);
        insert(&mut body, "strategy", &self.strategy.map(Strategy::name));
        let price = self.max_monthly_price.as_ref();
        let price =
            price.map(|(amount, currency)| json!({ "amount": amount, "currency": currency }));
        insert(&mut body, "max_monthly_price", &price);
        body
    }

    /// The search that shows what there is.
    pub(crate) fn query(&self) -> Pairs {
        let mut given = vec![("country", Some(self.country.clone()))];
        given.extend(self.filters.clone().given());
        given.extend([
            ("accounts", self.accounts.clone()),
            ("limit", text(Some(self.count.clamp(1, 100)))),
            ("sort", Some("price".to_owned())),
        ]);
        pairs(given)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum AllocationsCommand {
    /// List allocations, newest first
    List(PageArgs),
    /// Show an allocation, with what became of each number
    Get {
        /// Its id, alc_...
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
    },
}
