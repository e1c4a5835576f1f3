//! Prices that the carrier's API does not give, and spending limits.

use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use trunkline_core::{Ceilings, CountryCode, Money, NumberType, Price};

use crate::config::units;

/// A price as it is written. All keys are optional here, so that all missing ones are reported at once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    #[serde(default, deserialize_with = "units::some_text")]
    country: Option<CountryCode>,
    #[serde(rename = "type", default, deserialize_with = "number_type")]
    number_type: Option<NumberType>,
    #[serde(default, deserialize_with = "amount")]
    monthly: Option<Decimal>,
    #[serde(default, deserialize_with = "amount")]
    setup: Option<Decimal>,
    #[serde(default, deserialize_with = "currency")]
    currency: Option<Currency>,
}

impl Row {
    /// The required keys.
    pub(super) const REQUIRED: [&str; 4] = ["country", "type", "monthly", "currency"];

    /// The price, if no required key is missing.
    pub(super) fn complete(self) -> Option<Price> {
        let currency = self.currency?;
        let money = |amount| Money { amount, currency };
        Some(Price {
            country: self.country?,
            number_type: self.number_type?,
            monthly: money(self.monthly?),
            setup: self.setup.map(money),
        })
    }
}

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

fn number_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NumberType>, D::Error> {
    units::parsed(deserializer, |text| match NumberType::from(text) {
        NumberType::Other(_) => {
            let known: Vec<_> = NumberType::KNOWN.iter().map(NumberType::as_str).collect();
            Err(format!("expected a type of number: {}", known.join(", ")))
        }
        known => Ok(Some(known)),
    })
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Currency>, D::Error> {
    let parse = |text: &str| {
        Currency::from_code(text).ok_or("expected an ISO 4217 currency code such as USD")
    };
    units::parsed(deserializer, parse).map(Some)
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let parse = |text: &str| {
        let amount = text
            .parse::<Decimal>()
            .ok()
            .filter(|amount| !amount.is_sign_negative());
        amount.ok_or("expected an amount such as \"1.15\"")
    };
    units::parsed(deserializer, parse).map(Some)
}
