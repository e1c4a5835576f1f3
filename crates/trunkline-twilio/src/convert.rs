//! Twilio's documents to the unified model: here and below is all that names both.

mod caller_ids;
mod held;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use trunkline_core::{
    AddressRequirement, AvailableNumber, CountryOnSale, E164, Error, ErrorKind, Features, Location,
    Money, NumberType, PriceSource, ProviderData, Result, SearchQuery,
};
use trunkline_http::Unnamed;

pub(crate) use caller_ids::{caller_id, pending_caller_id};
pub(crate) use held::number;

use crate::PROVIDER;
use crate::config::MACHINE_TO_MACHINE;
use crate::wire::{self, Flag, Text};

/// Dates are read even if their weekday is wrong: it carries nothing.
const DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// A number for sale, of the type that was searched.
///
/// # Errors
/// `Protocol` if it has no E.164 number, which is all there is to order it by.
pub(crate) fn available(
    query: &SearchQuery,
    row: wire::AvailableNumber<'_>,
) -> Result<AvailableNumber> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        lata: Text<'a>,
        #[serde(skip_serializing_if = "Flag::is_unset")]
        beta: Flag,
        #[serde(skip_serializing_if = "Text::is_unset")]
        friendly_name: Text<'a>,
        #[serde(flatten)]
        rest: Unnamed<'a>,
    }

    let digits = row
        .phone_number
        .get()
        .ok_or_else(|| lacks("phone_number"))?;
    let number: E164 = digits.parse().map_err(|_| lacks("phone_number"))?;
    let (latitude, longitude) = coordinates(&row.latitude, &row.longitude);
    let (display_number, friendly_name) = display(&number, row.friendly_name);
    let country = row.iso_country.get().and_then(|code| code.parse().ok());
    Ok(AvailableNumber {
        display_number,
        number,
        country: country.or(Some(query.country)),
        number_type: query.number_type.clone(),
        features: features(row.capabilities),
        location: Location {
            region: row.region.into_string(),
            locality: row.locality.into_string(),
            postal_code: row.postal_code.into_string(),
            latitude,
            longitude,
            rate_center: row.rate_center.into_string(),
            ..Location::default()
        },
        address_requirement: address_requirement(&row.address_requirements),
        monthly_price: None,
        setup_price: None,
        price_source: PriceSource::Unknown,
        handle: None,
        expires_at: None,
        provider_data: ProviderData::of(&Data {
            lata: row.lata,
            beta: row.beta,
            friendly_name,
            rest: row.rest,
        })?,
    })
}

/// Twilio's own format where it is one and belongs to the number; outside of +1 it is the bare number.
/// And what is left of the name when it is neither.
fn display<'a>(number: &E164, mut friendly_name: Text<'a>) -> (String, Text<'a>) {
    let text = friendly_name.get().unwrap_or_default();
    let digits = || text.bytes().rev().filter(u8::is_ascii_digit);
    let bare = text.bytes().all(|b| b.is_ascii_digit() || b == b'+');
    let count = digits().count();
    let same = digits().eq(number.digits().bytes().rev().take(count));
    let plain = number.describe();
    if bare && count == number.digits().len() && same {
        return (plain.display, Text::default());
    }
    // Fewer digits are no number, and letters no format.
    let formats = !bare && count > 5 && !text.contains(char::is_alphabetic) && same;
    if formats {
        let display = friendly_name.take().into_string();
        return (display.unwrap_or_default(), friendly_name);
    }
    (plain.display, friendly_name)
}

/// Degrees north and east; where Twilio does not know them it may write zeros.
fn coordinates(latitude: &Text<'_>, longitude: &Text<'_>) -> (Option<f64>, Option<f64>) {
    let degrees = |text: &Text<'_>| text.get().and_then(|text| text.trim().parse::<f64>().ok());
    match (degrees(latitude), degrees(longitude)) {
        (Some(0.0), Some(0.0)) => (None, None),
        found => found,
    }
}

/// A country in which numbers are on sale; `None` for one that says nothing.
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

/// A date in the form of RFC 2822, which Twilio documents, or of RFC 3339; `None` if there is none.
///
/// # Errors
/// `Protocol` if there is one that can't be read.
pub(crate) fn date(text: &Text<'_>) -> Result<Option<Timestamp>> {
    let Some(text) = text.get() else {
        return Ok(None);
    };
    let read = DATES.parse_timestamp(text).or_else(|_| text.parse());
    read.map(Some).map_err(|_| lacks("date"))
}

/// Takes a date, unless it can't be read.
fn readable_date(text: &mut Text<'_>) -> Option<Timestamp> {
    let read = date(text).ok()?;
    text.take();
    read
}

/// An answer that lacks a member without which it means nothing.
pub(crate) fn lacks(member: &str) -> Error {
    let message = format!("Twilio's answer has no usable {member}");
    Error::new(ErrorKind::Protocol, message).with_provider(PROVIDER.clone())
}

fn features(capabilities: wire::Capabilities) -> Features {
    Features {
        voice: capabilities.voice,
        sms: capabilities.sms,
        mms: capabilities.mms,
        fax: capabilities.fax,
        emergency: false,
    }
}

fn address_requirement(text: &Text<'_>) -> AddressRequirement {
    let Some(text) = text.get() else {
        return AddressRequirement::None;
    };
    match AddressRequirement::from(text) {
        AddressRequirement::Other(_) => {
            match AddressRequirement::from(text.to_ascii_lowercase().as_str()) {
                AddressRequirement::Other(_) => AddressRequirement::from(text),
                known => known,
            }
        }
        known => known,
    }
}

/// `toll-free`, `tollfree`, `toll free` and `TollFree` are one type.
fn number_type(text: &str) -> NumberType {
    let letters: String = text
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    match letters.as_str() {
        "local" => NumberType::Local,
        "mobile" => NumberType::Mobile,
        "tollfree" => NumberType::TollFree,
        "national" => NumberType::National,
        "sharedcost" => NumberType::SharedCost,
        "voip" => NumberType::Voip,
        "machinetomachine" => NumberType::Other(MACHINE_TO_MACHINE.to_owned()),
        _ => NumberType::Other(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
