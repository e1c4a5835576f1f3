//! One operation at one account: its metrics, and its span in a trace.

use metrics::{Label, counter, histogram};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::capability::Operation;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountName, ProviderName};
use crate::telemetry::trace::TARGET;
use crate::telemetry::{AccountLabels, Waiting, names};

/// An operation under way. It is counted when dropped, ended or given up.
pub(crate) struct Running<'a> {
    labels: &'a AccountLabels,
    operation: Operation,
    started: Instant,
    /// The time that it spends on the carrier.
    pub(crate) waiting: Waiting,
    /// Its span in a trace.
    pub(crate) span: Span,
    outcome: &'static str,
}

impl<'a> Running<'a> {
    pub(crate) fn start(labels: &'a AccountLabels, operation: Operation) -> Self {
        Self {
            labels,
            operation,
            started: Instant::now(),
            waiting: Waiting::nested(),
            span: Span::none(),
            outcome: "cancelled",
        }
    }

    /// With a span that says who is asked for what.
    pub(crate) fn traced(mut self, account: &AccountName, provider: &ProviderName) -> Self {
        let operation = self.operation.as_str();
        self.span = info_span!(
            target: TARGET,
            "operation",
            otel.name = format!("{operation} {account}"),
            otel.status_code = Empty,
            account = %account,
            provider = %provider,
            operation,
            outcome = Empty,
        );
        self
    }

    /// Keeps how it ended.
    pub(crate) fn end(&mut self, failed: Option<&Error>) {
        self.outcome = failed.map_or("ok", |error| error.kind().as_str());
        // What nobody can help by looking at the trace is no error there.
        let fault = failed.is_some_and(|error| error.kind() != ErrorKind::NotFound);
        if fault {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.span.record("outcome", self.outcome);
        let took = self.started.elapsed();
        let ours = took.saturating_sub(self.waiting.total());
        let labels = self.labels.of_provider(self.operation);
        histogram!(names::OPERATION_SECONDS, labels.clone()).record(took);
        histogram!(names::OPERATION_OVERHEAD, labels).record(ours);
        let operation = self.operation.as_str();
        let mut labels = self.labels.with("operation", operation);
        labels.push(Label::from_static_parts("outcome", self.outcome));
        counter!(names::OPERATIONS, labels).increment(1);
    }
}
