//! What is asked of a carrier: to sell a number, or to take one on its books.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{
    AccountName, AddressRequirement, E164, Money, Number, NumberUpdate, Patch, PriceSource,
    ProviderData, Routing,
};

/// An order for one exact number at one account. "Any number in 415" can't be ordered: it could not be reconciled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PurchaseOrder {
    /// The account that buys.
    pub account: AccountName,
    /// The number.
    pub number: E164,
    /// What the carrier wants back from its search answer.
    #[serde(default)]
    pub handle: Option<String>,
    /// The carrier's id of the address it wants to see.
    #[serde(default)]
    pub address_id: Option<String>,
    /// The address that the carrier's search said the purchase needs, if the order was made from what it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_requirement: Option<AddressRequirement>,
    /// Name, set after the purchase.
    #[serde(default)]
    pub label: Option<String>,
    /// What happens to a call, set after the purchase.
    #[serde(default)]
    pub voice: Option<Routing>,
    /// What happens to a message, set after the purchase.
    #[serde(default)]
    pub messaging: Option<Routing>,
    /// Address given to emergency services, set after the purchase.
    #[serde(default)]
    pub emergency_address_id: Option<String>,
    /// What one carrier alone has, some of it for the sale and some for afterwards; the adapter knows.
    #[serde(default)]
    pub provider_options: ProviderData,
    /// Price of a month, as quoted.
    #[serde(default)]
    pub monthly_price: Option<Money>,
    /// Price of the purchase itself, as quoted.
    #[serde(default)]
    pub setup_price: Option<Money>,
    /// Where the prices come from.
    #[serde(default)]
    pub price_source: PriceSource,
    /// When the offer expires.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

impl PurchaseOrder {
    /// An order for this number and nothing else.
    #[must_use]
    pub fn new(account: AccountName, number: E164) -> Self {
        Self {
            account,
            number,
            handle: None,
            address_id: None,
            address_requirement: None,
            label: None,
            voice: None,
            messaging: None,
            emergency_address_id: None,
            provider_options: ProviderData::default(),
            monthly_price: None,
            setup_price: None,
            price_source: PriceSource::Unknown,
            expires_at: None,
        }
    }

    /// What is to be set once the number is held, apart from `provider_options`; empty if nothing is.
    pub fn settings(&self) -> NumberUpdate {
        NumberUpdate {
            label: Patch::from(self.label.clone()),
            voice: Patch::from(self.voice.clone()),
            messaging: Patch::from(self.messaging.clone()),
            emergency_address_id: Patch::from(self.emergency_address_id.clone()),
            ..NumberUpdate::default()
        }
    }
}

/// Asks an account to take numbers on its books that are held elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Register {
    /// The numbers, E.164 or as the carrier keeps them.
    pub numbers: Vec<String>,
    /// The carrier's id of the place.
    pub location: Option<String>,
    /// Usable by everyone in the account.
    pub shared: Option<bool>,
    /// What one carrier alone has.
    pub provider_options: ProviderData,
}

/// Asks an account to take contiguous numbers on its books, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeRequest {
    /// The first.
    pub start_number: String,
    /// The last.
    pub end_number: String,
    /// The carrier's id of the place.
    #[serde(default)]
    pub location: Option<String>,
}

/// What became of one number of a range.
#[derive(Clone, Debug, PartialEq)]
pub enum RangeOutcome {
    /// It is new.
    Created(Box<Number>),
    /// It was there already.
    Existing(Box<Number>),
    /// It was refused.
    Failed(Error),
}

/// One number of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeItem {
    /// The number.
    pub number: String,
    /// What became of it.
    pub outcome: RangeOutcome,
}
