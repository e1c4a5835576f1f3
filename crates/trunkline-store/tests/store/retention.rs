//! Deleting what is old: after a crash between, after tampering, and not by a clock that jumped.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunkline_admin::audit::{Audit, Entry, OldRows, Verification, action};
use trunkline_admin::chronicle::Trail;
use trunkline_core::inventory::SyncProgress;
use trunkline_core::{Caller, SyncId, Tenant, host};
use trunkline_engine::journal::OldPurchases;
use trunkline_engine::seal::Sealer;
use trunkline_store::Database;
use trunkline_testkit::journal_contract::api_keys::session;

use crate::clocks::{Place, places};
use crate::eventually;

const LONG: Duration = Duration::from_secs(600);

/// Everything, however young.
pub(crate) fn old() -> (OldRows, OldPurchases) {
    let rows = OldRows {
        tenant: Tenant::default(),
        kept: Duration::ZERO,
        limit: 100,
        sealer: Sealer::new(b"secret"),
    };
    let purchases = OldPurchases {
        kept: Duration::ZERO,
        after: None,
        limit: 100,
    };
    (rows, purchases)
}

/// A session, a reading on demand, an account and a note that are all long over.
pub(crate) const OLD: &str = "INSERT INTO sessions (token, key_id, secret, until_ms) VALUES ('old', 'key', 'secret', 1); \
     INSERT INTO inventory_syncs (id, created_ms, doc) VALUES ('old', 1, '{}'); \
     INSERT INTO inventory_accounts (identity, tenant, account, provider, hidden_ms) \
     VALUES ('old', 'default', 'old', 'acme', 1); \
     INSERT INTO notes (name, until_ms) VALUES ('old', 1)";

/// How many of them there are.
pub(crate) const COUNT: &str = "SELECT (SELECT COUNT(*) FROM sessions WHERE token = 'old') \
     + (SELECT COUNT(*) FROM inventory_syncs WHERE id = 'old') \
     + (SELECT COUNT(*) FROM inventory_accounts WHERE identity = 'old') \
     + (SELECT COUNT(*) FROM notes WHERE name = 'old')";

/// Does what forgets old sessions, readings and accounts.
pub(crate) async fn forget(store: &dyn Database) {
    store.add_session(&session("A", 60)).await.unwrap();
    store.end_session(&session("A", 60).token).await.unwrap();
    let sync = SyncProgress {
        id: SyncId::generate(host::now()),
        tenant: Tenant::default(),
        created_at: Timestamp::UNIX_EPOCH,
        ended_at: Some(Timestamp::UNIX_EPOCH),
        accounts: Vec::new(),
    };
    store.keep_sync(&sync).await.unwrap();
    store.shelve(&[], Duration::ZERO).await.unwrap();
}

async fn verified(store: &Arc<dyn Database>) -> Verification {
    let audit = Audit::new(store.clone()).checked_by(old().0.sealer);
    audit.verify(&Tenant::default()).await.unwrap()
}

/// A database with so many rows.
async fn noted(place: &Place, rows: usize) -> Arc<dyn Database> {
    let store = place.open(LONG).await;
    let caller = Caller::of(Tenant::default());
    for _ in 0..rows {
        let trail = Trail::default().with(Entry::new(&caller, action::CONFIG_RELOAD));
        store.note(&trail).await.unwrap();
    }
    let last = verified(&store).await;
    assert!(last.is_whole(), "{last:?}");
    store
}

/// Deletes so many rows: those of this very millisecond are not old yet.
async fn prune(store: &Arc<dyn Database>, wanted: usize) {
    let mut left = wanted;
    eventually("old rows are deleted", async || {
        let rows = OldRows {
            limit: left,
            ..old().0
        };
        let deleted = store.prune_audit(&rows).await.unwrap();
        left -= usize::try_from(deleted).unwrap();
        left == 0
    })
    .await;
}

/// The checkpoint is written, and then the rows can't be deleted: neither is done, and the next round does both.
#[tokio::test]
async fn rows_and_checkpoint_change_together() {
    for place in places().await {
        let store = noted(&place, 3).await;
        let mut raw = place.raw().await;
        let postgres = place.url.starts_with("postgres");
        raw.run(if postgres {
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stopped'; END $$; \
             CREATE TRIGGER stop BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION stop()"
        } else {
            "CREATE TRIGGER stop BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'stopped'); END"
        })
        .await;
        eventually("the rows are old enough to be refused", async || {
            store.prune_audit(&old().0).await.is_err()
        })
        .await;
        let tenant = Tenant::default();
        assert_eq!(store.checkpoint(&tenant).await.unwrap(), None);
        let found = verified(&store).await;
        assert!(found.is_whole() && found.rows == 3, "{found:?}");
        raw.run(if postgres {
            "DROP TRIGGER stop ON audit"
        } else {
            "DROP TRIGGER stop"
        })
        .await;
        prune(&store, 3).await;
        let found = verified(&store).await;
        assert!(found.is_whole() && found.rows == 0, "{found:?}");
    }
}

/// Where a chain of six, of which two rows were deleted, is at fault after this was done to it.
async fn faults_after(tampering: &'static str) -> Vec<(i64, String)> {
    let mut all = Vec::new();
    for place in places().await {
        let store = noted(&place, 6).await;
        prune(&store, 2).await;
        assert!(verified(&store).await.is_whole());
        place.raw().await.run(tampering).await;
        let faults = verified(&store).await.faults.into_iter();
        let faults: Vec<_> = faults.map(|fault| (fault.seq, fault.what)).collect();
        assert!(all.is_empty() || all == faults, "both databases agree");
        all = faults;
    }
    all
}

#[tokio::test]
async fn rows_missing_without_a_checkpoint_that_says_so_are_found() {
    let missing = |rows: i64| format!("{rows} rows are missing from here on");
    let faults = faults_after("DELETE FROM audit_checkpoints").await;
    assert_eq!(faults, [(1, missing(2))]);
    let faults = faults_after("DELETE FROM audit WHERE seq <= 4").await;
    assert_eq!(faults, [(3, missing(2))]);
    // Moving the checkpoint takes the key to sign it.
    let moved = "UPDATE audit_checkpoints SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4); \
                 DELETE FROM audit WHERE seq <= 4";
    let faults = faults_after(moved).await;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].1.contains("not signed by this gateway"),
        "{faults:?}"
    );
    let later = faults_after("UPDATE audit_checkpoints SET at_ms = at_ms + 1").await;
    assert_eq!(later.len(), 1, "{later:?}");
}

/// A chain of which a row was changed is evidence: none of it goes.
#[tokio::test]
async fn chain_with_a_fault_is_not_deleted() {
    for place in places().await {
        let store = noted(&place, 3).await;
        let change = "UPDATE audit SET doc = replace(doc, 'config', 'konfig') WHERE seq = 2";
        place.raw().await.run(change).await;
        eventually("it is refused", async || {
            store.prune_audit(&old().0).await.is_err()
        })
        .await;
        assert_eq!(verified(&store).await.rows, 3);
    }
}
