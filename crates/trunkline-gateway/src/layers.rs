//! Layers of every request: its id, the origin check, the log line, the metrics.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, histogram};
use trunkline_core::telemetry::names;
use trunkline_core::telemetry::trace::tracer;
use trunkline_core::{Error, ErrorKind};

use crate::address::ClientAddress;
use crate::auth::is_recognized;
use crate::browser::secure;
use crate::error::{ApiError, render};
use crate::extract::{BodyLimit, RequestId};
use crate::headers::{REQUEST_ID, text};
use crate::spans::{PROBES, Spans};
use crate::state::AppState;

/// Outermost layer: gives the request an id, logs and counts it, and writes problem documents.
pub(crate) async fn observe(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    let settings = state.settings();
    let address = ClientAddress::of(&settings, &request);
    request.extensions_mut().insert(address);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", |path| path.as_str())
        .to_owned();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    request
        .extensions_mut()
        .insert(BodyLimit(settings.max_body));
    let known = adopts_trace(&state, &mut request).await;
    let spans = Spans::of(&request, &id, known);
    request.extensions_mut().insert(spans.clone());
    let measured = spans.clone();
    let response = async {
        let response = match check_origin(&state, &request) {
            Ok(()) => next.run(request).await,
            Err(refused) => refused.into_response(),
        };
        let bare = response.status() == StatusCode::NOT_FOUND
            && !response.headers().contains_key(header::CONTENT_TYPE)
            && response.extensions().get::<ApiError>().is_none();
        let response = if bare {
            not_found().await.into_response()
        } else {
            response
        };
        let mut response = render(response, &id);
        secure(&settings, &path, &mut response);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let (status, took) = (response.status().as_u16(), started.elapsed());
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        // Machines poll these all the time.
        if PROBES.contains(&route.as_str()) {
            tracing::debug!(status, duration_ms, "{method} {route} {status}");
        } else {
            tracing::info!(status, duration_ms, "{method} {route} {status}");
        }
        counter!(names::HTTP_REQUESTS, "method" => label(&method), "route" => route.clone(), "status" => status.to_string()).increment(1);
        histogram!(names::HTTP_SECONDS, "route" => route.clone()).record(took);
        histogram!(names::HTTP_OVERHEAD, "route" => route.clone()).record(measured.overhead(took));
        response
    };
    let response = spans.clone().within(response).await;
    spans.answered(response)
}

/// Whether a request continues the trace in its headers: only requests of known callers do.
async fn adopts_trace(state: &AppState, request: &mut Request) -> bool {
    if tracer().is_none() || !request.headers().contains_key("traceparent") {
        return false;
    }
    // The body is not needed here, and is not `Sync`.
    let (parts, body) = std::mem::take(request).into_parts();
    let known = is_recognized(state, &parts).await;
    *request = Request::from_parts(parts, body);
    known
}

/// The method as a metric label: clients must not be able to add labels.
fn label(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let found = known.into_iter().find(|name| *name == method.as_str());
    found.unwrap_or("other")
}

/// The router's own 404.
pub(crate) async fn not_found() -> ApiError {
    Error::new(ErrorKind::NotFound, "no such route; /docs lists them").into()
}

/// The router's own 405; the router adds `Allow`.
pub(crate) async fn method_not_allowed(method: Method) -> ApiError {
    let error = Error::new(
        ErrorKind::InvalidRequest,
        format!("this route has no {method}"),
    );
    ApiError::with_status(error, StatusCode::METHOD_NOT_ALLOWED)
}

/// Layer: a write goes on when its client hangs up, and shutdown waits for it.
pub(crate) async fn outlive_client(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let spans = request.extensions().get::<Spans>().cloned();
    let work = next.run(request);
    let work = async {
        match spans {
            Some(spans) => spans.within(work).await,
            None => work.await,
        }
    };
    let tasks = state.services().engine.purchases.tasks();
    tasks.spawn(work).await.unwrap_or_else(|_| {
        ApiError::from(Error::new(ErrorKind::Internal, "a handler panicked")).into_response()
    })
}

/// The client's request id if it is valid, else a new one: clients must not be able to write log lines.
fn request_id(request: &Request) -> String {
    let given = text(request.headers(), &REQUEST_ID);
    let is_valid =
        |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| (0x21..=0x7e).contains(&b));
    given.filter(is_valid).map_or_else(
        || format!("req_{:032x}", rand::random::<u128>()),
        ToOwned::to_owned,
    )
}

/// Refuses requests of foreign pages: a page in a browser on this machine is not the operator.
fn check_origin(state: &AppState, request: &Request) -> Result<(), ApiError> {
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return Ok(());
    }
    let text = |name: HeaderName| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(header::HOST).or_else(|| {
        request
            .uri()
            .authority()
            .map(axum::http::uri::Authority::as_str)
    });
    // A page whose name was rebound to our address has no key to send. A caller with a key is authenticated by it.
    let has_key = request.headers().contains_key(header::AUTHORIZATION);
    if !has_key && !host.is_some_and(|host| state.settings().is_own_host(host)) {
        return Err(refused("Host"));
    }
    if text(header::ORIGIN).is_some_and(|origin| state.settings().is_allowed_origin(origin)) {
        return Ok(());
    }
    let same = |origin: &str| origin.split_once("://").map(|(_, rest)| rest) == host;
    if text(header::ORIGIN).is_some_and(|origin| !same(origin)) {
        return Err(refused("Origin"));
    }
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(refused("Sec-Fetch-Site"));
    }
    Ok(())
}

fn refused(header: &str) -> ApiError {
    let message = format!(
        "requests with a foreign {header} are refused; name your own in server.allowed_hosts"
    );
    ApiError::of(header, message, StatusCode::FORBIDDEN)
}
