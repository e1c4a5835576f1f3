//! Zendesk's documents to the unified model: here and below is all that names both.

mod available;
mod caller_ids;
mod held;

use trunkline_core::{Features, NumberType};
use trunkline_http::wire::{Capabilities, Flag};

pub(crate) use available::available;
pub(crate) use caller_ids::{caller_id, is_caller_id};
pub(crate) use held::{digital_line, international, is_digital, number};

fn features(capabilities: &Capabilities) -> Features {
    let emergency = capabilities.other.iter();
    Features {
        fax: false,
        emergency: emergency
            .into_iter()
            .any(|other| other == "emergency_address"),
        ..capabilities.known
    }
}

/// Zendesk knows two types: toll-free, and local for all else. `None` if it does not say.
fn number_type(toll_free: Flag) -> Option<NumberType> {
    toll_free.0.map(|toll_free| {
        if toll_free {
            NumberType::TollFree
        } else {
            NumberType::Local
        }
    })
}

/// A place is a state or province of North America, written with two capitals, or else a city.
fn place(text: Option<String>) -> trunkline_core::Location {
    let state = text
        .as_ref()
        .is_some_and(|text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()));
    let (region, locality) = if state { (text, None) } else { (None, text) };
    trunkline_core::Location {
        region,
        locality,
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
