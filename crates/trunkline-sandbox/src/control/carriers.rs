//! Routes that change how one carrier is: its clocks, settings and latencies, and what a person does in its console.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::{Value, json};

use super::input::{ChangeBody, NumberBody, read};
use super::{Answer, running};
use crate::clock::ClockSettings;
use crate::console::Step;
use crate::hub::Hub;
use crate::latency::Latency;
use crate::settings::CarrierSettings;

pub(super) async fn set_clock(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let port = running(&hub, &provider)?;
    let clock: ClockSettings = read(&body)?;
    hub.set_clock(port.kind, clock)?;
    Ok(Json(clock).into_response())
}

pub(super) async fn show_clock(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
) -> Answer {
    Ok(Json(running(&hub, &provider)?.clock.settings()).into_response())
}

pub(super) async fn set_settings(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let port = running(&hub, &provider)?;
    let settings: CarrierSettings = read(&body)?;
    hub.set_settings(port.kind, settings)?;
    Ok(Json(settings).into_response())
}

pub(super) async fn show_settings(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
) -> Answer {
    Ok(Json(running(&hub, &provider)?.settings()).into_response())
}

pub(super) async fn set_latency(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let port = running(&hub, &provider)?;
    let latency: Latency = read(&body)?;
    hub.set_latency(port.kind, latency)?;
    Ok(Json(json!({ "data": port.latencies.all() })).into_response())
}

pub(super) async fn show_latencies(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
) -> Answer {
    let latencies = running(&hub, &provider)?.latencies.all();
    Ok(Json(json!({ "data": latencies })).into_response())
}

pub(super) async fn clear_latencies(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
) -> Answer {
    running(&hub, &provider)?.latencies.replace(Vec::new());
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn buy(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let port = running(&hub, &provider)?;
    let body: NumberBody = read(&body)?;
    shown(port.console(&body.number, Step::Buy)?)
}

pub(super) async fn release(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let port = running(&hub, &provider)?;
    let body: NumberBody = read(&body)?;
    shown(port.console(&body.number, Step::Release)?)
}

pub(super) async fn change(
    State(hub): State<Arc<Hub>>,
    Path(provider): Path<String>,
    body: Bytes,
) -> Answer {
    let port = running(&hub, &provider)?;
    let body: ChangeBody = read(&body)?;
    shown(port.console(&body.number, Step::Change(&body.set))?)
}

fn shown(row: Value) -> Answer {
    Ok(Json(row).into_response())
}
