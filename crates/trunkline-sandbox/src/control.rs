//! The control port: what happens to the carriers, over plain JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router, middleware};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::carrier::StockOrder;
use crate::clock::ClockSettings;
use crate::faults::FaultPlan;
use crate::hub::Controls;
use crate::limits::LimitSettings;
use crate::provider::UnknownProvider;
use crate::settings::{CarrierSettings, Latency};

mod input;

use input::{AnswerBody, At, Body, ChangeBody, ClockBody, FaultBody, NumberBody, Refused, read};

type Answer = Result<Response, Refused>;
type Shared = State<Arc<Controls>>;

/// Serves the control port until the sandbox stops.
pub(crate) async fn listen(listener: TcpListener, controls: Arc<Controls>) {
    let stop = controls.shared.stop.clone();
    let _ = axum::serve(listener, router(controls))
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
}

fn router(controls: Arc<Controls>) -> Router {
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
        .route("/{provider}/clock", put(set_clock).get(show_clock))
        .route("/{provider}/settings", put(set_settings).get(show_settings))
        .route(
            "/{provider}/latency",
            put(set_latency).get(show_latencies).delete(clear_latencies),
        )
        .route("/{provider}/console/buy", post(buy))
        .route("/{provider}/console/release", post(release))
        .route("/{provider}/console/change", post(change))
        .route("/{provider}/caller-ids/{number}/code", get(code))
        .route("/{provider}/caller-ids/{number}/answer", post(answer))
        .fallback(|| async { Refused::not_found("no such route") })
        .method_not_allowed_fallback(|| async {
            Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
        })
        .layer(middleware::from_fn(input::check))
        .with_state(controls)
}

fn shown(document: impl Serialize) -> Answer {
    Ok(Json(document).into_response())
}

async fn plan_fault(State(controls): Shared, Body(body): Body<FaultBody>) -> Answer {
    let provider = body.provider.parse().map_err(|UnknownProvider| {
        Refused::field("provider", format!("unknown provider {:?}", body.provider))
    })?;
    let id = controls.inject(FaultPlan {
        provider,
        operation: body.operation,
        fault: input::fault(body.fault)?,
        probability: body.probability,
        count: body.count,
    })?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn show_faults(State(controls): Shared) -> Json<Value> {
    Json(json!({ "data": controls.faults() }))
}

async fn clear_faults(State(controls): Shared) -> StatusCode {
    controls.clear_faults();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(controls): Shared, Path(id): Path<String>) -> Answer {
    if controls.remove_fault(&id) {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Refused::not_found("no such fault"))
    }
}

async fn reset(State(controls): Shared) -> StatusCode {
    controls.reset();
    StatusCode::NO_CONTENT
}

async fn advance_clock(State(controls): Shared, Body(body): Body<ClockBody>) -> Answer {
    controls.advance_clock(Duration::from_secs(body.advance_seconds));
    shown(json!({ "now": controls.clock.now() }))
}

async fn ledger(At { controls, kind }: At) -> Answer {
    shown(controls.ledger(kind))
}

async fn set_limits(At { controls, kind }: At, Body(settings): Body<LimitSettings>) -> Answer {
    controls.set_limits(kind, settings);
    shown(settings)
}

async fn show_limits(At { controls, kind }: At) -> Answer {
    shown(controls.port(kind).limits.settings())
}

async fn set_stock(At { controls, kind }: At, Body(order): Body<StockOrder>) -> Answer {
    shown(json!({ "on_sale": controls.set_stock(kind, &order)? }))
}

async fn set_clock(At { controls, kind }: At, Body(clock): Body<ClockSettings>) -> Answer {
    controls.set_clock(kind, clock)?;
    shown(clock)
}

async fn show_clock(At { controls, kind }: At) -> Answer {
    shown(controls.clock(kind))
}

async fn set_settings(At { controls, kind }: At, Body(settings): Body<CarrierSettings>) -> Answer {
    controls.set_settings(kind, settings)?;
    shown(settings)
}

async fn show_settings(At { controls, kind }: At) -> Answer {
    shown(controls.settings(kind))
}

async fn set_latency(At { controls, kind }: At, Body(latency): Body<Latency>) -> Answer {
    controls.set_latency(kind, &latency)?;
    show_latencies(At { controls, kind }).await
}

async fn show_latencies(At { controls, kind }: At) -> Answer {
    shown(json!({ "data": controls.port(kind).latencies.all() }))
}

async fn clear_latencies(At { controls, kind }: At) -> StatusCode {
    controls.clear_latencies(kind);
    StatusCode::NO_CONTENT
}

async fn buy(At { controls, kind }: At, Body(body): Body<NumberBody>) -> Answer {
    shown(controls.console_buy(kind, &body.number)?)
}

async fn release(At { controls, kind }: At, Body(body): Body<NumberBody>) -> Answer {
    shown(controls.console_release(kind, &body.number)?)
}

async fn change(At { controls, kind }: At, Body(body): Body<ChangeBody>) -> Answer {
    shown(controls.console_change(kind, &body.number, &body.set)?)
}

fn no_verification() -> Refused {
    Refused::not_found("no verification of that number is open")
}

async fn code(At { controls, kind }: At, Path((_, number)): Path<(String, String)>) -> Answer {
    let code = controls.validation_code(kind, &number);
    shown(json!({ "code": code.ok_or_else(no_verification)? }))
}

async fn answer(
    At { controls, kind }: At,
    Path((_, number)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let wanted = match body.is_empty() {
        true => AnswerBody::default(),
        false => read(&body)?,
    };
    let report = controls.answer_caller_id(kind, &number, wanted.outcome);
    shown(report.await.ok_or_else(no_verification)?)
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
