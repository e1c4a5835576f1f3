//! Opening a PostgreSQL database: making its tables, and refusing in clear words.

use secrecy::ExposeSecret;
use sqlx::{Executor, Row};
use tokio::task::JoinSet;
use trunkline_admin::Answers;
use trunkline_core::ErrorKind;
use trunkline_engine::Journal;
use trunkline_engine::journal::Begin;
use trunkline_store::{Database, Options, Postgres};
use trunkline_testkit::journal_contract::draft::{begun_as, dispatched, purchase, scope, step};
use trunkline_testkit::services::postgres::{USER, shared};

use crate::eventually;
use crate::postgres::{assert_away, database, open, raw};

async fn refusal(url: &str) -> String {
    let error = trunkline_store::open(url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(!format!("{error:?}").contains(USER.1), "{error:?}");
    error.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_start_ups_at_once_make_the_tables_once() {
    let Some(url) = database().await else { return };
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let url = url.clone();
        tasks.spawn(async move {
            let store = open(&url).await;
            let secret = store.secret().await.unwrap();
            store.close().await;
            secret.expose_secret().to_vec()
        });
    }
    let secrets = tasks.join_all().await;
    assert_eq!(secrets[0].len(), 32);
    assert!(secrets.iter().all(|secret| *secret == secrets[0]));
    let made = "SELECT COUNT(*) FROM _sqlx_migrations WHERE success";
    let made: i64 = raw(&url).await.fetch_one(made).await.unwrap().get(0);
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");
    let files = std::fs::read_dir(files).unwrap().count();
    assert_eq!(usize::try_from(made), Ok(files));
}

#[tokio::test]
async fn written_rows_survive_reopening() {
    let Some(url) = database().await else { return };
    let store = open(&url).await;
    let (record, _) = begun_as(&store, &scope("k"), &purchase(0)).await;
    let record = step(&store, dispatched(record)).await;
    store.close().await;
    assert_away(&store.check().await.unwrap_err());
    assert_away(&store.load(&record.purchase.id).await.unwrap_err());
    let store = open(&url).await;
    let again = store.begin(&scope("k"), &purchase(0), "owner").await;
    assert_eq!(again.unwrap(), Begin::Known(Box::new(record)));
}

#[tokio::test]
async fn closing_finishes_requested_writes() {
    let Some(url) = database().await else { return };
    let store = open(&url).await;
    let (record, key) = (purchase(0), scope("k"));
    let (begun, ()) = tokio::join!(store.begin(&key, &record, "owner"), store.close());
    assert!(matches!(begun, Ok(Begin::Fresh(_))), "{begun:?}");
    let found = open(&url).await.load(&record.purchase.id).await.unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn the_url_chooses_the_database_and_is_not_shown() {
    let Some(url) = database().await else { return };
    let url = url.replacen("postgres:", "postgresql:", 1);
    let database = trunkline_store::open(&url).await.unwrap();
    database.check().await.unwrap();
    let shown = format!("{database:?} {}", database.place());
    assert!(shown.contains("127.0.0.1"), "{shown}");
    assert!(!shown.contains(USER.1), "{shown}");
    database.close().await;
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_refused_with_advice() {
    let Some(server) = shared().await else { return };
    let url = server.database();
    let place = url.split('@').nth(1).unwrap().split('?').next().unwrap();
    let wrong_password = refusal(&url.replace(USER.1, "hunter2")).await;
    assert!(wrong_password.contains(place), "{wrong_password}");
    assert!(
        wrong_password.contains("check user, password"),
        "{wrong_password}"
    );
    assert!(!wrong_password.contains("hunter2"), "{wrong_password}");
    let missing = refusal(&server.url("missing")).await;
    assert!(missing.contains("createdb"), "{missing}");
    let ascii = server.database_with(&["-E", "SQL_ASCII"]);
    let ascii = refusal(&ascii).await;
    assert!(ascii.contains("ENCODING 'UTF8'"), "{ascii}");
    let tls = refusal(&url.replace("sslmode=disable", "sslmode=require")).await;
    assert!(tls.contains("sslmode"), "{tls}");
    let unknown = refusal(&format!("{url}&pool=9")).await;
    assert!(unknown.starts_with("database.url"), "{unknown}");
}

#[tokio::test]
async fn a_database_of_another_version_or_of_others_is_refused() {
    let Some(url) = database().await else { return };
    let mut raw = raw(&url).await;
    raw.execute("CREATE TABLE claims (id INT)").await.unwrap();
    let others = refusal(&url).await;
    assert!(others.contains("use another database"), "{others}");
    raw.execute("DROP TABLE claims").await.unwrap();
    open(&url).await.close().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, '', 0)";
    raw.execute(newer).await.unwrap();
    let newer = refusal(&url).await;
    assert!(newer.contains("another version of trunkline"), "{newer}");
}

#[tokio::test]
async fn unavailable_database_is_not_a_configuration_error() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let url = format!("postgres://me:hunter2@127.0.0.1:{port}/trunkline?sslmode=disable");
    let error = Postgres::open(&url, Options::default()).await.unwrap_err();
    assert_away(&error);
    assert!(error.message().contains("refused"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn session_durability_and_isolation_do_not_depend_on_the_url() {
    let Some(url) = database().await else { return };
    let weak = "-c%20synchronous_commit%3Doff%20-c%20default_transaction_isolation%3Dserializable";
    let store = open(&format!("{url}&options={weak}")).await;
    let mut raw = raw(&url).await;
    let watch = "CREATE TABLE seen (setting TEXT); \
         CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES \
         (current_setting('synchronous_commit') || ', ' || current_setting('transaction_isolation')); \
         RETURN NEW; END $$; \
         CREATE TRIGGER see BEFORE INSERT ON purchases FOR EACH ROW EXECUTE FUNCTION see()";
    raw.execute(watch).await.unwrap();
    begun_as(&store, &scope("k"), &purchase(0)).await;
    let seen = raw.fetch_one("SELECT setting FROM seen").await.unwrap();
    assert_eq!(seen.get::<String, _>(0), "on, read committed");
}

#[tokio::test]
async fn a_row_is_not_quoted_in_an_error() {
    let Some(url) = database().await else { return };
    let store = open(&url).await;
    let (record, _) = begun_as(&store, &scope("k"), &purchase(0)).await;
    let mut twin = purchase(1);
    twin.purchase.id = record.purchase.id.clone();
    let error = store
        .begin(&scope("twin"), &twin, "owner")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(
        !format!("{error:?}").contains(record.purchase.id.as_str()),
        "{error:?}"
    );
    assert_eq!(store.find_key(&scope("twin")).await.unwrap(), None);
    store.check().await.unwrap();
}

#[tokio::test]
async fn old_keys_are_forgotten_unless_their_purchase_is_open() {
    let Some(url) = database().await else { return };
    let store = open(&url).await;
    begun_as(&store, &scope("open"), &purchase(0)).await;
    for key in ["old", "young"] {
        let reserved = store.reserve_key(&scope(key), "fingerprint", "owner").await;
        reserved.unwrap();
    }
    store.close().await;
    let mut raw = raw(&url).await;
    let age = "UPDATE idempotency SET created_ms = 0 WHERE key IN ('old', 'open')";
    raw.execute(age).await.unwrap();
    // Otherwise it would be a minute until the next turn.
    raw.execute("DELETE FROM leases WHERE name = 'upkeep'")
        .await
        .unwrap();
    let store = open(&url).await;
    eventually("the old key is forgotten", async || {
        store.find_key(&scope("old")).await.unwrap().is_none()
    })
    .await;
    for key in ["open", "young"] {
        let found = store.find_key(&scope(key)).await.unwrap();
        assert!(found.is_some(), "{key}");
    }
}
