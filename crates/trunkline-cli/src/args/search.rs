//! Arguments of `search` and `countries`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;
use trunkline_core::did_you_mean;

use crate::args::members::millis;
use crate::args::parse;

/// Where numbers are for sale.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Example:
  trunkline countries --country GB")]
pub(crate) struct CountriesArgs {
    /// Only this country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "account", value_name = "NAMES")]
    pub(crate) accounts: Option<String>,
}

/// What is searched.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  trunkline search --country US --area-code 415
  trunkline search --country GB --type mobile --features voice,sms --sort price
  trunkline search --country US --contains '^415' --limit 5 --output json | jq -r '.data[0].offer'

A search reserves nothing. An offer is valid for at most 15 minutes. Buy with `trunkline purchase`, which takes an offer, \
or an account and a number.")]
pub(crate) struct SearchArgs {
    /// Country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    country: String,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) filters: FilterArgs,
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "account", value_name = "NAMES")]
    pub(crate) accounts: Option<String>,
    /// Most numbers to show, at most 100
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Sort by price, account or number
    #[arg(long, value_name = "BY")]
    sort: Option<String>,
    /// Answer after this time with what has arrived, such as 5s or 800ms
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    #[serde(rename = "timeout_ms", serialize_with = "millis")]
    timeout: Option<Duration>,
    /// Show the offers, too
    #[arg(long)]
    #[serde(skip)]
    pub(crate) offers: bool,
}

/// What the number must be, besides its country.
#[derive(Clone, Debug, Args, Serialize)]
#[command(next_help_heading = "Properties of the number")]
pub(crate) struct FilterArgs {
    /// local (default), mobile, toll_free, national, shared_cost, voip, or the carrier's own word
    #[arg(long = "type", value_name = "TYPE")]
    #[serde(rename = "type")]
    kind: Option<String>,
    /// National destination code
    #[arg(long, value_name = "DIGITS")]
    area_code: Option<String>,
    /// Digits or letters of the national number: anywhere, ^415 at its start, 0101$ at its end
    #[arg(long, value_name = "PATTERN")]
    contains: Option<String>,
    /// Required features: voice,sms,mms,fax
    #[arg(long, value_name = "LIST")]
    features: Option<String>,
    /// State or province
    #[arg(long)]
    region: Option<String>,
    /// City
    #[arg(long)]
    locality: Option<String>,
    /// Postal code
    #[arg(long, value_name = "CODE")]
    postal_code: Option<String>,
    /// Near a number, +14155550100, or a point, 37.77,-122.42
    #[arg(long, allow_hyphen_values = true)]
    near: Option<String>,
    /// Distance in miles; with --near
    #[arg(long, value_name = "MILES")]
    distance: Option<u16>,
    /// Strictest address requirement that you accept: none, local or foreign
    #[arg(long, value_name = "WHICH")]
    address_requirement: Option<String>,
    /// Rate centre; with --lata
    #[arg(long)]
    rate_center: Option<String>,
    /// Local access and transport area
    #[arg(long)]
    lata: Option<String>,
    /// Whether to include numbers that are new to the carrier's platform
    #[arg(long, value_name = "BOOL")]
    beta: Option<bool>,
}

/// The types that every carrier's numbers are told apart by.
const TYPES: [&str; 7] = [
    "local",
    "mobile",
    "toll_free",
    "national",
    "shared_cost",
    "voip",
    "extension",
];

/// Other words for them.
const SYNONYMS: [(&str, &str); 5] = [
    ("cell", "mobile"),
    ("cellular", "mobile"),
    ("landline", "local"),
    ("geographic", "local"),
    ("tollfree", "toll_free"),
];

impl FilterArgs {
    /// What to say of a type that trunkline does not know.
    pub(crate) fn unknown_type(&self) -> Option<String> {
        unknown_type(self.kind.as_deref()?)
    }
}

/// What to say of a type, if trunkline does not know it. It may be a carrier's own word.
pub(crate) fn unknown_type(kind: &str) -> Option<String> {
    if TYPES.contains(&kind) {
        return None;
    }
    let named = SYNONYMS.iter().find(|(word, _)| *word == kind);
    let meant = match named {
        Some((_, meant)) => format!(", did you mean {meant}?"),
        None => did_you_mean(kind, TYPES),
    };
    let end = if meant.is_empty() { "." } else { "" };
    let known = TYPES.join(", ");
    Some(format!(
        "warning: unknown type {kind:?}{meant}{end} It is sent as a carrier's own word; the usual ones are {known}"
    ))
}
