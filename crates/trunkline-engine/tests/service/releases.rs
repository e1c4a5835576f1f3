//! Grace periods: releases that wait, are undone, sent when their time has come, and refused beforehand.

#[path = "releases/late.rs"]
mod late;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use trunkline_admin::Stores;
use trunkline_admin::audit::Outcome;
use trunkline_admin::events::EventType;
use trunkline_core::{
    AccountEntry, Caller, Effect, Error, ErrorKind, ListQuery, NumberId, Operation, Provider,
    Registry, Retry, Upstream, host,
};
use trunkline_engine::Engine;
use trunkline_engine::journal::{Annotation, Releasing};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{MemoryJournal, NumberPatch, NumbersRequest, Released, Store, Timing};
use trunkline_testkit::scripted::Scripted;

use crate::{audited, keyed, number, one, order, published, scope, services};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// An account with a grace period, its journal, and a number it holds.
struct Held {
    carrier: Arc<Scripted>,
    stores: Stores,
    services: Engine,
    id: String,
    caller: Caller,
}

impl Held {
    fn new() -> Self {
        Self::at(Scripted::new("us-main"), host::now())
    }

    fn with(quarantine: Duration) -> Self {
        let mut held = Self::new();
        held.services = replica_with(&held.carrier, &held.stores.engine, quarantine);
        held
    }

    fn at(carrier: Scripted, since: Timestamp) -> Self {
        let carrier = Arc::new(carrier);
        let stores = Stores::memory();
        let id = format!("us-main:{}", carrier.hold(number(1), since));
        let services = replica(&carrier, &stores.engine);
        let caller = Caller::default();
        Self {
            carrier,
            stores,
            services,
            id,
            caller,
        }
    }

    async fn release(&self) -> Result<Released, Error> {
        self.services.numbers.release(&self.caller, &self.id).await
    }

    /// Releases it, to be undone until the time that is answered.
    async fn release_later(&self) -> Timestamp {
        match self.release().await {
            Ok(Released::Later { id, at }) if id.as_str() == self.id => at,
            other => panic!("{other:?}"),
        }
    }

    async fn restore(&self) -> Result<trunkline_core::Number, Error> {
        self.services.numbers.restore(&self.caller, &self.id).await
    }

    async fn release_at(&self) -> Option<Timestamp> {
        let shown = self.services.numbers.get(&self.caller, &self.id).await;
        shown.unwrap().release_at
    }

    async fn finish(&self) -> usize {
        self.services.numbers.finish_releases().await.unwrap()
    }

    fn releases(&self) -> usize {
        self.carrier.calls(Operation::Release)
    }
}

/// Another process over the same journal.
fn replica(carrier: &Arc<Scripted>, store: &Arc<dyn Store>) -> Engine {
    replica_with(carrier, store, DAY)
}

fn replica_with(carrier: &Arc<Scripted>, store: &Arc<dyn Store>, quarantine: Duration) -> Engine {
    let mut registry = Registry::default();
    let mut entry = AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>);
    entry.quarantine = quarantine;
    registry.insert(entry).unwrap();
    let sealer = Sealer::new(b"test");
    Engine::new(registry, Arc::clone(store), sealer, Timing::default())
}

fn request() -> NumbersRequest {
    NumbersRequest {
        query: ListQuery::default(),
        accounts: Vec::new(),
        provider: None,
        limit: 10,
        cursor: None,
        timeout: Duration::from_secs(5),
    }
}

fn protect() -> NumberPatch {
    NumberPatch {
        protected: Some(true),
        ..NumberPatch::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_waits_for_its_grace_period_and_shows_when_it_ends() {
    let held = Held::new();
    let at = held.release_later().await;
    let wait = at.duration_since(host::now());
    assert!(wait > SignedDuration::from_hours(23) && wait <= SignedDuration::from_hours(25));
    assert_eq!(held.release_at().await, Some(at));
    let listed = held.services.numbers.list(&held.caller, &request()).await;
    assert_eq!(listed.unwrap().items[0].release_at, Some(at));
    tokio::time::advance(DAY - Duration::from_secs(1)).await;
    assert_eq!((held.finish().await, held.releases()), (0, 0));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!((held.finish().await, held.releases()), (1, 1));
    assert!(held.carrier.held().is_empty());
    assert!(matches!(held.release().await, Ok(Released::Before(_))));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_release_keeps_the_date_of_the_first() {
    let held = Held::new();
    let at = held.release_later().await;
    tokio::time::advance(DAY / 2).await;
    assert_eq!(held.release_later().await, at);
    let numbers = &held.services.numbers;
    let by_number = numbers.release(&held.caller, number(1).as_str()).await;
    assert!(matches!(by_number, Ok(Released::Later { at: same, .. }) if same == at));
    tokio::time::advance(DAY / 2).await;
    assert_eq!(held.finish().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_release_is_undone_within_its_grace_period() {
    let held = Held::new();
    held.release_later().await;
    assert_eq!(held.restore().await.unwrap().release_at, None);
    assert_eq!(held.release_at().await, None);
    tokio::time::advance(DAY * 2).await;
    assert_eq!((held.finish().await, held.releases()), (0, 0));
    let nothing = held.restore().await.unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::Conflict, "{nothing}");
    held.release_later().await;
    let numbers = &held.services.numbers;
    let by_number = numbers.restore(&held.caller, number(1).as_str()).await;
    assert!(by_number.is_ok());
}

#[tokio::test(start_paused = true)]
async fn number_without_a_waiting_release_is_not_restored() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    assert_eq!(held.finish().await, 1);
    assert_eq!(
        held.restore().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let mistyped = held
        .services
        .numbers
        .restore(&held.caller, "us-main:PN9999");
    assert_eq!(mistyped.await.unwrap_err().kind(), ErrorKind::NotFound);
    let stranger = Caller::of("stranger".parse().unwrap());
    let foreign = held.services.numbers.restore(&stranger, &held.id);
    assert_eq!(foreign.await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_may_have_arrived_is_too_late_to_undo() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    let lost = Error::new(ErrorKind::UpstreamUnavailable, "away").with_effect(Effect::Unknown);
    held.carrier.fail(Operation::Release, [lost]);
    assert_eq!(held.finish().await, 0);
    assert_eq!(held.release_at().await, None);
    let late = held.restore().await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    assert!(late.message().contains("too late"), "{late}");
    // The next process to come by sends it again.
    let other = replica(&held.carrier, &held.stores.engine);
    assert_eq!(other.numbers.finish_releases().await.unwrap(), 1);
    assert!(held.carrier.held().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_process_that_died_before_sending_leaves_it_to_the_next() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    let due = held.stores.engine.open_releases(1).await.unwrap().remove(0);
    let sent = trunkline_engine::journal::Release { sent: true, ..due };
    let written = held.stores.engine.send_release(&sent).await.unwrap();
    assert_eq!(written, Releasing::Written);
    assert_eq!(
        held.restore().await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    let other = replica(&held.carrier, &held.stores.engine);
    assert_eq!(other.numbers.finish_releases().await.unwrap(), 1);
    assert_eq!(held.releases(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_of_several_replicas_sends_a_release() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    held.carrier.delay(Duration::from_secs(2));
    let replicas: Vec<_> = (0..4)
        .map(|_| replica(&held.carrier, &held.stores.engine))
        .collect();
    let finished = replicas
        .iter()
        .map(|services| services.numbers.finish_releases());
    let finished = futures_util::future::join_all(finished).await;
    let all: usize = finished.into_iter().map(Result::unwrap).sum();
    assert_eq!((all, held.releases()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_the_grace_period_puts_the_release_off_and_it_can_be_undone_again() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    let refusal = |retry| Error::new(ErrorKind::Locked, "too recently").with_retry(retry);
    held.carrier.fail(
        Operation::Release,
        [refusal(Retry::After(DAY)), refusal(Retry::Never)],
    );
    assert_eq!(held.finish().await, 0);
    assert!(held.release_at().await.unwrap() > host::now());
    tokio::time::advance(DAY - Duration::from_secs(1)).await;
    held.finish().await;
    assert_eq!(held.releases(), 1, "not before its date");
    tokio::time::advance(Duration::from_secs(1)).await;
    held.finish().await;
    assert_eq!(held.releases(), 2);
    held.restore().await.unwrap();
    tokio::time::advance(DAY).await;
    held.finish().await;
    assert_eq!((held.releases(), held.carrier.held().len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_number_that_waits_for_its_release_is_not_bought() {
    let held = Held::new();
    held.release_later().await;
    let purchases = &held.services.purchases;
    let begun = purchases
        .start(keyed(&scope("k"), "f"), order("us-main", 1))
        .await;
    let busy = begun.map(drop).unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::Conflict);
    assert_eq!(held.carrier.calls(Operation::Purchase), 0);
}

#[tokio::test(start_paused = true)]
async fn protecting_a_number_undoes_its_release() {
    let held = Held::new();
    held.release_later().await;
    let changed = held
        .services
        .numbers
        .update(&held.caller, &held.id, protect())
        .await
        .unwrap();
    assert_eq!((changed.protected, changed.release_at), (true, None));
    for id in [held.id.as_str(), number(1).as_str()] {
        let refused = held.services.numbers.release(&held.caller, id).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Locked);
        assert!(refused.message().contains("is protected"), "{refused}");
    }
    tokio::time::advance(DAY * 2).await;
    assert_eq!((held.finish().await, held.releases()), (0, 0));
}

/// A number bought so many days ago at a carrier that takes numbers back after fourteen.
fn young(days: i64) -> (Arc<Scripted>, Engine, String, Timestamp) {
    let bought = host::now() - SignedDuration::from_hours(24 * days);
    let carrier = Arc::new(Scripted::new("us-main").with_release_cooldown(14));
    let id = format!("us-main:{}", carrier.hold(number(1), bought));
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = services(&[Arc::clone(&carrier)], store);
    (
        carrier,
        services,
        id,
        bought + SignedDuration::from_hours(14 * 24),
    )
}

#[tokio::test(start_paused = true)]
async fn carrier_decides_whether_a_number_is_too_young_and_its_date_is_shown() {
    let (carrier, services, id, from) = young(1);
    let caller = Caller::default();
    let refused = services.numbers.release(&caller, &id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Locked);
    let day = from.to_string()[..10].to_owned();
    assert!(refused.message().contains(&day), "{refused}");
    assert_eq!(carrier.calls(Operation::Release), 1);
    assert!(services.store.open_releases(10).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn release_is_decided_by_the_carriers_clock() {
    let (carrier, services, id, _) = young(13);
    // The carrier's own clock is ahead.
    carrier.take_back_at_any_age();
    let caller = Caller::default();
    services.numbers.release(&caller, &id).await.unwrap();
    assert!(carrier.held().is_empty());
}

#[tokio::test(start_paused = true)]
async fn release_check_says_from_when_the_carrier_takes_it_back() {
    let (_, services, id, from) = young(1);
    let would = services
        .numbers
        .check_release(&Caller::default(), &id)
        .await;
    let told = would.unwrap().from.unwrap();
    assert!(
        told.duration_since(from).abs() <= SignedDuration::from_secs(1),
        "{told}"
    );
    let (_, services, id, _) = young(15);
    let would = services
        .numbers
        .check_release(&Caller::default(), &id)
        .await;
    assert_eq!(would.unwrap().from, None);
}

#[tokio::test(start_paused = true)]
async fn release_answered_404_while_the_number_is_listed_reports_the_carriers_message() {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let unknown =
        Error::new(ErrorKind::NotFound, "release was answered with 404").with_upstream(Upstream {
            status: Some(404),
            code: Some("20404".to_owned()),
            message: Some("not found".to_owned()),
            request_id: Some("RQ1".to_owned()),
        });
    carrier.fail(Operation::Release, [unknown.clone()]);
    let told = services
        .numbers
        .release(&Caller::default(), &id)
        .await
        .unwrap_err();
    assert_eq!(
        (told.kind(), told.effect()),
        (ErrorKind::Conflict, Effect::None)
    );
    assert_eq!(told.upstream(), unknown.upstream());
    assert!(told.message().contains("still held and billed"), "{told}");
    assert!(services.store.open_releases(10).await.unwrap().is_empty());
}

/// A carrier that has sold it a moment ago may not know it everywhere yet.
#[tokio::test(start_paused = true)]
async fn release_answered_404_of_a_number_that_the_list_alone_lacks_is_none() {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    carrier.hide(number(1));
    let unknown = Error::new(ErrorKind::NotFound, "no such number");
    carrier.fail(Operation::Release, [unknown]);
    let caller = Caller::default();
    let told = services.numbers.release(&caller, &id).await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Conflict);
    assert!(told.message().contains("still held and billed"), "{told}");
    assert_eq!(carrier.held(), [number(1)]);
    services.numbers.release(&caller, &id).await.unwrap();
    assert_eq!(carrier.held(), []);
}

/// A release whose answer was lost, and a refusal of the next attempt that may pass.
pub(crate) async fn sent_and_then_refused() -> (Arc<Scripted>, Engine, String) {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let lost = Error::new(ErrorKind::Timeout, "the answer was lost").with_effect(Effect::Unknown);
    carrier.fail(Operation::Release, [lost]);
    let caller = Caller::default();
    services.numbers.release(&caller, &id).await.unwrap_err();
    (carrier, services, id)
}

fn throttled() -> Error {
    Error::new(ErrorKind::RateLimited, "not now").with_retry(Retry::After(Duration::from_secs(1)))
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_second_attempt_does_not_make_the_first_one_undone() {
    let (carrier, services, id) = sent_and_then_refused().await;
    // The carrier has carried out the first one.
    let (_, provider_id) = id.split_once(':').unwrap();
    carrier.release(provider_id).await.unwrap();
    carrier.fail(Operation::Release, [throttled()]);
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 1);
    let caller = Caller::default();
    let again = services.numbers.release(&caller, &id).await;
    assert!(matches!(again, Ok(Released::Before(_))), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_second_attempt_that_is_put_off_is_not_forgotten() {
    let (carrier, services, id) = sent_and_then_refused().await;
    carrier.fail(Operation::Release, [throttled(), throttled()]);
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 0);
    let caller = Caller::default();
    let told = services.numbers.release(&caller, &id).await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::RateLimited);
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 1);
    assert!(carrier.held().is_empty());
}

/// A carrier may refuse for days what it will take back later.
#[tokio::test(start_paused = true)]
async fn a_release_that_is_refused_time_and_again_is_sent_every_half_minute() {
    let (carrier, services, _) = sent_and_then_refused().await;
    carrier.fail(Operation::Release, (0..100).map(|_| throttled()));
    let (start, before) = (Instant::now(), carrier.calls(Operation::Release));
    while start.elapsed() < Duration::from_secs(300) {
        assert_eq!(services.numbers.finish_releases().await.unwrap(), 0);
        tokio::time::advance(Duration::from_secs(5)).await;
    }
    let sent = carrier.calls(Operation::Release) - before;
    assert!((10..=13).contains(&sent), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_second_attempt_that_is_refused_for_good_leaves_the_number_held() {
    let (carrier, services, id) = sent_and_then_refused().await;
    let no = || Error::new(ErrorKind::Locked, "no");
    carrier.fail(Operation::Release, [no(), no()]);
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 0);
    // The first one may arrive yet.
    let open = services.store.open_releases(10).await.unwrap();
    assert_eq!(open.len(), 1);
    let settle = services.registry.get("us-main").unwrap().settle;
    tokio::time::advance(settle).await;
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 0);
    assert_eq!(services.store.open_releases(10).await.unwrap(), []);
    assert_eq!(carrier.held(), [number(1)]);
    assert!(services.numbers.get(&Caller::default(), &id).await.is_ok());
}

/// The number is protected, without whatever else the request that protects it does.
async fn protected_meanwhile(held: &Held) {
    let annotation = Annotation {
        protected: true,
        ..Annotation::default()
    };
    let id = NumberId::new(&held.id).unwrap();
    held.stores.engine.annotate(&id, &annotation).await.unwrap();
}

/// What the trail says of releases, newest first.
async fn told(held: &Held) -> Vec<Outcome> {
    let rows = audited(&held.stores, "number.release").await;
    rows.iter().map(|row| row.outcome).collect()
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_protected_while_the_carrier_is_asked_is_not_released() {
    for quarantine in [Duration::ZERO, DAY] {
        let held = Held::with(quarantine);
        held.carrier.delay(Duration::from_secs(2));
        let protect = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            protected_meanwhile(&held).await;
        };
        let (refused, ()) = tokio::join!(held.release(), protect);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Locked);
        tokio::time::advance(DAY).await;
        assert_eq!((held.finish().await, held.releases()), (0, 0));
        assert_eq!(told(&held).await, [Outcome::Refused]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_protected_when_its_grace_period_is_over_stays() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    protected_meanwhile(&held).await;
    assert_eq!((held.finish().await, held.releases()), (0, 0));
    assert_eq!(told(&held).await, [Outcome::Refused, Outcome::Begun]);
    assert_eq!(held.release_at().await, None);
    assert_eq!(held.carrier.held(), [number(1)]);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_protected_after_a_refusal_is_not_released_later() {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY).await;
    held.carrier.delay(Duration::from_secs(2));
    let refusal = Error::new(ErrorKind::Locked, "not yet").with_retry(Retry::After(DAY));
    held.carrier.fail(Operation::Release, [refusal]);
    let protect = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        protected_meanwhile(&held).await;
    };
    assert_eq!(tokio::join!(held.finish(), protect).0, 0);
    assert_eq!(held.release_at().await, None);
    tokio::time::advance(DAY).await;
    assert_eq!((held.finish().await, held.releases()), (0, 1));
}

/// A release that should have been sent more than a day ago, as after a restore from a backup.
async fn overdue() -> Held {
    let held = Held::new();
    held.release_later().await;
    tokio::time::advance(DAY * 2 + Duration::from_secs(1)).await;
    for _ in 0..2 {
        assert_eq!((held.finish().await, held.releases()), (0, 0));
    }
    held
}

async fn shown(held: &Held) -> trunkline_core::Number {
    let shown = held.services.numbers.get(&held.caller, &held.id).await;
    shown.unwrap()
}

#[tokio::test(start_paused = true)]
async fn release_overdue_for_a_day_asks_a_person_once() {
    let held = overdue().await;
    let number = shown(&held).await;
    assert!(number.release_held && number.release_at.is_some());
    let told = published(&held.stores).await;
    assert_eq!(told, [EventType::NumberReleaseHeld]);
}

#[tokio::test(start_paused = true)]
async fn overdue_release_continues_when_requested_again() {
    let held = overdue().await;
    let at = held.release_later().await;
    assert!(at > host::now());
    assert!(!shown(&held).await.release_held);
    tokio::time::advance(DAY).await;
    assert_eq!((held.finish().await, held.releases()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_overdue_release_is_undone_by_restoring_the_number() {
    let held = overdue().await;
    let restored = held.restore().await.unwrap();
    assert!(!restored.release_held && restored.release_at.is_none());
    tokio::time::advance(DAY).await;
    assert_eq!((held.finish().await, held.releases()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn repeated_release_leaves_a_number_sold_again_under_the_same_id() {
    let mut held = Held::with(Duration::ZERO);
    let asked = |key: &str| Caller {
        idempotency_key: Some(key.parse().unwrap()),
        ..Caller::default()
    };
    held.caller = asked("first");
    let id: NumberId = held.id.parse().unwrap();
    assert_eq!(held.release().await.unwrap(), Released::Now(id.clone()));
    // Its answer is lost, and the carrier gives the id to a number that is bought then.
    held.carrier.show_again(id.provider_id(), number(1));
    assert_eq!(held.release().await.unwrap(), Released::Before(id.clone()));
    assert_eq!(held.carrier.calls(Operation::Release), 1);
    held.caller = asked("second");
    assert_eq!(held.release().await.unwrap(), Released::Now(id));
}
