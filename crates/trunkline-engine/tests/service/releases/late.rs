//! Requests that give a number back and may arrive yet: the number is protected meanwhile, or another process looks.

use std::time::Duration;

use trunkline_core::{Effect, Error, ErrorKind, NumberId, Operation, Provider};
use trunkline_engine::Released;
use trunkline_engine::journal::Annotation;

use super::{DAY, Held, protect, protected_meanwhile, replica};
use crate::number;

async fn open(held: &Held) -> usize {
    held.stores.engine.open_releases(10).await.unwrap().len()
}

fn settle(held: &Held) -> Duration {
    held.services.registry.get("us-main").unwrap().settle
}

/// A look shows the number, and the request that gives it back arrives after that.
#[tokio::test(start_paused = true)]
async fn a_release_that_arrives_after_the_number_was_protected_is_recorded() {
    let held = Held::with(Duration::ZERO);
    let lost = Error::new(ErrorKind::Timeout, "lost").with_effect(Effect::Unknown);
    held.carrier.fail(Operation::Release, [lost]);
    held.release().await.unwrap_err();
    protected_meanwhile(&held).await;
    assert_eq!(held.finish().await, 0);
    let (_, provider_id) = held.id.split_once(':').unwrap();
    held.carrier.release(provider_id).await.unwrap();
    tokio::time::advance(settle(&held) / 2).await;
    assert_eq!((held.finish().await, open(&held).await), (1, 0));
    assert!(matches!(held.release().await, Ok(Released::Before(_))));
}

/// A carrier that takes longer to answer than a lease lasts.
#[tokio::test(start_paused = true)]
async fn release_that_is_sent_slowly_is_not_sent_by_another_process_too() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    held.carrier.delay(Duration::from_secs(25));
    let other = replica(&held.carrier, &held.stores.engine);
    let later = async {
        tokio::time::sleep(Duration::from_secs(12)).await;
        other.numbers.finish_releases().await.unwrap()
    };
    assert_eq!(tokio::join!(held.finish(), later), (1, 0));
    assert_eq!(held.releases(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_a_crash_left_is_not_sent_once_the_number_is_protected() {
    let held = Held::with(Duration::ZERO);
    // Not sent, as far as anybody knows: the carrier still has it.
    let lost = Error::new(ErrorKind::Timeout, "lost").with_effect(Effect::Unknown);
    held.carrier.fail(Operation::Release, [lost]);
    held.release().await.unwrap_err();
    protected_meanwhile(&held).await;
    assert_eq!((held.finish().await, held.releases()), (0, 1));
    // It may arrive yet, for as long as a purchase takes to settle.
    assert_eq!(open(&held).await, 1);
    tokio::time::advance(settle(&held)).await;
    assert_eq!((held.finish().await, held.releases()), (0, 1));
    assert_eq!(open(&held).await, 0);
    assert_eq!(held.carrier.held(), [number(1)]);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_arrived_before_the_number_was_protected_is_recorded() {
    let held = Held::with(Duration::ZERO);
    let lost = Error::new(ErrorKind::Timeout, "lost").with_effect(Effect::Unknown);
    held.carrier.fail(Operation::Release, [lost]);
    held.release().await.unwrap_err();
    let (_, provider_id) = held.id.split_once(':').unwrap();
    held.carrier.release(provider_id).await.unwrap();
    protected_meanwhile(&held).await;
    assert_eq!(held.finish().await, 1);
    assert!(matches!(held.release().await, Ok(Released::Before(_))));
}

#[tokio::test(start_paused = true)]
async fn protecting_a_number_too_late_is_a_conflict() {
    let held = Held::with(Duration::ZERO);
    let lost = Error::new(ErrorKind::Timeout, "lost").with_effect(Effect::Unknown);
    held.carrier.fail(Operation::Release, [lost]);
    held.release().await.unwrap_err();
    let numbers = &held.services.numbers;
    let late = numbers.update(&held.caller, &held.id, protect()).await;
    let late = late.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    assert!(late.message().contains("too late"), "{late}");
}

/// Its id stands for another number by the time that it is protected, which is protected by then.
#[tokio::test(start_paused = true)]
async fn protecting_a_number_that_was_given_back_leaves_the_next_one_of_its_id_protected() {
    let held = Held::with(Duration::ZERO);
    held.carrier.delay(Duration::from_secs(5));
    let numbers = &held.services.numbers;
    let protects = numbers.update(&held.caller, &held.id, protect());
    let meanwhile = async {
        let id: NumberId = held.id.parse().unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        held.carrier.delay(Duration::ZERO);
        held.release().await.unwrap();
        held.carrier.show_again(id.provider_id(), number(1));
        let note = Annotation {
            protected: true,
            ..Annotation::default()
        };
        held.stores.engine.annotate(&id, &note).await.unwrap();
        id
    };
    let (late, id) = tokio::join!(protects, meanwhile);
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);
    let noted = held.stores.engine.annotations(&[id]).await.unwrap();
    assert!(noted[0].1.protected, "{noted:?}");
}
