//! Numbers that their carriers do not know any more.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::host;
use trunkline_core::{Provenance, PurchaseId, Tenant};
use trunkline_engine::journal::{Annotation, Record};
use trunkline_engine::missing::MissingNumber;

use super::draft::{IDENTITY, done, number, number_id, purchase, release, succeeded};
use super::spend::{MONTHLY, SETUP, charge, spent};
use super::{Subject, at_once, count, eventually};
use crate::with;

const HOUR: Duration = Duration::from_secs(3_600);

/// A purchase that has got `PN1` at 1.15 a month and 0.50 for setup.
async fn bought(subject: &Subject) -> Record {
    let record = Record {
        charges: vec![
            charge(MONTHLY, "1.15", "1.15"),
            charge(SETUP, "0.50", "1.15"),
        ],
        ..purchase(0)
    };
    let (record, _) = subject.begun(&record).await;
    subject.step(succeeded(record, "PN1")).await
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
    with(missing.clone(), |it| {
        it.gone_at = Some(Timestamp::UNIX_EPOCH)
    })
}

async fn known(subject: &Subject) -> Option<MissingNumber> {
    subject.store.missing(IDENTITY, "PN1").await.unwrap()
}

async fn suspects(subject: &Subject) -> Vec<MissingNumber> {
    subject.store.suspects(9).await.unwrap()
}

async fn suspect(subject: &Subject, missing: &MissingNumber) {
    let suspected = subject.store.suspect(missing, Duration::ZERO).await;
    suspected.unwrap();
}

async fn end(subject: &Subject, gone: &MissingNumber) -> bool {
    subject.store.end_missing(gone).await.unwrap()
}

async fn return_again(subject: &Subject, gone: &MissingNumber) -> bool {
    let monthly = [charge(MONTHLY, "1.15", "1.15")];
    let returned = subject.store.return_missing(gone, &monthly).await;
    returned.unwrap()
}

async fn winner(subject: &Subject) -> Option<PurchaseId> {
    subject.store.winner(IDENTITY, "PN1").await.unwrap()
}

/// The first time counts; it is looked for when its time has come, by one.
pub async fn a_missing_number_is_suspected_once(subject: &Subject) {
    let store = &*subject.store;
    let suspected = missing(&bought(subject).await);
    assert_eq!(known(subject).await, None);
    store.suspect(&suspected, HOUR).await.unwrap();
    let again = with(suspected.clone(), |it| it.since = host::now());
    suspect(subject, &again).await;
    assert_eq!(known(subject).await, Some(suspected.clone()));
    assert_eq!(suspects(subject).await, []);
    let soon = Duration::from_millis(20);
    store.put_off_suspect(&suspected, soon).await.unwrap();
    let due = async || suspects(subject).await.pop();
    assert_eq!(eventually("it is due", due).await, suspected);
    let name = suspected.lease_name();
    let lease = subject.acquire(&name, "a").await.unwrap();
    assert_eq!(suspects(subject).await, []);
    subject.unlock(&lease).await;
    assert_eq!(suspects(subject).await, std::slice::from_ref(&suspected));
    store.clear_suspect(&suspected).await.unwrap();
    assert_eq!(known(subject).await, None);
}

/// What it takes every month is free, and so is the carrier's id; all of it once.
pub async fn a_number_that_is_gone_ends_as_released(subject: &Subject) {
    let store = &*subject.store;
    let record = bought(subject).await;
    let id = number_id("PN1");
    let tagged = with(Annotation::default(), |it| {
        it.tags = vec!["sales".to_owned()]
    });
    subject.annotate(&id, &tagged).await;
    let suspected = missing(&record);
    let gone = gone(&suspected);
    assert!(!end(subject, &gone).await);
    assert_eq!(spent(subject).await, (115, 50));
    suspect(subject, &suspected).await;
    assert_eq!(winner(subject).await.as_ref(), Some(&record.purchase.id));
    let ends = at_once(subject, 4, |subject, _| {
        let gone = gone.clone();
        async move { end(&subject, &gone).await }
    });
    assert_eq!(count(&ends.await, |ended| *ended), 1);
    assert_eq!(spent(subject).await, (0, 50));
    assert_eq!(winner(subject).await, None);
    let releaser = store.releaser(IDENTITY, "PN1").await.unwrap();
    assert_eq!(releaser.as_ref(), Some(&record.purchase.id));
    assert_eq!(store.releaser("another", "PN1").await.unwrap(), None);
    assert_eq!(known(subject).await, Some(gone));
    assert_eq!(suspects(subject).await, []);
    assert!(subject.find_release(&id).await.unwrap().done);
    let shown = subject.annotations(std::slice::from_ref(&id)).await;
    let only_gone = with(Annotation::default(), |it| it.gone = true);
    assert_eq!(shown, [(id, only_gone)]);
}

/// Whatever the ceilings, once; it is not released any more, and can be gone again.
pub async fn a_number_that_was_gone_is_booked_again(subject: &Subject) {
    let store = &*subject.store;
    let record = bought(subject).await;
    let suspected = missing(&record);
    let gone = gone(&suspected);
    assert!(!return_again(subject, &gone).await);
    for _ in 0..2 {
        suspect(subject, &suspected).await;
        assert!(!return_again(subject, &gone).await);
        assert!(end(subject, &gone).await);
        assert_eq!(spent(subject).await, (0, 50));
        let returns = at_once(subject, 4, |subject, _| {
            let gone = gone.clone();
            async move { return_again(&subject, &gone).await }
        });
        assert_eq!(count(&returns.await, |back| *back), 1);
        assert_eq!(spent(subject).await, (115, 50));
        assert_eq!(known(subject).await, None);
        assert_eq!(subject.find_release(&number_id("PN1")).await, None);
        assert_eq!(winner(subject).await.as_ref(), Some(&record.purchase.id));
        let other = purchase(1).purchase.id;
        let known = store.known_ids(IDENTITY, &number(0), &other).await.unwrap();
        assert_eq!(known[0].holder(), Some(&record.purchase.id));
    }
}

/// Where ids are made from numbers, it may have been bought anew.
pub async fn a_number_that_another_purchase_has_won_since_is_not_booked_again(subject: &Subject) {
    let record = bought(subject).await;
    let suspected = missing(&record);
    let gone = gone(&suspected);
    suspect(subject, &suspected).await;
    assert!(end(subject, &gone).await);
    let other = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    // The other one gives it back, which has nothing to do with the one that was gone.
    let release = release(0, "PN1");
    subject.begin_release(&release).await;
    assert!(!return_again(subject, &gone).await);
    assert_eq!(spent(subject).await, (0, 50));
    assert_eq!(known(subject).await, None);
    let left = subject.find_release(&release.number_id).await;
    assert_eq!(left, Some(release));
    assert_eq!(winner(subject).await, Some(other.purchase.id));
}

pub async fn a_number_that_is_released_is_suspected_no_more(subject: &Subject) {
    let suspected = missing(&bought(subject).await);
    suspect(subject, &suspected).await;
    let gone = gone(&suspected);
    let release = release(0, "PN1");
    subject.begin_release(&release).await;
    subject.end_release(&done(&release)).await;
    assert_eq!(known(subject).await, None);
    assert!(!end(subject, &gone).await);
}

pub async fn who_takes_from_a_purse_every_month_is_found(subject: &Subject) {
    let store = &*subject.store;
    let record = bought(subject).await;
    let spenders = store.spenders(MONTHLY, 9).await.unwrap();
    assert_eq!(spenders, [record.purchase.id]);
    assert_eq!(store.spenders(SETUP, 9).await.unwrap(), []);
    assert_eq!(store.spenders(MONTHLY, 0).await.unwrap(), []);
}
