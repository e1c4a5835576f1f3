use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use trunkline_core::telemetry::names;
use trunkline_http::{HttpClient, Limits, Profile};

use crate::harness::*;

/// How often a value was recorded.
#[derive(Debug)]
struct Records(Arc<AtomicU64>);

impl HistogramFn for Records {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Remembers counters, and the counts of histograms, by name and labels.
#[derive(Default)]
struct Counters(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Counters {
    fn of(&self, name: &str) -> Vec<(String, u64)> {
        let counters = self.0.lock().unwrap();
        let named = counters.iter().filter(|(key, _)| key.starts_with(name));
        named
            .map(|(key, count)| (key[name.len()..].to_owned(), count.load(Ordering::SeqCst)))
            .collect()
    }

    fn count(&self, key: &Key) -> Arc<AtomicU64> {
        let labels = key.labels().map(|label| format!(" {}", label.value()));
        let key = key.name().to_owned() + &labels.collect::<String>();
        self.0.lock().unwrap().entry(key).or_default().clone()
    }
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.count(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Records(self.count(key))))
    }
}

fn counted(labels: &str, count: u64) -> (String, u64) {
    (labels.to_owned(), count)
}

#[tokio::test]
async fn attempts_retries_and_holds_are_counted() {
    let counters = Counters::default();
    let _recording = metrics::set_default_local_recorder(&counters);
    let server = server([status(500), told_to_wait(429, "5")]).await;
    let client = client(&server.uri());
    let time = Duration::from_secs(1);
    send_within(&client, read(), time).await.unwrap_err();
    let requests = [
        counted(" us-main acme 4xx", 1),
        counted(" us-main acme 5xx", 1),
    ];
    assert_eq!(counters.of(names::UPSTREAM_REQUESTS), requests);
    assert_eq!(
        counters.of(names::UPSTREAM_RETRIES),
        [counted(" us-main acme", 1)]
    );
    assert_eq!(
        counters.of(names::UPSTREAM_HOLDS),
        [counted(" us-main acme", 1)]
    );
}

#[tokio::test]
async fn requests_in_line_are_counted_by_the_limit_that_keeps_them() {
    let counters = Counters::default();
    let _recording = metrics::set_default_local_recorder(&counters);
    let server = server([status(200).set_delay(Duration::from_millis(20))]).await;
    let one = NonZeroUsize::MIN;
    let limits = |per_second: Option<u32>| Limits {
        concurrency: if per_second.is_some() {
            one.saturating_add(9)
        } else {
            one
        },
        per_second: per_second.and_then(NonZeroU32::new),
        ..Limits::default()
    };
    for (limits, limit) in [(limits(None), "concurrency"), (limits(Some(20)), "rate")] {
        let burst = limits.per_second.map(|_| NonZeroU32::MIN);
        let profile = Profile {
            limits: Limits { burst, ..limits },
            ..profile(&server.uri())
        };
        let client = HttpClient::new(profile).unwrap();
        let time = Duration::from_secs(10);
        let (first, second) = tokio::join!(
            send_within(&client, read(), time),
            send_within(&client, read(), time)
        );
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(client.health().waiting, 0);
        let waited = counters.of(names::ACCOUNT_WAIT_SECONDS);
        assert!(
            waited.contains(&counted(&format!(" us-main acme {limit}"), 1)),
            "{waited:?}"
        );
    }
}
