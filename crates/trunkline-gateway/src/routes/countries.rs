//! `GET /v1/countries`.

use serde::Deserialize;
use trunkline_core::CountryCode;
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult};
use crate::dto::country::CountryDto;
use crate::dto::page::List;
use crate::dto::text::{Country, Names};
use crate::extract::{Call, Query};
use crate::values::{list, no_such_account, parse};

/// Filters of countries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountryParams {
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio")]
    accounts: Option<String>,
    /// Only this country: ISO 3166-1 alpha-2, in either case.
    #[param(value_type = Option<Country>, inline, example = "GB")]
    country: Option<String>,
}

/// List the countries in which each account can buy numbers, with the types on sale.
///
/// Sorted by country, then by account. An account whose carrier has no such list is a source with an error.
#[utoipa::path(
    get, path = "/v1/countries", tag = "Search", params(CountryParams),
    responses((status = 200, description = "The countries, and how each account answered", body = List<CountryDto>),
        crate::openapi::Lookup)
)]
pub(crate) async fn list_countries(
    call: Call,
    Query(params): Query<CountryParams>,
) -> JsonResult<List<CountryDto>> {
    let accounts = list("accounts", params.accounts.as_deref())?;
    let country = params.country;
    let country = country.map(|text| parse::<CountryCode>("country", &text));
    let search = &call.engine().search;
    let found = search.countries(call.caller(), &accounts, country.transpose()?);
    let (markets, sources) = found.await.map_err(no_such_account)?;
    Ok(Json(List::of(markets, sources)))
}
