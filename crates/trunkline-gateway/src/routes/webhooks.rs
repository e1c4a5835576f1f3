//! `/v1/webhooks`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_core::service::webhooks::{Delivery, EndpointPatch, NewEndpoint, Redelivery};
use trunkline_core::{AccountName, Registry, Result, WebhookId};
use utoipa::IntoParams;

use crate::answer::{KeptBody, created};
use crate::dto::page::List;
use crate::dto::webhook::{
    DeliveryDto, DeliveryStateDto, RedeliverBody, RedeliveredDto, WebhookBody, WebhookDto,
    WebhookPatchBody,
};
use crate::error::ApiResult;
use crate::extract::{Caller, Id, Json as Body, NoQuery, PathId, Query};
use crate::openapi::answers::{Common, Lookup};
use crate::state::AppState;
use crate::values::{limit, parse};

/// List the webhooks, oldest first.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "Events",
    responses((status = 200, description = "All of them", body = List<WebhookDto>), Common)
)]
pub(crate) async fn list_webhooks(
    State(state): State<AppState>,
    _: NoQuery,
    Caller(caller): Caller,
) -> ApiResult<Json<List<WebhookDto>>> {
    let all = state.services().webhooks.list(&caller).await?;
    let data = all.into_iter().map(WebhookDto::from).collect();
    Ok(Json(List::local(data, None)))
}

/// Make a webhook: events are sent to it from now on.
///
/// The secret that deliveries are signed with is in this answer and nowhere else. Deliveries follow
/// [Standard Webhooks](https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`. Each event
/// comes at least once, those of one resource in their `sequence`; 2xx within ten seconds is success, 410 ends it, and
/// everything else is tried again for a day.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "Events", request_body = WebhookBody,
    responses((status = 201, description = "Made, with its secret", body = WebhookDto, headers(("Location" = String))), Lookup)
)]
pub(crate) async fn create_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Body(body): Body<WebhookBody>,
) -> ApiResult<Response> {
    let wanted = NewEndpoint::try_from(body)?;
    let services = state.services();
    check_accounts(&services.registry, &caller, &wanted.accounts)?;
    let (endpoint, secret) = services.webhooks.create(&caller, wanted).await?;
    let kept = WebhookDto::from(endpoint);
    let shown = kept.with(&secret);
    let answer = created(&format!("/v1/webhooks/{}", kept.id), &shown);
    Ok(KeptBody::beside(answer, &kept)?)
}

/// Show a webhook.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook", body = WebhookDto), Lookup)
)]
pub(crate) async fn get_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id<WebhookId>,
) -> ApiResult<Json<WebhookDto>> {
    let found = state.services().webhooks.get(&caller, &id).await?;
    Ok(Json(found.into()))
}

/// Change a webhook.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "Events", request_body = WebhookPatchBody,
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook as it is now", body = WebhookDto), Lookup)
)]
pub(crate) async fn update_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id<WebhookId>,
    Body(body): Body<WebhookPatchBody>,
) -> ApiResult<Json<WebhookDto>> {
    let patch = EndpointPatch::try_from(body)?;
    let services = state.services();
    if let Some(accounts) = &patch.accounts {
        check_accounts(&services.registry, &caller, accounts)?;
    }
    let changed = services.webhooks.update(&caller, &id, patch).await?;
    Ok(Json(changed.into()))
}

/// Remove a webhook. What it was still owed is not sent any more.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 204, description = "Removed"), Lookup)
)]
pub(crate) async fn delete_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id<WebhookId>,
) -> ApiResult<StatusCode> {
    state.services().webhooks.delete(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace a webhook's secret. For a day deliveries are signed with both.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook, with its new secret", body = WebhookDto), Lookup)
)]
pub(crate) async fn rotate_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id<WebhookId>,
) -> ApiResult<Response> {
    let (endpoint, secret) = state.services().webhooks.rotate(&caller, &id).await?;
    let kept = WebhookDto::from(endpoint);
    let answer = Json(kept.with(&secret)).into_response();
    Ok(KeptBody::beside(answer, &kept)?)
}

/// Deliver events once more, whatever became of them before.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/redeliver", tag = "Events", request_body = RedeliverBody,
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 202, description = "They will be sent", body = RedeliveredDto), Lookup)
)]
pub(crate) async fn redeliver(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id<WebhookId>,
    Body(body): Body<RedeliverBody>,
) -> ApiResult<(StatusCode, Json<RedeliveredDto>)> {
    let what = Redelivery::try_from(body)?;
    let webhooks = &state.services().webhooks;
    let events = webhooks.redeliver(&caller, &id, &what).await?;
    Ok((StatusCode::ACCEPTED, Json(RedeliveredDto { events })))
}

/// Which deliveries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryParams {
    /// `pending`, `delivered` or `dead`.
    #[param(inline)]
    state: Option<DeliveryStateDto>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List a webhook's deliveries, newest event first.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id"), DeliveryParams),
    responses((status = 200, description = "A page", body = List<DeliveryDto>), Lookup)
)]
pub(crate) async fn list_deliveries(
    State(state): State<AppState>,
    Caller(caller): Caller,
    PathId(id): PathId<WebhookId>,
    Query(params): Query<DeliveryParams>,
) -> ApiResult<Json<List<DeliveryDto>>> {
    let before = params.cursor.map(|text| parse("cursor", &text));
    let limit = limit(params.limit, 50)?;
    let which = (params.state.map(Into::into), before.transpose()?, limit + 1);
    let webhooks = &state.services().webhooks;
    let found = webhooks.deliveries(&caller, &id, which).await?;
    let page = List::page(found, limit, |one: &Delivery| {
        one.event.draft.id.to_string()
    });
    Ok(Json(page.map(DeliveryDto::from)))
}

/// Refuses accounts that are not there: a webhook for one that is mistyped would never get an event.
fn check_accounts(
    registry: &Registry,
    caller: &trunkline_core::Caller,
    accounts: &BTreeSet<AccountName>,
) -> Result<()> {
    for account in accounts {
        registry
            .of_caller(caller, account.as_str())
            .map_err(|error| error.with_field_renamed("account", "accounts"))?;
    }
    Ok(())
}
