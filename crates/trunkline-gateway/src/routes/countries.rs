//! `GET /v1/countries`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use trunkline_core::{CountryCode, Error};
use utoipa::IntoParams;

use crate::dto::country::CountryDto;
use crate::dto::page::{List, SourceDto};
use crate::dto::problem::Problem;
use crate::error::ApiResult;
use crate::extract::{Caller, Query};
use crate::routes::params::{list, parse};
use crate::state::AppState;

/// Which countries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountryParams {
    /// Only at these accounts, separated by commas.
    accounts: Option<String>,
    /// Only this country: ISO 3166-1 alpha-2, in either case.
    #[param(example = "GB")]
    country: Option<String>,
}

/// List the countries in which each account can buy numbers, and of which types.
///
/// By country, then by account. A carrier that does not tell is a source with an error.
#[utoipa::path(
    get, path = "/v1/countries", tag = "Search", params(CountryParams),
    responses((status = 200, description = "The countries, and who was asked", body = List<CountryDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_countries(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Query(params): Query<CountryParams>,
) -> ApiResult<Json<List<CountryDto>>> {
    let accounts = list("accounts", params.accounts.as_deref())?;
    let country = params.country;
    let country = country.map(|text| parse::<CountryCode>("country", &text));
    let search = &state.services().engine.search;
    let (markets, sources) = search
        .countries(&caller, &accounts, country.transpose()?)
        .await
        .map_err(|error: Error| error.with_field_renamed("account", "accounts"))?;
    Ok(Json(List {
        data: markets.into_iter().map(CountryDto::from).collect(),
        next_cursor: None,
        sources: sources.into_iter().map(SourceDto::from).collect(),
    }))
}
