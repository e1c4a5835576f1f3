//! `/v1/providers` and `/v1/accounts`.

use axum::Json;
use axum::extract::State;
use futures_util::future::join_all;
use trunkline_admin::Services;
use trunkline_core::{AccountEntry, Result};
use trunkline_engine::spend::spending;

use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::dto::provider::{AccountDto, CapabilityDto, ProviderDto};
use crate::error::ApiResult;
use crate::extract::{Caller, Id, NoQuery};
use crate::state::AppState;

/// List the providers built in, and what each can do.
#[utoipa::path(
    get, path = "/v1/providers", tag = "Accounts",
    responses((status = 200, description = "The providers, by name", body = List<ProviderDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_providers(
    State(state): State<AppState>,
    _: NoQuery,
) -> Json<List<ProviderDto>> {
    let providers = state.providers().iter();
    let providers = providers.map(|(name, capability)| ProviderDto {
        name: name.to_string(),
        capability: CapabilityDto::from(capability),
    });
    Json(List::local(providers.collect(), None))
}

/// List the configured accounts: what each can do, and how it is doing.
#[utoipa::path(
    get, path = "/v1/accounts", tag = "Accounts",
    responses((status = 200, description = "The accounts, by name", body = List<AccountDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_accounts(
    State(state): State<AppState>,
    _: NoQuery,
    Caller(caller): Caller,
) -> ApiResult<Json<List<AccountDto>>> {
    let services = state.services();
    let own = services.engine.registry.visible(&caller);
    let shown = join_all(own.map(|entry| async move { show(services, &entry).await })).await;
    let shown = shown.into_iter().collect::<Result<_>>()?;
    Ok(Json(List::local(shown, None)))
}

/// Show an account.
#[utoipa::path(
    get, path = "/v1/accounts/{account}", tag = "Accounts",
    params(("account" = String, Path, description = "The account's name")),
    responses((status = 200, description = "The account", body = AccountDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_account(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(name): Id,
) -> ApiResult<Json<AccountDto>> {
    let entry = state.services().engine.registry.of_caller(&caller, &name)?;
    Ok(Json(show(state.services(), &entry).await?))
}

async fn show(services: &Services, entry: &AccountEntry) -> Result<AccountDto> {
    let spending = spending(entry, &*services.engine.store).await?;
    Ok(AccountDto::new(entry, spending))
}
