//! `POST /v1/numbers` and `/v1/purchases`.

use std::time::Duration;

use axum::response::Response;
use serde::Deserialize;
use trunkline_core::{Error, IdempotencyKey, PurchaseId, Result, Tenant};
use trunkline_engine::buy;
use trunkline_engine::journal::{PurchaseFilter, Record, Scope};
use trunkline_engine::{Keyed, Offer};
use utoipa::IntoParams;

use crate::answer::{Json, JsonResult};
use crate::dto::page::List;
use crate::dto::purchase::{
    PurchaseBody, PurchaseDto, PurchaseResult, PurchaseStateDto, ResolveBody,
};
use crate::dto::text::{NumberInQuery, PurchaseRef};
use crate::error::ApiResult;
use crate::extract::{Call, Id, Json as Body, KeyedBody, Query, RequestId, parse as parse_body};
use crate::idempotency::with_reach;
use crate::routes::bought;
use crate::values::{limit, parse, with_plus};

/// Filters of purchases.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PurchaseParams {
    /// `intended`, `dispatched`, `unknown`, `succeeded` or `failed`.
    #[param(inline)]
    state: Option<PurchaseStateDto>,
    /// Only at this account.
    account: Option<String>,
    /// Only for this number, E.164.
    #[param(value_type = Option<NumberInQuery>, inline, example = "+14152000137")]
    number: Option<String>,
    /// `true` for purchases that need a person's decision only, `false` for all others.
    needs_person: Option<bool>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the previous page.
    #[param(value_type = Option<PurchaseRef>, inline)]
    cursor: Option<String>,
}

impl TryFrom<PurchaseParams> for PurchaseFilter {
    type Error = Error;

    fn try_from(p: PurchaseParams) -> Result<Self> {
        let number = p.number.map(|text| parse("number", &with_plus(&text)));
        Ok(Self {
            state: p.state.map(Into::into),
            account: p.account,
            number: number.transpose()?,
            accounts: None,
            needs_person: p.needs_person,
            before: p.cursor.map(|text| parse("cursor", &text)).transpose()?,
        })
    }
}

/// Purchase a number, exactly once.
///
/// The purchase is recorded before it is sent, and sent once. If the carrier's answer is lost, the carrier is asked for the
/// outcome. A repeated request with the same `Idempotency-Key` gets the same answer and buys nothing. While the outcome is
/// unknown the answer is 202, and `GET /v1/purchases/{id}` has the outcome later.
#[utoipa::path(
    post, path = "/v1/numbers", tag = "Purchases", request_body = PurchaseBody,
    params(("Prefer" = Option<String>, Header, nullable = false, pattern = "^[ -~]*$", example = "wait=30",
        description = "`wait=SECONDS` to wait for the outcome: default 10, at most 60")),
    responses(
        (status = 201, description = "Bought", body = PurchaseResult, headers(("Location" = String))),
        (status = 202, description = "The outcome is still unknown", body = PurchaseResult,
            headers(("Location" = String), ("Retry-After" = u64))),
        crate::openapi::Upstream)
)]
pub(crate) async fn purchase(
    call: Call,
    RequestId(request_id): RequestId,
    request: KeyedBody,
) -> ApiResult<Response> {
    let caller = call.caller();
    let wait = request.wait.unwrap_or(Duration::from_secs(10));
    let hash = with_reach(request.fingerprint, caller);
    let scope = scope(caller.tenant.clone(), request.key);
    let keyed = Keyed {
        caller,
        scope: &scope,
        fingerprint: &hash,
    };
    let asked = || asked(&call, &request.bytes);
    let bought = call.engine().buy(keyed, wait, asked).await?;
    bought::answer(&call.state, &scope, bought, &request_id).await
}

/// The scope of a purchase's key.
fn scope(tenant: Tenant, key: IdempotencyKey) -> Scope {
    let route = "POST /v1/numbers".to_owned();
    Scope { tenant, route, key }
}

/// The request in a body.
fn asked(call: &Call, bytes: &[u8]) -> ApiResult<buy::Request> {
    let body: PurchaseBody = parse_body(bytes)?;
    let (sealer, tenant) = (&call.engine().sealer, &call.caller().tenant);
    Ok(buy::Request {
        account: body.account.clone(),
        number: body.number.clone(),
        order: body.order(|offer| Offer::open(sealer, tenant, offer)),
    })
}

/// List purchases, newest first.
#[utoipa::path(
    get, path = "/v1/purchases", tag = "Purchases", params(PurchaseParams),
    responses((status = 200, description = "A page", body = List<PurchaseDto>), crate::openapi::Lookup)
)]
pub(crate) async fn list_purchases(
    call: Call,
    Query(params): Query<PurchaseParams>,
) -> JsonResult<List<PurchaseDto>> {
    let limit = limit(params.limit, 50)?;
    let filter = PurchaseFilter::try_from(params)?;
    let purchases = &call.engine().purchases;
    let found = purchases.list(call.caller(), &filter, limit + 1).await?;
    let page = List::page(found, limit, |record: &Record| {
        record.purchase.id.to_string()
    });
    Ok(Json(
        page.map(|record| call.who.sees(record.purchase).into()),
    ))
}

/// Show a purchase, with every attempt and its evidence.
#[utoipa::path(
    get, path = "/v1/purchases/{id}", tag = "Purchases",
    params(("id" = inline(PurchaseRef), Path, description = "The purchase's id", example = "pur_01j9zr2m4g7q8t5v6w7x8y9z0a")),
    responses((status = 200, description = "The purchase", body = PurchaseDto), crate::openapi::Lookup)
)]
pub(crate) async fn get_purchase(call: Call, Id(id): Id<PurchaseId>) -> JsonResult<PurchaseDto> {
    let record = call.engine().purchases.get(call.caller(), &id).await?;
    Ok(Json(call.who.sees(record.purchase).into()))
}

/// Settle a purchase by hand, if its outcome can't be found out.
#[utoipa::path(
    post, path = "/v1/purchases/{id}/resolve", tag = "Purchases", request_body = ResolveBody,
    params(("id" = inline(PurchaseRef), Path, description = "The purchase's id", example = "pur_01j9zr2m4g7q8t5v6w7x8y9z0a")),
    responses((status = 200, description = "The settled purchase", body = PurchaseDto), crate::openapi::Lookup)
)]
pub(crate) async fn resolve_purchase(
    call: Call,
    Id(id): Id<PurchaseId>,
    Body(body): Body<ResolveBody>,
) -> JsonResult<PurchaseDto> {
    let verdict = body.resolution()?;
    let purchases = &call.engine().purchases;
    let record = purchases.resolve(call.caller(), &id, verdict).await?;
    Ok(Json(call.who.sees(record.purchase).into()))
}
