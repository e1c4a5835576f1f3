//! `/v1/webhooks`.

use std::collections::BTreeSet;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_admin::webhooks::{DeliveryState, EndpointPatch, NewEndpoint, Redelivery};
use trunkline_core::{AccountName, Error, ErrorKind, Result, WebhookId};
use utoipa::IntoParams;

use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::dto::webhook::{
    DeliveryDto, RedeliverBody, RedeliveredDto, WebhookBody, WebhookDto, WebhookPatchBody,
};
use crate::error::ApiResult;
use crate::extract::{Caller, Id, Json, NoQuery, PathId, Query};
use crate::idempotency::KeptBody;
use crate::routes::params::{limit, one_of, parse};
use crate::state::AppState;

/// List the webhooks, oldest first.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "Events",
    responses((status = 200, description = "All of them", body = List<WebhookDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_webhooks(
    State(state): State<AppState>,
    _: NoQuery,
    Caller(caller): Caller,
) -> ApiResult<Answer<List<WebhookDto>>> {
    let all = state.services().webhooks.list(&caller).await?;
    let data = all.into_iter().map(WebhookDto::from).collect();
    Ok(Answer(List::local(data, None)))
}

/// Make a webhook: events are sent to it from now on.
///
/// The secret that deliveries are signed with is in this answer and nowhere else. Deliveries follow
/// [Standard Webhooks](https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`. Each event
/// comes at least once, those of one resource in their `sequence`; 2xx within ten seconds is success, 410 ends it, and
/// everything else is tried again for a day.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "Events", request_body = WebhookBody,
    responses((status = 201, description = "Made, with its secret", body = WebhookDto,
            headers(("Location" = String, description = "The webhook"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn create_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Json(body): Json<WebhookBody>,
) -> ApiResult<Response> {
    let wanted = NewEndpoint::try_from(body)?;
    check_accounts(&state, &caller, &wanted.accounts)?;
    let (endpoint, secret) = state.services().webhooks.create(&caller, wanted).await?;
    let mut headers = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/webhooks/{}", endpoint.id)) {
        headers.insert(header::LOCATION, location);
    }
    let kept = WebhookDto::from(endpoint.clone());
    let shown = WebhookDto::from(endpoint).with(&secret);
    let answer = (StatusCode::CREATED, headers, Answer(shown));
    Ok(KeptBody::beside(answer.into_response(), &kept)?)
}

/// Show a webhook.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook", body = WebhookDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<Answer<WebhookDto>> {
    let found = state.services().webhooks.get(&caller, &id_of(&id)?).await?;
    Ok(Answer(found.into()))
}

/// Change a webhook.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "Events", request_body = WebhookPatchBody,
    params(("id" = String, Path, description = "The webhook's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 200, description = "The webhook as it is now", body = WebhookDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn update_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
    Json(body): Json<WebhookPatchBody>,
) -> ApiResult<Answer<WebhookDto>> {
    let (id, patch) = (id_of(&id)?, EndpointPatch::try_from(body)?);
    if let Some(accounts) = &patch.accounts {
        check_accounts(&state, &caller, accounts)?;
    }
    let webhooks = &state.services().webhooks;
    let changed = webhooks.update(&caller, &id, patch).await?;
    Ok(Answer(changed.into()))
}

/// Remove a webhook. What it was still owed is not sent any more.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 204, description = "Removed"),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn delete_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    let webhooks = &state.services().webhooks;
    webhooks.delete(&caller, &id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace a webhook's secret. For a day deliveries are signed with both.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook, with its new secret", body = WebhookDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn rotate_webhook(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<Response> {
    let webhooks = &state.services().webhooks;
    let (endpoint, secret) = webhooks.rotate(&caller, &id_of(&id)?).await?;
    let kept = WebhookDto::from(endpoint.clone());
    let shown = WebhookDto::from(endpoint).with(&secret);
    Ok(KeptBody::beside(Answer(shown).into_response(), &kept)?)
}

/// Deliver events once more, whatever became of them before.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/redeliver", tag = "Events", request_body = RedeliverBody,
    params(("id" = String, Path, description = "The webhook's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, not the deliveries")),
    responses((status = 202, description = "They will be sent", body = RedeliveredDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn redeliver(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
    Json(body): Json<RedeliverBody>,
) -> ApiResult<(StatusCode, Answer<RedeliveredDto>)> {
    let (id, what) = (id_of(&id)?, Redelivery::try_from(body)?);
    let webhooks = &state.services().webhooks;
    let events = webhooks.redeliver(&caller, &id, &what).await?;
    Ok((StatusCode::ACCEPTED, Answer(RedeliveredDto { events })))
}

/// Which deliveries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryParams {
    /// `pending`, `delivered` or `dead`.
    state: Option<String>,
    /// At most this many: 1 to 100, 50 unless said.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List a webhook's deliveries, newest event first.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "Events",
    params(("id" = String, Path, description = "The webhook's id"), DeliveryParams),
    responses((status = 200, description = "A page", body = List<DeliveryDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_deliveries(
    State(state): State<AppState>,
    Caller(caller): Caller,
    PathId(id): PathId,
    Query(params): Query<DeliveryParams>,
) -> ApiResult<Answer<List<DeliveryDto>>> {
    let states = DeliveryState::ALL.map(|state| (state.as_str(), state));
    let wanted = params.state.map(|text| one_of("state", &text, &states));
    let before = params.cursor.map(|text| parse("cursor", &text));
    let limit = limit(params.limit, 50)?;
    let which = (wanted.transpose()?, before.transpose()?, limit + 1);
    let webhooks = &state.services().webhooks;
    let mut found = webhooks.deliveries(&caller, &id_of(&id)?, which).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|delivery| delivery.event.draft.id.to_string());
    let data = found.into_iter().map(DeliveryDto::from).collect();
    Ok(Answer(List::local(data, next)))
}

fn id_of(text: &str) -> Result<WebhookId> {
    WebhookId::new(text).map_err(|_| Error::new(ErrorKind::NotFound, "no such webhook"))
}

/// One that is mistyped would hear of nothing, and nobody of that.
fn check_accounts(
    state: &AppState,
    caller: &trunkline_core::Caller,
    accounts: &BTreeSet<AccountName>,
) -> Result<()> {
    let registry = &state.services().engine.registry;
    for account in accounts {
        registry
            .of_caller(caller, account.as_str())
            .map_err(|error| error.with_field_renamed("account", "accounts"))?;
    }
    Ok(())
}
