//! What is over and old is deleted, and nothing else.

use std::time::Duration;

use jiff::SignedDuration;
use trunkline_admin::Audit;
use trunkline_admin::audit::{Anchor, AuditFilter, Checkpoint, Entry, Head, OldRows, action};
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Caller, ErrorKind, PurchaseId, Tenant, host};
use trunkline_engine::journal::{ForgottenPurchases, OldPurchases, Record};
use trunkline_engine::seal::Sealer;

use super::draft::{
    disputed, done, failed, presumed, purchase, release, scope, succeeded, unknown,
};
use super::{Subject, eventually};
use crate::with;

const HOUR: Duration = Duration::from_secs(3_600);

/// A purchase under a key of its own that nobody works on.
async fn begun(subject: &Subject, index: u32) -> Record {
    let key = scope(&format!("k{index}"));
    let draft = with(purchase(index), |it| {
        it.route.clone_from(&key.route);
        // Ids of one millisecond are in no order.
        let made = host::now() - SignedDuration::from_secs(60 - i64::from(index));
        it.purchase.id = PurchaseId::generate(made);
    });
    let (record, lease) = subject.begun_as(&key, &draft).await;
    subject.unlock(&lease).await;
    record
}

/// The same after a step.
async fn left(subject: &Subject, index: u32, change: impl Fn(Record) -> Record) -> Record {
    let record = begun(subject, index).await;
    subject.step(change(record)).await
}

async fn forget(subject: &Subject, old: &OldPurchases) -> ForgottenPurchases {
    subject.store.forget_purchases(old).await.unwrap()
}

/// A page of purchases however young.
fn page(after: Option<&PurchaseId>, limit: usize) -> OldPurchases {
    OldPurchases {
        kept: Duration::ZERO,
        after: after.cloned(),
        limit,
    }
}

/// Forgets purchases until so many are: one of this very millisecond is not old yet.
async fn forgotten(subject: &Subject, wanted: u64) {
    let mut count = 0;
    eventually("old purchases are forgotten", async || {
        count += forget(subject, &page(None, 100)).await.count;
        (count >= wanted).then_some(())
    })
    .await;
    assert_eq!(count, wanted);
}

pub async fn purchases_that_are_over_are_forgotten_with_their_keys(subject: &Subject) {
    let lost = left(subject, 0, failed).await;
    let given_back = left(subject, 1, |record| succeeded(record, "PN1")).await;
    subject.end_release(&done(&release(1, "PN1"))).await;
    let young = OldPurchases {
        kept: HOUR,
        ..page(None, 100)
    };
    assert_eq!(forget(subject, &young).await.count, 0);
    forgotten(subject, 2).await;
    for (record, key) in [(&lost, "k0"), (&given_back, "k1")] {
        assert_eq!(subject.load(record).await, None);
        assert_eq!(subject.entry(key).await, None);
    }
    // What is known of the carrier's ids stays, and the number can be bought again.
    let again = left(subject, 1, unknown).await;
    let number = again.purchase.number;
    let identity = super::draft::IDENTITY;
    let ids = subject
        .store
        .known_ids(identity, &number, &again.purchase.id);
    let ids = ids.await.unwrap();
    assert_eq!(ids[0].won_by, Some(given_back.purchase.id));
    assert!(ids[0].released_at.is_some());
}

pub async fn purchases_that_may_still_matter_are_kept(subject: &Subject) {
    let mut kept = vec![
        left(subject, 0, |record| succeeded(record, "PN1")).await,
        left(subject, 1, unknown).await,
        left(subject, 2, presumed).await,
        left(subject, 3, disputed).await,
    ];
    let watched = presumed(begun(subject, 4).await);
    kept.push(subject.step_watched(watched, Some(HOUR)).await);
    let (worked_on, _) = subject.begun(&purchase(5)).await;
    kept.push(subject.step(failed(worked_on)).await);
    left(subject, 6, failed).await;
    forgotten(subject, 1).await;
    for record in kept {
        assert!(subject.load(&record).await.is_some(), "{record:?}");
    }
}

/// A page without any does not end the search.
pub async fn pages_of_old_purchases_follow_each_other(subject: &Subject) {
    let held = left(subject, 0, |record| succeeded(record, "PN1")).await;
    let other = left(subject, 1, |record| succeeded(record, "PN2")).await;
    let over = left(subject, 2, failed).await;
    let last = left(subject, 3, |record| succeeded(record, "PN3")).await;
    eventually("the last is old", async || {
        let rest = forget(subject, &page(Some(&over.purchase.id), 1)).await;
        (rest.next == Some(last.purchase.id.clone())).then_some(())
    })
    .await;
    let first = forget(subject, &page(None, 2)).await;
    let next = Some(other.purchase.id.clone());
    assert_eq!(first, ForgottenPurchases { count: 0, next });
    let second = forget(subject, &page(first.next.as_ref(), 2)).await;
    let next = Some(last.purchase.id.clone());
    assert_eq!(second, ForgottenPurchases { count: 1, next });
    let third = forget(subject, &page(second.next.as_ref(), 2)).await;
    assert_eq!(third, ForgottenPurchases::default());
    assert!(subject.load(&held).await.is_some());
}

fn ours() -> Sealer {
    Sealer::new(b"a secret of the gateway")
}

fn old(kept: Duration, limit: usize) -> OldRows {
    OldRows {
        tenant: Tenant::default(),
        kept,
        limit,
        sealer: ours(),
    }
}

async fn note(subject: &Subject, rows: usize) {
    let caller = Caller::of(Tenant::default());
    for _ in 0..rows {
        let trail = Trail::default().with(Entry::new(&caller, action::CONFIG_RELOAD));
        subject.admin.note(&trail).await.unwrap();
    }
}

/// Deletes so many rows: those of this very millisecond are not old yet.
async fn pruned(subject: &Subject, wanted: u64) {
    let limit = usize::try_from(wanted).unwrap();
    let mut deleted = 0;
    eventually("old rows are deleted", async || {
        let most = limit - usize::try_from(deleted).unwrap();
        let old = old(Duration::ZERO, most);
        deleted += subject.admin.prune_audit(&old).await.unwrap();
        (deleted >= wanted).then_some(())
    })
    .await;
    assert_eq!(deleted, wanted);
}

/// Rows of this very millisecond are not old yet.
async fn refuses_to_prune(subject: &Subject) {
    let kind = eventually("it is refused", async || {
        let pruned = subject.admin.prune_audit(&old(Duration::ZERO, 9)).await;
        pruned.err().map(|error| error.kind())
    });
    assert_eq!(kind.await, ErrorKind::Conflict);
}

fn audit(subject: &Subject) -> Audit {
    Audit::new(subject.admin.clone()).checked_by(ours())
}

pub async fn old_audit_rows_leave_a_signed_checkpoint(subject: &Subject) {
    let tenant = Tenant::default();
    // A tenant without rows is fine.
    let nothing = subject.admin.prune_audit(&old(Duration::ZERO, 9)).await;
    assert_eq!(nothing.unwrap(), 0);
    note(subject, 5).await;
    let young = subject.admin.prune_audit(&old(HOUR, 9)).await;
    assert_eq!(young.unwrap(), 0);
    assert_eq!(subject.admin.checkpoint(&tenant).await.unwrap(), None);
    for (deleted, all, left) in [(3, 3, 2), (2, 5, 0)] {
        pruned(subject, deleted).await;
        let found = audit(subject).verify(&tenant).await.unwrap();
        assert!(found.is_whole() && found.checkpoint_checked, "{found:?}");
        let checkpoint = found.checkpoint.unwrap();
        assert_eq!((found.rows, checkpoint.head.seq), (left, all));
    }
    note(subject, 2).await;
    let found = audit(subject).verify(&tenant).await.unwrap();
    assert!(found.is_whole(), "{found:?}");
    assert_eq!((found.rows, found.head.seq), (2, 7));
    let rows = subject
        .admin
        .audit(&tenant, &AuditFilter::default(), 9)
        .await;
    assert_eq!(rows.unwrap().len(), 2);
}

pub async fn forged_checkpoint_is_found_and_deletes_nothing(subject: &Subject) {
    let tenant = Tenant::default();
    note(subject, 4).await;
    pruned(subject, 2).await;
    let genuine = subject.admin.checkpoint(&tenant).await.unwrap().unwrap();
    let other = Sealer::new(b"a secret of somebody else");
    let forged = genuine.signed_anew(&other, &tenant);
    subject
        .admin
        .put_checkpoint(&tenant, &forged)
        .await
        .unwrap();
    let found = audit(subject).verify(&tenant).await.unwrap();
    assert_eq!(found.faults.len(), 1, "{found:?}");
    assert_eq!(found.faults[0].seq, 2);
    assert!(found.faults[0].what.contains("not signed by this gateway"));
    refuses_to_prune(subject).await;
    assert_eq!(
        subject.admin.checkpoint(&tenant).await.unwrap(),
        Some(forged)
    );
}

/// One further on than the rows that are there does not hide that they were removed.
pub async fn checkpoint_that_does_not_fit_the_rows_is_found(subject: &Subject) {
    let tenant = Tenant::default();
    note(subject, 4).await;
    pruned(subject, 2).await;
    let genuine = subject.admin.checkpoint(&tenant).await.unwrap().unwrap();
    let hash = "0".repeat(64);
    let other = Head { seq: 2, hash };
    let wrong = Checkpoint::new(&ours(), &tenant, other);
    subject.admin.put_checkpoint(&tenant, &wrong).await.unwrap();
    let found = audit(subject).verify(&tenant).await.unwrap();
    assert_eq!(found.faults[0].seq, 3, "{found:?}");
    refuses_to_prune(subject).await;
    subject
        .admin
        .put_checkpoint(&tenant, &genuine)
        .await
        .unwrap();
    assert!(audit(subject).verify(&tenant).await.unwrap().is_whole());
}

/// What shows that the signed row is there must stay.
pub async fn rows_after_the_signed_one_are_not_deleted(subject: &Subject) {
    let tenant = Tenant::default();
    note(subject, 2).await;
    let signed = audit(subject).anchored_by(ours());
    signed.anchor().await.unwrap();
    let (_, end) = subject.admin.anchors().await.unwrap().remove(0);
    pruned(subject, 2).await;
    let found = signed.verify(&tenant).await.unwrap();
    assert!(found.is_whole() && found.rows == 0, "{found:?}");
    // The store signs rows itself, or leaves that to `anchor`, which has not run since.
    note(subject, 3).await;
    let written = host::now().as_millisecond();
    eventually("they are old", async || {
        (host::now().as_millisecond() > written).then_some(())
    })
    .await;
    let (_, now) = subject.admin.anchors().await.unwrap().remove(0);
    let behind = now.head.seq - end.head.seq;
    pruned(subject, u64::try_from(behind).unwrap()).await;
    let more = subject.admin.prune_audit(&old(Duration::ZERO, 9)).await;
    assert_eq!(more.unwrap(), 0);
    assert!(signed.verify(&tenant).await.unwrap().is_whole());
    signed.anchor().await.unwrap();
    assert!(signed.verify(&tenant).await.unwrap().is_whole());
    let forged = Anchor::new(
        &Sealer::new(b"other"),
        &tenant,
        Head {
            seq: 9,
            hash: "0".repeat(64),
        },
    );
    subject.admin.put_anchor(&tenant, &forged).await.unwrap();
    refuses_to_prune(subject).await;
}

/// A `secret_key` that is configured later signs the checkpoint anew, and without it the signature is left unchecked.
pub async fn checkpoint_is_signed_anew_when_the_chain_is_first_signed(subject: &Subject) {
    let tenant = Tenant::default();
    note(subject, 3).await;
    pruned(subject, 2).await;
    let configured = Sealer::new(b"a secret that is configured later");
    let signed = Audit::new(subject.admin.clone()).anchored_by(configured.clone());
    signed.anchor().await.unwrap();
    let found = signed.verify(&tenant).await.unwrap();
    assert!(found.is_whole() && found.checkpoint_checked, "{found:?}");
    let checkpoint = found.checkpoint.unwrap();
    assert!(checkpoint.is_genuine(&configured, &tenant));
    let unchecked = audit(subject).verify(&tenant).await.unwrap();
    assert!(
        unchecked.is_whole() && !unchecked.checkpoint_checked,
        "{unchecked:?}"
    );
}
