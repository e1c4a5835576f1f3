//! The layer that limits the number and the time of requests under way.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use trunkline_core::{Error, ErrorKind};

use crate::address::ClientAddress;
use crate::error::{ApiError, ApiResult};
use crate::extract::{BodyLimit, read_body};
use crate::identity::Identity;
use crate::limits::too_busy;
use crate::route::{Bound, Rules};
use crate::state::AppState;

/// Largest body of an open route, in bytes.
const OPEN_BODY: usize = 4 << 10;

/// How long the body of an open route may take.
const OPEN_BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// Layer, behind authentication: reads the body, then takes a place, so that a slow sender holds none. The number of
/// requests under way and their time are limited; a request without a free place is refused at once.
pub(crate) async fn bound(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let rules = request.extensions().get::<Rules>();
    let bound = rules.map_or(Bound::Timed, |rules| rules.bound);
    if bound == Bound::Free {
        return next.run(request).await;
    }
    let tenant = request.extensions().get::<Identity>();
    let tenant = tenant.map(|identity| identity.caller.tenant.clone());
    let request = match with_body(&state, tenant.is_none(), request).await {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let ClientAddress(from) = ClientAddress::among(request.extensions());
    let Some(_place) = state.limits().place(tenant.as_ref(), from) else {
        return ApiError::from(too_busy()).into_response();
    };
    let patience = state.settings().request_timeout;
    let answer = next.run(request);
    if bound == Bound::Counted {
        return answer.await;
    }
    let answered = tokio::time::timeout(patience, answer).await;
    answered.unwrap_or_else(|_| {
        let message = format!(
            "not answered within {patience:?}; a write goes on: read its outcome, or repeat it with its Idempotency-Key"
        );
        ApiError::from(Error::new(ErrorKind::Timeout, message)).into_response()
    })
}

/// The request with its body read whole.
async fn with_body(state: &AppState, is_open: bool, mut request: Request) -> ApiResult<Request> {
    let settings = state.settings();
    let patience = if is_open {
        let limit = settings.max_body.min(OPEN_BODY);
        request.extensions_mut().insert(BodyLimit(limit));
        OPEN_BODY_TIMEOUT
    } else {
        settings.request_timeout
    };
    let (parts, body) = request.into_parts();
    if http_body::Body::is_end_stream(&body) {
        return Ok(Request::from_parts(parts, body));
    }
    let whole = Request::from_parts(parts.clone(), body);
    let Ok(body) = tokio::time::timeout(patience, read_body(whole)).await else {
        let error = Error::invalid("body", format!("not sent within {patience:?}"));
        return Err(ApiError::with_status(error, StatusCode::REQUEST_TIMEOUT));
    };
    Ok(Request::from_parts(parts, Body::from(body?)))
}
