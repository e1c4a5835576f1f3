//! A database's clock that is set back, or far ahead.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Executor, Row};
use tempfile::TempDir;
use trunkline_admin::Reserve;
use trunkline_store::{Database, Options};
use trunkline_testkit::journal_contract::draft::{
    begun, begun_as, presumed, purchase, scope, step_watched,
};

use crate::{eventually, postgres, retention, url};

/// A database of either kind that nobody else uses.
pub(crate) struct Place {
    pub(crate) url: String,
    _directory: Option<TempDir>,
}

/// A connection that knows nothing of journals.
pub(crate) enum Raw {
    Sqlite(rusqlite::Connection),
    Postgres(PgConnection),
}

/// One of each kind, if there is a server.
pub(crate) async fn places() -> Vec<Place> {
    let directory = TempDir::new().unwrap();
    let file = Place {
        url: url(directory.path()),
        _directory: Some(directory),
    };
    let server = postgres::database().await.map(|url| Place {
        url,
        _directory: None,
    });
    std::iter::once(file).chain(server).collect()
}

impl Place {
    pub(crate) async fn open(&self, lease_ttl: Duration) -> Arc<dyn Database> {
        let options = Options {
            lease_ttl,
            ..Options::default()
        };
        trunkline_store::open_with(&self.url, options)
            .await
            .unwrap()
    }

    pub(crate) async fn raw(&self) -> Raw {
        match self.url.strip_prefix("sqlite://") {
            Some(path) => Raw::Sqlite(rusqlite::Connection::open(path).unwrap()),
            None => Raw::Postgres(postgres::raw(&self.url).await),
        }
    }
}

impl Raw {
    pub(crate) async fn run(&mut self, text: &'static str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(text).unwrap(),
            Self::Postgres(connection) => drop(connection.execute(text).await.unwrap()),
        }
    }

    /// The number in the first row.
    pub(crate) async fn number(&mut self, text: &'static str) -> i64 {
        match self {
            Self::Sqlite(connection) => connection.query_row(text, [], |row| row.get(0)).unwrap(),
            Self::Postgres(connection) => connection.fetch_one(text).await.unwrap().get(0),
        }
    }
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(150);

/// As if the clock had been set back by ten minutes since.
const SET_BACK: &str = "UPDATE leases SET until_ms = until_ms + 600000";

#[tokio::test]
async fn clock_set_back_does_not_extend_leases() {
    for place in places().await {
        let store = place.open(SHORT).await;
        let (record, _) = begun(&*store, &purchase(0)).await;
        let key = scope("k");
        store.reserve_key(&key, "f", "a").await.unwrap();
        place.raw().await.run(SET_BACK).await;
        let id = record.purchase.id;
        assert_eq!(store.due(9).await.unwrap(), std::slice::from_ref(&id));
        // Its holder counts by another clock: it gets the time that a lease may have.
        assert_eq!(store.acquire(id.as_str(), "b").await.unwrap(), None);
        eventually("the lease ends", async || {
            store.acquire(id.as_str(), "b").await.unwrap().is_some()
        })
        .await;
        eventually("the reservation ends", async || {
            let reserved = store.reserve_key(&key, "f", "b").await.unwrap();
            matches!(reserved, Reserve::Fresh(_))
        })
        .await;
    }
}

#[tokio::test]
async fn clock_set_back_does_not_delay_looks() {
    for place in places().await {
        let store = place.open(LONG).await;
        let (record, lease) = begun(&*store, &purchase(0)).await;
        store.unlock(&lease).await.unwrap();
        let hour = Some(Duration::from_secs(3_600));
        let record = step_watched(&*store, presumed(record), hour).await;
        store.close().await;
        let mut raw = place.raw().await;
        raw.run("UPDATE purchases SET due_ms = due_ms + 864000000")
            .await;
        raw.run("DELETE FROM leases WHERE name = 'upkeep'").await;
        let store = place.open(LONG).await;
        eventually("the look is due", async || {
            store.due(9).await.unwrap() == std::slice::from_ref(&record.purchase.id)
        })
        .await;
    }
}

#[tokio::test]
async fn a_pause_longer_than_the_longest_is_cut() {
    for place in places().await {
        let store = place.open(LONG).await;
        let (record, _) = begun(&*store, &purchase(0)).await;
        step_watched(&*store, presumed(record), Some(LONG * 600)).await;
        let ahead =
            "SELECT CAST((MAX(due_ms) - MAX(created_ms)) / 3600000 AS BIGINT) FROM purchases";
        assert!(place.raw().await.number(ahead).await <= 2);
    }
}

#[tokio::test]
async fn nothing_is_forgotten_by_a_clock_that_jumped_ahead() {
    for place in places().await {
        let store = place.open(LONG).await;
        for key in ["old", "young"] {
            begun_as(&*store, &scope(key), &purchase(u32::from(key == "old"))).await;
        }
        store.close().await;
        let mut raw = place.raw().await;
        // Forty days of that clock have passed since anybody looked at it.
        raw.run("UPDATE idempotency SET created_ms = created_ms - 3456000000 WHERE key = 'old'")
            .await;
        raw.run("UPDATE purchases SET due_ms = NULL").await;
        raw.run("UPDATE meta SET value = CAST(CAST(value AS BIGINT) - 3456000000 AS TEXT) WHERE name = 'clock'")
            .await;
        raw.run("DELETE FROM leases WHERE name = 'upkeep'").await;
        // Put right in the same round, before anything is forgotten.
        raw.run("INSERT INTO deliveries (webhook, position, tenant, resource, state, attempts, wanted_ms, due_ms) \
                 VALUES ('w', 1, 'default', 'r', 'pending', 0, 0, 9000000000000)")
            .await;
        let store = place.open(LONG).await;
        eventually("the round is made", async || {
            let due = raw.number("SELECT due_ms FROM deliveries").await;
            due < 9_000_000_000_000
        })
        .await;
        for _ in 0..20 {
            store.check().await.unwrap();
        }
        let old = store.find_key(&scope("old")).await.unwrap();
        assert!(old.is_some(), "{}", place.url);
        assert_eq!(store.prune_events(Duration::ZERO, 10).await.unwrap(), 0);
        let (rows, purchases) = retention::old();
        assert_eq!(store.prune_audit(&rows).await.unwrap(), 0);
        assert_eq!(store.forget_purchases(&purchases).await.unwrap().count, 0);
        raw.run(retention::OLD).await;
        retention::forget(&*store).await;
        assert_eq!(raw.number(retention::COUNT).await, 4, "{}", place.url);
        store.close().await;
        // The clock was right after all, as somebody who looked at it meanwhile has seen.
        raw.run("UPDATE meta SET value = CAST((SELECT MAX(created_ms) FROM idempotency) AS TEXT) WHERE name = 'clock'")
            .await;
        raw.run("DELETE FROM leases WHERE name = 'upkeep'").await;
        let store = place.open(LONG).await;
        eventually("the old key is forgotten", async || {
            store.find_key(&scope("old")).await.unwrap().is_none()
        })
        .await;
        assert!(store.find_key(&scope("young")).await.unwrap().is_some());
        retention::forget(&*store).await;
        eventually("the notes are forgotten too", async || {
            raw.number(retention::COUNT).await == 0
        })
        .await;
    }
}
