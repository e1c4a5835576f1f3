//! The steps of a purchase.

use trunkline_core::host;
use trunkline_core::inventory::HoldingState;
use trunkline_core::model::ConfigurationState;
use trunkline_core::{E164, Error, ErrorKind};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Begin, Change, Commit, Record};

use super::draft::{
    IDENTITY, answer, busy, dispatched, done, evidence, presumed, purchase, purchase_at, release,
    scope, succeeded, under, unknown,
};
use super::{Subject, at_once, count};
use crate::with;

pub async fn a_step_grows_the_version(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    let mut record = dispatched(record);
    let change = with(under(&lease, &record), |it| it.durable = true);
    assert_eq!(subject.commit(change).await, Commit::Done(2));
    record.version = 2;
    assert_eq!(subject.load(&record).await, Some(record));
}

pub async fn a_step_from_an_older_version_is_stale(subject: &Subject) {
    let (old, lease) = subject.begun(&purchase(0)).await;
    let current = subject.step(dispatched(old.clone())).await;
    let late = succeeded(old, "PN1");
    for change in [evidence(&late), under(&lease, &late)] {
        assert_eq!(subject.commit(change).await, Commit::Stale);
    }
    assert_eq!(subject.load(&late).await, Some(current));
    subject.stepped(1, |r| succeeded(r, "PN1")).await;
}

pub async fn a_step_of_an_unknown_purchase_is_stale(subject: &Subject) {
    let record = with(purchase(0), |it| it.version = 1);
    assert_eq!(subject.commit(evidence(&record)).await, Commit::Stale);
    assert_eq!(subject.load(&record).await, None);
}

pub async fn a_step_under_a_lease_given_up_is_refused(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    subject.unlock(&lease).await;
    let next = dispatched(record.clone());
    let refused = subject.commit(under(&lease, &next)).await;
    assert_eq!(refused, Commit::LeaseLost);
    let newer = subject.acquire(&lease.name, "other").await.unwrap();
    let refused = subject.commit(under(&lease, &next)).await;
    assert_eq!(refused, Commit::LeaseLost);
    assert_eq!(subject.load(&record).await, Some(record));
    let made = subject.commit(under(&newer, &next)).await;
    assert_eq!(made, Commit::Done(2));
}

/// What a carrier answered settles a purchase, in whose hands it is by then.
pub async fn evidence_counts_without_a_lease(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    subject.unlock(&lease).await;
    subject.acquire(&lease.name, "other").await.unwrap();
    subject.step(succeeded(record, "PN1")).await;
}

/// The old number is free at once, and the new one taken; a number that another purchase has is refused, and nothing
/// changes.
pub async fn a_purchase_that_moves_on_takes_its_claim_along(subject: &Subject) {
    let (record, lease) = subject.begun(&purchase(0)).await;
    let (other, _) = subject.begun(&purchase(1)).await;
    let attempt = record.attempt().cloned().unwrap();
    let to = |number| {
        let mut next = record.clone();
        let order = with(record.order.clone(), |it| it.number = number);
        let attempt = with(attempt.clone(), |it| it.number = number);
        let refusal = Error::new(ErrorKind::NotAvailable, "gone");
        next.order = order;
        assert!(next.move_on(refusal, attempt, host::now()));
        next
    };
    let change = |next| Change {
        gives_up: Some((&attempt.identity, &attempt.number)),
        ..under(&lease, next)
    };
    let taken = to(other.purchase.number);
    assert_eq!(subject.commit(change(&taken)).await, Commit::Busy);
    assert_eq!(subject.load(&record).await.as_ref(), Some(&record));
    let free = to(purchase(2).purchase.number);
    assert_eq!(subject.commit(change(&free)).await, Commit::Done(2));
    subject.begun(&purchase(3)).await;
    let again = with(purchase(4), |it| it.order = record.order.clone());
    let again = at_number(again, record.purchase.number);
    subject.begun(&again).await;
    let next = at_number(purchase(5), free.purchase.number);
    let refused = subject.begin(&scope("later"), &next).await;
    assert!(matches!(refused, Begin::Busy { .. }), "{refused:?}");
}

fn at_number(mut record: Record, number: E164) -> Record {
    record.order.number = number;
    record.purchase.number = number;
    record.purchase.attempts[0].number = number;
    record
}

pub async fn one_of_many_steps_at_once_is_made(subject: &Subject) {
    let (record, _) = subject.begun(&purchase(0)).await;
    let record = dispatched(record);
    let all = at_once(subject, 64, |subject, _| {
        let record = record.clone();
        async move { subject.commit(evidence(&record)).await }
    });
    let all = all.await;
    assert_eq!(count(&all, |one| *one == Commit::Done(2)), 1);
    assert_eq!(count(&all, |one| *one == Commit::Stale), 63);
}

/// The refusal of the second names its winner; it is not changed, and keeps its claim.
pub async fn a_carriers_id_is_won_once(subject: &Subject) {
    let first = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    let second = subject.stepped(0, unknown).await;
    let wrong = succeeded(second.clone(), "PN1");
    let refused = subject.commit(evidence(&wrong)).await;
    assert_eq!(refused, Commit::NotOurs(first.purchase.id));
    let third = subject.begin(&scope("third"), &purchase(0)).await;
    assert_eq!(third, busy(&second));
    assert_eq!(subject.load(&second).await, Some(second));
}

/// What is being bought under a claim is not taken by a late success; once the claim is free it is.
pub async fn a_late_success_waits_for_an_open_claim(subject: &Subject) {
    let first = subject.stepped(0, presumed).await;
    let (second, _) = subject.begun(&purchase(0)).await;
    let late = succeeded(first, "PN1");
    let change = || with(evidence(&late), |it| it.unclaimed = true);
    assert_eq!(subject.commit(change()).await, Commit::Busy);
    let mut refused = second;
    let error = Error::new(ErrorKind::Conflict, "held already");
    assert!(refused.refuse(error, host::now()));
    subject.step(refused).await;
    let done = subject.commit(change()).await;
    assert!(matches!(done, Commit::Done(_)), "{done:?}");
}

pub async fn a_carriers_id_wanted_twice_at_once_is_won_once(subject: &Subject) {
    let (first, _) = subject.begun(&purchase(0)).await;
    let (second, _) = subject.begun(&purchase(1)).await;
    let both = [succeeded(first, "PN1"), succeeded(second, "PN1")];
    let all = at_once(subject, 2, |subject, index| {
        let record = both[usize::from(index == 1)].clone();
        async move { subject.commit(evidence(&record)).await }
    });
    let all = all.await;
    assert_eq!(count(&all, |one| *one == Commit::Done(2)), 1);
    assert_eq!(count(&all, |one| matches!(one, Commit::NotOurs(_))), 1);
}

pub async fn a_carriers_id_may_be_won_again_by_the_same_purchase(subject: &Subject) {
    let record = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    let (other, _) = subject.begun(&purchase(0)).await;
    assert_eq!(subject.step(record).await.version, 3);
    let third = subject.begin(&scope("third"), &purchase(0)).await;
    assert_eq!(third, busy(&other));
}

/// Settings are made for a while, and somebody may give the number back meanwhile.
pub async fn a_step_after_the_number_was_given_back_does_not_take_it_again(subject: &Subject) {
    fn change<'a>(before: &'a Record, after: &'a Record) -> Change<'a> {
        let event = Some(DomainEvent::PurchaseChanged { before, after });
        Change {
            event,
            ..evidence(after)
        }
    }
    let win = async || {
        let (begun, _) = subject.begun(&purchase(0)).await;
        let won = succeeded(begun.clone(), "PN1");
        let written = subject.commit(change(&begun, &won)).await;
        assert_eq!(written, Commit::Done(begun.version + 1));
        let version = begun.version + 1;
        Record { version, ..won }
    };
    let states = async || {
        let ids = ["PN1".to_owned()];
        let known = subject.store.known(IDENTITY, &ids).await.unwrap();
        known.iter().map(|it| it.state).collect::<Vec<_>>()
    };
    let first = win().await;
    subject.end_release(&done(&release(0, "PN1"))).await;
    let applied = ConfigurationState::Applied;
    let next = with(first.clone(), |it| {
        it.purchase.configuration.state = applied
    });
    let written = subject.commit(change(&first, &next)).await;
    assert_eq!(written, Commit::Done(first.version + 1));
    let winner = || subject.store.winner(IDENTITY, "PN1");
    assert_eq!(winner().await.unwrap(), None);
    assert_eq!(states().await, [HoldingState::Gone]);
    let second = win().await;
    assert_eq!(winner().await.unwrap(), Some(second.purchase.id));
    assert_eq!(states().await, [HoldingState::Held]);
}

pub async fn a_carriers_id_is_free_at_another_identity(subject: &Subject) {
    for identity in ["one", "two"] {
        let (record, _) = subject.begun(&purchase_at(identity, 0)).await;
        subject.step(succeeded(record, "17")).await;
    }
}

pub async fn a_step_keeps_the_answer_unless_told_to_forget_it(subject: &Subject) {
    let (record, _) = subject.begun_as(&scope("k"), &purchase(0)).await;
    let (other, _) = subject.begun_as(&scope("other"), &purchase(1)).await;
    let answer = answer(504, "{}");
    for key in ["k", "other"] {
        subject.keep_answer(&scope(key), &answer).await;
    }
    let record = subject.step(presumed(record)).await;
    assert_eq!(subject.answer("k").await.as_ref(), Some(&answer));
    let late = succeeded(record, "PN1");
    let change = with(evidence(&late), |it| it.forget_answer = true);
    assert_eq!(subject.commit(change).await, Commit::Done(3));
    for (key, record, answer) in [("k", late, None), ("other", other, Some(answer))] {
        let entry = subject.entry(key).await.unwrap();
        assert_eq!(entry.purchase, Some(record.purchase.id));
        assert_eq!(subject.answer(key).await, answer);
    }
}
