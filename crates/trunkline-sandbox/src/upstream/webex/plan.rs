//! Which texts are phone numbers, and what the numbers themselves tell.

use crate::text::{is_digits, is_e164};

/// The number in E.164 form, if `text` is one.
pub(super) fn e164(text: &str) -> Option<String> {
    let valid = is_e164(text) && text.strip_prefix("+1").is_none_or(is_north_american);
    valid.then(|| text.to_owned())
}

/// The same, of the national form of North America too.
pub(super) fn any_form(text: &str) -> Option<String> {
    e164(text).or_else(|| is_north_american(text).then(|| format!("+1{text}")))
}

/// Area code and exchange begin with 2 to 9.
fn is_north_american(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 10 && is_digits(digits) && bytes[0] >= b'2' && bytes[3] >= b'2'
}

/// Whether the called party pays.
pub(super) fn is_toll_free(number: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888", "+44800", "+44808",
    ];
    PREFIXES.iter().any(|prefix| number.starts_with(prefix))
}

/// Whether it belongs to no place and is not to be shown to everybody: British 03, 084 and 087.
pub(super) fn is_restricted(number: &str) -> bool {
    ["+443", "+4484", "+4487"]
        .iter()
        .any(|prefix| number.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_number_is_rejected() {
        for number in ["+14155550100", "+442079460123"] {
            assert_eq!(e164(number).as_deref(), Some(number));
        }
        for none in [
            "+1800",
            "+1416",
            "+11155550100",
            "4155550100",
            "+0123456789",
            "+1415555010x",
        ] {
            assert_eq!(e164(none), None, "{none}");
        }
        assert_eq!(any_form("4155550100").as_deref(), Some("+14155550100"));
    }
}
