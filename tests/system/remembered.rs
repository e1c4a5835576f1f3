//! `kill -9` while the inventory is read and while our own work is written into it: the record agrees with the carriers
//! after the next reading, whatever the moment, and no tenant sees a number of another.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;
use trunkline_sandbox::{ConsoleChange, Fault, FaultPlan, ProviderKind, Sandbox};
use trunkline_testkit::services::postgres;

use crate::process::{Server, make_key};

/// Two carriers, each the account of a tenant of its own, that outlive the gateway.
const TENANTS: [(&str, ProviderKind); 2] = [
    ("default", ProviderKind::Twilio),
    ("acme", ProviderKind::SignalWire),
];

/// When the gateway is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after it was given its work.
    After(Duration),
    /// When the first carrier was asked for this, and has not answered.
    Asked(&'static str),
}

struct World {
    carrier: Sandbox,
    directory: TempDir,
    arguments: Vec<String>,
    /// A key for everything of each tenant.
    keys: [String; 2],
}

impl World {
    /// On this database; on SQLite if there is none.
    async fn new(database: Option<String>) -> Self {
        let carrier = Sandbox::start_default().await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let accounts = TENANTS.map(|(tenant, kind)| {
            let account = kind.example_account(carrier.url(kind));
            format!("{account}tenant = \"{tenant}\"\nsettle = \"200ms\"\n")
        });
        let config = format!(
            "[purchases]\nwatch = [\"100ms\"]\n[inventory]\nevery = \"0\"\n{}",
            accounts.concat()
        );
        std::fs::write(directory.path().join("trunkline.toml"), config).unwrap();
        let mut arguments = vec!["--config".to_owned(), "trunkline.toml".to_owned()];
        arguments.extend(
            database
                .into_iter()
                .flat_map(|url| ["--database".to_owned(), url]),
        );
        let mut keys = [String::new(), String::new()];
        for (key, (tenant, _)) in keys.iter_mut().zip(TENANTS) {
            let mut with: Vec<&str> = arguments.iter().map(String::as_str).collect();
            with.extend(["--tenant", tenant]);
            *key = make_key(directory.path(), &with).await;
        }
        Self {
            carrier,
            directory,
            arguments,
            keys,
        }
    }

    async fn serve(&self) -> Server {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        Server::start_without_key(self.directory.path(), &arguments).await
    }

    fn asked(&self, operation: &str) -> u64 {
        let ledger = self.carrier.ledger(ProviderKind::Twilio);
        ledger.requests.get(operation).copied().unwrap_or_default()
    }

    /// A tenant's request to this gateway.
    fn of<'a>(&'a self, tenant: usize, server: &'a Server) -> Tenant<'a> {
        Tenant {
            server,
            key: &self.keys[tenant],
            account: TENANTS[tenant].1.name(),
        }
    }
}

/// One tenant of a gateway.
struct Tenant<'a> {
    server: &'a Server,
    key: &'a str,
    account: &'a str,
}

/// What is to be known of a number: its id, number and label.
type Shown = BTreeSet<[String; 3]>;

impl Tenant<'_> {
    /// `None` if the gateway was killed before it answered.
    async fn call(&self, line: &str, body: &str) -> Option<(u16, Value)> {
        let keyed = line == "POST /v1/numbers";
        let once = if keyed {
            "idempotency-key: order-1\r\n"
        } else {
            ""
        };
        self.server
            .call(line, &format!("{}{once}", self.key), body)
            .await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call(&format!("GET {path}"), "").await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn listed(&self, path: &str) -> Vec<Value> {
        self.get(path).await["data"].as_array().unwrap().clone()
    }

    async fn shown(&self, path: &str) -> Shown {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let shown = |it: Value| ["id", "number", "label"].map(|field| text(&it[field]));
        self.listed(path).await.into_iter().map(shown).collect()
    }

    /// Asks for a reading.
    async fn sync(&self) -> Option<String> {
        let body = json!({"accounts": [self.account]}).to_string();
        let (status, sync) = self.call("POST /v1/syncs", &body).await?;
        assert_eq!(status, 202, "{sync}");
        Some(format!("/v1/syncs/{}", sync["id"].as_str().unwrap()))
    }

    /// Reads the account, and waits until that is over.
    async fn read(&self) {
        let path = self.sync().await.unwrap();
        while self.get(&path).await["ended_at"].is_null() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Class and number of every drift.
    async fn drifts(&self) -> BTreeSet<[String; 2]> {
        let drifts = self.listed("/v1/drift?limit=100").await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let kept = |it: Value| {
            assert_eq!(
                (&it["account"], &it["state"]),
                (&json!(self.account), &json!("open"))
            );
            [text(&it["class"]), text(&it["number"])]
        };
        drifts.into_iter().map(kept).collect()
    }

    /// Reads the account until the carrier and the inventory show the same and these drifts: what was begun and settles
    /// meanwhile is judged once it is settled. Gives what both show.
    async fn read_until_agreed(&self, expected: &BTreeSet<[String; 2]>) -> (Shown, Shown) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            self.read().await;
            let held = self.shown("/v1/numbers").await;
            let remembered = self.shown("/v1/inventory?state=held").await;
            let agreed = held == remembered && self.drifts().await == *expected;
            if agreed || Instant::now() > deadline {
                return (held, remembered);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Our own work on three numbers, and a reading, at once.
    async fn work(&self, numbers: &[String]) {
        let [bought, renamed, released] = numbers else {
            panic!("three numbers");
        };
        let order = json!({"account": self.account, "number": bought}).to_string();
        let rename = format!("PATCH /v1/numbers/{renamed}");
        let release = format!("DELETE /v1/numbers/{released}");
        tokio::join!(
            self.sync(),
            self.call("POST /v1/numbers", &order),
            self.call(&rename, r#"{"label": "Ours"}"#),
            self.call(&release, ""),
        );
    }
}

/// Bought, released and renamed by a person in the carrier's console: the drifts that must be found.
fn changed_elsewhere(
    carrier: &Sandbox,
    kind: ProviderKind,
    numbers: &[String],
) -> BTreeSet<[String; 2]> {
    let [bought, released, renamed] = numbers else {
        panic!("three numbers");
    };
    carrier.console_buy(kind, bought).unwrap();
    carrier.console_release(kind, released).unwrap();
    let label = ConsoleChange {
        label: Some("Theirs".to_owned()),
        ..ConsoleChange::default()
    };
    carrier.console_change(kind, renamed, &label).unwrap();
    let drift = |class: &str, number: &String| [class.to_owned(), number.clone()];
    [
        drift("appeared", bought),
        drift("missing", released),
        drift("changed", renamed),
    ]
    .into()
}

/// Lets the gateway work until the moment has come, and kills it.
async fn work_and_kill(world: &World, server: Server, numbers: &[Vec<String>; 2], moment: Moment) {
    let asked = match moment {
        Moment::After(_) => 0,
        Moment::Asked(operation) => {
            let slow = FaultPlan::always(ProviderKind::Twilio, operation, Fault::Delay { ms: 400 });
            world.carrier.inject(slow).unwrap();
            world.asked(operation)
        }
    };
    let come = async {
        match moment {
            Moment::After(life) => tokio::time::sleep(life).await,
            Moment::Asked(operation) => {
                while world.asked(operation) == asked {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    };
    let [first, second] = [0, 1].map(|tenant| world.of(tenant, &server));
    let work = async {
        tokio::join!(first.work(&numbers[0]), second.work(&numbers[1]));
        // Readings go on after they were asked for.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = work => {}
        () = come => {}
    }
    server.kill().await;
    world.carrier.clear_faults();
}

async fn killed(database: Option<String>, moment: Moment) {
    let world = World::new(database).await;
    let server = world.serve().await;
    let mut numbers = [Vec::new(), Vec::new()];
    let mut expected = Vec::new();
    for (at, (_, kind)) in TENANTS.into_iter().enumerate() {
        let tenant = world.of(at, &server);
        let found = tenant
            .listed("/v1/available-numbers?country=US&limit=6")
            .await;
        let found: Vec<String> = found
            .iter()
            .map(|it| it["number"].as_str().unwrap().to_owned())
            .collect();
        for held in [1, 2, 4, 5] {
            world.carrier.console_buy(kind, &found[held]).unwrap();
        }
        tenant.read().await;
        expected.push(changed_elsewhere(&world.carrier, kind, &found[..3]));
        numbers[at] = found[3..].to_vec();
    }
    work_and_kill(&world, server, &numbers, moment).await;

    let server = world.serve().await;
    for (at, (_, kind)) in TENANTS.into_iter().enumerate() {
        let tenant = world.of(at, &server);
        let (held, remembered) = tenant.read_until_agreed(&expected[at]).await;
        assert_eq!(held, remembered, "{moment:?} at {kind}");
        assert_eq!(tenant.drifts().await, expected[at], "{moment:?} at {kind}");
        let owned = world
            .carrier
            .ledger(kind)
            .owned
            .into_iter()
            .map(|it| it.number);
        let numbers: BTreeSet<String> = held.into_iter().map(|[_, number, _]| number).collect();
        assert_eq!(
            numbers,
            owned.collect(),
            "{moment:?}: all of {kind}'s and no other"
        );
        let sources = tenant.get("/v1/inventory").await["sources"].clone();
        assert_eq!(sources.as_array().unwrap().len(), 1, "{sources}");
        let other = world.carrier.ledger(TENANTS[1 - at].1).owned[0]
            .number
            .clone();
        let found = tenant.get(&format!("/v1/where/{other}")).await;
        assert_eq!(found["places"], json!([]), "{found}");
    }
}

#[tokio::test]
async fn inventory_killed_at_any_moment_agrees_with_the_carriers_after_the_next_reading() {
    let lives = (0..8).map(|round| Moment::After(Duration::from_millis(round * 6)));
    let asked = ["list", "get", "purchase", "update", "release"].map(Moment::Asked);
    lives
        .chain(asked)
        .map(|moment| killed(None, moment))
        .collect::<JoinSet<()>>()
        .join_all()
        .await;
}

#[tokio::test]
async fn inventory_on_postgres_killed_at_any_moment_agrees_with_the_carriers_after_the_next_reading()
 {
    let Some(server) = postgres::shared().await else {
        return;
    };
    let life = Moment::After(Duration::from_millis(20));
    [
        life,
        Moment::Asked("get"),
        Moment::Asked("purchase"),
        Moment::Asked("update"),
    ]
    .map(|moment| killed(Some(server.database()), moment))
    .into_iter()
    .collect::<JoinSet<()>>()
    .join_all()
    .await;
}
