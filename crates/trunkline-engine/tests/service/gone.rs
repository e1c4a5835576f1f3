//! Numbers that go away at their carrier without us, and come again.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;
use trunkline_admin::Stores;
use trunkline_admin::events::EventType;
use trunkline_core::host;
use trunkline_core::{
    Caller, Effect, Error, ErrorKind, ListQuery, NumberUpdate, Operation, Patch, Registry, Retry,
};
use trunkline_engine::Engine;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{NumberPatch, NumbersRequest, Released, Started, Store, Timing};
use trunkline_testkit::scripted::Scripted;

use crate::purchases::buy;
use crate::{audited, keyed, number, order, published, scope};
use trunkline_testkit::scripted::{Sale, ceilings, priced};

const MINUTE: Duration = Duration::from_secs(60);

/// An account with room for one number, which it has bought.
struct Bought {
    carrier: Arc<Scripted>,
    stores: Stores,
    services: Engine,
    caller: Caller,
    id: String,
}

impl Bought {
    async fn new() -> Self {
        let carrier = Arc::new(Scripted::new("us-main"));
        let stores = Stores::memory();
        let services = process(&carrier, &stores.engine);
        let record = buy(&services, "first", order("us-main", 1)).await;
        Self {
            id: record.purchase.number_id.unwrap().to_string(),
            caller: Caller::default(),
            carrier,
            stores,
            services,
        }
    }

    /// The same, with a process that works on.
    async fn settling() -> Self {
        let bought = Self::new().await;
        settle(&bought.services);
        bought
    }

    fn provider_id(&self) -> &str {
        self.id.split_once(':').unwrap().1
    }

    /// Released in the carrier's console.
    async fn release_in_the_console(&self) {
        use trunkline_core::Provider;
        self.carrier.release(self.provider_id()).await.unwrap();
    }

    async fn get(&self) -> Result<trunkline_core::Number, Error> {
        self.services.numbers.get(&self.caller, &self.id).await
    }

    /// What trunkline says of a number that its carrier does not know.
    async fn missing(&self) -> String {
        let error = self.get().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        error.message().to_owned()
    }

    async fn events(&self, kind: EventType) -> usize {
        let published = published(&self.stores).await;
        published.iter().filter(|told| **told == kind).count()
    }

    async fn until(&self, kind: EventType) {
        let give_up = Instant::now() + MINUTE * 120;
        while self.events(kind).await == 0 {
            assert!(Instant::now() < give_up, "no {kind:?} in two hours");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn is_gone(&self) {
        self.missing().await;
        self.until(EventType::NumberGone).await;
    }

    async fn committed(&self) -> String {
        let entry = self.services.registry.get("us-main").unwrap();
        let spending = trunkline_engine::spend::spending(&entry, &*self.stores.engine);
        spending.await.unwrap().monthly.unwrap().1.to_string()
    }

    async fn start(&self, key: &str, last: u32) -> Result<Started, Error> {
        let (scope, order) = (scope(key), order("us-main", last));
        let started = self.services.purchases.start(keyed(&scope, key), order);
        started.await
    }
}

fn process(carrier: &Arc<Scripted>, store: &Arc<dyn Store>) -> Engine {
    let mut registry = Registry::default();
    registry.insert(priced(carrier, ceilings("1.15"))).unwrap();
    let sealer = Sealer::new(b"test");
    Engine::new(registry, Arc::clone(store), sealer, Timing::default())
}

fn settle(services: &Engine) {
    services.start().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_number_released_in_the_console_ends_as_released_and_frees_its_ceiling() {
    let bought = Bought::settling().await;
    let begun = Instant::now();
    bought.release_in_the_console().await;
    assert!(bought.missing().await.contains("is missing"));
    let numbers = &bought.services.numbers;
    let early = numbers.release(&bought.caller, &bought.id).await;
    assert_eq!(early.unwrap_err().kind(), ErrorKind::NotFound);
    let full = bought.start("early", 2).await.unwrap_err();
    assert_eq!(full.kind(), ErrorKind::PaymentRequired);
    bought.until(EventType::NumberGone).await;
    let took = begun.elapsed();
    let earliest = MINUTE * 15 + Duration::from_secs(30);
    assert!(took >= earliest && took < earliest + MINUTE, "{took:?}");
    assert_eq!(bought.committed().await, "0.00 USD");
    let again = numbers.release(&bought.caller, &bought.id).await;
    assert!(matches!(again, Ok(Released::Before(_))), "{again:?}");
    assert!(bought.missing().await.contains("is gone"));
    assert!(matches!(
        bought.start("late", 2).await,
        Ok(Started::Fresh(_))
    ));
    assert_eq!(audited(&bought.stores, "number.gone").await.len(), 1);
    assert_eq!(bought.events(EventType::NumberGone).await, 1);
}

#[tokio::test(start_paused = true)]
async fn not_found_for_a_number_of_ours_starts_looking_for_it() {
    for ask in 0..4 {
        let bought = Bought::settling().await;
        bought.release_in_the_console().await;
        let (numbers, caller) = (&bought.services.numbers, &bought.caller);
        let patch = NumberPatch {
            update: NumberUpdate {
                label: Patch::Set("A".to_owned()),
                ..NumberUpdate::default()
            },
            ..NumberPatch::default()
        };
        let failed = match ask {
            0 => numbers.release(caller, &bought.id).await.map(drop),
            3 => {
                let number = number(1);
                numbers.release(caller, number.as_str()).await.map(drop)
            }
            1 => numbers.update(caller, &bought.id, patch).await.map(drop),
            _ => numbers.restore(caller, &bought.id).await.map(drop),
        };
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::NotFound);
        bought.until(EventType::NumberGone).await;
    }
}

#[tokio::test(start_paused = true)]
async fn number_that_does_not_show_yet_is_not_gone() {
    let bought = Bought::settling().await;
    let early = Error::new(ErrorKind::NotFound, "no such number");
    bought.carrier.fail(Operation::Get, [early]);
    bought.missing().await;
    tokio::time::sleep(MINUTE * 30).await;
    assert!(bought.get().await.is_ok());
    assert_eq!(bought.events(EventType::NumberGone).await, 0);
    assert_eq!(bought.committed().await, "1.15 USD");
}

#[tokio::test(start_paused = true)]
async fn a_number_that_shows_within_the_settling_time_is_not_gone() {
    let bought = Bought::settling().await;
    bought.release_in_the_console().await;
    bought.missing().await;
    let looks = bought.carrier.calls(Operation::FindOwned);
    tokio::time::sleep(MINUTE * 15 + Duration::from_secs(10)).await;
    assert!(bought.carrier.calls(Operation::FindOwned) > looks + 1);
    bought.carrier.show_again(bought.provider_id(), number(1));
    tokio::time::sleep(MINUTE * 30).await;
    assert_eq!(bought.events(EventType::NumberGone).await, 0);
    assert_eq!(bought.committed().await, "1.15 USD");
    assert!(bought.stores.engine.suspects(9).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn unreachable_account_decides_nothing() {
    let bought = Bought::settling().await;
    bought.release_in_the_console().await;
    bought.missing().await;
    let away = || Error::new(ErrorKind::UpstreamUnavailable, "away").with_retry(Retry::Backoff);
    let failures = || (0..600).map(|_| away().with_effect(Effect::None));
    bought.carrier.fail(Operation::Get, failures());
    tokio::time::sleep(MINUTE * 25).await;
    assert_eq!(bought.events(EventType::NumberGone).await, 0);
    bought.until(EventType::NumberGone).await;
}

#[tokio::test(start_paused = true)]
async fn account_that_is_away_for_a_moment_does_not_delay_the_verdict_for_long() {
    let bought = Bought::new().await;
    let mut entry = priced(&bought.carrier, ceilings("1.15"));
    entry.gone_after = Duration::from_secs(1);
    let mut registry = Registry::default();
    registry.insert(entry).unwrap();
    let (store, sealer) = (Arc::clone(&bought.stores.engine), Sealer::new(b"test"));
    let services = Engine::new(registry, store, sealer, Timing::default());
    settle(&services);
    bought.release_in_the_console().await;
    let missing = services.numbers.get(&bought.caller, &bought.id).await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    let away = || Error::new(ErrorKind::UpstreamUnavailable, "away");
    bought.carrier.fail(Operation::Get, (0..4).map(|_| away()));
    let begun = Instant::now();
    bought.until(EventType::NumberGone).await;
    let took = begun.elapsed();
    assert!(took < MINUTE, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn returning_number_is_booked_again_even_over_the_ceiling() {
    for seen_by in 0..4 {
        let bought = Bought::settling().await;
        bought.release_in_the_console().await;
        bought.is_gone().await;
        buy(&bought.services, "second", order("us-main", 2)).await;
        assert_eq!(bought.committed().await, "1.15 USD");
        bought.carrier.show_again(bought.provider_id(), number(1));
        match seen_by {
            0 => drop(bought.get().await.unwrap()),
            1 => {
                let request = NumbersRequest {
                    query: ListQuery::default(),
                    accounts: Vec::new(),
                    provider: None,
                    limit: 10,
                    cursor: None,
                    timeout: MINUTE,
                };
                let listed = bought.services.numbers.list(&bought.caller, &request).await;
                assert_eq!(listed.unwrap().items.len(), 2);
            }
            2 => {
                let account = bought.services.registry.get("us-main").unwrap();
                let read = bought.services.inventory.read_now(&account).await;
                assert!(read.unwrap().is_some());
            }
            // Another purchase of it, which has room elsewhere, looks first.
            _ => {
                let roomy = Arc::clone(&bought.carrier);
                let mut registry = Registry::default();
                registry.insert(priced(&roomy, ceilings("9.99"))).unwrap();
                let (store, sealer) = (Arc::clone(&bought.stores.engine), Sealer::new(b"test"));
                let other = Engine::new(registry, store, sealer, Timing::default());
                let refused = buy(&other, "again", order("us-main", 1)).await;
                assert!(refused.purchase.error.is_some());
            }
        }
        assert_eq!(bought.events(EventType::NumberReturned).await, 1);
        assert_eq!(bought.committed().await, "2.30 USD", "{seen_by}");
        let numbers = &bought.services.numbers;
        let released = numbers.release(&bought.caller, &bought.id).await;
        assert!(matches!(released, Ok(Released::Now(_))), "{released:?}");
        assert_eq!(bought.committed().await, "1.15 USD");
        assert_eq!(bought.events(EventType::NumberReturned).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn full_ceiling_checks_whether_its_numbers_are_still_held() {
    let bought = Bought::settling().await;
    let asked = bought.carrier.calls(Operation::Get);
    for key in ["a", "b"] {
        let full = bought.start(key, 2).await.unwrap_err();
        assert_eq!(full.kind(), ErrorKind::PaymentRequired);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(bought.carrier.calls(Operation::Get), asked + 1, "once");
    }
    bought.release_in_the_console().await;
    tokio::time::sleep(MINUTE).await;
    bought.start("c", 2).await.unwrap_err();
    bought.until(EventType::NumberGone).await;
    assert!(matches!(bought.start("d", 2).await, Ok(Started::Fresh(_))));
}

#[tokio::test(start_paused = true)]
async fn missing_number_is_taken_up_by_another_process() {
    let bought = Bought::new().await;
    bought.release_in_the_console().await;
    bought.missing().await;
    bought.services.purchases.shutdown().await;
    let next = process(&bought.carrier, &bought.stores.engine);
    settle(&next);
    bought.until(EventType::NumberGone).await;
    assert_eq!(bought.committed().await, "0.00 USD");
}

#[tokio::test(start_paused = true)]
async fn number_of_others_is_not_looked_for() {
    let bought = Bought::settling().await;
    let theirs = format!("us-main:{}", bought.carrier.hold(number(7), host::now()));
    let numbers = &bought.services.numbers;
    numbers.release(&bought.caller, &theirs).await.unwrap();
    for id in [theirs.as_str(), "us-main:PN9999"] {
        let unknown = numbers.get(&bought.caller, id).await.unwrap_err();
        assert!(!unknown.message().contains("missing"), "{unknown}");
    }
    tokio::time::sleep(MINUTE * 30).await;
    assert_eq!(bought.events(EventType::NumberGone).await, 0);
}

#[tokio::test(start_paused = true)]
async fn number_given_back_before_its_account_was_renamed_is_known_to_be() {
    let bought = Bought::new().await;
    let old = bought.id.clone();
    let release = |services: &Engine, id: &str| {
        let (services, id) = (services.clone(), id.to_owned());
        async move { services.numbers.release(&Caller::default(), &id).await }
    };
    let released = release(&bought.services, &old).await.unwrap();
    assert_eq!(released, Released::Now(old.parse().unwrap()));
    let renamed = bought.carrier.renamed("us-new");
    let services = process(&renamed, &bought.stores.engine);
    let new = format!("us-new:{}", bought.provider_id());
    for id in [&old, &new] {
        let again = release(&services, id).await.unwrap();
        assert_eq!(again, Released::Before(id.parse().unwrap()));
    }
    let never = release(&services, "us-new:PN9999").await.unwrap_err();
    assert_eq!(never.kind(), ErrorKind::NotFound);
    let stranger = Caller::of("stranger".parse().unwrap());
    let foreign = services.numbers.release(&stranger, &old).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::NotFound);
}

/// The release keeps the name that the account had when it was sent.
#[tokio::test(start_paused = true)]
async fn number_whose_release_was_sent_before_its_account_was_renamed_is_not_called_protected() {
    let bought = Bought::new().await;
    let lost = Error::new(ErrorKind::Timeout, "lost").with_effect(Effect::Unknown);
    bought.carrier.fail(Operation::Release, [lost]);
    let release = bought.services.numbers.release(&bought.caller, &bought.id);
    release.await.unwrap_err();
    let services = process(&bought.carrier.renamed("us-new"), &bought.stores.engine);
    let new = format!("us-new:{}", bought.provider_id());
    let protect = NumberPatch {
        protected: Some(true),
        ..NumberPatch::default()
    };
    let late = services.numbers.update(&bought.caller, &new, protect).await;
    let late = late.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict, "{late}");
}

#[tokio::test(start_paused = true)]
async fn number_bought_again_under_a_returned_id_is_not_reported_as_returned() {
    let bought = Bought::new().await;
    let id = bought.id.parse().unwrap();
    let release = || bought.services.numbers.release(&bought.caller, &bought.id);
    assert_eq!(release().await.unwrap(), Released::Now(id));
    // Created later than the number was given back, beyond doubt.
    bought.carrier.skew(SignedDuration::from_mins(1));
    bought.carrier.sell_under(bought.provider_id());
    let again = buy(&bought.services, "again", order("us-main", 1)).await;
    assert_eq!(again.purchase.number_id.unwrap().to_string(), bought.id);
    // It does not show yet.
    let unknown = Error::new(ErrorKind::NotFound, "no such number");
    bought.carrier.fail(Operation::Get, [unknown]);
    assert!(release().await.is_err());
    let released = release().await.unwrap();
    assert!(matches!(released, Released::Now(_)), "{released:?}");
}

/// Its answer is lost, and the carrier uses the id again: what shows is what was bought, not what was gone.
#[tokio::test(start_paused = true)]
async fn number_sold_anew_under_the_id_of_one_that_was_gone_belongs_to_its_buyer() {
    let bought = Bought::settling().await;
    bought.release_in_the_console().await;
    bought.is_gone().await;
    bought.carrier.skew(SignedDuration::from_mins(1));
    bought.carrier.sell_under(bought.provider_id());
    bought.carrier.plan([Sale::LostAfter]);
    let again = buy(&bought.services, "again", order("us-main", 1)).await;
    assert_eq!(again.purchase.number_id.unwrap().to_string(), bought.id);
    assert_eq!(bought.events(EventType::NumberReturned).await, 0);
    // The new one is missing anew, and gone in its turn.
    bought.release_in_the_console().await;
    assert!(bought.missing().await.contains("missing"));
    tokio::time::sleep(MINUTE * 30).await;
    assert_eq!(bought.events(EventType::NumberGone).await, 2);
}
