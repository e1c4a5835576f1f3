//! One request in logs and traces, and the time it spends on carriers.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};
use trunkline_core::telemetry::Waiting;
use trunkline_core::telemetry::trace::{self, TARGET, record_trace_id, tracer};

/// Routes that machines poll: logged at debug, and traced only if the client traces them.
pub(crate) const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The spans of one request, in logs and in the trace of its caller, and the time it spends on carriers. Work on
/// another task takes them along.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    log: Span,
    traced: Span,
    waiting: Waiting,
}

impl Spans {
    /// The spans of a request with this id; `known` says whether to continue the trace that it names.
    pub(crate) fn of(request: &Request, id: &str, known: bool) -> Self {
        let method = request.method();
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or("none", |path| path.as_str());
        let log = info_span!("request", request_id = %id, method = %method, route = %route, trace_id = Empty);
        let traced = traced(request, id, route);
        if let Some(tracer) = tracer() {
            let headers = request.headers();
            if known {
                tracer.adopt(&traced, &|name| {
                    let value = headers.get(name)?.to_str().ok()?;
                    Some(value.to_owned())
                });
            }
            record_trace_id(&log, &traced);
        }
        Self {
            log,
            traced,
            waiting: Waiting::default(),
        }
    }

    /// Does work that is part of the request, on any task.
    pub(crate) async fn within<F: Future>(self, work: F) -> F::Output {
        let work = trace::scope(self.traced, work.instrument(self.log));
        self.waiting.scope(work).await
    }

    /// How much of this time was not spent on carriers.
    pub(crate) fn overhead(&self, took: Duration) -> Duration {
        took.saturating_sub(self.waiting.total())
    }

    /// Records the status. A streamed answer stays part of the request until its end.
    pub(crate) fn answered(self, response: Response) -> Response {
        let status = response.status();
        self.traced
            .record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.traced.record("otel.status_code", "ERROR");
        }
        if response.body().size_hint().exact().is_some() {
            return response;
        }
        response.map(|body| {
            let mut pieces = body.into_data_stream();
            Body::from_stream(stream::poll_fn(move |context| {
                let _entered = (self.traced.enter(), self.log.enter());
                pieces.poll_next_unpin(context)
            }))
        })
    }
}

/// The span for the trace.
fn traced(request: &Request, id: &str, route: &str) -> Span {
    if PROBES.contains(&route) && !request.headers().contains_key("traceparent") {
        return Span::none();
    }
    let method = request.method();
    info_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.name = format!("{method} {route}"),
        otel.status_code = Empty,
        http.request.method = method.as_str(),
        http.route = route,
        http.response.status_code = Empty,
        request_id = id,
    )
}
