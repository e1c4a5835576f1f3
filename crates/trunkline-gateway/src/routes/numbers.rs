//! `/v1/numbers`, but for the purchase.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt};
use serde::Deserialize;
use trunkline_core::{
    CountryCode, Error, ListQuery, Number, NumberState, NumberType, QueryOptions, Result,
};
use trunkline_engine::{NumberPatch, NumbersRequest, Released, Streamed};
use utoipa::IntoParams;

use crate::dto::number::{NumberDto, NumberPatchBody};
use crate::dto::page::List;
use crate::dto::release::PendingReleaseDto;
use crate::dto::text::{AccountRef, Country, Cursor, FeatureNames, Names, NumberRef, Word};
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, OptionsQuery};
use crate::openapi::answers::{Lookup, Upstream};
use crate::routes::ndjson;
use crate::state::AppState;
use crate::values::{features, limit, list, number, parse, timeout, word};

/// Which numbers to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio")]
    account: Option<String>,
    /// Only at accounts of this provider: one of `GET /v1/providers`, or of a configured account.
    #[param(value_type = Option<AccountRef>, inline, example = "twilio")]
    provider: Option<String>,
    /// ISO 3166-1 alpha-2, in either case.
    #[param(value_type = Option<Country>, inline, example = "US")]
    country: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[param(value_type = Option<Word>, inline, example = "local")]
    kind: Option<String>,
    /// State.
    #[param(value_type = Option<Word>, inline, example = "active")]
    state: Option<String>,
    /// What it must be able to do: `voice,sms,mms,fax`.
    #[param(value_type = Option<FeatureNames>, inline, example = "voice,sms")]
    features: Option<String>,
    /// This number exactly.
    #[param(value_type = Option<Word>, inline, example = "+14155550100")]
    number: Option<String>,
    /// Digits anywhere in the number.
    #[param(pattern = "^[0-9]{2,}$", example = "415")]
    contains: Option<String>,
    /// Label, exactly.
    #[param(value_type = Option<Word>, inline, example = "Support line")]
    label: Option<String>,
    /// The carrier's id of the owner.
    #[param(value_type = Option<Word>, inline)]
    owner: Option<String>,
    /// The carrier's id of the place.
    #[param(value_type = Option<Word>, inline)]
    location: Option<String>,
    /// Main numbers, or all others.
    main: Option<bool>,
    /// Assigned to nobody, or to somebody.
    available: Option<bool>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before; with the same filters.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
    /// Answer after this long with what is there: 1 to 60000, default 5000.
    #[param(minimum = 1, maximum = 60_000)]
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
        Lookup)
)]
pub(crate) async fn list_numbers(
    call: Call,
    headers: HeaderMap,
    OptionsQuery(params, options): OptionsQuery<ListParams>,
) -> ApiResult<Response> {
    let is_stream = ndjson::wanted(&headers);
    let request = params.request(options, is_stream)?;
    check_provider(&call.state, request.provider.as_deref())?;
    let numbers = &call.services().engine.numbers;
    if is_stream {
        let parts = numbers.stream(call.caller(), &request)?;
        return Ok(ndjson::answer(pieces(parts)));
    }
    let listed = numbers.list(call.caller(), &request).await?;
    Ok(Json(List::<NumberDto>::from(listed)).into_response())
}

impl ListParams {
    /// The request. A stream is not cut into pages, but the carrier's are as long as they can be.
    fn request(self, options: QueryOptions, is_stream: bool) -> Result<NumbersRequest> {
        for (field, given) in [
            ("limit", self.limit.is_some()),
            ("cursor", self.cursor.is_some()),
        ] {
            if is_stream && given {
                return Err(Error::invalid(field, "a stream is not cut into pages"));
            }
        }
        let mut request = NumbersRequest::try_from(self)?;
        request.query.provider_options = options;
        if is_stream {
            request.limit = STREAM_PAGE;
        }
        Ok(request)
    }
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

/// Numbers that a carrier is asked for at once when everything is streamed.
const STREAM_PAGE: usize = 100;

fn pieces(
    parts: impl Stream<Item = Result<Streamed<Number>>> + Send,
) -> impl Stream<Item = Result<ndjson::Piece<NumberDto>>> + Send {
    parts.map(|part| {
        part.map(|part| match part {
            Streamed::Items(items) => ndjson::Piece::of(items, None),
            Streamed::Source(source) => ndjson::Piece::of(Vec::<Number>::new(), Some(*source)),
        })
    })
}

/// Show a number.
///
/// By its id, or by an E.164 that exactly one account holds.
#[utoipa::path(
    get, path = "/v1/numbers/{id}", tag = "Numbers",
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "twilio:PN00000000000000000000000000000001")),
    responses((status = 200, description = "The number", body = NumberDto), Upstream)
)]
pub(crate) async fn get_number(call: Call, Id(id): Id<String>) -> ApiResult<Json<NumberDto>> {
    let number = call
        .services()
        .engine
        .numbers
        .get(call.caller(), &id)
        .await?;
    Ok(Json(number.into()))
}

/// Change a number.
///
/// A JSON merge patch: what is left out stays, `null` unsets. A field that the carrier can't express
/// is refused, and nothing is changed.
#[utoipa::path(
    patch, path = "/v1/numbers/{id}", tag = "Numbers", request_body = NumberPatchBody,
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "twilio:PN00000000000000000000000000000001")),
    responses((status = 200, description = "The number as it is now", body = NumberDto), Upstream)
)]
pub(crate) async fn update_number(
    call: Call,
    Id(id): Id<String>,
    Body(body): Body<NumberPatchBody>,
) -> ApiResult<Json<NumberDto>> {
    let patch = NumberPatch::try_from(body)?;
    let number = call
        .services()
        .engine
        .numbers
        .update(call.caller(), &id, patch)
        .await?;
    Ok(Json(number.into()))
}

/// Release a number.
///
/// Gives it back to the carrier. Repeating it is 204 if the records show the release, else 404. Where the account has a
/// grace period the answer is 202, and until `release_at` it can be restored; repeating it changes nothing then.
#[utoipa::path(
    delete, path = "/v1/numbers/{id}", tag = "Numbers",
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "twilio:PN00000000000000000000000000000001")),
    responses((status = 204, description = "Released"),
        (status = 202, description = "To be released, unless it is restored before", body = PendingReleaseDto),
        Upstream)
)]
pub(crate) async fn release_number(call: Call, Id(id): Id<String>) -> ApiResult<Response> {
    Ok(
        match call
            .services()
            .engine
            .numbers
            .release(call.caller(), &id)
            .await?
        {
            Released::Now(_) | Released::Before(_) => StatusCode::NO_CONTENT.into_response(),
            Released::Later { id, at } => {
                let pending = PendingReleaseDto {
                    id: id.into(),
                    release_at: at,
                };
                (StatusCode::ACCEPTED, Json(pending)).into_response()
            }
        },
    )
}

/// Undo a release.
///
/// Within the account's grace period, until the number's `release_at`. A number of which no release waits, or that is
/// being released by now, is a `conflict`.
#[utoipa::path(
    post, path = "/v1/numbers/{id}/restore", tag = "Numbers",
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "twilio:PN00000000000000000000000000000001")),
    responses((status = 200, description = "The number, which stays", body = NumberDto), Upstream)
)]
pub(crate) async fn restore_number(call: Call, Id(id): Id<String>) -> ApiResult<Json<NumberDto>> {
    let number = call
        .services()
        .engine
        .numbers
        .restore(call.caller(), &id)
        .await?;
    Ok(Json(number.into()))
}
