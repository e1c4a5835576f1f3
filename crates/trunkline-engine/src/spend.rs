//! What purchases may cost together: ceilings, and the purses in which is counted what is committed.
//!
//! A purse is one row with one sum, so that taking from it is one conditional write: no two purchases can both
//! find room for the last cent. It is counted in whole millionths of the currency's unit, prices rounded up.

mod charge;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::journal::Journal;
use crate::spend::charge::PLACES;
use trunkline_core::error::{Effect, Error, ErrorKind, Result, Retry};
use trunkline_core::host;
use trunkline_core::model::{AccountName, Ceilings, KeyId, Money, PurchaseOrder};
use trunkline_core::registry::AccountEntry;
use trunkline_core::strength::Safeguard;

pub use charge::{Booking, Charge, Delta, Full, deltas};

/// Who has purses of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer<'a> {
    /// Who an account is at its carrier, whatever the account is called.
    Identity(&'a str),
    /// An API key, for what is bought with it.
    Key(&'a KeyId),
}

impl fmt::Display for Payer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(identity) => write!(f, "identity:{identity}"),
            Self::Key(key) => write!(f, "key:{key}"),
        }
    }
}

/// Who pays, and the most that all of it may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget<'a> {
    /// Who.
    pub payer: Payer<'a>,
    /// The most.
    pub ceilings: Ceilings,
}

impl<'a> Budget<'a> {
    /// That of an API key.
    #[must_use]
    pub const fn of_key(key: &'a KeyId, ceilings: Ceilings) -> Self {
        let payer = Payer::Key(key);
        Self { payer, ceilings }
    }
}

/// What a purchase takes from the purses of the account, and of the API key if there is one.
///
/// # Errors
/// `PaymentRequired` if there is a ceiling that the price can't pass: it is not known, in another currency, or by
/// itself more than that.
pub fn charges(
    entry: &AccountEntry,
    key: Option<Budget<'_>>,
    order: &PurchaseOrder,
    at: Timestamp,
) -> Result<Vec<Charge>> {
    let account = entry.provider.account();
    let payer = match Safeguard::CeilingsByIdentity.is_off() {
        true => account.as_str(),
        false => entry.provider.identity(),
    };
    let own = Budget {
        payer: Payer::Identity(payer),
        ceilings: entry.ceilings,
    };
    let mut charges = Vec::new();
    for budget in [own].into_iter().chain(key) {
        match taken(budget, order, at) {
            Ok(taken) => charges.extend(taken),
            Err(why) => return Err(refused(account, &why)),
        }
    }
    Ok(charges)
}

fn taken(
    Budget { payer, ceilings }: Budget<'_>,
    order: &PurchaseOrder,
    at: Timestamp,
) -> Result<Vec<Charge>, String> {
    let (monthly, setup) = (order.monthly_price, order.setup_price);
    // A quote of the month without a setup fee has none.
    let setup = setup.or_else(|| {
        monthly.map(|price| Money {
            amount: Decimal::ZERO,
            ..price
        })
    });
    let kinds = [
        (Kind::Monthly, monthly, ceilings.monthly),
        (Kind::Setup, setup, ceilings.setup),
    ];
    let mut charges = Vec::new();
    for (kind, price, ceiling) in kinds {
        let setting = kind.setting(matches!(payer, Payer::Key(_)));
        if let Some(ceiling) = ceiling
            && let Some(why) = too_much(kind, setting, price, ceiling)
        {
            return Err(why);
        }
        let price = price.filter(|price| price.amount > Decimal::ZERO);
        charges.extend(price.map(|amount| Charge {
            purse: kind.purse(payer, amount, at),
            amount,
            ceiling,
            monthly: kind == Kind::Monthly,
        }));
    }
    Ok(charges)
}

/// The error of a purchase for which a purse has no room.
#[must_use]
pub fn full(account: &AccountName, charges: &[Charge], full: &Full) -> Error {
    let charge = charges.iter().find(|charge| charge.purse == full.purse);
    let why = match charge.and_then(|charge| charge.ceiling.map(|ceiling| (charge, ceiling))) {
        Some((charge, ceiling)) => {
            let kind = if charge.monthly {
                Kind::Monthly
            } else {
                Kind::Setup
            };
            let spent = money(full.spent, ceiling);
            format!(
                "{} {} would pass the ceiling of {ceiling} ({}): {spent} {} committed",
                charge.amount,
                kind.per(),
                kind.setting(charge.purse.starts_with("key:")),
                if spent.amount == Decimal::ONE {
                    "is"
                } else {
                    "are"
                }
            )
        }
        None => format!("{} has no room", full.purse),
    };
    refused(account, &why)
}

/// What an account, or a key, may spend and has committed. A sum stands for a ceiling's currency alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spending {
    /// Monthly prices: ceiling, and what is committed.
    pub monthly: Option<(Money, Money)>,
    /// Setup fees of the month: ceiling, and what is committed.
    pub setup: Option<(Money, Money)>,
    /// The calendar month (UTC) of the setup fees, for example `2026-05`.
    pub month: String,
}

/// What the account may spend and has committed.
///
/// # Errors
/// Those of the journal.
pub async fn spending(entry: &AccountEntry, journal: &dyn Journal) -> Result<Spending> {
    let payer = Payer::Identity(entry.provider.identity());
    spending_of(payer, entry.ceilings, journal).await
}

/// What somebody with these ceilings has committed.
///
/// # Errors
/// Those of the journal.
pub async fn spending_of(
    payer: Payer<'_>,
    ceilings: Ceilings,
    journal: &dyn Journal,
) -> Result<Spending> {
    let now = host::now();
    let mut rows = [None, None];
    let kinds = [
        (Kind::Monthly, ceilings.monthly),
        (Kind::Setup, ceilings.setup),
    ];
    for (row, (kind, ceiling)) in rows.iter_mut().zip(kinds) {
        if let Some(ceiling) = ceiling {
            let spent = journal.spent(&kind.purse(payer, ceiling, now)).await?;
            *row = Some((ceiling, money(spent, ceiling)));
        }
    }
    let [monthly, setup] = rows;
    Ok(Spending {
        monthly,
        setup,
        month: month(now),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Monthly,
    Setup,
}

impl Kind {
    fn purse(self, payer: Payer<'_>, money: Money, at: Timestamp) -> String {
        let currency = money.currency.code();
        match self {
            Self::Monthly => format!("{payer}:monthly:{currency}"),
            Self::Setup => format!("{payer}:setup:{currency}:{}", month(at)),
        }
    }

    const fn setting(self, of_key: bool) -> &'static str {
        match (self, of_key) {
            (Self::Monthly, false) => "spend.monthly",
            (Self::Setup, false) => "spend.setup",
            (Self::Monthly, true) => "the key's spend.monthly",
            (Self::Setup, true) => "the key's spend.setup",
        }
    }

    const fn per(self) -> &'static str {
        match self {
            Self::Monthly => "more a month",
            Self::Setup => "more for setup this month",
        }
    }

    const fn price(self) -> &'static str {
        match self {
            Self::Monthly => "monthly price",
            Self::Setup => "setup price",
        }
    }
}

fn too_much(kind: Kind, setting: &str, price: Option<Money>, ceiling: Money) -> Option<String> {
    let name = kind.price();
    match price {
        None => Some(format!(
            "the {name} is not known, so it can't pass the ceiling of {ceiling} ({setting})"
        )),
        Some(price) if !price.is_within(ceiling) => Some(format!(
            "a {name} of {price} is not within the ceiling of {ceiling} ({setting})"
        )),
        Some(_) => None,
    }
}

fn refused(account: &AccountName, why: &str) -> Error {
    Error::new(ErrorKind::PaymentRequired, why)
        .with_account(account.clone())
        .with_retry(Retry::Never)
        .with_effect(Effect::None)
}

fn month(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string()
}

/// A sum as money of the ceiling's currency, with as many places as that is written with, or more if it has them.
fn money(sum: i64, ceiling: Money) -> Money {
    let mut amount = Decimal::new(sum, PLACES).normalize();
    if amount.scale() < ceiling.amount.scale() {
        amount.rescale(ceiling.amount.scale());
    }
    Money { amount, ..ceiling }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_written_like_its_ceiling_and_exactly() {
        let ceiling = Money::parse("100.00", "USD").unwrap();
        assert_eq!(money(1_500_000, ceiling).to_string(), "1.50 USD");
        assert_eq!(money(1_234_500, ceiling).to_string(), "1.2345 USD");
    }
}
