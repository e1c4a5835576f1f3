//! Price lists of a carrier whose pricing host may be silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::time::Instant;
use trunkline_core::capability::Capability;
use trunkline_core::{
    AccountEntry, AccountName, AvailableNumber, Caller, CountryCode, ErrorKind, Money, NumberType,
    Page, Provider, ProviderName, Registry, Result, Retry, SearchQuery,
};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, MemoryJournal, Started, Timing};
use trunkline_testkit::scripted::{Scripted, money};

use crate::search::request;
use crate::{keyed, number, order, scope};

/// A carrier whose prices stand elsewhere.
#[derive(Debug)]
struct Priced {
    carrier: Scripted,
    is_silent: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl Provider for Priced {
    fn account(&self) -> &AccountName {
        self.carrier.account()
    }

    fn provider(&self) -> &ProviderName {
        self.carrier.provider()
    }

    fn identity(&self) -> &str {
        self.carrier.identity()
    }

    fn capability(&self) -> &Capability {
        self.carrier.capability()
    }

    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        self.carrier.search_available(query).await
    }

    async fn list_prices(&self, country: CountryCode) -> Result<Vec<(NumberType, Money)>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.is_silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.carrier.list_prices(country).await
    }
}

fn priced(is_silent: bool) -> (Arc<Priced>, Engine) {
    let prices = [(NumberType::Local, money("1.15"))];
    let carrier = Scripted::new("us-main").with_prices(prices);
    carrier.stock([number(1)]);
    let priced = Arc::new(Priced {
        carrier,
        is_silent: is_silent.into(),
        asked: AtomicUsize::new(0),
    });
    let mut registry = Registry::default();
    let entry = AccountEntry::new(Arc::clone(&priced) as Arc<dyn Provider>);
    registry.insert(entry).unwrap();
    let store = Arc::new(MemoryJournal::default());
    let services = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    (priced, services)
}

/// The price of the number that a search finds, and how long that took.
async fn search(services: &Engine) -> (Option<Money>, Duration) {
    let begun = Instant::now();
    let found = services.search.run(&Caller::default(), &request(1)).await;
    let price = found.unwrap().numbers[0].available.monthly_price;
    (price, begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn silent_price_host_delays_no_search_but_the_first() {
    let (carrier, services) = priced(true);
    assert_eq!(search(&services).await, (None, Duration::from_millis(500)));
    // Over the end of the request, the pause after it, and the next request.
    for _ in 0..10 {
        assert_eq!(search(&services).await, (None, Duration::ZERO));
        tokio::time::sleep(Duration::from_secs(8)).await;
    }
    assert_eq!(carrier.asked.load(Ordering::Relaxed), 2);
    carrier.is_silent.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(70)).await;
    search(&services).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let found = (Some(money("1.15")), Duration::ZERO);
    assert_eq!(search(&services).await, found, "it answers again");
}

#[tokio::test(start_paused = true)]
async fn purchase_whose_price_can_not_be_asked_for_now_is_worth_another_try() {
    let (carrier, services) = priced(true);
    let entry = services.registry.get("us-main").unwrap();
    let mut entry = AccountEntry::clone(&entry);
    entry.ceilings.monthly = Some(money("99"));
    let mut registry = Registry::default();
    registry.insert_guarded(entry).unwrap();
    let store = Arc::new(MemoryJournal::default());
    let services = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    let start = || async {
        let (scope, order) = (scope("key"), order("us-main", 1));
        services.purchases.start(keyed(&scope, "key"), order).await
    };
    let refused = start().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PaymentRequired);
    assert_eq!(refused.retry(), Retry::Backoff);
    carrier.is_silent.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(70)).await;
    assert!(matches!(start().await, Ok(Started::Fresh(_))));
}

#[tokio::test(start_paused = true)]
async fn searches_at_the_same_time_share_one_request_for_prices() {
    let (carrier, services) = priced(false);
    let found = join_all((0..20).map(|_| search(&services))).await;
    let expected = (Some(money("1.15")), Duration::from_millis(100));
    assert!(found.into_iter().all(|found| found == expected));
    assert_eq!(carrier.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn old_prices_are_used_while_they_are_asked_for_again() {
    let (carrier, services) = priced(false);
    search(&services).await;
    let kept = (Some(money("1.15")), Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(3_601)).await;
    carrier.is_silent.store(true, Ordering::Relaxed);
    assert_eq!(search(&services).await, kept);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(carrier.asked.load(Ordering::Relaxed), 2);
    assert_eq!(search(&services).await, kept, "they can't be had anew");
    tokio::time::sleep(Duration::from_secs(24 * 3_600)).await;
    search(&services).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(search(&services).await.0, None, "they are too old");
}
