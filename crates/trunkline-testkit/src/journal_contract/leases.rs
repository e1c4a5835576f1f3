//! Leases that hold.

use trunkline_engine::journal::{Commit, Lease};

use super::draft::{dispatched, purchase, under};
use super::{Subject, at_once};

const NAME: &str = "sync:us-main";

/// Not even its owner takes it twice.
pub async fn a_lease_is_held_by_one(subject: &Subject) {
    let lease = subject.acquire(NAME, "a").await.unwrap();
    assert_eq!((lease.name.as_str(), lease.fence), (NAME, 1));
    assert!(lease.holds());
    for owner in ["a", "b"] {
        assert_eq!(subject.acquire(NAME, owner).await, None);
    }
    assert!(subject.acquire("sync:emea", "b").await.is_some());
}

/// The fence never goes back.
pub async fn a_lease_given_back_passes_on_with_a_higher_fence(subject: &Subject) {
    for fence in 1..=3 {
        let lease = subject.acquire(NAME, "a").await.unwrap();
        assert_eq!(lease.fence, fence);
        subject.unlock(&lease).await;
    }
}

/// It keeps its fence.
pub async fn a_lease_can_be_renewed_by_its_holder_alone(subject: &Subject) {
    let old = subject.acquire(NAME, "a").await.unwrap();
    let renewed = subject.renew(&old).await.unwrap();
    assert_eq!((renewed.name.as_str(), renewed.fence), (NAME, old.fence));
    assert!(renewed.remaining() >= old.remaining());
    subject.unlock(&renewed).await;
    assert_eq!(subject.renew(&renewed).await, None);
    let new = subject.acquire(NAME, "b").await.unwrap();
    assert_eq!(subject.renew(&old).await, None);
    assert!(subject.renew(&new).await.is_some());
}

/// A holder that was thought dead does not take it from the next one.
pub async fn a_lease_can_be_given_back_by_its_holder_alone(subject: &Subject) {
    let old = subject.acquire(NAME, "a").await.unwrap();
    subject.unlock(&old).await;
    subject.acquire(NAME, "b").await.unwrap();
    subject.unlock(&old).await;
    assert_eq!(subject.acquire(NAME, "c").await, None);
}

/// The first to come.
pub async fn a_lease_wanted_many_times_at_once_is_held_by_one(subject: &Subject) {
    let leases = at_once(subject, 64, |subject, index| async move {
        subject.acquire(NAME, &format!("owner-{index}")).await
    });
    assert_eq!(leases.await.iter().flatten().count(), 1);
}

/// A database that lost its last commits gives a fence again: what was leased then is not what is leased now.
pub async fn a_lease_with_the_fence_of_another_owner_is_another(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    let lost = Lease {
        owner: "another".to_owned(),
        ..lease.clone()
    };
    assert_eq!(subject.renew(&lost).await, None);
    subject.unlock(&lost).await;
    let next = dispatched(record);
    let refused = subject.commit(under(&lost, &next)).await;
    assert_eq!(refused, Commit::LeaseLost);
    let made = subject.commit(under(&lease, &next)).await;
    assert_eq!(made, Commit::Done(2));
    assert!(subject.renew(&lease).await.is_some());
}
