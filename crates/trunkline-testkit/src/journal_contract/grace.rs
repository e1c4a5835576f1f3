//! Releases with a grace period.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::{NumberId, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Annotation, Begin, Release, Releasing};

use super::draft::{begun, purchase, scope};
use super::records::{number_id, release};
use super::{Subject, at_once};

const HOUR: Duration = Duration::from_secs(3_600);

fn waiting(index: u32, provider_id: &str) -> Release {
    Release {
        release_at: Some(Timestamp::UNIX_EPOCH),
        sent: false,
        ..release(index, provider_id)
    }
}

fn sent(release: &Release) -> Release {
    Release {
        sent: true,
        ..release.clone()
    }
}

async fn begin(subject: &Subject, release: &Release, after: Duration) {
    let by = subject
        .store
        .begin_release(release, after, DomainEvent::ReleaseBegun(release))
        .await
        .unwrap();
    assert_eq!(by, Releasing::Written);
}

async fn find(subject: &Subject, id: &NumberId) -> Option<Release> {
    let found = subject.store.find_release(&Tenant::default(), id).await;
    found.unwrap()
}

/// It is known, the number can't be bought, and it is not to be sent.
pub async fn a_release_that_waits_is_not_due(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, HOUR).await;
    begin(subject, &release(1, "PN2"), Duration::ZERO).await;
    let open = subject.store.open_releases(10).await.unwrap();
    assert_eq!(open, [release(1, "PN2")]);
    assert_eq!(
        find(subject, &waiting.number_id).await,
        Some(waiting.clone())
    );
    let moved = subject.store.send_release(&sent(&waiting)).await;
    assert_eq!(moved.unwrap(), Releasing::Moved);
    let busy = Begin::Busy {
        by: "release".to_owned(),
    };
    let (scope, purchase) = (scope("k"), purchase(0));
    let begun = subject.store.begin(&scope, &purchase, "owner").await;
    assert_eq!(begun.unwrap(), busy);
}

/// However many replicas want to: it is written down once that it is sent.
pub async fn a_release_whose_time_has_come_is_sent_by_one(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    let open = subject.store.open_releases(10).await.unwrap();
    assert_eq!(open, std::slice::from_ref(&waiting));
    let sent = sent(&waiting);
    let won = at_once(8, |_| {
        let (store, sent) = (Arc::clone(&subject.store), sent.clone());
        async move { store.send_release(&sent).await.unwrap() == Releasing::Written }
    });
    assert_eq!(won.await.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(find(subject, &waiting.number_id).await, Some(sent));
}

/// Its number is free, and it is not sent by whoever saw it before.
pub async fn a_release_that_waits_can_be_undone_once(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    assert!(
        subject
            .store
            .undo_release(&waiting, DomainEvent::ReleaseHeld(&waiting))
            .await
            .unwrap()
    );
    assert!(
        !subject
            .store
            .undo_release(&waiting, DomainEvent::ReleaseHeld(&waiting))
            .await
            .unwrap()
    );
    let moved = subject.store.send_release(&sent(&waiting)).await;
    assert_eq!(moved.unwrap(), Releasing::Moved);
    assert_eq!(find(subject, &waiting.number_id).await, None);
    begun(&*subject.store, &purchase(0)).await;
}

/// Nobody can tell what came of it.
pub async fn a_release_that_was_sent_cannot_be_undone(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    let written = subject.store.send_release(&sent(&waiting)).await;
    assert_eq!(written.unwrap(), Releasing::Written);
    assert!(
        !subject
            .store
            .undo_release(&waiting, DomainEvent::ReleaseHeld(&waiting))
            .await
            .unwrap()
    );
    let open = subject.store.open_releases(10).await.unwrap();
    assert_eq!(open, [sent(&waiting)]);
    begin(subject, &release(1, "PN2"), Duration::ZERO).await;
    assert!(
        !subject
            .store
            .undo_release(
                &release(1, "PN2"),
                DomainEvent::ReleaseHeld(&release(1, "PN2"))
            )
            .await
            .unwrap()
    );
}

/// It can be undone again, and is sent no sooner than that.
pub async fn a_release_that_was_sent_can_be_put_off(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    let written = subject.store.send_release(&sent(&waiting)).await;
    assert_eq!(written.unwrap(), Releasing::Written);
    begin(subject, &waiting, HOUR).await;
    assert_eq!(subject.store.open_releases(10).await.unwrap(), []);
    let moved = subject.store.send_release(&sent(&waiting)).await;
    assert_eq!(moved.unwrap(), Releasing::Moved);
    assert!(
        subject
            .store
            .undo_release(&waiting, DomainEvent::ReleaseHeld(&waiting))
            .await
            .unwrap()
    );
}

/// With the other fields of the number, or alone; until it is sent.
pub async fn a_release_that_waits_shows_in_the_annotations(subject: &Subject) {
    let store = &*subject.store;
    let [one, two] = ["PN1", "PN2"].map(number_id);
    let tagged = Annotation {
        tags: vec!["sales".to_owned()],
        ..Annotation::default()
    };
    store.annotate(&one, &tagged).await.unwrap();
    begin(subject, &waiting(0, "PN1"), Duration::ZERO).await;
    begin(subject, &waiting(1, "PN2"), HOUR).await;
    let release_at = Some(Timestamp::UNIX_EPOCH);
    let shown = |annotation: &Annotation| Annotation {
        release_at,
        ..annotation.clone()
    };
    let mut found = store
        .annotations(&[one.clone(), two.clone()])
        .await
        .unwrap();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let alone = shown(&Annotation::default());
    assert_eq!(found, [(one.clone(), shown(&tagged)), (two, alone)]);
    // What is shown is not kept with the rest.
    store.annotate(&one, &shown(&tagged)).await.unwrap();
    let sent = sent(&waiting(0, "PN1"));
    assert_eq!(store.send_release(&sent).await.unwrap(), Releasing::Written);
    let found = store.annotations(std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(found, [(one, tagged)]);
}

/// Whichever came first is in force: nobody is told that a number is protected whose release is sent after that.
pub async fn a_protected_number_is_not_released(subject: &Subject) {
    let store = &*subject.store;
    let (one, two) = (waiting(0, "PN1"), waiting(1, "PN2"));
    begin(subject, &one, Duration::ZERO).await;
    let protected = Annotation {
        protected: true,
        ..Annotation::default()
    };
    for release in [&one, &two] {
        let id = &release.number_id;
        store.annotate(id, &protected).await.unwrap();
    }
    let refused = store.send_release(&sent(&one)).await.unwrap();
    assert_eq!(refused, Releasing::Protected);
    assert_eq!(find(subject, &one.number_id).await, Some(one.clone()));
    for release in [&two, &sent(&two)] {
        let refused = store
            .begin_release(release, Duration::ZERO, DomainEvent::ReleaseBegun(release))
            .await;
        assert_eq!(refused.unwrap(), Releasing::Protected);
    }
    assert_eq!(find(subject, &two.number_id).await, None);
    begun(store, &purchase(1)).await;
    store
        .annotate(&one.number_id, &Annotation::default())
        .await
        .unwrap();
    let written = store.send_release(&sent(&one)).await.unwrap();
    assert_eq!(written, Releasing::Written);
}

/// However closely they meet: a release that is written down as sent was so before the number was protected.
pub async fn a_release_and_a_protection_at_once_agree(subject: &Subject) {
    for index in 0..8 {
        let release = waiting(index, &format!("PN{index}"));
        begin(subject, &release, Duration::ZERO).await;
        let both = at_once(2, |which| {
            let (store, release) = (Arc::clone(&subject.store), release.clone());
            async move {
                if which == 0 {
                    store.send_release(&sent(&release)).await.unwrap() == Releasing::Written
                } else {
                    let protected = Annotation {
                        protected: true,
                        ..Annotation::default()
                    };
                    let id = &release.number_id;
                    store.annotate(id, &protected).await.unwrap();
                    // Who protects looks afterwards: unless it is sent by now, it never is.
                    let left = store.find_release(&Tenant::default(), id).await;
                    let sent_before = left.unwrap().unwrap().sent;
                    let refused = store.send_release(&sent(&release)).await.unwrap();
                    assert!(sent_before || refused == Releasing::Protected);
                    sent_before
                }
            }
        });
        let both = both.await;
        assert_eq!(both[0], both[1], "{index}");
    }
}

/// It is shown so, and can be undone or begun again.
pub async fn a_release_left_to_a_person_is_due_no_more(subject: &Subject) {
    let store = &*subject.store;
    let release = waiting(0, "PN1");
    begin(subject, &release, Duration::ZERO).await;
    let held = Release {
        held_since: Some(Timestamp::UNIX_EPOCH),
        ..release.clone()
    };
    assert!(store.hold_release(&held).await.unwrap());
    assert!(!store.hold_release(&held).await.unwrap());
    assert_eq!(store.open_releases(10).await.unwrap(), []);
    let ids = std::slice::from_ref(&release.number_id);
    let shown = store.annotations(ids).await.unwrap();
    assert!(shown[0].1.release_held && shown[0].1.release_at.is_some());
    begin(subject, &release, Duration::ZERO).await;
    assert_eq!(
        store.open_releases(10).await.unwrap(),
        std::slice::from_ref(&release)
    );
    assert!(store.hold_release(&held).await.unwrap());
    assert!(
        store
            .undo_release(&held, DomainEvent::ReleaseHeld(&held))
            .await
            .unwrap()
    );
    assert_eq!(find(subject, &release.number_id).await, None);
}
