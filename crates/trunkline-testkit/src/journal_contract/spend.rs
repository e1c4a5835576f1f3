//! What purchases may cost together.

use trunkline_core::host;
use trunkline_core::{Attempt, Error, ErrorKind, Money, PurchaseState, Question, QuestionReason};
use trunkline_engine::Charge;
use trunkline_engine::journal::{Begin, Change, Commit, LOOKS_BEFORE_FREEING, Lease, Record};
use trunkline_engine::spend::Full;

use super::draft::{
    disputed, done, evidence, failed, number, presumed, purchase, purchase_at, release, scope,
    succeeded, under, unknown,
};
use super::{Subject, at_once, count};
use crate::with;

pub(super) const MONTHLY: &str = "identity:AC00000000000000000000000000000000:monthly:USD";
pub(super) const SETUP: &str = "identity:AC00000000000000000000000000000000:setup:USD:2026-05";

const CENT: i64 = 10_000;

pub(super) fn charge(purse: &str, amount: &str, ceiling: &str) -> Charge {
    Charge {
        purse: purse.to_owned(),
        amount: Money::parse(amount, "USD").unwrap(),
        ceiling: Money::parse(ceiling, "USD").ok(),
        monthly: purse == MONTHLY,
    }
}

/// So much a month, of at most 2.30, and so much for setup, of at most 2.00.
fn both(monthly: &str, setup: &str) -> Vec<Charge> {
    vec![
        charge(MONTHLY, monthly, "2.30"),
        charge(SETUP, setup, "2.00"),
    ]
}

/// At 1.15 a month and 0.50 for setup.
fn priced(record: Record) -> Record {
    let charges = both("1.15", "0.50");
    Record { charges, ..record }
}

/// What is committed: each month, and for setup, in cents.
pub(super) async fn spent(subject: &Subject) -> (i64, i64) {
    let store = &subject.store;
    let in_purse = async |purse| store.spent(purse).await.unwrap();
    (in_purse(MONTHLY).await / CENT, in_purse(SETUP).await / CENT)
}

pub async fn what_a_purchase_costs_is_committed_with_it(subject: &Subject) {
    assert_eq!(spent(subject).await, (0, 0));
    let (first, _) = subject.begun(&priced(purchase(0))).await;
    assert_eq!(spent(subject).await, (115, 50));
    let stored = subject.load(&first).await;
    assert_eq!(stored.unwrap().charges, first.charges);
    subject.begun(&priced(purchase(1))).await;
    assert_eq!(spent(subject).await, (230, 100));
    subject.begun(&purchase(2)).await;
    assert_eq!(spent(subject).await, (230, 100));
}

/// It says which purse is full of how much, and nothing is written: no key, no claim, and nothing in the other purse.
pub async fn a_purchase_without_room_leaves_nothing_behind(subject: &Subject) {
    subject.begun(&priced(purchase(0))).await;
    for (charges, purse, millionths) in [
        (both("1.16", "0.50"), MONTHLY, 115 * CENT),
        (both("1.15", "1.51"), SETUP, 50 * CENT),
        (vec![charge("key:new", "0.02", "0.01")], "key:new", 0),
    ] {
        let record = with(purchase(1), |it| it.charges = charges);
        let refused = subject.begin(&scope("k"), &record).await;
        let full = Full {
            purse: purse.to_owned(),
            spent: millionths,
        };
        assert_eq!(refused, Begin::Full(full));
        assert_eq!(subject.entry("k").await, None);
        assert_eq!(subject.load(&record).await, None);
        assert_eq!(spent(subject).await, (115, 50));
    }
    subject.begun_as(&scope("k"), &purchase(1)).await;
}

pub async fn a_known_key_is_answered_though_the_purse_is_full(subject: &Subject) {
    let (first, _) = subject.begun_as(&scope("k"), &priced(purchase(0))).await;
    subject.begun(&priced(purchase(1))).await;
    let (scope, again) = (scope("k"), priced(purchase(0)));
    let known = subject.begin(&scope, &again).await;
    assert_eq!(known, Begin::Known(Box::new(first)));
    assert_eq!(spent(subject).await, (230, 100));
}

pub async fn a_failure_gives_back_what_was_taken(subject: &Subject) {
    let (first, _) = subject.begun(&priced(purchase(0))).await;
    let (second, _) = subject.begun(&priced(purchase(1))).await;
    let second = subject.step(unknown(second)).await;
    assert_eq!(spent(subject).await, (230, 100));
    let first = subject.step(failed(first)).await;
    assert_eq!(spent(subject).await, (115, 50));
    subject.step(first).await;
    assert_eq!(spent(subject).await, (115, 50));
    subject.step(succeeded(second, "PN1")).await;
    assert_eq!(spent(subject).await, (115, 50));
}

/// The record, after the looks that free what it had reserved.
fn looked_for(record: Record) -> Record {
    with(record, |it| it.watch_looks = LOOKS_BEFORE_FREEING)
}

/// Until then the carrier may just be slow.
pub async fn presumed_failure_keeps_what_it_reserved_until_its_fourth_look(subject: &Subject) {
    let (record, _) = subject.begun(&priced(purchase(0))).await;
    let mut record = subject.step(presumed(record)).await;
    for looks in 1..LOOKS_BEFORE_FREEING {
        record.watch_looks = looks;
        record = subject.step(record).await;
        assert_eq!(spent(subject).await, (115, 50), "after {looks} looks");
    }
    subject.step(looked_for(record)).await;
    assert_eq!(spent(subject).await, (0, 0));
}

/// Whatever the ceiling; it is given back when a person says that it was not bought.
pub async fn open_question_keeps_what_was_reserved_and_books_what_was_freed(subject: &Subject) {
    let (record, _) = subject.begun(&priced(purchase(0))).await;
    let record = subject.step(disputed(record)).await;
    assert_eq!(spent(subject).await, (115, 50));
    let mut record = subject.step(looked_for(record)).await;
    assert_eq!(spent(subject).await, (115, 50), "looks do not end it");
    assert!(record.resolve(None, "a colleague's", host::now()));
    let freed = subject.step(record).await;
    assert_eq!(spent(subject).await, (0, 0));
    for index in 1..3 {
        subject.begun(&priced(purchase(index))).await;
    }
    let mut late = freed;
    late.purchase.needs_person = Some(Question {
        since: host::now(),
        why: QuestionReason::Late,
        provider_id: Some("PN2".to_owned()),
        created_at: None,
        t0: None,
    });
    subject.step(late).await;
    assert_eq!(spent(subject).await, (345, 150));
}

/// The number is held and will be billed.
pub async fn a_late_success_is_committed_whatever_the_ceiling(subject: &Subject) {
    let (first, _) = subject.begun(&priced(purchase(0))).await;
    let first = subject.step(looked_for(presumed(first))).await;
    assert_eq!(spent(subject).await, (0, 0));
    for index in 1..3 {
        subject.begun(&priced(purchase(index))).await;
    }
    let late = succeeded(first, "PN1");
    let change = with(evidence(&late), |it| it.unclaimed = true);
    let Commit::Done(version) = subject.commit(change).await else {
        panic!("the late success was refused")
    };
    assert_eq!(spent(subject).await, (345, 150));
    subject.step(Record { version, ..late }).await;
    assert_eq!(spent(subject).await, (345, 150));
}

fn moved(record: &Record, index: u32, price: &str) -> Record {
    let mut next = record.clone();
    next.charges = vec![charge(MONTHLY, price, "2.30")];
    let order = with(record.order.clone(), |it| it.number = number(index));
    let attempt = Attempt {
        number: number(index),
        state: PurchaseState::Intended,
        ..record.attempt().cloned().unwrap()
    };
    let refusal = Error::new(ErrorKind::NotAvailable, "gone");
    next.order = order;
    assert!(next.move_on(refusal, attempt, host::now()));
    next
}

async fn move_on(subject: &Subject, old: &Record, lease: &Lease, next: &Record) -> Commit {
    let attempt = old.attempt().unwrap();
    let change = Change {
        gives_up: Some((&attempt.identity, &attempt.number)),
        ..under(lease, next)
    };
    subject.commit(change).await
}

/// In one step: what the old one gives back makes room for the new one. Without room nothing changes.
pub async fn a_purchase_that_moves_on_takes_what_the_next_one_costs(subject: &Subject) {
    subject.begun(&priced(purchase(0))).await;
    let (record, lease) = subject.begun(&priced(purchase(1))).await;
    let full = Full {
        purse: MONTHLY.to_owned(),
        spent: 230 * CENT,
    };
    let dearer = moved(&record, 2, "1.16");
    let refused = move_on(subject, &record, &lease, &dearer).await;
    assert_eq!(refused, Commit::Full(full));
    assert_eq!(spent(subject).await, (230, 100));
    let kept = subject.load(&record).await;
    assert_eq!(kept.as_ref(), Some(&record));
    subject.begun(&purchase(2)).await;
    let same = moved(&record, 3, "1.15");
    let done = move_on(subject, &record, &lease, &same).await;
    assert_eq!(done, Commit::Done(2));
    assert_eq!(spent(subject).await, (230, 50));
    subject.step(failed(Record { version: 2, ..same })).await;
    assert_eq!(spent(subject).await, (115, 50));
}

/// The setup fee was paid. Ending the release again gives nothing back again.
pub async fn a_release_gives_back_the_monthly_price_once(subject: &Subject) {
    let (record, _) = subject.begun(&priced(purchase(0))).await;
    subject.step(succeeded(record, "PN1")).await;
    let release = release(0, "PN1");
    subject.begin_release(&release).await;
    subject.end_release(&release).await;
    assert_eq!(spent(subject).await, (115, 50));
    let done = done(&release);
    for _ in 0..2 {
        subject.begin_release(&release).await;
        subject.end_release(&done).await;
        assert_eq!(spent(subject).await, (0, 50));
    }
}

/// Of a thousand buyers as many get through as the ceiling has room for, and not one more.
pub async fn a_thousand_buyers_at_once_never_pass_a_ceiling(subject: &Subject) {
    let charges = vec![charge(MONTHLY, "1.15", "100.00")];
    let bought = thousand(subject, charges).await;
    assert_eq!(bought, 86);
    assert_eq!(spent(subject).await, (86 * 115, 0));
}

/// The same where the account has room for all of them and the key has not: what is taken from both goes together.
pub async fn a_thousand_buyers_with_one_key_never_pass_its_ceiling(subject: &Subject) {
    const KEY: &str = "key:key_00000000000000000000000000:monthly:USD";
    let charges = vec![
        charge(MONTHLY, "1.15", "9999.00"),
        charge(KEY, "1.15", "57.50"),
    ];
    let bought = thousand(subject, charges).await;
    assert_eq!(bought, 50);
    assert_eq!(spent(subject).await, (50 * 115, 0));
    assert_eq!(subject.store.spent(KEY).await.unwrap(), 50 * 115 * CENT);
}

async fn thousand(subject: &Subject, charges: Vec<Charge>) -> usize {
    let bought = at_once(subject, 1_000, |subject, index| {
        let record = with(purchase_at(&format!("AC{index}"), 0), |it| {
            it.charges = charges.clone()
        });
        let key = scope(&format!("k{index}"));
        // A database that is overrun says so; the same key may then be used again.
        async move {
            loop {
                match subject.store.begin(&key, &record, "owner").await {
                    Ok(Begin::Fresh(_) | Begin::Known(_)) => return true,
                    Ok(Begin::Full(_)) => return false,
                    Ok(other) => panic!("neither begun nor refused: {other:?}"),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable),
                }
            }
        }
    });
    count(&bought.await, |bought| *bought)
}
