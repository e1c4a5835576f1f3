//! Traces: the spans that are meant for them, and how a trace goes on from a caller to us and from us to a carrier.
//!
//! Spans for traces have the target [`TARGET`], and attributes named as OpenTelemetry names them; spans for log lines
//! have other targets and few fields. A subscriber takes those it wants; one that takes none pays nothing.
//!
//! This crate knows no tracing system. Who has one installs a [`Tracer`], once for the process, and the context of a
//! trace is then read from requests that come in and written to those that go out.

use std::fmt::Debug;
use std::sync::OnceLock;

use tracing::{Instrument, Span};

use crate::host;
use crate::telemetry::Waiting;

/// The target of the spans that are meant for traces.
pub const TARGET: &str = "trunkline::trace";

static TRACER: OnceLock<Box<dyn Tracer>> = OnceLock::new();

/// What knows the traces that spans are part of.
pub trait Tracer: Debug + Send + Sync + 'static {
    /// Makes a span, not entered so far, part of the trace that a request names in its headers.
    fn adopt(&self, span: &Span, header: &dyn Fn(&str) -> Option<String>);

    /// The id of the trace that a span is part of: 32 hexadecimal digits.
    fn trace_id(&self, span: &Span) -> Option<String>;

    /// The headers that make a request part of the span's trace.
    fn headers(&self, span: &Span) -> Vec<(&'static str, String)>;
}

tokio::task_local! {
    static REQUEST: Span;
}

/// Runs `work` as part of a span, and of its trace what `work` begins on other tasks with [`carried`].
pub async fn scope<F: Future>(span: Span, work: F) -> F::Output {
    let work = work.instrument(span.clone());
    REQUEST.scope(span, work).await
}

/// `work` for another task as part of what the running task does: of its spans, of its waits for carriers, and on its host.
pub fn carried<F: Future + Send>(work: F) -> impl Future<Output = F::Output> + Send {
    let request = REQUEST.try_with(Span::clone);
    let request = request.unwrap_or_else(|_| Span::none());
    let waiting = Waiting::current();
    let work = scope(request, work.in_current_span());
    host::carried(async move {
        match waiting {
            Some(waiting) => waiting.scope(work).await,
            None => work.await,
        }
    })
}

/// Sets what knows the traces. Only the first call in a process does; the others answer `false`.
pub fn install(tracer: Box<dyn Tracer>) -> bool {
    TRACER.set(tracer).is_ok()
}

/// What knows the traces, if there is anything.
#[must_use]
pub fn tracer() -> Option<&'static dyn Tracer> {
    TRACER.get().map(|tracer| &**tracer)
}

/// Writes into a span for log lines, as its field `trace_id`, which trace another span is part of.
pub fn record_trace_id(log: &Span, traced: &Span) {
    if let Some(id) = tracer().and_then(|tracer| tracer.trace_id(traced)) {
        log.record("trace_id", id);
    }
}
