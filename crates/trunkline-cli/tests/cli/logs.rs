//! The log of a gateway that is used for everything once, compared with the one kept in `logs/tour.jsonl`.
//! `TRUNKLINE_UPDATE_DOCS=1` writes it anew.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use trunkline_sandbox::{ClockSettings, Fault, FaultPlan, ProviderKind};

use crate::support::{Place, Run, Server};

/// A gateway that logs to a file.
struct Logged<'p> {
    place: &'p Place,
    server: Server,
}

impl<'p> Logged<'p> {
    fn start(place: &'p Place, settings: &str) -> Self {
        place.configure(&format!("{settings}\n{}", place.account("us", "sandbox")));
        place.key();
        let log = File::create(place.path("log")).unwrap();
        let server = Server::logging_to(Stdio::from(log), place.dir.path(), &[]);
        Self { place, server }
    }

    fn run(&self, line: &str) -> Run {
        let args: Vec<&str> = line.split(' ').collect();
        self.place
            .run(&[&args[..], &["--server", &self.server.url]].concat())
    }

    fn done(&self, line: &str) -> Run {
        let run = self.run(line);
        assert_eq!(run.code, 0, "{line}: {run:?}");
        run
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.place.path("log")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits for a line that has this text.
    async fn wait_for(&self, text: &str) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while !self.lines().iter().any(|line| line.contains(text)) {
            assert!(
                tokio::time::Instant::now() < deadline,
                "{text}: {:#?}",
                self.lines()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Buys, changes and releases a number, starts a verification, and meets a carrier that fails in two ways.
fn tour(gateway: &Logged<'_>) {
    let found = gateway
        .done("search --country US --area-code 415 --limit 2 -o json")
        .json();
    let number = |at: usize| found["data"][at]["number"].as_str().unwrap().to_owned();
    let (first, second) = (number(0), number(1));
    gateway.done(&format!(
        "buy --account us --number {first} --label Support"
    ));
    gateway.done(&format!("numbers update {first} --label Sales"));
    gateway.done("sync us");
    assert_eq!(
        gateway
            .run(&format!("numbers update {first} --location LOC1"))
            .code,
        1
    );
    gateway.done(&format!("numbers release {first} --yes"));
    gateway.done("caller-ids start --account us --number +14155550177");
    gateway.done("allocate --country US --area-code 510 --count 1");
    let sandbox = &gateway.place.sandbox;
    let twice = |fault: Fault, operation: &str| {
        let plan = FaultPlan::always(ProviderKind::Twilio, operation, fault);
        sandbox.inject(plan).unwrap()
    };
    let refused = twice(Fault::status(401), "list");
    assert_eq!(gateway.run("numbers list").code, 1);
    sandbox.remove_fault(&refused);
    gateway.done("numbers list");
    let failing = twice(Fault::status(500), "purchase");
    gateway.run(&format!("buy --account us --number {second} --wait 1"));
    sandbox.remove_fault(&failing);
    // Probes are not logged.
    gateway.done("healthcheck");
    gateway.done("accounts");
}

/// What differs between two runs is replaced by its kind.
fn same_in_every_run(line: &str) -> String {
    let mut line: Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let fields = line.as_object_mut().unwrap();
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), &mut *value) {
            (
                "timestamp" | "id" | "request_id" | "key" | "duration_ms" | "failed_s" | "purchase",
                value,
            ) => {
                *value = Value::from(format!("<{name}>"));
            }
            (_, Value::String(text)) => *text = without_ids(text),
            _ => {}
        }
    }
    format!("{line}\n")
}

/// A text whose words are no ids and no addresses.
fn without_ids(text: &str) -> String {
    let word = |word: &str| match word.split_once('_') {
        Some((kind @ ("pur" | "alc" | "key" | "req" | "syn"), _)) => format!("<{kind}>"),
        _ if word.contains("127.0.0.1:") => "<address>".to_owned(),
        _ if word.starts_with("us:PN") => "<id>".to_owned(),
        _ => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn log_of_a_tour_says_what_happened_in_one_line_each() {
    let place = Place::new().await;
    let settings = "[log]\nformat = \"json\"\n[inventory]\nevery = \"0\"";
    let gateway = Logged::start(&place, settings);
    tour(&gateway);
    gateway.wait_for("GET /v1/accounts 200").await;
    let lines = gateway.lines();
    // What goes on in the background has no fixed place, nor have the requests that watch it.
    let is_background = |line: &&String| {
        ["trunkline_engine", " /v1/allocations", " /v1/syncs"]
            .iter()
            .any(|part| line.contains(part))
    };
    let log: String = lines
        .iter()
        .filter(|line| !is_background(line))
        .map(|line| same_in_every_run(line))
        .collect();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/logs/tour.jsonl");
    if std::env::var_os("TRUNKLINE_UPDATE_DOCS").is_some() {
        std::fs::write(&file, &log).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == log,
        "{} is out of date: TRUNKLINE_UPDATE_DOCS=1 writes it\n{log}",
        file.display()
    );
    assert!(!log.contains("healthz") && !log.contains("readyz"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_log_reads_as_sentences_with_masked_numbers() {
    let place = Place::new().await;
    let gateway = Logged::start(&place, "");
    let found = gateway.done("search --country US --limit 1 -o json").json();
    let number = found["data"][0]["number"].as_str().unwrap().to_owned();
    gateway.done(&format!("buy --account us --number {number}"));
    let end = &number[number.len() - 4..];
    let said = format!("INFO bought +*******{end} at us action=number.purchase");
    gateway.wait_for(&said).await;
    let refused = FaultPlan::always(ProviderKind::Twilio, "list", Fault::status(401));
    let refused = place.sandbox.inject(refused).unwrap();
    for _ in 0..2 {
        assert_eq!(gateway.run("numbers list").code, 1);
    }
    gateway
        .wait_for("WARN us begins to fail: the carrier answered the list of numbers with 401")
        .await;
    place.sandbox.remove_fault(&refused);
    gateway.done("numbers list");
    gateway.wait_for("INFO us answers again").await;
    let lines = gateway.lines();
    let warned = lines.iter().filter(|line| line.contains("WARN"));
    assert_eq!(warned.count(), 1, "it is said once: {lines:#?}");
    assert!(
        !gateway.lines().iter().any(|line| line.contains(&number)),
        "{:#?}",
        gateway.lines()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn question_is_one_warning_with_the_id_and_a_dead_carrier_is_no_error() {
    let place = Place::new().await;
    let gateway = Logged::start(
        &place,
        "[log]\nformat = \"json\"\n[inventory]\nevery = \"0\"",
    );
    let sandbox = &place.sandbox;
    let clock = ClockSettings {
        record_offset_ms: -600_000,
        ..sandbox.clock(ProviderKind::Twilio)
    };
    sandbox.set_clock(ProviderKind::Twilio, clock).unwrap();
    let (number, _) = place.on_offer();
    let buy = format!("buy --account us --number {number} --wait 5");
    assert_eq!(gateway.run(&buy).code, 4);
    gateway.wait_for("needs a person").await;
    let lines = gateway.lines();
    let asked: Vec<Value> = lines
        .iter()
        .filter(|line| line.contains("needs a person:") && line.contains("WARN"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(asked.len(), 1, "{lines:#?}");
    let id = asked[0]["provider_id"].as_str().unwrap();
    assert!(id.starts_with("PN"), "{asked:#?}");

    let dead = FaultPlan::always(ProviderKind::Twilio, "*", Fault::DropBeforeCommit {});
    sandbox.inject(dead).unwrap();
    assert_eq!(
        gateway
            .run("numbers get us:PN00000000000000000000000000000000")
            .code,
        1
    );
    gateway.wait_for("request failed: ").await;
    let lines = gateway.lines();
    assert!(
        !lines.iter().any(|line| line.contains("ERROR")),
        "{lines:#?}"
    );
}
