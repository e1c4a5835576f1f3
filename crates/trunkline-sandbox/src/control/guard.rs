//! Keeps browsers out. A page that somebody has open on this machine can reach the port, but is not the operator.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::input::Refused;

/// Refuses requests for or from a foreign host, and bodies that are not JSON.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let (status, message) = if !is_ours(headers) {
        let message = "this port answers to local programs only";
        (StatusCode::FORBIDDEN, message)
    } else if !is_json(headers) {
        let message = "the body must be application/json";
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    } else {
        return next.run(request).await;
    };
    Refused::new(status, message).into_response()
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &header::HeaderValue| value.to_str().unwrap_or("?"))
    };
    let Some(host) = text(header::HOST) else {
        return false;
    };
    let own_origin = format!("http://{host}");
    let site = headers
        .get("sec-fetch-site")
        .map(|value| value.to_str().unwrap_or("?"));
    is_loopback(host)
        && text(header::ORIGIN).is_none_or(|origin| origin == own_origin)
        && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or("?"));
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || length.is_some_and(|length| length != "0");
    match content_type {
        None => !has_body,
        Some(_) if !has_body => true,
        Some(value) => value
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_ours() {
        for host in ["127.0.0.1:9109", "localhost", "[::1]:9109"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:80",
            "localhost:x",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
