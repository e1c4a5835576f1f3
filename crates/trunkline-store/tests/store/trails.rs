//! What becomes of a chain that somebody has been at, and what several replicas write at once.

use std::sync::Arc;

use tempfile::TempDir;
use tokio::task::JoinSet;
use trunkline_admin::Trails;
use trunkline_admin::audit::{Audit, Entry, Outcome, Verification, verify};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Draft, EventFilter, EventType};
use trunkline_core::{Caller, Tenant};
use trunkline_engine::ActionKind;
use trunkline_engine::seal::Sealer;
use trunkline_store::{Postgres, Sqlite};

use crate::postgres::database;
use crate::{open, postgres, raw};

fn told(resource: &str) -> Trail {
    let caller = Caller::of(Tenant::default());
    let row = Entry::new(&caller, ActionKind::NumberUpdate.as_str())
        .at("us-main")
        .about(Some("+14155550100"))
        .on(resource)
        .ended(Outcome::Ok);
    let event = Draft::new(EventType::NumberUpdated, &Tenant::default(), "us-main");
    Trail::default().with(row).telling(event.on(resource))
}

async fn check(store: &Sqlite) -> Verification {
    verify(store, &Tenant::default()).await.unwrap()
}

/// Places and what is wrong there, after this was done to a chain of five.
async fn after(tampering: &'static str) -> Vec<(i64, String)> {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    for row in 1..=5 {
        store
            .note(&told(&format!("us-main:PN{row}")))
            .await
            .unwrap();
    }
    assert!(check(&store).await.is_whole());
    raw(&directory).execute_batch(tampering).unwrap();
    let found = check(&store).await;
    let faults = found.faults.into_iter();
    faults.map(|fault| (fault.seq, fault.what)).collect()
}

#[tokio::test]
async fn a_row_that_was_changed_is_named() {
    let change = "UPDATE audit SET doc = replace(doc, 'PN3', 'PN9') WHERE seq = 3";
    let faults = after(change).await;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].0, 3);
    // Whoever computes its hash anew has to do so with all that follow.
    let hash = "UPDATE audit SET hash = '00' WHERE seq = 3";
    let places: Vec<_> = after(hash).await.iter().map(|fault| fault.0).collect();
    assert_eq!(places, [3, 4]);
}

#[tokio::test]
async fn indexed_columns_cannot_be_changed_alone() {
    for column in [
        "account",
        "number",
        "action",
        "key_id",
        "outcome",
        "request_id",
        "id",
        "at_ms",
    ] {
        let value = if column == "at_ms" {
            "at_ms - 1"
        } else {
            "'x'"
        };
        let change = format!("UPDATE audit SET {column} = {value} WHERE seq = 2");
        let faults = after(change.leak()).await;
        assert_eq!((faults.len(), faults[0].0), (1, 2), "{column}: {faults:?}");
    }
}

#[tokio::test]
async fn a_row_that_was_removed_is_missed() {
    let faults = after("DELETE FROM audit WHERE seq = 2").await;
    assert_eq!(faults, [(2, "a row is missing here".to_owned())]);
    let closed_up = "DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = seq - 1 WHERE seq > 2; \
                     UPDATE trails SET seq = 4";
    let places: Vec<_> = after(closed_up).await.iter().map(|fault| fault.0).collect();
    assert_eq!(places, [2, 3, 4]);
}

#[tokio::test]
async fn a_row_that_was_put_in_is_found() {
    let put_in = "INSERT INTO audit SELECT tenant, 6, at_ms, hash, doc, 'aud_other', account, number, action, key_id, \
                  outcome, request_id FROM audit WHERE seq = 1";
    let faults = after(put_in).await;
    assert_eq!((faults.len(), faults[0].0), (1, 6), "{faults:?}");
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_missed() {
    let faults = after("DELETE FROM audit WHERE seq > 3").await;
    assert_eq!(faults, [(4, "the last 2 of 5 rows are missing".to_owned())]);
    let faults = after("DELETE FROM audit").await;
    assert_eq!(faults, [(1, "the last 5 of 5 rows are missing".to_owned())]);
    let faults = after("DELETE FROM trails").await;
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[tokio::test]
async fn a_tenant_whose_end_was_removed_is_still_verified() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    store.note(&told("us-main:PN1")).await.unwrap();
    raw(&directory).execute_batch("DELETE FROM trails").unwrap();
    assert_eq!(store.audited().await.unwrap(), [Tenant::default()]);
    assert!(!check(&store).await.is_whole());
}

/// Places and what is wrong there, by somebody who has the secret that the chain was signed with, or another.
async fn signed(tampering: &'static str, secret: &[u8]) -> Vec<(i64, String)> {
    let directory = TempDir::new().unwrap();
    let store = Arc::new(open(&directory).await);
    let audit = |secret: &[u8]| Audit::new(store.clone()).anchored_by(Sealer::new(secret));
    let ours = audit(b"a secret that is not in the database");
    for row in 1..=5 {
        store
            .note(&told(&format!("us-main:PN{row}")))
            .await
            .unwrap();
    }
    ours.anchor().await.unwrap();
    raw(&directory).execute_batch(tampering).unwrap();
    // With access to the database one can write a whole chain, each row rightly following the one before.
    store.note(&told("us-main:PN6")).await.unwrap();
    ours.anchor().await.unwrap();
    let found = audit(secret).verify(&Tenant::default()).await.unwrap();
    found
        .faults
        .into_iter()
        .map(|fault| (fault.seq, fault.what))
        .collect()
}

#[tokio::test]
async fn rewritten_audit_chain_is_detected_by_its_signature() {
    let secret = b"a secret that is not in the database";
    assert_eq!(signed("SELECT 1", secret).await, []);
    let anew =
        "DELETE FROM audit; DELETE FROM trails; DELETE FROM events; DELETE FROM event_sequences";
    let faults = signed(anew, secret).await;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].1.contains("signed"), "{faults:?}");
    let moved = "UPDATE audit_anchors SET hash = (SELECT hash FROM audit WHERE seq = 2), seq = 2";
    let faults = signed(moved, secret).await;
    assert!(
        faults[0].1.contains("not made with this secret_key"),
        "{faults:?}"
    );
    let other = signed("SELECT 1", b"another secret, of somebody else").await;
    assert_eq!(other.len(), 1, "{other:?}");
}

/// No time between, so that a crash leaves no row that could be written anew.
#[tokio::test]
async fn a_row_is_signed_by_the_write_that_adds_it() {
    let directory = TempDir::new().unwrap();
    let store = Arc::new(open(&directory).await);
    let secret = b"a secret that is not in the database";
    let audit = Audit::new(store.clone()).anchored_by(Sealer::new(secret));
    let several = Trail {
        audit: [told("us-main:PN3").audit, told("us-main:PN4").audit].concat(),
        ..told("us-main:PN2")
    };
    let only_rows = Trail {
        events: Vec::new(),
        ..told("us-main:PN5")
    };
    let only_events = Trail {
        audit: Vec::new(),
        ..told("us-main:PN6")
    };
    for trail in [told("us-main:PN1"), several, only_rows, only_events] {
        store.note(&trail).await.unwrap();
        let (heads, anchors) = (store.audit_heads(), store.anchors());
        let signed = anchors.await.unwrap().into_iter();
        let signed: Vec<_> = signed.map(|(of, anchor)| (of, anchor.head)).collect();
        assert_eq!(heads.await.unwrap(), signed);
        assert!(audit.verify(&Tenant::default()).await.unwrap().is_whole());
    }
}

/// Whoever shortens the chain has it signed by nobody.
#[tokio::test]
async fn chain_end_is_signed_only_after_a_signed_one() {
    let cut = "DELETE FROM audit WHERE seq = 3; \
         UPDATE trails SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)";
    let unsigned = "DELETE FROM audit_anchors";
    for tampering in [cut, unsigned] {
        let directory = TempDir::new().unwrap();
        let store = Arc::new(open(&directory).await);
        let secret = b"a secret that is not in the database";
        let audit = Audit::new(store.clone()).anchored_by(Sealer::new(secret));
        for row in 1..=3 {
            let trail = told(&format!("us-main:PN{row}"));
            store.note(&trail).await.unwrap();
        }
        let before = store.anchors().await.unwrap();
        assert_eq!(before[0].1.head.seq, 3);
        raw(&directory).execute_batch(tampering).unwrap();
        store.note(&told("us-main:PN4")).await.unwrap();
        let after = store.anchors().await.unwrap();
        assert_eq!(after, if tampering == cut { before } else { Vec::new() });
        assert!(!audit.verify(&Tenant::default()).await.unwrap().is_whole());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_write_one_chain_and_one_order_of_events() {
    const EACH: i64 = 40;
    let Some(url) = database().await else { return };
    let replicas = [postgres::open(&url).await, postgres::open(&url).await].map(Arc::new);
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let store: Arc<Postgres> = Arc::clone(&replicas[writer % 2]);
        writers.spawn(async move {
            for turn in 0..EACH {
                store
                    .note(&told(&format!("us-main:PN{}", turn % 5)))
                    .await
                    .unwrap();
            }
        });
    }
    let (mut rest, tenant) = (EventFilter::default(), Tenant::default());
    let mut read = Vec::new();
    while i64::try_from(read.len()).unwrap() < 8 * EACH {
        let page = replicas[0].events(&tenant, &rest, 10).await.unwrap();
        rest.after = page.position;
        read.extend(page.events.into_iter().map(|event| event.position));
        tokio::task::yield_now().await;
    }
    assert_eq!(read, (1..=8 * EACH).collect::<Vec<_>>());
    writers.join_all().await;
    let found = verify(&*replicas[1], &tenant).await.unwrap();
    assert!(found.is_whole() && found.head.seq == 8 * EACH, "{found:?}");
}
