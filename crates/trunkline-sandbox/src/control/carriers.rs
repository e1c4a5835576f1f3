//! Routes that change how one carrier is: its clocks, settings and latencies, and what a person does in its console.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::input::{ChangeBody, NumberBody, Refused, read};
use super::{Answer, running};
use crate::clock::ClockSettings;
use crate::console::Step;
use crate::hub::Hub;
use crate::latency::Latency;
use crate::port::Port;
use crate::settings::CarrierSettings;

/// The carrier that the path names.
pub(super) struct Named(Arc<Port>);

impl FromRequestParts<Arc<Hub>> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Refused> {
        let Path(provider) = Path::<String>::from_request_parts(parts, hub)
            .await
            .map_err(|_| Refused::not_found("no such provider"))?;
        running(hub, &provider).map(|port| Self(Arc::clone(port)))
    }
}

/// A body that was read; a refusal names the field.
pub(super) struct Body<T>(T);

impl<T: DeserializeOwned> FromRequest<Arc<Hub>> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, hub: &Arc<Hub>) -> Result<Self, Refused> {
        let bytes = Bytes::from_request(request, hub)
            .await
            .map_err(|error| Refused::field("body", error.to_string()))?;
        read(&bytes).map(Self)
    }
}

fn shown(document: impl Serialize) -> Answer {
    Ok(Json(document).into_response())
}

pub(super) async fn set_clock(
    State(hub): State<Arc<Hub>>,
    Named(port): Named,
    Body(clock): Body<ClockSettings>,
) -> Answer {
    hub.set_clock(port.kind, clock)?;
    shown(clock)
}

pub(super) async fn show_clock(Named(port): Named) -> Answer {
    shown(port.clock.settings())
}

pub(super) async fn set_settings(
    State(hub): State<Arc<Hub>>,
    Named(port): Named,
    Body(settings): Body<CarrierSettings>,
) -> Answer {
    hub.set_settings(port.kind, settings)?;
    shown(settings)
}

pub(super) async fn show_settings(Named(port): Named) -> Answer {
    shown(port.settings())
}

pub(super) async fn set_latency(
    State(hub): State<Arc<Hub>>,
    Named(port): Named,
    Body(latency): Body<Latency>,
) -> Answer {
    hub.set_latency(port.kind, &latency)?;
    show_latencies(Named(port)).await
}

pub(super) async fn show_latencies(Named(port): Named) -> Answer {
    shown(json!({ "data": port.latencies.all() }))
}

pub(super) async fn clear_latencies(Named(port): Named) -> StatusCode {
    port.latencies.replace(Vec::new());
    StatusCode::NO_CONTENT
}

pub(super) async fn buy(Named(port): Named, Body(body): Body<NumberBody>) -> Answer {
    shown(port.console(&body.number, Step::Buy)?)
}

pub(super) async fn release(Named(port): Named, Body(body): Body<NumberBody>) -> Answer {
    shown(port.console(&body.number, Step::Release)?)
}

pub(super) async fn change(Named(port): Named, Body(body): Body<ChangeBody>) -> Answer {
    shown(port.console(&body.number, Step::Change(&body.set))?)
}
