//! What the inventory answers when a carrier is switched off, and an hour later.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::{Duration, SystemTime};

use rand::TryRng;
use serde_json::{Value, json};
use tokio::time::Instant;
use trunkline::Config;
use trunkline_core::host::{self, Host, HostRng, Turn};
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_sandbox::{ConsoleChange, ProviderKind, Sandbox};
use trunkline_testkit::services::postgres;

use crate::carriers::SETTINGS;
use crate::{DATABASE, Gateway};

const HOUR: Duration = Duration::from_secs(3_600);

/// A machine whose clocks can be set forward.
#[derive(Debug)]
struct Machine {
    began: (SystemTime, Instant),
    forward_secs: AtomicU64,
    dice: Mutex<HostRng>,
    last_id: Mutex<u128>,
}

impl Machine {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            began: (host::wall(), Instant::now()),
            forward_secs: AtomicU64::new(0),
            dice: Mutex::new(host::rng()),
            last_id: Mutex::new(0),
        })
    }

    fn set_forward(&self, by: Duration) {
        self.forward_secs.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

impl Host for Machine {
    fn wall(&self) -> SystemTime {
        self.began.0 + self.since_boot()
    }

    fn since_boot(&self) -> Duration {
        self.began.1.elapsed() + Duration::from_secs(self.forward_secs.load(Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.dice.lock().unwrap().try_fill_bytes(bytes).unwrap();
    }

    fn last_id(&self) -> &Mutex<u128> {
        &self.last_id
    }

    fn turn(&self, _: &Context<'_>) -> Turn {
        Turn::Run
    }
}

/// A gateway with an account at each of two carriers, which are switched off one by one.
async fn two_carriers() -> (Gateway, Sandbox) {
    let [twilio, zendesk] = [
        Sandbox::start_default().await.unwrap(),
        Sandbox::start_default().await.unwrap(),
    ];
    let at = |kind: ProviderKind, sandbox: &Sandbox| {
        let (name, url) = (kind.name(), sandbox.url(kind));
        let (_, settings) = SETTINGS.iter().find(|(it, _)| *it == kind).unwrap();
        format!(
            "[[accounts]]\nname = '{name}'\nprovider = '{name}'\nbase_url = '{url}'\n{settings}\n"
        )
    };
    let text = at(ProviderKind::Twilio, &twilio) + &at(ProviderKind::Zendesk, &zendesk);
    let vault: Arc<dyn TokenVault> = Arc::new(MemoryVault::default());
    let registry = Config::parse(&text).unwrap().registry(&vault).unwrap();
    (Gateway::over(zendesk, registry).await, twilio)
}

/// The answers to all kinds of questions, without why the last reading of an account failed.
async fn answers(gateway: &Gateway, number: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "/v1/inventory?sort=-label&count=true".to_owned(),
        "/v1/inventory?sort=purchased_at&limit=2".to_owned(),
        "/v1/inventory?q=berlin%20desk".to_owned(),
        format!("/v1/inventory?q={}", &number[4..]),
        "/v1/inventory/summary?by=account,country,month".to_owned(),
        format!("/v1/where/{number}"),
        format!("/v1/inventory/{number}"),
    ] {
        let mut answer = gateway.get(&path).await.json();
        // Sealed anew for each answer.
        if let Some(cursor) = answer.get_mut("next_cursor") {
            *cursor = json!(cursor.is_string());
        }
        let sources = match answer.get_mut("source") {
            Some(source) => std::slice::from_mut(source),
            None => answer["sources"].as_array_mut().unwrap(),
        };
        for source in sources {
            assert!(source["as_of"].is_string(), "{path}: {source}");
            source.as_object_mut().unwrap().remove("error");
        }
        answers.push(answer);
    }
    answers
}

async fn carrier_is_switched_off(machine: Arc<Machine>) {
    let (gateway, twilio) = two_carriers().await;
    let search = "/v1/available-numbers?country=US&limit=2&accounts=";
    let mut numbers = Vec::new();
    for (kind, sandbox) in [
        (ProviderKind::Twilio, &twilio),
        (ProviderKind::Zendesk, &gateway.sandbox),
    ] {
        let found = gateway
            .get(&format!("{search}{}", kind.name()))
            .await
            .json();
        for offered in found["data"].as_array().unwrap() {
            let number = offered["number"].as_str().unwrap().to_owned();
            sandbox.console_buy(kind, &number).unwrap();
            numbers.push(number);
        }
    }
    let label = ConsoleChange {
        label: Some("Berlin desk".to_owned()),
        ..ConsoleChange::default()
    };
    twilio
        .console_change(ProviderKind::Twilio, &numbers[0], &label)
        .unwrap();
    for account in ["twilio", "zendesk"] {
        assert_eq!(gateway.read_account(account).await["state"], "complete");
    }
    let before = answers(&gateway, &numbers[0]).await;
    assert_eq!((before[0]["count"].clone(), numbers.len()), (json!(4), 4));
    assert_eq!(before[2]["data"][0]["number"], json!(numbers[0]));
    assert_eq!(before[3]["data"], before[2]["data"]);
    assert_eq!(before[5]["places"][0]["account"], "twilio");

    twilio.shutdown().await;
    machine.set_forward(HOUR);
    let read = gateway.read_account("twilio").await;
    assert_eq!(read["state"], "incomplete", "{read}");
    assert_eq!(answers(&gateway, &numbers[0]).await, before);
    let listed = gateway.get("/v1/inventory").await.json();
    let sources = &listed["sources"];
    assert_eq!(sources[0]["account"], "twilio");
    assert!(sources[0]["error"].is_string(), "{sources}");
    assert!(sources[1]["error"].is_null(), "{sources}");
    let drift = gateway.get("/v1/drift").await.json();
    assert_eq!(drift["data"], json!([]));
    gateway.services.shutdown().await;
}

async fn away_for_an_hour(database: Option<String>) {
    DATABASE.set(database);
    let machine = Machine::new();
    let work = carrier_is_switched_off(Arc::clone(&machine));
    host::scope(machine, work).await;
}

#[tokio::test]
async fn carrier_switched_off_for_an_hour_changes_no_answer_of_the_inventory() {
    away_for_an_hour(None).await;
}

#[tokio::test]
async fn carrier_switched_off_for_an_hour_changes_no_answer_from_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("trunkline.db");
    away_for_an_hour(Some(format!("sqlite://{}", path.display()))).await;
}

#[tokio::test]
async fn carrier_switched_off_for_an_hour_changes_no_answer_from_postgres() {
    let Some(server) = postgres::shared().await else {
        return;
    };
    away_for_an_hour(Some(server.database())).await;
}
