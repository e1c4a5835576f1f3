//! The steps of a purchase.

use std::sync::Arc;

use jiff::Timestamp;
use trunkline_admin::Answer;
use trunkline_core::{Attempt, E164, Error, ErrorKind, PurchaseOrder};
use trunkline_engine::journal::{Begin, Change, Commit, Record};

use super::draft::{
    begun, begun_as, dispatched, evidence, presumed, purchase, purchase_at, scope, step, succeeded,
    unknown,
};
use super::{Subject, at_once};

/// What was written is what is read.
pub async fn a_step_grows_the_version(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    let record = dispatched(record);
    let change = Change {
        event: None,
        lease: Some(&lease),
        durable: true,
        ..evidence(&record)
    };
    assert_eq!(subject.store.commit(change).await.unwrap(), Commit::Done(2));
    let stored = subject.store.load(&record.purchase.id).await.unwrap();
    assert_eq!(
        stored,
        Some(Record {
            version: 2,
            ..record
        })
    );
}

/// And changes nothing.
pub async fn a_step_from_an_older_version_is_stale(subject: &Subject) {
    let (old, lease) = begun(&*subject.store, &purchase(0)).await;
    let current = step(&*subject.store, dispatched(old.clone())).await;
    let late = succeeded(old, "PN1");
    assert_eq!(
        subject.store.commit(evidence(&late)).await.unwrap(),
        Commit::Stale
    );
    let leased = Change {
        event: None,
        lease: Some(&lease),
        ..evidence(&late)
    };
    assert_eq!(subject.store.commit(leased).await.unwrap(), Commit::Stale);
    assert_eq!(
        subject.store.load(&late.purchase.id).await.unwrap(),
        Some(current)
    );
    let (other, _) = begun(&*subject.store, &purchase(1)).await;
    step(&*subject.store, succeeded(other, "PN1")).await;
}

/// It is not written down by a step.
pub async fn a_step_of_an_unknown_purchase_is_stale(subject: &Subject) {
    let record = Record {
        version: 1,
        ..purchase(0)
    };
    assert_eq!(
        subject.store.commit(evidence(&record)).await.unwrap(),
        Commit::Stale
    );
    assert_eq!(subject.store.load(&record.purchase.id).await.unwrap(), None);
}

/// Also when nobody else holds it, and when somebody does.
pub async fn a_step_under_a_lease_given_up_is_refused(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    subject.store.unlock(&lease).await.unwrap();
    let next = dispatched(record.clone());
    let change = || Change {
        event: None,
        lease: Some(&lease),
        ..evidence(&next)
    };
    assert_eq!(
        subject.store.commit(change()).await.unwrap(),
        Commit::LeaseLost
    );
    let newer = subject
        .store
        .acquire(record.purchase.id.as_str(), "other")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        subject.store.commit(change()).await.unwrap(),
        Commit::LeaseLost
    );
    assert_eq!(
        subject.store.load(&record.purchase.id).await.unwrap(),
        Some(record)
    );
    let change = Change {
        event: None,
        lease: Some(&newer),
        ..evidence(&next)
    };
    assert_eq!(subject.store.commit(change).await.unwrap(), Commit::Done(2));
}

/// What a carrier answered settles a purchase, whoever works on it by then.
pub async fn evidence_counts_without_a_lease(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    subject.store.unlock(&lease).await.unwrap();
    subject
        .store
        .acquire(record.purchase.id.as_str(), "other")
        .await
        .unwrap()
        .unwrap();
    step(&*subject.store, succeeded(record, "PN1")).await;
}

/// The old number is free at once, and the new one taken; a number that another is at is not had, and nothing changes.
pub async fn a_purchase_that_moves_on_takes_its_claim_along(subject: &Subject) {
    let store = &*subject.store;
    let (record, lease) = begun(store, &purchase(0)).await;
    let (other, _) = begun(store, &purchase(1)).await;
    let attempt = record.attempt().cloned().unwrap();
    let to = |number| {
        let mut next = record.clone();
        let order = PurchaseOrder {
            number,
            ..record.order.clone()
        };
        let attempt = Attempt {
            number,
            ..attempt.clone()
        };
        let refusal = Error::new(ErrorKind::NotAvailable, "gone");
        next.order = order;
        assert!(next.move_on(refusal, attempt, Timestamp::now()));
        next
    };
    let change = |next| Change {
        event: None,
        lease: Some(&lease),
        gives_up: Some((&attempt.identity, &attempt.number)),
        ..evidence(next)
    };
    let taken = to(other.purchase.number);
    let busy = store.commit(change(&taken)).await.unwrap();
    assert_eq!(busy, Commit::Busy);
    let kept = store.load(&record.purchase.id).await.unwrap();
    assert_eq!(kept.as_ref(), Some(&record));
    let free = to(purchase(2).purchase.number);
    let moved = store.commit(change(&free)).await.unwrap();
    assert_eq!(moved, Commit::Done(2));
    begun(store, &purchase(3)).await;
    let again = Record {
        order: record.order.clone(),
        ..purchase(4)
    };
    let again = at_number(again, record.purchase.number);
    begun(store, &again).await;
    let next = at_number(purchase(5), free.purchase.number);
    let refused = store.begin(&scope("later"), &next, "owner").await.unwrap();
    assert!(matches!(refused, Begin::Busy { .. }), "{refused:?}");
}

fn at_number(mut record: Record, number: E164) -> Record {
    record.order.number = number;
    record.purchase.number = number;
    record.purchase.attempts[0].number = number;
    record
}

/// The others have to read again.
pub async fn one_of_many_steps_at_once_is_made(subject: &Subject) {
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    let record = dispatched(record);
    let outcomes = at_once(64, |_| {
        let (store, record) = (Arc::clone(&subject.store), record.clone());
        async move { store.commit(evidence(&record)).await.unwrap() }
    });
    let outcomes = outcomes.await;
    assert_eq!(
        outcomes
            .iter()
            .filter(|commit| **commit == Commit::Done(2))
            .count(),
        1
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|commit| **commit == Commit::Stale)
            .count(),
        63
    );
}

/// The second is told whose it is, is not changed, and keeps its claim.
pub async fn a_carriers_id_is_won_once(subject: &Subject) {
    let (first, _) = begun(&*subject.store, &purchase(0)).await;
    let first = step(&*subject.store, succeeded(first, "PN1")).await;
    let (second, _) = begun(&*subject.store, &purchase(0)).await;
    let second = step(&*subject.store, unknown(second)).await;
    let wrong = succeeded(second.clone(), "PN1");
    let not_ours = Commit::NotOurs(first.purchase.id);
    assert_eq!(
        subject.store.commit(evidence(&wrong)).await.unwrap(),
        not_ours
    );
    let busy = Begin::Busy {
        by: second.purchase.id.as_str().to_owned(),
    };
    assert_eq!(
        subject
            .store
            .begin(&scope("third"), &purchase(0), "owner")
            .await
            .unwrap(),
        busy
    );
    assert_eq!(
        subject.store.load(&second.purchase.id).await.unwrap(),
        Some(second)
    );
}

/// What is being bought under a claim is not taken by a late success; once the claim is free it is.
pub async fn a_late_success_waits_for_an_open_claim(subject: &Subject) {
    let (first, _) = begun(&*subject.store, &purchase(0)).await;
    let first = step(&*subject.store, presumed(first)).await;
    let (second, _) = begun(&*subject.store, &purchase(0)).await;
    let late = succeeded(first, "PN1");
    let change = || Change {
        unclaimed: true,
        gives_up: None,
        ..evidence(&late)
    };
    assert_eq!(subject.store.commit(change()).await.unwrap(), Commit::Busy);
    let mut refused = second;
    let error = Error::new(ErrorKind::Conflict, "held already");
    assert!(refused.refuse(error, Timestamp::now()));
    step(&*subject.store, refused).await;
    assert!(matches!(
        subject.store.commit(change()).await.unwrap(),
        Commit::Done(_)
    ));
}

/// By either, and the other is told.
pub async fn a_carriers_id_wanted_twice_at_once_is_won_once(subject: &Subject) {
    let (first, _) = begun(&*subject.store, &purchase(0)).await;
    let (second, _) = begun(&*subject.store, &purchase(1)).await;
    let both = [succeeded(first, "PN1"), succeeded(second, "PN1")];
    let outcomes = at_once(2, |index| {
        let (store, record) = (
            Arc::clone(&subject.store),
            both[usize::from(index == 1)].clone(),
        );
        async move { store.commit(evidence(&record)).await.unwrap() }
    });
    let outcomes = outcomes.await;
    assert_eq!(
        outcomes
            .iter()
            .filter(|commit| **commit == Commit::Done(2))
            .count(),
        1
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|commit| matches!(commit, Commit::NotOurs(_)))
            .count(),
        1
    );
}

/// As the settings that follow a purchase do.
pub async fn a_carriers_id_may_be_won_again_by_the_same_purchase(subject: &Subject) {
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    let record = step(&*subject.store, succeeded(record, "PN1")).await;
    let (other, _) = begun(&*subject.store, &purchase(0)).await;
    assert_eq!(step(&*subject.store, record).await.version, 3);
    let busy = Begin::Busy {
        by: other.purchase.id.as_str().to_owned(),
    };
    assert_eq!(
        subject
            .store
            .begin(&scope("third"), &purchase(0), "owner")
            .await
            .unwrap(),
        busy
    );
}

/// Two accounts may number what they hold alike.
pub async fn a_carriers_id_is_free_at_another_identity(subject: &Subject) {
    for identity in ["one", "two"] {
        let (record, _) = begun(&*subject.store, &purchase_at(identity, 0)).await;
        step(&*subject.store, succeeded(record, "17")).await;
    }
}

/// It is forgotten when the outcome has become another one.
pub async fn a_step_keeps_the_answer_unless_told_to_forget_it(subject: &Subject) {
    let (record, _) = begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    let (other, _) = begun_as(&*subject.store, &scope("other"), &purchase(1)).await;
    let answer = Answer {
        status: 504,
        content_type: "a/b".to_owned(),
        location: None,
        body: "{}".to_owned(),
    };
    for key in ["k", "other"] {
        subject
            .admin
            .keep_answer(&scope(key), answer.clone(), None)
            .await
            .unwrap();
    }
    let record = step(&*subject.store, presumed(record)).await;
    let kept = async |key| subject.admin.answer(&scope(key)).await.unwrap();
    assert_eq!(kept("k").await.as_ref(), Some(&answer));
    let late = succeeded(record, "PN1");
    let change = Change {
        forget_answer: true,
        unclaimed: false,
        gives_up: None,
        ..evidence(&late)
    };
    assert_eq!(subject.store.commit(change).await.unwrap(), Commit::Done(3));
    assert_eq!(kept("k").await, None);
    assert_eq!(kept("other").await, Some(answer));
    for (key, purchase) in [("k", late.purchase.id), ("other", other.purchase.id)] {
        let entry = subject.store.find_key(&scope(key)).await.unwrap().unwrap();
        assert_eq!(entry.purchase, Some(purchase));
    }
}
