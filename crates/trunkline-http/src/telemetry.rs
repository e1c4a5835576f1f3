//! The metrics and the span of one request to a carrier.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use metrics::{counter, gauge, histogram};
use tracing::field::Empty;
use tracing::{Span, info_span};
use trunkline_core::telemetry::{AccountLabels, names, trace};
use trunkline_core::{AccountName, BreakerState, Operation, ProviderName, mask_numbers};

use crate::profile::Profile;

/// Counts what one account does.
#[derive(Debug)]
pub(crate) struct Meter(AccountLabels);

impl Meter {
    pub(crate) fn new(account: &AccountName, provider: &ProviderName) -> Self {
        Self(AccountLabels::new(account, provider))
    }

    pub(crate) fn attempt(&self, outcome: &'static str, took: Duration) {
        histogram!(names::UPSTREAM_SECONDS, self.0.labels()).record(took);
        counter!(names::UPSTREAM_REQUESTS, self.0.with("outcome", outcome)).increment(1);
    }

    pub(crate) fn retry(&self) {
        counter!(names::UPSTREAM_RETRIES, self.0.labels()).increment(1);
    }

    pub(crate) fn waited(&self, limit: &'static str, took: Duration) {
        histogram!(names::ACCOUNT_WAIT_SECONDS, self.0.with("limit", limit)).record(took);
    }

    pub(crate) fn hold(&self) {
        counter!(names::UPSTREAM_HOLDS, self.0.labels()).increment(1);
    }

    pub(crate) fn breaker(&self, state: BreakerState) {
        let state = match state {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open => 2.0,
        };
        gauge!(names::BREAKER_STATE, self.0.labels()).set(state);
    }
}

/// The span of one attempt in a trace.
pub(crate) fn span(profile: &Profile, operation: Operation, request: &reqwest::Request) -> Span {
    let (method, url) = (request.method(), request.url());
    info_span!(
        target: trace::TARGET,
        "upstream",
        otel.kind = "client",
        otel.name = format!("{method} {}", profile.provider),
        otel.status_code = Empty,
        account = %profile.account,
        provider = %profile.provider,
        operation = operation.as_str(),
        attempt = Empty,
        http.request.method = method.as_str(),
        http.response.status_code = Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        url.path = mask_numbers(url.path()),
        "error.type" = Empty,
    )
}

/// Makes a request part of its span's trace.
pub(crate) fn propagate(span: &Span, headers: &mut HeaderMap) {
    let Some(tracer) = trace::tracer() else {
        return;
    };
    for (name, value) in tracer.headers(span) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Keeps in a span how its attempt ended: with an answer, or with what came instead of one.
pub(crate) fn ended(span: &Span, status: Option<StatusCode>, outcome: &'static str) {
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if !status.is_some_and(|status| status.is_success()) {
        span.record("error.type", outcome);
        span.record("otel.status_code", "ERROR");
    }
}
