//! `/v1/numbers`, but for the purchase.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use trunkline_core::service::{NumberPatch, NumbersRequest};
use trunkline_core::{CountryCode, E164, Error, ListQuery, NumberState, NumberType, Result};
use utoipa::IntoParams;

use crate::dto::number::{NumberDto, NumberPatchBody};
use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::error::ApiResult;
use crate::extract::{Caller, Id, Json, Query};
use crate::routes::params::{features, limit, list, parse, timeout, with_plus};
use crate::state::AppState;

/// Which numbers to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only at these accounts, separated by commas.
    account: Option<String>,
    /// Only at accounts of this provider.
    provider: Option<String>,
    /// ISO 3166-1 alpha-2, in either case.
    country: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// State.
    state: Option<String>,
    /// What it must be able to do: `voice,sms,mms,fax`.
    features: Option<String>,
    /// This number exactly.
    number: Option<String>,
    /// Digits anywhere in the number.
    contains: Option<String>,
    /// Label, exactly.
    label: Option<String>,
    /// The carrier's id of the owner.
    owner: Option<String>,
    /// The carrier's id of the place.
    location: Option<String>,
    /// Main numbers, or all others.
    main: Option<bool>,
    /// Assigned to nobody, or to somebody.
    available: Option<bool>,
    /// At most this many: 1 to 100, 50 unless said.
    limit: Option<usize>,
    /// `next_cursor` of the page before; with the same filters.
    cursor: Option<String>,
    /// Answer after this long with what is there: 1 to 60000, 5000 unless said.
    timeout_ms: Option<u64>,
}

impl TryFrom<ListParams> for NumbersRequest {
    type Error = Error;

    fn try_from(p: ListParams) -> Result<Self> {
        let digits = p
            .contains
            .as_ref()
            .is_none_or(|text| text.len() >= 2 && text.bytes().all(|b| b.is_ascii_digit()));
        if !digits {
            return Err(Error::invalid("contains", "2 digits or more"));
        }
        let number = p.number.map(|text| with_plus(&text));
        if let Some(text) = number.as_ref().filter(|text| text.starts_with('+')) {
            parse::<E164>("number", text)?;
        }
        Ok(Self {
            query: ListQuery {
                number,
                contains: p.contains,
                country: p
                    .country
                    .map(|text| parse::<CountryCode>("country", &text))
                    .transpose()?,
                number_type: p.kind.map(NumberType::from),
                state: p.state.map(NumberState::from),
                features: features(p.features.as_deref())?,
                label: p.label,
                owner: p.owner,
                location: p.location,
                main: p.main,
                available: p.available,
                ..ListQuery::default()
            },
            accounts: list(p.account.as_deref()),
            provider: p.provider,
            limit: limit(p.limit, 50)?,
            cursor: p.cursor,
            timeout: timeout(p.timeout_ms)?,
        })
    }
}

/// List the numbers held, account by account.
#[utoipa::path(
    get, path = "/v1/numbers", tag = "Numbers", params(ListParams),
    responses((status = 200, description = "A page", body = List<NumberDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_numbers(
    State(state): State<AppState>,
    caller: Caller,
    Query(params): Query<ListParams>,
) -> ApiResult<axum::Json<List<NumberDto>>> {
    let request = NumbersRequest::try_from(params)?;
    let listed = state
        .services()
        .numbers
        .list(&caller.tenant, &request)
        .await?;
    Ok(axum::Json(List::from(listed)))
}

/// Show a number.
///
/// By its id, or by an E.164 that exactly one account holds.
#[utoipa::path(
    get, path = "/v1/numbers/{id}", tag = "Numbers",
    params(("id" = String, Path, description = "The number's id, or its E.164")),
    responses((status = 200, description = "The number", body = NumberDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_number(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> ApiResult<axum::Json<NumberDto>> {
    let number = state.services().numbers.get(&caller.tenant, &id).await?;
    Ok(axum::Json(number.into()))
}

/// Change a number.
///
/// A JSON merge patch: what is left out stays, `null` unsets. A field that the carrier can't express
/// is refused, and nothing is changed.
#[utoipa::path(
    patch, path = "/v1/numbers/{id}", tag = "Numbers", request_body = NumberPatchBody,
    params(("id" = String, Path, description = "The number's id, or its E.164"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer, not the change")),
    responses((status = 200, description = "The number as it is now", body = NumberDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn update_number(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<NumberPatchBody>,
) -> ApiResult<axum::Json<NumberDto>> {
    let patch = NumberPatch::try_from(body)?;
    let number = state
        .services()
        .numbers
        .update(&caller.tenant, &id, patch)
        .await?;
    Ok(axum::Json(number.into()))
}

/// Release a number.
///
/// Gives it back to the carrier. Repeating it is 204 if the records show the release, else 404.
#[utoipa::path(
    delete, path = "/v1/numbers/{id}", tag = "Numbers",
    params(("id" = String, Path, description = "The number's id, or its E.164"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 204, description = "Released"),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn release_number(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    state
        .services()
        .numbers
        .release(&caller.tenant, &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
