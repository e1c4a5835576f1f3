//! What numbers held and numbers for sale have alike.

use trunkline_core::{Features, Location, NumberType};
use trunkline_http::wire::{Capabilities, Flag};

pub(super) fn features(capabilities: &Capabilities) -> Features {
    let mut other = capabilities.other.iter();
    Features {
        fax: false,
        emergency: other.any(|other| other == "emergency_address"),
        ..capabilities.known
    }
}

/// Zendesk knows two types: toll-free, and local for all else. `None` if it does not say.
pub(super) fn number_type(toll_free: Flag) -> Option<NumberType> {
    toll_free.0.map(|toll_free| match toll_free {
        true => NumberType::TollFree,
        false => NumberType::Local,
    })
}

/// A place is a state or province of North America, written with two capitals, or else a city.
pub(super) fn place(text: Option<String>) -> Location {
    let state = text
        .as_ref()
        .is_some_and(|text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()));
    let (region, locality) = if state { (text, None) } else { (None, text) };
    Location {
        region,
        locality,
        ..Location::default()
    }
}
