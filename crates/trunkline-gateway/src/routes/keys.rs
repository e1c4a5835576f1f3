//! `/v1/keys`.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_admin::ApiKey;
use trunkline_admin::KeyDraft;
use trunkline_core::{Error, ErrorKind, KeyId, Result, Tenant};
use utoipa::IntoParams;

use crate::auth::By;
use crate::dto::key::{IssuedKeyDto, KeyBody, KeyDto, RotateBody};
use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::error::ApiResult;
use crate::extract::{Id, Json as Body, Query, Who};
use crate::idempotency::KeptBody;
use crate::routes::params::{limit, parse};
use crate::state::AppState;

/// Which keys to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyParams {
    /// Only those of this tenant; a key sees its own tenant's in any case.
    tenant: Option<String>,
    /// At most this many: 1 to 100, 50 unless said.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Make an API key.
///
/// Its secret is in this answer and nowhere else: what is kept is a hash. A key makes keys of its own tenant that see
/// no more accounts than itself. The very first is made by the command line, on the database: `trunkline keys create`.
#[utoipa::path(
    post, path = "/v1/keys", tag = "Access", request_body = KeyBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, but for the secret")),
    responses((status = 201, description = "Made", body = IssuedKeyDto,
            headers(("Location" = String, description = "The key"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn create_key(
    State(state): State<AppState>,
    Who(who): Who,
    Body(body): Body<KeyBody>,
) -> ApiResult<Response> {
    if matches!(who.by, By::Nobody) {
        let message = "the first key is made on the database: trunkline keys create";
        return Err(Error::new(ErrorKind::PermissionDenied, message).into());
    }
    let draft = KeyDraft::try_from(body)?;
    let access = &state.services().access;
    let issued = access.create(who.manager(), draft).await?;
    let location = format!("/v1/keys/{}", issued.key.id);
    let spending = access.spending(&issued.key).await?;
    let answer = IssuedKeyDto::new(issued, spending);
    let mut response = shown_once(StatusCode::CREATED, answer)?;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The answer with the secret; what is kept of it, to be repeated, is without.
fn shown_once(status: StatusCode, mut answer: IssuedKeyDto) -> Result<Response> {
    let told = serde_json::to_string(&answer).map_err(|e| {
        Error::new(ErrorKind::Internal, "an answer can't be written").with_source(e)
    })?;
    answer.secret = None;
    let json = [(header::CONTENT_TYPE, "application/json")];
    KeptBody::beside((status, json, told).into_response(), &answer)
}

/// List API keys, newest first.
#[utoipa::path(
    get, path = "/v1/keys", tag = "Access", params(KeyParams),
    responses((status = 200, description = "A page", body = List<KeyDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_keys(
    State(state): State<AppState>,
    Who(who): Who,
    Query(params): Query<KeyParams>,
) -> ApiResult<Json<List<KeyDto>>> {
    let most = limit(params.limit, 50)?;
    let tenant = params.tenant.map(|text| parse::<Tenant>("tenant", &text));
    let before = params.cursor.map(|text| parse::<KeyId>("cursor", &text));
    let (tenant, before) = (tenant.transpose()?, before.transpose()?);
    let access = &state.services().access;
    let mut keys = access
        .list(who.manager(), (tenant.as_ref(), before), most + 1)
        .await?;
    let more = keys.len() > most;
    keys.truncate(most);
    let next = keys.last().filter(|_| more).map(|key| key.id.to_string());
    let mut shown = Vec::with_capacity(keys.len());
    for key in keys {
        shown.push(show(&state, key).await?);
    }
    Ok(Json(List::local(shown, next)))
}

/// Show an API key.
#[utoipa::path(
    get, path = "/v1/keys/{id}", tag = "Access",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 200, description = "The key, without its secret", body = KeyDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_key(
    State(state): State<AppState>,
    Who(who): Who,
    Id(id): Id,
) -> ApiResult<Json<KeyDto>> {
    let access = &state.services().access;
    let key = access.get(who.manager(), &id_of(&id)?).await?;
    Ok(Json(show(&state, key).await?))
}

/// Revoke an API key.
///
/// It opens nothing from now on, at other replicas within a second, and is never forgotten. Repeating it is 204 again.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", tag = "Access",
    params(("id" = String, Path, description = "The key's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 204, description = "Revoked"),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn revoke_key(
    State(state): State<AppState>,
    Who(who): Who,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    let access = &state.services().access;
    access.revoke(who.manager(), &id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the secret of an API key.
///
/// The key stays what it is, and so does what it has spent. Sessions begun with the secret before end with it.
#[utoipa::path(
    post, path = "/v1/keys/{id}/rotate", tag = "Access", request_body = RotateBody,
    params(("id" = String, Path, description = "The key's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, but for the secret")),
    responses((status = 200, description = "The key with its new secret", body = IssuedKeyDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn rotate_key(
    State(state): State<AppState>,
    Who(who): Who,
    Id(id): Id,
    Body(body): Body<RotateBody>,
) -> ApiResult<Response> {
    let access = &state.services().access;
    let overlap = Duration::from_secs(body.overlap_secs);
    let issued = access.rotate(who.manager(), &id_of(&id)?, overlap).await?;
    let spending = access.spending(&issued.key).await?;
    Ok(shown_once(
        StatusCode::OK,
        IssuedKeyDto::new(issued, spending),
    )?)
}

async fn show(state: &AppState, key: ApiKey) -> Result<KeyDto> {
    let spending = state.services().access.spending(&key).await?;
    Ok(KeyDto::new(key, spending))
}

fn id_of(text: &str) -> Result<KeyId> {
    KeyId::new(text).map_err(|_| Error::new(ErrorKind::NotFound, "no such key"))
}
