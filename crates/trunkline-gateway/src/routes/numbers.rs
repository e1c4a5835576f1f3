//! `/v1/numbers`, but for the purchase.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt};
use serde::Deserialize;
use trunkline_core::{
    CountryCode, Error, ListQuery, Number, NumberState, NumberType, QueryOptions, Result,
};
use trunkline_engine::{NumberPatch, NumbersRequest, Released, Streamed};
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult};
use crate::dto::number::{NumberDto, NumberPatchBody, PendingReleaseDto};
use crate::dto::page::List;
use crate::dto::text::{AccountRef, Country, Cursor, FeatureNames, Names, NumberRef, Word};
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, OptionsQuery};
use crate::openapi::answers::{Lookup, Upstream};
use crate::routes::ndjson;
use crate::state::AppState;
use crate::values::{features, limit, list, number, parse, timeout, word};

/// Filters of numbers.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio")]
    pub(crate) account: Option<String>,
    /// Only at accounts of this provider, by its name in `GET /v1/providers`.
    #[param(value_type = Option<AccountRef>, inline)]
    pub(crate) provider: Option<String>,
    /// ISO 3166-1 alpha-2, in either case.
    #[param(value_type = Option<Country>, inline, example = "US")]
    pub(crate) country: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[param(value_type = Option<Word>, inline, example = "local")]
    pub(crate) kind: Option<String>,
    /// State.
    #[param(value_type = Option<Word>, inline, example = "active")]
    pub(crate) state: Option<String>,
    /// What it must be able to do: `voice,sms,mms,fax`.
    #[param(value_type = Option<FeatureNames>, inline, example = "voice,sms")]
    pub(crate) features: Option<String>,
    /// Exactly this number.
    #[param(value_type = Option<Word>, inline, example = "+14152000137")]
    pub(crate) number: Option<String>,
    /// Digits anywhere in the number.
    #[param(pattern = "^[0-9]{2,}$", example = "415")]
    pub(crate) contains: Option<String>,
    /// Exactly this label.
    #[param(value_type = Option<Word>, inline, example = "Support line")]
    pub(crate) label: Option<String>,
    /// The carrier's id of the owner.
    #[param(value_type = Option<Word>, inline)]
    pub(crate) owner: Option<String>,
    /// The carrier's id of the location.
    #[param(value_type = Option<Word>, inline)]
    pub(crate) location: Option<String>,
    /// `true` for main numbers only, `false` for all others.
    pub(crate) main: Option<bool>,
    /// `true` for numbers without an owner only, `false` for those with one.
    pub(crate) available: Option<bool>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<usize>,
    /// `next_cursor` of the previous page; with the same filters.
    #[param(value_type = Option<Cursor>, inline)]
    pub(crate) cursor: Option<String>,
    /// Milliseconds after which the answer has what is there so far: 1 to 60000, default 5000. For a stream: how long to wait
    /// for each page of a carrier, default 30000.
    #[param(minimum = 1, maximum = 60_000)]
    pub(crate) timeout_ms: Option<u64>,
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

/// List the numbers that the accounts hold, account by account.
///
/// With `Accept: application/x-ndjson` the answer has all numbers, one per line, as soon as a carrier sends them. The last
/// line has the sources. `limit` and `cursor` are refused then.
#[utoipa::path(
    get, path = "/v1/numbers", tag = "Numbers", params(ListParams,
        ("provider_options" = Option<BTreeMap<String, String>>, Query, style = DeepObject, explode,
            description = "Filters of the carrier's own, `provider_options[name]=value`; the capability's `list_options` has their names")),
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
    let numbers = &call.engine().numbers;
    if is_stream {
        let parts = numbers.stream(call.caller(), &request)?;
        return Ok(ndjson::answer(pieces(parts)));
    }
    let listed = numbers.list(call.caller(), &request).await?;
    Ok(Json(List::<NumberDto>::from(listed)).into_response())
}

impl ListParams {
    /// The request. A stream has no pages of ours.
    fn request(self, options: QueryOptions, is_stream: bool) -> Result<NumbersRequest> {
        for (field, given) in [
            ("limit", self.limit.is_some()),
            ("cursor", self.cursor.is_some()),
        ] {
            if is_stream && given {
                return Err(Error::invalid(field, "a stream has no pages"));
            }
        }
        let waits = is_stream && self.timeout_ms.is_none();
        let mut request = NumbersRequest::try_from(self)?;
        if waits {
            request.timeout = STREAM_WAITS;
        }
        request.query.provider_options = options;
        Ok(request)
    }
}

/// How long a stream waits for a carrier's page by default: the largest take longer.
const STREAM_WAITS: Duration = Duration::from_secs(30);

/// Refuses an unknown provider: an empty list would look as if nothing were held there.
fn check_provider(state: &AppState, wanted: Option<&str>) -> Result<()> {
    let Some(wanted) = wanted else {
        return Ok(());
    };
    let built_in = state.providers().iter();
    let built_in = built_in.map(|carrier| carrier.provider.to_string());
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
/// By its id, or by its E.164 if exactly one account holds it.
#[utoipa::path(
    get, path = "/v1/numbers/{id}", tag = "Numbers",
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "+14152000137")),
    responses((status = 200, description = "The number", body = NumberDto), Upstream)
)]
pub(crate) async fn get_number(call: Call, Id(id): Id<String>) -> JsonResult<NumberDto> {
    let number = call.engine().numbers.get(call.caller(), &id).await?;
    Ok(Json(number.into()))
}

/// Change a number.
///
/// A JSON merge patch: fields that are left out stay as they are, `null` unsets. If the carrier does not support a field,
/// the request is refused and nothing is changed.
#[utoipa::path(
    patch, path = "/v1/numbers/{id}", tag = "Numbers", request_body = NumberPatchBody,
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "+14152000137")),
    responses((status = 200, description = "The changed number", body = NumberDto), Upstream)
)]
pub(crate) async fn update_number(
    call: Call,
    Id(id): Id<String>,
    Body(body): Body<NumberPatchBody>,
) -> JsonResult<NumberDto> {
    let patch = NumberPatch::try_from(body)?;
    let numbers = &call.engine().numbers;
    let number = numbers.update(call.caller(), &id, patch).await?;
    Ok(Json(number.into()))
}

/// Release a number.
///
/// The number goes back to the carrier. Repeating this is 204 if the release is on record, else 404. If the account has a
/// grace period, the answer is 202 and the number can be restored until `release_at`; repeating this changes nothing then.
#[utoipa::path(
    delete, path = "/v1/numbers/{id}", tag = "Numbers",
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "+14152000137")),
    responses((status = 204, description = "Released"),
        (status = 202, description = "Will be released, unless it is restored before", body = PendingReleaseDto),
        Upstream)
)]
pub(crate) async fn release_number(call: Call, Id(id): Id<String>) -> ApiResult<Response> {
    let released = call.engine().numbers.release(call.caller(), &id).await?;
    Ok(match released {
        Released::Now(_) | Released::Before(_) => StatusCode::NO_CONTENT.into_response(),
        Released::Later { id, at } => {
            let pending = PendingReleaseDto {
                id: id.into(),
                release_at: at,
            };
            (StatusCode::ACCEPTED, Json(pending)).into_response()
        }
    })
}

/// Undo a release.
///
/// Possible within the account's grace period, until the number's `release_at`. It is a `conflict` if no release is
/// pending, or if the release has begun.
#[utoipa::path(
    post, path = "/v1/numbers/{id}/restore", tag = "Numbers",
    params(("id" = inline(NumberRef), Path, description = "The number's id, or its E.164", example = "+14152000137")),
    responses((status = 200, description = "The number, which is kept", body = NumberDto), Upstream)
)]
pub(crate) async fn restore_number(call: Call, Id(id): Id<String>) -> JsonResult<NumberDto> {
    let number = call.engine().numbers.restore(call.caller(), &id).await?;
    Ok(Json(number.into()))
}
