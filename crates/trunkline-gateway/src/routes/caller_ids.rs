//! `/v1/caller-ids`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_core::{
    CallerId, CallerIdQuery, CallerIdRequest, CallerIdUpdate, E164, Error, Result,
};
use trunkline_engine::CallerIdsRequest;
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult, KeptBody, created};
use crate::dto::caller_id::{
    CallerIdBody, CallerIdDto, CallerIdPatchBody, CallerIdStateDto, VerifyBody,
};
use crate::dto::page::List;
use crate::dto::text::{CallerIdRef, Cursor, Names, NumberInQuery, Word};
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, Query};
use crate::values::{limit, list, parse, timeout, with_plus, word};

/// Filters of caller IDs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallerIdParams {
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio")]
    account: Option<String>,
    /// Exactly this number.
    #[param(value_type = Option<NumberInQuery>, inline, example = "+14155550177")]
    number: Option<String>,
    /// Exactly this label.
    #[param(value_type = Option<Word>, inline, example = "Front desk")]
    label: Option<String>,
    /// Only those of this owner, where caller IDs are settings of owners: the carrier's id of a user, or `person-ID`,
    /// `workspace-ID` or `virtual-line-ID`, as the provider requires.
    #[param(value_type = Option<Word>, inline)]
    owner: Option<String>,
    /// Only numbers that can be presented at this location: the carrier's id of it.
    #[param(value_type = Option<Word>, inline)]
    location: Option<String>,
    /// `pending`, `verified`, `failed` or `expired`.
    #[param(inline)]
    state: Option<CallerIdStateDto>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page; with the same filters.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
    /// Milliseconds after which the answer has what is there so far: 1 to 60000, default 5000.
    #[param(minimum = 1, maximum = 60_000)]
    timeout_ms: Option<u64>,
}

impl TryFrom<CallerIdParams> for CallerIdsRequest {
    type Error = Error;

    fn try_from(p: CallerIdParams) -> Result<Self> {
        let number = p.number.map(|text| with_plus(&text));
        if let Some(text) = &number {
            parse::<E164>("number", text)?;
        }
        Ok(Self {
            query: CallerIdQuery {
                number,
                label: word("label", p.label)?,
                owner: word("owner", p.owner)?,
                location: word("location", p.location)?,
                ..CallerIdQuery::default()
            },
            state: p.state.map(Into::into),
            accounts: list("account", p.account.as_deref())?,
            limit: limit(p.limit, 50)?,
            cursor: p.cursor,
            timeout: timeout(p.timeout_ms)?,
        })
    }
}

/// List caller IDs by account, unverified ones first.
#[utoipa::path(
    get, path = "/v1/caller-ids", tag = "Caller ids", params(CallerIdParams),
    responses((status = 200, description = "A page", body = List<CallerIdDto>), crate::openapi::Lookup)
)]
pub(crate) async fn list_caller_ids(
    call: Call,
    Query(params): Query<CallerIdParams>,
) -> JsonResult<List<CallerIdDto>> {
    let request = CallerIdsRequest::try_from(params)?;
    let caller_ids = &call.engine().caller_ids;
    let listed = caller_ids.list(call.caller(), &request).await?;
    Ok(Json(List::from(listed)))
}

/// Start to verify a caller ID: the carrier calls the number.
///
/// The call is requested once. If it is unknown whether the phone rings, the answer is `pending` without a code: ask for
/// another call.
#[utoipa::path(
    post, path = "/v1/caller-ids", tag = "Caller ids", request_body = CallerIdBody,
    responses((status = 201, description = "Pending, or verified already", body = CallerIdDto,
            headers(("Location" = String))),
        crate::openapi::Upstream)
)]
pub(crate) async fn start_caller_id(
    call: Call,
    Body(body): Body<CallerIdBody>,
) -> ApiResult<Response> {
    let account = body.account.clone();
    let request = CallerIdRequest::try_from(body)?;
    let caller_ids = &call.engine().caller_ids;
    let started = caller_ids.start(call.caller(), &account, request).await?;
    let location = format!("/v1/caller-ids/{}", started.id);
    without_code(started, |shown| created(&location, shown))
}

/// Show a caller ID. The carrier is asked for the state of a pending one.
#[utoipa::path(
    get, path = "/v1/caller-ids/{id}", tag = "Caller ids",
    params(("id" = inline(CallerIdRef), Path, description = "The caller ID's id", example = "twilio:+14155550177")),
    responses((status = 200, description = "The caller ID", body = CallerIdDto), crate::openapi::Upstream)
)]
pub(crate) async fn get_caller_id(call: Call, Id(id): Id<String>) -> JsonResult<CallerIdDto> {
    let caller_ids = &call.engine().caller_ids;
    let found = caller_ids.get(call.caller(), &with_plus(&id)).await?;
    Ok(Json(found.into()))
}

/// Change a verified caller ID.
#[utoipa::path(
    patch, path = "/v1/caller-ids/{id}", tag = "Caller ids", request_body = CallerIdPatchBody,
    params(("id" = inline(CallerIdRef), Path, description = "The caller ID's id", example = "twilio:+14155550177")),
    responses((status = 200, description = "The changed caller ID", body = CallerIdDto), crate::openapi::Upstream)
)]
pub(crate) async fn update_caller_id(
    call: Call,
    Id(id): Id<String>,
    Body(body): Body<CallerIdPatchBody>,
) -> JsonResult<CallerIdDto> {
    let update = CallerIdUpdate::try_from(body)?;
    let caller_ids = &call.engine().caller_ids;
    let changed = caller_ids.update(call.caller(), &id, &update).await?;
    Ok(Json(changed.into()))
}

/// Remove a caller ID, verified or not.
#[utoipa::path(
    delete, path = "/v1/caller-ids/{id}", tag = "Caller ids",
    params(("id" = inline(CallerIdRef), Path, description = "The caller ID's id", example = "twilio:+14155550177")),
    responses((status = 204, description = "Removed"), crate::openapi::Upstream)
)]
pub(crate) async fn delete_caller_id(call: Call, Id(id): Id<String>) -> ApiResult<StatusCode> {
    call.engine().caller_ids.delete(call.caller(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Submit the code that the callee heard.
///
/// Not supported where the callee keys in the code on the phone (`call_enter_code`): read the caller ID instead.
#[utoipa::path(
    post, path = "/v1/caller-ids/{id}/verify", tag = "Caller ids", request_body = VerifyBody,
    params(("id" = inline(CallerIdRef), Path, description = "The caller ID's id", example = "signalwire:+14155550177")),
    responses((status = 200, description = "The caller ID", body = CallerIdDto), crate::openapi::Upstream)
)]
pub(crate) async fn verify_caller_id(
    call: Call,
    Id(id): Id<String>,
    Body(body): Body<VerifyBody>,
) -> JsonResult<CallerIdDto> {
    let caller_ids = &call.engine().caller_ids;
    let done = caller_ids.verify(call.caller(), &id, &body.code).await?;
    Ok(Json(done.into()))
}

/// Ask for another call, with a new code.
#[utoipa::path(
    post, path = "/v1/caller-ids/{id}/resend", tag = "Caller ids",
    params(("id" = inline(CallerIdRef), Path, description = "The caller ID's id", example = "twilio:+14155550177")),
    responses((status = 200, description = "Pending, with the new code", body = CallerIdDto), crate::openapi::Upstream)
)]
pub(crate) async fn resend_caller_id(call: Call, Id(id): Id<String>) -> ApiResult<Response> {
    let again = call.engine().caller_ids.resend(call.caller(), &id).await?;
    without_code(again, |shown| Json(shown).into_response())
}

/// An answer with the code, which is kept without it.
fn without_code(
    caller_id: CallerId,
    answer: impl FnOnce(&CallerIdDto) -> Response,
) -> ApiResult<Response> {
    let kept = CallerId {
        validation_code: None,
        ..caller_id.clone()
    };
    let answer = answer(&caller_id.into());
    Ok(KeptBody::beside(answer, &CallerIdDto::from(kept))?)
}
