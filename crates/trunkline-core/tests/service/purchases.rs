//! Buying exactly once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use trunkline_core::service::journal::{Begin, Change, Commit, Record};
use trunkline_core::service::{MemoryJournal, Services, Started, Store};
use trunkline_core::{
    Attempt, Configuration, ConfigurationState, Effect, Error, ErrorKind, Operation, PriceSource,
    Provider, Purchase, PurchaseId, PurchaseOrder, PurchaseState, Retry,
};
use trunkline_testkit::scripted::Sale;

use crate::{LONG, number, one, order, scope, services};

async fn buy(services: &Services, key: &str, order: PurchaseOrder) -> Record {
    let fingerprint = format!("{} {}", order.account, order.number);
    let id = match services
        .purchases
        .start(&scope(key), &fingerprint, order)
        .await
        .unwrap()
    {
        Started::Fresh(id) | Started::Known(id) => id,
        Started::Mismatch => panic!("mismatch"),
    };
    services.purchases.wait(&id, LONG).await.unwrap()
}

fn error_kind(record: &Record) -> Option<ErrorKind> {
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
    carrier.hold(number(1), Timestamp::now());
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
async fn without_a_complete_look_nothing_is_bought_and_the_key_can_be_used_again() {
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
async fn what_never_turns_up_fails_after_the_settling_time() {
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
        .start(&scope("key"), "f", order("us-main", 1))
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
    let background = services.clone();
    let reconciling = tokio::task::spawn(async move { background.settle().await });
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
    services.purchases.shutdown().await;
    reconciling.await.unwrap();
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
        Timestamp::now()
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
async fn a_refusal_is_final_and_is_what_the_key_answers() {
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
        .start(&scope("key"), "other", order("us-main", 2))
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
        .start(&scope("one"), "f", order("us-main", 1))
        .await
        .unwrap()
    else {
        panic!()
    };
    let busy = services
        .purchases
        .start(&scope("two"), "g", order("us-main", 1))
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
async fn shutdown_waits_for_what_is_being_sent() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::Slow(Duration::from_secs(5))]);
    let Started::Fresh(id) = services
        .purchases
        .start(&scope("one"), "f", order("us-main", 1))
        .await
        .unwrap()
    else {
        panic!()
    };
    services.purchases.shutdown().await;
    assert_eq!(
        store.load(&id).await.unwrap().unwrap().purchase.state,
        PurchaseState::Succeeded
    );
}

/// What a killed process leaves behind: a purchase in this state, under a lease that lapses.
async fn left_behind(
    store: &Arc<dyn Store>,
    carrier: &trunkline_testkit::scripted::Scripted,
    dispatched: bool,
) -> PurchaseId {
    let order = order("us-main", 1);
    let attempt = Attempt::new(
        order.account.clone(),
        carrier.provider().clone(),
        carrier.identity().to_owned(),
        order.number,
    );
    let mut record = Record {
        purchase: Purchase {
            id: PurchaseId::generate(Timestamp::now()),
            state: PurchaseState::Intended,
            account: order.account.clone(),
            number: order.number,
            number_id: None,
            held: None,
            configuration: Configuration::default(),
            late: false,
            idempotency_key: "key".parse().unwrap(),
            criteria: None,
            attempts: vec![attempt],
            price: None,
            setup_price: None,
            price_source: PriceSource::Unknown,
            error: None,
            created_at: Timestamp::now(),
            settled_at: None,
        },
        tenant: trunkline_core::Tenant::default(),
        fingerprint: "f".into(),
        order,
        settings: None,
        watch_looks: 0,
        version: 0,
    };
    let Begin::Fresh(lease) = store.begin(&scope("key"), &record, "dead").await.unwrap() else {
        panic!()
    };
    record.version = 1;
    if dispatched {
        let just_now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        assert!(record.dispatch(just_now, Timestamp::now()));
        let change = Change {
            record: &record,
            lease: Some(&lease),
            durable: true,
            look_in: None,
            forget_answer: false,
            unclaimed: false,
        };
        assert_eq!(store.commit(change).await.unwrap(), Commit::Done(2));
    }
    record.purchase.id
}

async fn settled(services: &Services, id: &PurchaseId) -> Record {
    let background = services.clone();
    tokio::task::spawn(async move { background.settle().await });
    services.purchases.wait(id, LONG).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn killed_before_sending_it_fails_without_effect() {
    let (carrier, store, services) = one();
    let id = left_behind(&store, &carrier, false).await;
    let record = settled(&services, &id).await;
    assert_eq!(record.purchase.state, PurchaseState::Failed);
    assert_eq!(
        record.purchase.error.as_ref().unwrap().effect(),
        Effect::None
    );
    assert!(record.may_start_over());
    assert_eq!(carrier.calls(Operation::Purchase), 0);
}

#[tokio::test(start_paused = true)]
async fn killed_after_sending_it_is_settled_by_what_the_account_holds() {
    let (carrier, store, services) = one();
    let id = left_behind(&store, &carrier, true).await;
    carrier.hold(number(1), Timestamp::now());
    let record = settled(&services, &id).await;
    assert_eq!(
        (record.purchase.state, carrier.calls(Operation::Purchase)),
        (PurchaseState::Succeeded, 0)
    );
    assert_eq!(
        record.purchase.held.unwrap().number.as_deref(),
        Some("+14155550101")
    );
}

#[tokio::test(start_paused = true)]
async fn killed_with_nothing_sold_it_fails_after_the_settling_time() {
    let (carrier, store, services) = one();
    let id = left_behind(&store, &carrier, true).await;
    let record = settled(&services, &id).await;
    assert_eq!(
        (record.purchase.state, carrier.calls(Operation::Purchase)),
        (PurchaseState::Failed, 0)
    );
    assert!(record.attempt().unwrap().presumed);
}

#[tokio::test(start_paused = true)]
async fn a_thawed_process_is_believed_though_another_has_settled() {
    let carrier = Arc::new(trunkline_testkit::scripted::Scripted::new("us-main"));
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::with_lease_ttl(Duration::from_millis(1)));
    let frozen = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    let other = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    // Its answer comes long after the other has found the number.
    carrier.plan([Sale::Slow(Duration::from_secs(35))]);
    let Started::Fresh(id) = frozen
        .purchases
        .start(&scope("key"), "f", order("us-main", 1))
        .await
        .unwrap()
    else {
        panic!()
    };
    while carrier.calls(Operation::Purchase) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let record = settled(&other, &id).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    let thawed = frozen.purchases.wait(&id, LONG).await.unwrap();
    assert_eq!(
        (thawed.purchase.state, thawed.purchase.number_id),
        (PurchaseState::Succeeded, record.purchase.number_id)
    );
    assert_eq!(
        (carrier.calls(Operation::Purchase), carrier.held().len()),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_person_can_settle_what_can_not_be_asked() {
    let (carrier, store, services) = one();
    let id = left_behind(&store, &carrier, true).await;
    let tenant = trunkline_core::Tenant::default();
    let verdict = trunkline_core::service::Resolution {
        provider_id: None,
        reason: "not in the console",
    };
    let early = services
        .purchases
        .resolve(&tenant, &id, verdict)
        .await
        .unwrap_err();
    assert_eq!(
        early.kind(),
        ErrorKind::Conflict,
        "only an unknown outcome can be resolved"
    );
    let mut record = store.load(&id).await.unwrap().unwrap();
    assert!(record.lose(Timestamp::now()));
    let change = Change {
        record: &record,
        lease: None,
        durable: true,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
    };
    store.commit(change).await.unwrap();
    let resolved = services
        .purchases
        .resolve(&tenant, &id, verdict)
        .await
        .unwrap();
    assert_eq!(resolved.purchase.state, PurchaseState::Failed);
    assert!(
        resolved
            .attempt()
            .unwrap()
            .evidence
            .as_ref()
            .unwrap()
            .contains("not in the console")
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_success_takes_nothing_from_a_purchase_under_way() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostBefore, Sale::Slow(Duration::from_secs(25))]);
    let background = services.clone();
    tokio::task::spawn(async move { background.settle().await });
    let old = buy(&services, "old", order("us-main", 1)).await;
    assert_eq!(old.purchase.state, PurchaseState::Failed);
    // The watch looks a minute later, while the new purchase waits for its answer.
    tokio::time::sleep(Duration::from_secs(50)).await;
    let new = buy(&services, "new", order("us-main", 1)).await;
    assert_eq!(
        (new.purchase.state, new.purchase.late),
        (PurchaseState::Succeeded, false)
    );
    tokio::time::sleep(LONG).await;
    let old = services
        .purchases
        .wait(&old.purchase.id, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(
        old.purchase.state,
        PurchaseState::Failed,
        "the number is another purchase's"
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_watch_a_strangers_number_is_a_strangers() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::LostBefore]);
    let old = buy(&services, "old", order("us-main", 1)).await;
    let mut record = store.load(&old.purchase.id).await.unwrap().unwrap();
    let long_ago = Timestamp::now()
        .checked_sub(SignedDuration::from_hours(25))
        .unwrap();
    record.purchase.settled_at = Some(long_ago);
    let change = Change {
        record: &record,
        lease: None,
        durable: true,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
    };
    store.commit(change).await.unwrap();
    carrier.hold(number(1), Timestamp::now());
    let refused = buy(&services, "new", order("us-main", 1)).await;
    assert_eq!(error_kind(&refused), Some(ErrorKind::Conflict));
    let old = services
        .purchases
        .wait(&old.purchase.id, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(old.purchase.state, PurchaseState::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_persons_verdict_can_not_take_another_purchases_number() {
    let (carrier, store, services) = one();
    let won = buy(&services, "won", order("us-main", 2)).await;
    let id = left_behind(&store, &carrier, true).await;
    let mut record = store.load(&id).await.unwrap().unwrap();
    assert!(record.lose(Timestamp::now()));
    let change = Change {
        record: &record,
        lease: None,
        durable: true,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
    };
    store.commit(change).await.unwrap();
    let theirs = won.purchase.number_id.unwrap();
    let verdict = trunkline_core::service::Resolution {
        provider_id: Some(theirs.provider_id()),
        reason: "mistyped",
    };
    let tenant = trunkline_core::Tenant::default();
    let mistyped = services
        .purchases
        .resolve(&tenant, &id, verdict)
        .await
        .unwrap_err();
    assert_eq!(
        mistyped.fields()[0].field,
        "provider_id",
        "the account says whose it is"
    );
    // An account that can't be asked leaves it to the journal.
    let away = Error::new(ErrorKind::UpstreamUnavailable, "away");
    carrier.fail(Operation::Get, [away]);
    let refused = services
        .purchases
        .resolve(&tenant, &id, verdict)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.purchase()),
        (ErrorKind::Conflict, Some(won.purchase.id.as_str()))
    );
    let unchanged = store.load(&id).await.unwrap().unwrap();
    assert_eq!(unchanged.purchase.state, PurchaseState::Unknown);
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_finished_keeps_nobody_from_anything_else() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::LostAfter]);
    let id = left_behind(&store, &carrier, true).await;
    carrier.hold(number(1), Timestamp::now());
    // A journal that knows accounts which are no longer configured.
    let elsewhere = Arc::new(trunkline_testkit::scripted::Scripted::new("elsewhere"));
    let gone = crate::services(&[elsewhere], Arc::clone(&store));
    let background = gone.clone();
    tokio::task::spawn(async move { background.settle().await });
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(
        store.due(10).await.unwrap().is_empty(),
        "left alone for a while"
    );
    gone.purchases.shutdown().await;
    let record = settled(&services, &id).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
}
