//! Offers: an available number as it was quoted, sealed, to be handed back with a purchase.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::seal::Sealer;
use trunkline_core::error::{Error, Result};
use trunkline_core::model::{
    AccountName, AddressRequirement, AvailableNumber, E164, Money, PriceSource, PurchaseOrder,
    Tenant,
};

/// Longest that an offer holds, whatever the carrier says.
pub const OFFER_TTL: Duration = Duration::from_secs(15 * 60);

const PURPOSE: &str = "offer";
const PREFIX: &str = "of_";

/// What an offer says. Only its tenant can use it, at any replica, until it expires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    #[serde(rename = "t")]
    tenant: Tenant,
    #[serde(rename = "a")]
    account: AccountName,
    #[serde(rename = "n")]
    number: E164,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    monthly_price: Option<Money>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    setup_price: Option<Money>,
    #[serde(rename = "p", default)]
    price_source: PriceSource,
    #[serde(rename = "r")]
    address_requirement: AddressRequirement,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
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
        let now = Timestamp::now();
        let expires = expiry(quote, now).as_second();
        let offer = Self {
            tenant: tenant.clone(),
            account: account.clone(),
            number: quote.number,
            monthly_price: quote.monthly_price,
            setup_price: quote.setup_price,
            price_source: quote.price_source,
            address_requirement: quote.address_requirement.clone(),
            handle: quote.handle.clone(),
            expires_at: expires,
        };
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
