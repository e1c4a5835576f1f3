//! Offers: an available number as it was quoted, sealed, to be handed back with a purchase.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::seal::Sealer;
use trunkline_core::error::{Error, Result};
use trunkline_core::host;
use trunkline_core::model::{
    AccountName, AddressRequirement, AvailableNumber, E164, Money, PriceSource, PurchaseOrder,
    Tenant,
};

/// Longest that an offer holds, whatever the carrier says.
pub const OFFER_TTL: Duration = Duration::from_secs(15 * 60);

const PURPOSE: &str = "offer";
const PREFIX: &str = "of_";

/// What an offer says. Only its tenant can use it, at any replica, until it expires. It is sealed as a list of these fields
/// in this order; builds before that sealed an object with these names, which opens as well.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Offer {
    #[serde(rename = "t")]
    tenant: Tenant,
    #[serde(rename = "a")]
    account: AccountName,
    #[serde(rename = "n")]
    number: E164,
    #[serde(rename = "m", default)]
    monthly_price: Option<Money>,
    #[serde(rename = "s", default)]
    setup_price: Option<Money>,
    #[serde(rename = "p", default)]
    price_source: PriceSource,
    #[serde(rename = "r")]
    address_requirement: AddressRequirement,
    #[serde(rename = "h", default)]
    handle: Option<String>,
    #[serde(rename = "e")]
    expires_at: i64,
}

/// When a quote made now expires: with the carrier's handle, 15 minutes at most.
pub(crate) fn expiry(quote: &AvailableNumber, now: Timestamp) -> Timestamp {
    let latest = now
        .checked_add(SignedDuration::try_from(OFFER_TTL).unwrap_or_default())
        .unwrap_or(now);
    quote.expires_at.map_or(latest, |at| at.min(latest))
}

impl Offer {
    /// Seals a quote; answers the token and when it expires: with the carrier's handle, 15 minutes at most.
    ///
    /// # Errors
    /// `Internal` if sealing fails.
    pub fn seal(
        sealer: &Sealer,
        tenant: &Tenant,
        account: &AccountName,
        quote: &AvailableNumber,
    ) -> Result<(String, Timestamp)> {
        let now = host::now();
        let expires = expiry(quote, now).as_second();
        let price = |money: Option<Money>| money.map(|money| (money.amount, money.currency));
        let offer = (
            tenant.as_str(),
            account.as_str(),
            quote.number,
            price(quote.monthly_price),
            price(quote.setup_price),
            quote.price_source,
            quote.address_requirement.as_str(),
            &quote.handle,
            expires,
        );
        let token = format!("{PREFIX}{}", sealer.seal(PURPOSE, &offer)?);
        Ok((token, Timestamp::from_second(expires).unwrap_or(now)))
    }

    /// Opens a token.
    ///
    /// # Errors
    /// `InvalidRequest` naming `offer` if it was altered, sealed elsewhere or is another tenant's.
    pub fn open(sealer: &Sealer, tenant: &Tenant, token: &str) -> Result<Self> {
        let sealed = token.strip_prefix(PREFIX);
        sealed
            .and_then(|sealed| sealer.open::<Self>(PURPOSE, sealed))
            .filter(|offer| offer.tenant == *tenant)
            .ok_or_else(|| Error::invalid("offer", "not an offer made here: search again"))
    }

    /// The order it stands for.
    pub fn order(self) -> PurchaseOrder {
        let mut order = PurchaseOrder::new(self.account, self.number);
        order.handle = self.handle;
        order.address_requirement = Some(self.address_requirement);
        order.monthly_price = self.monthly_price;
        order.setup_price = self.setup_price;
        order.price_source = self.price_source;
        order.expires_at = Timestamp::from_second(self.expires_at).ok();
        order
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::model::{Features, Location, NumberType, ProviderData};

    use super::*;

    fn quote() -> AvailableNumber {
        AvailableNumber {
            number: "+14155550100".parse().unwrap(),
            display_number: String::new(),
            country: None,
            number_type: NumberType::Local,
            features: Features::default(),
            location: Location::default(),
            address_requirement: AddressRequirement::Local,
            monthly_price: Money::parse("1.150", "USD").ok(),
            setup_price: None,
            price_source: PriceSource::Config,
            handle: Some("h".to_owned()),
            expires_at: None,
            provider_data: ProviderData::default(),
        }
    }

    #[test]
    fn offer_of_an_earlier_version_opens_and_a_new_one_is_shorter() {
        let (sealer, tenant) = (Sealer::new(b"one"), Tenant::default());
        let account = "us-main".parse().unwrap();
        let (token, expires) = Offer::seal(&sealer, &tenant, &account, &quote()).unwrap();
        let document = serde_json::json!({
            "t": "default", "a": "us-main", "n": "+14155550100", "m": {"amount": "1.150", "currency": "USD"},
            "p": "config", "r": "local", "h": "h", "e": expires.as_second()
        });
        let earlier = format!("{PREFIX}{}", sealer.seal(PURPOSE, &document).unwrap());
        let open = |token| Offer::open(&sealer, &tenant, token).unwrap();
        assert_eq!(open(&token), open(&earlier));
        assert_eq!(open(&token).monthly_price, quote().monthly_price);
        assert!(token.len() * 4 < earlier.len() * 3, "{token} {earlier}");
    }
}
