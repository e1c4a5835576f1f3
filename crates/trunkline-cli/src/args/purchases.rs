//! Arguments of `purchase` and `purchases`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::common::IdArgs;
use crate::args::members::{is_unset, members};
use crate::args::parse::{self, Price};
use crate::args::search::FilterArgs;
use crate::args::settings::SettingsArgs;
use crate::args::{PageArgs, WriteArgs};
use crate::failure::Failure;

/// What is bought.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline purchase --account us-main --number +14155550100 --label Support
  trunkline purchase of_... --voice-url https://voice.example.com/in
  trunkline purchase --account us-main --number +14155550100 --dry-run
  trunkline purchase --country US --area-code 415 --features sms --max-monthly-price 2.00USD

The purchase is stored before it is sent, and sent once. If the answer is lost, trunkline asks the carrier for the \
outcome. One idempotency key never buys twice; without --idempotency-key a new key is made and shown.")]
pub(crate) struct PurchaseArgs {
    /// Offer of `trunkline search`
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) offer: Option<String>,
    /// Account that buys; with --number
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Number to buy, E.164; with --account
    #[arg(long)]
    pub(crate) number: Option<String>,
    /// Buy any matching number of this country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    #[serde(skip)]
    country: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) filters: FilterArgs,
    /// Buy only from these accounts, separated by commas; with --country
    #[arg(long, requires = "country", value_name = "NAMES")]
    #[serde(skip)]
    accounts: Option<String>,
    /// Which of the matching numbers to buy; with --country
    #[arg(long, value_enum, requires = "country")]
    strategy: Option<Strategy>,
    /// Highest monthly price, such as 2.00USD; with --country
    #[arg(long, requires = "country", value_name = "PRICE", value_parser = parse::price)]
    max_monthly_price: Option<Price>,
    /// The carrier's id of the address that the purchase needs
    #[arg(long, value_name = "ID")]
    address_id: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    settings: SettingsArgs,
    /// Wait this many seconds for the outcome
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = parse::seconds::<3_600>)]
    #[serde(skip)]
    pub(crate) wait: u64,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

impl PurchaseArgs {
    /// Checks that one thing is named: an offer, a number at an account, or a country.
    ///
    /// # Errors
    /// Nothing, half of it, or more than one thing.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let by_number = self.account.is_some() || self.number.is_some();
        let wrong = match (&self.offer, &self.account, &self.number) {
            (Some(offer), ..) if offer.starts_with('+') => "expected an offer, found a number",
            (Some(_), ..) if by_number || self.country.is_some() => {
                "an offer, --number and --country can't be used together"
            }
            (None, ..) if by_number && self.country.is_some() => {
                "--number and --country can't be used together"
            }
            (None, None, Some(_)) => "--number needs the account that buys it",
            (None, Some(_), None) => "--account needs the number to buy",
            (None, None, None) if self.country.is_none() => "what to buy is missing",
            _ => return Ok(()),
        };
        Err(Failure::usage(wrong)
            .with_hint("a number: trunkline buy --account NAME --number NUMBER; `trunkline accounts` lists the accounts")
            .with_hint("any number that fits: trunkline buy --country CODE, with --accounts NAMES only from these")
            .with_hint("an offer: trunkline buy OFFER, as `trunkline search -o json` shows it"))
    }

    /// The body of the request.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = self.settings.body();
        body.extend(members(self));
        if let Some(country) = &self.country {
            let wanted = criteria(country, &self.filters, self.accounts.as_deref());
            body.insert("criteria".to_owned(), wanted);
        }
        body
    }

    /// Whether any matching number is bought, rather than a named one.
    pub(crate) fn is_by_criteria(&self) -> bool {
        self.country.is_some()
    }
}

/// The criteria for a number that is not named.
pub(crate) fn criteria(country: &str, filters: &FilterArgs, accounts: Option<&str>) -> Value {
    let list = |text: &str| text.split(',').map(str::trim).collect::<Vec<_>>().into();
    let mut criteria = members(filters);
    criteria.insert("country".to_owned(), Value::from(country));
    criteria.extend(accounts.map(|accounts| ("accounts".to_owned(), list(accounts))));
    if let Some(features) = criteria.get_mut("features") {
        *features = list(features.as_str().unwrap_or_default());
    }
    Value::Object(criteria)
}

/// Which of several numbers.
#[derive(Clone, Copy, Debug, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Strategy {
    /// The lowest monthly price
    Cheapest,
    /// The account with the highest priority
    Priority,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PurchasesCommand {
    /// List purchases, newest first
    List(PurchaseListArgs),
    /// Show a purchase with every attempt and its evidence
    Get(IdArgs),
    /// Decide the outcome of a purchase that the carrier can't tell
    ///
    /// The outcome must be unknown, or presumed failed. `trunkline purchases get ID` shows what is known, and what to look
    /// for in the carrier's console.
    Resolve(ResolveArgs),
}

/// Which purchases are listed.
#[derive(Debug, Args, Serialize)]
pub(crate) struct PurchaseListArgs {
    /// Only in this state: intended, dispatched, unknown, succeeded or failed
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
    #[serde(skip_serializing_if = "is_unset")]
    needs_person: bool,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) page: PageArgs,
}

/// A person's decision.
#[derive(Debug, Args, Serialize)]
pub(crate) struct ResolveArgs {
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) which: IdArgs,
    /// Outcome of the purchase
    #[arg(long, value_enum)]
    pub(crate) outcome: Outcome,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The carrier's id of the number, with --outcome succeeded [default: the id in the open question]
    #[arg(long, value_name = "ID")]
    pub(crate) provider_id: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    pub(crate) write: WriteArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The account holds the number because of this purchase
    Succeeded,
    /// The purchase did not get the number
    Failed,
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_name_members_as_the_api_does() {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            args: PurchaseArgs,
        }
        let line = "x --country US --features voice,sms --distance 5 --near +14155550100 --beta true --accounts a,b \
                    --strategy cheapest --max-monthly-price 2.00USD --label L";
        let args = Line::try_parse_from(line.split(' ')).unwrap().args;
        let wanted = json!({
            "label": "L", "strategy": "cheapest", "max_monthly_price": {"amount": "2.00", "currency": "USD"},
            "criteria": {"country": "US", "features": ["voice", "sms"], "distance": 5, "near": "+14155550100",
                "beta": true, "accounts": ["a", "b"]},
        });
        assert_eq!(Value::from(args.body()), wanted);
    }
}
