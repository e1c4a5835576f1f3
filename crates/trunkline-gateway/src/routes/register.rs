//! Registering numbers, and choosing the main number.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use trunkline_core::{RangeRequest, Register, Result};
use trunkline_engine::{MainNumberOf, RangeParts};
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult, located};
use crate::dto::number::NumberDto;
use crate::dto::register::{MainNumberBody, RangeBody, RangeResult, RegisterBody};
use crate::dto::text::AccountRef;
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, PathId, Query};
use crate::routes::ndjson;

/// Register a number that is held elsewhere.
///
/// This costs nothing at the carrier. If the number is there already, the answer is 200.
#[utoipa::path(
    post, path = "/v1/numbers/register", tag = "Numbers", request_body = RegisterBody,
    responses((status = 201, description = "Registered", body = NumberDto, headers(("Location" = String))),
        (status = 200, description = "It was there already", body = NumberDto),
        crate::openapi::Upstream)
)]
pub(crate) async fn register_number(
    call: Call,
    Body(body): Body<RegisterBody>,
) -> ApiResult<Response> {
    let account = body.account.clone();
    let request = Register::try_from(body)?;
    let numbers = &call.engine().numbers;
    let registered = numbers.register(call.caller(), &account, &request).await;
    let registered = registered.map_err(|e| e.with_field_renamed("numbers", "number"))?;
    let status = if registered.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let location = format!("/v1/numbers/{}", registered.number.id);
    let number = NumberDto::from(registered.number);
    Ok(located(status, &location, &number))
}

/// Register contiguous numbers that are held elsewhere.
///
/// A long range is registered in parts, each with its own time limit. With `Accept: application/x-ndjson` the answer has a
/// line for each part as soon as it is done, and a last line with `error` if something failed; with an `Idempotency-Key`
/// all lines are sent at the end.
#[utoipa::path(
    post, path = "/v1/number-ranges", tag = "Numbers", request_body = RangeBody,
    responses((status = 200, description = "The outcome of each number", content(
            (RangeResult = "application/json"),
            (String = "application/x-ndjson"))),
        crate::openapi::Upstream)
)]
pub(crate) async fn register_range(
    call: Call,
    headers: HeaderMap,
    Body(body): Body<RangeBody>,
) -> ApiResult<Response> {
    let account = body.account.clone();
    let request = RangeRequest::try_from(body)?;
    let numbers = &call.engine().numbers;
    if ndjson::wanted(&headers) {
        let parts = numbers.register_range_in_parts(call.caller(), &account, &request);
        return Ok(ndjson::answer(pieces(parts.await?)));
    }
    let items = numbers
        .register_range(call.caller(), &account, &request)
        .await?;
    Ok(Json(RangeResult::from(items)).into_response())
}

fn pieces(parts: RangeParts) -> impl Stream<Item = Result<ndjson::Piece<RangeResult>>> + Send {
    stream::unfold(parts, |mut parts| async move {
        let part = parts.recv().await?;
        let piece = part.map(|items| ndjson::Piece::items(vec![RangeResult::from(items)]));
        Some((piece, parts))
    })
}

/// The location of a main number.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MainNumberParams {
    /// The carrier's id of the location; needed where the provider is `by_location`.
    location: Option<String>,
}

/// Show an account's main number.
#[utoipa::path(
    get, path = "/v1/accounts/{account}/main-number", tag = "Numbers",
    params(("account" = inline(AccountRef), Path, description = "The account's name", example = "wazo"), MainNumberParams),
    responses((status = 200, description = "The number", body = NumberDto), crate::openapi::Upstream)
)]
pub(crate) async fn get_main_number(
    call: Call,
    PathId(account): PathId<String>,
    Query(params): Query<MainNumberParams>,
) -> JsonResult<NumberDto> {
    let numbers = &call.engine().numbers;
    let location = params.location.as_deref();
    let number = numbers
        .main_number(call.caller(), &account, location)
        .await?;
    Ok(Json(number.into()))
}

/// Choose an account's main number.
#[utoipa::path(
    put, path = "/v1/accounts/{account}/main-number", tag = "Numbers", request_body = MainNumberBody,
    params(("account" = inline(AccountRef), Path, description = "The account's name", example = "wazo")),
    responses((status = 200, description = "The new main number", body = NumberDto), crate::openapi::Upstream)
)]
pub(crate) async fn set_main_number(
    call: Call,
    Id(account): Id<String>,
    Body(body): Body<MainNumberBody>,
) -> JsonResult<NumberDto> {
    let numbers = &call.engine().numbers;
    let of = MainNumberOf {
        account: &account,
        location: body.location.as_deref(),
    };
    let number = numbers
        .set_main_number(call.caller(), of, &body.number)
        .await?;
    Ok(Json(number.into()))
}
