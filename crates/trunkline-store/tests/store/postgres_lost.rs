//! A server that goes away, and comes back.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, Executor};
use tokio::task::JoinSet;
use trunkline_admin::{Answers, Reserve};
use trunkline_core::PurchaseState;
use trunkline_core::host;
use trunkline_engine::inventory::InventoryStore;
use trunkline_engine::journal::{Begin, Change, Commit};
use trunkline_engine::{DomainEvent, Journal};
use trunkline_store::{Options, Postgres};
use trunkline_testkit::journal_contract::draft::{
    begun, dispatched, evidence, purchase, scope, step, succeeded,
};
use trunkline_testkit::services::postgres::{Server, shared};

use crate::eventually;
use crate::postgres::{assert_away, database, open, raw};
use crate::proxy::{Fault, Proxy, is_begin, is_commit, is_loss, is_transaction};

/// A store that speaks to the shared server through a proxy, and the URL of its database.
async fn behind_proxy(options: Options) -> Option<(Postgres, Proxy, String)> {
    let server = shared().await?;
    let url = server.database();
    let proxy = Proxy::before(server.address()).await;
    let through = proxy.url(&url, server.address().1);
    let store = Postgres::open(&through, options).await.unwrap();
    Some((store, proxy, url))
}

#[tokio::test]
async fn stopped_database_is_unavailable_and_then_recovers() {
    let Some(server) = Server::start() else {
        return;
    };
    let store = open(&server.database()).await;
    let (record, lease) = begun(&store, &purchase(0)).await;
    // Takes the beginning to disk, which alone need not be there.
    store.check().await.unwrap();
    server.stop();
    let next = dispatched(record);
    let change = || Change {
        event: None,
        lease: Some(&lease),
        durable: true,
        ..evidence(&next)
    };
    for _ in 0..3 {
        assert_away(&store.commit(change()).await.unwrap_err());
        assert_away(&store.check().await.unwrap_err());
        assert_away(&store.load(&next.purchase.id).await.unwrap_err());
        let begun = store.begin(&scope("k"), &purchase(1), "owner").await;
        assert_away(&begun.unwrap_err());
    }
    server.resume();
    store.check().await.unwrap();
    assert_eq!(store.commit(change()).await.unwrap(), Commit::Done(2));
    begun_again(&store).await;
}

/// What could not be written while it was away left nothing behind.
async fn begun_again(store: &Postgres) {
    let again = store.begin(&scope("k"), &purchase(1), "owner").await;
    assert!(matches!(again.unwrap(), Begin::Fresh(_)));
}

#[tokio::test]
async fn written_rows_survive_a_server_crash() {
    let Some(server) = Server::start() else {
        return;
    };
    // A server that puts commits on disk only later, by its own settings, would lose the last of them.
    let late = "&options=-c%20synchronous_commit%3Doff";
    let store = open(&format!("{}{late}", server.database())).await;
    let mut written = Vec::new();
    for index in 0..20 {
        let (record, _) = begun(&store, &purchase(index)).await;
        written.push(step(&store, dispatched(record)).await);
    }
    server.stop();
    server.resume();
    for record in written {
        let found = store.load(&record.purchase.id).await.unwrap();
        assert_eq!(found, Some(record));
    }
}

#[tokio::test]
async fn connections_that_the_server_has_ended_are_replaced_unnoticed() {
    let Some(url) = database().await else { return };
    let store = Arc::new(open(&url).await);
    let mut raw = raw(&url).await;
    for round in 0..3 {
        // Several at once, so that there are several connections.
        let (one, two, three) = tokio::join!(store.due(1), store.due(1), store.due(1));
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        raw.execute(end).await.unwrap();
        if round % 2 == 0 {
            begun(&*store, &purchase(round)).await;
        } else {
            store.due(1).await.unwrap();
        }
    }
}

#[tokio::test]
async fn purchase_begins_and_ends_by_one_statement_each() {
    let Some((store, proxy, _)) = behind_proxy(Options::default()).await else {
        return;
    };
    proxy.arm(is_transaction, Fault::Frozen);
    let (record, _) = begun(&store, &purchase(0)).await;
    let record = step(&store, dispatched(record)).await;
    let won = succeeded(record.clone(), "PN1");
    let mut change = evidence(&won);
    change.event = Some(DomainEvent::PurchaseChanged {
        before: &record,
        after: &won,
    });
    let committed = store.commit(change).await.unwrap();
    assert!(matches!(committed, Commit::Done(_)));
    assert!(proxy.is_armed(), "a transaction was begun");
    let identity = &won.attempt().unwrap().identity;
    let ids = ["PN1".to_owned()];
    let entries = store.known_entries(identity, &ids).await.unwrap();
    assert!(entries.len() == 1, "the inventory has it too: {entries:?}");
}

#[tokio::test]
async fn a_beginning_without_an_answer_is_an_error_and_not_repeated() {
    let Some((store, proxy, url)) = behind_proxy(Options::default()).await else {
        return;
    };
    let record = purchase(0);
    proxy.arm(is_begin, Fault::AnswerLost);
    let outcome = store.begin(&scope("k"), &record, "owner").await;
    let error = outcome.unwrap_err();
    assert_away(&error);
    assert!(error.message().contains("may be there"), "{error:?}");
    assert!(!proxy.is_armed());
    // It was written after all, once.
    let found = open(&url).await.load(&record.purchase.id).await.unwrap();
    assert_eq!(found.unwrap().version, 1);
    let mut again = record.clone();
    again.purchase.id = purchase(0).purchase.id;
    let known = store.begin(&scope("k"), &again, "owner").await.unwrap();
    assert!(matches!(known, Begin::Known(known) if known.purchase.id == record.purchase.id));
}

#[tokio::test]
async fn a_step_without_an_answer_is_an_error_and_not_repeated() {
    let Some((store, proxy, url)) = behind_proxy(Options::default()).await else {
        return;
    };
    let (record, _) = begun(&store, &purchase(0)).await;
    let record = step(&store, dispatched(record)).await;
    let next = unknown_of(&record);
    proxy.arm(is_loss, Fault::AnswerLost);
    let error = store.commit(evidence(&next)).await.unwrap_err();
    assert_away(&error);
    assert!(error.message().contains("may be there"), "{error:?}");
    let found = open(&url).await.load(&record.purchase.id).await.unwrap();
    let found = found.unwrap();
    assert_eq!(
        (found.version, found.purchase.state),
        (3, PurchaseState::Unknown)
    );
}

fn unknown_of(record: &trunkline_engine::journal::Record) -> trunkline_engine::journal::Record {
    let mut next = record.clone();
    assert!(next.lose(host::now()));
    next
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_freezes_in_the_middle_holds_the_others_up_for_a_moment_only() {
    let options = Options {
        busy_timeout: Duration::from_millis(300),
        ..Options::default()
    };
    let Some((frozen, proxy, url)) = behind_proxy(options).await else {
        return;
    };
    let other = open(&url).await;
    proxy.arm(is_commit, Fault::Frozen);
    let mut tasks = JoinSet::new();
    let key = scope("frozen");
    let wanted = key.clone();
    tasks.spawn(async move { frozen.reserve_key(&wanted, "first", "owner").await });
    eventually("it is about to commit", async || !proxy.is_armed()).await;
    let reserved = other.reserve_key(&key, "second", "owner").await.unwrap();
    assert!(matches!(reserved, Reserve::Fresh(_)));
    let outcome = tasks.join_next().await.unwrap().unwrap();
    assert_away(&outcome.unwrap_err());
}

#[tokio::test]
async fn write_waits_for_other_transactions_up_to_a_limit() {
    let Some(url) = database().await else { return };
    let options = Options {
        busy_timeout: Duration::from_millis(200),
        ..Options::default()
    };
    let store = Postgres::open(&url, options).await.unwrap();
    let mut other = raw(&url).await;
    let mut transaction = other.begin().await.unwrap();
    let lock = "LOCK TABLE purchases IN ACCESS EXCLUSIVE MODE";
    transaction.execute(lock).await.unwrap();
    let refused = store.begin(&scope("k"), &purchase(0), "owner").await;
    assert_away(&refused.unwrap_err());
    assert_away(&store.due(1).await.unwrap_err());
    transaction.rollback().await.unwrap();
    begun(&store, &purchase(0)).await;
}
