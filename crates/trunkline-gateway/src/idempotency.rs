//! The layer that keeps the answers to writes with an `Idempotency-Key`, where the route's rules say so.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use trunkline_admin::{Answer, Reserve};
use trunkline_core::{Caller, Effect, Error, ErrorKind, IdempotencyKey, Retry};
use trunkline_engine::journal::Scope;
use trunkline_engine::{HeldLease, fingerprint};

use crate::answer::{KeptBody, kept, replayed};
use crate::error::{ApiError, ApiResult, render};
use crate::extract::{RequestId, read_body};
use crate::headers::{self, idempotency_key};
use crate::identity::Identity;
use crate::route::{Keeper, Rules};
use crate::state::AppState;

/// The fingerprint of a request by this caller. A caller who sees other accounts asks for something else with the same
/// words: no one gets an answer about accounts that they do not see.
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

/// Layer: a write with a key is done once, and its answer repeated.
pub(crate) async fn honour(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let rules = request.extensions().get::<Rules>();
    let is_kept = rules.is_some_and(|rules| rules.keeper == Keeper::Layer);
    if !is_kept || request.method().is_safe() {
        return next.run(request).await;
    }
    let answered = match idempotency_key(request.headers()) {
        Ok(Some(key)) => once(&state, key, request, next).await,
        Ok(None) => Ok(next.run(request).await),
        Err(error) => Err(error.into()),
    };
    answered.unwrap_or_else(IntoResponse::into_response)
}

async fn once(
    state: &AppState,
    key: IdempotencyKey,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    let (parts, body) = request.into_parts();
    let Some(Identity { caller, .. }) = parts.extensions.get().cloned() else {
        // An open route has no caller, and stores nothing.
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let request_id = parts.extensions.get::<RequestId>();
    let request_id = request_id.map(|id| id.0.clone()).unwrap_or_default();
    let scope = Scope {
        tenant: caller.tenant.clone(),
        route: format!("{} {}", parts.method, parts.uri.path()),
        key,
    };
    let body = read_body(Request::from_parts(parts.clone(), body)).await?;
    let hash = with_reach(fingerprint(&body), &caller);
    let services = state.services();
    let answers = &services.admin;
    let lease = match answers.reserve_key(&scope, &hash, state.owner()).await? {
        Reserve::Answered(answer) => return Ok(replayed(kept(answer))),
        Reserve::Mismatch => return Err(ApiError::key_mismatch()),
        Reserve::InFlight => return Err(under_way().into()),
        Reserve::Fresh(lease) => lease,
    };
    let request = Request::from_parts(parts, Body::from(body));
    let held = HeldLease::new(lease);
    let response = held.hold(&*services.engine.store, next.run(request)).await;
    let is_refusal = is_passing(&response);
    let response = render(response, &request_id);
    if is_refusal || response.status().is_server_error() {
        answers.forget_key(&scope).await?;
        return Ok(response);
    }
    let (response, answer) = copy(response).await?;
    answers.keep_answer(&scope, answer, None).await?;
    Ok(response)
}

fn under_way() -> Error {
    let message = "a request with this Idempotency-Key is under way";
    let error = Error::new(ErrorKind::Conflict, message);
    error.with_retry(Retry::After(Duration::from_secs(1)))
}

/// Whether an answer is a refusal that is not stored: no carrier was asked, or the next attempt may succeed.
fn is_passing(response: &Response) -> bool {
    let refused = response.extensions().get::<ApiError>();
    refused.map(ApiError::error).is_some_and(|error| {
        let unsent = error.upstream().is_none() && error.effect() == Effect::None;
        unsent || error.retry() != Retry::Never
    })
}

/// A response, and what is kept of it.
async fn copy(response: Response) -> Result<(Response, Answer), Error> {
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let body = body
        .map_err(|e| Error::new(ErrorKind::Internal, "an answer can't be read").with_source(e))?;
    let text = |name| headers::text(&head.headers, name).map(ToOwned::to_owned);
    let answer = Answer {
        status: head.status.as_u16(),
        content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
        location: text(header::LOCATION),
        body: match head.extensions.get::<KeptBody>() {
            Some(KeptBody(kept)) => kept.clone(),
            None => String::from_utf8_lossy(&body).into_owned(),
        },
    };
    Ok((Response::from_parts(head, Body::from(body)), answer))
}
