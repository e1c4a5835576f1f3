//! The API's own headers, and how headers are read.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, header};
use trunkline_core::{Error, IdempotencyKey, Result};

/// The id of a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The client's key of a write that must not be done twice.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// `true` on a repeated answer.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The value of a header, if it is visible ASCII.
pub(crate) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The idempotency key of a request.
///
/// # Errors
/// `InvalidRequest` naming the header for an invalid key.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>> {
    let value = headers.get(&IDEMPOTENCY_KEY);
    let key = value.map(|value| IdempotencyKey::new(value.to_str().unwrap_or_default()));
    key.transpose()
}

/// The idempotency key of a request that must have one.
///
/// # Errors
/// `InvalidRequest` naming the header if it is missing or invalid.
pub(crate) fn required_key(headers: &HeaderMap) -> Result<IdempotencyKey> {
    idempotency_key(headers)?.ok_or_else(|| {
        let hint = "required: 1 to 255 visible ASCII characters of your choice; a request with a repeated key is not done twice";
        Error::invalid("Idempotency-Key", hint)
    })
}

/// `Prefer: wait=SECONDS`, capped at 60; other preferences are ignored.
///
/// # Errors
/// `InvalidRequest` naming the header if it holds other bytes than printable ASCII.
pub(crate) fn preferred_wait(headers: &HeaderMap) -> Result<Option<Duration>> {
    let mut wait = None;
    for value in headers.get_all("prefer") {
        let text = std::str::from_utf8(value.as_bytes()).ok();
        let text = text.filter(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let text = text.ok_or_else(|| Error::invalid("Prefer", "expected printable ASCII"))?;
        let seconds = text
            .split([',', ';'])
            .filter_map(|preference| preference.trim().strip_prefix("wait="))
            .find_map(|seconds| seconds.trim().parse::<u64>().ok());
        wait = wait.or(seconds);
    }
    Ok(wait.map(|seconds| Duration::from_secs(seconds.min(60))))
}

/// Whether the client names this media type in `Accept`.
pub(crate) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut ranges = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','));
    ranges.any(|range| is_type(range, media_type))
}

/// Whether the body is of this media type.
pub(crate) fn has_type(headers: &HeaderMap, media_type: &str) -> bool {
    is_type(
        text(headers, header::CONTENT_TYPE).unwrap_or_default(),
        media_type,
    )
}

/// Whether a media type with its parameters is this one.
fn is_type(text: &str, media_type: &str) -> bool {
    let name = text.split(';').next().unwrap_or_default().trim();
    name.eq_ignore_ascii_case(media_type)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn one(name: &'static str, value: &'static str) -> HeaderMap {
        let name = HeaderName::from_static(name);
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn wait_is_read_from_prefer_and_capped() {
        let wait = |text| {
            let wait = preferred_wait(&one("prefer", text)).unwrap();
            wait.map(|wait| wait.as_secs())
        };
        assert_eq!(wait("respond-async, wait=30"), Some(30));
        assert_eq!(wait("wait=600"), Some(60));
        assert_eq!(wait("wait=soon"), None);
        assert_eq!(preferred_wait(&HeaderMap::new()).unwrap(), None);
        for text in ["wait=30\u{fc}", "wait=30\t"] {
            let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([(HeaderName::from_static("prefer"), value)]);
            let refused = preferred_wait(&headers).unwrap_err();
            assert!(refused.message().contains("printable ASCII"), "{refused}");
        }
    }

    #[test]
    fn stream_is_asked_for_by_its_media_type() {
        let accept = |text| accepts(&one("accept", text), "application/x-ndjson");
        assert!(accept("application/x-ndjson"));
        assert!(accept(
            "application/json;q=0.5, Application/X-NDJSON; q=0.9"
        ));
        assert!(!accept("application/json"));
        assert!(!accepts(&HeaderMap::new(), "application/x-ndjson"));
    }
}
