//! Leases that hold, and leases that lapse: nobody gave them back.

use trunkline_admin::Reserve;
use trunkline_engine::journal::{Commit, Lease};

use super::draft::{answer, dispatched, purchase, scope, under};
use super::{Subject, at_once, eventually};
use crate::with;

const NAME: &str = "sync:us-main";

pub async fn a_lease_is_held_by_one(subject: &Subject) {
    let lease = subject.acquire(NAME, "a").await.unwrap();
    assert_eq!((lease.name.as_str(), lease.fence), (NAME, 1));
    assert!(lease.holds());
    for owner in ["a", "b"] {
        assert_eq!(subject.acquire(NAME, owner).await, None);
    }
    assert!(subject.acquire("sync:emea", "b").await.is_some());
}

pub async fn a_lease_given_back_passes_on_with_a_higher_fence(subject: &Subject) {
    for fence in 1..=3 {
        let lease = subject.acquire(NAME, "a").await.unwrap();
        assert_eq!(lease.fence, fence);
        subject.unlock(&lease).await;
    }
}

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

pub async fn a_lease_wanted_many_times_at_once_is_held_by_one(subject: &Subject) {
    let leases = at_once(subject, 64, |subject, index| async move {
        subject.acquire(NAME, &format!("owner-{index}")).await
    });
    assert_eq!(leases.await.iter().flatten().count(), 1);
}

/// A database that lost its last commits gives a fence again: what was leased then is not what is leased now.
pub async fn a_lease_with_the_fence_of_another_owner_is_another(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    let lost = with(lease.clone(), |it| it.owner = "another".to_owned());
    assert_eq!(subject.renew(&lost).await, None);
    subject.unlock(&lost).await;
    let next = dispatched(record);
    let refused = subject.commit(under(&lost, &next)).await;
    assert_eq!(refused, Commit::LeaseLost);
    let made = subject.commit(under(&lease, &next)).await;
    assert_eq!(made, Commit::Done(2));
    assert!(subject.renew(&lease).await.is_some());
}

async fn taken_over(subject: &Subject, name: &str) -> Lease {
    let take = async || subject.acquire(name, "other").await;
    eventually("a lease lapses", take).await
}

pub async fn a_lapsed_lease_passes_on_with_a_higher_fence(subject: &Subject) {
    let old = subject.acquire("sync", "a").await.unwrap();
    let new = taken_over(subject, "sync").await;
    assert_eq!((old.fence, new.fence), (1, 2));
}

/// By the time that another can take it over, its last holder has seen it end.
pub async fn a_lease_never_seems_to_hold_longer_than_it_does(subject: &Subject) {
    for _ in 0..5 {
        let old = taken_over(subject, "sync").await;
        let renewed = subject.renew(&old).await.unwrap_or(old);
        let new = taken_over(subject, "sync").await;
        assert!(!renewed.holds());
        subject.unlock(&new).await;
    }
}

pub async fn a_lapsed_lease_cannot_be_renewed(subject: &Subject) {
    let (_, lease) = subject.begun(&purchase(0)).await;
    let due = async || subject.due(1).await.pop();
    eventually("a lease lapses", due).await;
    assert_eq!(subject.renew(&lease).await, None);
}

pub async fn a_step_under_a_lapsed_lease_is_refused(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    taken_over(subject, &lease.name).await;
    let next = dispatched(record);
    let refused = subject.commit(under(&lease, &next)).await;
    assert_eq!(refused, Commit::LeaseLost);
}

pub async fn a_reservation_that_lapsed_unanswered_is_free(subject: &Subject) {
    let key = scope("k");
    subject.reserve(&key, "fingerprint", "a").await;
    let again = async || match subject.reserve(&key, "fingerprint", "b").await {
        Reserve::Fresh(lease) => Some(lease),
        _ => None,
    };
    assert_eq!(eventually("a reservation lapses", again).await.fence, 2);
}

pub async fn an_answer_outlives_the_lease_of_its_key(subject: &Subject) {
    let key = scope("k");
    let Reserve::Fresh(lease) = subject.reserve(&key, "fingerprint", "a").await else {
        panic!("the key was not free")
    };
    let answer = answer(204, "");
    subject.keep_answer(&key, &answer).await;
    taken_over(subject, &lease.name).await;
    let again = subject.reserve(&key, "fingerprint", "b").await;
    assert_eq!(again, Reserve::Answered(answer));
}

pub async fn an_open_purchase_whose_lease_lapsed_is_due(subject: &Subject) {
    let (record, _) = subject.begun(&purchase(0)).await;
    let due = async || subject.due(10).await.pop();
    let due = eventually("a purchase left behind becomes due", due).await;
    assert_eq!(due, record.purchase.id);
}
