//! Price lists of carriers that keep them elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use trunkline_core::capability::{Capability, Operation};
use trunkline_core::{
    AccountEntry, AccountName, AvailableNumber, Caller, CountryCode, Money, NumberType,
    OperationSet, Page, Provider, ProviderName, Registry, Result, SearchQuery,
};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Engine, MemoryJournal, SearchAnswer, SearchRequest, SearchSort, Timing};
use trunkline_testkit::scripted::{Scripted, money};

use crate::number;

/// A carrier whose numbers are quoted at once, and whose price list takes `takes`.
#[derive(Debug)]
struct Listed {
    carrier: Scripted,
    capability: Capability,
    takes: Duration,
    asked: AtomicUsize,
}

#[async_trait]
impl Provider for Listed {
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
        &self.capability
    }

    async fn search_available(&self, query: &SearchQuery) -> Result<Page<AvailableNumber>> {
        let mut page = self.carrier.search_available(query).await?;
        for number in &mut page.items {
            number.monthly_price = None;
        }
        Ok(page)
    }

    async fn list_prices(&self, _: CountryCode) -> Result<Vec<(NumberType, Money)>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.takes).await;
        Ok(vec![(NumberType::Local, money("1.15"))])
    }
}

fn listed(takes: Duration) -> (Arc<Listed>, Engine) {
    let carrier = Scripted::new("a");
    carrier.stock((0..3).map(number));
    let mut capability = carrier.capability().clone();
    capability.operations = OperationSet::of(&[Operation::SearchAvailable, Operation::ListPrices]);
    let carrier = Arc::new(Listed {
        carrier,
        capability,
        takes,
        asked: AtomicUsize::new(0),
    });
    let mut registry = Registry::default();
    let entry = AccountEntry::new(Arc::clone(&carrier) as Arc<dyn Provider>);
    registry.insert(entry).unwrap();
    let store = Arc::new(MemoryJournal::default());
    let engine = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    (carrier, engine)
}

async fn search(engine: &Engine) -> (SearchAnswer, Duration) {
    let request = SearchRequest {
        query: SearchQuery::new(CountryCode::US),
        accounts: Vec::new(),
        sort: SearchSort::default(),
        timeout: Duration::from_secs(5),
    };
    let started = Instant::now();
    let answer = engine.search.run(&Caller::default(), &request).await;
    (answer.unwrap(), started.elapsed())
}

fn is_priced(answer: &SearchAnswer) -> bool {
    let mut prices = answer
        .numbers
        .iter()
        .map(|found| found.available.monthly_price);
    prices.all(|price| price == Some(money("1.15")))
}

#[tokio::test(start_paused = true)]
async fn silent_price_host_delays_only_the_searches_that_found_it_silent() {
    let (carrier, engine) = listed(Duration::from_secs(3600));
    let (answer, took) = search(&engine).await;
    assert_eq!(
        (answer.numbers.len(), took),
        (3, Duration::from_millis(500))
    );
    for _ in 0..100 {
        let (answer, took) = search(&engine).await;
        assert_eq!((answer.numbers.len(), took), (3, Duration::ZERO));
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    // Ten seconds of asking, then a minute of rest.
    let asked = carrier.asked.load(Ordering::Relaxed);
    assert!((7..=9).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn searches_at_the_same_time_ask_for_a_price_list_once() {
    let (carrier, engine) = listed(Duration::from_millis(300));
    let searches = (0..20).map(|_| search(&engine));
    let answers = futures_util::future::join_all(searches).await;
    assert!(answers.iter().all(|(answer, _)| is_priced(answer)));
    assert_eq!(carrier.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn slow_price_list_serves_the_next_search_and_an_old_one_serves_until_the_new_is_there() {
    let (carrier, engine) = listed(Duration::from_secs(2));
    let (first, _) = search(&engine).await;
    assert!(!is_priced(&first));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (second, took) = search(&engine).await;
    assert!(is_priced(&second) && took.is_zero());
    tokio::time::sleep(Duration::from_secs(3601)).await;
    let (third, took) = search(&engine).await;
    assert!(is_priced(&third) && took.is_zero());
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(carrier.asked.load(Ordering::Relaxed), 2);
}
