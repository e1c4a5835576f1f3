//! Sessions of a browser: an API key behind a cookie that no script can read.
//!
//! The cookie is sealed and holds no secret, only which key it stands for and until when. The key is looked at anew
//! with every request, so that revoking or replacing it ends its sessions.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use trunkline_core::{ApiKey, Error, ErrorKind, KeyId, Result, SecretHash};

use crate::auth::is_safe;
use crate::state::AppState;

/// The cookie's name.
const NAME: &str = "trunkline_session";

/// What the cookie is sealed for.
const PURPOSE: &str = "session";

/// How long a session lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(12);

/// What is sealed in the cookie.
#[derive(Debug, Serialize, Deserialize)]
struct Session {
    key: KeyId,
    secret: SecretHash,
    until: Timestamp,
}

/// The session's cookie among those of a request.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all.filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == NAME).then(|| value.to_owned())
    })
}

/// The key that a cookie stands for.
///
/// # Errors
/// `Unauthenticated` if it stands for none, or no more; those of the store.
pub(crate) async fn key(state: &AppState, cookie: &str) -> Result<Arc<ApiKey>> {
    let services = state.services();
    let session: Option<Session> = services.sealer.open(PURPOSE, cookie);
    let session = session.filter(|session| Timestamp::now() < session.until);
    let session = session.ok_or_else(|| {
        Error::new(
            ErrorKind::Unauthenticated,
            "the session is over: log in again",
        )
    })?;
    services.access.opened(&session.key, &session.secret).await
}

/// A page elsewhere must not write in the name of whoever has a session here: a browser says where a write comes from.
///
/// # Errors
/// `PermissionDenied` for a write that does not come from our own pages.
pub(crate) fn check_origin(method: &Method, headers: &HeaderMap) -> Result<()> {
    if is_safe(method) {
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
/// `Internal` if it can't be sealed.
pub(crate) fn begin(state: &AppState, key: &ApiKey, secret: SecretHash) -> Result<HeaderValue> {
    let now = Timestamp::now();
    let until = now.saturating_add(LASTS).unwrap_or(now);
    let until = key.expires_at.map_or(until, |end| end.min(until));
    let session = Session {
        key: key.id.clone(),
        secret,
        until,
    };
    let sealed = state.services().sealer.seal(PURPOSE, &session)?;
    let age = until.duration_since(now).as_secs().max(0);
    set_cookie(state, &sealed, age)
}

/// The `Set-Cookie` that ends a session.
///
/// # Errors
/// `Internal` if it can't be written.
pub(crate) fn end(state: &AppState) -> Result<HeaderValue> {
    set_cookie(state, "", 0)
}

fn set_cookie(state: &AppState, value: &str, age: i64) -> Result<HeaderValue> {
    let settings = state.settings();
    let public = settings.public_url.as_ref();
    let secure = if public.is_some_and(|url| url.scheme() == "https") {
        "; Secure"
    } else {
        ""
    };
    let text = format!("{NAME}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}");
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
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(cookie(&headers), None);
        let value = "a=b; trunkline_session=sealed; trunkline_session_x=no";
        headers.insert(header::COOKIE, HeaderValue::from_static(value));
        assert_eq!(cookie(&headers).as_deref(), Some("sealed"));
    }

    #[test]
    fn a_write_comes_from_our_own_page_or_not_at_all() {
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
