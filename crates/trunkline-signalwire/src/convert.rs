//! SignalWire's documents to the unified model: here and below is all that names both.

mod held;
mod routing;

use trunkline_core::{
    AccountName, AddressRequirement, AvailableNumber, CallerId, CallerIdMethod, CallerIdState,
    CountryCode, E164, Location, PriceSource, ProviderData, Result, SearchQuery,
};
use trunkline_http::wire::{Text, lacks, take_date};

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

/// The status of a verified one.
const VERIFIED: &str = "Verified";

/// A caller ID with SignalWire's own id of it, by which it is changed.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) caller_id: CallerId,
}

impl Known {
    pub(crate) fn is_verified(&self) -> bool {
        self.caller_id.state == CallerIdState::Verified
    }
}

/// A caller ID. `verified` says whether it may be presented: the status is for people, and counts only without that.
/// Errors: `Protocol` if it has no id or no E.164 number.
pub(crate) fn caller_id(account: &AccountName, mut row: wire::CallerId<'_>) -> Result<Known> {
    let id = row.id.get().ok_or_else(|| lacks("id"))?.to_owned();
    let number = row.number.take();
    let number: E164 = number
        .get()
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| lacks("number"))?;
    let verified = row.verified.0.take();
    let (state, usual) = if verified.unwrap_or_else(|| row.status.is(VERIFIED)) {
        (CallerIdState::Verified, VERIFIED)
    } else {
        (CallerIdState::Pending, "Awaiting Verification")
    };
    if row.status.is(usual) {
        row.status = Text::default();
    }
    let caller_id = CallerId {
        label: row.name.take().into_string(),
        extension: row.extension.take().into_string(),
        verified_at: take_date(&mut row.verified_at),
        provider_data: ProviderData::of(&row)?,
        ..CallerId::new(
            account.clone(),
            number,
            CallerIdMethod::CallSubmitCode,
            state,
        )
    };
    Ok(Known { id, caller_id })
}

#[cfg(test)]
mod tests;
