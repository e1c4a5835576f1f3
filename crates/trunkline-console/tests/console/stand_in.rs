//! Answers in the gateway's place, for what a journey needs to be a certain way: what the audit says.
//! Everything else goes on to the gateway.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

/// What answers instead.
#[derive(Debug)]
pub(crate) struct StandIn {
    /// Lists, by their path.
    pub(crate) lists: Vec<(&'static str, Value)>,
}

pub(crate) async fn answer(
    State(stand_in): State<Arc<StandIn>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    match stand_in.lists.iter().find(|(own, _)| *own == path) {
        Some((_, list)) if request.method() == Method::GET => json_answer(200, list),
        Some((_, list)) => json_answer(201, &list["made"]),
        None => next.run(request).await,
    }
}

fn json_answer(status: u16, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}
