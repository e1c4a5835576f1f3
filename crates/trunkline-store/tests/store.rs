//! The journal's contract on both databases, what only a file or only a server can go through, and quotas in Redis.

#![expect(
    clippy::unwrap_used,
    reason = "what tests share fails them by panicking"
)]

#[path = "store/ceilings.rs"]
mod ceilings;
#[path = "store/clocks.rs"]
mod clocks;
#[path = "store/file.rs"]
mod file;
#[path = "store/histories.rs"]
mod histories;
#[path = "store/killed.rs"]
mod killed;
#[path = "store/migrated.rs"]
mod migrated;
#[path = "store/pool.rs"]
mod pool;
#[path = "store/postgres.rs"]
mod postgres;
#[path = "store/postgres_lost.rs"]
mod postgres_lost;
#[path = "store/postgres_opening.rs"]
mod postgres_opening;
#[path = "store/postgres_shared.rs"]
mod postgres_shared;
#[path = "store/proxy.rs"]
mod proxy;
#[path = "store/quotas.rs"]
mod quotas;
#[path = "store/retention.rs"]
mod retention;
#[path = "store/shared.rs"]
mod shared;
#[path = "store/size.rs"]
mod size;
#[path = "store/trails.rs"]
mod trails;
#[path = "store/writer.rs"]
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use trunkline_admin::Stores;
use trunkline_store::{Options, Sqlite};
use trunkline_testkit::journal_contract::Subject;

trunkline_testkit::journal_contract!(make);

async fn make(lease_ttl: Duration) -> Subject {
    let directory = TempDir::new().unwrap();
    let options = Options { lease_ttl, ..one() };
    let store = Sqlite::open(&url(directory.path()), options).await.unwrap();
    Subject::new(Stores::of(Arc::new(store))).keeping(directory)
}

/// With one connection, so that nothing that keeps it longer than it should goes unnoticed.
fn one() -> Options {
    Options {
        readers: 1,
        connections: 1,
        ..Options::default()
    }
}

fn url(directory: &Path) -> String {
    format!("sqlite://{}", directory.join("journal.db").display())
}

async fn open(directory: &TempDir) -> Sqlite {
    Sqlite::open(&url(directory.path()), one()).await.unwrap()
}

/// A connection that knows nothing of journals.
fn raw(directory: &TempDir) -> rusqlite::Connection {
    rusqlite::Connection::open(directory.path().join("journal.db")).unwrap()
}

async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while !condition().await {
        assert!(Instant::now() < give_up, "{what}, but it never did");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
