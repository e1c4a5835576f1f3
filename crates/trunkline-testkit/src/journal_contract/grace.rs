//! Releases with a grace period.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::service::journal::{Annotation, Begin, Release};
use trunkline_core::{NumberId, Tenant};

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
    let by = subject.store.begin_release(release, after).await.unwrap();
    assert_eq!(by, None);
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
    assert!(!subject.store.send_release(&sent(&waiting)).await.unwrap());
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
        async move { store.send_release(&sent).await.unwrap() }
    });
    assert_eq!(won.await.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(find(subject, &waiting.number_id).await, Some(sent));
}

/// Its number is free, and it is not sent by whoever saw it before.
pub async fn a_release_that_waits_can_be_undone_once(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    assert!(subject.store.undo_release(&waiting).await.unwrap());
    assert!(!subject.store.undo_release(&waiting).await.unwrap());
    assert!(!subject.store.send_release(&sent(&waiting)).await.unwrap());
    assert_eq!(find(subject, &waiting.number_id).await, None);
    begun(&*subject.store, &purchase(0)).await;
}

/// Nobody can tell what came of it.
pub async fn a_release_that_was_sent_cannot_be_undone(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    assert!(subject.store.send_release(&sent(&waiting)).await.unwrap());
    assert!(!subject.store.undo_release(&waiting).await.unwrap());
    let open = subject.store.open_releases(10).await.unwrap();
    assert_eq!(open, [sent(&waiting)]);
    begin(subject, &release(1, "PN2"), Duration::ZERO).await;
    assert!(
        !subject
            .store
            .undo_release(&release(1, "PN2"))
            .await
            .unwrap()
    );
}

/// It can be undone again, and is sent no sooner than that.
pub async fn a_release_that_was_sent_can_be_put_off(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    assert!(subject.store.send_release(&sent(&waiting)).await.unwrap());
    begin(subject, &waiting, HOUR).await;
    assert_eq!(subject.store.open_releases(10).await.unwrap(), []);
    assert!(!subject.store.send_release(&sent(&waiting)).await.unwrap());
    assert!(subject.store.undo_release(&waiting).await.unwrap());
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
    assert!(store.send_release(&sent).await.unwrap());
    let found = store.annotations(std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(found, [(one, tagged)]);
}
