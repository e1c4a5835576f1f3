//! Writes of which nobody knows whether they happened.

use std::time::Duration;

use trunkline_core::{Effect, ErrorKind, Operation, Provider, PurchaseOrder, Retry};

use super::subject::{eventually, within};
use super::{Args, Subject, call};
use crate::harness::{Fault, Harness};

/// A purchase under a fault that may hide what became of it, sent once and not to be sent again.
async fn is_unknown(harness: &dyn Harness, order: &PurchaseOrder, fault: Fault) {
    let subject = Subject::new(harness).await;
    harness.inject(Operation::Purchase, fault.clone(), None);
    let before = subject.sent_as(Operation::Purchase);
    let error = subject.provider().purchase(order).await.unwrap_err();
    harness.clear_faults();
    assert_eq!(error.effect(), Effect::Unknown, "{fault:?}: {error:?}");
    assert_eq!(error.retry(), Retry::Never, "{fault:?}: {error:?}");
    let sent = subject.sent_as(Operation::Purchase) - before;
    assert_eq!(sent, 1, "{fault:?}");
}

async fn is_held(subject: &Subject<'_>, order: &PurchaseOrder) -> bool {
    subject.look(&order.number).await.is_held()
}

fn with_retry_after(status: u16) -> Fault {
    Fault::Status {
        status,
        headers: [("Retry-After".to_owned(), "1".to_owned())].into(),
        body: None,
    }
}

/// Whatever went wrong; a complete look afterwards tells the truth.
pub async fn a_purchase_that_may_have_happened_is_unknown_and_sent_once(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let not_committed = [408, 409, 500, 502, 503, 504].map(|status| (Fault::status(status), false));
    let committed = [500, 502, 503, 504].map(|status| (Fault::StatusAfterCommit { status }, true));
    let others = [
        (with_retry_after(503), false),
        (Fault::DropBeforeCommit {}, false),
        (Fault::DropAfterCommit {}, true),
        (Fault::TruncatedBody {}, true),
        (Fault::MalformedBody {}, true),
    ];
    let faults = not_committed.into_iter().chain(committed).chain(others);
    for (fault, happened) in faults {
        let order = subject.order().await;
        is_unknown(harness, &order, fault.clone()).await;
        assert_eq!(is_held(&subject, &order).await, happened, "{fault:?}");
        let charges = subject.charged_for(&order.number);
        assert_eq!(charges, usize::from(happened), "{fault:?}");
    }
}

/// Only a refusal that the adapter knows proves that nothing happened.
pub async fn a_purchase_refused_without_a_known_reason_is_unknown(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    for status in [400, 418, 422] {
        let order = subject.order().await;
        let fault = Fault::Status {
            status,
            headers: Default::default(),
            body: Some("something went wrong".into()),
        };
        is_unknown(harness, &order, fault).await;
    }
}

pub async fn a_purchase_committed_late_is_found(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let order = subject.order().await;
    is_unknown(harness, &order, Fault::CommitLate { ms: 60 }).await;
    let held = async || is_held(&subject, &order).await;
    eventually("the number turns up", held).await;
    assert_eq!(subject.charged_for(&order.number), 1);
}

/// Else it is unknown, as any other.
pub async fn a_throttled_purchase_is_sent_again_only_if_nothing_was_done(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let args = Args::prepared(&subject, Operation::Purchase).await;
    harness.inject(Operation::Purchase, Fault::status(429), Some(1));
    let (result, sent) = subject.counted(Operation::Purchase, &args).await;
    match result {
        Ok(()) => assert_eq!(sent, 2),
        Err(error) => {
            assert_eq!(sent, 1, "{error:?}");
            assert_eq!(error.kind(), ErrorKind::RateLimited, "{error:?}");
            assert_eq!(error.effect(), Effect::Unknown, "{error:?}");
        }
    }
    assert!(harness.ledger().purchases.len() <= 1);
}

/// Cutting it short would only leave its fate open.
pub async fn a_purchase_outlives_its_callers_deadline(harness: &dyn Harness) {
    let subject = offering!(harness, Purchase, FindOwned);
    let args = Args::prepared(&subject, Operation::Purchase).await;
    harness.inject(Operation::Purchase, Fault::Delay { ms: 200 }, None);
    let purchase = call(subject.provider(), Operation::Purchase, &args);
    let (result, took) = within(Duration::from_millis(100), purchase).await;
    assert!(result.is_ok(), "{result:?}");
    assert!(took >= Duration::from_millis(200), "{took:?}");
}

pub async fn an_update_whose_answer_is_lost_is_sent_again(harness: &dyn Harness) {
    let subject = offering!(harness, Update);
    for fault in [
        Fault::DropAfterCommit {},
        Fault::status(503),
        Fault::TruncatedBody {},
    ] {
        let args = Args::prepared(&subject, Operation::Update).await;
        harness.inject(Operation::Update, fault.clone(), Some(1));
        let (result, sent) = subject.counted(Operation::Update, &args).await;
        assert!(result.is_ok(), "{fault:?}: {result:?}");
        assert_eq!(sent, 2, "{fault:?}");
    }
}

/// That it is gone the second time does not mean that nothing was done.
pub async fn a_release_whose_answer_is_lost_happens_once(harness: &dyn Harness) {
    let subject = offering!(harness, Release);
    let args = Args::prepared(&subject, Operation::Release).await;
    harness.inject(Operation::Release, Fault::DropAfterCommit {}, Some(1));
    let (result, _) = subject.counted(Operation::Release, &args).await;
    if let Err(error) = result {
        assert_ne!(error.effect(), Effect::None, "{error:?}");
    }
    assert_eq!(harness.ledger().releases.len(), 1);
}

pub async fn a_registration_whose_answer_is_lost_happens_once(harness: &dyn Harness) {
    let subject = offering!(harness, Register);
    let request = subject.register(subject.samples().register.iter().take(1));
    harness.inject(Operation::Register, Fault::DropAfterCommit {}, Some(1));
    if let Err(error) = subject.provider().register(&request).await {
        assert_ne!(error.effect(), Effect::None, "{error:?}");
    }
    assert_eq!(subject.times_owned(&request.numbers[0]), 1);
}

/// It rings a phone.
pub async fn a_caller_id_is_never_started_twice(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId);
    let args = Args::prepared(&subject, Operation::StartCallerId).await;
    for fault in [
        Fault::status(503),
        Fault::DropBeforeCommit {},
        Fault::DropAfterCommit {},
    ] {
        harness.inject(Operation::StartCallerId, fault.clone(), Some(1));
        let (result, sent) = subject.counted(Operation::StartCallerId, &args).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{fault:?}: {error:?}");
        assert_eq!(sent, 1, "{fault:?}");
    }
}
