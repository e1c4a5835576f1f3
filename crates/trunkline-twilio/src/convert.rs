//! Twilio's documents to the unified model: here and below is all that names both.

mod caller_ids;
mod held;

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use trunkline_core::{
    AvailableNumber, CountryOnSale, E164, Location, Money, NumberType, PriceSource, ProviderData,
    Result, SearchQuery,
};
use trunkline_http::wire::{Text, address_requirement, lacks};

pub(crate) use caller_ids::{caller_id, pending_caller_id};
pub(crate) use held::number;

use crate::wire;
use crate::words::number_type;

/// A number for sale, of the type that was searched. Errors: `Protocol` if it has no E.164 number, which is all there
/// is to order it by.
pub(crate) fn available(
    query: &SearchQuery,
    mut row: wire::AvailableNumber<'_>,
) -> Result<AvailableNumber> {
    let digits = row.phone_number.take();
    let number: Option<E164> = digits.get().and_then(|digits| digits.parse().ok());
    let number = number.ok_or_else(|| lacks("phone_number"))?;
    let country = row.iso_country.take();
    let country = country.get().and_then(|code| code.parse().ok());
    let location = location(&mut row);
    Ok(AvailableNumber {
        display_number: display(&number, &mut row.friendly_name),
        number,
        country: country.or(Some(query.country)),
        number_type: query.number_type.clone(),
        features: std::mem::take(&mut row.capabilities).known,
        location,
        address_requirement: address_requirement(&row.address_requirements.take()),
        monthly_price: None,
        setup_price: None,
        price_source: PriceSource::Unknown,
        handle: None,
        expires_at: None,
        provider_data: ProviderData::of(&row)?,
    })
}

/// Takes the display form of a number: Twilio's own where it is a format of this number, which outside of +1 it is not.
/// Another name stays.
fn display(number: &E164, friendly_name: &mut Text<'_>) -> String {
    let text = friendly_name.get().unwrap_or_default();
    let digits = || text.bytes().rev().filter(u8::is_ascii_digit);
    let bare = text.bytes().all(|b| b.is_ascii_digit() || b == b'+');
    let count = digits().count();
    let same = digits().eq(number.digits().bytes().rev().take(count));
    let plain = number.describe().display;
    if bare && count == number.digits().len() && same {
        friendly_name.take();
        return plain;
    }
    // Fewer digits are no number, and letters no format.
    let formats = !bare && count > 5 && !text.contains(char::is_alphabetic) && same;
    if formats {
        return friendly_name.take().into_string().unwrap_or(plain);
    }
    plain
}

fn location(row: &mut wire::AvailableNumber<'_>) -> Location {
    let (latitude, longitude) = coordinates(&row.latitude.take(), &row.longitude.take());
    Location {
        region: row.region.take().into_string(),
        locality: row.locality.take().into_string(),
        postal_code: row.postal_code.take().into_string(),
        latitude,
        longitude,
        rate_center: row.rate_center.take().into_string(),
        ..Location::default()
    }
}

/// Degrees north and east; where Twilio does not know them it may write zeros.
fn coordinates(latitude: &Text<'_>, longitude: &Text<'_>) -> (Option<f64>, Option<f64>) {
    let degrees = |text: &Text<'_>| text.get().and_then(|text| text.trim().parse::<f64>().ok());
    match (degrees(latitude), degrees(longitude)) {
        (Some(0.0), Some(0.0)) => (None, None),
        found => found,
    }
}

/// A country in which numbers are on sale; `None` for one without a code.
pub(crate) fn country(row: &wire::CountryOnSale<'_>) -> Option<CountryOnSale> {
    let resources = row.subresource_uris.map_or("{}", RawValue::get);
    let types: BTreeMap<String, IgnoredAny> = serde_json::from_str(resources).unwrap_or_default();
    Some(CountryOnSale {
        country: row.country_code.get()?.parse().ok()?,
        name: row.country.get().map(str::to_owned),
        number_types: types.keys().map(|name| number_type(name)).collect(),
    })
}

/// The prices of a country that can be read.
pub(crate) fn prices(country: &wire::CountryPrices<'_>) -> Vec<(NumberType, Money)> {
    let currency = country.price_unit.get().unwrap_or_default();
    let price = |row: &wire::TypePrice<'_>| {
        let amount = row.current_price.get().or_else(|| row.base_price.get())?;
        let money = Money::parse(amount, currency).ok()?;
        Some((number_type(row.number_type.get()?), money))
    };
    let rows = country.phone_number_prices.iter().flatten().flatten();
    rows.filter_map(price).collect()
}

#[cfg(test)]
mod tests;
