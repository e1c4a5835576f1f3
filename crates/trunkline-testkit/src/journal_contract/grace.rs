//! Releases with a grace period.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_engine::journal::{Annotation, Begin, Release, Releasing};

use super::draft::{number_id, purchase, release, scope};
use super::{Subject, at_once, count};
use crate::with;

const HOUR: Duration = Duration::from_secs(3_600);

fn waiting(index: u32, provider_id: &str) -> Release {
    Release {
        release_at: Some(Timestamp::UNIX_EPOCH),
        sent: false,
        ..release(index, provider_id)
    }
}

fn sent(release: &Release) -> Release {
    with(release.clone(), |it| it.sent = true)
}

fn protected() -> Annotation {
    with(Annotation::default(), |it| it.protected = true)
}

async fn begin(subject: &Subject, release: &Release, after: Duration) {
    let begun = subject.begin_release_after(release, after).await;
    assert_eq!(begun, Releasing::Written);
}

/// A release whose time has come, `PN1`.
async fn begun(subject: &Subject) -> Release {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, Duration::ZERO).await;
    waiting
}

/// It is known, the number can't be bought, and it is not to be sent.
pub async fn a_release_that_waits_is_not_due(subject: &Subject) {
    let waiting = waiting(0, "PN1");
    begin(subject, &waiting, HOUR).await;
    begin(subject, &release(1, "PN2"), Duration::ZERO).await;
    assert_eq!(subject.open_releases(10).await, [release(1, "PN2")]);
    let found = subject.find_release(&waiting.number_id).await;
    assert_eq!(found.as_ref(), Some(&waiting));
    let moved = subject.send_release(&sent(&waiting)).await;
    assert_eq!(moved, Releasing::Moved);
    let by = "release".to_owned();
    let refused = subject.begin(&scope("k"), &purchase(0)).await;
    assert_eq!(refused, Begin::Busy { by });
}

/// However many replicas want to: it is written down once that it is sent.
pub async fn a_release_whose_time_has_come_is_sent_by_one(subject: &Subject) {
    let waiting = begun(subject).await;
    let open = subject.open_releases(10).await;
    assert_eq!(open, std::slice::from_ref(&waiting));
    let sent = sent(&waiting);
    let all = at_once(subject, 8, |subject, _| {
        let sent = sent.clone();
        async move { subject.send_release(&sent).await }
    });
    assert_eq!(count(&all.await, |one| *one == Releasing::Written), 1);
    assert_eq!(subject.find_release(&waiting.number_id).await, Some(sent));
}

/// Its number is free, and a process that saw it before does not send it.
pub async fn a_release_that_waits_can_be_undone_once(subject: &Subject) {
    let waiting = begun(subject).await;
    assert!(subject.undo_release(&waiting).await);
    assert!(!subject.undo_release(&waiting).await);
    let moved = subject.send_release(&sent(&waiting)).await;
    assert_eq!(moved, Releasing::Moved);
    assert_eq!(subject.find_release(&waiting.number_id).await, None);
    subject.begun(&purchase(0)).await;
}

pub async fn a_release_that_was_sent_cannot_be_undone(subject: &Subject) {
    let waiting = begun(subject).await;
    let written = subject.send_release(&sent(&waiting)).await;
    assert_eq!(written, Releasing::Written);
    assert!(!subject.undo_release(&waiting).await);
    assert_eq!(subject.open_releases(10).await, [sent(&waiting)]);
    let other = release(1, "PN2");
    begin(subject, &other, Duration::ZERO).await;
    assert!(!subject.undo_release(&other).await);
}

pub async fn a_release_that_was_sent_can_be_put_off(subject: &Subject) {
    let waiting = begun(subject).await;
    let written = subject.send_release(&sent(&waiting)).await;
    assert_eq!(written, Releasing::Written);
    begin(subject, &waiting, HOUR).await;
    assert_eq!(subject.open_releases(10).await, []);
    let moved = subject.send_release(&sent(&waiting)).await;
    assert_eq!(moved, Releasing::Moved);
    assert!(subject.undo_release(&waiting).await);
}

/// With the other fields of the number, or alone; until it is sent.
pub async fn a_release_that_waits_shows_in_the_annotations(subject: &Subject) {
    let [one, two] = ["PN1", "PN2"].map(number_id);
    let tagged = with(Annotation::default(), |it| {
        it.tags = vec!["sales".to_owned()]
    });
    subject.annotate(&one, &tagged).await;
    let waiting = begun(subject).await;
    begin(subject, &self::waiting(1, "PN2"), HOUR).await;
    let shown = |annotation: &Annotation| Annotation {
        release_at: Some(Timestamp::UNIX_EPOCH),
        ..annotation.clone()
    };
    let mut found = subject.annotations(&[one.clone(), two.clone()]).await;
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let alone = shown(&Annotation::default());
    assert_eq!(found, [(one.clone(), shown(&tagged)), (two, alone)]);
    // What is shown is not kept with the rest.
    subject.annotate(&one, &shown(&tagged)).await;
    let written = subject.send_release(&sent(&waiting)).await;
    assert_eq!(written, Releasing::Written);
    let found = subject.annotations(std::slice::from_ref(&one)).await;
    assert_eq!(found, [(one, tagged)]);
}

/// Of the two the earlier one counts: no number is shown as protected whose release is sent after that.
pub async fn a_protected_number_is_not_released(subject: &Subject) {
    let (one, two) = (begun(subject).await, waiting(1, "PN2"));
    for release in [&one, &two] {
        subject.annotate(&release.number_id, &protected()).await;
    }
    let refused = subject.send_release(&sent(&one)).await;
    assert_eq!(refused, Releasing::Protected);
    let found = subject.find_release(&one.number_id).await;
    assert_eq!(found.as_ref(), Some(&one));
    for release in [&two, &sent(&two)] {
        let refused = subject.begin_release(release).await;
        assert_eq!(refused, Releasing::Protected);
    }
    assert_eq!(subject.find_release(&two.number_id).await, None);
    subject.begun(&purchase(1)).await;
    let plain = Annotation::default();
    subject.annotate(&one.number_id, &plain).await;
    let written = subject.send_release(&sent(&one)).await;
    assert_eq!(written, Releasing::Written);
}

/// However closely they meet: a release that is written down as sent was so before the number was protected.
pub async fn a_release_and_a_protection_at_once_agree(subject: &Subject) {
    for index in 0..8 {
        let release = waiting(index, &format!("PN{index}"));
        begin(subject, &release, Duration::ZERO).await;
        let both = at_once(subject, 2, |subject, which| {
            let release = release.clone();
            async move {
                if which == 0 {
                    return subject.send_release(&sent(&release)).await == Releasing::Written;
                }
                subject.annotate(&release.number_id, &protected()).await;
                // A look after the protection: unless the release is sent by now, it never is.
                let left = subject.find_release(&release.number_id).await;
                let sent_before = left.unwrap().sent;
                let refused = subject.send_release(&sent(&release)).await;
                assert!(sent_before || refused == Releasing::Protected);
                sent_before
            }
        });
        let both = both.await;
        assert_eq!(both[0], both[1], "{index}");
    }
}

pub async fn a_release_left_to_a_person_is_due_no_more(subject: &Subject) {
    let release = begun(subject).await;
    let held = with(release.clone(), |it| {
        it.held_since = Some(Timestamp::UNIX_EPOCH)
    });
    let hold = async || subject.store.hold_release(&held).await.unwrap();
    assert!(hold().await);
    assert!(!hold().await);
    assert_eq!(subject.open_releases(10).await, []);
    let ids = std::slice::from_ref(&release.number_id);
    let shown = subject.annotations(ids).await;
    assert!(shown[0].1.release_held && shown[0].1.release_at.is_some());
    begin(subject, &release, Duration::ZERO).await;
    let open = subject.open_releases(10).await;
    assert_eq!(open, std::slice::from_ref(&release));
    assert!(hold().await);
    assert!(subject.undo_release(&held).await);
    assert_eq!(subject.find_release(&release.number_id).await, None);
}
