//! What purchases may cost together.

use std::time::Duration;

use std::sync::Arc;

use jiff::Timestamp;
use trunkline_core::{
    Attempt, Error, ErrorKind, Money, NumberId, PurchaseOrder, PurchaseState, Question,
    QuestionReason, Tenant,
};
use trunkline_engine::Charge;
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{
    Begin, Change, Commit, LOOKS_BEFORE_FREEING, Lease, Record, Release,
};
use trunkline_engine::spend::Full;

use super::draft::{
    IDENTITY, begun, begun_as, disputed, evidence, failed, number, presumed, purchase, purchase_at,
    scope, step, succeeded, unknown,
};
use super::{Subject, at_once};

const MONTHLY: &str = "identity:AC00000000000000000000000000000000:monthly:USD";
const SETUP: &str = "identity:AC00000000000000000000000000000000:setup:USD:2026-05";

/// A cent, in millionths.
const CENT: i64 = 10_000;

fn charge(purse: &str, amount: &str, ceiling: &str) -> Charge {
    Charge {
        purse: purse.to_owned(),
        amount: Money::parse(amount, "USD").unwrap(),
        ceiling: Money::parse(ceiling, "USD").ok(),
        monthly: purse == MONTHLY,
    }
}

/// At 1.15 a month, of at most 2.30, and 0.50 for setup, of at most 2.00.
fn priced(record: Record) -> Record {
    let charges = vec![
        charge(MONTHLY, "1.15", "2.30"),
        charge(SETUP, "0.50", "2.00"),
    ];
    Record { charges, ..record }
}

async fn spent(subject: &Subject) -> (i64, i64) {
    let store = &subject.store;
    let in_purse = async |purse| store.spent(purse).await.unwrap();
    (in_purse(MONTHLY).await / CENT, in_purse(SETUP).await / CENT)
}

/// The last cent included.
pub async fn what_a_purchase_costs_is_committed_with_it(subject: &Subject) {
    assert_eq!(spent(subject).await, (0, 0));
    let (first, _) = begun(&*subject.store, &priced(purchase(0))).await;
    assert_eq!(spent(subject).await, (115, 50));
    let stored = subject.store.load(&first.purchase.id).await.unwrap();
    assert_eq!(stored.unwrap().charges, first.charges);
    begun(&*subject.store, &priced(purchase(1))).await;
    assert_eq!(spent(subject).await, (230, 100));
    begun(&*subject.store, &purchase(2)).await;
    assert_eq!(spent(subject).await, (230, 100));
}

/// It says which purse is full of how much, and nothing is written: no key, no claim, and nothing in the other purse.
pub async fn a_purchase_without_room_leaves_nothing_behind(subject: &Subject) {
    let store = &*subject.store;
    begun(store, &priced(purchase(0))).await;
    for (charges, purse, millionths) in [
        (
            vec![
                charge(MONTHLY, "1.16", "2.30"),
                charge(SETUP, "0.50", "2.00"),
            ],
            MONTHLY,
            115 * CENT,
        ),
        (
            vec![
                charge(MONTHLY, "1.15", "2.30"),
                charge(SETUP, "1.51", "2.00"),
            ],
            SETUP,
            50 * CENT,
        ),
        (vec![charge("key:new", "0.02", "0.01")], "key:new", 0),
    ] {
        let record = Record {
            charges,
            ..purchase(1)
        };
        let refused = store.begin(&scope("k"), &record, "owner").await.unwrap();
        let full = Full {
            purse: purse.to_owned(),
            spent: millionths,
        };
        assert_eq!(refused, Begin::Full(full));
        assert_eq!(store.find_key(&scope("k")).await.unwrap(), None);
        assert_eq!(store.load(&record.purchase.id).await.unwrap(), None);
        assert_eq!(spent(subject).await, (115, 50));
    }
    begun_as(store, &scope("k"), &purchase(1)).await;
}

/// What was asked for before is no new purchase.
pub async fn a_known_key_is_answered_though_the_purse_is_full(subject: &Subject) {
    let store = &*subject.store;
    let (first, _) = begun_as(store, &scope("k"), &priced(purchase(0))).await;
    begun(store, &priced(purchase(1))).await;
    let (scope, again) = (scope("k"), priced(purchase(0)));
    let known = store.begin(&scope, &again, "owner").await.unwrap();
    assert_eq!(known, Begin::Known(Box::new(first)));
    assert_eq!(spent(subject).await, (230, 100));
}

/// All of it, once; as long as it may still succeed it stays.
pub async fn a_failure_gives_back_what_was_taken(subject: &Subject) {
    let store = &*subject.store;
    let (first, _) = begun(store, &priced(purchase(0))).await;
    let (second, _) = begun(store, &priced(purchase(1))).await;
    let second = step(store, unknown(second)).await;
    assert_eq!(spent(subject).await, (230, 100));
    let first = step(store, failed(first)).await;
    assert_eq!(spent(subject).await, (115, 50));
    step(store, first).await;
    assert_eq!(spent(subject).await, (115, 50));
    step(store, succeeded(second, "PN1")).await;
    assert_eq!(spent(subject).await, (115, 50));
}

/// The record, after the looks that free what it had reserved.
fn looked_for(record: Record) -> Record {
    Record {
        watch_looks: LOOKS_BEFORE_FREEING,
        ..record
    }
}

/// Until then the carrier may just be slow.
pub async fn presumed_failure_keeps_what_it_reserved_until_its_fourth_look(subject: &Subject) {
    let store = &*subject.store;
    let (record, _) = begun(store, &priced(purchase(0))).await;
    let mut record = step(store, presumed(record)).await;
    for looks in 1..LOOKS_BEFORE_FREEING {
        record.watch_looks = looks;
        record = step(store, record).await;
        assert_eq!(spent(subject).await, (115, 50), "after {looks} looks");
    }
    step(store, looked_for(record)).await;
    assert_eq!(spent(subject).await, (0, 0));
}

/// Whatever the ceiling; it is given back when a person says that it was not bought.
pub async fn open_question_keeps_what_was_reserved_and_books_what_was_freed(subject: &Subject) {
    let store = &*subject.store;
    let (record, _) = begun(store, &priced(purchase(0))).await;
    let record = step(store, disputed(record)).await;
    assert_eq!(spent(subject).await, (115, 50));
    let mut record = step(store, looked_for(record)).await;
    assert_eq!(spent(subject).await, (115, 50), "looks do not end it");
    assert!(record.resolve(None, "a colleague's", Timestamp::now()));
    let freed = step(store, record).await;
    assert_eq!(spent(subject).await, (0, 0));
    for index in 1..3 {
        begun(store, &priced(purchase(index))).await;
    }
    let mut late = freed;
    late.purchase.needs_person = Some(Question {
        since: Timestamp::now(),
        why: QuestionReason::Late,
        provider_id: Some("PN2".to_owned()),
        created_at: None,
        t0: None,
    });
    step(store, late).await;
    assert_eq!(spent(subject).await, (345, 150));
}

/// The number is held and will be billed.
pub async fn a_late_success_is_committed_whatever_the_ceiling(subject: &Subject) {
    let store = &*subject.store;
    let (first, _) = begun(store, &priced(purchase(0))).await;
    let first = step(store, looked_for(presumed(first))).await;
    assert_eq!(spent(subject).await, (0, 0));
    for index in 1..3 {
        begun(store, &priced(purchase(index))).await;
    }
    let late = succeeded(first, "PN1");
    let change = Change {
        unclaimed: true,
        ..evidence(&late)
    };
    let Commit::Done(version) = store.commit(change).await.unwrap() else {
        panic!("the late success was refused")
    };
    assert_eq!(spent(subject).await, (345, 150));
    step(store, Record { version, ..late }).await;
    assert_eq!(spent(subject).await, (345, 150));
}

fn moved(record: &Record, index: u32, price: &str) -> Record {
    let mut next = record.clone();
    next.charges = vec![charge(MONTHLY, price, "2.30")];
    let order = PurchaseOrder {
        number: number(index),
        ..record.order.clone()
    };
    let attempt = Attempt {
        number: number(index),
        state: PurchaseState::Intended,
        ..record.attempt().cloned().unwrap()
    };
    let refusal = Error::new(ErrorKind::NotAvailable, "gone");
    next.order = order;
    assert!(next.move_on(refusal, attempt, Timestamp::now()));
    next
}

async fn move_on(subject: &Subject, (old, lease): (&Record, &Lease), next: &Record) -> Commit {
    let attempt = old.attempt().unwrap();
    let change = Change {
        event: None,
        lease: Some(lease),
        gives_up: Some((&attempt.identity, &attempt.number)),
        ..evidence(next)
    };
    subject.store.commit(change).await.unwrap()
}

/// In one step: what the old one gives back makes room for the new one. Without room nothing changes.
pub async fn a_purchase_that_moves_on_takes_what_the_next_one_costs(subject: &Subject) {
    let store = &*subject.store;
    begun(store, &priced(purchase(0))).await;
    let (record, lease) = begun(store, &priced(purchase(1))).await;
    let full = Full {
        purse: MONTHLY.to_owned(),
        spent: 230 * CENT,
    };
    let dearer = moved(&record, 2, "1.16");
    let refused = move_on(subject, (&record, &lease), &dearer).await;
    assert_eq!(refused, Commit::Full(full));
    assert_eq!(spent(subject).await, (230, 100));
    let kept = store.load(&record.purchase.id).await.unwrap();
    assert_eq!(kept.as_ref(), Some(&record));
    begun(store, &purchase(2)).await;
    let same = moved(&record, 3, "1.15");
    let done = move_on(subject, (&record, &lease), &same).await;
    assert_eq!(done, Commit::Done(2));
    assert_eq!(spent(subject).await, (230, 50));
    step(store, failed(Record { version: 2, ..same })).await;
    assert_eq!(spent(subject).await, (115, 50));
}

/// The setup fee was paid. Ending the release again gives nothing back again.
pub async fn a_release_gives_back_the_monthly_price_once(subject: &Subject) {
    let store = &*subject.store;
    let (record, _) = begun(store, &priced(purchase(0))).await;
    step(store, succeeded(record, "PN1")).await;
    let release = Release {
        tenant: Tenant::default(),
        number_id: NumberId::new("us-main:PN1").unwrap(),
        identity: IDENTITY.to_owned(),
        number: Some(number(0)),
        done: false,
        release_at: None,
        sent: true,
        held_since: None,
        provenance: trunkline_core::Provenance::default(),
    };
    store
        .begin_release(
            &release,
            Duration::ZERO,
            DomainEvent::ReleaseBegun(&release),
        )
        .await
        .unwrap();
    store
        .end_release(&release, DomainEvent::ReleaseEnded(&release))
        .await
        .unwrap();
    assert_eq!(spent(subject).await, (115, 50));
    let done = Release {
        done: true,
        ..release
    };
    for _ in 0..2 {
        store
            .begin_release(&done, Duration::ZERO, DomainEvent::ReleaseBegun(&done))
            .await
            .unwrap();
        store
            .end_release(&done, DomainEvent::ReleaseEnded(&done))
            .await
            .unwrap();
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

/// How many of a thousand buyers at once got what costs so much each.
async fn thousand(subject: &Subject, charges: Vec<Charge>) -> usize {
    let bought = at_once(1_000, |index| {
        let store = Arc::clone(&subject.store);
        let record = Record {
            charges: charges.clone(),
            ..purchase_at(&format!("AC{index}"), 0)
        };
        // A database that is overrun says so; the same key may then be used again.
        async move {
            loop {
                match store
                    .begin(&scope(&format!("k{index}")), &record, "owner")
                    .await
                {
                    Ok(Begin::Fresh(_) | Begin::Known(_)) => return true,
                    Ok(Begin::Full(_)) => return false,
                    Ok(other) => panic!("neither begun nor refused: {other:?}"),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable),
                }
            }
        }
    });
    bought.await.into_iter().filter(|bought| *bought).count()
}
