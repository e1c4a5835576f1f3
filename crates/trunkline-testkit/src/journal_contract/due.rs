//! What is left to be done, and what is watched.

use std::time::Duration;

use trunkline_core::ConfigurationState;
use trunkline_core::host;
use trunkline_engine::journal::{Openness, Record};

use super::draft::{
    IDENTITY, dispatched, disputed, failed, number, presumed, purchase, purchase_at, succeeded,
    unknown,
};
use super::{Subject, eventually};

const HOUR: Option<Duration> = Some(Duration::from_secs(3600));
const SOON: Option<Duration> = Some(Duration::from_millis(30));

/// A purchase that is begun and left alone.
async fn left(subject: &Subject, index: u32) -> Record {
    let (record, lease) = subject.begun(&purchase(index)).await;
    subject.unlock(&lease).await;
    record
}

pub async fn a_purchase_somebody_works_on_is_not_due(subject: &Subject) {
    subject.stepped(0, unknown).await;
    assert_eq!(subject.due(10).await, []);
}

pub async fn an_open_purchase_nobody_works_on_is_due(subject: &Subject) {
    let record = left(subject, 0).await;
    let left = [record.purchase.id.clone()];
    assert_eq!(subject.due(10).await, left);
    subject.step(dispatched(record)).await;
    assert_eq!(subject.due(10).await, left);
    subject.acquire(left[0].as_str(), "other").await.unwrap();
    assert_eq!(subject.due(10).await, []);
}

/// A purchase that is to be looked at in an hour, and then soon.
async fn is_due_when_its_time_comes(subject: &Subject, record: Record) -> Record {
    let record = subject.step_watched(record, HOUR).await;
    assert_eq!(subject.due(10).await, []);
    let record = subject.step_watched(record, SOON).await;
    let due = async || subject.due(10).await.pop();
    assert_eq!(eventually("its time comes", due).await, record.purchase.id);
    record
}

pub async fn an_open_purchase_may_be_left_alone_for_a_while(subject: &Subject) {
    let record = left(subject, 0).await;
    is_due_when_its_time_comes(subject, unknown(record)).await;
}

pub async fn a_purchase_whose_settings_are_pending_is_due(subject: &Subject) {
    let mut record = succeeded(left(subject, 0).await, "PN1");
    record.purchase.configuration.state = ConfigurationState::Pending;
    let mut record = subject.step(record).await;
    assert_eq!(subject.due(10).await, [record.purchase.id.clone()]);
    record.purchase.configuration.state = ConfigurationState::Applied;
    subject.step(record).await;
    assert_eq!(subject.due(10).await, []);
}

pub async fn a_done_purchase_is_never_due(subject: &Subject) {
    let record = failed(left(subject, 0).await);
    subject.step(record).await;
    let record = succeeded(left(subject, 1).await, "PN1");
    subject.step(record).await;
    assert_eq!(subject.due(10).await, []);
}

pub async fn a_watched_purchase_is_due_when_its_look_is(subject: &Subject) {
    let record = left(subject, 0).await;
    let record = is_due_when_its_time_comes(subject, presumed(record)).await;
    subject.step(record).await;
    assert_eq!(subject.due(10).await, []);
}

pub async fn the_longest_due_come_first(subject: &Subject) {
    let mut ids = Vec::new();
    for index in 0..4 {
        let mut record = left(subject, index).await;
        // Open ones have been due all the time; the watched ones fall due in turn.
        let pause = Duration::from_millis(u64::from(60 - 10 * index));
        if index > 0 {
            record = subject.step_watched(presumed(record), Some(pause)).await;
        }
        ids.push(record.purchase.id);
    }
    let all = async || Some(subject.due(10).await).filter(|due| due.len() == 4);
    let all = eventually("four purchases fall due", all).await;
    assert_eq!(all[0], ids[0]);
    assert_eq!(subject.due(2).await, all[..2]);
}

pub async fn presumed_failures_of_a_number_are_found(subject: &Subject) {
    let (first, _) = subject.begun(&purchase(0)).await;
    let first = subject.step_watched(presumed(first), HOUR).await;
    for other in [purchase(1), purchase_at("another", 0)] {
        let (other, _) = subject.begun(&other).await;
        subject.step(presumed(other)).await;
    }
    subject.stepped(0, failed).await;
    let found = async || {
        let found = subject.store.presumed(IDENTITY, &number(0)).await;
        found.unwrap()
    };
    assert_eq!(found().await, std::slice::from_ref(&first));
    subject.step(succeeded(first, "PN1")).await;
    assert_eq!(found().await, []);
}

/// By account and state, with the age of the oldest; settled ones are not.
pub async fn purchases_not_settled_are_counted(subject: &Subject) {
    let mut old = purchase(0);
    old.purchase.created_at = host::now() - jiff::SignedDuration::from_hours(1);
    let (record, _) = subject.begun(&old).await;
    subject.step_watched(unknown(record), HOUR).await;
    for index in 1..7 {
        let (record, _) = subject.begun(&purchase(index)).await;
        let (record, look_in) = match index {
            1 => (unknown(record), None),
            2 => (presumed(record), HOUR),
            3 => (succeeded(record, "PN1"), None),
            5 => (disputed(record), HOUR),
            6 => (presumed(record), None),
            _ => continue,
        };
        subject.step_watched(record, look_in).await;
    }
    let mut elsewhere = purchase(9);
    elsewhere.purchase.account = "elsewhere".parse().unwrap();
    subject.begun(&elsewhere).await;
    let mut counted = subject.store.unsettled().await.unwrap();
    counted.sort_by_key(|row| (row.account.to_string(), row.open));
    let counts = counted.iter();
    let counts: Vec<_> = counts
        .map(|row| (row.account.as_str(), row.open, row.count))
        .collect();
    assert_eq!(
        counts,
        [
            ("elsewhere", Openness::Intended, 1),
            ("us-main", Openness::Intended, 1),
            ("us-main", Openness::Unknown, 2),
            ("us-main", Openness::Watched, 1),
            ("us-main", Openness::NeedsPerson, 1)
        ]
    );
    assert!(counted.iter().all(|row| row.identity == IDENTITY));
    let hour = Duration::from_secs(3600);
    let (new, old) = (counted[1].oldest, counted[2].oldest);
    assert!(new < hour && (hour..hour * 2).contains(&old), "{counted:?}");
}
