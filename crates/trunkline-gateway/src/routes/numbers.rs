//! `/v1/numbers`, but for the purchase.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt};
use trunkline_core::{Error, Number, QueryOptions, Result};
use trunkline_engine::{NumberPatch, NumbersRequest, Released, Streamed};

use crate::answer::{Json, JsonResult};
use crate::dto::list::ListParams;
use crate::dto::number::{NumberDto, NumberPatchBody, PendingReleaseDto};
use crate::dto::page::List;
use crate::dto::text::NumberRef;
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, OptionsQuery};
use crate::routes::ndjson;
use crate::state::AppState;

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
        crate::openapi::Lookup)
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
pub(super) fn check_provider(state: &AppState, wanted: Option<&str>) -> Result<()> {
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
    responses((status = 200, description = "The number", body = NumberDto), crate::openapi::Upstream)
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
    responses((status = 200, description = "The changed number", body = NumberDto), crate::openapi::Upstream)
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
        crate::openapi::Upstream)
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
    responses((status = 200, description = "The number, which is kept", body = NumberDto), crate::openapi::Upstream)
)]
pub(crate) async fn restore_number(call: Call, Id(id): Id<String>) -> JsonResult<NumberDto> {
    let number = call.engine().numbers.restore(call.caller(), &id).await?;
    Ok(Json(number.into()))
}
