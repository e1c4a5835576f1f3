//! What purchases may cost together: ceilings, and the purses in which is counted what is committed.
//!
//! A purse is one row with one sum, so that taking from it is one conditional write: no two purchases can both
//! find room for the last cent. It is counted in whole millionths of the currency's unit, prices rounded up.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::journal::Journal;
use trunkline_core::error::{Effect, Error, ErrorKind, Result, Retry};
use trunkline_core::model::{AccountName, Ceilings, KeyId, Money};
use trunkline_core::registry::AccountEntry;

/// Millionths of a unit: no carrier prices below them.
const PLACES: u32 = 6;

/// The largest amount that is counted as it is, in millionths: a million of them still fit into a purse.
const MOST: i64 = i64::MAX / 1_000_000;

/// What one purchase takes from one purse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The purse's name, for example `identity:AC0123456789abcdef0123456789abcdef:monthly:USD`.
    pub purse: String,
    /// How much.
    pub amount: Money,
    /// The most that may be in the purse with it.
    pub ceiling: Option<Money>,
    /// Whether a release of the number gives it back; a failure of the purchase always does.
    pub monthly: bool,
}

impl Charge {
    /// How much, in millionths, rounded up.
    #[must_use]
    pub fn millionths(&self) -> i64 {
        millionths(self.amount.amount, RoundingStrategy::ToPositiveInfinity)
    }

    /// Whether a purse that was found without room for another charge has none for this one either.
    #[must_use]
    pub fn is_too_much_for(&self, full: &Full) -> bool {
        let ceiling = self
            .ceiling
            .map(|ceiling| millionths(ceiling.amount, RoundingStrategy::ToNegativeInfinity));
        let delta = Delta {
            amount: self.millionths(),
            ceiling,
        };
        self.purse == full.purse && !delta.fits(full.spent)
    }
}

/// A purse that has no room for a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full {
    /// Its name.
    pub purse: String,
    /// What is in it, in millionths.
    pub spent: i64,
}

/// How the sum in one purse is to change, in one conditional write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// By how much, in millionths.
    pub amount: i64,
    /// The most that may be in it afterwards, in millionths.
    pub ceiling: Option<i64>,
}

impl Delta {
    /// Whether a purse with this in it may be changed so.
    #[must_use]
    pub fn fits(self, spent: i64) -> bool {
        let after = spent.saturating_add(self.amount);
        self.ceiling.is_none_or(|ceiling| after <= ceiling)
    }
}

/// Whether ceilings are heeded when charges are booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    /// What finds no room is refused.
    Bounded,
    /// It is owed already, whatever the ceiling.
    Owed,
}

/// How each purse changes, in the order of their names, in which alone they may be locked: `freed` goes out (purse
/// and millionths), `booked` comes in.
#[must_use]
pub fn deltas(
    freed: impl IntoIterator<Item = (String, i64)>,
    booked: &[Charge],
    booking: Booking,
) -> BTreeMap<String, Delta> {
    let mut deltas = BTreeMap::<String, Delta>::new();
    for (purse, amount) in freed {
        deltas.entry(purse).or_default().amount -= amount;
    }
    for charge in booked {
        let delta = deltas.entry(charge.purse.clone()).or_default();
        delta.amount += charge.millionths();
        if let (Booking::Bounded, Some(ceiling)) = (booking, charge.ceiling) {
            let most = millionths(ceiling.amount, RoundingStrategy::ToNegativeInfinity);
            delta.ceiling = Some(delta.ceiling.map_or(most, |other| other.min(most)));
        }
    }
    deltas
}

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

/// What a purchase at these prices, monthly and setup, takes from the purses of the account, and of the key that it is
/// asked for with.
///
/// # Errors
/// `PaymentRequired` if there is a ceiling that the price can't pass: it is not known, in another currency, or by
/// itself more than that.
pub fn charges(
    entry: &AccountEntry,
    key: Option<(&KeyId, Ceilings)>,
    prices: (Option<Money>, Option<Money>),
    at: Timestamp,
) -> Result<Vec<Charge>> {
    let account = entry.provider.account();
    let payers = [(Payer::Identity(entry.provider.identity()), entry.ceilings)].into_iter();
    let payers = payers.chain(key.map(|(key, ceilings)| (Payer::Key(key), ceilings)));
    let mut charges = Vec::new();
    for payer in payers {
        match taken(payer, prices, at) {
            Ok(taken) => charges.extend(taken),
            Err(why) => return Err(refused(account, &why)),
        }
    }
    Ok(charges)
}

fn taken(
    (payer, ceilings): (Payer<'_>, Ceilings),
    (monthly, setup): (Option<Money>, Option<Money>),
    at: Timestamp,
) -> std::result::Result<Vec<Charge>, String> {
    // Whoever quotes the month without a setup fee asks for none.
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
            && let Some(why) = too_much((kind, setting), price, ceiling)
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
    let now = Timestamp::now();
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

fn too_much((kind, setting): (Kind, &str), price: Option<Money>, ceiling: Money) -> Option<String> {
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

fn millionths(amount: Decimal, rounding: RoundingStrategy) -> i64 {
    let scaled = amount.checked_mul(Decimal::from(10_u32.pow(PLACES)));
    let whole = scaled.map(|scaled| scaled.round_dp_with_strategy(0, rounding));
    let whole = whole.and_then(|whole| whole.to_i64()).unwrap_or(MOST);
    whole.clamp(0, MOST)
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

    fn charge(amount: &str, ceiling: &str) -> Charge {
        Charge {
            purse: "p".to_owned(),
            amount: Money::parse(amount, "USD").unwrap(),
            ceiling: Money::parse(ceiling, "USD").ok(),
            monthly: true,
        }
    }

    #[test]
    fn prices_are_rounded_up_and_ceilings_down() {
        let delta = deltas([], &[charge("0.0000001", "1.0000009")], Booking::Bounded)["p"];
        assert_eq!((delta.amount, delta.ceiling), (1, Some(1_000_000)));
        assert!(delta.fits(999_999) && !delta.fits(1_000_000));
    }

    #[test]
    fn what_is_owed_heeds_no_ceiling() {
        let delta = deltas([], &[charge("2", "1")], Booking::Owed)["p"];
        assert!(delta.fits(5_000_000));
    }

    #[test]
    fn what_goes_out_makes_room_for_what_comes_in() {
        let delta = deltas(
            [("p".to_owned(), 1_000_000)],
            &[charge("1", "1")],
            Booking::Bounded,
        )["p"];
        assert_eq!(delta.amount, 0);
        assert!(delta.fits(1_000_000));
    }

    #[test]
    fn a_sum_is_written_like_its_ceiling_and_exactly() {
        let ceiling = Money::parse("100.00", "USD").unwrap();
        assert_eq!(money(1_500_000, ceiling).to_string(), "1.50 USD");
        assert_eq!(money(1_234_500, ceiling).to_string(), "1.2345 USD");
    }

    #[test]
    fn an_amount_beyond_counting_is_counted_as_the_largest() {
        assert_eq!(
            charge("79228162514264337593543950335", "1").millionths(),
            MOST
        );
    }

    #[test]
    fn purse_without_room_has_none_for_what_costs_as_much() {
        let full = |spent: i64| Full {
            purse: charge("1.15", "2.00").purse,
            spent,
        };
        assert!(charge("1.15", "2.00").is_too_much_for(&full(1_150_000)));
        assert!(!charge("0.85", "2.00").is_too_much_for(&full(1_150_000)));
        assert!(!charge("1.15", "9.00").is_too_much_for(&full(1_150_000)));
        let another = Full {
            purse: "another".to_owned(),
            spent: 1_150_000,
        };
        assert!(!charge("1.15", "2.00").is_too_much_for(&another));
    }
}
