//! Money.

use std::fmt;

use iso_currency::Currency;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// An amount and its currency. Carriers price below a cent, so the amount is a decimal, a string in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount, for example `1.15`.
    pub amount: Decimal,
    /// ISO 4217 code, for example `USD`.
    pub currency: Currency,
}

impl Money {
    /// Reads an amount and a currency code as carriers write them, the code in either case.
    ///
    /// # Errors
    /// `InvalidRequest` if either can't be read.
    pub fn parse(amount: &str, currency: &str) -> Result<Self> {
        let amount = amount
            .trim()
            .parse()
            .map_err(|_| Error::invalid("amount", "not a decimal number"))?;
        let currency = Currency::from_code(&currency.to_ascii_uppercase())
            .ok_or_else(|| Error::invalid("currency", "not an ISO 4217 currency code"))?;
        Ok(Self { amount, currency })
    }

    /// The amount in millionths of the currency's unit, rounded up; no carrier prices below them.
    #[must_use]
    pub fn micros(self) -> i64 {
        let scaled = self.amount.checked_mul(Decimal::from(1_000_000));
        scaled
            .and_then(|micros| micros.ceil().to_i64())
            .unwrap_or(i64::MAX - 1)
    }

    /// Whether this is at most the ceiling. In another currency it never is.
    pub fn is_within(self, ceiling: Self) -> bool {
        self.currency == ceiling.currency && self.amount <= ceiling.amount
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_string_in_json_and_keeps_its_places() {
        let money = Money::parse("1.150", "usd").unwrap();
        assert_eq!(
            serde_json::to_string(&money).unwrap(),
            r#"{"amount":"1.150","currency":"USD"}"#
        );
    }

    #[test]
    fn no_ceiling_lets_another_currency_pass() {
        let ceiling = Money::parse("100", "USD").unwrap();
        assert!(Money::parse("100", "USD").unwrap().is_within(ceiling));
        assert!(!Money::parse("1", "EUR").unwrap().is_within(ceiling));
    }
}
