//! Several replicas on one PostgreSQL database.

use std::sync::Arc;

use sqlx::{Connection, Executor};
use tokio::task::JoinSet;
use trunkline_core::{Attempt, ProviderName, Tenant};
use trunkline_engine::Journal;
use trunkline_engine::journal::{Begin, Change, Commit, Leases, PurchaseFilter, Record};
use trunkline_store::Postgres;
use trunkline_testkit::journal_contract::draft::{
    IDENTITY, begun, dispatched, evidence, number, purchase, purchase_at, scope, step, succeeded,
};

use crate::eventually;
use crate::postgres::{database, open, raw};

async fn replicas() -> Option<[Arc<Postgres>; 2]> {
    let url = database().await?;
    Some([Arc::new(open(&url).await), Arc::new(open(&url).await)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_buy_a_number_once() {
    let Some(replicas) = replicas().await else {
        return;
    };
    let mut tasks = JoinSet::new();
    for index in 0..64 {
        let store = Arc::clone(&replicas[index % 2]);
        tasks.spawn(async move {
            let key = scope(&format!("k{index}"));
            store.begin(&key, &purchase(0), "owner").await.unwrap()
        });
    }
    let begun = tasks.join_all().await;
    let count = |which: fn(&Begin) -> bool| begun.iter().filter(|begin| which(begin)).count();
    assert_eq!(count(|begin| matches!(begin, Begin::Fresh(_))), 1);
    assert_eq!(count(|begin| matches!(begin, Begin::Busy { .. })), 63);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_steps_at_two_replicas_one_is_made() {
    let Some(replicas) = replicas().await else {
        return;
    };
    let (record, lease) = begun(&*replicas[0], &purchase(0)).await;
    let record = dispatched(record);
    let mut tasks = JoinSet::new();
    for index in 0..64 {
        let (store, record) = (Arc::clone(&replicas[index % 2]), record.clone());
        let lease = lease.clone();
        tasks.spawn(async move {
            let change = Change {
                event: None,
                lease: Some(&lease),
                durable: true,
                ..evidence(&record)
            };
            store.commit(change).await.unwrap()
        });
    }
    let commits = tasks.join_all().await;
    let count = |which: Commit| commits.iter().filter(|commit| **commit == which).count();
    assert_eq!((count(Commit::Done(2)), count(Commit::Stale)), (1, 63));
}

#[tokio::test]
async fn a_lease_passes_on_to_another_replica_by_its_fence() {
    let Some([one, two]) = replicas().await else {
        return;
    };
    let (record, lease) = begun(&*one, &purchase(0)).await;
    assert_eq!(two.acquire(&lease.name, "two").await.unwrap(), None);
    one.unlock(&lease).await.unwrap();
    let newer = two.acquire(&lease.name, "two").await.unwrap().unwrap();
    assert_eq!(newer.fence, lease.fence + 1);
    assert_eq!(one.renew(&lease).await.unwrap(), None);
    let next = dispatched(record);
    let under = |lease| Change {
        event: None,
        lease: Some(lease),
        ..evidence(&next)
    };
    let refused = one.commit(under(&lease)).await.unwrap();
    assert_eq!(refused, Commit::LeaseLost);
    let made = two.commit(under(&newer)).await.unwrap();
    assert_eq!(made, Commit::Done(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_write_at_the_same_time() {
    let Some(replicas) = replicas().await else {
        return;
    };
    let mut tasks = JoinSet::new();
    for index in 0..32u32 {
        let store = Arc::clone(&replicas[usize::from(index % 2 == 1)]);
        tasks.spawn(async move {
            for round in 0..4 {
                let record = purchase_at(&format!("identity-{round}"), index);
                let (record, lease) = begun(&*store, &record).await;
                let record = step(&*store, dispatched(record)).await;
                step(&*store, succeeded(record, &format!("PN{index}"))).await;
                store.unlock(&lease).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    let (tenant, all) = (Tenant::default(), PurchaseFilter::default());
    let all = replicas[0].purchases(&tenant, &all, 1000).await.unwrap();
    assert_eq!(all.len(), 128);
    assert!(all.iter().all(|record| record.version == 3));
    let newest_first = all.is_sorted_by(|a, b| a.purchase.id > b.purchase.id);
    assert!(newest_first, "{all:?}");
}

/// The record, its next attempt at another number.
fn moved(mut record: Record, to: u32) -> Record {
    let account = record.purchase.account.clone();
    let twilio = ProviderName::new("twilio");
    let attempt = Attempt::new(account, twilio, IDENTITY.to_owned(), number(to));
    record.purchase.attempts.push(attempt);
    record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purchases_that_want_each_others_numbers_do_not_block_each_other() {
    let Some(replicas) = replicas().await else {
        return;
    };
    let (first, _) = begun(&*replicas[0], &purchase(0)).await;
    let (second, _) = begun(&*replicas[1], &purchase(1)).await;
    let mut tasks = JoinSet::new();
    for (index, record) in [(0, moved(first, 1)), (1, moved(second, 0))] {
        let store = Arc::clone(&replicas[index as usize]);
        tasks.spawn(async move {
            for _ in 0..50 {
                let own = number(index);
                let change = Change {
                    gives_up: Some((IDENTITY, &own)),
                    ..evidence(&record)
                };
                assert_eq!(store.commit(change).await.unwrap(), Commit::Busy);
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlocked_transaction_is_retried() {
    let Some(url) = database().await else { return };
    let store = Arc::new(open(&url).await);
    let (first, _) = begun(&*store, &purchase(0)).await;
    step(&*store, succeeded(first, "PN1")).await;
    let (second, _) = begun(&*store, &purchase(1)).await;
    let (id, record) = (second.purchase.id.clone(), succeeded(second, "PN2"));
    // Another transaction holds the row that the step needs last, and wants the one that it has first.
    let mut other = raw(&url).await;
    let mut transaction = other.begin().await.unwrap();
    let taken = format!("INSERT INTO winners VALUES ('{IDENTITY}', 'PN2', 'pur_other')");
    transaction
        .execute(sqlx::AssertSqlSafe(taken))
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    let stepping = Arc::clone(&store);
    tasks.spawn(async move { stepping.commit(evidence(&record)).await });
    let mut watching = raw(&url).await;
    eventually("the step waits", async || {
        let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        watching.fetch_optional(waiting).await.unwrap().is_some()
    })
    .await;
    let wanted = format!("UPDATE purchases SET tenant = tenant WHERE id = '{id}'");
    let got = transaction.execute(sqlx::AssertSqlSafe(wanted)).await;
    // Either may be the one that is undone.
    drop(got);
    transaction.rollback().await.unwrap();
    let committed = tasks.join_next().await.unwrap().unwrap();
    assert_eq!(committed.unwrap(), Commit::Done(2));
}
