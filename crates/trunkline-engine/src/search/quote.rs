//! What is searched for and what is found, as values.

use std::cmp::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::source::Source;
use trunkline_core::model::{AccountName, AvailableNumber, ProviderName, SearchQuery};

/// In what order the numbers of several accounts are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchSort {
    /// In turn: the first of each account, then the second of each, accounts by name.
    #[default]
    InTurn,
    /// Cheapest first, unknown prices last.
    Price,
    /// By account.
    Account,
    /// By number.
    Number,
}

/// What to search where, for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchRequest {
    /// What.
    pub query: SearchQuery,
    /// At these accounts; at all of the tenant's if empty.
    pub accounts: Vec<String>,
    /// In this order.
    pub sort: SearchSort,
    /// For at most this long.
    pub timeout: Duration,
}

/// A number on offer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// What a purchase takes.
    pub offer: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Who offers it.
    pub account: AccountName,
    /// By which provider.
    pub provider: ProviderName,
    /// The number.
    pub available: AvailableNumber,
}

/// What a search found, and who was asked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SearchAnswer {
    /// At most as many as asked for.
    pub numbers: Vec<Found>,
    /// One for each account, by name.
    pub sources: Vec<Source>,
}

/// A number as an account quoted it.
pub(super) struct Quote {
    pub(super) account: AccountName,
    pub(super) provider: ProviderName,
    pub(super) available: AvailableNumber,
}

pub(super) fn quotes(source: &Source, numbers: Vec<AvailableNumber>) -> Vec<Quote> {
    let quote = |available| Quote {
        account: source.account.clone(),
        provider: source.provider.clone(),
        available,
    };
    numbers.into_iter().map(quote).collect()
}

impl SearchSort {
    pub(super) fn compare(self, a: &Quote, b: &Quote) -> Ordering {
        let number = |quote: &Quote| quote.available.number;
        match self {
            Self::InTurn => Ordering::Equal,
            Self::Price => price_key(&a.available)
                .cmp(&price_key(&b.available))
                .then_with(|| (&a.account, number(a)).cmp(&(&b.account, number(b)))),
            Self::Account => (&a.account, number(a)).cmp(&(&b.account, number(b))),
            Self::Number => (number(a), &a.account).cmp(&(number(b), &b.account)),
        }
    }
}

fn price_key(number: &AvailableNumber) -> (bool, Option<(rust_decimal::Decimal, &'static str)>) {
    let price = number
        .monthly_price
        .map(|money| (money.amount, money.currency.code()));
    (price.is_none(), price)
}
