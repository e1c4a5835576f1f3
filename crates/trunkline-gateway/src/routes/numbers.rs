//! `/v1/numbers`, but for the purchase.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::StreamExt;
use serde::Deserialize;
use trunkline_core::{CountryCode, Error, ListQuery, Number, NumberState, NumberType, Result};
use trunkline_engine::{NumberPatch, NumbersRequest, Released, Streamed};
use utoipa::IntoParams;

use crate::dto::number::{NumberDto, NumberPatchBody};
use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::dto::release::PendingReleaseDto;
use crate::error::ApiResult;
use crate::extract::{Caller, Id, Json, OptionsQuery};
use crate::routes::ndjson;
use crate::routes::params::{features, limit, list, number, parse, timeout, word};
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
        Ok(Self {
            query: ListQuery {
                number: number(p.number)?,
                contains: p.contains,
                country: p
                    .country
                    .map(|text| parse::<CountryCode>("country", &text))
                    .transpose()?,
                number_type: word("type", p.kind)?.map(|kind| NumberType::read(&kind)),
                state: word("state", p.state)?.map(|state| NumberState::read(&state)),
                features: features(p.features.as_deref())?,
                label: word("label", p.label)?,
                owner: word("owner", p.owner)?,
                location: word("location", p.location)?,
                main: p.main,
                available: p.available,
                ..ListQuery::default()
            },
            accounts: list("account", p.account.as_deref())?,
            provider: word("provider", p.provider)?,
            limit: limit(p.limit, 50)?,
            cursor: p.cursor,
            timeout: timeout(p.timeout_ms)?,
        })
    }
}

/// List the numbers held, account by account.
///
/// With `Accept: application/x-ndjson` everything comes at once, each page of a carrier's the moment it arrives, one
/// number a line; the last line has the sources. There is no `limit` and no `cursor` then.
#[utoipa::path(
    get, path = "/v1/numbers", tag = "Numbers", params(ListParams,
        ("provider_options" = Option<BTreeMap<String, String>>, Query, style = DeepObject, explode,
            description = "What one carrier alone can filter by, `provider_options[name]=value`: the names are in the capability's `list_options`")),
    responses((status = 200, description = "A page", content(
            (List<NumberDto> = "application/json"),
            (String = "application/x-ndjson"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_numbers(
    State(state): State<AppState>,
    Caller(caller): Caller,
    headers: HeaderMap,
    OptionsQuery(params, options): OptionsQuery<ListParams>,
) -> ApiResult<Response> {
    let streams = ndjson::wanted(&headers);
    for (field, given) in [
        ("limit", params.limit.is_some()),
        ("cursor", params.cursor.is_some()),
    ] {
        if streams && given {
            return Err(Error::invalid(field, "a stream is not cut into pages").into());
        }
    }
    let mut request = NumbersRequest::try_from(params)?;
    check_provider(&state, request.provider.as_deref())?;
    request.query.provider_options = options;
    if streams {
        request.limit = STREAM_PAGE;
        let parts = state.services().engine.numbers.stream(&caller, &request)?;
        return Ok(ndjson::answer(parts.map(|part| part.map(piece))));
    }
    let listed = state
        .services()
        .engine
        .numbers
        .list(&caller, &request)
        .await?;
    Ok(axum::Json(List::<NumberDto>::from(listed)).into_response())
}

/// A mistyped provider must not look as if nothing were held there.
fn check_provider(state: &AppState, wanted: Option<&str>) -> Result<()> {
    let Some(wanted) = wanted else {
        return Ok(());
    };
    let built_in = state.providers().iter().map(|(name, _)| name.to_string());
    let configured = state.services().engine.registry.iter();
    let configured = configured.map(|entry| entry.provider.provider().to_string());
    let mut names: Vec<String> = built_in.chain(configured).collect();
    if names.iter().any(|name| name == wanted) {
        return Ok(());
    }
    names.sort_unstable();
    names.dedup();
    let message = format!("one of {}", names.join(", "));
    Err(Error::invalid("provider", message))
}

/// What a carrier is asked for at once when everything is streamed.
const STREAM_PAGE: usize = 100;

fn piece(part: Streamed<Number>) -> ndjson::Piece<NumberDto> {
    let (items, source) = match part {
        Streamed::Items(items) => (items, None),
        Streamed::Source(source) => (Vec::new(), Some(*source)),
    };
    ndjson::Piece {
        items: items.into_iter().map(NumberDto::from).collect(),
        source,
    }
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
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<axum::Json<NumberDto>> {
    let number = state.services().engine.numbers.get(&caller, &id).await?;
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
    Caller(caller): Caller,
    Id(id): Id,
    Json(body): Json<NumberPatchBody>,
) -> ApiResult<axum::Json<NumberDto>> {
    let patch = NumberPatch::try_from(body)?;
    let number = state
        .services()
        .engine
        .numbers
        .update(&caller, &id, patch)
        .await?;
    Ok(axum::Json(number.into()))
}

/// Release a number.
///
/// Gives it back to the carrier. Repeating it is 204 if the records show the release, else 404. Where the account has a
/// grace period the answer is 202, and until `release_at` it can be restored; repeating it changes nothing then.
#[utoipa::path(
    delete, path = "/v1/numbers/{id}", tag = "Numbers",
    params(("id" = String, Path, description = "The number's id, or its E.164"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 204, description = "Released"),
        (status = 202, description = "To be released, unless it is restored before", body = PendingReleaseDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn release_number(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<Response> {
    let numbers = &state.services().engine.numbers;
    Ok(match numbers.release(&caller, &id).await? {
        Released::Now(_) | Released::Before(_) => StatusCode::NO_CONTENT.into_response(),
        Released::Later { id, at } => {
            let pending = PendingReleaseDto {
                id: id.as_str().to_owned(),
                release_at: at,
            };
            (StatusCode::ACCEPTED, axum::Json(pending)).into_response()
        }
    })
}

/// Undo a release.
///
/// Within the account's grace period, until the number's `release_at`. A number of which no release waits, or that is
/// being released by now, is a `conflict`.
#[utoipa::path(
    post, path = "/v1/numbers/{id}/restore", tag = "Numbers",
    params(("id" = String, Path, description = "The number's id, or its E.164"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 200, description = "The number, which stays", body = NumberDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn restore_number(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
) -> ApiResult<axum::Json<NumberDto>> {
    let numbers = &state.services().engine.numbers;
    let number = numbers.restore(&caller, &id).await?;
    Ok(axum::Json(number.into()))
}
