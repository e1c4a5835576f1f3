//! Where numbers are on sale.

use trunkline_engine::Market;

use crate::dto::convert::dtos;

dtos! {
    /// A country in which an account can buy numbers.
    pub(crate) CountryDto as CountryOnSale = Market, |market| {
        /// The account.
        #[schema(examples("twilio"))]
        account: String,
        /// Its provider.
        provider: String,
        /// ISO 3166-1 alpha-2.
        #[schema(examples("GB"))]
        country: String = market.on_sale.country,
        /// Its name in English, where the carrier gives it.
        #[schema(examples("United Kingdom"))]
        name: Option<String> = market.on_sale.name,
        /// The types of number on sale there.
        number_types: Vec<String> = market.on_sale.number_types,
    }
}
