//! What a search found, compared with what was searched for.

use trunkline_core::{AddressRequirement, AvailableNumber, SearchQuery};

use crate::wire::scalar::Text;

/// The first filter that a number does not fit, by its name: one of the carrier's own (name, whether the number fits), else
/// one that is the same for all carriers.
#[must_use]
pub fn misfit(
    number: &AvailableNumber,
    query: &SearchQuery,
    own: &[(&'static str, bool)],
) -> Option<&'static str> {
    let code = query.area_code.as_deref();
    let contains = query.contains.as_ref();
    let shared = [
        ("features", number.features.cover(query.features)),
        (
            "area_code",
            code.is_none_or(|code| number.number.national_digits().starts_with(code)),
        ),
        (
            "contains",
            contains.is_none_or(|contains| contains.matches(&number.number)),
        ),
    ];
    let mut all = own.iter().chain(&shared);
    all.find_map(|(filter, fits)| (!fits).then_some(*filter))
}

/// What an address is needed for, by its word in upper or lower case; nothing if it is missing.
#[must_use]
pub fn address_requirement(text: &Text<'_>) -> AddressRequirement {
    let Some(text) = text.get() else {
        return AddressRequirement::None;
    };
    match AddressRequirement::from(text.to_ascii_lowercase().as_str()) {
        AddressRequirement::Other(_) => AddressRequirement::from(text),
        known => known,
    }
}

/// Whether a number needs no more of an address than wanted.
#[must_use]
pub fn address_fits(number: &AvailableNumber, query: &SearchQuery) -> bool {
    let needs = &number.address_requirement;
    match query.address_requirement {
        Some(AddressRequirement::None) => *needs == AddressRequirement::None,
        Some(AddressRequirement::Local) => *needs != AddressRequirement::Foreign,
        Some(AddressRequirement::Foreign) => *needs != AddressRequirement::Local,
        _ => true,
    }
}
