//! The control port: what happens to the carriers, over plain JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::faults::FaultPlan;
use crate::hub::Hub;
use crate::limits::LimitSettings;
use crate::port::Port;
use crate::provider::{ProviderKind, UnknownProvider};

mod carriers;
mod guard;
mod input;

use input::{AnswerBody, ClockBody, FaultBody, Refused, read};

type Answer = Result<Response, Refused>;

/// Serves the control port until the sandbox stops.
pub(crate) async fn listen(listener: TcpListener, hub: Arc<Hub>) {
    let stop = hub.shared.stop.clone();
    let app = router(hub);
    let _ = axum::serve(listener, app)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
}

fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route(
            "/faults",
            post(plan_fault).get(show_faults).delete(clear_faults),
        )
        .route("/faults/{id}", delete(remove_fault))
        .route("/reset", post(reset))
        .route("/clock", post(advance_clock))
        .route("/{provider}/ledger", get(ledger))
        .route("/{provider}/limits", put(set_limits).get(show_limits))
        .route("/{provider}/stock", put(set_stock))
        .route(
            "/{provider}/clock",
            put(carriers::set_clock).get(carriers::show_clock),
        )
        .route(
            "/{provider}/settings",
            put(carriers::set_settings).get(carriers::show_settings),
        )
        .route(
            "/{provider}/latency",
            put(carriers::set_latency)
                .get(carriers::show_latencies)
                .delete(carriers::clear_latencies),
        )
        .route("/{provider}/console/buy", post(carriers::buy))
        .route("/{provider}/console/release", post(carriers::release))
        .route("/{provider}/console/change", post(carriers::change))
        .route("/{provider}/caller-ids/{number}/code", get(code))
        .route("/{provider}/caller-ids/{number}/answer", post(answer))
        .fallback(|| async { Refused::not_found("no such route") })
        .method_not_allowed_fallback(|| async {
            Refused {
                status: StatusCode::METHOD_NOT_ALLOWED,
                field: None,
                message: "method not allowed".to_owned(),
            }
        })
        .layer(middleware::from_fn(guard::check))
        .with_state(hub)
}

async fn plan_fault(State(hub): State<Arc<Hub>>, body: Bytes) -> Answer {
    let body: FaultBody = read(&body)?;
    let provider = body.provider.parse().map_err(|UnknownProvider| {
        Refused::field("provider", format!("unknown provider {:?}", body.provider))
    })?;
    let plan = FaultPlan {
        provider,
        operation: body.operation,
        fault: input::fault(body.fault)?,
        probability: body.probability,
        count: body.count,
    };
    let id = hub.inject(plan)?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn show_faults(State(hub): State<Arc<Hub>>) -> Json<Value> {
    Json(json!({ "data": hub.shared.faults.all() }))
}

async fn clear_faults(State(hub): State<Arc<Hub>>) -> StatusCode {
    hub.shared.faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(hub): State<Arc<Hub>>, Path(id): Path<String>) -> Answer {
    if hub.shared.faults.remove(&id) {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Refused::not_found("no such fault"))
    }
}

async fn reset(State(hub): State<Arc<Hub>>) -> StatusCode {
    hub.reset();
    StatusCode::NO_CONTENT
}

async fn advance_clock(State(hub): State<Arc<Hub>>, body: Bytes) -> Answer {
    let body: ClockBody = read(&body)?;
    let now = hub.advance_clock(Duration::from_secs(body.advance_seconds));
    Ok(Json(json!({ "now": now })).into_response())
}

async fn ledger(State(hub): State<Arc<Hub>>, Path(provider): Path<String>) -> Answer {
    let port = running(&hub, &provider)?;
    let ledger = hub.ledger(port.kind).unwrap_or_default();
    Ok(Json(ledger).into_response())
}

async fn set_limits(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let settings: LimitSettings = read(&body)?;
    running(&hub, &provider)?.limits.set(settings);
    Ok(Json(settings).into_response())
}

async fn show_limits(State(hub): State<Arc<Hub>>, Path(provider): Path<String>) -> Answer {
    Ok(Json(running(&hub, &provider)?.limits.settings()).into_response())
}

async fn set_stock(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let order = read(&body)?;
    let on_sale = running(&hub, &provider)?
        .carrier
        .set_stock(&order)
        .map_err(|error| Refused::field(error.field, error.message))?;
    Ok(Json(json!({ "on_sale": on_sale })).into_response())
}

async fn code(
    State(hub): State<Arc<Hub>>,
    Path((provider, number)): Path<(String, String)>,
) -> Answer {
    let carrier = &running(&hub, &provider)?.carrier;
    let code = carrier
        .validation_code(&number)
        .ok_or_else(no_verification)?;
    Ok(Json(json!({ "code": code })).into_response())
}

async fn answer(
    State(hub): State<Arc<Hub>>,
    Path((provider, number)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let wanted = if body.is_empty() {
        AnswerBody::default()
    } else {
        read(&body)?
    };
    let kind = running(&hub, &provider)?.kind;
    let report = hub
        .answer_caller_id(kind, &number, wanted.outcome)
        .await
        .ok_or_else(no_verification)?;
    Ok(Json(report).into_response())
}

fn no_verification() -> Refused {
    Refused::not_found("no verification of that number is open")
}

fn running<'h>(hub: &'h Hub, provider: &str) -> Result<&'h Arc<Port>, Refused> {
    let kind: ProviderKind = provider
        .parse()
        .map_err(|UnknownProvider| Refused::not_found("no such provider"))?;
    hub.port(kind)
        .ok_or_else(|| Refused::not_found("that provider is not running"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Fault;

    #[test]
    fn every_kind_named_is_a_kind_that_parses() {
        for kind in Fault::KINDS {
            let error = input::fault(json!({ "kind": kind, "surprise": 1 })).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("fault.surprise"), "{kind}");
        }
    }
}
