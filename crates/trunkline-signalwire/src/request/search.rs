//! Searching SignalWire's stock.

use trunkline_core::capability::SearchFilter;
use trunkline_core::{
    AvailableNumber, Contains, CountryCode, E164, Error, NumberType, Operation, Result, SearchQuery,
};
use trunkline_http::ApiRequest;
use trunkline_http::wire::{self, reject, unsupported};

use crate::config::{SEARCH_FILTERS, SEARCH_MAX};
use crate::plan::{is_canadian, is_toll_free};
use crate::request::base::collection;

/// Digits that a pattern may have (upstream limits).
const PATTERN: std::ops::RangeInclusive<usize> = 3..=7;

/// A search of the stock. SignalWire ignores what it does not know and has answered with numbers of another type:
/// [`misfit`] looks again. Errors: `Unsupported` or `InvalidRequest` naming the filter.
pub(crate) fn search(query: &SearchQuery, room: usize) -> Result<ApiRequest> {
    let toll_free = match query.number_type {
        NumberType::Local => false,
        NumberType::TollFree => true,
        _ => {
            return Err(unsupported(
                "type",
                "SignalWire sells local and toll-free numbers",
            ));
        }
    };
    check(query, toll_free)?;
    let pattern = query.contains.as_ref().map(pattern).transpose()?;
    let region = query.region.as_deref().map(str::to_ascii_uppercase);
    let mut request = ApiRequest::get(
        Operation::SearchAvailable,
        collection("phone_numbers/search"),
    )
    .query_opt("areacode", query.area_code.clone())
    .query("number_type", if toll_free { "toll-free" } else { "local" });
    if let Some((place, digits)) = pattern {
        request = request.query(place, digits);
    }
    Ok(request
        .query("max_results", room.to_string())
        .query_opt("region", region)
        .query_opt("city", query.locality.clone()))
}

/// How many numbers to ask for: as many as there may be where the answer will have much that does not fit.
pub(crate) fn room(query: &SearchQuery) -> usize {
    if coarse(query).is_none() && query.features.is_empty() {
        query.limit.clamp(1, SEARCH_MAX)
    } else {
        SEARCH_MAX
    }
}

/// The filters of which SignalWire can be asked only a part.
pub(crate) fn coarse(query: &SearchQuery) -> Option<&'static str> {
    let contains = query.contains.as_ref()?;
    let (digits, plain) = (contains.digits().len(), contains.plain_part());
    let both_ends = contains.at_start() && contains.at_end();
    let is_coarse = digits > *PATTERN.end() || digits > plain.digits().len() || both_ends;
    is_coarse.then_some("contains")
}

/// Checks a search for what SignalWire does not have, and for what makes no sense to it.
fn check(query: &SearchQuery, toll_free: bool) -> Result<()> {
    let is_known = |filter: &SearchFilter| {
        SEARCH_FILTERS.contains(filter) || *filter == SearchFilter::Features
    };
    if let Some(filter) = query.filters().into_iter().find(|filter| !is_known(filter)) {
        return Err(unsupported(
            filter.as_str(),
            "SignalWire has no such filter",
        ));
    }
    let is_code = |code: &str| code.len() == 3;
    if !query.area_code.as_deref().is_none_or(is_code) {
        let message = "an area code of the US or Canada has 3 digits";
        return Err(Error::invalid("area_code", message));
    }
    let is_state = |region: &str| {
        region.len() == 2 && region.bytes().all(|letter| letter.is_ascii_alphabetic())
    };
    if !query.region.as_deref().is_none_or(is_state) {
        let message = "the two letters of a state or province";
        return Err(Error::invalid("region", message));
    }
    check_together(query, toll_free)
}

/// Checks what SignalWire does not take together. It can't be asked for a country: unless another filter implies one, what
/// it finds is in the States.
fn check_together(query: &SearchQuery, toll_free: bool) -> Result<()> {
    let refuse = |field: &str, refused: bool, why: &str| reject(&[(field, refused)], why);
    let (region, locality) = (query.region.is_some(), query.locality.is_some());
    let (code, contains) = (query.area_code.is_some(), query.contains.as_ref());
    let starts = contains.is_some_and(|contains| contains.plain_part().at_start());
    let is_canada = query.country == CountryCode::CA;
    let why = "SignalWire does not show which numbers it can register for emergencies";
    refuse("features", query.features.emergency, why)?;
    let is_other = !is_canada && query.country != CountryCode::US;
    let why = "SignalWire sells numbers of the US and Canada";
    refuse("country", is_other, why)?;
    let is_vague = is_canada && !(toll_free || region || code || starts);
    let why =
        "SignalWire finds Canadian numbers by region, area_code or the digits they start with only";
    refuse("country", is_vague, why)?;
    let why = "SignalWire has it for local numbers only";
    refuse("region", region && toll_free, why)?;
    refuse("locality", locality && toll_free, why)?;
    let why = "SignalWire does not take it together with area_code";
    refuse("region", region && code, why)?;
    let why = "SignalWire takes it together with region only";
    refuse("locality", locality && !region, why)?;
    let why = "SignalWire does not take it together with area_code or contains";
    refuse("locality", locality && (code || contains.is_some()), why)
}

/// Where the digits are looked for, and which: those most telling if there are too many, or some may be any.
fn pattern(contains: &Contains) -> Result<(&'static str, String)> {
    let contains = contains.plain_part();
    let digits = contains.digits();
    if digits.len() < *PATTERN.start() {
        return Err(unsupported(
            "contains",
            "SignalWire looks for 3 digits at least",
        ));
    }
    let count = digits.len().min(*PATTERN.end());
    let (first, last) = (&digits[..count], &digits[digits.len() - count..]);
    Ok(match (contains.at_start(), contains.at_end()) {
        (_, true) => ("ends_with", last.to_owned()),
        (true, false) => ("starts_with", first.to_owned()),
        (false, false) => ("contains", first.to_owned()),
    })
}

/// The filter that a number does not fit: SignalWire does not apply all of them. A row without a place fits any place.
pub(crate) fn misfit(number: &AvailableNumber, query: &SearchQuery) -> Option<&'static str> {
    let is = |wanted: &Option<String>, have: &Option<String>| match (wanted, have) {
        (Some(wanted), Some(have)) => wanted.eq_ignore_ascii_case(have),
        _ => true,
    };
    let own = [
        ("type", number.number_type == query.number_type),
        ("country", country_fits(number, query)),
        ("region", is(&query.region, &number.location.region)),
        ("locality", is(&query.locality, &number.location.locality)),
    ];
    wire::misfit(number, query, &own)
}

/// A row without a place that was found by a Canadian region is Canadian with any digits.
fn country_fits(number: &AvailableNumber, query: &SearchQuery) -> bool {
    let by_region = query.region.as_deref().is_some_and(is_canadian);
    number.country == Some(query.country)
        || (by_region && query.country == CountryCode::CA && number.location.region.is_none())
}

/// A search that would find this number if it were on sale; `None` for one that SignalWire could never have.
pub(crate) fn offers(number: &E164) -> Option<ApiRequest> {
    let national = number.as_str().strip_prefix("+1")?;
    let (code, rest) = (national.get(..3)?, national.get(3..)?);
    if rest.len() != *PATTERN.end() {
        return None;
    }
    let kind = if is_toll_free(number) {
        "toll-free"
    } else {
        "local"
    };
    let search = collection("phone_numbers/search");
    Some(
        ApiRequest::get(Operation::Purchase, search)
            .query("areacode", code)
            .query("number_type", kind)
            .query("contains", rest)
            .query("max_results", SEARCH_MAX.to_string()),
    )
}

#[cfg(test)]
mod tests;
