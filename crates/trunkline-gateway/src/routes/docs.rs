//! `/docs`: the pages of the API's documentation.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use utoipa_swagger_ui::{Config, serve};

/// The pages. What is sent of a file is the file as it lies in the program: a copy for each client that reads slowly
/// would cost more memory than the gateway has use for.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs", get(|| std::future::ready(Redirect::to("/docs/"))))
        .route("/docs/", get(|| std::future::ready(file(""))))
        .route(
            "/docs/{*path}",
            get(|Path(path): Path<String>| std::future::ready(file(&path))),
        )
}

fn file(path: &str) -> Response {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(Config::new(["/openapi.json"])));
    let Ok(Some(file)) = serve(path, Arc::clone(config)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let kind = [(header::CONTENT_TYPE, file.content_type)];
    if file.gzpipped {
        (kind, [(header::CONTENT_ENCODING, "gzip")], bytes).into_response()
    } else {
        (kind, bytes).into_response()
    }
}
