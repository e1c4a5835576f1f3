//! Ceilings of an account and of a key, too low for what is wanted of them.

use jiff::Timestamp;
use trunkline_sandbox::{ProviderKind, Trait};

use crate::accounts::{Line, Role, role};
use crate::stock;

/// What a local number costs a month at the fakes, in cents.
const PRICE: i64 = 115;

/// How much of what is set aside for a capped account there is room for, in hundredths. Not all of it is bought anyway.
const ROOM: usize = 70;

/// Most numbers that there is room for: a fake may let an account hold a thousand, and must not be what refuses.
const ROOM_MOST: usize = 750;

/// The share of the purchases that are made with a key that has a ceiling.
pub(crate) const CAPPED: f64 = 0.1;

/// The price of so many numbers, in cents. It is no multiple of the price: less than a number costs is left in the end.
fn room_for(numbers: usize) -> i64 {
    let numbers = i64::try_from(numbers).unwrap_or(i64::MAX / PRICE);
    numbers.max(1) * PRICE + PRICE / 2
}

/// What the purchases of that key may come to, in cents: about half of what is asked for with it.
pub(crate) fn key_ceiling(purchases: usize) -> i64 {
    room_for(purchases / 20)
}

/// What the numbers of an account may come to, in cents; `None` if it has no ceiling.
pub(crate) fn ceiling(account: ProviderKind, purchases: usize) -> Option<i64> {
    let numbers = match role(account)? {
        Role::Capped => stock::set_aside(Role::Capped, purchases) * ROOM / 100,
        Role::Renamed => ROOM_MOST,
        Role::Shared => return None,
    };
    Some(room_for(numbers.min(ROOM_MOST)))
}

/// What is configured of an account's money: prices where the carrier has no list of them, and the ceiling if it has one.
pub(crate) fn settings(account: ProviderKind, purchases: usize) -> String {
    let price = amount(PRICE);
    let mut settings = String::new();
    if account.has(Trait::Shop) && !account.offers("list_prices") {
        settings += &format!(
            "prices = [{{ country = \"US\", type = \"local\", monthly = \"{price}\", currency = \"USD\" }}]\n"
        );
    }
    if let Some(ceiling) = ceiling(account, purchases).map(amount) {
        settings += &format!("spend = {{ monthly = \"{ceiling}\", currency = \"USD\" }}\n");
    }
    settings
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    pub(crate) line: Line,
    pub(crate) cents: i64,
}

impl Change {
    pub(crate) const fn bought(at: Timestamp, line: Line) -> Self {
        Self {
            at,
            line,
            cents: PRICE,
        }
    }

    pub(crate) const fn released(at: Timestamp, line: Line) -> Self {
        Self {
            at,
            line,
            cents: -PRICE,
        }
    }
}

/// The ceiling of an account or a key, and what was bought and released.
#[derive(Clone, Debug, Default)]
pub(crate) struct Purse {
    /// The account, or a name for the key.
    pub(crate) account: String,
    pub(crate) ceiling: i64,
    /// Oldest first.
    pub(crate) changes: Vec<Change>,
    /// What a month costs in the end, by the carrier's ledger, in cents.
    pub(crate) owed: i64,
    /// The same as trunkline shows it.
    pub(crate) committed: Option<i64>,
}

impl Purse {
    pub(crate) fn new(account: &str, owed: i64, mut changes: Vec<Change>) -> Self {
        changes.sort();
        Self {
            account: account.to_owned(),
            changes,
            owed,
            ..Self::default()
        }
    }
}

/// Cents as a decimal string.
pub(crate) fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// A decimal string in cents; `None` if it can't be read, or has parts of cents.
pub(crate) fn cents(amount: &str) -> Option<i64> {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let part = match part.trim_end_matches('0') {
        "" => 0,
        one if one.len() == 1 => one.parse::<i64>().ok()? * 10,
        two if two.len() == 2 => two.parse().ok()?,
        _ => return None,
    };
    Some(whole.parse::<i64>().ok()? * 100 + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_cent() {
        for (text, expected) in [
            ("1.15", Some(115)),
            ("0.5", Some(50)),
            ("12", Some(1_200)),
            ("2.500000", Some(250)),
            ("1.155", None),
            ("dear", None),
        ] {
            assert_eq!(cents(text), expected, "{text}");
        }
        assert_eq!(amount(1_205), "12.05");
    }

    #[test]
    fn ceiling_without_room_for_the_whole_allocation_is_reported() {
        let ceiling = ceiling(ProviderKind::SignalWire, 1_000).unwrap();
        let wanted = stock::set_aside(Role::Capped, 1_000);
        assert!(ceiling < PRICE * i64::try_from(wanted).unwrap());
        assert_ne!(ceiling % PRICE, 0);
        assert_eq!(super::ceiling(ProviderKind::Twilio, 1_000), None);
    }
}
