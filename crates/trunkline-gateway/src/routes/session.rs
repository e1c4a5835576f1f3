//! `/v1/session`.

use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::address::ClientAddress;
use crate::answer::Json;
use crate::auth::{Attempt, session};

use crate::dto::problem::Problem;
use crate::dto::session::{SessionBody, SessionDto};
use crate::error::ApiResult;
use crate::extract::{Call, Json as Body, NoQuery, RequestId};
use crate::identity::Identity;
use crate::state::AppState;

/// Start a session with an API key.
///
/// For browsers: the cookie in the answer replaces the key, for at most 12 hours. With a session, writes are accepted from
/// this gateway's own pages only. Programs send the key itself with every request.
#[utoipa::path(
    post, path = "/v1/session", tag = "Access", request_body = SessionBody,
    responses((status = 200, description = "The caller", body = SessionDto,
            headers(("Set-Cookie" = String, description = "The session"))),
        (status = 401, description = "The key is invalid", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong keys", body = Problem, content_type = "application/problem+json"),
        crate::openapi::Common)
)]
pub(crate) async fn begin_session(
    State(state): State<AppState>,
    extensions: Extensions,
    RequestId(request_id): RequestId,
    Body(body): Body<SessionBody>,
) -> ApiResult<Response> {
    let attempt = Attempt {
        from: ClientAddress::among(&extensions),
        what: "POST /v1/session",
        request_id: Some(request_id),
    };
    let (key, secret) = attempt.open(&state, &body.key).await?;
    let access = &state.services().access;
    let (token, until) = access.begin_session(&key, secret).await?;
    let cookie = session::begin(&state.settings(), &token, until)?;
    let session = SessionDto::from(&Identity::of_key(key));
    Ok(([(header::SET_COOKIE, cookie)], Json(session)).into_response())
}

/// Show the caller and their rights.
#[utoipa::path(
    get, path = "/v1/session", tag = "Access",
    responses((status = 200, description = "The caller", body = SessionDto), crate::openapi::Common)
)]
pub(crate) async fn get_session(call: Call, _: NoQuery) -> Json<SessionDto> {
    Json(SessionDto::from(&call.who))
}

/// End a session. Its cookie, and every copy of it, is invalid from then on, at every replica.
#[utoipa::path(
    delete, path = "/v1/session", tag = "Access",
    responses((status = 204, description = "Ended",
            headers(("Set-Cookie" = String, description = "Removes the session's cookie"))),
        crate::openapi::Common)
)]
pub(crate) async fn end_session(
    State(state): State<AppState>,
    headers: HeaderMap,
    _: NoQuery,
) -> ApiResult<Response> {
    let settings = state.settings();
    if let Some(token) = session::cookie(&settings, &headers) {
        state.services().access.end_session(&token).await?;
    }
    let headers = [(header::SET_COOKIE, session::end(&settings)?)];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
