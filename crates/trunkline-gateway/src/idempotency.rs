//! `Idempotency-Key`: required on a purchase, honoured on every other write.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use trunkline_core::{Caller, Effect, Error, ErrorKind, IdempotencyKey, Retry};
use trunkline_engine::Store;
use trunkline_engine::fingerprint;
use trunkline_engine::journal::{Answer, Lease, Reserve, Scope};

use crate::auth::Identity;
use crate::error::{ApiError, ApiResult, render};
use crate::extract::{RequestId, read_body};
use crate::state::AppState;

/// The header of the key.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer was given before.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key of a request.
///
/// # Errors
/// `InvalidRequest` naming the header for a key that is none.
pub(crate) fn key(headers: &HeaderMap) -> ApiResult<Option<IdempotencyKey>> {
    let Some(value) = headers.get(&KEY) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    Ok(Some(IdempotencyKey::new(text)?))
}

/// The key of a purchase.
///
/// # Errors
/// `InvalidRequest` naming the header if there is none.
pub(crate) fn required_key(headers: &HeaderMap) -> ApiResult<IdempotencyKey> {
    key(headers)?.ok_or_else(|| {
        let hint = "required: 1 to 255 visible ASCII characters of your choice; repeating them repeats nothing";
        Error::invalid("Idempotency-Key", hint).into()
    })
}

/// A hash of a JSON body that does not depend on blanks or the order of members.
///
/// # Errors
/// `InvalidRequest` for a body that is not JSON.
pub(crate) fn body_fingerprint(body: &[u8]) -> ApiResult<String> {
    let value: serde_json::Value = serde_json::from_slice(body)
        .map_err(|e| Error::invalid("body", format!("not JSON: {e}")))?;
    Ok(fingerprint(value.to_string().as_bytes()))
}

/// The fingerprint of a request in this caller's mouth. Who sees other accounts asks for something else with the same
/// words: they are not given an answer about what they do not see.
#[must_use]
pub(crate) fn with_reach(hash: String, caller: &Caller) -> String {
    match &caller.accounts {
        None => hash,
        Some(accounts) => {
            let names = accounts.iter().map(|account| account.as_str());
            let names: Vec<&str> = names.collect();
            fingerprint(format!("{hash} {}", names.join(" ")).as_bytes())
        }
    }
}

/// Among the extensions of a response, what is kept of it instead of its body: it holds what is told once.
#[derive(Clone)]
pub(crate) struct KeptBody(String);

impl KeptBody {
    /// The response, of which this is kept to be repeated: the same without its secret.
    ///
    /// # Errors
    /// `Internal` if it can't be written.
    pub(crate) fn beside<T: Serialize>(
        mut response: Response,
        kept: &T,
    ) -> Result<Response, Error> {
        let kept = serde_json::to_string(kept).map_err(|e| {
            Error::new(ErrorKind::Internal, "an answer can't be written").with_source(e)
        })?;
        response.extensions_mut().insert(Self(kept));
        Ok(response)
    }
}

/// An answer given before, byte for byte.
#[must_use]
pub(crate) fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Some(kind) = HeaderValue::from_str(&answer.content_type)
        .ok()
        .filter(|kind| !kind.is_empty())
    {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Some(location) = answer
        .location
        .and_then(|location| HeaderValue::from_str(&location).ok())
    {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// Layer: a write with a key is done once, and its answer repeated. A purchase looks after itself.
pub(crate) async fn honour(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let writes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let purchases = ["/v1/numbers", "/v1/allocations"].contains(&path);
    let purchase = *request.method() == Method::POST && purchases;
    // Whoever calls back is nobody's client, and is heard once anyway.
    let callback = path.starts_with("/v1/callbacks/");
    if !writes.contains(request.method()) || purchase || callback {
        return next.run(request).await;
    }
    match key(request.headers()) {
        Ok(None) => next.run(request).await,
        Ok(Some(key)) => once(state, key, request, next)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        Err(error) => error.into_response(),
    }
}

async fn once(
    state: AppState,
    key: IdempotencyKey,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default();
    let route = format!("{} {}", request.method(), request.uri().path());
    let Some(caller) = request.extensions().get::<Identity>() else {
        // A route for everybody: nobody's keys.
        return Ok(next.run(request).await);
    };
    let caller = caller.caller.clone();
    let scope = Scope {
        tenant: caller.tenant.clone(),
        route,
        key,
    };
    let (parts, body) = request.into_parts();
    let body = read_body(Request::from_parts(parts.clone(), body)).await?;
    let hash = with_reach(fingerprint(&body), &caller);
    let store = &state.services().engine.store;
    let lease = match store.reserve_key(&scope, &hash, state.owner()).await? {
        Reserve::Answered(answer) => return Ok(replay(answer)),
        Reserve::Mismatch => return Err(ApiError::key_mismatch()),
        Reserve::InFlight => {
            let error = Error::new(
                ErrorKind::Conflict,
                "a request with this Idempotency-Key is under way",
            );
            return Err(error
                .with_retry(Retry::After(Duration::from_secs(1)))
                .into());
        }
        Reserve::Fresh(lease) => lease,
    };
    let request = Request::from_parts(parts, axum::body::Body::from(body));
    let response = tokio::select! {
        response = next.run(request) => response,
        never = hold(&**store, lease) => match never {},
    };
    // Refused here before a carrier was asked, or likely to go better the next time: nothing to repeat.
    let passing = response
        .extensions()
        .get::<ApiError>()
        .is_some_and(|refused| {
            let error = refused.error();
            let unsent = error.upstream().is_none() && error.effect() == Effect::None;
            unsent || error.retry() != Retry::Never
        });
    let response = render(response, &request_id);
    if passing || response.status().is_server_error() {
        store.forget_key(&scope).await?;
        return Ok(response);
    }
    let (response, answer) = copy(response).await?;
    store.keep_answer(&scope, answer, None).await?;
    Ok(response)
}

/// Keeps a key reserved for as long as its request is worked on.
async fn hold(store: &dyn Store, mut lease: Lease) -> Infallible {
    loop {
        tokio::time::sleep(Lease::TTL / 3).await;
        if let Ok(Some(renewed)) = store.renew(&lease).await {
            lease = renewed;
        }
    }
}

/// A response, and what it says, to be said again.
async fn copy(response: Response) -> Result<(Response, Answer), Error> {
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let body = body
        .map_err(|e| Error::new(ErrorKind::Internal, "an answer can't be read").with_source(e))?;
    let text = |name: HeaderName| {
        head.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(ToOwned::to_owned)
    };
    let answer = Answer {
        status: head.status.as_u16(),
        content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
        location: text(header::LOCATION),
        body: match head.extensions.get::<KeptBody>() {
            Some(KeptBody(kept)) => kept.clone(),
            None => String::from_utf8_lossy(&body).into_owned(),
        },
    };
    Ok((
        Response::from_parts(head, axum::body::Body::from(body)),
        answer,
    ))
}
