//! The cookie of a browser's session: no script can read it, and it holds a random token.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use trunkline_core::host;
use trunkline_core::{Error, ErrorKind, Result};

use crate::settings::Settings;

/// The cookie's name.
const NAME: &str = "trunkline_session";

/// The cookie's name over `https`: browsers take such a one only from the host itself, and send it back to no other.
const HOST_NAME: &str = "__Host-trunkline_session";

fn name(settings: &Settings) -> &'static str {
    if settings.is_https() { HOST_NAME } else { NAME }
}

/// The session's token among the cookies of a request.
pub(crate) fn cookie(settings: &Settings, headers: &HeaderMap) -> Option<String> {
    let wanted = name(settings);
    let found = cookies(headers).find(|(name, _)| *name == wanted);
    found.map(|(_, value)| value.to_owned())
}

/// Whether a request has the cookie of a session, by either name.
pub(crate) fn has_cookie(headers: &HeaderMap) -> bool {
    cookies(headers).any(|(name, _)| name == NAME || name == HOST_NAME)
}

/// The cookies of a request by name.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE).iter();
    let texts = all.filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('='))
}

/// Refuses writes of pages elsewhere: a browser says where a write comes from, and sends our cookie with it.
///
/// # Errors
/// `PermissionDenied` for a write that does not come from our own pages.
pub(crate) fn check_origin(method: &Method, headers: &HeaderMap) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("host");
    let own = text("origin").map(|origin| {
        let origin = origin.split_once("://").map(|(_, host)| host);
        origin.is_some() && origin == host
    });
    let same_site = text("sec-fetch-site").map(|site| site == "same-origin");
    match (own, same_site) {
        (Some(true), None | Some(true)) | (None, Some(true)) => Ok(()),
        _ => {
            let message =
                "with a session only our own pages may write; send Authorization: Bearer instead";
            Err(Error::new(ErrorKind::PermissionDenied, message))
        }
    }
}

/// The `Set-Cookie` that begins a session.
///
/// # Errors
/// `Internal` if it can't be written.
pub(crate) fn begin(
    settings: &Settings,
    token: &SecretString,
    until: Timestamp,
) -> Result<HeaderValue> {
    // Up to the second that has begun.
    let left = until.duration_since(host::now()).as_millis();
    let age = i64::try_from((left.max(0) + 999) / 1_000).unwrap_or(0);
    set_cookie(settings, token.expose_secret(), age)
}

/// The `Set-Cookie` that ends a session.
///
/// # Errors
/// `Internal` if it can't be written.
pub(crate) fn end(settings: &Settings) -> Result<HeaderValue> {
    set_cookie(settings, "", 0)
}

fn set_cookie(settings: &Settings, value: &str, age: i64) -> Result<HeaderValue> {
    let name = name(settings);
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let text = format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}");
    let mut value = HeaderValue::try_from(text)
        .map_err(|e| Error::new(ErrorKind::Internal, "no cookie can be written").with_source(e))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn session_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        let plain = Settings::default();
        assert_eq!(cookie(&plain, &headers), None);
        assert!(!has_cookie(&headers));
        let value =
            "a=b; trunkline_session=one; trunkline_session_x=no; __Host-trunkline_session=two";
        headers.insert(header::COOKIE, HeaderValue::from_static(value));
        assert!(has_cookie(&headers));
        assert_eq!(cookie(&plain, &headers).as_deref(), Some("one"));
        let https = Settings {
            public_url: "https://numbers.example.com".parse().ok(),
            ..Settings::default()
        };
        assert_eq!(cookie(&https, &headers).as_deref(), Some("two"));
    }

    #[test]
    fn write_from_a_foreign_page_is_refused() {
        let allowed = |method: &str, given: &[(&'static str, &'static str)]| {
            let given = [("host", "127.0.0.1:8080")].iter().chain(given);
            let headers = given.map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            check_origin(&method.parse().unwrap(), &headers.collect()).is_ok()
        };
        let (origin, site) = ("origin", "sec-fetch-site");
        let own = "http://127.0.0.1:8080";
        assert!(allowed("GET", &[]));
        assert!(allowed("POST", &[(origin, own)]));
        assert!(allowed("POST", &[(site, "same-origin")]));
        assert!(allowed("POST", &[(origin, own), (site, "same-origin")]));
        assert!(!allowed("POST", &[]));
        assert!(!allowed("POST", &[(origin, "null")]));
        assert!(!allowed("POST", &[(origin, "https://evil.example")]));
        assert!(!allowed("DELETE", &[(origin, own), (site, "cross-site")]));
        assert!(!allowed("PATCH", &[(site, "none")]));
        assert!(!allowed("POST", &[(site, "same-site")]));
    }
}
