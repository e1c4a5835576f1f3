//! Twilio's ids.

use trunkline_core::{Error, Result};

/// Checks that a text is a sid of this kind, two letters and 32 hexadecimal digits, or empty, which unsets it.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub(super) fn sid(field: &str, prefix: &str, text: &str) -> Result<()> {
    let hex = |hex: &str| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if text.is_empty() || text.strip_prefix(prefix).is_some_and(hex) {
        return Ok(());
    }
    let why = format!("must be a sid of Twilio's: {prefix} and 32 hexadecimal digits");
    Err(Error::invalid(field, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sid_has_its_letters_and_32_hexadecimal_digits() {
        assert!(sid("voice.id", "AP", "AP0123456789abcdefABCDEF0123456789").is_ok());
        for bad in [
            "AP1",
            "TK0123456789abcdef0123456789abcdef",
            "AP0123456789abcdef0123456789abcdeg",
        ] {
            assert!(sid("voice.id", "AP", bad).is_err(), "{bad}");
        }
    }
}
