//! Settling what a crash leaves when it is a lot, and when it can't be settled without a person.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;
use trunkline_core::host;
use trunkline_core::{Caller, Error, ErrorKind, Operation, Provider, PurchaseId, PurchaseState};
use trunkline_engine::Engine;
use trunkline_engine::journal::Change;
use trunkline_engine::{MemoryJournal, Resolution, Store};
use trunkline_testkit::scripted::Scripted;

use crate::takeover::leave;
use crate::{number, one, services};

/// What the product promises once the carriers answer, and the lease of whoever is gone.
const PROMISED: Duration = Duration::from_secs(60 + 10);

/// Leaves so many dispatched purchases, of which the account holds every second number.
async fn crash(store: &Arc<dyn Store>, carrier: &Scripted, purchases: u32) -> Vec<PurchaseId> {
    let mut left = Vec::new();
    for last in 0..purchases {
        let key = format!("{}-{last}", carrier.account());
        left.push(leave(store, carrier, (last, &key), true).await);
        if last % 2 == 0 {
            carrier.hold(number(last), host::now());
        }
    }
    left
}

fn settle(services: &Engine) {
    services.start().unwrap();
}

/// Waits until all of these are settled, and says how long it took.
async fn all_settled(services: &Engine, ids: &[PurchaseId]) -> Duration {
    let started = Instant::now();
    for id in ids {
        while !services
            .store
            .load(id)
            .await
            .unwrap()
            .unwrap()
            .purchase
            .state
            .is_settled()
        {
            assert!(started.elapsed() < 10 * PROMISED, "{id} never settles");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn thousands_that_a_crash_left_open_settle_within_a_minute() {
    let (carrier, store, services) = one();
    carrier.delay(Duration::from_millis(100));
    let left = crash(&store, &carrier, 2_500).await;
    settle(&services);
    let took = all_settled(&services, &left).await;
    assert!(took <= PROMISED, "{took:?}");
    let mut bought = 0;
    for id in &left {
        let record = store.load(id).await.unwrap().unwrap();
        bought += usize::from(record.purchase.state == PurchaseState::Succeeded);
    }
    assert_eq!(bought, 1_250);
}

#[tokio::test(start_paused = true)]
async fn one_reading_of_a_list_without_a_filter_is_the_look_of_all_that_are_due() {
    let carrier = Arc::new(Scripted::new("main").without_number_filter());
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    let left = crash(&store, &carrier, 200).await;
    carrier.read_for(Duration::from_secs(3));
    settle(&services);
    let took = all_settled(&services, &left).await;
    assert!(took <= PROMISED, "{took:?}");
    let readings = carrier.calls(Operation::FindOwned);
    assert!(
        readings <= 20,
        "{readings} readings for {} purchases",
        left.len()
    );
}

#[tokio::test(start_paused = true)]
async fn silent_carrier_does_not_delay_settling_at_others() {
    let (silent, well) = (
        Arc::new(Scripted::new("silent")),
        Arc::new(Scripted::new("well")),
    );
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = services(
        &[Arc::clone(&silent), Arc::clone(&well)],
        Arc::clone(&store),
    );
    silent.delay(Duration::from_secs(86_400));
    crash(&store, &silent, 500).await;
    let left = crash(&store, &well, 100).await;
    settle(&services);
    let took = all_settled(&services, &left).await;
    assert!(took <= PROMISED, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn unsettleable_purchases_make_room_for_others() {
    let (away, well) = (
        Arc::new(Scripted::new("away")),
        Arc::new(Scripted::new("well")),
    );
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = services(&[Arc::clone(&away), Arc::clone(&well)], Arc::clone(&store));
    let error = Error::new(ErrorKind::UpstreamUnavailable, "away");
    away.fail(
        trunkline_core::Operation::FindOwned,
        std::iter::repeat_n(error, 200_000),
    );
    crash(&store, &away, 4_200).await;
    let left = crash(&store, &well, 50).await;
    settle(&services);
    let took = all_settled(&services, &left).await;
    assert!(took <= 2 * PROMISED, "{took:?}");
}

/// An unknown purchase that was sent two hours ago, at an account that does not answer.
async fn unknown_for_long() -> (Arc<dyn Store>, Engine, PurchaseId) {
    let (carrier, store, services) = one();
    let away = Error::new(ErrorKind::UpstreamUnavailable, "away");
    carrier.fail(
        trunkline_core::Operation::FindOwned,
        std::iter::repeat_n(away, 1_000),
    );
    let id = leave(&store, &carrier, (1, "key"), true).await;
    let mut record = store.load(&id).await.unwrap().unwrap();
    assert!(record.lose(host::now()));
    let attempt = record.purchase.attempts.last_mut().unwrap();
    attempt.sent_at = host::now().checked_sub(SignedDuration::from_hours(2)).ok();
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
    (store, services, id)
}

#[tokio::test(start_paused = true)]
async fn purchase_unknown_for_an_hour_asks_a_person_and_keeps_looking() {
    let (store, services, id) = unknown_for_long().await;
    settle(&services);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let waiting = store.load(&id).await.unwrap().unwrap();
    assert!(waiting.purchase.needs_person.is_some());
    let looks = waiting.attempt().unwrap().looks.len();
    assert!(looks > 3, "the evidence is kept: {looks} looks");
    let verdict = Resolution {
        provider_id: None,
        reason: "not in the console",
    };
    let caller = Caller::default();
    let resolved = services.purchases.resolve(&caller, &id, verdict).await;
    let resolved = resolved.unwrap();
    assert_eq!(resolved.purchase.state, PurchaseState::Failed);
    assert!(resolved.purchase.needs_person.is_none());
}

#[tokio::test(start_paused = true)]
async fn unknown_purchase_of_a_removed_account_asks_a_person() {
    let (store, _, id) = unknown_for_long().await;
    let elsewhere = Arc::new(Scripted::new("elsewhere"));
    let services = services(&[elsewhere], Arc::clone(&store));
    settle(&services);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let waiting = store.load(&id).await.unwrap().unwrap();
    assert!(waiting.purchase.needs_person.is_some());
}

#[tokio::test(start_paused = true)]
async fn background_work_starts_once_and_ends_with_the_last_clone_of_the_services() {
    let (_, _, services) = one();
    let purchases = services.purchases.clone();
    services.start().unwrap();
    let other = services.clone();
    other.start().unwrap();
    assert_eq!(purchases.tasks().len(), 1);
    drop(services);
    assert!(!purchases.is_stopping());
    drop(other);
    assert!(purchases.is_stopping());
    purchases.tasks().close();
    purchases.tasks().wait().await;
}

#[test]
fn services_do_not_start_outside_a_runtime() {
    let (_, _, services) = one();
    let error = services.start().unwrap_err();
    assert!(error.message().contains("no tokio runtime"), "{error}");
}
