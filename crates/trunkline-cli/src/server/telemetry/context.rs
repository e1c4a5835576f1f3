//! Traces across processes: W3C trace context in the headers `traceparent` and `tracestate`.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use trunkline_core::telemetry::trace::Tracer;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// Reads and writes the context of traces.
#[derive(Debug)]
pub(super) struct Context {
    w3c: TraceContextPropagator,
    propagate: bool,
}

impl Context {
    /// With `propagate`, requests to carriers have the headers, too.
    pub(super) fn new(propagate: bool) -> Self {
        Self {
            w3c: TraceContextPropagator::new(),
            propagate,
        }
    }
}

impl Tracer for Context {
    fn adopt(&self, span: &Span, header: &dyn Fn(&str) -> Option<String>) {
        let headers: HashMap<String, String> = [TRACEPARENT, TRACESTATE]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), header(name)?)))
            .collect();
        if headers.is_empty() {
            return;
        }
        let caller = self.w3c.extract(&headers);
        // Without a valid context the span starts a trace, or stays in its own.
        if caller.span().span_context().is_valid()
            && let Err(error) = span.set_parent(caller)
        {
            tracing::debug!(%error, "a caller's trace is not continued");
        }
    }

    fn trace_id(&self, span: &Span) -> Option<String> {
        let context = span.context();
        let context = context.span().span_context().clone();
        context.is_valid().then(|| context.trace_id().to_string())
    }

    fn headers(&self, span: &Span) -> Vec<(&'static str, String)> {
        if !self.propagate {
            return Vec::new();
        }
        let mut headers = HashMap::new();
        self.w3c.inject_context(&span.context(), &mut headers);
        [TRACEPARENT, TRACESTATE]
            .into_iter()
            .filter_map(|name| Some((name, headers.remove(name)?)))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }
}
