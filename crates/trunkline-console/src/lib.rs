#![doc = include_str!("../README.md")]

mod assets;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

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
    (header::VARY, "accept-encoding"),
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
    let mut response = if is_known(headers, asset.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, asset.content_type())];
        if takes_gzip(headers) {
            let encoding = [(header::CONTENT_ENCODING, "gzip")];
            (kind, encoding, asset.gzip).into_response()
        } else {
            (kind, asset.bytes).into_response()
        }
    };
    let answered = response.headers_mut();
    for (name, value) in HEADERS {
        answered.insert(name, HeaderValue::from_static(value));
    }
    // The page is asked for anew every time: after an upgrade it names the new files.
    let caching = if asset.is_lasting() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    answered.insert(header::ETAG, HeaderValue::from_static(asset.tag));
    response
}

/// True when the client accepts gzip, which it may forbid by a weight of 0.
fn takes_gzip(headers: &HeaderMap) -> bool {
    values(headers, &header::ACCEPT_ENCODING).any(|given| {
        let (name, weight) = given.split_once(';').unwrap_or((given, ""));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        matches!(name.trim(), "gzip" | "*")
            && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

/// The members of a header, which may be there more than once.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let all = headers.get_all(name).iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// Whether the browser has it already.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    values(headers, &header::IF_NONE_MATCH)
        .map(|given| given.trim_start_matches("W/"))
        .any(|given| given == tag || given == "*")
}
