//! What must be on disk is synced: a kill does not show it, only the machine losing its power would.

use tempfile::TempDir;
use trunkline_core::{NumberId, Tenant};
use trunkline_engine::journal::{Change, Release};
use trunkline_testkit::journal_contract::draft::{dispatched, evidence, purchase};

use super::*;
use crate::purchases::StepPurchase;
use crate::releases::BeginRelease;
use crate::sql::{CLOCK_TRIAL, TOUCH};
use crate::sqlite::file;
use crate::write::One;

fn writer(directory: &TempDir) -> Writer {
    let url = format!("sqlite://{}/journal.db", directory.path().display());
    let (opened, connection) = file::open(&url, Duration::from_secs(5)).unwrap();
    let (_, queue) = std::sync::mpsc::channel();
    Writer::new(opened, connection, queue, Arc::default())
}

/// Commits one write, and gives what a statement finds after it.
fn found_after<W: Write>(writer: &mut Writer, write: W, statement: &str) -> i64 {
    let (reply, _) = oneshot::channel();
    let job: Box<dyn Job> = Box::new(Queued::new(write, reply, None));
    writer.commit(&mut [job]).unwrap();
    let connection = writer.connection.as_mut().unwrap();
    connection
        .query_row(statement, [], |row| row.get(0))
        .unwrap()
}

/// Commits one write and gives how SQLite syncs then: 1 is `NORMAL`, 2 is `FULL`.
fn synced<W: Write>(writer: &mut Writer, write: W) -> i64 {
    found_after(writer, write, "PRAGMA synchronous")
}

#[test]
fn a_step_of_a_purchase_is_synced_if_it_asks_for_it() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory);
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
    assert_eq!(synced(&mut writer, step(&durable)), 2);
    assert_eq!(synced(&mut writer, step(&committed)), 1);
    assert_eq!(synced(&mut writer, step(&durable)), 2);
}

#[test]
fn a_release_is_synced_before_it_is_sent() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory);
    assert_eq!(synced(&mut writer, One::new(TOUCH.query())), 1);
    let release = Release {
        tenant: Tenant::default(),
        number_id: NumberId::new("us-main:PN1").unwrap(),
        identity: "identity".to_owned(),
        number: None,
        done: false,
        release_at: None,
        sent: true,
        held_since: None,
        asked_at: None,
        provenance: trunkline_core::Provenance::default(),
    };
    let begin = BeginRelease(
        release,
        std::time::Duration::ZERO,
        trunkline_admin::chronicle::Trail::default(),
    );
    assert_eq!(synced(&mut writer, begin), 2);
}

fn keys_left_after(writer: &mut Writer, running: Duration) -> i64 {
    let keys = "SELECT COUNT(*) FROM idempotency";
    found_after(writer, Prune { running }, keys)
}

#[test]
fn clock_jump_is_accepted_after_a_day_of_uptime() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory);
    let connection = writer.connection.as_mut().unwrap();
    // All the time since 1970 has passed since the clock was looked at.
    let old = "UPDATE meta SET value = '0' WHERE name = 'clock'; \
         INSERT INTO idempotency (tenant, key, route, fingerprint, created_ms) VALUES ('t', 'k', 'r', 'f', 0)";
    connection.execute_batch(old).unwrap();
    for _ in 0..2 {
        let left = keys_left_after(&mut writer, Duration::ZERO);
        assert_eq!(left, 1, "the clock may be wrong");
    }
    let left = keys_left_after(&mut writer, CLOCK_TRIAL);
    assert_eq!(left, 0);
}
