//! Ids under which numbers have been seen, answers that are out of date, and records that have vanished.

use jiff::Timestamp;
use trunkline_core::host;
use trunkline_core::{HeldRow, PurchaseId};
use trunkline_engine::journal::{Commit, PurchaseFilter, Record};
use trunkline_engine::machine::KnownId;

use super::Subject;
use super::draft::{
    IDENTITY, answer, busy, dispatched, disputed, done, evidence, number, presumed, purchase,
    release, scope, succeeded, unknown,
};
use crate::with;

async fn keep_ids(subject: &Subject, identity: &str, index: u32, ids: &[&str]) {
    let row = |id: &&str| HeldRow {
        provider_id: (*id).to_owned(),
        created_at: Timestamp::from_second(1_700_000_000).ok(),
    };
    let rows: Vec<_> = ids.iter().map(row).collect();
    let kept = subject
        .store
        .keep_ids(identity, &number(index), &rows)
        .await;
    kept.unwrap();
}

async fn known(subject: &Subject, of: &Record) -> Vec<KnownId> {
    let number = number(0);
    let known = subject.store.known_ids(IDENTITY, &number, &of.purchase.id);
    known.await.unwrap()
}

fn names(known: &[KnownId], seen_before: bool) -> Vec<&str> {
    let known = known.iter().filter(|id| id.seen_before == seen_before);
    known.map(|id| id.provider_id.as_str()).collect()
}

/// Each at its own number and identity; one that is seen again stays where it was.
pub async fn ids_seen_before_a_purchase_is_dispatched_are_known_as_such(subject: &Subject) {
    keep_ids(subject, IDENTITY, 0, &["PN1"]).await;
    keep_ids(subject, IDENTITY, 1, &["PN5"]).await;
    keep_ids(subject, "another", 0, &["PN6"]).await;
    let mut record = subject.stepped(0, dispatched).await;
    keep_ids(subject, IDENTITY, 0, &["PN1", "PN2", "PN3"]).await;
    let ids = known(subject, &record).await;
    assert_eq!(names(&ids, true), ["PN1"]);
    assert_eq!(names(&ids, false), ["PN2", "PN3"]);
    assert_eq!(
        ids[0].created_at,
        Timestamp::from_second(1_700_000_000).ok()
    );
    // What comes later than the dispatch changes nothing about it.
    assert!(record.lose(host::now()));
    let record = subject.step(record).await;
    assert_eq!(names(&known(subject, &record).await, true), ["PN1"]);
}

pub async fn won_id_is_known_with_its_purchase_until_it_is_given_back(subject: &Subject) {
    let winner = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    let (next, _) = subject.begun(&purchase(0)).await;
    let ids = known(subject, &next).await;
    assert_eq!(ids[0].holder(), Some(&winner.purchase.id));
    assert!(ids[0].won_at.is_some());
    assert_eq!(known(subject, &winner).await[0].won_by, None);
    let mut next = subject.step(dispatched(next)).await;
    assert!(next.lose(host::now()));
    let next = subject.step(next).await;
    subject.end_release(&done(&release(0, "PN1"))).await;
    let ids = known(subject, &next).await;
    assert_eq!(ids[0].holder(), None);
    assert_eq!(ids[0].won_by, Some(winner.purchase.id));
    assert!(ids[0].released_at.is_some() && ids[0].seen_before);
}

pub async fn id_may_be_won_again_after_it_was_given_back(subject: &Subject) {
    subject.stepped(0, |r| succeeded(r, "PN1")).await;
    subject.end_release(&done(&release(0, "PN1"))).await;
    let second = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    let (third, _) = subject.begun(&purchase(0)).await;
    let ids = known(subject, &third).await;
    assert_eq!((ids.len(), ids[0].holder()), (1, Some(&second.purchase.id)));
}

/// At one identity; not what was given back, nor what was only seen.
pub async fn won_ids_are_listed_until_they_are_given_back(subject: &Subject) {
    let listed = async |identity| {
        let winners = subject.store.winners(identity).await.unwrap().into_iter();
        winners
            .map(|winner| (winner.provider_id, winner.number, winner.purchase))
            .collect::<Vec<_>>()
    };
    keep_ids(subject, IDENTITY, 0, &["PN3"]).await;
    let second = subject.stepped(1, |r| succeeded(r, "PN2")).await;
    let first = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    let won = [
        ("PN1".to_owned(), number(0), first.purchase.id),
        ("PN2".to_owned(), number(1), second.purchase.id),
    ];
    assert_eq!(listed(IDENTITY).await, won);
    assert_eq!(listed("another").await, []);
    subject.end_release(&done(&release(0, "PN1"))).await;
    assert_eq!(listed(IDENTITY).await, won[1..]);
    let again = subject.stepped(0, |r| succeeded(r, "PN1")).await;
    assert_eq!(listed(IDENTITY).await[0].2, again.purchase.id);
}

/// One replica has read the purchase as failed, and keeps the answer after another has found the late success.
pub async fn answer_made_from_an_earlier_version_is_not_kept(subject: &Subject) {
    let key = scope("k");
    let (record, _) = subject.begun_as(&key, &purchase(0)).await;
    let failed = subject.step(presumed(record)).await;
    let late = succeeded(failed.clone(), "PN1");
    let change = with(evidence(&late), |it| it.forget_answer = true);
    let Commit::Done(version) = subject.commit(change).await else {
        panic!("the late success was refused")
    };
    let keep = async |status, version| {
        let kept = subject
            .admin
            .keep_answer(&key, answer(status, ""), Some(version));
        kept.await.unwrap()
    };
    let stale = keep(504, failed.version).await;
    assert_eq!(stale, answer(504, ""), "it is answered once");
    assert_eq!(subject.answer("k").await, None);
    assert_eq!(keep(201, version).await, answer(201, ""));
    assert_eq!(keep(504, failed.version).await, answer(201, ""));
}

fn vanished(key: &str) -> Record {
    let mut record = purchase(0);
    let scope = scope(key);
    record.purchase.idempotency_key = scope.key;
    record.route = scope.route;
    record.version = 7;
    record
}

async fn write_back(subject: &Subject, record: &Record) -> Option<i64> {
    subject.store.write_back(record).await.unwrap()
}

pub async fn vanished_purchase_is_written_back_with_key_and_claim(subject: &Subject) {
    let mut record = unknown(vanished("k"));
    record.version = write_back(subject, &record).await.unwrap();
    assert_eq!(subject.load(&record).await.as_ref(), Some(&record));
    let id: PurchaseId = record.purchase.id.clone();
    let key = subject.entry("k").await.unwrap();
    assert_eq!(key.purchase.as_ref(), Some(&id));
    let refused = subject.begin(&scope("other"), &purchase(0)).await;
    assert_eq!(refused, busy(&record));
    assert_eq!(subject.due(10).await, [id]);
    subject.step(succeeded(record, "PN1")).await;
}

pub async fn vanished_purchase_is_written_back_though_its_key_and_number_are_taken(
    subject: &Subject,
) {
    let (other, _) = subject.begun_as(&scope("k"), &purchase(0)).await;
    let record = succeeded(vanished("k"), "PN1");
    let version = write_back(subject, &record).await;
    let read = subject.load(&record).await.unwrap();
    assert_eq!(read.purchase.state, record.purchase.state);
    assert_eq!(Some(read.version), version);
    let ids = known(subject, &other).await;
    assert_eq!(ids[0].holder(), Some(&record.purchase.id));
    let key = subject.entry("k").await.unwrap();
    assert_eq!(key.purchase, Some(other.purchase.id));
    assert_eq!(subject.due(10).await, []);
}

pub async fn purchase_that_is_there_is_not_written_back(subject: &Subject) {
    let (record, _) = subject.begun(&purchase(0)).await;
    let written = write_back(subject, &unknown(record.clone())).await;
    assert_eq!(written, None);
    assert_eq!(subject.load(&record).await, Some(record));
}

pub async fn purchases_with_a_question_are_found(subject: &Subject) {
    let asked = subject.stepped(0, disputed).await.purchase.id;
    let other = subject.begun(&purchase(1)).await.0.purchase.id;
    for (needs_person, expected) in [
        (Some(true), vec![asked.clone()]),
        (Some(false), vec![other.clone()]),
        (None, vec![other, asked]),
    ] {
        let filter = with(PurchaseFilter::default(), |it| {
            it.needs_person = needs_person
        });
        let found = subject.purchases(&filter, 10).await.into_iter();
        let found: Vec<_> = found.map(|record| record.purchase.id).collect();
        assert_eq!(found, expected);
    }
}
