//! The metrics of the process, as Prometheus reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use trunkline_core::telemetry::{AccountLabels, METRICS, MetricKind, names, record_accounts};
use trunkline_core::{AccountName, Registry};
use trunkline_engine::PoolUse;
use trunkline_engine::journal::{Openness, Unsettled};

/// Seconds; from five milliseconds to half a minute.
const BUCKETS: &[f64] = &[0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Seconds, for what each account has.
const COARSE_BUCKETS: &[f64] = &[0.1, 0.5, 2.5, 10.0];
/// Seconds, for overhead; from 50 microseconds to a second.
const FINE_BUCKETS: &[f64] = &[
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0,
];
/// How often the samples of histograms are added up; until then each takes memory.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
/// The accounts whose gauges were shown last.
static SHOWN: Mutex<BTreeMap<AccountName, AccountLabels>> = Mutex::new(BTreeMap::new());
/// The accounts and states that ever had open purchases: they are shown from then on, also when there are none.
static OPEN: Mutex<BTreeSet<(AccountName, Openness)>> = Mutex::new(BTreeSet::new());

/// Starts to record metrics for this process; only the first call does. A process that has a recorder already keeps
/// it, and `/metrics` is empty.
pub(crate) fn install() {
    RECORDER.get_or_init(|| {
        let handle = builder().ok()?.install_recorder().ok()?;
        for metric in METRICS {
            match metric.kind {
                MetricKind::Counter => describe_counter!(metric.name, metric.help),
                MetricKind::Gauge => describe_gauge!(metric.name, metric.help),
                MetricKind::Histogram => describe_histogram!(metric.name, metric.help),
            }
        }
        Collector::default().describe();
        gauge!(names::BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Some(handle)
    });
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    let ours = Matcher::Suffix("_overhead_seconds".to_owned());
    let mut builder = PrometheusBuilder::new()
        .set_buckets(BUCKETS)?
        .set_buckets_for_metric(ours, FINE_BUCKETS)?;
    for metric in METRICS {
        if metric.kind == MetricKind::Histogram && metric.labels.contains(&"account") {
            let each = Matcher::Full(metric.name.to_owned());
            builder = builder.set_buckets_for_metric(each, COARSE_BUCKETS)?;
        }
    }
    Ok(builder)
}

/// Keeps the memory of the metrics small, also when nothing reads them. Run once in a process that serves; never ends.
pub(crate) async fn upkeep() -> Infallible {
    loop {
        tokio::time::sleep(UPKEEP).await;
        if let Some(Some(handle)) = RECORDER.get() {
            handle.run_upkeep();
        }
    }
}

/// The metrics as text: what was recorded, how the accounts, the process and the connections to the database are doing,
/// and what is open in the journal and how many bytes it takes, if that could be read.
pub(crate) fn render(
    registry: &Registry,
    unsettled: Option<&[Unsettled]>,
    size: Option<u64>,
    pool: Option<PoolUse>,
) -> String {
    install();
    show_accounts(registry);
    show_journal(unsettled);
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    gauge!(names::DATABASE_BYTES).set(size.map_or(f64::NAN, |bytes| bytes as f64));
    show_pool(pool);
    Collector::default().collect();
    RECORDER
        .get()
        .and_then(Option::as_ref)
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}

fn show_accounts(registry: &Registry) {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    for (_, gone) in shown.extract_if(.., |name, _| registry.get(name.as_str()).is_none()) {
        // What was last known of an account that is configured no more must not raise an alarm for ever.
        for name in OF_ACCOUNTS {
            gauge!(*name, gone.labels()).set(f64::NAN);
        }
    }
    for entry in registry.iter() {
        let provider = &entry.provider;
        let labels = || AccountLabels::new(provider.account(), provider.provider());
        shown
            .entry(provider.account().clone())
            .or_insert_with(labels);
    }
    record_accounts(registry);
}

/// The gauges that an account has as long as it is configured.
const OF_ACCOUNTS: &[&str] = &[
    names::HELD_SECONDS,
    names::CLOCK_SKEW,
    names::BREAKER_STATE,
    names::UPSTREAM_IN_FLIGHT,
    names::CONCURRENCY_LIMIT,
    names::QUOTA_REMAINING,
    names::QUOTA_PER_SECOND,
];

fn show_journal(unsettled: Option<&[Unsettled]>) {
    gauge!(names::DATABASE_UP).set(if unsettled.is_some() { 1.0 } else { 0.0 });
    let rows = unsettled.unwrap_or_default();
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.extend(rows.iter().map(|row| (row.account.clone(), row.open)));
    for (account, state) in open.iter() {
        let row = rows
            .iter()
            .find(|row| row.account == *account && row.open == *state);
        let (count, oldest) = match (unsettled, row) {
            // Nobody knows, and no alarm shall take that for none.
            (None, _) => (f64::NAN, f64::NAN),
            (Some(_), None) => (0.0, 0.0),
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            (Some(_), Some(row)) => (row.count as f64, row.oldest.as_secs_f64()),
        };
        let labels = [
            ("account", account.to_string()),
            ("state", state.as_str().to_owned()),
        ];
        gauge!(names::UNSETTLED, &labels).set(count);
        gauge!(names::UNSETTLED_SECONDS, &labels).set(oldest);
    }
}

fn show_pool(pool: Option<PoolUse>) {
    let Some(pool) = pool else {
        return;
    };
    for (name, value) in [
        (names::DATABASE_CONNECTIONS, pool.most),
        (names::DATABASE_IN_USE, pool.in_use),
        (names::DATABASE_WAITING, pool.waiting),
    ] {
        gauge!(name, "pool" => pool.pool).set(f64::from(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreachable_database_is_not_reported_as_zero_open_purchases() {
        let registry = Registry::default();
        let open = [Unsettled {
            account: AccountName::new("us").unwrap(),
            identity: "AC1".into(),
            open: Openness::Unknown,
            count: 3,
            oldest: Duration::from_secs(90),
        }];
        let pool = PoolUse {
            pool: "readers",
            most: 4,
            in_use: 3,
            waiting: 2,
            exhausted: false,
        };
        let known = render(&registry, Some(&open), Some(8_192), Some(pool));
        for line in [
            "trunkline_database_bytes 8192",
            "trunkline_database_connections{pool=\"readers\"} 4",
            "trunkline_database_connections_in_use{pool=\"readers\"} 3",
            "trunkline_database_waiting{pool=\"readers\"} 2",
        ] {
            assert!(known.contains(line), "{line}: {known}");
        }
        assert!(known.contains("trunkline_database_up 1"), "{known}");
        assert!(
            known.contains("trunkline_purchases_unsettled{account=\"us\",state=\"unknown\"} 3")
        );
        assert!(!known.contains("intended"), "{known}");
        assert!(known.contains(
            "trunkline_purchases_unsettled_seconds{account=\"us\",state=\"unknown\"} 90"
        ));
        let settled = render(&registry, Some(&[]), Some(8_192), None);
        let none = "trunkline_purchases_unsettled{account=\"us\",state=\"unknown\"} 0";
        assert!(settled.contains(none), "{settled}");
        let unknown = render(&registry, None, None, None);
        assert!(unknown.contains("trunkline_database_up 0"), "{unknown}");
        assert!(
            unknown.contains("trunkline_database_bytes NaN"),
            "{unknown}"
        );
        assert!(
            unknown.contains("trunkline_purchases_unsettled{account=\"us\",state=\"unknown\"} NaN")
        );
    }
}
