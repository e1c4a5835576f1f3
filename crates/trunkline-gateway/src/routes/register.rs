//! Recording numbers, and choosing the main one.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use trunkline_core::{RangeRequest, Register};
use utoipa::IntoParams;

use crate::dto::main_number::MainNumberBody;
use crate::dto::number::NumberDto;
use crate::dto::problem::Problem;
use crate::dto::register::{RangeBody, RangeResult, RegisterBody};
use crate::error::ApiResult;
use crate::extract::{Caller, Id, Json, PathId, Query};
use crate::routes::ndjson;
use crate::state::AppState;

/// Record a number that is held elsewhere.
///
/// Costs nothing at the carrier. A number that is there already is 200.
#[utoipa::path(
    post, path = "/v1/numbers/register", tag = "Numbers", request_body = RegisterBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 201, description = "Recorded", body = NumberDto,
            headers(("Location" = String, description = "The number"))),
        (status = 200, description = "It was there already", body = NumberDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn register_number(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Json(body): Json<RegisterBody>,
) -> ApiResult<(StatusCode, HeaderMap, axum::Json<NumberDto>)> {
    let account = body.account.clone();
    let request = Register::try_from(body)?;
    let registered = state
        .services()
        .engine
        .numbers
        .register(&caller, &account, &request)
        .await
        .map_err(|error| error.with_field_renamed("numbers", "number"))?;
    let mut headers = HeaderMap::new();
    let location = format!("/v1/numbers/{}", registered.number.id);
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(header::LOCATION, location);
    }
    let status = if registered.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, headers, axum::Json(registered.number.into())))
}

/// Record contiguous numbers that are held elsewhere.
///
/// A long range is recorded in parts, each with a time of its own. With `Accept: application/x-ndjson` there is a line for
/// each part as soon as it is done, and then one with `error`; with an `Idempotency-Key` they all come at the end.
#[utoipa::path(
    post, path = "/v1/number-ranges", tag = "Numbers", request_body = RangeBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 200, description = "What became of each number", content(
            (RangeResult = "application/json"),
            (String = "application/x-ndjson"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn register_range(
    State(state): State<AppState>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Json(body): Json<RangeBody>,
) -> ApiResult<Response> {
    let account = body.account.clone();
    let request = RangeRequest::try_from(body)?;
    let numbers = &state.services().engine.numbers;
    if !ndjson::wanted(&headers) {
        let items = numbers.register_range(&caller, &account, &request).await?;
        return Ok(axum::Json(RangeResult::from(items)).into_response());
    }
    let parts = numbers
        .register_range_in_parts(&caller, &account, &request)
        .await?;
    let parts = stream::unfold(parts, |mut parts| async move {
        let part = parts.recv().await?;
        let piece = part.map(|items| ndjson::Piece {
            items: vec![RangeResult::from(items)],
            source: None,
        });
        Some((piece, parts))
    });
    Ok(ndjson::answer(parts))
}

/// Whose main number.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MainNumberParams {
    /// The carrier's id of the place, where there is a main number for each; needed at Webex.
    location: Option<String>,
}

/// Show an account's main number.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/main-number", tag = "Numbers",
    params(("account" = String, Path, description = "The account's name"), MainNumberParams),
    responses((status = 200, description = "The number", body = NumberDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_main_number(
    State(state): State<AppState>,
    Caller(caller): Caller,
    PathId(account): PathId,
    Query(params): Query<MainNumberParams>,
) -> ApiResult<axum::Json<NumberDto>> {
    let number = state
        .services()
        .engine
        .numbers
        .main_number(&caller, &account, params.location.as_deref())
        .await?;
    Ok(axum::Json(number.into()))
}

/// Choose an account's main number.
#[utoipa::path(
    put, path = "/v1/accounts/{account}/main-number", tag = "Numbers", request_body = MainNumberBody,
    params(("account" = String, Path, description = "The account's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, not the change")),
    responses((status = 200, description = "The number, now the main one", body = NumberDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn set_main_number(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(account): Id,
    Json(body): Json<MainNumberBody>,
) -> ApiResult<axum::Json<NumberDto>> {
    let number = state
        .services()
        .engine
        .numbers
        .set_main_number(&caller, (&account, body.location.as_deref()), &body.number)
        .await?;
    Ok(axum::Json(number.into()))
}
