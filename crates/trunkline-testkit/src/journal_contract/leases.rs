//! Leases that hold.

use std::sync::Arc;

use trunkline_engine::journal::{Change, Commit, Lease};

use super::draft::{begun, dispatched, evidence, purchase};
use super::{Subject, at_once};

const NAME: &str = "sync:us-main";

/// Not even its owner takes it twice.
pub async fn a_lease_is_held_by_one(subject: &Subject) {
    let lease = subject.store.acquire(NAME, "a").await.unwrap().unwrap();
    assert_eq!(
        (lease.name.as_str(), lease.fence, lease.holds()),
        (NAME, 1, true)
    );
    for owner in ["a", "b"] {
        assert_eq!(subject.store.acquire(NAME, owner).await.unwrap(), None);
    }
    assert!(
        subject
            .store
            .acquire("sync:emea", "b")
            .await
            .unwrap()
            .is_some()
    );
}

/// The fence never goes back.
pub async fn a_lease_given_back_passes_on_with_a_higher_fence(subject: &Subject) {
    for fence in 1..=3 {
        let lease = subject.store.acquire(NAME, "a").await.unwrap().unwrap();
        assert_eq!(lease.fence, fence);
        subject.store.unlock(&lease).await.unwrap();
    }
}

/// It keeps its fence.
pub async fn a_lease_can_be_renewed_by_its_holder_alone(subject: &Subject) {
    let old = subject.store.acquire(NAME, "a").await.unwrap().unwrap();
    let renewed = subject.store.renew(&old).await.unwrap().unwrap();
    assert_eq!((renewed.name.as_str(), renewed.fence), (NAME, old.fence));
    assert!(renewed.remaining() >= old.remaining());
    subject.store.unlock(&renewed).await.unwrap();
    assert_eq!(subject.store.renew(&renewed).await.unwrap(), None);
    let new = subject.store.acquire(NAME, "b").await.unwrap().unwrap();
    assert_eq!(subject.store.renew(&old).await.unwrap(), None);
    assert!(subject.store.renew(&new).await.unwrap().is_some());
}

/// A holder that was thought dead does not take it from the next one.
pub async fn a_lease_can_be_given_back_by_its_holder_alone(subject: &Subject) {
    let old = subject.store.acquire(NAME, "a").await.unwrap().unwrap();
    subject.store.unlock(&old).await.unwrap();
    subject.store.acquire(NAME, "b").await.unwrap().unwrap();
    subject.store.unlock(&old).await.unwrap();
    assert_eq!(subject.store.acquire(NAME, "c").await.unwrap(), None);
}

/// Whoever comes first.
pub async fn a_lease_wanted_many_times_at_once_is_held_by_one(subject: &Subject) {
    let outcomes = at_once(64, |index| {
        let store = Arc::clone(&subject.store);
        async move {
            store
                .acquire(NAME, &format!("owner-{index}"))
                .await
                .unwrap()
        }
    });
    assert_eq!(outcomes.await.iter().flatten().count(), 1);
}

/// A database that lost its last commits gives a fence again: what was leased then is not what is leased now.
pub async fn a_lease_with_the_fence_of_another_owner_is_another(subject: &Subject) {
    let store = &*subject.store;
    let (record, lease) = begun(store, &purchase(0)).await;
    let lost = Lease {
        owner: "another".to_owned(),
        ..lease.clone()
    };
    assert_eq!(store.renew(&lost).await.unwrap(), None);
    store.unlock(&lost).await.unwrap();
    let next = dispatched(record);
    let under = |lease| Change {
        event: None,
        lease: Some(lease),
        ..evidence(&next)
    };
    let refused = store.commit(under(&lost)).await.unwrap();
    assert_eq!(refused, Commit::LeaseLost);
    let made = store.commit(under(&lease)).await.unwrap();
    assert_eq!(made, Commit::Done(2));
    assert!(store.renew(&lease).await.unwrap().is_some());
}
