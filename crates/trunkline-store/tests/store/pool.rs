//! One connection for everything: nothing may keep it, or its turn at it, while it does something else.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use sqlx::Executor;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use trunkline_core::{
    AccountEntry, Allocation, AllocationMode, AllocationState, Caller, CountryCode, Provider,
    ProviderData, Registry, SearchQuery, Wishes,
};
use trunkline_engine::Engine;
use trunkline_engine::allocations::{AllocationRequest, Begun};
use trunkline_engine::journal::PurchaseFilter;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Journal, Preference, SearchRequest, SearchSort, Store, Timing};
use trunkline_store::{Options, Postgres};
use trunkline_testkit::journal_contract::draft::begun;
use trunkline_testkit::scripted::Scripted;

use crate::postgres::{database, raw};
use crate::{eventually, one, open};

/// Begins reads and leaves them in the middle.
async fn reads_left_unpolled(store: &dyn Store) {
    let (record, _) = begun(
        store,
        &trunkline_testkit::journal_contract::draft::purchase(0),
    )
    .await;
    let id = &record.purchase.id;
    let mut left = Vec::new();
    for _ in 0..1000 {
        let mut read = Box::pin(store.unsettled());
        // The thread that reads may be done before the caller looks.
        match read.as_mut().now_or_never() {
            Some(found) => assert_eq!(found.unwrap().len(), 1),
            None => left.push(read),
        }
        // Far enough for it to have got the connection, or to be next in line.
        tokio::task::yield_now().await;
        store.unsettled().await.unwrap();
        store.check().await.unwrap();
        assert!(store.load(id).await.unwrap().is_some());
        if left.len() == 3 {
            break;
        }
    }
    assert_eq!(left.len(), 3, "hardly any read had to wait");
    for read in left {
        assert_eq!(read.await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn read_left_unpolled_keeps_no_connection_on_sqlite() {
    let directory = TempDir::new().unwrap();
    reads_left_unpolled(&open(&directory).await).await;
}

#[tokio::test]
async fn read_left_unpolled_keeps_no_connection_on_postgresql() {
    let Some(url) = database().await else {
        return;
    };
    reads_left_unpolled(&crate::postgres::open(&url).await).await;
}

fn services(store: Arc<dyn Store>) -> Engine {
    let carrier = Scripted::new("us-main");
    carrier.stock((0..400).map(|n| format!("+1415555{n:04}").parse().unwrap()));
    carrier.sell_once();
    carrier.delay(Duration::from_millis(2));
    let mut registry = Registry::default();
    let carrier = Arc::new(carrier) as Arc<dyn Provider>;
    registry.insert(AccountEntry::new(carrier)).unwrap();
    Engine::new(registry, store, Sealer::new(b"test"), Timing::default())
}

async fn allocate(services: &Engine, index: usize, count: usize) -> Allocation {
    let request = AllocationRequest {
        idempotency_key: format!("key-{index}").parse().unwrap(),
        fingerprint: "f".to_owned(),
        search: SearchRequest {
            query: SearchQuery::new(CountryCode::US),
            accounts: Vec::new(),
            sort: SearchSort::default(),
            timeout: Duration::from_secs(30),
        },
        preference: Preference::default(),
        criteria: ProviderData::default(),
        wishes: Wishes::default(),
        count,
        mode: AllocationMode::BestEffort,
        minimum: None,
        release_on_failure: false,
    };
    let caller = Caller::default();
    let Begun::Fresh(id) = services.allocations.start(&caller, request).await.unwrap() else {
        unreachable!("{index} has a key of its own")
    };
    let patience = Duration::from_secs(300);
    let allocations = &services.allocations;
    allocations.wait(&caller, &id, patience).await.unwrap()
}

/// Ten allocations one after another and ten beside each other, while another client reads all the time.
async fn twenty_allocations(store: Arc<dyn Store>) {
    let services = services(Arc::clone(&store));
    let over = CancellationToken::new();
    let reading = {
        let (services, over) = (services.clone(), over.clone());
        services.purchases.tasks().clone().spawn(async move {
            let mut reads = 0;
            while !over.is_cancelled() {
                let (caller, all) = (Caller::default(), PurchaseFilter::default());
                services.purchases.list(&caller, &all, 50).await.unwrap();
                reads += 1;
            }
            reads
        })
    };
    let mut ended = Vec::new();
    for index in 0..10 {
        ended.push(allocate(&services, index, 10).await);
    }
    let beside = stream::iter(10..20).map(|index| allocate(&services, index, 10));
    ended.extend(beside.buffer_unordered(10).collect::<Vec<_>>().await);
    over.cancel();
    assert!(reading.await.unwrap() > 0);
    for allocation in ended {
        let found = (allocation.state, allocation.counts().bought);
        assert_eq!(found, (AllocationState::Succeeded, 10), "{allocation:?}");
        for item in &allocation.items {
            assert_eq!(item.error, None, "{item:?}");
        }
    }
    let pool = store.pool().unwrap();
    assert!(!pool.exhausted, "{pool:?}");
    services.purchases.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_allocations_and_a_reader_share_one_connection_on_sqlite() {
    let directory = TempDir::new().unwrap();
    twenty_allocations(Arc::new(open(&directory).await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_allocations_and_a_reader_share_one_connection_on_postgresql() {
    let Some(url) = database().await else {
        return;
    };
    twenty_allocations(Arc::new(crate::postgres::open(&url).await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pool_without_a_free_connection_says_so_and_recovers() {
    let Some(url) = database().await else {
        return;
    };
    let options = Options {
        busy_timeout: Duration::from_millis(300),
        ..one()
    };
    let store = Postgres::open(&url, options).await.unwrap();
    let mut other = raw(&url).await;
    let lock = "BEGIN; LOCK TABLE purchases IN ACCESS EXCLUSIVE MODE";
    other.execute(sqlx::raw_sql(lock)).await.unwrap();
    {
        // Each has the connection until it gives the lock up: the later ones never come to it.
        let reads = stream::iter(0..8).map(|_| store.unsettled());
        let mut failed = pin!(reads.buffer_unordered(8));
        let none_free =
            |error: &trunkline_core::Error| error.message().contains("no connection free");
        let mut said = false;
        while let Some(read) = failed.next().await {
            said |= none_free(&read.unwrap_err());
        }
        assert!(said, "none was told that all connections were in use");
    }
    other.execute(sqlx::raw_sql("ROLLBACK")).await.unwrap();
    eventually("it can be used again", async || store.check().await.is_ok()).await;
    eventually("nobody waits any more", async || {
        !store.pool().unwrap().is_saturated()
    })
    .await;
}
