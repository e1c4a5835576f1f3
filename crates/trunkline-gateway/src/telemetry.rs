//! Logs and metrics of the process.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use trunkline_core::PurchaseState;
use trunkline_core::service::webhooks::{BACKLOG, DELIVERIES};

/// Seconds; from a tenth of a millisecond to a minute.
const BUCKETS: &[f64] = &[
    0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    30.0, 60.0,
];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts to record metrics for this process; only the first call does.
pub fn install() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(BUCKETS).ok()?;
        let handle = builder.install_recorder().ok()?;
        describe_counter!(
            "trunkline_http_requests_total",
            "Requests answered, by method, route and status"
        );
        describe_histogram!(
            "trunkline_http_request_seconds",
            "Time to answer a request, by route"
        );
        describe_gauge!(
            "trunkline_purchases_unsettled",
            "Purchases whose outcome is open, by state"
        );
        describe_gauge!(
            "trunkline_purchases_unsettled_seconds",
            "Age of the oldest purchase whose outcome is open, by state"
        );
        describe_counter!(DELIVERIES, "Deliveries to webhooks, by outcome");
        describe_gauge!(BACKLOG, "Deliveries to webhooks that are still to be made");
        describe_gauge!("trunkline_build_info", "Always 1; the version is a label");
        gauge!("trunkline_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Some(handle)
    });
}

/// The metrics as text, with what the journal says is open.
#[must_use]
pub fn render(unsettled: &[(PurchaseState, u64, Duration)]) -> String {
    install();
    for state in PurchaseState::ALL
        .into_iter()
        .filter(|state| !state.is_settled())
    {
        let (count, age) = unsettled
            .iter()
            .find(|(open, ..)| *open == state)
            .map_or((0, Duration::ZERO), |(_, count, age)| (*count, *age));
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        gauge!("trunkline_purchases_unsettled", "state" => state.as_str()).set(count as f64);
        gauge!("trunkline_purchases_unsettled_seconds", "state" => state.as_str())
            .set(age.as_secs_f64());
    }
    RECORDER
        .get()
        .and_then(Option::as_ref)
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}
