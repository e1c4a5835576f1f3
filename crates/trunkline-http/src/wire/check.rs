//! Checks that several adapters make before anything is sent, and of texts that come back.

use trunkline_core::capability::NumberField;
use trunkline_core::{Error, ErrorKind, NumberUpdate, Result};
use url::Url;

/// Checks that a text is an absolute `http` or `https` address or empty, which unsets it.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub fn web_address(field: &str, text: &str) -> Result<()> {
    let web = |scheme: &str| ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
    let absolute = text
        .split_once("://")
        .is_some_and(|(scheme, _)| web(scheme))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && Url::parse(text).is_ok_and(|url| url.has_host());
    if text.is_empty() || absolute {
        return Ok(());
    }
    let why = "must be an absolute http or https address";
    Err(Error::invalid(field, why))
}

/// Checks that a text is a UUID or empty, which unsets it.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub fn uuid(field: &str, text: &str) -> Result<()> {
    if text.is_empty() || is_uuid(text) {
        return Ok(());
    }
    Err(Error::invalid(field, "must be the carrier's id: a UUID"))
}

/// Whether a text is a UUID in its usual form, in upper or lower case.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// An id in lower case if it is a UUID, else as it is: most carriers take UUIDs in either case.
#[must_use]
pub fn lower_uuid(id: &str) -> String {
    if is_uuid(id) {
        id.to_ascii_lowercase()
    } else {
        id.to_owned()
    }
}

/// An `Unsupported` error naming the field that the carrier can't express. Nothing has been sent.
#[must_use]
pub fn unsupported(field: impl AsRef<str>, why: &str) -> Error {
    let field = field.as_ref();
    Error::new(ErrorKind::Unsupported, format!("{field}: {why}")).with_field(field, why)
}

/// Rejects the first of these fields that is used: the carrier has none of them.
///
/// # Errors
/// `Unsupported` naming it.
pub fn reject(fields: &[(&str, bool)], why: &str) -> Result<()> {
    match fields.iter().find(|(_, used)| *used) {
        Some((field, _)) => Err(unsupported(*field, why)),
        None => Ok(()),
    }
}

/// Rejects a change of a field that is not writable.
///
/// # Errors
/// `Unsupported` naming it.
pub fn only_writable(update: &NumberUpdate, writable: &[NumberField]) -> Result<()> {
    match update
        .fields()
        .iter()
        .find(|field| !writable.contains(field))
    {
        Some(field) => Err(unsupported(
            field.as_str(),
            "the carrier's numbers have no such setting",
        )),
        None => Ok(()),
    }
}

/// A `Config` error naming the setting.
#[must_use]
pub fn wrong_setting(field: &str, why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{field}: {why}")).with_field(field, why)
}

/// The message in the body of a refusal that has no form: one line of at most 200 bytes. `None` for markup, for what is
/// left of a document, and for a longer text.
#[must_use]
pub fn plain_line(body: &[u8]) -> Option<&str> {
    const LINE_MAX: usize = 200;
    let text = std::str::from_utf8(body).ok()?.trim();
    let document = text == "null" || text.starts_with(['<', '{', '[', '"']);
    let line = !text.is_empty() && !document && text.len() <= LINE_MAX;
    (line && !text.contains(char::is_control)).then_some(text)
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
    fn uuid_has_its_usual_form() {
        assert!(uuid("voice.id", "5Ca1ab1e-0000-4000-8000-00000000000a").is_ok());
        for bad in [
            "x",
            "5ca1ab1e000040008000000000000000000a",
            "5ca1ab1e-0000-4000-8000-00000000000g",
        ] {
            assert_eq!(
                uuid("id", bad).unwrap_err().fields()[0].field,
                "id",
                "{bad}"
            );
        }
    }

    #[test]
    fn a_uuid_has_one_spelling() {
        let own = "2b6f0c1e-5a5f-4c38-9a52-6c4f2f1d9e01";
        assert_eq!(lower_uuid(&own.to_ascii_uppercase()), own);
        assert_eq!(lower_uuid(own), own);
        for other in [
            "",
            "+14155550100",
            "2B6F",
            "2B6F0C1E+5A5F-4C38-9A52-6C4F2F1D9E01",
        ] {
            assert_eq!(lower_uuid(other), other);
        }
    }

    #[test]
    fn short_line_is_a_message_and_a_document_is_not() {
        assert_eq!(plain_line(b"Retry later\n"), Some("Retry later"));
        let long = "x".repeat(300);
        for odd in [
            "",
            "null",
            "[]",
            "<p>no</p>",
            r#"{"message": "cut"#,
            "a\nb",
            &long,
        ] {
            assert_eq!(plain_line(odd.as_bytes()), None, "{odd}");
        }
    }
}
