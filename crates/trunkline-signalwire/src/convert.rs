//! SignalWire's documents to the unified model: here and below is all that names both.

mod caller_ids;
mod held;
mod routing;

use trunkline_core::{
    AddressRequirement, AvailableNumber, CountryCode, E164, Location, NumberType, PriceSource,
    ProviderData, Result, SearchQuery,
};
use trunkline_http::wire::lacks;

pub(crate) use caller_ids::{Known, caller_id};
pub(crate) use held::{emergency, number};

use crate::wire;

/// The codes of toll-free numbers in the North American plan.
const TOLL_FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];

/// The provinces and territories of Canada, by which its numbers are told from those of the States.
const CANADA: [&str; 13] = [
    "AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT",
];

/// A number for sale.
///
/// # Errors
/// `Protocol` if it has no E.164 number, or two.
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

/// Whether a region is a province or territory of Canada, by its two letters in either case.
pub(crate) fn is_canadian(region: &str) -> bool {
    CANADA
        .iter()
        .any(|province| province.eq_ignore_ascii_case(region))
}

/// Whether a number of the North American plan is free to call, which its digits show: a search for toll-free numbers
/// has been answered with local ones.
pub(crate) fn is_toll_free(number: &E164) -> bool {
    let code = number.as_str().strip_prefix("+1").and_then(|n| n.get(..3));
    code.is_some_and(|code| TOLL_FREE.contains(&code))
}

/// Everything else in the North American plan is local.
fn type_by_digits(number: &E164) -> NumberType {
    if is_toll_free(number) {
        NumberType::TollFree
    } else if number.as_str().starts_with("+1") {
        NumberType::Local
    } else {
        number.describe().number_type
    }
}

#[cfg(test)]
mod tests;
