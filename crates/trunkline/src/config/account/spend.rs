//! Spending limits of an account.

use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::Deserialize;
use trunkline_core::Ceilings;
use trunkline_core::Money;

use crate::config::account::price::{amount, currency};

/// Limits as they are written. All keys are optional here, so that all missing ones are reported at once.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spend {
    #[serde(default, deserialize_with = "amount")]
    monthly: Option<Decimal>,
    #[serde(default, deserialize_with = "amount")]
    setup: Option<Decimal>,
    #[serde(default, deserialize_with = "currency")]
    currency: Option<Currency>,
}

impl Spend {
    /// At least one of these keys is required.
    pub(super) const CEILINGS: [&str; 2] = ["monthly", "setup"];

    /// The limits; none without a currency.
    pub(super) fn ceilings(&self) -> Ceilings {
        let money = |amount: Option<Decimal>| {
            let (amount, currency) = amount.zip(self.currency)?;
            Some(Money { amount, currency })
        };
        Ceilings {
            monthly: money(self.monthly),
            setup: money(self.setup),
        }
    }
}
