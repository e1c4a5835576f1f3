//! Accounts whose numbers have prices, and ceilings for them.

use std::sync::Arc;

use trunkline_core::{AccountEntry, Ceilings, CountryCode, Money, NumberType, Price, Provider};

use super::Scripted;

/// An amount of US dollars, such as `1.15`.
///
/// # Panics
/// For a text that is no amount.
#[must_use]
#[expect(
    clippy::unwrap_used,
    reason = "a test that writes an amount wrongly must stop"
)]
pub fn money(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

/// A ceiling for monthly prices, in US dollars.
#[must_use]
pub fn ceilings(monthly: &str) -> Ceilings {
    Ceilings {
        monthly: Some(money(monthly)),
        setup: None,
    }
}

/// An account whose local numbers cost 1.15 a month and 0.50 for setup.
#[must_use]
pub fn priced(carrier: &Arc<Scripted>, ceilings: Ceilings) -> AccountEntry {
    let mut entry = AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>);
    entry.ceilings = ceilings;
    entry.prices = vec![Price {
        country: CountryCode::US,
        number_type: NumberType::Local,
        monthly: money("1.15"),
        setup: Some(money("0.50")),
    }];
    entry
}
