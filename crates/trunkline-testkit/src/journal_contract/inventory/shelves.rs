//! Accounts that get another name, and that go.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::host;
use trunkline_core::inventory::{DriftClass, DriftQuery, SyncProgress, SyncReading};
use trunkline_core::model::{SyncId, Tenant};

use super::super::{LONG, Subject};
use super::draft::{all, begin, drift, end, entry, inside, judged, keep, shelf};

/// What is noted of a number belongs to the account, whatever it is called.
pub async fn protection_and_waiting_releases_follow_a_renamed_account(subject: &Subject) {
    let store = &subject.store;
    let (first, second) = (shelf("AC1", "us-main"), shelf("AC2", "us-other"));
    store.shelve(&[first.clone(), second.clone()], LONG).await.unwrap();
    let id = |account: &str, number: u32| NumberId::new(format!("{account}:PN{number}")).unwrap();
    let note = |tag: &str| Annotation {
        tags: vec![tag.to_owned()],
        protected: true,
        ..Annotation::default()
    };
    store.annotate(&id("us-main", 1), &note("first")).await.unwrap();
    store.annotate(&id("us-other", 1), &note("second")).await.unwrap();
    let waits = Release {
        number_id: id("us-main", 2),
        identity: "AC1".to_owned(),
        release_at: Some(host::now()),
        sent: false,
        ..release("AC1", 2)
    };
    let begun = store
        .begin_release(&waits, LONG, DomainEvent::ReleaseBegun(&waits))
        .await;
    assert_eq!(begun.unwrap(), Releasing::Written);
    // They swap their names.
    let swapped = [shelf("AC1", "us-other"), shelf("AC2", "us-main")];
    store.shelve(&swapped, LONG).await.unwrap();
    let ids = [id("us-main", 1), id("us-other", 1), id("us-other", 2)];
    let found = store.annotations(&ids).await.unwrap();
    let of = |id: &NumberId| &found.iter().find(|(of, _)| of == id).unwrap().1;
    assert_eq!(*of(&ids[0]), note("second"));
    assert_eq!(*of(&ids[1]), note("first"));
    assert!(of(&ids[2]).release_at.is_some(), "{found:?}");
    let open = store.find_release(&waits.tenant, &ids[2]).await.unwrap();
    assert_eq!(open.unwrap().number_id, ids[2]);
    assert_eq!(store.find_release(&waits.tenant, &waits.number_id).await.unwrap(), None);
    // A protection under the new name counts when its time has come.
    store.annotate(&ids[2], &note("kept")).await.unwrap();
    let due = store.find_release(&waits.tenant, &ids[2]).await.unwrap().unwrap();
    let sent = Release { sent: true, ..due };
    assert_eq!(store.send_release(&sent).await.unwrap(), Releasing::Protected);
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
