//! Numbers that could be purchased.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{
    AddressRequirement, CountryCode, E164, Features, Location, Money, NumberType, ProviderData,
};

/// Where a price comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceSource {
    /// The carrier quoted it.
    Carrier,
    /// The operator configured it.
    Config,
    /// Nobody knows it; it passes no ceiling.
    #[default]
    Unknown,
}

/// A number in a carrier's stock, as it was a moment ago: none is reserved by being found.
#[derive(Clone, Debug, PartialEq)]
pub struct AvailableNumber {
    /// The number.
    pub number: E164,
    /// As people in its country write it.
    pub display_number: String,
    /// Country.
    pub country: Option<CountryCode>,
    /// Type.
    pub number_type: NumberType,
    /// What it can do.
    pub features: Features,
    /// Where it is.
    pub location: Location,
    /// The address that its purchase needs.
    pub address_requirement: AddressRequirement,
    /// Price of a month.
    pub monthly_price: Option<Money>,
    /// Price of the purchase itself.
    pub setup_price: Option<Money>,
    /// Where the prices come from.
    pub price_source: PriceSource,
    /// What the carrier wants back with the purchase, for example Zendesk's token.
    pub handle: Option<String>,
    /// When the carrier's handle expires.
    pub expires_at: Option<Timestamp>,
    /// What has no unified place.
    pub provider_data: ProviderData,
}
