//! Arguments of `search`.

use std::time::Duration;

use clap::Args;

use crate::args::parse;
use crate::call::Pairs;

/// Where numbers are on sale.
#[derive(Debug, Args)]
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

impl CountriesArgs {
    /// The parameters of the call.
    pub(crate) fn query(&self) -> Pairs {
        pairs([
            ("country", self.country.clone()),
            ("accounts", self.accounts.clone()),
        ])
    }
}

/// What is searched.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trunkline search --country US --area-code 415
  trunkline search --country GB --type mobile --features voice,sms --sort price
  trunkline search --country US --contains '^415' --limit 5 --output json | jq -r '.data[0].offer'

None of the numbers is reserved. An offer holds for 15 minutes at most; `trunkline purchase` takes it, or an account
and a number.")]
pub(crate) struct SearchArgs {
    /// Country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE")]
    country: String,
    #[command(flatten)]
    filters: FilterArgs,
    /// Only at these accounts, separated by commas
    #[arg(long, visible_alias = "account", value_name = "NAMES")]
    pub(crate) accounts: Option<String>,
    /// At most this many, up to 100
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// price, account or number
    #[arg(long, value_name = "BY")]
    sort: Option<String>,
    /// Answer after this long with what is there, such as 5s or 800ms
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    timeout: Option<Duration>,
    /// Show the offers, too
    #[arg(long)]
    pub(crate) offers: bool,
}

/// What a number must be, beside its country.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What the number must be")]
pub(crate) struct FilterArgs {
    /// local (unless said), mobile, toll_free, national, shared_cost, voip, or a carrier's own word
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// National destination code
    #[arg(long, value_name = "DIGITS")]
    area_code: Option<String>,
    /// Digits or letters of the national number: anywhere, ^415 at its start, 0101$ at its end
    #[arg(long, value_name = "PATTERN")]
    contains: Option<String>,
    /// What it must be able to do: voice,sms,mms,fax
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
    /// Close to a number, +14155550100, or a point, 37.77,-122.42
    #[arg(long, allow_hyphen_values = true)]
    near: Option<String>,
    /// How close, in miles; with --near
    #[arg(long, value_name = "MILES")]
    distance: Option<u16>,
    /// The most that a purchase may ask for: none, local or foreign
    #[arg(long, value_name = "WHICH")]
    address_requirement: Option<String>,
    /// Rate centre; with --lata
    #[arg(long)]
    rate_center: Option<String>,
    /// Local access and transport area
    #[arg(long)]
    lata: Option<String>,
    /// Whether numbers new to the carrier's platform are wanted
    #[arg(long, value_name = "BOOL")]
    beta: Option<bool>,
}

impl FilterArgs {
    /// Each as it is called by the API.
    pub(crate) fn given(self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("type", self.kind),
            ("area_code", self.area_code),
            ("contains", self.contains),
            ("features", self.features),
            ("region", self.region),
            ("locality", self.locality),
            ("postal_code", self.postal_code),
            ("near", self.near),
            ("distance", text(self.distance)),
            ("address_requirement", self.address_requirement),
            ("rate_center", self.rate_center),
            ("lata", self.lata),
            ("beta", text(self.beta)),
        ]
    }
}

impl SearchArgs {
    /// The parameters of the call.
    pub(crate) fn query(self) -> Pairs {
        let mut given = vec![("country", Some(self.country))];
        given.extend(self.filters.given());
        given.extend([
            ("accounts", self.accounts),
            ("limit", text(self.limit)),
            ("sort", self.sort),
            (
                "timeout_ms",
                text(self.timeout.map(|timeout| timeout.as_millis())),
            ),
        ]);
        pairs(given)
    }
}

/// The parameters that were given.
pub(crate) fn pairs(given: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Pairs {
    given
        .into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?)))
        .collect()
}

/// A value as a parameter.
pub(crate) fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}
