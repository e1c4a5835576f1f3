//! `/metrics` is what Prometheus reads, says what it is, and agrees with the API.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::StatusCode;
use trunkline_core::telemetry::{METRICS, MetricKind, find};
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox, credentials};

use crate::{AUTH_TOKEN, Gateway};

/// What a text in Prometheus' format holds.
#[derive(Debug, Default)]
struct Exposition {
    helps: BTreeMap<String, String>,
    kinds: BTreeMap<String, String>,
    /// By name and labels.
    samples: BTreeMap<(String, BTreeMap<String, String>), f64>,
}

impl Exposition {
    /// Reads every line, and refuses what Prometheus would.
    fn parse(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap_or_else(|| panic!("{line}"));
                let before = all.helps.insert(name.to_owned(), help.to_owned());
                assert_eq!(before, None, "explained twice: {line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap_or_else(|| panic!("{line}"));
                let before = all.kinds.insert(name.to_owned(), kind.to_owned());
                assert_eq!(before, None, "typed twice: {line}");
            } else {
                all.sample(line);
            }
        }
        assert!(text.ends_with('\n'));
        all
    }

    fn sample(&mut self, line: &str) {
        let end = line.rfind(' ').unwrap_or_else(|| panic!("{line}"));
        let (series, value) = (&line[..end], &line[end + 1..]);
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        let (name, labels) = match series.split_once('{') {
            Some((name, rest)) => (name, labels(rest.strip_suffix('}').unwrap())),
            None => (series, BTreeMap::new()),
        };
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.chars().all(is_name) && !name.is_empty(), "{line}");
        let family = self
            .family(name)
            .unwrap_or_else(|| panic!("no TYPE before {line}"));
        assert!(self.helps.contains_key(&family), "no HELP before {line}");
        let before = self.samples.insert((name.to_owned(), labels), value);
        assert_eq!(before, None, "twice: {line}");
    }

    /// The metric that a sample is part of.
    fn family(&self, name: &str) -> Option<String> {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|part| name.strip_suffix(part))
            .filter(|base| {
                self.kinds
                    .get(*base)
                    .is_some_and(|kind| kind == "histogram")
            });
        let family = base.unwrap_or(name);
        self.kinds.contains_key(family).then(|| family.to_owned())
    }

    /// The value of the only series of this name that has these labels.
    fn of(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut found = self.samples.iter().filter(|((own, has), _)| {
            own == name
                && labels
                    .iter()
                    .all(|(key, value)| has.get(*key).is_some_and(|v| v == value))
        });
        let value = found.next().map(|(_, value)| *value);
        assert!(found.next().is_none(), "{name} {labels:?} is several");
        value
    }
}

fn labels(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split("\",").map(|pair| {
        let (name, value) = pair.split_once("=\"").unwrap_or_else(|| panic!("{text}"));
        (name.to_owned(), value.trim_end_matches('"').to_owned())
    });
    pairs.collect()
}

/// A gateway with one account, whose series are told apart from those of other tests by its name, and with more in its
/// configuration.
async fn gateway_of(account: &str, more: &str) -> Gateway {
    let sandbox = Sandbox::start_default().await.unwrap();
    let (sid, url) = (
        credentials::TWILIO_ACCOUNT_SID,
        sandbox.url(ProviderKind::Twilio),
    );
    let text = format!(
        "[[accounts]]\nname = '{account}'\nprovider = 'twilio'\nbase_url = '{url}'\n\
         account_sid = '{sid}'\nauth_token = '{AUTH_TOKEN}'\n{more}"
    );
    let vault: Arc<dyn TokenVault> = Arc::new(MemoryVault::default());
    let registry = trunkline::Config::parse(&text).unwrap().registry(&vault);
    Gateway::over(sandbox, registry.unwrap()).await
}

async fn metrics(gateway: &Gateway) -> Exposition {
    let answer = gateway.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    Exposition::parse(&answer.text)
}

#[tokio::test]
async fn every_metric_line_is_valid_and_has_help() {
    let gateway = gateway_of("every-line", "").await;
    let (offer, _) = gateway.offer().await;
    let body = serde_json::json!({"offer": offer}).to_string();
    let bought = gateway.buy("k", &body).await;
    assert_eq!(bought.status, StatusCode::CREATED, "{bought:?}");
    gateway.get("/v1/numbers/every-line:PN-none").await;
    let all = metrics(&gateway).await;
    for (name, kind) in &all.kinds {
        if name.starts_with("process_") {
            continue;
        }
        let metric = find(name).unwrap_or_else(|| panic!("{name} is documented nowhere"));
        assert_eq!((metric.name, metric.kind.as_str()), (&**name, &**kind));
        assert_eq!(all.helps[name], metric.help);
    }
    for (name, labels) in all.samples.keys() {
        let Some(metric) = find(name) else {
            assert!(name.starts_with("process_"), "{name}");
            continue;
        };
        let have: BTreeSet<&str> = labels
            .keys()
            .map(String::as_str)
            .filter(|key| *key != "le")
            .collect();
        assert_eq!(have, metric.labels.iter().copied().collect(), "{name}");
    }
    let process = [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ];
    for name in process {
        assert!(all.of(name, &[]).is_some_and(|value| value > 0.0), "{name}");
    }
}

#[tokio::test]
async fn histogram_ends_with_the_total_count() {
    let gateway = gateway_of("histograms", "").await;
    gateway.offer().await;
    let all = metrics(&gateway).await;
    let histograms = METRICS.iter().filter(|m| m.kind == MetricKind::Histogram);
    let mut seen = 0;
    for metric in histograms {
        let counts = all
            .samples
            .iter()
            .filter(|((name, _), _)| *name == format!("{}_count", metric.name));
        for ((name, labels), count) in counts {
            let bucket = name.replace("_count", "_bucket");
            let mut last = labels.clone();
            last.insert("le".to_owned(), "+Inf".to_owned());
            assert_eq!(
                all.samples.get(&(bucket, last)),
                Some(count),
                "{name} {labels:?}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}

#[tokio::test]
async fn operations_are_counted_by_outcome() {
    let gateway = gateway_of("outcomes", "").await;
    gateway.offer().await;
    gateway.get("/v1/numbers/outcomes:PN-none").await;
    let all = metrics(&gateway).await;
    let counted = |operation, outcome| {
        let labels = [
            ("account", "outcomes"),
            ("operation", operation),
            ("outcome", outcome),
        ];
        all.of("trunkline_operations_total", &labels)
    };
    assert_eq!(counted("search_available", "ok"), Some(1.0));
    assert_eq!(counted("get", "not_found"), Some(1.0));
    let labels = [("account", "outcomes"), ("provider", "twilio")];
    let sent = |outcome| {
        let labels = [&labels[..], &[("outcome", outcome)]].concat();
        all.of("trunkline_upstream_requests_total", &labels)
    };
    assert_eq!(sent("4xx"), Some(1.0));
}

#[tokio::test]
async fn search_cut_short_is_counted() {
    let gateway = gateway_of("cut-short", "").await;
    let hang = Fault::Delay { ms: 60_000 };
    let plan = FaultPlan::once(ProviderKind::Twilio, "search_available", hang);
    gateway.sandbox.inject(plan).unwrap();
    let path = "/v1/available-numbers?country=US&timeout_ms=50";
    assert_eq!(gateway.get(path).await.status, StatusCode::OK);
    let all = metrics(&gateway).await;
    let labels = [("account", "cut-short"), ("operation", "search_available")];
    let counted = all
        .samples
        .iter()
        .filter(|((name, has), _)| {
            name == "trunkline_operations_total"
                && labels
                    .iter()
                    .all(|(key, value)| has.get(*key).is_some_and(|v| v == value))
        })
        .map(|((_, has), count)| (has["outcome"].as_str(), *count));
    let counted: Vec<_> = counted.collect();
    assert!(
        matches!(counted[..], [("cancelled" | "timeout", 1.0)]),
        "{counted:?}"
    );
}

#[tokio::test]
async fn time_of_carriers_is_not_counted_as_overhead() {
    let gateway = gateway_of("slow", "").await;
    let slow = Fault::Delay { ms: 400 };
    let plan = FaultPlan::once(ProviderKind::Twilio, "search_available", slow);
    gateway.sandbox.inject(plan).unwrap();
    gateway.offer().await;
    let all = metrics(&gateway).await;
    let labels = [("provider", "twilio"), ("operation", "search_available")];
    let took = all.of("trunkline_operation_seconds_sum", &labels).unwrap();
    let ours = all
        .of("trunkline_operation_overhead_seconds_sum", &labels)
        .unwrap();
    assert!(took >= 0.4, "{took}");
    assert!(ours > 0.0 && ours < took - 0.4 + 0.001, "{ours} of {took}");
}

#[tokio::test]
async fn gauges_match_the_account() {
    let gateway = gateway_of("gauges", "limits = { per_second = 50 }").await;
    let fault = Fault::Status {
        status: 429,
        headers: BTreeMap::from([("Retry-After".to_owned(), "300".to_owned())]),
        body: None,
    };
    gateway
        .sandbox
        .inject(FaultPlan::once(
            ProviderKind::Twilio,
            "search_available",
            fault,
        ))
        .unwrap();
    gateway.get("/v1/available-numbers?country=US").await;
    let before = gateway.get("/v1/accounts/gauges").await.json();
    let all = metrics(&gateway).await;
    let gauge = |name: &str| {
        all.of(name, &[("account", "gauges"), ("provider", "twilio")])
            .unwrap()
    };
    let held = before["health"]["held_for_ms"].as_f64().unwrap() / 1000.0;
    let left = gauge("trunkline_account_held_seconds");
    // The API says whole milliseconds.
    assert!(
        left <= held + 0.001 && left > held - 60.0,
        "{left} of {held}"
    );
    assert_eq!(gauge("trunkline_upstream_holds_total"), 1.0);
    assert_eq!(gauge("trunkline_breaker_state"), 0.0);
    assert_eq!(gauge("trunkline_upstream_in_flight"), 0.0);
    assert_eq!(gauge("trunkline_account_waiting"), 0.0);
    let said = |part: &str| before["limits"][part].as_f64().unwrap();
    assert_eq!(gauge("trunkline_concurrency_limit"), said("concurrency"));
    assert_eq!(gauge("trunkline_quota_per_second"), said("per_second"));
    assert!(gauge("trunkline_quota_remaining") >= said("remaining"));
}

#[tokio::test]
async fn an_account_that_was_used_takes_less_than_three_kilobytes() {
    let gateway = gateway_of("small", "limits = { per_second = 50, concurrency = 1 }").await;
    let (offer, _) = gateway.offer().await;
    let body = serde_json::json!({"offer": offer}).to_string();
    let bought = gateway.buy("k", &body).await.json();
    let number = format!("/v1/numbers/{}", bought["number"]["id"].as_str().unwrap());
    let slow = FaultPlan::once(ProviderKind::Twilio, "list", Fault::Delay { ms: 50 });
    gateway.sandbox.inject(slow).unwrap();
    let lists = ["/v1/numbers", "/v1/numbers?account=small", &number];
    tokio::join!(
        gateway.get(lists[0]),
        gateway.get(lists[1]),
        gateway.get(lists[2])
    );
    let text = gateway.get("/metrics").await.text;
    let own = text.lines().filter(|line| line.contains("\"small\""));
    let own: Vec<_> = own.collect();
    assert!(
        own.iter()
            .any(|line| line.contains("limit=\"concurrency\"")),
        "{own:#?}"
    );
    let bytes: usize = own.iter().map(|line| line.len() + 1).sum();
    assert!(bytes < 3_000, "{bytes}: {own:#?}");
}
