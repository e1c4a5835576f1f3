//! Many allocators over few numbers, on several replicas; and allocations that outlive the process that began them.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox, StockOrder, credentials};
use trunkline_testkit::services::postgres;

use crate::process::Server;

const TWILIO: ProviderKind = ProviderKind::Twilio;

/// Longer than anything here takes, however busy the machine.
const AT_LAST: Duration = Duration::from_secs(150);

/// A carrier that outlives the gateways, with so many numbers in 510, and what they share.
struct World {
    carrier: Sandbox,
    directory: TempDir,
}

impl World {
    async fn new(database: &str, stock: usize) -> Self {
        let carrier = Sandbox::start_default().await.unwrap();
        let order = StockOrder {
            country: "US".to_owned(),
            area_code: Some("510".to_owned()),
            number_type: None,
            count: stock,
        };
        carrier.set_stock(TWILIO, &order).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            r#"
            [database]
            url = "{database}"
            [[accounts]]
            name = "us-main"
            provider = "twilio"
            account_sid = "{}"
            auth_token = "{}"
            base_url = "{}"
            settle = "400ms"
            limits = {{ per_second = 1000, burst = 1000, concurrency = 50 }}
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

    fn requests(&self, operation: &str) -> u64 {
        let requests = self.carrier.ledger(TWILIO).requests;
        requests.get(operation).copied().unwrap_or_default()
    }

    fn owned(&self) -> usize {
        self.carrier.ledger(TWILIO).owned.len()
    }

    /// So many of the next purchases are sold, and then there is no money left.
    fn run_out_of_money_after(&self, sold: usize) {
        for _ in 0..sold {
            let nothing = FaultPlan::once(TWILIO, "purchase", Fault::Delay { ms: 0 });
            self.carrier.inject(nothing).unwrap();
        }
        let broke = Fault::Status {
            status: 400,
            headers: [].into(),
            body: Some(json!({"code": 21404, "message": "Out of funds", "status": 400})),
        };
        let broke = FaultPlan::always(TWILIO, "purchase", broke);
        self.carrier.inject(broke).unwrap();
    }
}

fn asks(count: usize, mode: &str) -> Value {
    json!({"criteria": {"country": "US", "area_code": "510"}, "count": count, "mode": mode})
}

/// Begins an allocation; its path.
async fn begin(server: &Server, key: &str, body: &Value) -> String {
    let key = format!("idempotency-key: {key}\r\n");
    let body = body.to_string();
    let begun = server.call("POST /v1/allocations", &key, &body);
    let (status, allocation) = begun.await.expect("an answer");
    assert!(matches!(status, 201 | 202), "{status}: {allocation}");
    format!("/v1/allocations/{}", allocation["id"].as_str().unwrap())
}

/// Follows an allocation to its end.
async fn end(server: &Server, path: &str) -> Value {
    let give_up = Instant::now() + AT_LAST;
    loop {
        let answer = server.call(&format!("GET {path}"), "", "").await;
        if let Some((200, allocation)) = answer
            && allocation["state"] != "running"
        {
            return allocation;
        }
        assert!(Instant::now() < give_up, "{path} never ended");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let give_up = Instant::now() + AT_LAST;
    while !condition() {
        assert!(Instant::now() < give_up, "{what}, but it never did");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// 200 allocators want one of 100 numbers each.
async fn contend(world: &World, replicas: usize) {
    let mut servers = Vec::new();
    for _ in 0..replicas {
        servers.push(std::sync::Arc::new(world.serve().await));
    }
    let started = Instant::now();
    let mut allocators = JoinSet::new();
    for index in 0..200 {
        let server = std::sync::Arc::clone(&servers[index % replicas]);
        allocators.spawn(async move {
            let path = begin(
                &server,
                &format!("allocator-{index}"),
                &asks(1, "best_effort"),
            )
            .await;
            end(&server, &path).await
        });
    }
    let allocations = allocators.join_all().await;
    let bought: Vec<String> = allocations
        .iter()
        .filter(|allocation| allocation["state"] == "succeeded")
        .filter_map(|allocation| {
            let items = allocation["items"].as_array()?;
            let held = items.iter().find(|item| item["state"] == "succeeded")?;
            Some(held["number"].as_str()?.to_owned())
        })
        .collect();
    let distinct: HashSet<&String> = bought.iter().collect();
    let ledger = world.carrier.ledger(TWILIO);
    let asked = world.requests("purchase");
    let wasted = asked - ledger.purchases.len() as u64;
    // Not by a macro, whose output the test harness keeps to itself.
    let _ = writeln!(
        std::io::stderr(),
        "200 allocators over 100 numbers on {replicas} replicas: {} bought by {asked} calls, {wasted} wasted ({:.1} %), in {:.1} s",
        distinct.len(),
        wasted as f64,
        started.elapsed().as_secs_f64()
    );
    assert_eq!((bought.len(), distinct.len()), (100, 100));
    assert_eq!((ledger.purchases.len(), ledger.owned.len()), (100, 100));
    assert!(asked <= 105, "{asked} calls for 100 numbers");
    let failed = allocations.iter().filter(|a| a["state"] == "failed");
    assert!(failed.clone().count() == 100, "{allocations:?}");
    for failed in failed {
        assert_eq!(failed["error"]["kind"], "not_available", "{failed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_allocators_on_three_replicas_each_of_100_numbers_goes_to_one() {
    let Some(server) = postgres::shared().await else {
        return;
    };
    let world = World::new(&server.database(), 100).await;
    contend(&world, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_allocators_over_one_file_each_of_100_numbers_goes_to_one() {
    let world = World::new("sqlite://trunkline.db", 100).await;
    contend(&world, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeatedly_killed_allocation_buys_exactly_its_count() {
    let world = World::new("sqlite://trunkline.db", 100).await;
    let slow = FaultPlan::always(TWILIO, "purchase", Fault::Delay { ms: 20 });
    world.carrier.inject(slow).unwrap();
    let mut server = world.serve().await;
    let path = begin(&server, "pool", &asks(40, "all_or_nothing")).await;
    for held in [3, 20] {
        until("some are bought", || world.owned() >= held).await;
        server.kill().await;
        server = world.serve().await;
    }
    let allocation = end(&server, &path).await;
    assert_eq!(allocation["state"], "succeeded", "{allocation}");
    assert_eq!(allocation["counts"]["bought"], 40);
    let ledger = world.carrier.ledger(TWILIO);
    assert_eq!((ledger.owned.len(), ledger.purchases.len()), (40, 40));
    assert_eq!(world.requests("purchase"), 40);
    let again = begin(&server, "pool", &asks(40, "all_or_nothing")).await;
    assert_eq!(again, path);
    assert_eq!(world.owned(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_killed_is_followed_by_another() {
    let Some(server) = postgres::shared().await else {
        return;
    };
    let world = World::new(&server.database(), 100).await;
    let slow = FaultPlan::always(TWILIO, "purchase", Fault::Delay { ms: 50 });
    world.carrier.inject(slow).unwrap();
    let (first, second) = (world.serve().await, world.serve().await);
    let path = begin(&first, "pool", &asks(30, "all_or_nothing")).await;
    until("some are bought", || world.owned() >= 10).await;
    first.kill().await;
    let allocation = end(&second, &path).await;
    assert_eq!(allocation["state"], "succeeded", "{allocation}");
    assert_eq!((world.owned(), world.requests("purchase")), (30, 30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_release_of_an_allocation_is_finished() {
    let world = World::new("sqlite://trunkline.db", 100).await;
    world.run_out_of_money_after(8);
    let slow = FaultPlan::always(TWILIO, "release", Fault::Delay { ms: 300 });
    world.carrier.inject(slow).unwrap();
    let server = world.serve().await;
    let mut body = asks(20, "all_or_nothing");
    body["release_on_failure"] = json!(true);
    let path = begin(&server, "pool", &body).await;
    until("it gives back", || world.requests("release") >= 3).await;
    server.kill().await;
    world.carrier.clear_faults();
    let server = world.serve().await;
    let allocation = end(&server, &path).await;
    assert_eq!(allocation["state"], "failed", "{allocation}");
    assert_eq!(allocation["counts"]["bought"], 0, "{allocation}");
    assert_eq!(allocation["counts"]["released"], 8, "{allocation}");
    let ledger = world.carrier.ledger(TWILIO);
    assert_eq!((ledger.purchases.len(), ledger.owned.len()), (8, 0));
}
