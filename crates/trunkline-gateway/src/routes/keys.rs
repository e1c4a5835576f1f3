//! `/v1/keys`.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;
use trunkline_admin::{Access, ApiKey, Issued, KeyDraft, KeyFilter};
use trunkline_core::{Error, ErrorKind, KeyId, Result, Tenant};
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult, KeptBody, created};
use crate::dto::key::{IssuedKeyDto, KeyBody, KeyDto, RotateBody};
use crate::dto::page::List;
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, Query};
use crate::identity::By;
use crate::values::{limit, parse};

/// Filters of API keys.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyParams {
    /// Only keys of this tenant. A key sees only the keys of its own tenant.
    tenant: Option<String>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Create an API key.
///
/// Only this answer has its secret; trunkline stores a hash. A key can create keys of its own tenant that see no more
/// accounts than it does itself. The first key is created on the database, by the command line: `trunkline keys create`.
#[utoipa::path(
    post, path = "/v1/keys", tag = "Access", request_body = KeyBody,
    responses((status = 201, description = "Created", body = IssuedKeyDto, headers(("Location" = String))), crate::openapi::Lookup)
)]
pub(crate) async fn create_key(call: Call, Body(body): Body<KeyBody>) -> ApiResult<Response> {
    if matches!(call.who.by, By::Nobody) {
        let message = "the first key is not created through the API, but on the database, in the directory of the \
            gateway: `trunkline keys create --name NAME --scope all --database sqlite://trunkline-sandbox.db`";
        return Err(Error::new(ErrorKind::PermissionDenied, message).into());
    }
    let draft = KeyDraft::try_from(body)?;
    let access = &call.services().access;
    let mut issued = shown_once(access, access.create(call.who.manager(), draft).await?).await?;
    let answer = created(&format!("/v1/keys/{}", issued.key.id), &issued);
    issued.secret = None;
    Ok(KeptBody::beside(answer, &issued)?)
}

/// List API keys, newest first.
#[utoipa::path(
    get, path = "/v1/keys", tag = "Access", params(KeyParams),
    responses((status = 200, description = "A page", body = List<KeyDto>), crate::openapi::Common)
)]
pub(crate) async fn list_keys(
    call: Call,
    Query(params): Query<KeyParams>,
) -> JsonResult<List<KeyDto>> {
    let limit = limit(params.limit, 50)?;
    let tenant = params.tenant.map(|text| parse::<Tenant>("tenant", &text));
    let before = params.cursor.map(|text| parse::<KeyId>("cursor", &text));
    let filter = KeyFilter {
        tenant: tenant.transpose()?,
        before: before.transpose()?,
    };
    let access = &call.services().access;
    let found = access.list(call.who.manager(), filter, limit + 1).await?;
    let page = List::page(found, limit, |key: &ApiKey| key.id.to_string());
    let shown = stream::iter(page.data).then(|key| shown(access, key));
    let shown = shown.try_collect().await?;
    Ok(Json(List::local(shown, page.next_cursor)))
}

/// Show an API key.
#[utoipa::path(
    get, path = "/v1/keys/{id}", tag = "Access",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 200, description = "The key, without its secret", body = KeyDto), crate::openapi::Lookup)
)]
pub(crate) async fn get_key(call: Call, Id(id): Id<KeyId>) -> JsonResult<KeyDto> {
    let access = &call.services().access;
    let key = access.get(call.who.manager(), &id).await?;
    Ok(Json(shown(access, key).await?))
}

/// Revoke an API key.
///
/// It is invalid from now on, at other replicas within a second, and its record is kept. Repeating this is 204 again.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", tag = "Access",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 204, description = "Revoked"), crate::openapi::Lookup)
)]
pub(crate) async fn revoke_key(call: Call, Id(id): Id<KeyId>) -> ApiResult<StatusCode> {
    let access = &call.services().access;
    access.revoke(call.who.manager(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the secret of an API key.
///
/// The key and its spending stay as they are. Sessions that were started with the old secret end when it becomes invalid.
#[utoipa::path(
    post, path = "/v1/keys/{id}/rotate", tag = "Access", request_body = RotateBody,
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 200, description = "The key with its new secret", body = IssuedKeyDto), crate::openapi::Lookup)
)]
pub(crate) async fn rotate_key(
    call: Call,
    Id(id): Id<KeyId>,
    Body(body): Body<RotateBody>,
) -> ApiResult<Response> {
    let access = &call.services().access;
    let overlap = Duration::from_secs(body.overlap_secs);
    let issued = access.rotate(call.who.manager(), &id, overlap).await?;
    let mut issued = shown_once(access, issued).await?;
    let answer = Json(&issued).into_response();
    issued.secret = None;
    Ok(KeptBody::beside(answer, &issued)?)
}

/// A key, and what it has committed.
async fn shown(access: &Access, key: ApiKey) -> Result<KeyDto> {
    let spending = access.spending(&key).await?;
    Ok(KeyDto::new(key, spending))
}

/// The same with its new secret.
async fn shown_once(access: &Access, issued: Issued) -> Result<IssuedKeyDto> {
    Ok(IssuedKeyDto {
        key: shown(access, issued.key).await?,
        secret: Some(issued.token),
    })
}
