//! Headers that restrict what browsers do with answers and pages.

use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::settings::Settings;

/// The pages of the API's documentation: scripts and styles of this gateway alone, in no frame.
const PAGE: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// Adds the headers of every answer, of the API's answers and of the pages, unless the route has set them itself.
pub(crate) fn secure(settings: &Settings, path: &str, response: &mut Response) {
    let headers = response.headers_mut();
    let mut add = |name: &HeaderName, value: &'static str| {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
    };
    add(&header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if settings.is_https() {
        add(&header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if path.starts_with("/v1/") {
        add(&header::CACHE_CONTROL, "no-store");
    } else if path.starts_with("/docs") {
        for (name, value) in &PAGE {
            add(name, value);
        }
    }
}

/// What pages of the configured origins may do; `None` if there are none.
pub(crate) fn cors(settings: &Settings) -> Option<CorsLayer> {
    let origins = settings.cors_origins.iter();
    let origins: Vec<HeaderValue> = origins.filter_map(|o| o.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let sent = "authorization content-type idempotency-key last-event-id prefer x-request-id";
    let read = "idempotent-replayed location ratelimit ratelimit-policy retry-after www-authenticate x-request-id";
    let names = |names: &'static str| {
        let names = names.split(' ').map(HeaderName::from_static);
        names.collect::<Vec<_>>()
    };
    // Without credentials: cookies are for our own pages.
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods(methods)
            .allow_headers(names(sent))
            .expose_headers(names(read))
            .max_age(std::time::Duration::from_secs(600)),
    )
}
