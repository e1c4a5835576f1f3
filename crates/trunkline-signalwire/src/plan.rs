//! The North American numbering plan, as far as SignalWire leaves it to be read from the digits.

use trunkline_core::{E164, NumberType};

/// The codes of toll-free numbers in the North American plan.
const TOLL_FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];

/// The provinces and territories of Canada, which tell its numbers from those of the States.
const CANADA: [&str; 13] = [
    "AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT",
];

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

/// The type of a number by its digits. What is not toll-free in the North American plan is local.
pub(crate) fn type_by_digits(number: &E164) -> NumberType {
    if is_toll_free(number) {
        NumberType::TollFree
    } else if number.as_str().starts_with("+1") {
        NumberType::Local
    } else {
        number.describe().number_type
    }
}
