//! `kill -9` and a restart: whatever the moment, the purchase is settled, and the carrier was asked to sell once at most.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox, credentials};

use crate::process::{Server, run};

const TWILIO: ProviderKind = ProviderKind::Twilio;
const KEY: &str = "idempotency-key: order-1\r\n";
const NUMBER: &str = "+14152000137";

/// A carrier that outlives the gateway, and a directory with the gateway's configuration and database.
struct World {
    carrier: Sandbox,
    directory: TempDir,
}

impl World {
    async fn new() -> Self {
        let carrier = Sandbox::start_default().await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            r#"
            [purchases]
            watch = ["200ms"]
            [[accounts]]
            name = "us-main"
            provider = "twilio"
            account_sid = "{}"
            auth_token = "{}"
            base_url = "{}"
            settle = "400ms"
            "#,
            credentials::TWILIO_ACCOUNT_SID,
            credentials::TWILIO_AUTH_TOKEN,
            carrier.url(TWILIO)
        );
        std::fs::write(directory.path().join("trunkline.toml"), config).unwrap();
        Self { carrier, directory }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    async fn serve(&self) -> Server {
        Server::start(self.path(), &["--config", "trunkline.toml"]).await
    }

    fn inject(&self, operation: &str, fault: Fault) {
        self.carrier
            .inject(FaultPlan::once(TWILIO, operation, fault))
            .unwrap();
    }

    fn requests(&self, operation: &str) -> u64 {
        self.carrier
            .ledger(TWILIO)
            .requests
            .get(operation)
            .copied()
            .unwrap_or_default()
    }

    /// Buys, and kills the gateway as soon as `moment` has come.
    async fn buy_and_kill(&self, moment: impl Fn(&Self) -> bool) {
        let server = self.serve().await;
        let body = json!({"account": "us-main", "number": NUMBER, "label": "A"}).to_string();
        let buying = server.call("POST /v1/numbers", KEY, &body);
        let come = async {
            while !moment(self) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            answer = buying => panic!("answered before the moment came: {answer:?}"),
            () = come => {}
        }
        server.kill().await;
    }

    /// What became of the one purchase, after a restart.
    async fn settled(&self) -> Value {
        let server = self.serve().await;
        let done = |list: &Value| {
            let purchase = &list["data"][0];
            let settled = ["succeeded", "failed"]
                .iter()
                .any(|state| purchase["state"] == *state);
            settled && purchase["configuration"]["state"] != "pending"
        };
        let list = server.until("/v1/purchases", done).await;
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        list["data"][0].clone()
    }
}

#[tokio::test]
async fn purchase_killed_before_sending_fails_and_frees_its_key() {
    let world = World::new().await;
    world.inject("list", Fault::Delay { ms: 60_000 });
    world
        .buy_and_kill(|world| world.requests("list") == 1)
        .await;
    let purchase = world.settled().await;
    assert_eq!(purchase["state"], "failed", "{purchase}");
    assert_eq!(world.requests("purchase"), 0);
    let server = world.serve().await;
    let body = json!({"account": "us-main", "number": NUMBER, "label": "A"}).to_string();
    let (status, again) = server.call("POST /v1/numbers", KEY, &body).await.unwrap();
    assert_eq!(
        (status, &again["purchase"]["state"]),
        (201, &json!("succeeded")),
        "{again}"
    );
    assert_eq!(
        (
            world.requests("purchase"),
            world.carrier.ledger(TWILIO).purchases.len()
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn killed_while_the_carrier_sells_it_is_found_and_configured() {
    let world = World::new().await;
    world.inject("purchase", Fault::Delay { ms: 2_000 });
    world
        .buy_and_kill(|world| world.requests("purchase") == 1)
        .await;
    let purchase = world.settled().await;
    assert_eq!(
        (&purchase["state"], &purchase["configuration"]["state"]),
        (&json!("succeeded"), &json!("applied"))
    );
    assert_eq!(
        (
            world.requests("purchase"),
            world.carrier.ledger(TWILIO).purchases.len()
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn killed_after_a_lost_answer_it_is_found() {
    let world = World::new().await;
    world.inject("purchase", Fault::DropAfterCommit {});
    // The second list is the first look after the answer was lost; it never ends for the first process.
    world.inject_later_looks();
    world
        .buy_and_kill(|world| world.requests("list") >= 2)
        .await;
    world.carrier.clear_faults();
    let purchase = world.settled().await;
    assert_eq!(purchase["state"], "succeeded", "{purchase}");
    assert_eq!(
        (
            world.requests("purchase"),
            world.carrier.ledger(TWILIO).purchases.len()
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn killed_with_nothing_sold_it_fails_after_the_settling_time() {
    let world = World::new().await;
    world.inject("purchase", Fault::DropBeforeCommit {});
    world.inject_later_looks();
    world
        .buy_and_kill(|world| world.requests("list") >= 2)
        .await;
    world.carrier.clear_faults();
    let purchase = world.settled().await;
    assert_eq!(
        (&purchase["state"], &purchase["attempts"][0]["presumed"]),
        (&json!("failed"), &json!(true))
    );
    assert_eq!(
        (
            world.requests("purchase"),
            world.carrier.ledger(TWILIO).purchases.len()
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn settings_are_made_after_a_kill() {
    let world = World::new().await;
    world.inject("update", Fault::Delay { ms: 60_000 });
    world
        .buy_and_kill(|world| world.requests("update") == 1)
        .await;
    world.carrier.clear_faults();
    let purchase = world.settled().await;
    assert_eq!(
        (&purchase["state"], &purchase["configuration"]["state"]),
        (&json!("succeeded"), &json!("applied"))
    );
    assert_eq!(
        (
            world.requests("purchase"),
            world.carrier.ledger(TWILIO).purchases.len()
        ),
        (1, 1)
    );
}

impl World {
    /// From the second look on, looks hang.
    fn inject_later_looks(&self) {
        // The first look is answered; it takes the first fault, which does nothing to it.
        self.inject("list", Fault::Delay { ms: 0 });
        self.carrier
            .inject(FaultPlan::always(
                TWILIO,
                "list",
                Fault::Delay { ms: 60_000 },
            ))
            .unwrap();
    }
}

/// Kills at moments spread over the whole life of a purchase: every durable write is hit sooner or later.
#[tokio::test]
async fn killed_at_any_moment_nothing_is_bought_twice_or_lost() {
    let lives = (0..12).map(|round| Duration::from_micros(round * 1_500));
    lives
        .map(killed_after)
        .collect::<JoinSet<()>>()
        .join_all()
        .await;
}

async fn killed_after(life: Duration) {
    let world = World::new().await;
    let server = world.serve().await;
    let body = json!({"account": "us-main", "number": NUMBER, "label": "A"}).to_string();
    let buying = server.call("POST /v1/numbers", KEY, &body);
    // Whichever comes first ends the process.
    let told = tokio::time::timeout(life, buying).await.ok().flatten();
    server.kill().await;
    let server = world.serve().await;
    let patient = format!("{KEY}prefer: wait=60\r\n");
    let again = loop {
        match server
            .call("POST /v1/numbers", &patient, &body)
            .await
            .unwrap()
        {
            // Interrupted before anything was sent: the same key starts anew.
            (503, problem) => assert_eq!(problem["retry_after"], 1, "{problem}"),
            answer => break answer,
        }
    };
    let ledger = world.carrier.ledger(TWILIO);
    let (sold, asked) = (ledger.purchases.len(), world.requests("purchase"));
    match again {
        (201, answer) => {
            assert_eq!((sold, ledger.owned.len(), asked), (1, 1, 1), "{life:?}");
            if let Some((status, before)) = told {
                let same = &answer["purchase"]["id"];
                assert_eq!((status, &before["purchase"]["id"]), (201, same), "{life:?}");
            }
        }
        // Killed after it was written down that it may leave, and before it left.
        (504, problem) => {
            assert_eq!(
                (sold, ledger.owned.len(), asked),
                (0, 0, 0),
                "{life:?}: {problem}"
            );
        }
        other => panic!("{life:?}: {other:?}"),
    }
}

#[tokio::test]
async fn failed_start_reports_one_line_without_panic() {
    let world = World::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let path = |name: &str| world.path().join(name);
    std::fs::write(
        path("bad.toml"),
        "[server]\nlisten = \"everywhere\"\ncolour = 1\n",
    )
    .unwrap();
    let cases: [(&[&str], i32, &str); 4] = [
        (
            &["serve", "--config", "trunkline.toml", "--listen", &taken],
            2,
            "is taken",
        ),
        (&["serve", "--config", "bad.toml"], 2, "colour"),
        (&["serve", "--config", "missing.toml"], 2, "missing.toml"),
        (
            &[
                "serve",
                "--config",
                "trunkline.toml",
                "--listen",
                "127.0.0.1:0",
                "--database",
                "sqlite:///proc/nowhere/x.db",
            ],
            1,
            "/proc/nowhere",
        ),
    ];
    for (arguments, code, hint) in cases {
        let (exit, _, err) = run(world.path(), arguments).await;
        assert_eq!(exit, code, "{arguments:?}: {err}");
        assert!(err.contains(hint), "{arguments:?}: {err}");
        assert!(
            !err.contains("panicked") && !err.contains("backtrace"),
            "{err}"
        );
        assert!(
            err.lines().filter(|line| !line.trim().is_empty()).count() <= 4,
            "{arguments:?}: {err}"
        );
    }
}
