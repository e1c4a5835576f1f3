//! `/v1/allocations`.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_core::{Allocation, AllocationId, Error, ErrorKind, Result};
use trunkline_engine::allocations::Begun;
use utoipa::IntoParams;

use crate::dto::allocation::{AllocationBody, AllocationDto};
use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, Id, Query, Who, body, parse as parse_body};
use crate::idempotency::{REPLAYED, body_fingerprint, required_key};
use crate::routes::params::{limit, parse};
use crate::routes::purchases::preferred_wait;
use crate::state::AppState;

/// Which page of the allocations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AllocationParams {
    /// At most this many: 1 to 100, 50 unless said.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Purchase many numbers.
///
/// Each is an ordinary purchase, written down before it is sent and never sent twice; together they are never more than
/// the count, whatever crashes. Allocations at once never contend for the same number. Repeating the request with the
/// same `Idempotency-Key` finds the same allocation and buys nothing. It is 202 while it runs, and 201 once it is over,
/// however it ended: `state` says how. By `at_least` and `all_or_nothing` nothing is bought where a search of every
/// account shows that there are too few.
#[utoipa::path(
    post, path = "/v1/allocations", tag = "Purchases", request_body = AllocationBody,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters of your choice", example = "pool-4711"),
        ("Prefer" = Option<String>, Header, description = "`wait=SECONDS` to wait until it is over: 0 unless said, at most 60", example = "wait=30")),
    responses(
        (status = 201, description = "It is over", body = AllocationDto,
            headers(("Location" = String, description = "The allocation"), ("Idempotent-Replayed" = bool, description = "`true` if the key was used before"))),
        (status = 202, description = "It is under way", body = AllocationDto,
            headers(("Location" = String, description = "The allocation"), ("Retry-After" = u64, description = "Seconds"), ("Idempotent-Replayed" = bool, description = "`true` if the key was used before"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn start_allocation(
    State(state): State<AppState>,
    Caller(caller): Caller,
    request: Request,
) -> ApiResult<Response> {
    let key = required_key(request.headers())?;
    let wait = preferred_wait(request.headers()).unwrap_or(Duration::ZERO);
    let bytes = body(request).await?;
    let hash = body_fingerprint(&bytes)?;
    let allocations = &state.services().engine.allocations;
    let begun = match allocations.find(&caller, &key, &hash).await? {
        Some(known) => known,
        None => {
            let asked: AllocationBody = parse_body(&bytes)?;
            allocations
                .start(&caller, asked.request((key, hash))?)
                .await?
        }
    };
    let (id, again) = match begun {
        Begun::Fresh(id) => (id, false),
        Begun::Known(id) => (id, true),
        Begun::Mismatch => return Err(ApiError::key_mismatch()),
    };
    let allocation = allocations.wait(&caller, &id, wait).await?;
    Ok(answer(allocation, again))
}

fn answer(allocation: Allocation, again: bool) -> Response {
    let location = format!("/v1/allocations/{}", allocation.id);
    let status = if allocation.is_done() {
        StatusCode::CREATED
    } else {
        StatusCode::ACCEPTED
    };
    let body = axum::Json(AllocationDto::from(allocation));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(header::LOCATION, location);
    }
    if status == StatusCode::ACCEPTED {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    if again {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// List allocations, newest first.
#[utoipa::path(
    get, path = "/v1/allocations", tag = "Purchases", params(AllocationParams),
    responses((status = 200, description = "A page", body = List<AllocationDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_allocations(
    State(state): State<AppState>,
    Who(who): Who,
    Query(params): Query<AllocationParams>,
) -> ApiResult<axum::Json<List<AllocationDto>>> {
    let limit = limit(params.limit, 50)?;
    let before: Option<AllocationId> = params
        .cursor
        .map(|text| parse("cursor", &text))
        .transpose()?;
    let page = (before.as_ref(), limit + 1);
    let mut found = state
        .services()
        .engine
        .allocations
        .list(&who.caller, page)
        .await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|a| a.id.to_string());
    let items = found
        .into_iter()
        .map(|one| AllocationDto::seen_by(&who, one))
        .collect();
    Ok(axum::Json(List::local(items, next)))
}

/// Show an allocation: how far it has come, and what became of each number.
#[utoipa::path(
    get, path = "/v1/allocations/{id}", tag = "Purchases",
    params(("id" = String, Path, description = "The allocation's id")),
    responses((status = 200, description = "The allocation", body = AllocationDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_allocation(
    State(state): State<AppState>,
    Who(who): Who,
    Id(id): Id,
) -> ApiResult<axum::Json<AllocationDto>> {
    let allocations = &state.services().engine.allocations;
    let allocation = allocations.get(&who.caller, &id_of(&id)?).await?;
    Ok(axum::Json(AllocationDto::seen_by(&who, allocation)))
}

fn id_of(text: &str) -> Result<AllocationId> {
    AllocationId::new(text).map_err(|_| Error::new(ErrorKind::NotFound, "no such allocation"))
}
