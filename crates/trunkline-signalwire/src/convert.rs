//! SignalWire's documents to the unified model: here and below is all that names both.

mod caller_ids;
mod held;
mod routing;

use trunkline_core::{
    AddressRequirement, AvailableNumber, CountryCode, E164, Location, PriceSource, ProviderData,
    Result, SearchQuery,
};
use trunkline_http::wire::lacks;

pub(crate) use caller_ids::{Known, caller_id};
pub(crate) use held::{has_emergency_address, number};

use crate::plan::{is_canadian, is_toll_free, type_by_digits};
use crate::wire;

/// A number for sale. Errors: `Protocol` if it has no E.164 number, or two.
pub(crate) fn available(
    query: &SearchQuery,
    mut row: wire::AvailableNumber<'_>,
) -> Result<AvailableNumber> {
    let (spelled, seen) = (row.number.take(), row.e164.take());
    if let (Some(one), Some(other)) = (spelled.get(), seen.get())
        && one != other
    {
        return Err(lacks("number"));
    }
    let digits = spelled.get().or_else(|| seen.get());
    let number: E164 = digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| lacks("number"))?;
    let country = country(&number, &mut row, query);
    let region = row.region.take().into_string();
    let rate_center = row.rate_center.take().into_string();
    let city = row.city.take().into_string();
    let display = row.national_number_formatted.take().into_string();
    Ok(AvailableNumber {
        display_number: display.unwrap_or_else(|| number.describe().display),
        number_type: type_by_digits(&number),
        number,
        country,
        features: row.capabilities.known,
        location: Location {
            region,
            locality: city,
            rate_center,
            ..Location::default()
        },
        address_requirement: AddressRequirement::None,
        monthly_price: None,
        setup_price: None,
        price_source: PriceSource::Unknown,
        handle: None,
        expires_at: None,
        provider_data: ProviderData::of(&row)?,
    })
}

/// The country that the row names, or else its region or its digits. A toll-free number is free to call from wherever
/// it was looked for.
fn country(
    number: &E164,
    row: &mut wire::AvailableNumber<'_>,
    query: &SearchQuery,
) -> Option<CountryCode> {
    if let Some(named) = row.country_code.get().and_then(|code| code.parse().ok()) {
        row.country_code.take();
        return Some(named);
    }
    if is_toll_free(number) {
        return Some(query.country);
    }
    match row.region.get() {
        Some(region) if is_canadian(region) => Some(CountryCode::CA),
        Some(_) if number.as_str().starts_with("+1") => Some(CountryCode::US),
        _ => number.country(),
    }
}

#[cfg(test)]
mod tests;
