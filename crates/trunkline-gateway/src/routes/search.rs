//! `GET /v1/available-numbers`.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream::StreamExt;
use serde::Deserialize;
use trunkline_core::{AddressRequirement, CountryCode, Error, NumberType, Result, SearchQuery};
use trunkline_engine::{SearchRequest, SearchSort};
use utoipa::IntoParams;

use crate::dto::number::AvailableNumberDto;
use crate::dto::page::{List, SourceDto};
use crate::dto::problem::Problem;
use crate::error::ApiResult;
use crate::extract::{Caller, Query};
use crate::routes::ndjson;
use crate::routes::params::{features, limit, list, one_of, parse, timeout, with_plus, word};
use crate::state::AppState;

/// What to search.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// ISO 3166-1 alpha-2, in either case.
    #[param(required, example = "US")]
    pub(crate) country: Option<String>,
    /// `local` (unless said), `mobile`, `toll_free`, `national`, `shared_cost`, `voip`, or a carrier's own word.
    #[serde(rename = "type")]
    #[param(example = "local")]
    pub(crate) kind: Option<String>,
    /// National destination code.
    #[param(example = "415")]
    pub(crate) area_code: Option<String>,
    /// 2 to 15 digits or letters of the national number, `*` for any one digit: anywhere, `^415` at the start, `0101$` at the end.
    pub(crate) contains: Option<String>,
    /// What it must be able to do: `voice,sms,mms,fax`.
    #[param(example = "voice,sms")]
    pub(crate) features: Option<String>,
    /// State or province.
    pub(crate) region: Option<String>,
    /// City.
    pub(crate) locality: Option<String>,
    /// Postal code.
    pub(crate) postal_code: Option<String>,
    /// Close to a number, `+14155550100`, or a point, `37.77,-122.42`.
    pub(crate) near: Option<String>,
    /// How close, in miles: 1 to 500; only with `near`.
    pub(crate) distance: Option<u16>,
    /// The most that a purchase may ask for: `none`, `local` or `foreign`.
    pub(crate) address_requirement: Option<String>,
    /// Rate centre; only with `lata`.
    pub(crate) rate_center: Option<String>,
    /// Local access and transport area.
    pub(crate) lata: Option<String>,
    /// `false` leaves out numbers new to the carrier's platform.
    pub(crate) beta: Option<bool>,
    /// Only at these accounts, separated by commas.
    pub(crate) accounts: Option<String>,
    /// At most this many: 1 to 100, 20 unless said.
    pub(crate) limit: Option<usize>,
    /// `price` (unknown last), `account` or `number`; the accounts in turn unless said.
    pub(crate) sort: Option<String>,
    /// Answer after this long with what is there: 1 to 60000, 5000 unless said.
    pub(crate) timeout_ms: Option<u64>,
}

impl TryFrom<SearchParams> for SearchRequest {
    type Error = Error;

    fn try_from(p: SearchParams) -> Result<Self> {
        let country = p
            .country
            .ok_or_else(|| Error::invalid("country", "required: a country code such as US"))?;
        let mut query = SearchQuery::new(parse::<CountryCode>("country", &country)?);
        if let Some(kind) = word("type", p.kind)? {
            query.number_type = NumberType::read(&kind);
        }
        query.area_code = p.area_code;
        query.contains = p
            .contains
            .map(|text| parse("contains", &text))
            .transpose()?;
        query.features = features(p.features.as_deref())?;
        query.region = word("region", p.region)?;
        query.locality = word("locality", p.locality)?;
        query.postal_code = word("postal_code", p.postal_code)?;
        query.near = p
            .near
            .map(|text| parse("near", &with_plus(&text)))
            .transpose()?;
        query.distance = p.distance;
        let requirements = [
            ("none", AddressRequirement::None),
            ("local", AddressRequirement::Local),
            ("foreign", AddressRequirement::Foreign),
            ("any", AddressRequirement::Any),
        ]
        .each_ref()
        .map(|(name, value)| (*name, value));
        let wanted = p
            .address_requirement
            .map(|text| one_of("address_requirement", &text, &requirements));
        query.address_requirement = wanted.transpose()?.cloned();
        query.rate_center = word("rate_center", p.rate_center)?;
        query.lata = word("lata", p.lata)?;
        query.beta = p.beta;
        query.limit = limit(p.limit, 20)?;
        query.validate()?;
        let sorts = [
            ("price", SearchSort::Price),
            ("account", SearchSort::Account),
            ("number", SearchSort::Number),
        ];
        Ok(Self {
            query,
            accounts: list("accounts", p.accounts.as_deref())?,
            sort: p
                .sort
                .map(|text| one_of("sort", &text, &sorts))
                .transpose()?
                .unwrap_or_default(),
            timeout: timeout(p.timeout_ms)?,
        })
    }
}

/// Search numbers for sale, at every capable account at once.
///
/// Answers when all have answered, or at `timeout_ms` with what is there. A failing account is a
/// source with an error. None of the numbers is reserved: stock moves. With `Accept: application/x-ndjson` each
/// account's numbers come the moment it answers, one a line and `limit` for each account; the last line has the sources.
#[utoipa::path(
    get, path = "/v1/available-numbers", tag = "Search", params(SearchParams),
    responses((status = 200, description = "What is on offer, and who was asked", content(
            (List<AvailableNumberDto> = "application/json"),
            (String = "application/x-ndjson"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn search(
    State(state): State<AppState>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Query(params): Query<SearchParams>,
) -> ApiResult<Response> {
    let request = SearchRequest::try_from(params)?;
    if ndjson::wanted(&headers) {
        let parts = state
            .services()
            .engine
            .search
            .stream(&caller, &request)
            .map_err(no_such_account)?;
        return Ok(ndjson::answer(parts.map(|part| {
            part.map(|part| ndjson::Piece {
                items: part
                    .numbers
                    .into_iter()
                    .map(AvailableNumberDto::from)
                    .collect(),
                source: Some(part.source),
            })
        })));
    }
    let answer = state
        .services()
        .engine
        .search
        .run(&caller, &request)
        .await
        .map_err(no_such_account)?;
    Ok(Json(List {
        data: answer
            .numbers
            .into_iter()
            .map(AvailableNumberDto::from)
            .collect(),
        next_cursor: None,
        sources: answer.sources.into_iter().map(SourceDto::from).collect(),
    })
    .into_response())
}

/// An account that is not there, by the name of the parameter that named it.
fn no_such_account(error: Error) -> Error {
    error.with_field_renamed("account", "accounts")
}
