//! `/v1/providers` and `/v1/accounts`.

use axum::extract::State;
use futures_util::future::try_join_all;
use trunkline_admin::Services;
use trunkline_core::{AccountEntry, Result};
use trunkline_engine::spend::spending;

use crate::answer::{Json, JsonResult};
use crate::dto::page::List;
use crate::dto::provider::{AccountDto, ProviderDto};
use crate::dto::text::AccountRef;
use crate::extract::{Call, Id, NoQuery};
use crate::state::AppState;

/// List the providers of this build: settings, rights, documentation and what each can do.
#[utoipa::path(
    get, path = "/v1/providers", tag = "Accounts",
    responses((status = 200, description = "The providers, by name", body = List<ProviderDto>), crate::openapi::Common)
)]
pub(crate) async fn list_providers(
    State(state): State<AppState>,
    _: NoQuery,
) -> Json<List<ProviderDto>> {
    let providers = state.providers().iter().copied().map(ProviderDto::from);
    Json(List::local(providers.collect(), None))
}

/// List the configured accounts: what each can do, and its state.
#[utoipa::path(
    get, path = "/v1/accounts", tag = "Accounts",
    responses((status = 200, description = "The accounts, by name", body = List<AccountDto>), crate::openapi::Common)
)]
pub(crate) async fn list_accounts(call: Call, _: NoQuery) -> JsonResult<List<AccountDto>> {
    let services = call.services();
    let own = services.engine.registry.visible(call.caller());
    let shown = own.map(|entry| async move { show(services, &entry).await });
    Ok(Json(List::local(try_join_all(shown).await?, None)))
}

/// Show an account.
#[utoipa::path(
    get, path = "/v1/accounts/{account}", tag = "Accounts",
    params(("account" = inline(AccountRef), Path, description = "The account's name", example = "twilio")),
    responses((status = 200, description = "The account", body = AccountDto), crate::openapi::Lookup)
)]
pub(crate) async fn get_account(call: Call, Id(name): Id<String>) -> JsonResult<AccountDto> {
    let entry = call.engine().registry.of_caller(call.caller(), &name)?;
    Ok(Json(show(call.services(), &entry).await?))
}

async fn show(services: &Services, entry: &AccountEntry) -> Result<AccountDto> {
    let spending = spending(entry, &*services.engine.store).await?;
    Ok(AccountDto::new(entry, spending))
}
