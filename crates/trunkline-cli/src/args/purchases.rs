//! Arguments of `purchase` and `purchases`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use crate::args::search::{FilterArgs, pairs};
use crate::args::settings::{SettingsArgs, insert};
use crate::args::{PageArgs, WriteArgs, parse};
use crate::call::Pairs;

/// What is purchased.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline purchase --account twilio --number +14155550100 --label Support
  trunkline purchase of_... --voice-url https://voice.example.com/in
  trunkline purchase --account twilio --number +14155550100 --dry-run
  trunkline purchase --country US --area-code 415 --features sms --max-monthly-price 2.00USD

The purchase is written down before it is sent, sent once, and settled by asking the carrier if the answer is lost.
The same --idempotency-key never buys twice: one is made and shown if you give none.")]
pub(crate) struct PurchaseArgs {
    /// An offer of `trunkline search`
    #[arg(required_unless_present_any = ["account", "country"],
        conflicts_with_all = ["account", "number", "country"],
        value_parser = NonEmptyStringValueParser::new())]
    pub(crate) offer: Option<String>,
    /// The account that buys; with --number
    #[arg(long, requires = "number", value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// The number, E.164; with --account
    #[arg(long, requires = "account")]
    pub(crate) number: Option<String>,
    /// Any number of this country that fits, ISO 3166-1 alpha-2, instead of a certain one
    #[arg(long, value_name = "CODE", conflicts_with_all = ["account", "number"])]
    country: Option<String>,
    #[command(flatten)]
    filters: FilterArgs,
    /// Only from these accounts, separated by commas; with --country
    #[arg(long, requires = "country", value_name = "NAMES")]
    accounts: Option<String>,
    /// Which of the numbers that fit; with --country
    #[arg(long, value_enum, requires = "country")]
    strategy: Option<Strategy>,
    /// The most that a month may cost, such as 2.00USD; with --country
    #[arg(long, requires = "country", value_name = "PRICE", value_parser = parse::price)]
    max_monthly_price: Option<(String, String)>,
    /// The carrier's id of the address that the purchase needs
    #[arg(long, value_name = "ID")]
    address_id: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Wait so many seconds for the outcome
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=3600))]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

impl PurchaseArgs {
    /// The order.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = self.settings.body();
        insert(&mut body, "offer", &self.offer);
        insert(&mut body, "account", &self.account);
        insert(&mut body, "number", &self.number);
        insert(&mut body, "address_id", &self.address_id);
        if let Some(country) = &self.country {
            let wanted = criteria(country, &self.filters, self.accounts.as_deref());
            body.insert("criteria".to_owned(), wanted);
        }
        insert(&mut body, "strategy", &self.strategy.map(Strategy::name));
        let price = self.max_monthly_price.as_ref();
        let price =
            price.map(|(amount, currency)| json!({ "amount": amount, "currency": currency }));
        insert(&mut body, "max_monthly_price", &price);
        body
    }

    /// Whether a certain number is wanted.
    pub(crate) fn is_by_criteria(&self) -> bool {
        self.country.is_some()
    }
}

/// What a number must be, for one that is not named.
pub(crate) fn criteria(country: &str, filters: &FilterArgs, accounts: Option<&str>) -> Value {
    let mut criteria = Map::new();
    criteria.insert("country".to_owned(), Value::from(country));
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(|item| item.trim().to_owned()).collect()
    };
    for (name, value) in pairs(filters.clone().given()) {
        let value = match name.as_ref() {
            "features" => Value::from(list(&value)),
            // What is no number here is refused there.
            "distance" | "beta" => serde_json::from_str(&value).unwrap_or(Value::Null),
            _ => Value::from(value),
        };
        criteria.insert(name.into_owned(), value);
    }
    if let Some(accounts) = accounts {
        criteria.insert("accounts".to_owned(), Value::from(list(accounts)));
    }
    Value::Object(criteria)
}

/// Which of several numbers.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Strategy {
    /// The lowest monthly price
    Cheapest,
    /// From the account with the highest priority
    Priority,
}

impl Strategy {
    /// As it is called by the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cheapest => "cheapest",
            Self::Priority => "priority",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PurchasesCommand {
    /// List purchases, newest first
    List(PurchaseListArgs),
    /// Show a purchase, with every attempt and its evidence
    Get {
        /// Its id, pur_...
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
    },
    /// Decide by hand what became of a purchase that can't be settled by asking the carrier
    ///
    /// That is one whose outcome is unknown, or one that is presumed failed, with or without an open question.
    /// `trunkline purchases get ID` shows what is known, and what to look for in the carrier's console.
    Resolve(ResolveArgs),
}

/// Which purchases are listed.
#[derive(Debug, Args)]
pub(crate) struct PurchaseListArgs {
    /// intended, dispatched, unknown, succeeded or failed
    #[arg(long)]
    state: Option<String>,
    /// Only at this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only for this number, E.164
    #[arg(long)]
    number: Option<String>,
    /// Only those that wait for a person's decision
    #[arg(long)]
    needs_person: bool,
    #[command(flatten)]
    page: PageArgs,
}

impl PurchaseListArgs {
    /// The filters, and what is left.
    pub(crate) fn query(self) -> (Pairs, PageArgs) {
        (
            pairs([
                ("state", self.state),
                ("account", self.account),
                ("number", self.number),
                ("needs_person", self.needs_person.then(|| "true".to_owned())),
            ]),
            self.page,
        )
    }
}

/// What a person found out.
#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// Its id, pur_...
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
    /// What became of it
    #[arg(long, value_enum)]
    pub(crate) outcome: Outcome,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The carrier's id of the number, with --outcome succeeded [default: the id that the open question is about]
    #[arg(long, value_name = "ID")]
    pub(crate) provider_id: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Outcome {
    /// The account holds the number, and this purchase got it
    Succeeded,
    /// It does not
    Failed,
}

impl ResolveArgs {
    /// The verdict.
    pub(crate) fn body(&self) -> Value {
        let outcome = match self.outcome {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed => "failed",
        };
        let mut body = Map::new();
        body.insert("outcome".to_owned(), Value::from(outcome));
        body.insert("reason".to_owned(), Value::from(self.reason.clone()));
        insert(&mut body, "provider_id", &self.provider_id);
        Value::Object(body)
    }
}
