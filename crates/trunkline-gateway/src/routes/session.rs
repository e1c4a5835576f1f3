//! `/v1/session`.

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, StatusCode, header};
use axum::response::{IntoResponse, Response};
use trunkline_core::ErrorKind;

use crate::auth::{By, Identity, address, session, unauthenticated};
use crate::dto::problem::Problem;
use crate::dto::session::{SessionBody, SessionDto};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Json as Body, NoQuery, Who};
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
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn begin_session(
    State(state): State<AppState>,
    extensions: Extensions,
    Body(body): Body<SessionBody>,
) -> ApiResult<Response> {
    let opened = state.services().access.authenticate(&body.key).await;
    let (key, secret) = match opened {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::Unauthenticated => {
            state.limits().failed_auth(address(&extensions))?;
            return Ok(unauthenticated(error, true));
        }
        Err(error) => return Err(error.into()),
    };
    let cookie = session::begin(&state, &key, secret)?;
    let identity = Identity {
        caller: key.caller(),
        by: By::Key(key),
    };
    let headers = [(header::SET_COOKIE, cookie)];
    Ok((headers, Json(SessionDto::from(&identity))).into_response())
}

/// Show who you are, and what you may do.
#[utoipa::path(
    get, path = "/v1/session", tag = "Access",
    responses((status = 200, description = "Who you are", body = SessionDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_session(Who(who): Who, _: NoQuery) -> Json<SessionDto> {
    Json(SessionDto::from(&who))
}

/// End a session.
#[utoipa::path(
    delete, path = "/v1/session", tag = "Access",
    responses((status = 204, description = "There is none any more",
            headers(("Set-Cookie" = String, description = "Takes the session's cookie away"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn end_session(
    State(state): State<AppState>,
    _: NoQuery,
) -> Result<Response, ApiError> {
    let headers = [(header::SET_COOKIE, session::end(&state)?)];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
