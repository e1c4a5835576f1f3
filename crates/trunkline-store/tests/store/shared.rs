//! Several processes, or handles, on one file.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::task::JoinSet;
use trunkline_engine::Journal;
use trunkline_engine::journal::{Begin, Commit, Leases};
use trunkline_store::{Database, Options, Sqlite};
use trunkline_testkit::journal_contract::draft::{
    begun, dispatched, evidence, purchase, purchase_at, scope, step, succeeded,
};

use crate::{open, url};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..8 {
        let directory = TempDir::new().unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let url = url(directory.path());
            tasks.spawn(async move {
                let store = Sqlite::open(&url, Options::default()).await.unwrap();
                let secret = store.secret().await.unwrap();
                store.close().await;
                secret.expose_secret().to_vec()
            });
        }
        let secrets = tasks.join_all().await;
        assert_eq!(secrets[0].len(), 32);
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_handles_buy_a_number_once() {
    let directory = TempDir::new().unwrap();
    let handles = [
        Arc::new(open(&directory).await),
        Arc::new(open(&directory).await),
    ];
    let mut tasks = JoinSet::new();
    for index in 0..64 {
        let store = Arc::clone(&handles[index % 2]);
        tasks.spawn(async move {
            store
                .begin(&scope(&format!("k{index}")), &purchase(0), "owner")
                .await
                .unwrap()
        });
    }
    let begun = tasks.join_all().await;
    assert_eq!(
        begun
            .iter()
            .filter(|begin| matches!(begin, Begin::Fresh(_)))
            .count(),
        1
    );
    assert_eq!(
        begun
            .iter()
            .filter(|begin| matches!(begin, Begin::Busy { .. }))
            .count(),
        63
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_handles_write_at_the_same_time() {
    let directory = TempDir::new().unwrap();
    let handles = [
        Arc::new(open(&directory).await),
        Arc::new(open(&directory).await),
    ];
    let mut tasks = JoinSet::new();
    for index in 0..64u32 {
        let store = Arc::clone(&handles[usize::from(index % 2 == 1)]);
        tasks.spawn(async move {
            for round in 0..4 {
                let (record, lease) =
                    begun(&*store, &purchase_at(&format!("identity-{round}"), index)).await;
                let record = step(&*store, dispatched(record)).await;
                step(&*store, succeeded(record, &format!("PN{index}"))).await;
                store.unlock(&lease).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let all = handles[0]
        .purchases(
            &trunkline_core::Tenant::default(),
            &Default::default(),
            1000,
        )
        .await
        .unwrap();
    assert_eq!(all.len(), 256);
    assert!(all.iter().all(|record| record.version == 3));
}

#[tokio::test]
async fn one_handle_sees_what_another_wrote() {
    let directory = TempDir::new().unwrap();
    let (one, two) = (open(&directory).await, open(&directory).await);
    let (record, lease) = begun(&one, &purchase(0)).await;
    assert_eq!(
        two.load(&record.purchase.id).await.unwrap(),
        Some(record.clone())
    );
    assert_eq!(two.acquire(&lease.name, "other").await.unwrap(), None);
    step(&two, dispatched(record.clone())).await;
    assert_eq!(
        one.commit(evidence(&dispatched(record))).await.unwrap(),
        Commit::Stale
    );
}
