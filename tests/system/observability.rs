//! What operators watch: every metric is documented, and the files in `deploy/` use only metrics that there are.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::Command;

use saphyr::{LoadableYamlNode, YamlOwned};
use serde_json::Value;
use trunkline_core::telemetry::{METRICS, find};

use crate::architecture::sources;
use crate::{root, snapshot};

/// What the process says of itself, as every other that Prometheus reads.
const PROCESS: &[(&str, &str)] = &[
    ("process_cpu_seconds_total", "CPU time used"),
    ("process_max_fds", "Most files it may have open"),
    ("process_open_fds", "Files it has open"),
    ("process_resident_memory_bytes", "Resident memory"),
    (
        "process_start_time_seconds",
        "When it started, in seconds since 1970",
    ),
    ("process_threads", "Threads"),
    ("process_virtual_memory_bytes", "Virtual memory"),
    (
        "process_virtual_memory_max_bytes",
        "Most virtual memory it may have",
    ),
];

/// What Prometheus itself says of what it reads.
const PROMETHEUS: &[&str] = &["up"];

const HEAD: &str = "\
# Metrics

What `GET /metrics` tells, in the format of Prometheus. This page is written by a test from the list in
`crates/trunkline-core/src/telemetry/catalogue.rs`, and `# HELP` says the same. How to use them is in
[how-to/observe.md](how-to/observe.md).

A histogram has `_bucket`, `_sum` and `_count`. Labels are accounts, providers, operations, outcomes and routes: nothing
that a client can make up, so that their number stays small. What each replica says of purchases comes from the database
they share: take the maximum, not the sum.

| metric | kind | labels | tells |
| --- | --- | --- | --- |
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for metric in METRICS {
        let labels: Vec<_> = metric.labels.iter().map(|l| format!("`{l}`")).collect();
        let (name, kind, help) = (metric.name, metric.kind.as_str(), metric.help);
        writeln!(
            page,
            "| `{name}` | {kind} | {} | {help} |",
            labels.join(", ")
        )
        .unwrap();
    }
    page.push_str(
        "\nAnd of the process, on Linux and macOS:\n\n| metric | tells |\n| --- | --- |\n",
    );
    for (name, help) in PROCESS {
        writeln!(page, "| `{name}` | {help} |").unwrap();
    }
    page
}

fn deployed(name: &str) -> String {
    std::fs::read_to_string(root().join("deploy").join(name)).unwrap()
}

pub(crate) fn yaml(name: &str) -> YamlOwned {
    let text = deployed(name);
    let mut documents = YamlOwned::load_from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

/// The words of an expression that stand for metrics.
fn metrics_in(expression: &str) -> BTreeSet<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    expression
        .split(|c| !is_word(c))
        .filter(|word| {
            word.starts_with("trunkline_")
                || word.starts_with("process_")
                || PROMETHEUS.contains(word)
        })
        .collect()
}

/// Refuses a metric that there is not.
fn check(place: &str, expression: &str) {
    let metrics = metrics_in(expression);
    assert!(!metrics.is_empty(), "{place} uses no metric: {expression}");
    for name in metrics {
        let known = find(name).is_some()
            || PROCESS.iter().any(|(process, _)| *process == name)
            || PROMETHEUS.contains(&name);
        assert!(known, "{place}: there is no {name}");
    }
}

#[test]
fn the_page_of_the_metrics_is_current() {
    snapshot("docs/metrics.md", &page());
}

#[test]
fn every_metric_that_is_emitted_is_in_the_list() {
    let mut emitted = 0;
    for (path, text) in sources() {
        if !path.contains("/src/") {
            continue;
        }
        for call in ["counter!(", "gauge!(", "histogram!("] {
            for rest in text.split(call).skip(1) {
                emitted += 1;
                // Others are named by constants of the list.
                let name = rest
                    .trim_start()
                    .strip_prefix('"')
                    .and_then(|rest| rest.split('"').next());
                assert!(
                    name.is_none_or(|name| find(name).is_some()),
                    "{path}: {name:?}"
                );
            }
        }
    }
    assert!(emitted > 10, "{emitted}");
}

#[test]
fn every_alert_uses_existing_metrics_and_says_what_to_do() {
    let rules = yaml("alerts.yml");
    let mut names = BTreeSet::new();
    for group in rules["groups"].as_sequence().unwrap() {
        for rule in group["rules"].as_sequence().unwrap() {
            let name = rule["alert"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
            check(name, rule["expr"].as_str().unwrap());
            let severity = rule["labels"]["severity"].as_str().unwrap();
            assert!(["page", "ticket"].contains(&severity), "{name}");
            for text in ["summary", "description"] {
                let said = rule["annotations"][text].as_str();
                assert!(said.is_some_and(|said| !said.is_empty()), "{name}: {text}");
            }
        }
    }
    assert!(names.len() >= 10, "{names:?}");
}

#[test]
fn the_alerts_go_off_when_they_should() {
    let deploy = root().join("deploy");
    let promtool = Command::new("promtool")
        .args(["test", "rules", "alerts.test.yml"])
        .current_dir(deploy)
        .output();
    match promtool {
        Ok(run) => assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        ),
        Err(error) => eprintln!("skipped: no promtool here ({error})"),
    }
}

#[test]
fn the_scrape_example_reads_the_metrics_and_the_alerts() {
    let config = yaml("prometheus.yml");
    assert_eq!(config["rule_files"][0].as_str(), Some("alerts.yml"));
    let job = &config["scrape_configs"][0];
    assert_eq!(job["job_name"].as_str(), Some("trunkline"));
    assert_eq!(job["metrics_path"].as_str(), Some("/metrics"));
}

#[test]
fn every_panel_of_the_dashboard_shows_metrics_that_there_are() {
    let dashboard: Value = serde_json::from_str(&deployed("grafana-dashboard.json")).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let source = &variables[0];
    assert_eq!(
        (source["type"].as_str(), source["name"].as_str()),
        (Some("datasource"), Some("datasource"))
    );
    for variable in &variables[1..] {
        check("a variable", variable["definition"].as_str().unwrap());
    }
    let (mut ids, mut shown) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(
            ids.insert(panel["id"].as_u64().unwrap()),
            "{title}: its id is taken"
        );
        if panel["type"] == "row" {
            continue;
        }
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            check(title, expression);
            shown.extend(
                metrics_in(expression)
                    .into_iter()
                    .filter_map(find)
                    .map(|m| m.name),
            );
        }
    }
    let hidden: Vec<_> = METRICS
        .iter()
        .map(|m| m.name)
        .filter(|name| !shown.contains(name))
        .collect();
    assert_eq!(hidden, [""; 0], "metrics that the dashboard does not show");
}
