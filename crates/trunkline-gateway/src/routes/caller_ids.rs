//! `/v1/caller-ids`.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_core::{
    CallerIdQuery, CallerIdRequest, CallerIdState, CallerIdUpdate, E164, Error, Result,
};
use trunkline_engine::CallerIdsRequest;
use utoipa::IntoParams;

use crate::dto::caller_id::{CallerIdBody, CallerIdDto, CallerIdPatchBody, VerifyBody};
use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::error::ApiResult;
use crate::extract::{Caller, Id, Json, Query};
use crate::idempotency::KeptBody;
use crate::routes::params::{limit, list, one_of, parse, timeout, with_plus, word};
use crate::state::AppState;

/// Which caller IDs to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallerIdParams {
    /// Only at these accounts, separated by commas.
    account: Option<String>,
    /// This number exactly.
    number: Option<String>,
    /// Label, exactly.
    label: Option<String>,
    /// Where caller IDs are settings of owners: the carrier's id of a user (Wazo), or `person-ID`, `workspace-ID` or
    /// `virtual-line-ID` (Webex).
    owner: Option<String>,
    /// What may be presented at this place: the carrier's id of it (Webex).
    location: Option<String>,
    /// `pending`, `verified`, `failed` or `expired`.
    state: Option<String>,
    /// At most this many: 1 to 100, 50 unless said.
    limit: Option<usize>,
    /// `next_cursor` of the page before; with the same filters.
    cursor: Option<String>,
    /// Answer after this long with what is there: 1 to 60000, 5000 unless said.
    timeout_ms: Option<u64>,
}

impl TryFrom<CallerIdParams> for CallerIdsRequest {
    type Error = Error;

    fn try_from(p: CallerIdParams) -> Result<Self> {
        let states = [
            ("pending", CallerIdState::Pending),
            ("verified", CallerIdState::Verified),
            ("failed", CallerIdState::Failed),
            ("expired", CallerIdState::Expired),
        ];
        let number = p.number.map(|text| with_plus(&text));
        if let Some(text) = &number {
            parse::<E164>("number", text)?;
        }
        Ok(Self {
            query: CallerIdQuery {
                number,
                label: word("label", p.label)?,
                owner: word("owner", p.owner)?,
                location: word("location", p.location)?,
                ..CallerIdQuery::default()
            },
            state: p
                .state
                .map(|text| one_of("state", &text, &states))
                .transpose()?,
            accounts: list("account", p.account.as_deref())?,
            limit: limit(p.limit, 50)?,
            cursor: p.cursor,
            timeout: timeout(p.timeout_ms)?,
        })
    }
}

/// List caller IDs, account by account, those not verified first.
#[utoipa::path(
    get, path = "/v1/caller-ids", tag = "Caller ids", params(CallerIdParams),
    responses((status = 200, description = "A page", body = List<CallerIdDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_caller_ids(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Query(params): Query<CallerIdParams>,
) -> ApiResult<axum::Json<List<CallerIdDto>>> {
    let request = CallerIdsRequest::try_from(params)?;
    let listed = state
        .services()
        .engine
        .caller_ids
        .list(&caller, &request)
        .await?;
    Ok(axum::Json(List::from(listed)))
}

/// Start proving a caller ID: the carrier calls the number.
///
/// Sent once. If it can't be told whether the phone rings, the answer is `pending` without a code:
/// ask for another call.
#[utoipa::path(
    post, path = "/v1/caller-ids", tag = "Caller ids", request_body = CallerIdBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, but for the code, not the call")),
    responses((status = 201, description = "Pending, or verified already", body = CallerIdDto,
            headers(("Location" = String, description = "The caller ID"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn start_caller_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Json(body): Json<CallerIdBody>,
) -> ApiResult<Response> {
    let account = body.account.clone();
    let request = CallerIdRequest::try_from(body)?;
    let started = state
        .services()
        .engine
        .caller_ids
        .start(&caller, &account, request)
        .await?;
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/caller-ids/{}", started.id)) {
        headers.insert(header::LOCATION, location);
    }
    Ok(told_once(StatusCode::CREATED, headers, started.into())?)
}

/// Show a caller ID; a pending one is asked about at the carrier.
#[utoipa::path(
    get, path = "/v1/caller-ids/{id}", tag = "Caller ids",
    params(("id" = String, Path, description = "The caller ID's id")),
    responses((status = 200, description = "The caller ID", body = CallerIdDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_caller_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<axum::Json<CallerIdDto>> {
    let found = state
        .services()
        .engine
        .caller_ids
        .get(&caller, &with_plus(&id))
        .await?;
    Ok(axum::Json(found.into()))
}

/// Change a verified caller ID.
#[utoipa::path(
    patch, path = "/v1/caller-ids/{id}", tag = "Caller ids", request_body = CallerIdPatchBody,
    params(("id" = String, Path, description = "The caller ID's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, not the change")),
    responses((status = 200, description = "The caller ID as it is now", body = CallerIdDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn update_caller_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
    Json(body): Json<CallerIdPatchBody>,
) -> ApiResult<axum::Json<CallerIdDto>> {
    let update = CallerIdUpdate::try_from(body)?;
    let changed = state
        .services()
        .engine
        .caller_ids
        .update(&caller, &id, &update)
        .await?;
    Ok(axum::Json(changed.into()))
}

/// Remove a caller ID, verified or not.
#[utoipa::path(
    delete, path = "/v1/caller-ids/{id}", tag = "Caller ids",
    params(("id" = String, Path, description = "The caller ID's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 204, description = "Removed"),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn delete_caller_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    state
        .services()
        .engine
        .caller_ids
        .delete(&caller, &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Submit the code that the callee heard.
///
/// Where the callee keys the code in on the phone (Twilio) this is not supported: read the caller ID instead.
#[utoipa::path(
    post, path = "/v1/caller-ids/{id}/verify", tag = "Caller ids", request_body = VerifyBody,
    params(("id" = String, Path, description = "The caller ID's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 200, description = "The caller ID", body = CallerIdDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn verify_caller_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
    Json(body): Json<VerifyBody>,
) -> ApiResult<axum::Json<CallerIdDto>> {
    let done = state
        .services()
        .engine
        .caller_ids
        .verify(&caller, &id, &body.code)
        .await?;
    Ok(axum::Json(done.into()))
}

/// Ask for another call, with a code of its own.
#[utoipa::path(
    post, path = "/v1/caller-ids/{id}/resend", tag = "Caller ids",
    params(("id" = String, Path, description = "The caller ID's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, but for the code, not the call")),
    responses((status = 200, description = "Pending, with the new code", body = CallerIdDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn resend_caller_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<Response> {
    let again = state
        .services()
        .engine
        .caller_ids
        .resend(&caller, &id)
        .await?;
    Ok(told_once(StatusCode::OK, HeaderMap::new(), again.into())?)
}

/// The answer with the code. What is kept of it, to be repeated, is without: reading the caller ID shows the code as long
/// as it is good for something.
fn told_once(status: StatusCode, headers: HeaderMap, mut told: CallerIdDto) -> Result<Response> {
    let response = (status, headers, axum::Json(&told)).into_response();
    told.validation_code = None;
    KeptBody::beside(response, &told)
}
