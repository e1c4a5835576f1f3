//! `/v1/session`.

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use trunkline_core::ErrorKind;

use crate::address::ClientAddress;
use crate::auth::{By, Identity, WrongKey, session, unauthenticated, wrong_key};
use crate::dto::problem::Problem;
use crate::dto::session::{SessionBody, SessionDto};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Json as Body, NoQuery, RequestId, Who};
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
    RequestId(request_id): RequestId,
    Body(body): Body<SessionBody>,
) -> ApiResult<Response> {
    let (access, from) = (&state.services().access, ClientAddress::among(&extensions));
    if !access.is_known(&body.key) {
        state.limits().check_strangers(from.0)?;
    }
    let (key, secret) = match access.authenticate(&body.key).await {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::Unauthenticated => {
            let wrong = WrongKey {
                token: Some(&body.key),
                what: "POST /v1/session",
                request_id: Some(request_id),
            };
            wrong_key(&state, from, &wrong, &error).await?;
            return Ok(unauthenticated(error, true));
        }
        Err(error) => return Err(error.into()),
    };
    let (token, until) = access.begin_session(&key, secret).await?;
    let cookie = session::begin(&state.settings(), &token, until)?;
    let identity = Identity {
        caller: key.caller(),
        by: By::Key(key),
        proof: None,
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

/// End a session. Its cookie opens nothing from then on, at any replica, whoever has copied it.
#[utoipa::path(
    delete, path = "/v1/session", tag = "Access",
    responses((status = 204, description = "There is none any more",
            headers(("Set-Cookie" = String, description = "Takes the session's cookie away"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn end_session(
    State(state): State<AppState>,
    headers: HeaderMap,
    _: NoQuery,
) -> Result<Response, ApiError> {
    let settings = state.settings();
    if let Some(token) = session::cookie(&settings, &headers) {
        state.services().access.end_session(&token).await?;
    }
    let headers = [(header::SET_COOKIE, session::end(&settings)?)];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
