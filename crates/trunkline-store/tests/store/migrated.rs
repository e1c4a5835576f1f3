//! Databases of earlier versions, brought up to date.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use trunkline_core::inventory::{InventoryQuery, SummaryBy};
use trunkline_core::{ErrorKind, Money, Tenant};
use trunkline_engine::inventory::{Inside, SummaryRow};
use trunkline_engine::journal::{Change, Commit, Record};
use trunkline_engine::{Charge, Store};
use trunkline_store::{Database, Tables, stores, tables};
use trunkline_testkit::journal_contract::draft::{
    begun, evidence, presumed, purchase_at, step, succeeded,
};
use trunkline_testkit::journal_contract::{Subject, inventory};

use crate::clocks::places;
use crate::{eventually, raw, url};

const LONG: Duration = Duration::from_secs(600);

/// Two identities that went by one name, one of which has what JSON escapes.
const IDENTITIES: [&str; 2] = ["AC1", "pbx \"a\\b\""];

/// Makes the tables what they were before ceilings belonged to identities, and the purses those of an account's name.
const BEFORE: &str = r#"
    DELETE FROM _sqlx_migrations WHERE version = 9;
    DELETE FROM meta WHERE name = 'clock';
    ALTER TABLE releases DROP COLUMN held;
    DROP TABLE missing_numbers;
    DROP INDEX charges_by_purse;
    UPDATE charges SET purse = replace(purse, 'identity:AC1:', 'account:us-main:');
    UPDATE charges SET purse = replace(purse, 'identity:pbx "a\b":', 'account:us-main:');
    UPDATE purchases SET doc = replace(doc, '"purse":"identity:AC1:', '"purse":"account:us-main:');
    UPDATE purchases SET doc = replace(doc, '"purse":"identity:pbx \"a\\b\":', '"purse":"account:us-main:');
    DELETE FROM purses WHERE name LIKE 'identity:%';
    INSERT INTO purses (name, spent) SELECT purse, SUM(amount) FROM charges WHERE purse LIKE 'account:%' GROUP BY purse
"#;

fn purse(identity: &str) -> String {
    format!("identity:{identity}:monthly:USD")
}

fn priced(identity: &str, index: u32) -> Record {
    let charge = |purse: String| Charge {
        purse,
        amount: Money::parse("1.15", "USD").unwrap(),
        ceiling: None,
        monthly: true,
    };
    let charges = vec![
        charge(purse(identity)),
        charge("key:k:monthly:USD".to_owned()),
    ];
    Record {
        charges,
        ..purchase_at(identity, index)
    }
}

async fn spent(store: &dyn Store) -> [i64; 4] {
    let mut found = [0; 4];
    let purses = [
        purse(IDENTITIES[0]),
        purse(IDENTITIES[1]),
        "key:k:monthly:USD".to_owned(),
        "account:us-main:monthly:USD".to_owned(),
    ];
    for (found, purse) in found.iter_mut().zip(purses) {
        *found = store.spent(&purse).await.unwrap() / 10_000;
    }
    found
}

#[tokio::test]
async fn commitments_belong_to_the_accounts_identity() {
    for place in places().await {
        let store = place.open(LONG).await;
        let (_, _) = begun(&*store, &priced(IDENTITIES[0], 0)).await;
        let (held, _) = begun(&*store, &priced(IDENTITIES[0], 1)).await;
        step(&*store, succeeded(held, "PN1")).await;
        begun(&*store, &priced(IDENTITIES[1], 2)).await;
        let (late, _) = begun(&*store, &priced(IDENTITIES[1], 3)).await;
        let late = step(&*store, presumed(late)).await;
        let before = spent(&*store).await;
        assert_eq!(before, [230, 230, 460, 0]);
        store.close().await;
        place.raw().await.run(BEFORE).await;
        // The second time there is nothing left to do.
        for _ in 0..2 {
            let store = place.open(LONG).await;
            assert_eq!(spent(&*store).await, before, "{}", place.url);
            store.close().await;
        }
        let store = place.open(LONG).await;
        let late = store.load(&late.purchase.id).await.unwrap().unwrap();
        assert_eq!(late.charges[0].purse, purse(IDENTITIES[1]));
        let late = succeeded(late, "PN2");
        let change = Change {
            unclaimed: true,
            ..evidence(&late)
        };
        let booked = store.commit(change).await.unwrap();
        assert!(matches!(booked, Commit::Done(_)), "{booked:?}");
        assert_eq!(spent(&*store).await, [230, 230, 460, 0]);
    }
}

/// What builds that used sqlx for SQLite wrote about the first two migrations.
const BY_SQLX: &str = "
    CREATE TABLE _sqlx_migrations (
        version BIGINT PRIMARY KEY,
        description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
        success BOOLEAN NOT NULL,
        checksum BLOB NOT NULL,
        execution_time BIGINT NOT NULL
    );
    INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES
        (1, 'journal', 1, x'0B710A9D8CFC20EDF5704C68898B6EB40099D8BAF5046D432A2C56336B9BA0DA243F62FBC68CBE25F91251DD70983C9F', 546140),
        (2, 'sealed', 1, x'982483FEF46527FC66BBC157489F2A7CFC78F4EA6174ACEC8FFAFB927E81DDAC6D2C5B78F2D71B1DEED979BFF34972C5', 126520);
    INSERT INTO sealed (name, text) VALUES ('token', 'kept');
";

/// A file as a build of then left it.
fn of_an_earlier_build() -> TempDir {
    let directory = TempDir::new().unwrap();
    let raw = raw(&directory);
    for text in [
        include_str!("../../migrations/sqlite/0001_journal.sql"),
        include_str!("../../migrations/sqlite/0002_sealed.sql"),
        BY_SQLX,
    ] {
        raw.execute_batch(text).unwrap();
    }
    directory
}

#[tokio::test]
async fn file_of_a_build_with_sqlx_is_brought_up_to_date() {
    let directory = of_an_earlier_build();
    let url = url(directory.path());
    assert_eq!(tables(&url).await.unwrap(), Tables::Behind(14));
    let store = trunkline_store::open(&url).await.unwrap();
    assert_eq!(store.sealed("token").await.unwrap().unwrap(), "kept");
    begun(&*store, &purchase_at(IDENTITIES[0], 0)).await;
    store.close().await;
    assert_eq!(tables(&url).await.unwrap(), Tables::Current);
}

#[tokio::test]
async fn file_whose_migrations_had_another_text_is_refused() {
    let directory = of_an_earlier_build();
    let other = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2";
    raw(&directory).execute_batch(other).unwrap();
    let error = trunkline_store::open(&url(directory.path()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let advice = "another version of trunkline made it";
    assert!(error.message().contains(advice), "{error}");
}

/// Takes away what counts the inventory, as if the tables were those of a build that had none of it.
const UNCOUNTED: [&str; 2] = [
    "DROP TRIGGER inventory_counted_added; DROP TRIGGER inventory_counted_changed;
     DROP TRIGGER inventory_counted_removed; DROP VIEW inventory_counted; DROP TABLE inventory_counts;",
    "DROP TRIGGER inventory_counted_added ON inventory; DROP TRIGGER inventory_counted_changed ON inventory;
     DROP TRIGGER inventory_counted_removed ON inventory; DROP FUNCTION inventory_count; DROP VIEW inventory_counts;
     DROP TABLE inventory_counted; DROP TABLE inventory_count_changes;",
];

/// What both kinds of database had then.
const SUMMED: &str = "DELETE FROM _sqlx_migrations WHERE version = 15; CREATE INDEX inventory_summed ON inventory
    (tenant, identity, state, account, provider, country, number_type, month, currency, price_source, price_key)";

/// Counts that no number has any more, and those that wait to be added up.
const LEFT: [&str; 2] = [
    "SELECT COUNT(*) FROM inventory_counts WHERE found = 0",
    "SELECT (SELECT COUNT(*) FROM inventory_counted WHERE found = 0) + (SELECT COUNT(*) FROM inventory_count_changes)",
];

/// What is counted by tag and by account, which is held against the numbers elsewhere.
async fn summed(store: &Arc<dyn Database>) -> Vec<SummaryRow> {
    let inside = Inside {
        tenant: Tenant::default(),
        identities: ["AC1", "AC2"].map(str::to_owned).to_vec(),
    };
    let by = [SummaryBy::Tag, SummaryBy::Account, SummaryBy::Month];
    let query = InventoryQuery::default();
    store.summarize(&inside, &query, &by).await.unwrap()
}

#[tokio::test]
async fn numbers_of_an_earlier_build_are_counted() {
    for place in places().await {
        let subject = Subject::new(stores(place.open(LONG).await));
        inventory::counts_follow_changes_made_at_once(&subject).await;
        drop(subject);
        let store = place.open(LONG).await;
        let before = summed(&store).await;
        assert!(before.len() > 10, "{before:?}");
        store.close().await;
        let which = usize::from(place.url.starts_with("postgres"));
        let mut raw = place.raw().await;
        raw.run(UNCOUNTED[which]).await;
        raw.run(SUMMED).await;
        let store = place.open(LONG).await;
        assert_eq!(summed(&store).await, before, "{}", place.url);
        store.close().await;
    }
}

#[tokio::test]
async fn counts_are_added_up_and_empty_ones_forgotten() {
    for place in places().await {
        let subject = Subject::new(stores(place.open(LONG).await));
        inventory::counts_follow_every_change(&subject).await;
        drop(subject);
        let mut raw = place.raw().await;
        let which = usize::from(place.url.starts_with("postgres"));
        assert!(raw.number(LEFT[which]).await > 0, "{}", place.url);
        raw.run("DELETE FROM leases WHERE name = 'upkeep'").await;
        let store = place.open(LONG).await;
        let before = summed(&store).await;
        eventually("the counts are added up", async || {
            raw.number(LEFT[which]).await == 0
        })
        .await;
        assert_eq!(summed(&store).await, before, "{}", place.url);
        store.close().await;
    }
}
