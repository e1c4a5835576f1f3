//! Taking over what others left: killed and frozen processes, late commits, a person's verdict.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use trunkline_core::host;
use trunkline_core::{
    Attempt, Configuration, Effect, Error, ErrorKind, Operation, PriceSource, Provider, Purchase,
    PurchaseId, PurchaseState,
};
use trunkline_engine::Engine;
use trunkline_engine::journal::{Begin, Change, Commit, Lease, Record};
use trunkline_engine::{MemoryJournal, Started, Store};
use trunkline_testkit::scripted::Sale;

use crate::purchases::{buy, error_kind};
use crate::{LONG, keyed, number, one, order, scope, services};

/// What a killed process leaves behind: a purchase in this state, under a lease that lapses.
async fn left_behind(
    store: &Arc<dyn Store>,
    carrier: &trunkline_testkit::scripted::Scripted,
    dispatched: bool,
) -> PurchaseId {
    leave(store, carrier, (1, "key"), dispatched).await
}

/// The same for a certain number and key.
#[expect(clippy::too_many_lines, reason = "a record has many fields")]
pub(crate) async fn leave(
    store: &Arc<dyn Store>,
    carrier: &trunkline_testkit::scripted::Scripted,
    (last, key): (u32, &str),
    dispatched: bool,
) -> PurchaseId {
    let order = order(carrier.account().as_str(), last);
    let attempt = Attempt::new(
        order.account.clone(),
        carrier.provider().clone(),
        carrier.identity().to_owned(),
        order.number,
    );
    let mut record = Record {
        purchase: Purchase {
            id: PurchaseId::generate(host::now()),
            state: PurchaseState::Intended,
            account: order.account.clone(),
            number: order.number,
            number_id: None,
            held: None,
            configuration: Configuration::default(),
            late: false,
            idempotency_key: key.parse().unwrap(),
            criteria: None,
            candidates: Vec::new(),
            attempts: vec![attempt],
            price: None,
            setup_price: None,
            price_source: PriceSource::Unknown,
            error: None,
            needs_person: None,
            recovered: false,
            created_at: host::now(),
            settled_at: None,
        },
        tenant: trunkline_core::Tenant::default(),
        fingerprint: "f".into(),
        order,
        settings: None,
        charges: Vec::new(),
        key: None,
        provenance: trunkline_core::Provenance::default(),
        watch_looks: 0,
        watch_failures: 0,
        route: scope(key).route,
        version: 0,
    };
    let Begin::Fresh(lease) = store.begin(&scope(key), &record, "dead").await.unwrap() else {
        panic!()
    };
    record.version = 1;
    if dispatched {
        let just_now = Timestamp::from_second(host::now().as_second()).unwrap();
        assert!(record.dispatch(
            &trunkline_core::Sighting::of(Vec::new(), Some(just_now)),
            host::now()
        ));
        let change = Change {
            event: None,
            record: &record,
            lease: Some(&lease),
            durable: true,
            look_in: None,
            forget_answer: false,
            unclaimed: false,
            gives_up: None,
        };
        assert_eq!(store.commit(change).await.unwrap(), Commit::Done(2));
    }
    record.purchase.id
}

async fn settled(services: &Engine, id: &PurchaseId) -> Record {
    services.start().unwrap();
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
async fn killed_after_sending_it_is_settled_by_the_held_numbers() {
    let (carrier, store, services) = one();
    let id = left_behind(&store, &carrier, true).await;
    carrier.hold(number(1), host::now());
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
async fn answer_of_a_frozen_process_counts_after_another_has_settled() {
    let carrier = Arc::new(trunkline_testkit::scripted::Scripted::new("us-main"));
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::with_lease_ttl(Duration::from_millis(1)));
    let frozen = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    let other = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    // Its answer comes long after the other has found the number.
    carrier.plan([Sale::Slow(Duration::from_secs(35))]);
    let Started::Fresh(id) = frozen
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
async fn unknown_purchase_can_be_resolved_by_a_person() {
    let (carrier, store, services) = one();
    let id = left_behind(&store, &carrier, true).await;
    let caller = trunkline_core::Caller::default();
    let verdict = trunkline_engine::Resolution {
        provider_id: None,
        reason: "not in the console",
    };
    let early = services
        .purchases
        .resolve(&caller, &id, verdict)
        .await
        .unwrap_err();
    assert_eq!(
        early.kind(),
        ErrorKind::Conflict,
        "only an unknown outcome can be resolved"
    );
    let mut record = store.load(&id).await.unwrap().unwrap();
    assert!(record.lose(host::now()));
    let change = Change {
        event: None,
        record: &record,
        lease: None,
        durable: true,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
        gives_up: None,
    };
    store.commit(change).await.unwrap();
    let resolved = services
        .purchases
        .resolve(&caller, &id, verdict)
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
async fn late_success_does_not_affect_an_open_purchase() {
    let (carrier, _, services) = one();
    carrier.plan([Sale::LostBefore, Sale::Slow(Duration::from_secs(25))]);
    services.start().unwrap();
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
async fn number_found_after_the_watch_is_not_ours() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::LostBefore]);
    let old = buy(&services, "old", order("us-main", 1)).await;
    let mut record = store.load(&old.purchase.id).await.unwrap().unwrap();
    record.watch_looks = 4 + 24;
    let change = Change {
        event: None,
        record: &record,
        lease: None,
        durable: true,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
        gives_up: None,
    };
    store.commit(change).await.unwrap();
    carrier.hold(number(1), host::now());
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
    assert!(record.lose(host::now()));
    let change = Change {
        event: None,
        record: &record,
        lease: None,
        durable: true,
        look_in: None,
        forget_answer: false,
        unclaimed: false,
        gives_up: None,
    };
    store.commit(change).await.unwrap();
    let theirs = won.purchase.number_id.unwrap();
    let verdict = trunkline_engine::Resolution {
        provider_id: Some(theirs.provider_id()),
        reason: "mistyped",
    };
    let caller = trunkline_core::Caller::default();
    let mistyped = services
        .purchases
        .resolve(&caller, &id, verdict)
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
        .resolve(&caller, &id, verdict)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.purchase()),
        (ErrorKind::Conflict, Some(won.purchase.id.as_str()))
    );
    let unchanged = store.load(&id).await.unwrap().unwrap();
    assert_eq!(unchanged.purchase.state, PurchaseState::Unknown);
}

/// The carrier is asked whether another purchase's number is still there.
#[tokio::test(start_paused = true)]
async fn carrier_that_fails_once_while_settling_is_asked_again_soon() {
    let (carrier, store, services) = one();
    buy(&services, "won", order("us-main", 1)).await;
    let id = left_behind(&store, &carrier, true).await;
    let away = Error::new(ErrorKind::UpstreamUnavailable, "away");
    carrier.fail(Operation::Get, [away]);
    let begun = Instant::now();
    let record = settled(&services, &id).await;
    assert_eq!(record.purchase.state, PurchaseState::Failed);
    assert_eq!(carrier.calls(Operation::Get), 2);
    let took = begun.elapsed();
    assert!(took < Lease::TTL + Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn purchase_is_settled_soon_after_its_account_is_back() {
    let (carrier, store, services) = one();
    let id = left_behind(&store, &carrier, true).await;
    carrier.hold(number(1), host::now());
    let elsewhere = Arc::new(trunkline_testkit::scripted::Scripted::new("elsewhere"));
    let reloaded = crate::services(&[elsewhere], Arc::clone(&store));
    reloaded.start().unwrap();
    tokio::time::sleep(Lease::TTL + Duration::from_secs(2)).await;
    reloaded.registry.replace(&services.registry);
    let begun = Instant::now();
    let record = settled(&reloaded, &id).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn purchase_that_cannot_be_settled_does_not_delay_others() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::LostAfter]);
    let id = left_behind(&store, &carrier, true).await;
    carrier.hold(number(1), host::now());
    // A journal that knows accounts which are no longer configured.
    let elsewhere = Arc::new(trunkline_testkit::scripted::Scripted::new("elsewhere"));
    let gone = crate::services(&[elsewhere], Arc::clone(&store));
    gone.start().unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(
        store.due(10).await.unwrap().is_empty(),
        "left alone for a while"
    );
    gone.shutdown().await;
    let record = settled(&services, &id).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
}
