//! Ceilings of two accounts, too low for what is wanted of them.

use trunkline_sandbox::{Ledger, ProviderKind};

use crate::stock;

/// What a local number costs a month at the fakes, in cents.
const PRICE: i64 = 115;

/// How much of what is set aside for it there is room for, in hundredths. Not all of it is bought in any case.
const ROOM: usize = 70;

/// Most numbers that there is room for: SignalWire's fake has money for a thousand, and is not to be what refuses.
const ROOM_MOST: usize = 750;

/// What the numbers of an account may come to, in cents; `None` if it has no ceiling. It is no multiple of the price:
/// what is left in the end is less than a number costs.
pub(crate) fn ceiling(account: ProviderKind, purchases: usize) -> Option<i64> {
    let has_one = matches!(account, ProviderKind::SignalWire | ProviderKind::Zendesk);
    let room = (stock::set_aside(account, purchases) * ROOM / 100).min(ROOM_MOST);
    let numbers = i64::try_from(room).unwrap_or(i64::MAX / PRICE).max(1);
    has_one.then_some(numbers * PRICE + PRICE / 2)
}

/// The same as settings of an account.
pub(crate) fn settings(ceiling: i64) -> String {
    let (price, ceiling) = (amount(PRICE), amount(ceiling));
    format!(
        "prices = [{{ country = \"US\", type = \"local\", monthly = \"{price}\", currency = \"USD\" }}]\n\
         spend = {{ monthly = \"{ceiling}\", currency = \"USD\" }}"
    )
}

/// An account's ceiling, and what was bought and given back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Purse {
    pub(crate) account: String,
    /// In cents.
    pub(crate) ceiling: i64,
    /// When what a month costs changed, by which number, and by how many cents; oldest first.
    pub(crate) changes: Vec<(jiff::Timestamp, String, i64)>,
    /// What a month costs in the end, by the carrier's books.
    pub(crate) owed: i64,
    /// The same, as trunkline says.
    pub(crate) committed: Option<i64>,
}

impl Purse {
    /// What the books say of an account.
    pub(crate) fn of(account: &str, ceiling: i64, ledger: &Ledger) -> Self {
        let bought = ledger.purchases.iter();
        let bought = bought.map(|entry| (entry.at, entry.number.clone(), PRICE));
        let released = ledger.releases.iter();
        let released = released.map(|entry| (entry.at, entry.number.clone(), -PRICE));
        let mut changes: Vec<_> = bought.chain(released).collect();
        changes.sort();
        let prices = ledger.owned.iter().map(|entry| cents(&entry.monthly_price));
        Self {
            account: account.to_owned(),
            ceiling,
            changes,
            owed: prices.map(Option::unwrap_or_default).sum(),
            committed: None,
        }
    }
}

/// Cents as a decimal string.
pub(crate) fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// A decimal string in cents; `None` if it is none, or has parts of cents.
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
    fn a_ceiling_leaves_no_room_for_all_that_is_wanted() {
        let ceiling = ceiling(ProviderKind::SignalWire, 1_000).unwrap();
        let wanted = stock::set_aside(ProviderKind::SignalWire, 1_000);
        assert!(ceiling < PRICE * i64::try_from(wanted).unwrap());
        assert_ne!(ceiling % PRICE, 0);
        assert_eq!(super::ceiling(ProviderKind::Twilio, 1_000), None);
    }
}
