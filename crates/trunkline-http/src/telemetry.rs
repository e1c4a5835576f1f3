//! The metrics of the pipeline, all named here.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Label, SharedString, counter, gauge, histogram};
use trunkline_core::{AccountName, BreakerState, Operation, ProviderName};

/// Counter by `account`, `provider`, `operation` and `outcome`: attempts, by the class of their answer (`2xx`) or
/// what came instead (`connect`, `broken`, `timeout`, `too_large`).
pub const REQUESTS: &str = "trunkline_upstream_requests_total";
/// Histogram by `account`, `provider` and `operation`: how long an attempt took, in seconds.
pub const SECONDS: &str = "trunkline_upstream_request_seconds";
/// Counter by `account`, `provider` and `operation`: attempts after the first.
pub const RETRIES: &str = "trunkline_upstream_retries_total";
/// Counter by `account` and `provider`: answers that told the account to wait.
pub const HOLDS: &str = "trunkline_upstream_holds_total";
/// Gauge by `account` and `provider`: requests on their way.
pub const IN_FLIGHT: &str = "trunkline_upstream_in_flight";
/// Gauge by `account` and `provider`: 1 while calls are kept back because the carrier failed too often.
pub const BREAKER_OPEN: &str = "trunkline_breaker_open";

/// Counts what one account does.
#[derive(Debug)]
pub(crate) struct Meter {
    account: SharedString,
    provider: SharedString,
}

impl Meter {
    pub(crate) fn new(account: &AccountName, provider: &ProviderName) -> Self {
        Self {
            account: SharedString::from(Arc::<str>::from(account.as_str())),
            provider: SharedString::from(Arc::<str>::from(provider.as_str())),
        }
    }

    fn labels(&self) -> Vec<Label> {
        vec![
            Label::new("account", self.account.clone()),
            Label::new("provider", self.provider.clone()),
        ]
    }

    fn operation_labels(&self, operation: Operation) -> Vec<Label> {
        let mut labels = self.labels();
        labels.push(Label::from_static_parts("operation", operation.as_str()));
        labels
    }

    pub(crate) fn attempt(&self, operation: Operation, outcome: &'static str, took: Duration) {
        let mut labels = self.operation_labels(operation);
        histogram!(SECONDS, labels.clone()).record(took);
        labels.push(Label::from_static_parts("outcome", outcome));
        counter!(REQUESTS, labels).increment(1);
    }

    pub(crate) fn retry(&self, operation: Operation) {
        counter!(RETRIES, self.operation_labels(operation)).increment(1);
    }

    pub(crate) fn hold(&self) {
        counter!(HOLDS, self.labels()).increment(1);
    }

    pub(crate) fn breaker(&self, state: BreakerState) {
        let open = state != BreakerState::Closed;
        gauge!(BREAKER_OPEN, self.labels()).set(if open { 1.0 } else { 0.0 });
    }

    /// Counts a request on its way, until dropped.
    pub(crate) fn in_flight(&self) -> InFlight {
        let gauge = gauge!(IN_FLIGHT, self.labels());
        gauge.increment(1.0);
        InFlight(gauge)
    }
}

/// One request on its way.
pub(crate) struct InFlight(metrics::Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
