//! `/v1/allocations`.

use std::time::Duration;

use axum::response::Response;
use serde::Deserialize;
use trunkline_core::{Allocation, AllocationId};
use trunkline_engine::allocations::Begun;
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult, accepted, created, replayed};
use crate::dto::allocation::{AllocationBody, AllocationDto};
use crate::dto::page::List;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Call, Id, KeyedBody, Query, parse as parse_body};
use crate::identity::Visible;
use crate::values::{limit, parse};

/// Page of the allocations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AllocationParams {
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Purchase many numbers.
///
/// Each number is an ordinary purchase: recorded before it is sent, and never sent twice. Together they are never more than
/// `count`, even after a crash. Allocations at the same time never compete for the same number. A repeated request with
/// the same `Idempotency-Key` returns the same allocation and buys nothing. The answer is 202 while the allocation runs and
/// 201 once it has ended; `state` has the outcome. With `at_least` and `all_or_nothing` nothing is bought if a search of
/// every account shows too few numbers.
#[utoipa::path(
    post, path = "/v1/allocations", tag = "Purchases", request_body = AllocationBody,
    params(("Prefer" = Option<String>, Header, nullable = false, pattern = "^[ -~]*$", example = "wait=30",
        description = "`wait=SECONDS` to wait for the end: default 0, at most 60")),
    responses(
        (status = 201, description = "The allocation has ended", body = AllocationDto, headers(("Location" = String))),
        (status = 202, description = "The allocation runs", body = AllocationDto,
            headers(("Location" = String), ("Retry-After" = u64))),
        crate::openapi::Upstream)
)]
pub(crate) async fn start_allocation(call: Call, request: KeyedBody) -> ApiResult<Response> {
    let allocations = &call.engine().allocations;
    let (id, is_known) = match begin(&call, &request).await? {
        Begun::Fresh(id) => (id, false),
        Begun::Known(id) => (id, true),
        Begun::Mismatch => return Err(ApiError::key_mismatch()),
    };
    let wait = request.wait.unwrap_or(Duration::ZERO);
    let answer = shown(allocations.wait(call.caller(), &id, wait).await?);
    Ok(if is_known { replayed(answer) } else { answer })
}

/// Starts the allocation, unless its key has started one already.
async fn begin(call: &Call, request: &KeyedBody) -> ApiResult<Begun> {
    let (allocations, caller) = (&call.engine().allocations, call.caller());
    let (key, fingerprint) = (&request.key, &request.fingerprint);
    if let Some(known) = allocations.find(caller, key, fingerprint).await? {
        return Ok(known);
    }
    let body: AllocationBody = parse_body(&request.bytes)?;
    let wanted = body.request(key.clone(), fingerprint.clone())?;
    Ok(allocations.start(caller, wanted).await?)
}

fn shown(allocation: Allocation) -> Response {
    let location = format!("/v1/allocations/{}", allocation.id);
    let is_done = allocation.is_done();
    let body = AllocationDto::from(Visible::whole(allocation));
    if is_done {
        created(&location, &body)
    } else {
        accepted(&location, &body)
    }
}

/// List allocations, newest first.
#[utoipa::path(
    get, path = "/v1/allocations", tag = "Purchases", params(AllocationParams),
    responses((status = 200, description = "A page", body = List<AllocationDto>), crate::openapi::Common)
)]
pub(crate) async fn list_allocations(
    call: Call,
    Query(params): Query<AllocationParams>,
) -> JsonResult<List<AllocationDto>> {
    let limit = limit(params.limit, 50)?;
    let before = params.cursor.as_deref();
    let before = before
        .map(|text| parse::<AllocationId>("cursor", text))
        .transpose()?;
    let found = call
        .engine()
        .allocations
        .list(call.caller(), before.as_ref(), limit + 1)
        .await?;
    let page = List::page(found, limit, |one: &Allocation| one.id.to_string());
    Ok(Json(page.map(|one| call.who.sees(one).into())))
}

/// Show an allocation and the outcome of each number.
#[utoipa::path(
    get, path = "/v1/allocations/{id}", tag = "Purchases",
    params(("id" = String, Path, description = "The allocation's id")),
    responses((status = 200, description = "The allocation", body = AllocationDto), crate::openapi::Lookup)
)]
pub(crate) async fn get_allocation(
    call: Call,
    Id(id): Id<AllocationId>,
) -> JsonResult<AllocationDto> {
    let allocation = call.engine().allocations.get(call.caller(), &id).await?;
    Ok(Json(call.who.sees(allocation).into()))
}
