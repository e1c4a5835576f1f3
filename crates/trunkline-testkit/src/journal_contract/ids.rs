//! Ids under which numbers have been seen, answers that are out of date, and records that have vanished.

use jiff::Timestamp;
use trunkline_admin::Answer;
use trunkline_core::{HeldRow, NumberId, PurchaseId, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Begin, Change, Commit, PurchaseFilter, Record, Release};
use trunkline_engine::machine::KnownId;

use super::Subject;
use super::draft::{
    IDENTITY, begun, begun_as, dispatched, disputed, evidence, number, presumed, purchase, scope,
    step, succeeded, unknown,
};

fn row(provider_id: &str) -> HeldRow {
    HeldRow {
        provider_id: provider_id.to_owned(),
        created_at: Timestamp::from_second(1_700_000_000).ok(),
    }
}

async fn known(subject: &Subject, of: &PurchaseId) -> Vec<KnownId> {
    let number = number(0);
    let known = subject.store.known_ids(IDENTITY, &number, of);
    known.await.unwrap()
}

fn names(known: &[KnownId], seen_before: bool) -> Vec<&str> {
    let known = known.iter().filter(|id| id.seen_before == seen_before);
    known.map(|id| id.provider_id.as_str()).collect()
}

/// Each at its own number and identity; one that is seen again stays where it was.
pub async fn ids_seen_before_a_purchase_is_dispatched_are_known_as_such(subject: &Subject) {
    let store = &*subject.store;
    store
        .keep_ids(IDENTITY, &number(0), &[row("PN1")])
        .await
        .unwrap();
    store
        .keep_ids(IDENTITY, &number(1), &[row("PN5")])
        .await
        .unwrap();
    store
        .keep_ids("another", &number(0), &[row("PN6")])
        .await
        .unwrap();
    let (record, _) = begun(store, &purchase(0)).await;
    let record = step(store, dispatched(record)).await;
    let again = [row("PN1"), row("PN2"), row("PN3")];
    store.keep_ids(IDENTITY, &number(0), &again).await.unwrap();
    let ids = known(subject, &record.purchase.id).await;
    assert_eq!(
        (names(&ids, true), names(&ids, false)),
        (vec!["PN1"], vec!["PN2", "PN3"])
    );
    assert_eq!(ids[0].created_at, row("PN1").created_at);
    // What comes later than the dispatch changes nothing about it.
    let mut record = record;
    assert!(record.lose(Timestamp::now()));
    let record = step(store, record).await;
    let ids = known(subject, &record.purchase.id).await;
    assert_eq!(names(&ids, true), ["PN1"]);
}

fn release(provider_id: &str) -> Release {
    Release {
        tenant: Tenant::default(),
        number_id: NumberId::of(&purchase(0).purchase.account, provider_id).unwrap(),
        identity: IDENTITY.to_owned(),
        number: Some(number(0)),
        done: true,
        release_at: None,
        sent: true,
        held_since: None,
        provenance: trunkline_core::Provenance::default(),
    }
}

/// Its own purchase does not count itself as another.
pub async fn won_id_is_known_with_its_purchase_until_it_is_given_back(subject: &Subject) {
    let store = &*subject.store;
    let (winner, _) = begun(store, &purchase(0)).await;
    let winner = step(store, succeeded(winner, "PN1")).await;
    let (next, _) = begun(store, &purchase(0)).await;
    let ids = known(subject, &next.purchase.id).await;
    assert_eq!(ids[0].holder(), Some(&winner.purchase.id));
    assert!(ids[0].won_at.is_some());
    assert_eq!(known(subject, &winner.purchase.id).await[0].won_by, None);
    let mut next = step(store, dispatched(next)).await;
    assert!(next.lose(Timestamp::now()));
    let next = step(store, next).await;
    store
        .end_release(&release("PN1"), DomainEvent::ReleaseEnded(&release("PN1")))
        .await
        .unwrap();
    let ids = known(subject, &next.purchase.id).await;
    assert_eq!(ids[0].holder(), None);
    assert_eq!(ids[0].won_by, Some(winner.purchase.id));
    assert!(ids[0].released_at.is_some() && ids[0].seen_before);
}

/// A carrier may use an id again.
pub async fn id_may_be_won_again_after_it_was_given_back(subject: &Subject) {
    let store = &*subject.store;
    let (first, _) = begun(store, &purchase(0)).await;
    step(store, succeeded(first, "PN1")).await;
    store
        .end_release(&release("PN1"), DomainEvent::ReleaseEnded(&release("PN1")))
        .await
        .unwrap();
    let (second, _) = begun(store, &purchase(0)).await;
    let second = step(store, succeeded(second, "PN1")).await;
    let (third, _) = begun(store, &purchase(0)).await;
    let ids = known(subject, &third.purchase.id).await;
    assert_eq!((ids.len(), ids[0].holder()), (1, Some(&second.purchase.id)));
}

/// At one identity; not what was given back, nor what was only seen.
pub async fn won_ids_are_listed_until_they_are_given_back(subject: &Subject) {
    let store = &*subject.store;
    let listed = async |identity| {
        let winners = store.winners(identity).await.unwrap();
        winners
            .into_iter()
            .map(|winner| (winner.provider_id, winner.number, winner.purchase))
            .collect::<Vec<_>>()
    };
    store
        .keep_ids(IDENTITY, &number(0), &[row("PN3")])
        .await
        .unwrap();
    let (second, _) = begun(store, &purchase(1)).await;
    let second = step(store, succeeded(second, "PN2")).await;
    let (first, _) = begun(store, &purchase(0)).await;
    let first = step(store, succeeded(first, "PN1")).await;
    let won = [
        ("PN1".to_owned(), number(0), first.purchase.id),
        ("PN2".to_owned(), number(1), second.purchase.id),
    ];
    assert_eq!(listed(IDENTITY).await, won);
    assert_eq!(listed("another").await, []);
    store
        .end_release(&release("PN1"), DomainEvent::ReleaseEnded(&release("PN1")))
        .await
        .unwrap();
    assert_eq!(listed(IDENTITY).await, won[1..]);
    let (again, _) = begun(store, &purchase(0)).await;
    let again = step(store, succeeded(again, "PN1")).await;
    assert_eq!(listed(IDENTITY).await[0].2, again.purchase.id);
}

fn answer(body: &str) -> Answer {
    Answer {
        status: 504,
        content_type: "a/b".to_owned(),
        location: None,
        body: body.to_owned(),
    }
}

/// One replica has read the purchase as failed, and keeps the answer after another has found the late success.
pub async fn answer_made_from_an_earlier_version_is_not_kept(subject: &Subject) {
    let (store, answers) = (&*subject.store, &subject.admin);
    let (record, _) = begun_as(store, &scope("k"), &purchase(0)).await;
    let failed = step(store, presumed(record)).await;
    let late = succeeded(failed.clone(), "PN1");
    let change = Change {
        forget_answer: true,
        ..evidence(&late)
    };
    let Commit::Done(version) = store.commit(change).await.unwrap() else {
        panic!("the late success was refused")
    };
    let key = scope("k");
    let stale = answers.keep_answer(&key, answer("504"), Some(failed.version));
    assert_eq!(stale.await.unwrap(), answer("504"), "it is told once");
    assert_eq!(answers.answer(&key).await.unwrap(), None);
    let fresh = answers.keep_answer(&key, answer("201"), Some(version));
    assert_eq!(fresh.await.unwrap(), answer("201"));
    let stale = answers.keep_answer(&key, answer("504"), Some(failed.version));
    assert_eq!(stale.await.unwrap(), answer("201"));
}

fn vanished(key: &str) -> Record {
    let mut record = purchase(0);
    let scope = scope(key);
    record.purchase.idempotency_key = scope.key;
    record.route = scope.route;
    record.version = 7;
    record
}

/// As it is in the hands of the process that works on it.
pub async fn vanished_purchase_is_written_back_with_key_and_claim(subject: &Subject) {
    let store = &*subject.store;
    let record = unknown(vanished("k"));
    let version = store.write_back(&record).await.unwrap().unwrap();
    let read = store.load(&record.purchase.id).await.unwrap().unwrap();
    assert_eq!(
        read,
        Record {
            version,
            ..record.clone()
        }
    );
    let key = store.find_key(&scope("k")).await.unwrap().unwrap();
    assert_eq!(key.purchase, Some(record.purchase.id.clone()));
    let busy = store
        .begin(&scope("other"), &purchase(0), "owner")
        .await
        .unwrap();
    assert_eq!(
        busy,
        Begin::Busy {
            by: record.purchase.id.to_string()
        }
    );
    assert_eq!(
        store.due(10).await.unwrap(),
        std::slice::from_ref(&record.purchase.id)
    );
    step(store, succeeded(Record { version, ..record }, "PN1")).await;
}

/// What was bought is kept, whoever has come in between.
pub async fn vanished_purchase_is_written_back_though_its_key_and_number_are_taken(
    subject: &Subject,
) {
    let store = &*subject.store;
    let (other, _) = begun_as(store, &scope("k"), &purchase(0)).await;
    let record = succeeded(vanished("k"), "PN1");
    let version = store.write_back(&record).await.unwrap();
    let read = store.load(&record.purchase.id).await.unwrap().unwrap();
    assert_eq!(
        (read.purchase.state, Some(read.version)),
        (record.purchase.state, version)
    );
    let key = store.find_key(&scope("k")).await.unwrap().unwrap();
    assert_eq!(key.purchase, Some(other.purchase.id.clone()));
    let ids = known(subject, &other.purchase.id).await;
    assert_eq!(ids[0].holder(), Some(&record.purchase.id));
    assert_eq!(store.due(10).await.unwrap(), []);
}

/// Nothing has vanished.
pub async fn purchase_that_is_there_is_not_written_back(subject: &Subject) {
    let store = &*subject.store;
    let (record, _) = begun(store, &purchase(0)).await;
    assert_eq!(
        store.write_back(&unknown(record.clone())).await.unwrap(),
        None
    );
    let read = store.load(&record.purchase.id).await.unwrap().unwrap();
    assert_eq!(read, record);
}

/// Among all purchases.
pub async fn purchases_with_a_question_are_found(subject: &Subject) {
    let store = &*subject.store;
    let (asked, _) = begun(store, &purchase(0)).await;
    let asked = step(store, disputed(asked)).await;
    let (other, _) = begun(store, &purchase(1)).await;
    let found = async |needs_person| {
        let filter = PurchaseFilter {
            needs_person,
            ..PurchaseFilter::default()
        };
        let found = store.purchases(&Tenant::default(), &filter, 10).await;
        found
            .unwrap()
            .into_iter()
            .map(|record| record.purchase.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(Some(true)).await,
        std::slice::from_ref(&asked.purchase.id)
    );
    assert_eq!(
        found(Some(false)).await,
        std::slice::from_ref(&other.purchase.id)
    );
    assert_eq!(found(None).await, [other.purchase.id, asked.purchase.id]);
}
