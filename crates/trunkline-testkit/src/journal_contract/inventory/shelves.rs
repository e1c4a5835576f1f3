//! Accounts that get another name, and that go.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::host;
use trunkline_core::inventory::{DriftClass, DriftQuery, SyncProgress, SyncReading};
use trunkline_core::model::{NumberId, SyncId, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Annotation, Release, Releasing};

use super::super::draft::{IDENTITY, release};
use super::super::{LONG, Subject};
use super::draft::{all, begin, drift, end, entry, inside, judged, keep, shelf};

/// What is noted of a number belongs to its account, whatever that is called: here two accounts swap their names.
pub async fn protection_and_waiting_releases_follow_a_renamed_account(subject: &Subject) {
    let store = &subject.store;
    let named = |first: &str, second: &str| [shelf(IDENTITY, first), shelf("AC2", second)];
    let accounts = named("us-main", "us-other");
    store.shelve(&accounts, LONG).await.unwrap();
    let id = |text: &str| NumberId::new(text).unwrap();
    let note = |tag: &str| Annotation {
        tags: vec![tag.to_owned()],
        protected: true,
        ..Annotation::default()
    };
    subject.annotate(&id("us-main:PN1"), &note("first")).await;
    subject.annotate(&id("us-other:PN1"), &note("second")).await;
    let waits = Release {
        release_at: Some(Timestamp::UNIX_EPOCH),
        sent: false,
        ..release(2, "PN2")
    };
    let begun = subject.begin_release_after(&waits, Duration::ZERO).await;
    assert_eq!(begun, Releasing::Written);
    let accounts = named("us-other", "us-main");
    store.shelve(&accounts, LONG).await.unwrap();
    let ids = ["us-main:PN1", "us-other:PN1", "us-other:PN2"].map(id);
    let found = store.annotations(&ids).await.unwrap();
    let of = |id: &NumberId| {
        let found = found.iter().find(|(of, _)| of == id);
        found.map(|(_, note)| note.clone()).unwrap_or_default()
    };
    assert_eq!(of(&ids[0]), note("second"));
    assert_eq!(of(&ids[1]), note("first"));
    assert!(of(&ids[2]).release_at.is_some(), "{found:?}");
    assert_eq!(subject.find_release(&waits.number_id).await, None);
    let moved = subject.find_release(&ids[2]).await.unwrap();
    assert_eq!(moved.number_id, ids[2]);
    // What is protected under the new name is not given back.
    subject.annotate(&ids[2], &note("kept")).await;
    let sent = Release {
        sent: true,
        ..moved
    };
    let refused = subject.send_release(&sent).await;
    assert_eq!(refused, Releasing::Protected);
    // What was begun under the old name too.
    let before = id("us-main:PN3");
    let kept = store.annotate_at(IDENTITY, &before, &note("late")).await;
    let now = kept.unwrap();
    assert_eq!(now, id("us-other:PN3"));
    let begun = Release {
        number_id: before,
        ..release(3, "PN3")
    };
    let refused = subject.begin_release(&begun).await;
    assert_eq!(refused, Releasing::Protected);
    // And what is given back takes its protection along, whatever the account is called by then.
    let ended = Release {
        done: true,
        ..begun
    };
    let event = DomainEvent::ReleaseEnded(&ended);
    store.end_release(&ended, event).await.unwrap();
    assert_eq!(store.annotations(&[now]).await.unwrap(), []);
}

/// And needs no new baseline.
pub async fn renamed_account_keeps_its_numbers(subject: &Subject) {
    let old = shelf("AC1", "us-main");
    subject
        .store
        .shelve(std::slice::from_ref(&old), LONG)
        .await
        .unwrap();
    let reading = begin(subject, &old).await;
    let mut row = judged(entry(&old, 1), None);
    row.drifts = vec![drift(&row.entry, DriftClass::Appeared, None)];
    keep(subject, &reading, &[row]).await;
    end(subject, &reading).await;
    let new = shelf("AC1", "us-new");
    subject
        .store
        .shelve(std::slice::from_ref(&new), LONG)
        .await
        .unwrap();
    let found = all(subject, &["AC1"]).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number.id.as_str(), "us-new:PN0001");
    assert_eq!(found[0].number.account, new.account);
    let query = DriftQuery {
        limit: 10,
        ..DriftQuery::default()
    };
    let drifts = subject
        .store
        .drifts(&inside(&["AC1"]), &query)
        .await
        .unwrap();
    assert_eq!(drifts[0].number_id.as_str(), "us-new:PN0001");
    assert!(!begin(subject, &new).await.baseline);
    // Under another tenant it is another's.
    let mut moved = new.clone();
    moved.tenant = "acme".parse().unwrap();
    subject.store.shelve(&[moved.clone()], LONG).await.unwrap();
    assert_eq!(all(subject, &["AC1"]).await, []);
    let mut theirs = inside(&["AC1"]);
    theirs.tenant = moved.tenant;
    assert_eq!(
        subject
            .store
            .count_inventory(&theirs, &super::draft::everything())
            .await
            .unwrap(),
        1
    );
}

/// Not before its time, and not if it is back.
pub async fn removed_account_is_forgotten(subject: &Subject) {
    let (kept, removed) = (shelf("AC1", "us-main"), shelf("AC2", "emea"));
    let both = [kept.clone(), removed.clone()];
    subject.store.shelve(&both, LONG).await.unwrap();
    for account in &both {
        let reading = begin(subject, account).await;
        keep(subject, &reading, &[judged(entry(account, 0), None)]).await;
        end(subject, &reading).await;
    }
    subject.store.shelve(&both[..1], LONG).await.unwrap();
    assert_eq!(all(subject, &["AC1", "AC2"]).await.len(), 2);
    subject.store.shelve(&both, LONG).await.unwrap();
    subject.store.shelve(&both, Duration::ZERO).await.unwrap();
    assert_eq!(all(subject, &["AC1", "AC2"]).await.len(), 2, "it is back");
    assert!(!begin(subject, &removed).await.baseline, "and known");
    subject
        .store
        .shelve(&both[..1], Duration::ZERO)
        .await
        .unwrap();
    let left = all(subject, &["AC1", "AC2"]).await;
    assert!(left.len() == 1 && left[0].identity == "AC1");
    assert!(begin(subject, &removed).await.baseline);
}

/// And replaced.
pub async fn progress_of_a_sync_is_kept(subject: &Subject) {
    let mut sync = SyncProgress {
        id: SyncId::generate(host::now()),
        tenant: Tenant::default(),
        created_at: Timestamp::from_second(1).unwrap(),
        ended_at: None,
        accounts: vec![SyncReading::new("us-main".parse().unwrap())],
    };
    subject.store.keep_sync(&sync).await.unwrap();
    sync.accounts[0].rows = 7;
    sync.ended_at = Some(Timestamp::from_second(2).unwrap());
    subject.store.keep_sync(&sync).await.unwrap();
    assert_eq!(subject.store.sync(&sync.id).await.unwrap(), Some(sync));
    let other = SyncId::generate(host::now());
    assert_eq!(subject.store.sync(&other).await.unwrap(), None);
}
