//! `GET /v1/countries`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use trunkline_core::{CountryCode, Error};
use utoipa::IntoParams;

use crate::dto::country::CountryDto;
use crate::dto::page::{List, SourceDto};
use crate::dto::text::{Country, Names};
use crate::error::ApiResult;
use crate::extract::{Caller, Query};
use crate::openapi::answers::Lookup;
use crate::state::AppState;
use crate::values::{list, parse};

/// Which countries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountryParams {
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio,zendesk")]
    accounts: Option<String>,
    /// Only this country: ISO 3166-1 alpha-2, in either case.
    #[param(value_type = Option<Country>, inline, example = "GB")]
    country: Option<String>,
}

/// List the countries in which each account can buy numbers, and of which types.
///
/// By country, then by account. A carrier that does not tell is a source with an error.
#[utoipa::path(
    get, path = "/v1/countries", tag = "Search", params(CountryParams),
    responses((status = 200, description = "The countries, and who was asked", body = List<CountryDto>),
        Lookup)
)]
pub(crate) async fn list_countries(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Query(params): Query<CountryParams>,
) -> ApiResult<Json<List<CountryDto>>> {
    let accounts = list("accounts", params.accounts.as_deref())?;
    let country = params
        .country
        .map(|text| parse::<CountryCode>("country", &text));
    let search = &state.services().search;
    let found = search.countries(&caller, &accounts, country.transpose()?);
    let (markets, sources) = found
        .await
        .map_err(|error: Error| error.with_field_renamed("account", "accounts"))?;
    Ok(Json(List {
        data: markets.into_iter().map(CountryDto::from).collect(),
        next_cursor: None,
        sources: sources.into_iter().map(SourceDto::from).collect(),
    }))
}
