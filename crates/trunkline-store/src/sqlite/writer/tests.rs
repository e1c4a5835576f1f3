//! What must be on disk is synced: a kill does not show it, only the machine losing its power would.

use tempfile::TempDir;
use trunkline_core::{NumberId, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Change, Release};
use trunkline_testkit::journal_contract::draft::{dispatched, evidence, purchase, succeeded};

use super::*;
use crate::purchases::StepPurchase;
use crate::releases::BeginRelease;
use crate::sql::{self, CLOCK_TRIAL, TOUCH};
use crate::sqlite::file;
use crate::write::{Note, One};

fn writer(directory: &TempDir) -> Writer {
    let url = format!("sqlite://{}/journal.db", directory.path().display());
    let (opened, connection) = file::open(&url, Duration::from_secs(5)).unwrap();
    let (_, queue) = std::sync::mpsc::channel();
    Writer::new(opened, connection, queue, Arc::default())
}

/// Commits one write, and gives what a statement finds after it.
fn found_after<W: Write>(writer: &mut Writer, write: W, statement: &str) -> i64 {
    writer.commit(&mut [job(write)]).unwrap();
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

/// Leaves something, and is undone.
struct Undone(Trail);

#[async_trait]
impl Write for Undone {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        on.leave(&self.0).await?;
        Ok(Done::Undone(()))
    }
}

fn job<W: Write>(write: W) -> Box<dyn Job> {
    Box::new(Queued::new(write, oneshot::channel().0, None))
}

#[test]
fn writes_of_one_transaction_leave_one_chain_without_those_that_are_undone() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory);
    let before = dispatched(purchase(0));
    let after = succeeded(before.clone(), "PN1");
    let (before, after) = (&before, &after);
    let bought = || Trail::of(&[DomainEvent::PurchaseChanged { before, after }]);
    assert_eq!((bought().audit.len(), bought().events.len()), (1, 1));
    let webhook = sql::PUT_WEBHOOK.query().bind("wh_1").bind("default");
    let webhook = webhook.bind(true).bind("{}").bind(false);
    let mut batch = [
        job(Note::alone(bought())),
        job(Undone(bought())),
        job(One::new(webhook)),
        job(Undone(bought())),
        job(Note::alone(bought())),
    ];
    writer.commit(&mut batch).unwrap();
    assert!(writer.careful, "one of them was refused");
    writer.commit(&mut [job(Note::alone(bought()))]).unwrap();
    assert!(!writer.careful);
    let connection = writer.connection.as_mut().unwrap();
    let number = |statement: &str| connection.query_row(statement, [], |row| row.get::<_, i64>(0));
    let webhook = number("SELECT place FROM webhooks").unwrap();
    assert_eq!(webhook, 1, "it hears of what comes after the first event");
    for (count, statement) in [
        (3, "SELECT COUNT(*) FROM audit"),
        (3, "SELECT MAX(seq) FROM audit"),
        (3, "SELECT COUNT(*) FROM events"),
        (3, "SELECT MAX(sequence) FROM events"),
        (
            1,
            "SELECT COUNT(*) FROM trails JOIN audit USING (tenant, seq, hash) WHERE seq = 3 AND position = 3",
        ),
    ] {
        assert_eq!(number(statement), Ok(count), "{statement}");
    }
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

/// Numbers of the inventory whose text is like this.
fn found(writer: &mut Writer, like: &str) -> usize {
    let connection = writer.connection.as_ref().unwrap();
    let query = Query::found("SELECT seq FROM inventory", &Tenant::default());
    let query = query.and("{has text}?{/text}", Some(like));
    statement::all(connection, &query).unwrap().len()
}

#[test]
fn a_text_is_found_before_and_after_it_is_indexed() {
    let directory = TempDir::new().unwrap();
    let mut writer = writer(&directory);
    let run = |writer: &mut Writer, text| {
        let connection = writer.connection.as_ref().unwrap();
        connection.execute_batch(text).unwrap();
    };
    run(
        &mut writer,
        "INSERT INTO inventory (identity, provider_id, tenant, account, provider, number_type, carrier_state, \
         features, owned, main, unassigned, price_source, state, origin, tags, protected, number_key, label_key, \
         price_key, purchased_key, changed_ms, first_seen_ms, seen_ms, touched_ms, version, read, digest, text, doc) \
         VALUES ('AC1', 'PN1', 'default', 'us', 'twilio', 'local', 'active', 1, 0, 0, 1, 'unknown', 'held', '{}', \
         '[]', 0, '', '', 0, 0, 0, 0, 0, 0, 1, 0, 0, 'front desk', '{}')",
    );
    let late = "SELECT COUNT(*) FROM inventory_unindexed";
    assert_eq!(found(&mut writer, "%front%"), 1);
    assert_eq!(found_after(&mut writer, Index, late), 0);
    assert_eq!(found(&mut writer, "%front%"), 1);
    run(&mut writer, "UPDATE inventory SET text = 'back office'");
    let (old, new) = (
        found(&mut writer, "%front%"),
        found(&mut writer, "%office%"),
    );
    assert_eq!((old, new), (0, 1));
    assert_eq!(found_after(&mut writer, Index, late), 0);
    assert_eq!(found(&mut writer, "%office%"), 1);
    run(&mut writer, "DELETE FROM inventory");
    assert_eq!(found(&mut writer, "%office%"), 0);
    // An entry of the index without its row would be an error.
    let check = "INSERT INTO inventory_text (inventory_text) VALUES ('integrity-check')";
    run(&mut writer, check);
}
