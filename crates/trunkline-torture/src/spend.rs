//! Ceilings of an account and of a key, too low for what is wanted of them.

use std::collections::HashSet;

use jiff::Timestamp;
use trunkline_sandbox::{Ledger, OwnedEntry, ProviderKind};

use crate::judge::{Evidence, Line};
use crate::{accounts, stock};

/// What a local number costs a month at the fakes, in cents.
const PRICE: i64 = 115;

/// How much of what is set aside for it there is room for, in hundredths. Not all of it is bought in any case.
const ROOM: usize = 70;

/// Most numbers that there is room for: SignalWire's fake has money for a thousand, and is not to be what refuses.
const ROOM_MOST: usize = 750;

/// The share of the purchases that are made with a key that has a ceiling.
pub(crate) const CAPPED: f64 = 0.1;

/// What the purchases of that key may come to, in cents: about half of what is asked for with it.
pub(crate) fn key_ceiling(purchases: usize) -> i64 {
    let numbers = i64::try_from(purchases / 20)
        .unwrap_or(i64::MAX / PRICE)
        .max(1);
    numbers * PRICE + PRICE / 2
}

/// What the numbers of an account may come to, in cents; `None` if it has no ceiling. It is no multiple of the price:
/// what is left in the end is less than a number costs. That of [`accounts::RENAMED`] only counts: it leaves room for all.
pub(crate) fn ceiling(account: ProviderKind, purchases: usize) -> Option<i64> {
    let room = match account {
        ProviderKind::SignalWire => stock::set_aside(account, purchases) * ROOM / 100,
        accounts::RENAMED => ROOM_MOST,
        _ => return None,
    };
    let numbers = i64::try_from(room.min(ROOM_MOST)).unwrap_or(i64::MAX / PRICE);
    Some(numbers.max(1) * PRICE + PRICE / 2)
}

/// What is configured of an account's money: prices where the carrier gives none, and the ceiling if it has one.
pub(crate) fn settings(account: ProviderKind, purchases: usize) -> String {
    let price = amount(PRICE);
    let mut settings = String::new();
    if matches!(account, ProviderKind::SignalWire | ProviderKind::Zendesk) {
        settings += &format!(
            "prices = [{{ country = \"US\", type = \"local\", monthly = \"{price}\", currency = \"USD\" }}]\n"
        );
    }
    if let Some(ceiling) = ceiling(account, purchases).map(amount) {
        settings += &format!("spend = {{ monthly = \"{ceiling}\", currency = \"USD\" }}\n");
    }
    settings
}

/// The ceiling of an account or a key, and what was bought and given back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Purse {
    /// The account; a key's is called [`KEY`].
    pub(crate) account: String,
    /// In cents.
    pub(crate) ceiling: i64,
    /// When what a month costs changed, by which number, and by how many cents; oldest first.
    pub(crate) changes: Vec<(Timestamp, Line, i64)>,
    /// What a month costs in the end, by the carrier's books.
    pub(crate) owed: i64,
    /// The same, as trunkline says.
    pub(crate) committed: Option<i64>,
}

/// What the key with a ceiling is called among the purses.
pub(crate) const KEY: &str = "the key with a ceiling";

impl Purse {
    /// What the books say of an account, apart from what a person bought there and no purchase has won or asks about.
    pub(crate) fn of(
        account: &str,
        ceiling: i64,
        ledger: &Ledger,
        claimed: &HashSet<Line>,
    ) -> Self {
        let line = |number: &String| (account.to_owned(), number.clone());
        let bought = ledger.purchases.iter().filter(|entry| entry.by.is_none());
        let bought = bought.map(|entry| (entry.at, line(&entry.number), PRICE));
        let released = ledger.releases.iter();
        let released = released.map(|entry| (entry.at, line(&entry.number), -PRICE));
        let counts =
            |entry: &&OwnedEntry| entry.by.is_none() || claimed.contains(&line(&entry.number));
        let owned = ledger.owned.iter().filter(counts);
        let prices = owned.map(|entry| cents(&entry.monthly_price));
        Self {
            owed: prices.map(Option::unwrap_or_default).sum(),
            ..Self::with(account, ceiling, bought.chain(released).collect())
        }
    }

    /// What was bought under the key with a ceiling (the orders that `capped` names), and given back since.
    pub(crate) fn of_key(evidence: &Evidence, ceiling: i64) -> Self {
        let mut changes = Vec::new();
        for purchase in &evidence.journal {
            let line = purchase.line();
            let held = purchase.succeeded() || purchase.needs_person.is_some();
            if !held || !evidence.capped.contains(&purchase.idempotency_key) {
                continue;
            }
            // What a person bought between a look and a request can't be told from ours: one charge for both.
            let persons = || {
                evidence
                    .charges
                    .iter()
                    .find(|charge| charge.line == line)
                    .map(|c| c.at)
            };
            let Some(bought) = evidence.charge_of(purchase).or_else(persons) else {
                continue;
            };
            let back = evidence.releases.iter();
            let back = back
                .filter(|entry| entry.line == line && entry.at >= bought)
                .map(|entry| entry.at);
            changes.extend(back.min().map(|at| (at, line.clone(), -PRICE)));
            changes.push((bought, line, PRICE));
        }
        let owed = changes.iter().map(|(_, _, change)| change).sum();
        Self {
            owed,
            ..Self::with(KEY, ceiling, changes)
        }
    }

    fn with(account: &str, ceiling: i64, mut changes: Vec<(Timestamp, Line, i64)>) -> Self {
        changes.sort();
        Self {
            account: account.to_owned(),
            ceiling,
            changes,
            ..Self::default()
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
