//! `/v1/webhooks`.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_admin::webhooks::{Delivery, DeliveryFilter, EndpointPatch, NewEndpoint, Redelivery};
use trunkline_core::{AccountName, Result, WebhookId};
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult, KeptBody, created};
use crate::dto::page::List;
use crate::dto::webhook::{
    DeliveryDto, DeliveryStateDto, RedeliverBody, RedeliveredDto, WebhookBody, WebhookDto,
    WebhookPatchBody,
};
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, NoQuery, PathId, Query};
use crate::values::{limit, no_such_account, parse};

/// List the webhooks, oldest first.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "Events",
    responses((status = 200, description = "All of them", body = List<WebhookDto>), crate::openapi::Common)
)]
pub(crate) async fn list_webhooks(call: Call, _: NoQuery) -> JsonResult<List<WebhookDto>> {
    let all = call.services().webhooks.list(call.caller()).await?;
    let data = all.into_iter().map(WebhookDto::from).collect();
    Ok(Json(List::local(data, None)))
}

/// Create a webhook, which gets the events from now on.
///
/// Only this answer has the secret that signs deliveries. Deliveries follow
/// [Standard Webhooks](https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`. Each event
/// is delivered at least once, and events of one resource in their `sequence`. An answer of 2xx within 10 seconds is
/// success, 410 disables the webhook, and anything else is repeated for a day.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "Events", request_body = WebhookBody,
    responses((status = 201, description = "Created, with its secret", body = WebhookDto, headers(("Location" = String))), crate::openapi::Lookup)
)]
pub(crate) async fn create_webhook(
    call: Call,
    Body(body): Body<WebhookBody>,
) -> ApiResult<Response> {
    let wanted = NewEndpoint::try_from(body)?;
    let services = call.services();
    check_accounts(&call, &wanted.accounts)?;
    let (endpoint, secret) = services.webhooks.create(call.caller(), wanted).await?;
    let location = format!("/v1/webhooks/{}", endpoint.id);
    let kept = WebhookDto::from(endpoint);
    let answer = created(&location, &kept.with(&secret));
    Ok(KeptBody::beside(answer, &kept)?)
}

/// Show a webhook.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook", body = WebhookDto), crate::openapi::Lookup)
)]
pub(crate) async fn get_webhook(call: Call, Id(id): Id<WebhookId>) -> JsonResult<WebhookDto> {
    let found = call.services().webhooks.get(call.caller(), &id).await?;
    Ok(Json(found.into()))
}

/// Change a webhook.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "Events", request_body = WebhookPatchBody,
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The changed webhook", body = WebhookDto), crate::openapi::Lookup)
)]
pub(crate) async fn update_webhook(
    call: Call,
    Id(id): Id<WebhookId>,
    Body(body): Body<WebhookPatchBody>,
) -> JsonResult<WebhookDto> {
    let patch = EndpointPatch::try_from(body)?;
    let services = call.services();
    if let Some(accounts) = &patch.accounts {
        check_accounts(&call, accounts)?;
    }
    let changed = services.webhooks.update(call.caller(), &id, patch).await?;
    Ok(Json(changed.into()))
}

/// Remove a webhook. Its pending deliveries are not sent.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 204, description = "Removed"), crate::openapi::Lookup)
)]
pub(crate) async fn delete_webhook(call: Call, Id(id): Id<WebhookId>) -> ApiResult<StatusCode> {
    call.services().webhooks.delete(call.caller(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace a webhook's secret. For a day, deliveries are signed with both secrets.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook, with its new secret", body = WebhookDto), crate::openapi::Lookup)
)]
pub(crate) async fn rotate_webhook(call: Call, Id(id): Id<WebhookId>) -> ApiResult<Response> {
    let (endpoint, secret) = call.services().webhooks.rotate(call.caller(), &id).await?;
    let kept = WebhookDto::from(endpoint);
    let answer = Json(kept.with(&secret)).into_response();
    Ok(KeptBody::beside(answer, &kept)?)
}

/// Deliver events again, even if they were delivered.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/redeliver", tag = "Events", request_body = RedeliverBody,
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 202, description = "The events will be sent", body = RedeliveredDto), crate::openapi::Lookup)
)]
pub(crate) async fn redeliver(
    call: Call,
    Id(id): Id<WebhookId>,
    Body(body): Body<RedeliverBody>,
) -> ApiResult<(StatusCode, Json<RedeliveredDto>)> {
    let what = Redelivery::try_from(body)?;
    let webhooks = &call.services().webhooks;
    let events = webhooks.redeliver(call.caller(), &id, &what).await?;
    Ok((StatusCode::ACCEPTED, Json(RedeliveredDto { events })))
}

/// Filters of deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryParams {
    /// `pending`, `delivered` or `dead`.
    #[param(inline)]
    state: Option<DeliveryStateDto>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// List a webhook's deliveries, newest event first.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id"), DeliveryParams),
    responses((status = 200, description = "A page", body = List<DeliveryDto>), crate::openapi::Lookup)
)]
pub(crate) async fn list_deliveries(
    call: Call,
    PathId(id): PathId<WebhookId>,
    Query(params): Query<DeliveryParams>,
) -> JsonResult<List<DeliveryDto>> {
    let before = params.cursor.map(|text| parse("cursor", &text));
    let limit = limit(params.limit, 50)?;
    let filter = DeliveryFilter {
        state: params.state.map(Into::into),
        before: before.transpose()?,
        limit: limit + 1,
    };
    let webhooks = &call.services().webhooks;
    let found = webhooks.deliveries(call.caller(), &id, filter).await?;
    let page = List::page(found, limit, |one: &Delivery| {
        one.event.draft.id.to_string()
    });
    Ok(Json(page.map(DeliveryDto::from)))
}

/// Refuses unknown accounts: a webhook for a mistyped one would never get an event.
fn check_accounts(call: &Call, accounts: &BTreeSet<AccountName>) -> Result<()> {
    let registry = &call.engine().registry;
    accounts.iter().try_for_each(|account| {
        let found = registry.of_caller(call.caller(), account.as_str());
        found.map(drop).map_err(no_such_account)
    })
}
