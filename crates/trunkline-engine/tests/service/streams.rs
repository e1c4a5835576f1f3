//! Streams whose reader takes its time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{Stream, StreamExt};
use tokio::sync::Semaphore;
use trunkline_core::capability::Capability;
use trunkline_core::host;
use trunkline_core::{
    AccountEntry, AccountName, AvailableNumber, Caller, CountryCode, ListQuery, Number, Page,
    Provider, ProviderName, Registry, Result, SearchQuery,
};
use trunkline_engine::Engine;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{MemoryJournal, NumbersRequest, SearchRequest, SearchSort, Timing};
use trunkline_testkit::scripted::Scripted;

use crate::number;

/// A carrier that needs what several need and only one can have at a time, as a connection of a small pool.
#[derive(Debug)]
struct Queueing {
    carrier: Scripted,
    seat: Arc<Semaphore>,
}

#[async_trait]
impl Provider for Queueing {
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
        let _seat = self.seat.acquire().await;
        self.carrier.search_available(query).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page<Number>> {
        let _seat = self.seat.acquire().await;
        self.carrier.list(query).await
    }
}

fn queueing() -> (Arc<Semaphore>, Engine) {
    let seat = Arc::new(Semaphore::new(1));
    let mut registry = Registry::default();
    for (name, first) in [("a", 0), ("b", 10), ("c", 20)] {
        let carrier = Scripted::new(name);
        carrier.delay(Duration::from_secs(1));
        carrier.stock((first..first + 3).map(number));
        carrier.hold(number(first), host::now());
        let seat = Arc::clone(&seat);
        let entry = AccountEntry::new(Arc::new(Queueing { carrier, seat }));
        registry.insert(entry).unwrap();
    }
    let store = Arc::new(MemoryJournal::default());
    let services = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    (seat, services)
}

/// Reads a piece, and then nothing for a while: the seat comes free all the same, and the rest is there.
async fn leaves_nobody_waiting<T>(seat: &Semaphore, stream: impl Stream<Item = T>) -> usize {
    let mut stream = pin!(stream);
    stream.next().await.unwrap();
    let free = tokio::time::timeout(Duration::from_secs(60), seat.acquire()).await;
    assert!(
        free.is_ok(),
        "the seat is kept while the stream is not read"
    );
    drop(free);
    1 + stream.count().await
}

#[tokio::test(start_paused = true)]
async fn unread_search_stream_does_not_delay_others() {
    let (seat, services) = queueing();
    let request = SearchRequest {
        query: SearchQuery::new(CountryCode::US),
        accounts: Vec::new(),
        sort: SearchSort::default(),
        timeout: Duration::from_secs(30),
    };
    let stream = services.search.stream(&Caller::default(), &request);
    let parts = leaves_nobody_waiting(&seat, stream.unwrap()).await;
    assert_eq!(parts, 3);
}

#[tokio::test(start_paused = true)]
async fn unread_list_stream_does_not_delay_others() {
    let (seat, services) = queueing();
    let request = NumbersRequest {
        query: ListQuery::default(),
        accounts: Vec::new(),
        provider: None,
        limit: 50,
        cursor: None,
        timeout: Duration::from_secs(30),
    };
    let stream = services.numbers.stream(&Caller::default(), &request);
    let pieces = leaves_nobody_waiting(&seat, stream.unwrap()).await;
    assert_eq!(pieces, 6, "a page and an end for each account");
}
