//! Twilio's words for types of numbers.

use trunkline_core::NumberType;

/// What Twilio calls the numbers that machines call each other with; no other carrier has them.
pub(crate) const MACHINE_TO_MACHINE: &str = "machine_to_machine";

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
