//! Buying exactly once.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::time::Instant;
use trunkline_core::host;
use trunkline_core::{
    ConfigurationState, Error, ErrorKind, Operation, PurchaseOrder, PurchaseState, Retry,
};
use trunkline_engine::Engine;
use trunkline_engine::Started;
use trunkline_engine::journal::Record;
use trunkline_testkit::scripted::Sale;

use crate::{LONG, keyed, number, one, order, scope};

pub(crate) async fn buy(services: &Engine, key: &str, order: PurchaseOrder) -> Record {
    let fingerprint = format!("{} {}", order.account, order.number);
    let id = match services
        .purchases
        .start(keyed(&scope(key), &fingerprint), order)
        .await
        .unwrap()
    {
        Started::Fresh(id) => id,
        Started::Known(record) => record.purchase.id,
        Started::Mismatch => panic!("mismatch"),
    };
    services.purchases.wait(&id, LONG).await.unwrap()
}

pub(crate) fn error_kind(record: &Record) -> Option<ErrorKind> {
    record.purchase.error.as_ref().map(Error::kind)
}

#[tokio::test(start_paused = true)]
async fn a_purchase_looks_first_is_sent_once_and_bare_and_then_configured() {
    let (carrier, _, services) = one();
    let order = PurchaseOrder {
        label: Some("Support".into()),
        ..order("us-main", 1)
    };
    let record = buy(&services, "key", order).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    assert_eq!(
        record.purchase.configuration.state,
        ConfigurationState::Applied
    );
    assert_eq!(
        record.purchase.held.unwrap().label.as_deref(),
        Some("Support")
    );
    for operation in [Operation::FindOwned, Operation::Purchase, Operation::Update] {
        assert_eq!(carrier.calls(operation), 1, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_held_already_is_a_conflict_and_nothing_is_sent() {
    let (carrier, _, services) = one();
    carrier.hold(number(1), host::now());
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(
        (record.purchase.state, error_kind(&record)),
        (PurchaseState::Failed, Some(ErrorKind::Conflict))
    );
    assert_eq!(
        (
            carrier.calls(Operation::Purchase),
            carrier.calls(Operation::Update)
        ),
        (0, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn incomplete_look_buys_nothing_and_frees_the_key() {
    let (carrier, _, services) = one();
    let away = Error::new(ErrorKind::UpstreamUnavailable, "away").with_retry(Retry::Backoff);
    carrier.fail(Operation::FindOwned, [away]);
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(
        (record.purchase.state, carrier.calls(Operation::Purchase)),
        (PurchaseState::Failed, 0)
    );
    let again = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(again.purchase.state, PurchaseState::Succeeded);
    assert_ne!(again.purchase.id, record.purchase.id);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_by_asking_and_never_sent_again() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostAfter]);
    let record = buy(
        &services,
        "key",
        PurchaseOrder {
            label: Some("A".into()),
            ..order("us-main", 1)
        },
    )
    .await;
    assert_eq!(
        (record.purchase.state, record.purchase.late),
        (PurchaseState::Succeeded, false)
    );
    assert_eq!(
        record.purchase.configuration.state,
        ConfigurationState::Applied
    );
    assert_eq!(carrier.calls(Operation::Purchase), 1);
}

#[tokio::test(start_paused = true)]
async fn absent_number_fails_after_the_settling_time() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostBefore]);
    let started = Instant::now();
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(
        (record.purchase.state, error_kind(&record)),
        (PurchaseState::Failed, Some(ErrorKind::Timeout))
    );
    assert!(record.attempt().unwrap().presumed);
    assert!(
        started.elapsed() >= Duration::from_secs(30) && started.elapsed() < Duration::from_secs(40),
        "{:?}",
        started.elapsed()
    );
    // One look before, then at 0, 2, 5, 15 and 30 s.
    assert_eq!(
        (
            carrier.calls(Operation::FindOwned),
            carrier.calls(Operation::Purchase)
        ),
        (6, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_can_not_be_asked_keeps_the_outcome_unknown() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostAfter]);
    carrier.delay(Duration::from_millis(10));
    let away = || Error::new(ErrorKind::UpstreamUnavailable, "away").with_retry(Retry::Backoff);
    let Started::Fresh(id) = services
        .purchases
        .start(keyed(&scope("key"), "f"), order("us-main", 1))
        .await
        .unwrap()
    else {
        panic!()
    };
    while carrier.calls(Operation::Purchase) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    carrier.fail(Operation::FindOwned, std::iter::repeat_with(away).take(20));
    let open = services
        .purchases
        .wait(&id, Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(open.purchase.state, PurchaseState::Unknown);
    let settled = services.purchases.wait(&id, LONG).await.unwrap();
    assert_eq!(settled.purchase.state, PurchaseState::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_late_commit_is_found_by_the_watch() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::Late(Duration::from_secs(100))]);
    services.start().unwrap();
    let order = PurchaseOrder {
        label: Some("Late".into()),
        ..order("us-main", 1)
    };
    let failed = buy(&services, "key", order).await;
    assert_eq!(failed.purchase.state, PurchaseState::Failed);
    let id = failed.purchase.id;
    let late = loop {
        let now = services.purchases.wait(&id, Duration::ZERO).await.unwrap();
        if now.purchase.is_done() && now.purchase.state == PurchaseState::Succeeded {
            break now;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    assert!(late.purchase.late);
    assert_eq!(
        late.purchase.configuration.state,
        ConfigurationState::Applied
    );
    assert_eq!(carrier.calls(Operation::Purchase), 1);
    services.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_late_commit_is_found_by_the_next_buyers_look() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::Late(Duration::from_secs(40))]);
    let first = buy(&services, "one", order("us-main", 1)).await;
    assert_eq!(first.purchase.state, PurchaseState::Failed);
    tokio::time::advance(Duration::from_secs(20)).await;
    let second = buy(&services, "two", order("us-main", 1)).await;
    assert_eq!(error_kind(&second), Some(ErrorKind::Conflict));
    let first = services
        .purchases
        .wait(&first.purchase.id, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(
        (first.purchase.state, first.purchase.late),
        (PurchaseState::Succeeded, true)
    );
    assert_eq!(carrier.calls(Operation::Purchase), 1);
}

#[tokio::test(start_paused = true)]
async fn a_201_for_a_number_held_before_is_a_conflict() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::Old(
        host::now()
            .checked_sub(SignedDuration::from_hours(1))
            .unwrap(),
    )]);
    let record = buy(
        &services,
        "key",
        PurchaseOrder {
            label: Some("Mine".into()),
            ..order("us-main", 1)
        },
    )
    .await;
    assert_eq!(
        (record.purchase.state, error_kind(&record)),
        (PurchaseState::Failed, Some(ErrorKind::Conflict))
    );
    assert_eq!(
        carrier.calls(Operation::Update),
        0,
        "a number of somebody else's is not touched"
    );
}

#[tokio::test(start_paused = true)]
async fn refusal_is_final_and_becomes_the_answer_of_its_key() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::Refused(Error::new(ErrorKind::NotAvailable, "gone"))]);
    let record = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(error_kind(&record), Some(ErrorKind::NotAvailable));
    let again = buy(&services, "key", order("us-main", 1)).await;
    assert_eq!(again, record);
    assert_eq!(carrier.calls(Operation::Purchase), 1);
}

#[tokio::test(start_paused = true)]
async fn settings_that_are_refused_leave_the_purchase_succeeded() {
    let (carrier, _, services) = one();
    carrier.fail(
        Operation::Update,
        [Error::new(ErrorKind::InvalidRequest, "bad label")],
    );
    let record = buy(
        &services,
        "key",
        PurchaseOrder {
            label: Some("x".into()),
            ..order("us-main", 1)
        },
    )
    .await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    let configuration = record.purchase.configuration;
    assert_eq!(
        (configuration.state, configuration.error.unwrap().kind()),
        (ConfigurationState::Failed, ErrorKind::InvalidRequest)
    );
}

#[tokio::test(start_paused = true)]
async fn sixty_four_requests_with_one_key_are_one_purchase() {
    let (carrier, _, services) = one();
    carrier.delay(Duration::from_millis(50));
    let records = join_all((0..64).map(|_| buy(&services, "key", order("us-main", 1)))).await;
    assert!(
        records
            .iter()
            .all(|record| record.purchase == records[0].purchase)
    );
    assert_eq!(
        (carrier.calls(Operation::Purchase), carrier.held().len()),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn one_key_with_another_order_is_a_mismatch() {
    let (carrier, _, services) = one();
    buy(&services, "key", order("us-main", 1)).await;
    let other = services
        .purchases
        .start(keyed(&scope("key"), "other"), order("us-main", 2))
        .await
        .unwrap();
    assert_eq!(
        (other, carrier.calls(Operation::Purchase)),
        (Started::Mismatch, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_being_bought_is_a_conflict_with_a_wait() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::Slow(Duration::from_secs(5))]);
    let Started::Fresh(id) = services
        .purchases
        .start(keyed(&scope("one"), "f"), order("us-main", 1))
        .await
        .unwrap()
    else {
        panic!()
    };
    let busy = services
        .purchases
        .start(keyed(&scope("two"), "g"), order("us-main", 1))
        .await
        .unwrap_err();
    assert_eq!(
        (busy.kind(), busy.purchase()),
        (ErrorKind::Conflict, Some(id.as_str()))
    );
    assert!(busy.retry_after().is_some());
    assert_eq!(
        services
            .purchases
            .wait(&id, LONG)
            .await
            .unwrap()
            .purchase
            .state,
        PurchaseState::Succeeded
    );
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_requests_in_flight() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::Slow(Duration::from_secs(5))]);
    let Started::Fresh(id) = services
        .purchases
        .start(keyed(&scope("one"), "f"), order("us-main", 1))
        .await
        .unwrap()
    else {
        panic!()
    };
    services.shutdown().await;
    assert_eq!(
        store.load(&id).await.unwrap().unwrap().purchase.state,
        PurchaseState::Succeeded
    );
}
