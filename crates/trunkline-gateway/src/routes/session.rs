//! `/v1/session`.

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::address::ClientAddress;
use crate::auth::{Attempt, session};

use crate::dto::problem::Problem;
use crate::dto::session::{SessionBody, SessionDto};
use crate::error::ApiResult;
use crate::extract::{Call, Json as Body, NoQuery, RequestId};
use crate::identity::Identity;
use crate::openapi::answers::Common;
use crate::state::AppState;

/// Begin a session with an API key.
///
/// For browsers: from then on the cookie of the answer stands for the key, for twelve hours at most, and writes are
/// taken from this gateway's own pages alone. Programs send the key itself with every request.
#[utoipa::path(
    post, path = "/v1/session", tag = "Access", request_body = SessionBody,
    responses((status = 200, description = "Who you are", body = SessionDto,
            headers(("Set-Cookie" = String, description = "The session"))),
        (status = 401, description = "The key opens nothing", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong keys", body = Problem, content_type = "application/problem+json"),
        Common)
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

/// Show who you are, and what you may do.
#[utoipa::path(
    get, path = "/v1/session", tag = "Access",
    responses((status = 200, description = "Who you are", body = SessionDto), Common)
)]
pub(crate) async fn get_session(call: Call, _: NoQuery) -> Json<SessionDto> {
    Json(SessionDto::from(&call.who))
}

/// End a session. Its cookie opens nothing from then on, at any replica, and no copy of it does.
#[utoipa::path(
    delete, path = "/v1/session", tag = "Access",
    responses((status = 204, description = "It is over",
            headers(("Set-Cookie" = String, description = "Takes the session's cookie away"))),
        Common)
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
