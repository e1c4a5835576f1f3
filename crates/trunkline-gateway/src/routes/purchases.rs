//! `POST /v1/numbers` and `/v1/purchases`.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use trunkline_admin::Services;
use trunkline_core::{Error, ErrorKind, PurchaseId, PurchaseState, Result, Tenant};
use trunkline_engine::buy::{self, Bought};
use trunkline_engine::journal::{Answer, PurchaseFilter, Record, Scope};
use trunkline_engine::{Keyed, Offer};
use utoipa::IntoParams;

use crate::dto::page::List;
use crate::dto::problem::{Problem, status_of};
use crate::dto::purchase::{PurchaseBody, PurchaseDto, PurchaseResult, ResolveBody};
use crate::error::{ApiError, ApiResult, PROBLEM};
use crate::extract::{Caller, Id, Json, Query, RequestId, Who, body, parse as parse_body};
use crate::idempotency::{body_fingerprint, replay, required_key, with_reach};
use crate::routes::params::{limit, one_of, parse, with_plus};
use crate::state::AppState;
use trunkline_core::plain;

/// Which purchases to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PurchaseParams {
    /// `intended`, `dispatched`, `unknown`, `succeeded` or `failed`.
    state: Option<String>,
    /// Only at this account.
    account: Option<String>,
    /// Only for this number, E.164.
    number: Option<String>,
    /// Only with, or without, an open question for a person.
    needs_person: Option<bool>,
    /// At most this many: 1 to 100, 50 unless said.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Purchase a number, exactly once.
///
/// Written down before it is sent, sent once, and settled by asking the carrier if the answer is
/// lost. Repeating the request with the same `Idempotency-Key` repeats the answer and buys nothing.
/// While the outcome is unknown the answer is 202, and `GET /v1/purchases/{id}` tells how it ends.
#[utoipa::path(
    post, path = "/v1/numbers", tag = "Purchases", request_body = PurchaseBody,
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters of your choice", example = "order-4711"),
        ("Prefer" = Option<String>, Header, description = "`wait=SECONDS` to wait for the outcome: 10 unless said, at most 60", example = "wait=30")),
    responses(
        (status = 201, description = "Bought", body = PurchaseResult,
            headers(("Location" = String, description = "The number"), ("Idempotent-Replayed" = bool, description = "`true` if this answer was given before"))),
        (status = 202, description = "The outcome is not known yet", body = PurchaseResult,
            headers(("Location" = String, description = "The purchase"), ("Retry-After" = u64, description = "Seconds"))),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn purchase(
    State(state): State<AppState>,
    Caller(caller): Caller,
    RequestId(request_id): RequestId,
    request: Request,
) -> ApiResult<Response> {
    let key = required_key(request.headers())?;
    let wait = prefer_wait(request.headers());
    let bytes = body(request).await?;
    let hash = with_reach(body_fingerprint(&bytes)?, &caller);
    let scope = Scope {
        tenant: caller.tenant.clone(),
        route: "POST /v1/numbers".to_owned(),
        key,
    };
    let keyed = Keyed {
        caller: &caller,
        scope: &scope,
        fingerprint: &hash,
    };
    let services = state.services();
    let request = || asked(services, &caller.tenant, &bytes);
    match services.engine.buy(keyed, wait, request).await? {
        Bought::Answer(answer) => Ok(replay(answer)),
        Bought::Mismatch => Err(ApiError::key_mismatch()),
        Bought::Purchase { record, known } => {
            let reply = Reply { request_id, known };
            answer(&state, &scope, *record, reply).await
        }
    }
}

/// The request that a body is.
fn asked(services: &Services, tenant: &Tenant, bytes: &[u8]) -> ApiResult<buy::Request> {
    let body: PurchaseBody = parse_body(bytes)?;
    Ok(buy::Request {
        account: body.account.clone(),
        number: body.number.clone(),
        order: body.order(|offer| Offer::open(&services.engine.sealer, tenant, offer)),
    })
}

struct Reply {
    request_id: String,
    known: bool,
}

/// What the caller is told: kept under the key once it is settled, so that a repeat reads the same.
async fn answer(
    state: &AppState,
    scope: &Scope,
    record: Record,
    reply: Reply,
) -> ApiResult<Response> {
    if !record.purchase.is_done() {
        return Ok(accepted(record));
    }
    // Not kept: the same key may start a new purchase.
    if let Some(error) = record
        .purchase
        .error
        .clone()
        .filter(|_| record.may_start_over())
    {
        return Err(about(&record, error).into());
    }
    let version = record.version;
    let rendered = render(record, &reply.request_id)?;
    let kept = state
        .services()
        .engine
        .store
        .keep_answer(scope, rendered.clone(), Some(version))
        .await?;
    let again = reply.known || kept != rendered;
    let mut response = replay(kept);
    if !again {
        response.headers_mut().remove(crate::idempotency::REPLAYED);
    }
    Ok(response)
}

/// The error of a purchase, naming it, or the other one that has the number.
fn about(record: &Record, error: Error) -> Error {
    match error.purchase() {
        Some(_) => error,
        None => error.with_purchase(record.purchase.id.as_str()),
    }
}

fn accepted(record: Record) -> Response {
    let location = format!("/v1/purchases/{}", record.purchase.id);
    let body = axum::Json(PurchaseResult::from(record));
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

fn render(record: Record, request_id: &str) -> Result<Answer> {
    let text = |result: serde_json::Result<String>| {
        result.map_err(|e| {
            Error::new(ErrorKind::Internal, "an answer can't be written").with_source(e)
        })
    };
    if let Some(error) = &record.purchase.error {
        let error = about(&record, error.clone());
        let problem = Problem::new(&error, status_of(&error), request_id);
        return Ok(Answer {
            status: problem.status,
            content_type: PROBLEM.to_owned(),
            location: Some(format!("/v1/purchases/{}", record.purchase.id)),
            body: text(serde_json::to_string(&problem))?,
        });
    }
    let location = record
        .purchase
        .number_id
        .as_ref()
        .map(|id| format!("/v1/numbers/{id}"));
    let body = text(serde_json::to_string(&PurchaseResult::from(record)))?;
    Ok(Answer {
        status: 201,
        content_type: "application/json".to_owned(),
        location,
        body,
    })
}

/// How long to wait for the outcome of a purchase.
fn prefer_wait(headers: &HeaderMap) -> Duration {
    preferred_wait(headers).unwrap_or(Duration::from_secs(10))
}

/// `Prefer: wait=SECONDS`, 60 at most; anything else in it is not for us.
pub(crate) fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let waits = preferences
        .flat_map(|text| text.split([',', ';']))
        .filter_map(|p| p.trim().strip_prefix("wait="));
    let mut seconds = waits.filter_map(|seconds| seconds.trim().parse::<u64>().ok());
    seconds
        .next()
        .map(|seconds| Duration::from_secs(seconds.min(60)))
}

/// List purchases, newest first.
#[utoipa::path(
    get, path = "/v1/purchases", tag = "Purchases", params(PurchaseParams),
    responses((status = 200, description = "A page", body = List<PurchaseDto>),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list_purchases(
    State(state): State<AppState>,
    Who(who): Who,
    Query(params): Query<PurchaseParams>,
) -> ApiResult<axum::Json<List<PurchaseDto>>> {
    let states = PurchaseState::ALL.map(|state| (state.as_str(), state));
    let limit = limit(params.limit, 50)?;
    let filter = PurchaseFilter {
        state: params
            .state
            .map(|text| one_of("state", &text, &states))
            .transpose()?,
        account: params.account,
        number: params
            .number
            .map(|text| parse("number", &with_plus(&text)))
            .transpose()?,
        accounts: None,
        needs_person: params.needs_person,
        before: params
            .cursor
            .map(|text| parse("cursor", &text))
            .transpose()?,
    };
    let mut records = state
        .services()
        .engine
        .purchases
        .list(&who.caller, &filter, limit + 1)
        .await?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records
        .last()
        .filter(|_| more)
        .map(|record| record.purchase.id.to_string());
    Ok(axum::Json(List::local(
        records
            .into_iter()
            .map(|record| PurchaseDto::seen_by(&who, record.purchase))
            .collect(),
        next,
    )))
}

/// Show a purchase, with every attempt and its evidence.
#[utoipa::path(
    get, path = "/v1/purchases/{id}", tag = "Purchases",
    params(("id" = String, Path, description = "The purchase's id")),
    responses((status = 200, description = "The purchase", body = PurchaseDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn get_purchase(
    State(state): State<AppState>,
    Who(who): Who,
    Id(id): Id,
) -> ApiResult<axum::Json<PurchaseDto>> {
    let record = state
        .services()
        .engine
        .purchases
        .get(&who.caller, &id_of(&id)?)
        .await?;
    Ok(axum::Json(PurchaseDto::seen_by(&who, record.purchase)))
}

/// Settle by hand a purchase whose outcome can't be found out.
#[utoipa::path(
    post, path = "/v1/purchases/{id}/resolve", tag = "Purchases", request_body = ResolveBody,
    params(("id" = String, Path, description = "The purchase's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeating it repeats the answer")),
    responses((status = 200, description = "The purchase, settled", body = PurchaseDto),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn resolve_purchase(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Id(id): Id,
    Json(body): Json<ResolveBody>,
) -> ApiResult<axum::Json<PurchaseDto>> {
    let bought = one_of(
        "outcome",
        &body.outcome,
        &[("succeeded", true), ("failed", false)],
    )?;
    let provider_id = match (bought, &body.provider_id) {
        (true, None) => {
            return Err(Error::invalid(
                "provider_id",
                "missing: the carrier's id of the number that was bought",
            )
            .into());
        }
        (true, Some(id)) => Some(id.as_str()),
        (false, _) => None,
    };
    let reason = body.reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", "say how you know").into());
    }
    plain("reason", reason)?;
    let verdict = trunkline_engine::Resolution {
        provider_id,
        reason,
    };
    let record = state
        .services()
        .engine
        .purchases
        .resolve(&caller, &id_of(&id)?, verdict)
        .await?;
    Ok(axum::Json(record.purchase.into()))
}

fn id_of(text: &str) -> Result<PurchaseId> {
    PurchaseId::new(text).map_err(|_| Error::new(ErrorKind::NotFound, "no such purchase"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_from_prefer_and_capped() {
        let wait = |text: &'static str| {
            prefer_wait(&HeaderMap::from_iter([(
                header::HeaderName::from_static("prefer"),
                HeaderValue::from_static(text),
            )]))
        };
        assert_eq!(wait("respond-async, wait=30"), Duration::from_secs(30));
        assert_eq!(wait("wait=600"), Duration::from_secs(60));
        assert_eq!(wait("wait=soon"), Duration::from_secs(10));
        assert_eq!(prefer_wait(&HeaderMap::new()), Duration::from_secs(10));
    }
}
