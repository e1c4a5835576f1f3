//! `/v1/audit`.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use jiff::Timestamp;
use serde::Deserialize;
use trunkline_admin::audit::AuditFilter;
use trunkline_core::{Error, Result};
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult};
use crate::dto::audit::{AuditDto, OutcomeDto, VerificationDto};
use crate::dto::page::List;
use crate::error::ApiResult;
use crate::extract::{Call, NoQuery, Query};
use crate::routes::ndjson;
use crate::values::{limit, number, parse, word};

/// Filters of the audit trail.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Only at this account.
    account: Option<String>,
    /// Only about this number, E.164 or as the carrier keeps it.
    #[param(example = "+14152000137")]
    number: Option<String>,
    /// Only this action.
    #[param(example = "number.update")]
    action: Option<String>,
    /// Only by this key, `key_...`.
    key: Option<String>,
    /// `begun`, `ok`, `refused`, `failed` or `unknown`.
    #[param(inline, example = "refused")]
    outcome: Option<OutcomeDto>,
    /// Only the request with this `X-Request-Id`.
    request_id: Option<String>,
    /// Not before this time.
    from: Option<Timestamp>,
    /// Before this time.
    to: Option<Timestamp>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

impl TryFrom<AuditParams> for AuditFilter {
    type Error = Error;

    fn try_from(p: AuditParams) -> Result<Self> {
        Ok(Self {
            accounts: None,
            account: word("account", p.account)?,
            number: number(p.number)?,
            action: word("action", p.action)?,
            key: p.key.map(|text| parse("key", &text)).transpose()?,
            outcome: p.outcome.map(Into::into),
            request_id: word("request_id", p.request_id)?,
            from: p.from,
            to: p.to,
            before: p.cursor.map(|text| parse("cursor", &text)).transpose()?,
        })
    }
}

/// List what was done, by whom, to which number and with which outcome; newest first.
///
/// With `Accept: application/x-ndjson` the answer has all matching rows, one per line; the last line has `next_cursor`
/// instead of a row.
#[utoipa::path(
    get, path = "/v1/audit", tag = "Audit", params(AuditParams),
    responses((status = 200, description = "A page, or everything as JSON lines", content(
            (List<AuditDto> = "application/json"),
            (String = "application/x-ndjson"))),
        crate::openapi::Lookup)
)]
pub(crate) async fn list_audit(
    call: Call,
    headers: HeaderMap,
    Query(params): Query<AuditParams>,
) -> ApiResult<Response> {
    let limit = limit(params.limit, 50)?;
    let filter = params.try_into()?;
    if ndjson::wanted(&headers) {
        return Ok(ndjson::answer(all(call, filter)));
    }
    Ok(Json(page(&call, filter, limit).await?).into_response())
}

async fn page(call: &Call, filter: AuditFilter, limit: usize) -> Result<List<AuditDto>> {
    let audit = &call.services().audit;
    let rows = audit.list(call.caller(), filter, limit + 1).await?;
    Ok(List::page(rows, limit, |row| row.id.to_string()).map(AuditDto::from))
}

/// Every matching row, a page at a time.
fn all(
    call: Call,
    filter: AuditFilter,
) -> impl Stream<Item = Result<ndjson::Piece<AuditDto>>> + Send {
    const PAGE: usize = 500;
    stream::unfold((call, Some(filter)), |(call, filter)| async move {
        let filter = filter?;
        let page = match page(&call, filter.clone(), PAGE).await {
            Ok(page) => page,
            Err(error) => return Some((Err(error), (call, None))),
        };
        let before = page.next_cursor.and_then(|id| id.parse().ok());
        let next = before.map(|before| AuditFilter {
            before: Some(before),
            ..filter
        });
        Some((Ok(ndjson::Piece::items(page.data)), (call, next)))
    })
}

/// Check that the audit trail is intact.
///
/// Each row has the hash of the previous one, so that changed, removed and inserted rows are found, and a missing end. Where
/// rows were deleted because of their age, the check begins at the signed checkpoint in their place.
#[utoipa::path(
    get, path = "/v1/audit/verification", tag = "Audit",
    responses((status = 200, description = "The result", body = VerificationDto), crate::openapi::Common)
)]
pub(crate) async fn verify_audit(call: Call, _: NoQuery) -> JsonResult<VerificationDto> {
    let found = call.services().audit.verify(&call.caller().tenant).await?;
    Ok(Json(found.into()))
}
