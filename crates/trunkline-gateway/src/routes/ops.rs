//! Health, readiness and metrics.

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use trunkline_core::{BreakerState, Error, ErrorKind, Retry};
use trunkline_engine::PoolUse;
use utoipa::ToSchema;

use crate::answer::Json;
use crate::dto::problem::Problem;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::telemetry;

/// State of the process.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// `ok`.
    #[schema(pattern = "^ok$", examples("ok"))]
    pub(crate) status: &'static str,
    /// The running version.
    #[schema(examples("0.1.0"))]
    pub(crate) version: &'static str,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Check that the process runs.
#[utoipa::path(get, path = "/healthz", tag = "Operations",
    responses((status = 200, description = "It runs", body = Status)))]
pub(crate) async fn healthz() -> Json<Status> {
    Json(Status {
        status: "ok",
        version: VERSION,
    })
}

/// Whether the gateway can serve requests, with the checks behind it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok`.
    #[schema(examples("ok"))]
    pub(crate) status: &'static str,
    /// The running version.
    #[schema(examples("0.1.0"))]
    pub(crate) version: &'static str,
    /// The checks.
    pub(crate) checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// `database`, `database_pool`, `redis` if replicas share quotas there, or `accounts`.
    #[schema(examples("database"))]
    pub(crate) name: &'static str,
    /// `ok`; `degraded` if a part does not work; `saturated` if reads or writes wait for a connection.
    #[schema(examples("ok"))]
    pub(crate) status: &'static str,
    /// Details, for a person.
    #[schema(examples("it can be written"))]
    pub(crate) detail: String,
}

/// Check that the gateway can serve requests.
///
/// It can when the database can be written and the gateway is not shutting down. A busy pool of database connections is
/// not a failure; a pool without a free connection within its time limit is, named `database_pool`. Redis and accounts are
/// reported but never make the gateway unready: a carrier that is unavailable is so for every replica.
#[utoipa::path(get, path = "/readyz", tag = "Operations",
    responses((status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready; `errors` names the failed checks", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn readyz(State(state): State<AppState>) -> ApiResult<Json<Readiness>> {
    if state.is_draining() {
        let error = Error::new(ErrorKind::UpstreamUnavailable, "shutting down");
        return Err(ApiError::from(failed("draining", error)).expected());
    }
    let store = &state.services().engine.store;
    // How busy it was when this was asked, without the check's own wait.
    let before = store.pool();
    if let Err(error) = store.check().await {
        // The address of the database is not public.
        tracing::warn!(%error, "not ready: the database can't be written");
        let error = Error::new(error.kind(), "the database can't be written");
        return Err(failed(check_of(store.pool()), error).into());
    }
    Ok(Json(ready(&state, before)))
}

fn ready(state: &AppState, pool_use: Option<PoolUse>) -> Readiness {
    let database = check("database", "ok", "it can be written");
    let redis = state.quotas_are_live().map(redis);
    let checks = [
        Some(database),
        pool_use.map(pool),
        redis,
        Some(accounts(state)),
    ];
    Readiness {
        status: "ok",
        version: VERSION,
        checks: checks.into_iter().flatten().collect(),
    }
}

fn check(name: &'static str, status: &'static str, detail: &str) -> Check {
    let detail = detail.to_owned();
    Check {
        name,
        status,
        detail,
    }
}

/// The failure of a check, which may pass the next time.
fn failed(check: &str, error: Error) -> Error {
    let message = error.message().to_owned();
    error.with_field(check, message).with_retry(Retry::Backoff)
}

/// The check that failed when the database could not be written or read.
fn check_of(pool: Option<PoolUse>) -> &'static str {
    match pool {
        Some(pool) if pool.exhausted => "database_pool",
        _ => "database",
    }
}

/// How busy the connections to the database are.
fn pool(pool: PoolUse) -> Check {
    let status = if pool.is_saturated() {
        "saturated"
    } else {
        "ok"
    };
    let (in_use, most, waiting) = (pool.in_use, pool.most, pool.waiting);
    let detail = format!("{in_use} of {most} connections are in use, {waiting} wait for one");
    check("database_pool", status, &detail)
}

/// Whether the quotas are shared among replicas.
fn redis(is_live: bool) -> Check {
    let away = "it is away: each replica keeps to its part of the quotas until it is back";
    match is_live {
        true => check("redis", "ok", "the quotas are shared"),
        false => check("redis", "degraded", away),
    }
}

/// Whether all accounts can be called. This is public, so that it names none.
fn accounts(state: &AppState) -> Check {
    let usable = state.services().engine.registry.iter().all(|entry| {
        let health = entry.provider.health();
        health.breaker == BreakerState::Closed && health.held_for.is_none()
    });
    let paused = "some are paused: they failed too often, or their carriers asked for a pause";
    match usable {
        true => check("accounts", "ok", "all can be called"),
        false => check("accounts", "degraded", paused),
    }
}

/// How long the metrics wait for the database.
const JOURNAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Metrics in Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "Operations",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"),
        crate::openapi::Also::<403>, crate::openapi::Also::<500>, crate::openapi::Also::<503>, crate::openapi::Also::<504>))]
pub(crate) async fn metrics(State(state): State<AppState>) -> Response {
    let services = state.services();
    // Metrics matter most while the database is away, and report that.
    let store = &services.engine.store;
    let (unsettled, size) = tokio::join!(
        tokio::time::timeout(JOURNAL_TIMEOUT, store.unsettled()),
        tokio::time::timeout(JOURNAL_TIMEOUT, store.size()),
    );
    let unsettled = unsettled.ok().and_then(Result::ok);
    let size = size.ok().and_then(Result::ok).flatten();
    let text = telemetry::render(
        &services.engine.registry,
        unsettled.as_deref(),
        size,
        store.pool(),
    );
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_pool_is_shown_as_saturated_and_fails_only_when_it_gives_nothing() {
        let busy = |waiting, exhausted| PoolUse {
            pool: "readers",
            most: 4,
            in_use: 4,
            waiting,
            exhausted,
        };
        assert_eq!(pool(busy(0, false)).status, "ok");
        let check = pool(busy(3, false));
        assert_eq!(check.status, "saturated");
        assert_eq!(
            check.detail,
            "4 of 4 connections are in use, 3 wait for one"
        );
        assert_eq!(check_of(Some(busy(3, false))), "database");
        assert_eq!(check_of(Some(busy(3, true))), "database_pool");
        assert_eq!(check_of(None), "database");
    }

    #[test]
    fn redis_that_is_away_is_named_among_the_checks() {
        assert_eq!((redis(true).name, redis(true).status), ("redis", "ok"));
        assert_eq!(redis(false).status, "degraded");
    }
}
