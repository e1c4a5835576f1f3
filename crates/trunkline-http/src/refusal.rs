//! Why there is no connection, in words.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use http::StatusCode;
use rustls::CertificateError;

/// How the HTTP client begins to tell of a proxy that opened no tunnel, and how it tells of a status but 200 and 407.
const TUNNEL: &str = "tunnel error";
pub(crate) const REFUSED: &str = "tunnel error: unsuccessful";

/// Why there is no connection. [`cause`] has the words.
pub(crate) type Failure = Box<dyn StdError + Send + Sync>;

/// The proxy answered `CONNECT` with another status than 200.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) StatusCode);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0 {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => "the proxy wants a user and a password",
            StatusCode::FORBIDDEN => "the proxy does not allow this connection",
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => "the proxy can't reach it",
            _ => "the proxy opened no tunnel",
        };
        write!(f, "{what}: it answered CONNECT with {}", self.0)
    }
}

impl StdError for Refused {}

/// There is no connection to the proxy itself.
#[derive(Debug)]
pub(crate) struct Unreachable(pub(crate) Failure);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = cause(&*self.0);
        write!(f, "the proxy can't be reached: {why}")
    }
}

impl StdError for Unreachable {}

/// Why a connection failed, in words and as far as known: the innermost cause that says more than its parts.
#[must_use]
pub fn cause(error: &(dyn StdError + 'static)) -> String {
    let mut next = Some(error);
    let mut innermost = String::new();
    while let Some(cause) = next {
        if let Some(words) = told(cause) {
            return words;
        }
        innermost = cause.to_string();
        next = cause.source();
    }
    innermost
}

/// What the HTTP client tells of a proxy through which it got no tunnel; `None` if that is not what went wrong.
pub(crate) fn of_tunnel(error: &reqwest::Error) -> Option<String> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if text.starts_with(TUNNEL) {
            return Some(text);
        }
        next = cause.source();
    }
    None
}

fn told(cause: &(dyn StdError + 'static)) -> Option<String> {
    if cause.is::<Refused>() || cause.is::<Unreachable>() {
        return Some(cause.to_string());
    }
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(certificate(error));
    }
    if let Some(io) = cause.downcast_ref::<io::Error>() {
        // What it wraps is not among its sources, only what that wraps in its turn.
        return match io.get_ref() {
            Some(wrapped) => told(wrapped),
            None => (io.kind() == io::ErrorKind::ConnectionRefused)
                .then(|| "the connection was refused".to_owned()),
        };
    }
    let text = cause.to_string();
    match text.as_str() {
        "dns error" => Some("its name can't be resolved".to_owned()),
        "tunnel error: proxy authorization required" => {
            Some(Refused(StatusCode::PROXY_AUTHENTICATION_REQUIRED).to_string())
        }
        "tunnel error: failed to create underlying connection" => {
            let why = cause.source().and_then(told);
            Some(why.map_or_else(
                || "the proxy can't be reached".to_owned(),
                |why| format!("the proxy can't be reached: {why}"),
            ))
        }
        text if text.starts_with(TUNNEL) => Some("the proxy opened no tunnel (CONNECT)".to_owned()),
        _ => None,
    }
}

/// What is wrong with a certificate, or with TLS.
fn certificate(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(error) = error else {
        return format!("TLS failed: {error}");
    };
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet".to_owned()
        }
        CertificateError::Revoked => "its certificate has been revoked".to_owned(),
        _ => "its certificate is not trusted: if an authority of your own signed it, give that as ca_file".to_owned(),
    }
}
