//! Compressed answers, for clients that ask for them.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Smaller answers, in bytes, are sent as they are.
const SMALLEST: u64 = 1_024;

/// Layer: compresses JSON and text with gzip when the client accepts it. Other requests go on untouched. A streamed answer
/// is never compressed: its lines would wait for each other.
pub(crate) async fn compress(request: Request, next: Next) -> Response {
    if request.method() == Method::HEAD || !request.headers().contains_key(header::ACCEPT_ENCODING)
    {
        return next.run(request).await;
    }
    let inner = service_fn(move |request: Request| {
        let answer = next.clone().run(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let compression = Compression::new(inner)
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(SMALLEST).and(is_text));
    match compression.oneshot(request).await {
        Ok(answer) => answer.map(Body::new),
        Err(never) => never.into_response(),
    }
}

/// True for a whole document of JSON or text.
fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .map(|kind| kind.as_bytes());
    let kinds: [&[u8]; 3] = [b"application/json", b"application/problem+json", b"text/"];
    kind.is_some_and(|kind| {
        kinds.iter().any(|wanted| kind.starts_with(wanted))
            && !kind.starts_with(b"text/event-stream")
    })
}
