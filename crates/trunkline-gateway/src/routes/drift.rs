//! `/v1/drift` and `/v1/syncs`.

use axum::response::Response;
use serde::Deserialize;
use trunkline_admin::KeyScope;
use trunkline_core::inventory::{Drift, DriftQuery, DriftSelector};
use trunkline_core::{DriftId, Error, SyncId};
use trunkline_engine::inventory::SyncRequest;
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult, accepted};
use crate::dto::drift::{AcceptedDto, DriftDto, DriftFilters, SyncBody, SyncDto};
use crate::dto::page::List;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Call, Id, Json as Body, Queries};
use crate::values::{limit, no_such_account, parse};

/// Page of the drifts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DriftParams {
    /// `true` for open ones only, `false` for those that were accepted or resolved.
    open: Option<bool>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// List what was changed behind trunkline's back, newest first.
#[utoipa::path(
    get, path = "/v1/drift", tag = "Inventory", params(DriftFilters, DriftParams),
    responses((status = 200, description = "A page", body = List<DriftDto>), crate::openapi::Lookup)
)]
pub(crate) async fn list_drift(
    call: Call,
    Queries(params, filters): Queries<DriftParams, DriftFilters>,
) -> JsonResult<List<DriftDto>> {
    let limit = limit(params.limit, 50)?;
    let before = params.cursor.as_deref();
    let before = before.map(|text| parse::<DriftId>("cursor", text));
    let query = DriftQuery {
        which: DriftSelector {
            open: params.open,
            ..filters.try_into()?
        },
        limit: limit + 1,
        before: before.transpose()?,
    };
    let found = call.engine().inventory.drift(call.caller(), &query).await?;
    let page = List::page(found, limit, |drift: &Drift| drift.id.to_string());
    Ok(Json(page.map(DriftDto::from)))
}

/// Accept a drift: the carrier's value is right.
///
/// Nothing is sent to a carrier. Accepting it again changes nothing.
#[utoipa::path(
    post, path = "/v1/drift/{id}/accept", tag = "Inventory",
    params(("id" = String, Path, description = "The drift's id")),
    responses((status = 200, description = "The drift", body = DriftDto), crate::openapi::Lookup)
)]
pub(crate) async fn accept_drift(call: Call, Id(id): Id<DriftId>) -> JsonResult<DriftDto> {
    let inventory = &call.engine().inventory;
    Ok(Json(inventory.accept(call.caller(), &id).await?.into()))
}

/// Accept all open drifts that match.
#[utoipa::path(
    post, path = "/v1/drift/accept", tag = "Inventory", request_body = DriftFilters,
    responses((status = 200, description = "How many were accepted", body = AcceptedDto), crate::openapi::Lookup)
)]
pub(crate) async fn accept_drifts(
    call: Call,
    Body(filters): Body<DriftFilters>,
) -> JsonResult<AcceptedDto> {
    let which = DriftSelector::try_from(filters)?;
    if which == DriftSelector::default() {
        let message = "say which drifts: class, account, number, field or since";
        return Err(Error::invalid("body", message).into());
    }
    let inventory = &call.engine().inventory;
    let done = inventory.accept_all(call.caller(), &which).await?;
    Ok(Json(done.into()))
}

/// Read accounts now.
///
/// A key with `numbers:read` names the accounts. Reading all of them, and `believe_missing`, need `admin`. The answer comes
/// at once; ask its `Location` how far the readings have come.
#[utoipa::path(
    post, path = "/v1/syncs", tag = "Inventory", request_body = SyncBody,
    responses((status = 202, description = "The readings have begun", body = SyncDto,
            headers(("Location" = String), ("Retry-After" = u64))),
        crate::openapi::Lookup)
)]
pub(crate) async fn start_sync(call: Call, Body(body): Body<SyncBody>) -> ApiResult<Response> {
    let request = SyncRequest::from(body);
    check_scope(&call, &request)?;
    let begun = call.engine().inventory.sync(call.caller(), &request).await;
    let begun = begun.map_err(no_such_account)?;
    let location = format!("/v1/syncs/{}", begun.id);
    Ok(accepted(&location, &SyncDto::from(begun)))
}

fn check_scope(call: &Call, request: &SyncRequest) -> Result<(), ApiError> {
    if call.who.may(KeyScope::Admin) {
        return Ok(());
    }
    let (field, message) = match request {
        it if it.believe_missing => ("believe_missing", "needs a key with the scope admin"),
        it if it.accounts.is_empty() => (
            "accounts",
            "name the accounts: reading all of them needs a key with the scope admin",
        ),
        _ => return Ok(()),
    };
    let status = axum::http::StatusCode::FORBIDDEN;
    Err(ApiError::of(field, message, status))
}

/// Show how far readings have come.
#[utoipa::path(
    get, path = "/v1/syncs/{id}", tag = "Inventory",
    params(("id" = String, Path, description = "The id of the readings")),
    responses((status = 200, description = "The readings", body = SyncDto), crate::openapi::Lookup)
)]
pub(crate) async fn get_sync(call: Call, Id(id): Id<SyncId>) -> JsonResult<SyncDto> {
    let inventory = &call.engine().inventory;
    Ok(Json(inventory.syncing(call.caller(), &id).await?.into()))
}
