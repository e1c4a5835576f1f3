//! The API's document, and `/docs`: its pages, Swagger UI.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::headers::text;

/// The OpenAPI 3.1 document of the routes: `docs/openapi.json`, which a test compares with the routes.
const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// The script that starts the pages.
const START: &str = "window.onload = function() {
  window.ui = SwaggerUIBundle({
    url: \"/openapi.json\",
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl]
  });
};
";

type File = (&'static str, &'static str, bool, &'static [u8]);

/// Name, content type, whether it is compressed, and content.
static FILES: &[File] = &include!(concat!(env!("OUT_DIR"), "/swagger.rs"));

/// The document and the pages. What is sent of a file is the file as it lies in the program: a copy for each client that
/// reads slowly would cost more memory than the gateway has use for.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(
            "/openapi.json",
            get(|headers| std::future::ready(document(&headers))),
        )
        .route("/docs", get(|| std::future::ready(Redirect::to("/docs/"))))
        .route("/docs/", get(|| std::future::ready(file("index.html"))))
        .route(
            "/docs/{*path}",
            get(|Path(path): Path<String>| std::future::ready(file(&path))),
        )
}

/// Clients that have the document are answered with 304.
fn document(headers: &HeaderMap) -> Response {
    static TAG: OnceLock<String> = OnceLock::new();
    let tag = TAG.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        DOCUMENT.hash(&mut hasher);
        format!("W/\"{:016x}\"", hasher.finish())
    });
    let kind = [
        (header::CONTENT_TYPE, "application/json"),
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    if text(headers, &header::IF_NONE_MATCH).is_some_and(|given| given == tag) {
        (StatusCode::NOT_MODIFIED, kind).into_response()
    } else {
        (kind, DOCUMENT).into_response()
    }
}

fn file(path: &str) -> Response {
    if path == "swagger-initializer.js" {
        return ([(header::CONTENT_TYPE, "text/javascript")], START).into_response();
    }
    match FILES.iter().find(|(name, ..)| *name == path) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some((_, kind, true, bytes)) => {
            let encoding = [(header::CONTENT_ENCODING, "gzip")];
            ([(header::CONTENT_TYPE, *kind)], encoding, *bytes).into_response()
        }
        Some((_, kind, false, bytes)) => ([(header::CONTENT_TYPE, *kind)], *bytes).into_response(),
    }
}
