//! What a purchase takes from a purse, and how the sum in one changes.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use trunkline_core::model::Money;
use trunkline_core::strength::Safeguard;

/// Millionths of a unit: no carrier prices below them.
pub(super) const PLACES: u32 = 6;

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
    pub fn millionths(&self) -> i64 {
        millionths(self.amount.amount, RoundingStrategy::ToPositiveInfinity)
    }

    /// Whether a purse that was found without room for another charge has none for this one either.
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
    pub fn fits(self, spent: i64) -> bool {
        let after = spent.saturating_add(self.amount);
        Safeguard::Ceiling.is_off() || self.ceiling.is_none_or(|ceiling| after <= ceiling)
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

/// How each purse changes, sorted by name, the order in which they are locked: `freed` goes out, `booked` comes in.
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

fn millionths(amount: Decimal, rounding: RoundingStrategy) -> i64 {
    let scaled = amount.checked_mul(Decimal::from(10_u32.pow(PLACES)));
    let whole = scaled.map(|scaled| scaled.round_dp_with_strategy(0, rounding));
    let whole = whole.and_then(|whole| whole.to_i64()).unwrap_or(MOST);
    whole.clamp(0, MOST)
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
    fn owed_charge_is_booked_over_the_ceiling() {
        let delta = deltas([], &[charge("2", "1")], Booking::Owed)["p"];
        assert!(delta.fits(5_000_000));
    }

    #[test]
    fn freed_charge_makes_room_for_the_next() {
        let delta = deltas(
            [("p".to_owned(), 1_000_000)],
            &[charge("1", "1")],
            Booking::Bounded,
        )["p"];
        assert_eq!(delta.amount, 0);
        assert!(delta.fits(1_000_000));
    }

    #[test]
    fn an_amount_beyond_counting_is_counted_as_the_largest() {
        assert_eq!(
            charge("79228162514264337593543950335", "1").millionths(),
            MOST
        );
    }

    #[test]
    fn full_purse_has_no_room_for_a_charge_of_the_same_size() {
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
