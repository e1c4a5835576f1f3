#![doc = include_str!("../README.md")]

mod assets;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, http};

pub use assets::{ASSETS, Asset};

/// What a page of the console may do: load what this gateway serves, and talk to this gateway. No script or style in the
/// page itself, no frame around it, no text that becomes markup (`require-trusted-types-for`).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    // Asked for anew every time, and answered with 304: after an upgrade no page runs on half of the old files.
    (header::CACHE_CONTROL, "no-cache"),
];

/// The console: the page at `/`, what it loads below `/console/`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(|headers| std::future::ready(page(&headers))))
        .route("/console", get(home))
        .route("/console/", get(home))
        .route(
            "/console/{*path}",
            get(|path, headers| std::future::ready(file(&path, &headers))),
        )
}

async fn home() -> Redirect {
    Redirect::permanent("/")
}

fn page(headers: &HeaderMap) -> Response {
    answer("index.html", headers)
}

fn file(Path(path): &Path<String>, headers: &HeaderMap) -> Response {
    answer(path, headers)
}

fn answer(path: &str, headers: &HeaderMap) -> Response {
    // Only what was embedded can be named, so that no path leads anywhere else.
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = asset.tag();
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, asset.content_type())];
        (kind, asset.bytes).into_response()
    };
    let answered = response.headers_mut();
    for (name, value) in HEADERS {
        answered.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = http::HeaderValue::from_str(&tag) {
        answered.insert(header::ETAG, tag);
    }
    response
}

/// Whether the browser has it already.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|given| given.trim().trim_start_matches("W/"))
        .any(|given| given == tag || given == "*")
}
