//! Giving a number back.

use trunkline_core::{Effect, ErrorKind, Operation, Provider};

use crate::harness::Harness;

/// From every view, and from the books; what else is held stays.
pub async fn a_released_number_is_gone(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let held = subject.hold(2).await;
    harness.let_time_pass();
    let (provider, id) = (subject.provider(), &held[0].provider_id);
    provider.release(id).await.unwrap();
    let error = provider.get(id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    assert!(!subject.owns(held[0].number.as_deref().unwrap_or_default()));
    assert!(subject.provider().get(&held[1].provider_id).await.is_ok());
    if let (true, Some(number)) = (subject.supports(Operation::FindOwned), held[0].e164()) {
        let look = subject.look(&number).await;
        assert_eq!(look.rows, []);
    }
}

/// What that means is for the caller to find out, who knows of the first.
pub async fn a_second_release_is_not_found(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let held = subject.hold_one().await;
    harness.let_time_pass();
    let (provider, id) = (subject.provider(), &held.provider_id);
    provider.release(id).await.unwrap();
    let error = provider.release(id).await.unwrap_err();
    let refusal = (error.kind(), error.effect());
    assert_eq!(refusal, (ErrorKind::NotFound, Effect::None), "{error:?}");
    assert_eq!(harness.ledger().releases.len(), 1);
}

/// A mistyped id must not look released.
pub async fn a_release_of_an_unknown_number_is_not_found(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let books = harness.ledger();
    for id in [&subject.samples().unknown_id, "no such id", "", "../.."] {
        let error = subject.provider().release(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{id:?}: {error:?}");
    }
    let after = harness.ledger();
    assert_eq!((after.owned, after.releases), (books.owned, books.releases));
}

/// Where the carrier has a cool-down; elsewhere it is released.
pub async fn a_number_too_young_is_locked(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let held = subject.hold_one().await;
    let result = subject.provider().release(&held.provider_id).await;
    if subject.provider().capability().release_cooldown_days == 0 {
        result.unwrap();
        return;
    }
    let error = result.unwrap_err();
    let refusal = (error.kind(), error.effect());
    assert_eq!(refusal, (ErrorKind::Locked, Effect::None), "{error:?}");
    assert!(subject.provider().get(&held.provider_id).await.is_ok());
}
