//! Twilio's words for types of numbers and for what a sale needs.

use trunkline_core::{AddressRequirement, NumberType};
use trunkline_http::wire::Text;

/// What Twilio calls the numbers that machines call each other with; no other carrier has them.
pub(crate) const MACHINE_TO_MACHINE: &str = "machine_to_machine";

/// What an address is needed for, a word in upper or lower case; nothing if it is missing.
pub(crate) fn address_requirement(text: &Text<'_>) -> AddressRequirement {
    let Some(text) = text.get() else {
        return AddressRequirement::None;
    };
    match AddressRequirement::from(text.to_ascii_lowercase().as_str()) {
        AddressRequirement::Other(_) => AddressRequirement::from(text),
        known => known,
    }
}

/// The type of a number: `toll-free`, `tollfree`, `toll free` and `TollFree` are one.
pub(crate) fn number_type(text: &str) -> NumberType {
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
