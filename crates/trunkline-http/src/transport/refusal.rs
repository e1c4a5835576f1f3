//! Why there is no connection, in words.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

/// What a connection failed of, as far as it can be told.
pub(crate) fn cause(error: &(dyn StdError + 'static)) -> String {
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

fn told(cause: &(dyn StdError + 'static)) -> Option<String> {
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
            Some("the proxy wants a user and a password (CONNECT was answered with 407)".to_owned())
        }
        "tunnel error: failed to create underlying connection" => {
            let why = cause.source().and_then(told);
            Some(why.map_or_else(
                || "the proxy can't be reached".to_owned(),
                |why| format!("the proxy can't be reached: {why}"),
            ))
        }
        text if text.starts_with("tunnel error") => {
            Some("the proxy opened no tunnel (CONNECT)".to_owned())
        }
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
