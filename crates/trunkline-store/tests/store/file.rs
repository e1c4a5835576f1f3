//! The file itself: made, kept, and refused in clear words.

use secrecy::ExposeSecret;
use tempfile::TempDir;
use trunkline_admin::Answers;
use trunkline_core::ErrorKind;
use trunkline_engine::Journal;
use trunkline_engine::journal::Begin;
use trunkline_store::{Database, Options, Sqlite};
use trunkline_testkit::journal_contract::draft::{begun_as, dispatched, purchase, scope, step};

use crate::{eventually, open, raw, url};

async fn refusal(url: &str) -> String {
    let error = trunkline_store::open(url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn written_rows_survive_reopening() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    let (record, _) = begun_as(&store, &scope("k"), &purchase(0)).await;
    let record = step(&store, dispatched(record)).await;
    let secret = store.secret().await.unwrap();
    store.close().await;
    let store = open(&directory).await;
    assert_eq!(
        store.load(&record.purchase.id).await.unwrap(),
        Some(record.clone())
    );
    let again = store
        .begin(&scope("k"), &purchase(0), "owner")
        .await
        .unwrap();
    assert_eq!(again, Begin::Known(Box::new(record)));
    assert_eq!(
        store.secret().await.unwrap().expose_secret(),
        secret.expose_secret()
    );
}

#[tokio::test]
async fn the_url_chooses_the_database() {
    let directory = TempDir::new().unwrap();
    let database = trunkline_store::open(&url(directory.path())).await.unwrap();
    let store: std::sync::Arc<dyn trunkline_engine::Store> = database.clone();
    store.check().await.unwrap();
    database.close().await;
    let unknown = refusal("mysql://me:hunter2@db").await;
    assert!(unknown.contains("sqlite://") && unknown.contains("postgres://"));
    assert!(!unknown.contains("hunter2"), "{unknown}");
    assert!(refusal("sqlite://").await.contains("sqlite://"));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_refused_by_name() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    std::fs::write(
        &file,
        "this has never been a database, but it is long enough to look like one".repeat(20),
    )
    .unwrap();
    let cases = [
        (
            directory.path().join("missing/journal.db"),
            "its directory does not exist",
        ),
        (directory.path().to_path_buf(), "it is a directory"),
        (file.join("journal.db"), "its parent is not a directory"),
        (file.clone(), "it is not a SQLite database"),
    ];
    for (path, why) in cases {
        let message = refusal(&format!("sqlite://{}", path.display())).await;
        assert!(
            message.starts_with(&format!(
                "the database file {} can't be used: ",
                path.display()
            )),
            "{message}"
        );
        assert!(message.contains(why), "{message}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    open(&directory).await.close().await;
    let path = directory.path().join("journal.db");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    let may_write_anyway = std::fs::OpenOptions::new().write(true).open(&path).is_ok();
    let opened = Sqlite::open(&url(directory.path()), Options::default()).await;
    match opened {
        // The superuser may write to anything.
        Ok(store) => assert!(may_write_anyway, "{store:?}"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Config, "{error:?}"),
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    store.check().await.unwrap();
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let mode = std::fs::metadata(directory.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_file_of_another_version_is_refused() {
    let directory = TempDir::new().unwrap();
    open(&directory).await.close().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, x'00', 0)";
    raw(&directory).execute_batch(newer).unwrap();
    let message = refusal(&url(directory.path())).await;
    assert!(
        message.contains("another version of trunkline"),
        "{message}"
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    let (record, _) = begun_as(&store, &scope("k"), &purchase(0)).await;
    raw(&directory)
        .execute_batch("UPDATE purchases SET doc = '{\"purchase\": 1}'")
        .unwrap();
    let error = store.load(&record.purchase.id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(
        error.message().contains(record.purchase.id.as_str()),
        "{error:?}"
    );
    let error = store
        .begin(&scope("k"), &purchase(0), "owner")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal, "{error:?}");
}

#[tokio::test]
async fn old_keys_are_forgotten_unless_their_purchase_is_open() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    begun_as(&store, &scope("open"), &purchase(0)).await;
    for key in ["old", "young"] {
        store
            .reserve_key(&scope(key), "fingerprint", "owner")
            .await
            .unwrap();
    }
    let raw = raw(&directory);
    raw.execute_batch("UPDATE idempotency SET created_ms = 0 WHERE key IN ('old', 'open')")
        .unwrap();
    store.close().await;
    let store = open(&directory).await;
    eventually("the old key is forgotten", async || {
        store.find_key(&scope("old")).await.unwrap().is_none()
    })
    .await;
    for key in ["open", "young"] {
        assert!(
            store.find_key(&scope(key)).await.unwrap().is_some(),
            "{key}"
        );
    }
}
