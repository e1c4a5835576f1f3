//! Health, readiness and metrics.

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use trunkline_core::{Error, ErrorKind, Retry};
use utoipa::ToSchema;

use crate::dto::problem::Problem;
use crate::error::ApiResult;
use crate::state::AppState;
use crate::telemetry;

/// A short word on how the gateway is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// `ok`.
    #[schema(examples("ok"))]
    pub(crate) status: &'static str,
    /// The version that runs.
    #[schema(examples("0.1.0"))]
    pub(crate) version: &'static str,
}

const OK: Status = Status {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// Whether the process runs.
#[utoipa::path(get, path = "/healthz", tag = "Operations",
    responses((status = 200, description = "It does", body = Status)))]
pub(crate) async fn healthz() -> axum::Json<Status> {
    axum::Json(OK)
}

/// Whether it can do its work: the database can be written, and it is not being shut down.
#[utoipa::path(get, path = "/readyz", tag = "Operations",
    responses((status = 200, description = "It can", body = Status),
        (status = 503, description = "It can't", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn readyz(State(state): State<AppState>) -> ApiResult<axum::Json<Status>> {
    if state.is_draining() {
        let error = Error::new(ErrorKind::UpstreamUnavailable, "shutting down");
        return Err(error.with_retry(Retry::Backoff).into());
    }
    state.services().store.check().await?;
    Ok(axum::Json(OK))
}

/// How long a reader of the metrics waits for the database.
const JOURNAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Metrics in Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "Operations",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"),
        (status = "default", description = "A problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn metrics(State(state): State<AppState>) -> Response {
    let services = state.services();
    // They are wanted most while the database is away, and say that it is.
    let unsettled = tokio::time::timeout(JOURNAL_TIMEOUT, services.store.unsettled()).await;
    let unsettled = unsettled.ok().and_then(Result::ok);
    let text = telemetry::render(&services.registry, unsettled.as_deref());
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
