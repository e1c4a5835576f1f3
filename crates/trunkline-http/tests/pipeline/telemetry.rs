use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use trunkline_core::telemetry::names;

use crate::harness::*;

/// Remembers counters by name and labels.
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
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key.labels().map(|label| format!(" {}", label.value()));
        let key = key.name().to_owned() + &labels.collect::<String>();
        Counter::from_arc(self.0.lock().unwrap().entry(key).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
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
        counted(" us-main acme list 4xx", 1),
        counted(" us-main acme list 5xx", 1),
    ];
    assert_eq!(counters.of(names::UPSTREAM_REQUESTS), requests);
    assert_eq!(
        counters.of(names::UPSTREAM_RETRIES),
        [counted(" us-main acme list", 1)]
    );
    assert_eq!(
        counters.of(names::UPSTREAM_HOLDS),
        [counted(" us-main acme", 1)]
    );
}
