//! Arguments of `purchase` and `purchases`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value};

use crate::args::search::pairs;
use crate::args::settings::{SettingsArgs, insert};
use crate::args::{PageArgs, WriteArgs};

/// What is purchased.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline purchase --account twilio --number +14155550100 --label Support
  trunkline purchase of_... --voice-url https://voice.example.com/in
  trunkline purchase --account twilio --number +14155550100 --dry-run

The purchase is written down before it is sent, sent once, and settled by asking the carrier if the answer is lost.
The same --idempotency-key never buys twice: one is made and shown if you give none.")]
pub(crate) struct PurchaseArgs {
    /// An offer of `trunkline search`
    #[arg(required_unless_present = "account", conflicts_with_all = ["account", "number"],
        value_parser = NonEmptyStringValueParser::new())]
    pub(crate) offer: Option<String>,
    /// The account that buys; with --number
    #[arg(long, requires = "number", value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// The number, E.164; with --account
    #[arg(long, requires = "account")]
    pub(crate) number: Option<String>,
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
        body
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
    /// Settle by hand a purchase whose outcome can't be found out
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
    #[command(flatten)]
    page: PageArgs,
}

impl PurchaseListArgs {
    /// The filters, and what is left.
    pub(crate) fn query(self) -> (Vec<(&'static str, String)>, PageArgs) {
        (
            pairs([
                ("state", self.state),
                ("account", self.account),
                ("number", self.number),
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
    outcome: Outcome,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The carrier's id of the number; with --outcome succeeded
    #[arg(long, value_name = "ID", required_if_eq("outcome", "succeeded"))]
    provider_id: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Outcome {
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
