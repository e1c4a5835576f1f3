//! Where numbers are on sale.

use serde::Serialize;
use trunkline_core::NumberType;
use trunkline_engine::Market;
use utoipa::ToSchema;

/// A country in which an account can buy numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountryOnSale)]
pub(crate) struct CountryDto {
    /// The account.
    #[schema(examples("us-main"))]
    pub(crate) account: String,
    /// Its provider.
    #[schema(examples("twilio"))]
    pub(crate) provider: String,
    /// ISO 3166-1 alpha-2.
    #[schema(examples("GB"))]
    pub(crate) country: String,
    /// Its name in English, where the carrier says it.
    #[schema(examples("United Kingdom"))]
    pub(crate) name: Option<String>,
    /// The types of number on sale there.
    #[schema(value_type = Vec<String>)]
    pub(crate) number_types: Vec<NumberType>,
}

impl From<Market> for CountryDto {
    fn from(market: Market) -> Self {
        Self {
            account: market.account.into(),
            provider: market.provider.to_string(),
            country: market.on_sale.country.into(),
            name: market.on_sale.name,
            number_types: market.on_sale.number_types,
        }
    }
}
