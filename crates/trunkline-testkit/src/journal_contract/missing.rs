//! Numbers that their carriers do not know any more.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::Provenance;
use trunkline_core::{Money, Tenant};
use trunkline_engine::Charge;
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Annotation, Record, Release};
use trunkline_engine::missing::MissingNumber;

use super::draft::{IDENTITY, begun, number, purchase, step, succeeded};
use super::records::{number_id, release};
use super::{Subject, at_once, eventually};

const HOUR: Duration = Duration::from_secs(3_600);
const MONTHLY: &str = "identity:AC00000000000000000000000000000000:monthly:USD";
const SETUP: &str = "identity:AC00000000000000000000000000000000:setup:USD:2026-05";

fn charge(purse: &str, amount: &str) -> Charge {
    Charge {
        purse: purse.to_owned(),
        amount: Money::parse(amount, "USD").unwrap(),
        ceiling: Money::parse("1.15", "USD").ok(),
        monthly: purse == MONTHLY,
    }
}

/// A purchase that has got `PN1` at 1.15 a month and 0.50 for setup.
async fn bought(subject: &Subject) -> Record {
    let record = Record {
        charges: vec![charge(MONTHLY, "1.15"), charge(SETUP, "0.50")],
        ..purchase(0)
    };
    let (record, _) = begun(&*subject.store, &record).await;
    step(&*subject.store, succeeded(record, "PN1")).await
}

fn missing(record: &Record) -> MissingNumber {
    MissingNumber {
        tenant: Tenant::default(),
        identity: IDENTITY.to_owned(),
        number_id: number_id("PN1"),
        number: number(0),
        purchase: record.purchase.id.clone(),
        since: Timestamp::UNIX_EPOCH,
        gone_at: None,
        provenance: Provenance::default(),
    }
}

fn gone(missing: &MissingNumber) -> MissingNumber {
    MissingNumber {
        gone_at: Some(Timestamp::UNIX_EPOCH),
        ..missing.clone()
    }
}

/// What is committed: each month, and for setup, in cents.
async fn spent(subject: &Subject) -> (i64, i64) {
    let store = &subject.store;
    let cents = async |purse| store.spent(purse).await.unwrap() / 10_000;
    (cents(MONTHLY).await, cents(SETUP).await)
}

async fn known(subject: &Subject) -> Option<MissingNumber> {
    subject.store.missing(IDENTITY, "PN1").await.unwrap()
}

/// The first time counts; it is looked for when its time has come, by one.
pub async fn a_missing_number_is_suspected_once(subject: &Subject) {
    let store = &*subject.store;
    let suspected = missing(&bought(subject).await);
    assert_eq!(known(subject).await, None);
    store.suspect(&suspected, HOUR).await.unwrap();
    let again = MissingNumber {
        since: Timestamp::now(),
        ..suspected.clone()
    };
    store.suspect(&again, Duration::ZERO).await.unwrap();
    assert_eq!(known(subject).await, Some(suspected.clone()));
    assert_eq!(store.suspects(9).await.unwrap(), []);
    let soon = Duration::from_millis(20);
    store.put_off_suspect(&suspected, soon).await.unwrap();
    let due = async || store.suspects(9).await.unwrap().pop();
    assert_eq!(eventually("it is due", due).await, suspected);
    let name = suspected.lease_name();
    let lease = store.acquire(&name, "a").await.unwrap().unwrap();
    assert_eq!(store.suspects(9).await.unwrap(), []);
    store.unlock(&lease).await.unwrap();
    assert_eq!(
        store.suspects(9).await.unwrap(),
        std::slice::from_ref(&suspected)
    );
    store.clear_suspect(&suspected).await.unwrap();
    assert_eq!(known(subject).await, None);
}

/// What it takes every month is free, and so is the carrier's id; all of it once.
pub async fn a_number_that_is_gone_ends_as_released(subject: &Subject) {
    let store = &*subject.store;
    let record = bought(subject).await;
    let id = number_id("PN1");
    let tagged = Annotation {
        tags: vec!["sales".to_owned()],
        ..Annotation::default()
    };
    store.annotate(&id, &tagged).await.unwrap();
    let suspected = missing(&record);
    let gone = gone(&suspected);
    assert!(!store.end_missing(&gone).await.unwrap());
    assert_eq!(spent(subject).await, (115, 50));
    store.suspect(&suspected, Duration::ZERO).await.unwrap();
    assert_eq!(
        store.winner(IDENTITY, "PN1").await.unwrap(),
        Some(record.purchase.id.clone())
    );
    let ends = at_once(4, |_| {
        let (store, gone) = (subject.store.clone(), gone.clone());
        async move { store.end_missing(&gone).await.unwrap() }
    });
    assert_eq!(ends.await.into_iter().filter(|ended| *ended).count(), 1);
    assert_eq!(spent(subject).await, (0, 50));
    assert_eq!(store.winner(IDENTITY, "PN1").await.unwrap(), None);
    let releaser = store.releaser(IDENTITY, "PN1").await.unwrap();
    assert_eq!(releaser.as_ref(), Some(&record.purchase.id));
    assert_eq!(store.releaser("another", "PN1").await.unwrap(), None);
    assert_eq!(known(subject).await, Some(gone));
    assert_eq!(store.suspects(9).await.unwrap(), []);
    let kept = store.find_release(&Tenant::default(), &id).await.unwrap();
    assert!(kept.unwrap().done);
    let shown = store.annotations(std::slice::from_ref(&id)).await.unwrap();
    let only_gone = Annotation {
        gone: true,
        ..Annotation::default()
    };
    assert_eq!(shown, [(id, only_gone)]);
}

/// Whatever the ceilings, once; it is not released any more, and can be gone again.
pub async fn a_number_that_was_gone_is_booked_again(subject: &Subject) {
    let store = &*subject.store;
    let record = bought(subject).await;
    let suspected = missing(&record);
    let gone = gone(&suspected);
    let monthly = [charge(MONTHLY, "1.15")];
    assert!(!store.return_missing(&gone, &monthly).await.unwrap());
    for _ in 0..2 {
        store.suspect(&suspected, Duration::ZERO).await.unwrap();
        assert!(!store.return_missing(&gone, &monthly).await.unwrap());
        assert!(store.end_missing(&gone).await.unwrap());
        assert_eq!(spent(subject).await, (0, 50));
        let returns = at_once(4, |_| {
            let (store, gone, monthly) = (subject.store.clone(), gone.clone(), monthly.clone());
            async move { store.return_missing(&gone, &monthly).await.unwrap() }
        });
        assert_eq!(returns.await.into_iter().filter(|back| *back).count(), 1);
        assert_eq!(spent(subject).await, (115, 50));
        assert_eq!(known(subject).await, None);
        let id = number_id("PN1");
        let released = store.find_release(&Tenant::default(), &id).await;
        assert_eq!(released.unwrap(), None);
        let winner = store.winner(IDENTITY, "PN1").await.unwrap();
        assert_eq!(winner.as_ref(), Some(&record.purchase.id));
        let other = purchase(1).purchase.id;
        let known = store.known_ids(IDENTITY, &number(0), &other).await.unwrap();
        assert_eq!(known[0].holder(), Some(&record.purchase.id));
    }
}

/// Where ids are made from numbers, it may have been bought anew.
pub async fn a_number_that_another_purchase_has_won_since_is_not_booked_again(subject: &Subject) {
    let store = &*subject.store;
    let record = bought(subject).await;
    let suspected = missing(&record);
    let gone = gone(&suspected);
    store.suspect(&suspected, Duration::ZERO).await.unwrap();
    assert!(store.end_missing(&gone).await.unwrap());
    let (other, _) = begun(store, &purchase(0)).await;
    let other = step(store, succeeded(other, "PN1")).await;
    let monthly = [charge(MONTHLY, "1.15")];
    store.return_missing(&gone, &monthly).await.unwrap();
    assert_eq!(spent(subject).await, (0, 50));
    assert_eq!(known(subject).await, None);
    let winner = store.winner(IDENTITY, "PN1").await.unwrap();
    assert_eq!(winner, Some(other.purchase.id));
}

/// There is nothing left to be looked for.
pub async fn a_number_that_is_released_is_suspected_no_more(subject: &Subject) {
    let store = &*subject.store;
    let suspected = missing(&bought(subject).await);
    store.suspect(&suspected, Duration::ZERO).await.unwrap();
    let gone = gone(&suspected);
    let release = Release {
        done: true,
        ..release(0, "PN1")
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
    assert_eq!(known(subject).await, None);
    assert!(!store.end_missing(&gone).await.unwrap());
}

/// To be asked whether they still have what they pay for.
pub async fn who_takes_from_a_purse_every_month_is_found(subject: &Subject) {
    let store = &*subject.store;
    let record = bought(subject).await;
    let spenders = store.spenders(MONTHLY, 9).await.unwrap();
    assert_eq!(spenders, [record.purchase.id]);
    assert_eq!(store.spenders(SETUP, 9).await.unwrap(), []);
    assert_eq!(store.spenders(MONTHLY, 0).await.unwrap(), []);
}
