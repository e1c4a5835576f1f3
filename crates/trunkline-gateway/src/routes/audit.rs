//! `/v1/audit`.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::Timestamp;
use serde::Deserialize;
use trunkline_admin::audit::{AuditFilter, Outcome};
use trunkline_admin::{Audit, Services};
use trunkline_core::{Error, Result};
use utoipa::IntoParams;

use crate::dto::audit::{AuditDto, VerificationDto};
use crate::dto::page::List;
use crate::dto::problem::Problem;
use crate::error::ApiResult;
use crate::extract::{Caller, NoQuery, Query};
use crate::routes::ndjson;
use crate::routes::params::{limit, number, one_of, parse, word};
use crate::state::AppState;

/// Which rows to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Only at this account.
    account: Option<String>,
    /// Only about this number, E.164 or as the carrier keeps it.
    #[param(example = "+14155550100")]
    number: Option<String>,
    /// Only of this action.
    #[param(example = "number.update")]
    action: Option<String>,
    /// Only by this key, `key_...`.
    key: Option<String>,
    /// `begun`, `ok`, `refused`, `failed` or `unknown`.
    #[param(example = "refused")]
    outcome: Option<String>,
    /// Only of the request with this `X-Request-Id`.
    request_id: Option<String>,
    /// Not before this time.
    from: Option<Timestamp>,
    /// Before this time.
    to: Option<Timestamp>,
    /// At most this many: 1 to 100, 50 unless said.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl TryFrom<AuditParams> for (AuditFilter, usize) {
    type Error = Error;

    fn try_from(p: AuditParams) -> Result<Self> {
        let outcomes = Outcome::ALL.map(|outcome| (outcome.as_str(), outcome));
        let outcome = p.outcome.map(|text| one_of("outcome", &text, &outcomes));
        let filter = AuditFilter {
            accounts: None,
            account: word("account", p.account)?,
            number: number(p.number)?,
            action: word("action", p.action)?,
            key: p.key.map(|text| parse("key", &text)).transpose()?,
            outcome: outcome.transpose()?,
            request_id: word("request_id", p.request_id)?,
            from: p.from,
            to: p.to,
            before: p.cursor.map(|text| parse("cursor", &text)).transpose()?,
        };
        Ok((filter, limit(p.limit, 50)?))
    }
}

/// List what was done: by whom, to which number, and what came of it; newest first.
///
/// With `Accept: application/x-ndjson` all rows that fit come, one a line; the last line has no row but `next_cursor`.
#[utoipa::path(
    get, path = "/v1/audit", tag = "Audit", params(AuditParams),
    responses((status = 200, description = "A page, or everything as JSON lines", content(
            (List<AuditDto> = "application/json"),
            (String = "application/x-ndjson"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_audit(
    State(state): State<AppState>,
    Caller(caller): Caller,
    headers: HeaderMap,
    Query(params): Query<AuditParams>,
) -> ApiResult<Response> {
    let (filter, limit) = params.try_into()?;
    let services = state.services();
    if ndjson::wanted(&headers) {
        return Ok(ndjson::answer(all(services, caller, filter)));
    }
    let (rows, next) = page(&services.audit, &caller, filter, limit).await?;
    Ok(Json(List::local(rows, next)).into_response())
}

async fn page(
    audit: &Audit,
    caller: &trunkline_core::Caller,
    filter: AuditFilter,
    limit: usize,
) -> Result<(Vec<AuditDto>, Option<String>)> {
    let mut rows = audit.list(caller, filter, limit + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    Ok((rows.into_iter().map(AuditDto::from).collect(), next))
}

/// Every row that fits, a page at a time.
fn all(
    services: &Services,
    caller: trunkline_core::Caller,
    filter: AuditFilter,
) -> impl stream::Stream<Item = Result<ndjson::Piece<AuditDto>>> + Send + use<> {
    const PAGE: usize = 500;
    let audit = services.audit.clone();
    stream::unfold(Some(filter), move |filter| {
        let (audit, caller) = (audit.clone(), caller.clone());
        async move {
            let filter = filter?;
            match page(&audit, &caller, filter.clone(), PAGE).await {
                Ok((items, next)) => {
                    let before = next.and_then(|id| id.parse().ok());
                    let next = before.map(|before| AuditFilter {
                        before: Some(before),
                        ..filter
                    });
                    let source = None;
                    Some((Ok(ndjson::Piece { items, source }), next))
                }
                Err(error) => Some((Err(error), None)),
            }
        }
    })
}

/// Check that the audit trail is as it was written.
///
/// Each row holds the hash of the one before it: a row that was changed, removed or put in shows, and so does a cut-off
/// end.
#[utoipa::path(
    get, path = "/v1/audit/verification", tag = "Audit",
    responses((status = 200, description = "What was found", body = VerificationDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn verify_audit(
    State(state): State<AppState>,
    _: NoQuery,
    Caller(caller): Caller,
) -> ApiResult<Json<VerificationDto>> {
    let found = state.services().audit.verify(&caller.tenant).await?;
    Ok(Json(found.into()))
}
