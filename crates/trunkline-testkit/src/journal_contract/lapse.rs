//! Leases that lapse: nobody gave them back.

use trunkline_admin::{Answer, Reserve};
use trunkline_engine::Store;
use trunkline_engine::journal::{Change, Commit, Lease};

use super::draft::{begun, dispatched, evidence, purchase, scope};
use super::{Subject, eventually};

async fn taken_over(store: &dyn Store, name: &str) -> Lease {
    eventually("a lease lapses", async || {
        store.acquire(name, "other").await.unwrap()
    })
    .await
}

/// The fence tells the two holders apart.
pub async fn a_lapsed_lease_passes_on_with_a_higher_fence(subject: &Subject) {
    let old = subject.store.acquire("sync", "a").await.unwrap().unwrap();
    let new = taken_over(&*subject.store, "sync").await;
    assert_eq!((old.fence, new.fence), (1, 2));
}

/// Whoever can take it over knows that the last holder has seen it end.
pub async fn a_lease_never_seems_to_hold_longer_than_it_does(subject: &Subject) {
    for _ in 0..5 {
        let old = taken_over(&*subject.store, "sync").await;
        let renewed = subject.store.renew(&old).await.unwrap().unwrap_or(old);
        let new = taken_over(&*subject.store, "sync").await;
        assert!(!renewed.holds());
        subject.store.unlock(&new).await.unwrap();
    }
}

/// Even though nobody else has taken it.
pub async fn a_lapsed_lease_cannot_be_renewed(subject: &Subject) {
    let (_, lease) = begun(&*subject.store, &purchase(0)).await;
    eventually("a lease lapses", async || {
        subject.store.due(1).await.unwrap().pop()
    })
    .await;
    assert_eq!(subject.store.renew(&lease).await.unwrap(), None);
}

/// A process that was frozen can't go on where it stood.
pub async fn a_step_under_a_lapsed_lease_is_refused(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    taken_over(&*subject.store, record.purchase.id.as_str()).await;
    let next = dispatched(record);
    let change = Change {
        event: None,
        lease: Some(&lease),
        ..evidence(&next)
    };
    assert_eq!(
        subject.store.commit(change).await.unwrap(),
        Commit::LeaseLost
    );
}

/// Its holder is gone; the same request may be made again.
pub async fn a_reservation_that_lapsed_unanswered_is_free(subject: &Subject) {
    let store = &subject.admin;
    store
        .reserve_key(&scope("k"), "fingerprint", "a")
        .await
        .unwrap();
    let again = async || match store
        .reserve_key(&scope("k"), "fingerprint", "b")
        .await
        .unwrap()
    {
        Reserve::Fresh(lease) => Some(lease),
        _ => None,
    };
    assert_eq!(eventually("a reservation lapses", again).await.fence, 2);
}

/// Its lease was only for as long as there was none.
pub async fn an_answer_outlives_the_lease_of_its_key(subject: &Subject) {
    let store = &subject.admin;
    let Reserve::Fresh(lease) = store
        .reserve_key(&scope("k"), "fingerprint", "a")
        .await
        .unwrap()
    else {
        panic!("the key was not free")
    };
    let answer = Answer {
        status: 204,
        content_type: String::new(),
        location: None,
        body: String::new(),
    };
    store
        .keep_answer(&scope("k"), answer.clone(), None)
        .await
        .unwrap();
    taken_over(&*subject.store, &lease.name).await;
    let again = store
        .reserve_key(&scope("k"), "fingerprint", "b")
        .await
        .unwrap();
    assert_eq!(again, Reserve::Answered(answer));
}

/// So that somebody settles it.
pub async fn an_open_purchase_whose_lease_lapsed_is_due(subject: &Subject) {
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    let due = async || subject.store.due(10).await.unwrap().pop();
    assert_eq!(
        eventually("a purchase left behind becomes due", due).await,
        record.purchase.id
    );
}
