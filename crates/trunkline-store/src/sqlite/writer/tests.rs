//! What must be on disk is synced: a kill does not show it, only the machine losing its power would.

use tempfile::TempDir;
use trunkline_core::{NumberId, Tenant};
use trunkline_engine::journal::{Change, Release};
use trunkline_testkit::journal_contract::draft::{dispatched, evidence, purchase};

use super::*;
use crate::Options;
use crate::sqlite::file;
use crate::sqlite::purchases::StepPurchase;
use crate::sqlite::releases::BeginRelease;
use crate::sqlite::upkeep::{Prune, Touch};

async fn writer(directory: &TempDir) -> Writer {
    let url = format!("sqlite://{}/journal.db", directory.path().display());
    let opened = file::open(&url, &Options::default()).await.unwrap();
    let (_, queue) = mpsc::channel(1);
    Writer::new(opened, queue, Arc::default(), CancellationToken::new())
}

/// Commits one write and gives what SQLite was told about syncing: 1 is `NORMAL`, 2 is `FULL`.
async fn synced<W: Write>(writer: &mut Writer, write: W) -> i64 {
    let (reply, _) = oneshot::channel();
    let job: Box<dyn Job> = Box::new(Queued::new(write, reply));
    writer.commit(&mut [job]).await.unwrap();
    let connection = writer.connection.as_mut().unwrap();
    let level = sqlx::query_scalar("PRAGMA synchronous");
    level.fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn a_step_of_a_purchase_is_synced_if_it_asks_for_it() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory).await;
    let record = dispatched(purchase(0));
    let durable = Change {
        durable: true,
        ..evidence(&record)
    };
    let committed = Change {
        durable: false,
        ..durable.clone()
    };
    let step = |change: &Change<'_>| StepPurchase::new(change).unwrap();
    assert_eq!(synced(&mut writer, step(&durable)).await, 2);
    assert_eq!(synced(&mut writer, step(&committed)).await, 1);
    assert_eq!(synced(&mut writer, step(&durable)).await, 2);
}

#[tokio::test]
async fn a_release_is_synced_before_it_is_sent() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory).await;
    assert_eq!(synced(&mut writer, Touch).await, 1);
    let release = Release {
        tenant: Tenant::default(),
        number_id: NumberId::new("us-main:PN1").unwrap(),
        identity: "identity".to_owned(),
        number: None,
        done: false,
        release_at: None,
        sent: true,
        held_since: None,
        provenance: trunkline_core::Provenance::default(),
    };
    let begin = BeginRelease(
        release,
        std::time::Duration::ZERO,
        trunkline_admin::chronicle::Trail::default(),
    );
    assert_eq!(synced(&mut writer, begin).await, 2);
}

async fn keys_left_after(writer: &mut Writer, prune: Prune) -> i64 {
    synced(writer, prune).await;
    let connection = writer.connection.as_mut().unwrap();
    let left = sqlx::query_scalar("SELECT COUNT(*) FROM idempotency");
    left.fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn a_clock_that_jumped_ahead_is_believed_by_a_process_that_has_run_for_a_day() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory).await;
    let connection = writer.connection.as_mut().unwrap();
    // All the time since 1970 has passed since somebody looked at the clock.
    let old = "UPDATE meta SET value = '0' WHERE name = 'clock'; \
         INSERT INTO idempotency (tenant, key, route, fingerprint, created_ms) VALUES ('t', 'k', 'r', 'f', 0)";
    connection.execute(sqlx::raw_sql(old)).await.unwrap();
    for _ in 0..2 {
        let left = keys_left_after(&mut writer, Prune { tried: false }).await;
        assert_eq!(left, 1, "the clock may be wrong");
    }
    let left = keys_left_after(&mut writer, Prune { tried: true }).await;
    assert_eq!(left, 0);
}
