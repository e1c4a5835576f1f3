//! What is left to be done, and what is watched.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::ConfigurationState;
use trunkline_engine::journal::Openness;

use super::draft::{
    IDENTITY, begun, dispatched, disputed, failed, number, presumed, purchase, purchase_at, step,
    step_watched, succeeded, unknown,
};
use super::{Subject, eventually};

const HOUR: Duration = Duration::from_secs(3600);

/// Whoever works on it will go on.
pub async fn a_purchase_somebody_works_on_is_not_due(subject: &Subject) {
    let (record, _) = begun(&*subject.store, &purchase(0)).await;
    step(&*subject.store, unknown(record)).await;
    assert_eq!(subject.store.due(10).await.unwrap(), []);
}

/// Until somebody takes it.
pub async fn an_open_purchase_nobody_works_on_is_due(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    subject.store.unlock(&lease).await.unwrap();
    let left = [record.purchase.id.clone()];
    assert_eq!(subject.store.due(10).await.unwrap(), left);
    step(&*subject.store, dispatched(record)).await;
    assert_eq!(subject.store.due(10).await.unwrap(), left);
    subject
        .store
        .acquire(left[0].as_str(), "other")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(subject.store.due(10).await.unwrap(), []);
}

/// Then it is due once the while is over.
pub async fn an_open_purchase_may_be_left_alone_for_a_while(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    subject.store.unlock(&lease).await.unwrap();
    let record = step_watched(&*subject.store, unknown(record), Some(HOUR)).await;
    assert_eq!(subject.store.due(10).await.unwrap(), []);
    let record = step_watched(&*subject.store, record, Some(Duration::from_millis(30))).await;
    let due = async || subject.store.due(10).await.unwrap().pop();
    assert_eq!(
        eventually("the while is over", due).await,
        record.purchase.id
    );
}

/// Label and routing are still to be set.
pub async fn a_purchase_whose_settings_are_pending_is_due(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    subject.store.unlock(&lease).await.unwrap();
    let mut record = succeeded(record, "PN1");
    record.purchase.configuration.state = ConfigurationState::Pending;
    let mut record = step(&*subject.store, record).await;
    assert_eq!(
        subject.store.due(10).await.unwrap(),
        [record.purchase.id.clone()]
    );
    record.purchase.configuration.state = ConfigurationState::Applied;
    step(&*subject.store, record).await;
    assert_eq!(subject.store.due(10).await.unwrap(), []);
}

/// Succeeded or failed.
pub async fn a_done_purchase_is_never_due(subject: &Subject) {
    for index in 0..2 {
        let (record, lease) = begun(&*subject.store, &purchase(index)).await;
        subject.store.unlock(&lease).await.unwrap();
        step(
            &*subject.store,
            if index == 0 {
                failed(record)
            } else {
                succeeded(record, "PN1")
            },
        )
        .await;
    }
    assert_eq!(subject.store.due(10).await.unwrap(), []);
}

/// Not before, and not once the watch is over.
pub async fn a_watched_purchase_is_due_when_its_look_is(subject: &Subject) {
    let (record, lease) = begun(&*subject.store, &purchase(0)).await;
    subject.store.unlock(&lease).await.unwrap();
    let record = step_watched(&*subject.store, presumed(record), Some(HOUR)).await;
    assert_eq!(subject.store.due(10).await.unwrap(), []);
    let record = step_watched(&*subject.store, record, Some(Duration::from_millis(30))).await;
    let due = async || subject.store.due(10).await.unwrap().pop();
    assert_eq!(eventually("the look is due", due).await, record.purchase.id);
    step(&*subject.store, record).await;
    assert_eq!(subject.store.due(10).await.unwrap(), []);
}

/// And no more than were asked for.
pub async fn the_longest_due_come_first(subject: &Subject) {
    let mut ids = Vec::new();
    for index in 0..4 {
        let (record, lease) = begun(&*subject.store, &purchase(index)).await;
        subject.store.unlock(&lease).await.unwrap();
        // Open ones have been due all the time; the watched ones fall due in turn.
        let pause = Duration::from_millis(u64::from(60 - 10 * index));
        let record = match index {
            0 => record,
            _ => step_watched(&*subject.store, presumed(record), Some(pause)).await,
        };
        ids.push(record.purchase.id);
    }
    let all = async || Some(subject.store.due(10).await.unwrap()).filter(|due| due.len() == 4);
    let all = eventually("four purchases fall due", all).await;
    assert_eq!(all[0], ids[0]);
    assert_eq!(subject.store.due(2).await.unwrap(), all[..2]);
}

/// At its identity, until they turn out to have succeeded.
pub async fn presumed_failures_of_a_number_are_found(subject: &Subject) {
    let store = &*subject.store;
    let (first, _) = begun(store, &purchase(0)).await;
    let first = step_watched(store, presumed(first), Some(HOUR)).await;
    for other in [purchase(1), purchase_at("another", 0)] {
        let (other, _) = begun(store, &other).await;
        step(store, presumed(other)).await;
    }
    let (refused, _) = begun(store, &purchase(0)).await;
    step(store, failed(refused)).await;
    assert_eq!(
        store.presumed(IDENTITY, &number(0)).await.unwrap(),
        vec![first.clone()]
    );
    step(store, succeeded(first, "PN1")).await;
    assert_eq!(store.presumed(IDENTITY, &number(0)).await.unwrap(), []);
}

/// By account and state, with the age of the oldest; settled ones are not.
pub async fn purchases_not_settled_are_counted(subject: &Subject) {
    let store = &*subject.store;
    let mut old = purchase(0);
    old.purchase.created_at = Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let (record, _) = begun(store, &old).await;
    step_watched(store, unknown(record), Some(HOUR)).await;
    for index in 1..7 {
        let (record, _) = begun(store, &purchase(index)).await;
        match index {
            1 => drop(step(store, unknown(record)).await),
            2 => drop(step_watched(store, presumed(record), Some(HOUR)).await),
            5 => drop(step_watched(store, disputed(record), Some(HOUR)).await),
            6 => drop(step(store, presumed(record)).await),
            3 => drop(step(store, succeeded(record, "PN1")).await),
            _ => {}
        }
    }
    let mut elsewhere = purchase(9);
    elsewhere.purchase.account = "elsewhere".parse().unwrap();
    begun(store, &elsewhere).await;
    let mut counted = store.unsettled().await.unwrap();
    counted.sort_by_key(|row| (row.account.to_string(), row.open));
    let here = "us-main".to_owned();
    let counts: Vec<_> = counted
        .iter()
        .map(|row| (row.account.to_string(), row.open, row.count))
        .collect();
    assert_eq!(
        counts,
        [
            ("elsewhere".to_owned(), Openness::Intended, 1),
            (here.clone(), Openness::Intended, 1),
            (here.clone(), Openness::Unknown, 2),
            (here.clone(), Openness::Watched, 1),
            (here, Openness::NeedsPerson, 1)
        ]
    );
    assert!(counted.iter().all(|row| row.identity == IDENTITY));
    assert!(
        counted[1].oldest < HOUR && (HOUR..HOUR * 2).contains(&counted[2].oldest),
        "{counted:?}"
    );
}
