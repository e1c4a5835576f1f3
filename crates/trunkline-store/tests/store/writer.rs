//! The group-committing writer.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use trunkline_core::{ErrorKind, Result, Retry};
use trunkline_engine::Journal;
use trunkline_engine::journal::Begin;
use trunkline_store::{Database, Options, Sqlite};
use trunkline_testkit::journal_contract::draft::{begun, dispatched, evidence, purchase, scope};

use crate::{eventually, open, raw, url};

fn assert_away<T: std::fmt::Debug>(outcome: Result<T>) {
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::UpstreamUnavailable, Retry::Backoff),
        "{error:?}"
    );
    assert!(error.message().starts_with("the database"), "{error:?}");
}

/// On one thread the writer runs only once all of them wait, so they share a transaction.
#[tokio::test]
async fn a_violated_constraint_fails_its_own_write_alone() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    let (old, _) = begun(&store, &purchase(0)).await;
    let mut twin = purchase(1);
    twin.purchase.id = old.purchase.id;
    let (before, after) = (purchase(2), purchase(3));
    let (before_key, key, after_key) = (scope("before"), scope("twin"), scope("after"));
    let (first, refused, last) = tokio::join!(
        store.begin(&before_key, &before, "owner"),
        store.begin(&key, &twin, "owner"),
        store.begin(&after_key, &after, "owner"),
    );
    assert!(matches!(
        (first, last),
        (Ok(Begin::Fresh(_)), Ok(Begin::Fresh(_)))
    ));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(store.find_key(&scope("twin")).await.unwrap(), None);
    for record in [&before, &after] {
        assert!(store.load(&record.purchase.id).await.unwrap().is_some());
    }
    begun(&store, &purchase(1)).await;
}

#[tokio::test]
async fn write_waits_for_other_processes_up_to_a_limit() {
    let directory = TempDir::new().unwrap();
    let options = Options {
        busy_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let store = Sqlite::open(&url(directory.path()), options).await.unwrap();
    let other = raw(&directory);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_away(store.check().await);
    assert_away(store.begin(&scope("k"), &purchase(0), "owner").await);
    other.execute_batch("ROLLBACK").unwrap();
    store.check().await.unwrap();
    begun(&store, &purchase(0)).await;
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_written_to_a_file_that_was_removed() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    let (record, _) = begun(&store, &purchase(0)).await;
    let (path, aside) = (
        directory.path().join("journal.db"),
        directory.path().join("aside.db"),
    );
    std::fs::rename(&path, &aside).unwrap();
    assert_away(store.check().await);
    let record = dispatched(record);
    assert_away(store.commit(evidence(&record)).await);
    std::fs::write(&path, "").unwrap();
    assert_away(store.check().await);
    std::fs::rename(&aside, &path).unwrap();
    store.check().await.unwrap();
}

#[tokio::test]
async fn closing_finishes_queued_writes() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    let record = purchase(0);
    let key = scope("k");
    let (begun, ()) = tokio::join!(store.begin(&key, &record, "owner"), store.close());
    assert!(matches!(begun, Ok(Begin::Fresh(_))));
    assert_away(store.check().await);
    assert_away(store.load(&record.purchase.id).await);
    assert!(
        open(&directory)
            .await
            .load(&record.purchase.id)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_writer() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    store.check().await.unwrap();
    drop(store.clone());
    let is_open = || is_open_here(&directory.path().join("journal.db"));
    assert!(is_open());
    drop(store);
    eventually("the writer closes the file", async || !is_open()).await;
}

/// Whether this process has a file open; where the system does not tell, whether SQLite has a log beside it.
fn is_open_here(path: &Path) -> bool {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return path.with_extension("db-wal").exists();
    };
    open.flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .any(|file| file == path)
}
