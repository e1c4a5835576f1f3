//! `/v1/inventory`, and where a number is.

mod export;

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use trunkline_core::inventory::InventoryQuery;
use trunkline_core::{E164, Error, Result};

use crate::answer::{Json, JsonResult};
use crate::dto::inventory::{
    InventoryChangeBody, InventoryItemDto, InventoryPageDto, SummaryDto, TaggedDto,
};
use crate::dto::inventory_filters::{InventoryFilters, InventoryOrder, SummaryParams};
use crate::dto::text::{NumberInQuery, NumberRef};
use crate::dto::whereabouts::WhereDto;
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, Queries};
use crate::routes::numbers::check_provider;
use crate::values::{parse, with_plus};

/// List the numbers that are held, as they are remembered.
///
/// No carrier is asked: `sources` says how old this is. With `Accept: application/x-ndjson` or `text/csv` the answer has all
/// numbers, one per line; `limit`, `cursor` and `count` are refused then. The last line of JSON has the sources, and `error`
/// if something failed; a CSV that failed ends without the end of its transfer.
#[utoipa::path(
    get, path = "/v1/inventory", tag = "Inventory", params(InventoryFilters, InventoryOrder),
    responses((status = 200, description = "A page, or everything", content(
            (InventoryPageDto = "application/json"),
            (String = "application/x-ndjson"),
            (String = "text/csv"))),
        crate::openapi::Lookup)
)]
pub(crate) async fn list_inventory(
    call: Call,
    headers: HeaderMap,
    Queries(order, filters): Queries<InventoryOrder, InventoryFilters>,
) -> ApiResult<Response> {
    let wanted = export::Format::wanted(&headers);
    if wanted.is_some() {
        order.check_stream()?;
    }
    let query = order.of(filters)?;
    check_provider(&call.state, query.provider.as_deref())?;
    if let Some(format) = wanted {
        return Ok(export::answer(call, query, format).await?);
    }
    let page = call.engine().inventory.list(call.caller(), &query).await?;
    Ok(Json(InventoryPageDto::from(page)).into_response())
}

/// Show a number of the inventory and its history.
///
/// By its id, or by its E.164 if exactly one account holds it. A number that is gone is shown, too.
#[utoipa::path(
    get, path = "/v1/inventory/{id}", tag = "Inventory",
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "+14152000137")),
    responses((status = 200, description = "The number", body = InventoryItemDto), crate::openapi::Lookup, crate::openapi::Also<409>)
)]
pub(crate) async fn get_inventory(call: Call, Id(id): Id<String>) -> JsonResult<InventoryItemDto> {
    let inventory = &call.engine().inventory;
    Ok(Json(inventory.get(call.caller(), &id).await?.into()))
}

/// Count the numbers that are held, and what they cost a month.
#[utoipa::path(
    get, path = "/v1/inventory/summary", tag = "Inventory", params(InventoryFilters, SummaryParams),
    responses((status = 200, description = "The counts and sums", body = SummaryDto), crate::openapi::Lookup)
)]
pub(crate) async fn summarize_inventory(
    call: Call,
    Queries(params, filters): Queries<SummaryParams, InventoryFilters>,
) -> JsonResult<SummaryDto> {
    let query = InventoryQuery::try_from(filters)?;
    check_provider(&call.state, query.provider.as_deref())?;
    let by = params.by()?;
    let inventory = &call.engine().inventory;
    let report = inventory.summary(call.caller(), &query, &by).await?;
    Ok(Json(report.into()))
}

/// Change tags and protection of many numbers.
///
/// Nothing is changed without `apply`: the answer says what would change. The carriers have no part in this.
#[utoipa::path(
    patch, path = "/v1/inventory", tag = "Inventory", request_body = InventoryChangeBody,
    responses((status = 200, description = "What changes, or has changed", body = TaggedDto), crate::openapi::Lookup)
)]
pub(crate) async fn change_inventory(
    call: Call,
    Body(body): Body<InventoryChangeBody>,
) -> JsonResult<TaggedDto> {
    let (filters, change) = body.parts();
    let query = selected(&call, filters).map_err(|error| error.with_fields_under("select"))?;
    let inventory = &call.engine().inventory;
    let done = inventory.tag(call.caller(), &query, &change).await;
    let named = |error: Error| error.with_field_renamed("account", "select.account");
    Ok(Json(done.map_err(named)?.into()))
}

fn selected(call: &Call, filters: InventoryFilters) -> Result<InventoryQuery> {
    let query = InventoryQuery::try_from(filters)?;
    query.validate()?;
    check_provider(&call.state, query.provider.as_deref())?;
    Ok(query)
}

/// Show every account that has a number, and what disagrees between them.
#[utoipa::path(
    get, path = "/v1/where/{number}", tag = "Inventory",
    params(("number" = inline(NumberInQuery), Path, description = "E.164", example = "+14152000137")),
    responses((status = 200, description = "The accounts; none if nobody has it", body = WhereDto), crate::openapi::Lookup)
)]
pub(crate) async fn where_is(call: Call, Id(number): Id<String>) -> JsonResult<WhereDto> {
    let number: E164 = parse("number", &with_plus(&number))?;
    let inventory = &call.engine().inventory;
    let found = inventory.where_is(call.caller(), &number).await?;
    Ok(Json(found.into()))
}
