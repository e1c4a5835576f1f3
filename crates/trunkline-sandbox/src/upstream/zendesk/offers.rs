//! The tokens of a search, with which numbers are bought.
//!
//! A token is one account's and one number's, and valid for one purchase. How long it is valid is not documented.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;

/// The tokens that are valid, or were until they expired.
#[derive(Debug, Default)]
pub(super) struct Offers {
    offers: HashMap<String, Offer>,
    /// By account and number.
    quotes: HashMap<(&'static str, String), Quote>,
}

/// What an account was last shown of a number.
#[derive(Debug, Default)]
pub(super) struct Quote {
    pub(super) token: String,
    /// The row of the search, once it was written.
    pub(super) row: Option<Box<RawValue>>,
}

/// A number that an account may buy.
#[derive(Debug)]
pub(super) struct Offer {
    account: &'static str,
    number: String,
    expires: Timestamp,
}

impl Offer {
    pub(super) fn of(account: &'static str, number: &str, now: Timestamp, life: Duration) -> Self {
        let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
        Self {
            account,
            number: number.to_owned(),
            expires: now.checked_add(life).unwrap_or(Timestamp::MAX),
        }
    }
}

/// Why a token buys nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worthless {
    Unknown,
    Expired,
}

impl Offers {
    /// The quote for an offer: the one there is, which is prolonged, or a new one with a token that `mint` makes.
    pub(super) fn quote(
        &mut self,
        offer: Offer,
        now: Timestamp,
        mint: impl FnOnce() -> String,
    ) -> &mut Quote {
        let key = (offer.account, offer.number.clone());
        let quote = self.quotes.entry(key).or_default();
        match self.offers.get_mut(&quote.token) {
            Some(known) if known.expires > now => known.expires = offer.expires,
            Some(_) | None => {
                self.offers.remove(&quote.token);
                let token = mint();
                self.offers.insert(token.clone(), offer);
                *quote = Quote { token, row: None };
            }
        }
        quote
    }

    pub(super) fn number(
        &self,
        account: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<&str, Worthless> {
        let offer = self
            .offers
            .get(token)
            .filter(|offer| offer.account == account)
            .ok_or(Worthless::Unknown)?;
        if offer.expires <= now {
            return Err(Worthless::Expired);
        }
        Ok(&offer.number)
    }

    /// Takes a token out of force.
    pub(super) fn spend(&mut self, token: &str) {
        if let Some(offer) = self.offers.remove(token) {
            self.quotes.remove(&(offer.account, offer.number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(900);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn offer(second: i64) -> Offer {
        Offer::of("a", "+14155550100", at(second), LIFE)
    }

    #[test]
    fn token_is_kept_while_it_is_valid_and_replaced_after() {
        let mut offers = Offers::default();
        let mut quote = |second, name: &str| {
            let quote = offers.quote(offer(second), at(second), || name.to_owned());
            quote.token.clone()
        };
        assert_eq!(quote(0, "one"), "one");
        assert_eq!(quote(800, "two"), "one");
        assert_eq!(quote(1_700, "three"), "three");
        let number = |token, second| offers.number("a", token, at(second));
        assert_eq!(number("one", 1_701), Err(Worthless::Unknown));
        assert_eq!(number("three", 2_599), Ok("+14155550100"));
        assert_eq!(number("three", 2_600), Err(Worthless::Expired));
    }

    #[test]
    fn token_is_valid_once_and_in_its_account() {
        let mut offers = Offers::default();
        offers.quote(offer(0), at(0), || "one".to_owned());
        assert_eq!(offers.number("b", "one", at(1)), Err(Worthless::Unknown));
        offers.spend("one");
        assert_eq!(offers.number("a", "one", at(1)), Err(Worthless::Unknown));
    }
}
