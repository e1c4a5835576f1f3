//! The spans of a purchase in logs and traces.

use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use crate::journal::Record;
use trunkline_core::error::Result;
use trunkline_core::mask_numbers;
use trunkline_core::model::Purchase;
use trunkline_core::telemetry::Waiting;
use trunkline_core::telemetry::trace::{TARGET, record_trace_id};

/// Who wrote the purchase down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// This process, just now.
    Fresh,
    /// A process that is gone, or gave it up.
    TakenOver,
}

/// The spans of the work on one purchase. It is part of the request, if any, that began it, and may outlive it.
#[derive(Clone, Debug)]
pub(super) struct Spans {
    log: Span,
    traced: Span,
    /// Of who began it: what it waits for, they do.
    waiting: Option<Waiting>,
}

impl Spans {
    pub(super) fn of(purchase: &Purchase, origin: Origin) -> Self {
        let (id, account) = (&purchase.id, &purchase.account);
        let log = info_span!("purchase", purchase = %id, account = %account, trace_id = Empty);
        let verb = match origin {
            Origin::Fresh => "buy",
            Origin::TakenOver => "settle",
        };
        let traced = info_span!(
            target: TARGET,
            "purchase",
            otel.name = format!("{verb} {account}"),
            otel.status_code = Empty,
            purchase = %id,
            account = %account,
            number = mask_numbers(&purchase.number.to_string()),
            state = Empty,
        );
        record_trace_id(&log, &traced);
        Self {
            log,
            traced,
            waiting: Waiting::current(),
        }
    }

    /// Keeps how the work ended.
    pub(super) fn end(&self, result: &Result<Record>) {
        match result {
            Ok(record) => self.traced.record("state", record.purchase.state.as_str()),
            Err(_) => self.traced.record("otel.status_code", "ERROR"),
        };
    }

    /// Runs the work.
    pub(super) async fn within(self, work: impl Future<Output = ()> + Send) {
        let work = work.instrument(self.log).instrument(self.traced);
        match self.waiting {
            Some(waiting) => waiting.scope(work).await,
            None => work.await,
        }
    }
}
