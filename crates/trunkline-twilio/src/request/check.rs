//! What Twilio would refuse is refused here, before anything is paid for or sent.

use trunkline_core::{Error, Result};
use url::Url;

/// Refuses what is no absolute `http` or `https` address; an empty one unsets.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub(super) fn web_address(field: &str, text: &str) -> Result<()> {
    let web = |scheme: &str| ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
    let absolute = text
        .split_once("://")
        .is_some_and(|(scheme, _)| web(scheme))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && Url::parse(text).is_ok_and(|url| url.has_host());
    if text.is_empty() || absolute {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        "must be an absolute http or https address",
    ))
}

/// Refuses what is no sid of this kind, two letters and 32 hexadecimal digits; an empty one unsets.
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
    fn only_an_absolute_web_address_passes() {
        for good in ["https://a.example/in?x=1", "HTTP://127.0.0.1:8080", ""] {
            assert!(web_address("voice.url", good).is_ok(), "{good}");
        }
        for bad in [
            "nowhere",
            "/in",
            "//a.example",
            "https:a.example",
            "https://",
            "ftp://a.example",
            " https://a.example",
            "https://a example",
        ] {
            let error = web_address("voice.url", bad).unwrap_err();
            assert_eq!(error.fields()[0].field, "voice.url", "{bad}");
        }
    }

    #[test]
    fn a_sid_has_its_letters_and_32_hexadecimal_digits() {
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
