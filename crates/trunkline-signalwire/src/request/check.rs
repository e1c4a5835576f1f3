//! What SignalWire would refuse is refused here, before anything is paid for or sent.

use trunkline_core::{Error, Result};
use url::Url;

use crate::config::is_uuid;

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

/// Refuses what is no UUID; an empty one unsets.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub(super) fn uuid(field: &str, text: &str) -> Result<()> {
    if text.is_empty() || is_uuid(text) {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        "must be an id of SignalWire's: a UUID",
    ))
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
    fn an_id_is_a_uuid() {
        assert!(uuid("voice.id", "5Ca1ab1e-0000-4000-8000-00000000000a").is_ok());
        for bad in ["x", "5ca1ab1e000040008000000000000000000a"] {
            assert!(uuid("voice.id", bad).is_err(), "{bad}");
        }
    }
}
