//! How many accounts a page of a list asks, and what a stream asks of each.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::Instant;
use trunkline_core::host;
use trunkline_core::{Caller, Number, Operation};
use trunkline_engine::{Engine, Listed, MemoryJournal, SourceStatus, Streamed};
use trunkline_testkit::scripted::Scripted;

use crate::numbers::request;
use crate::{number, services};

/// So many accounts, each holding so many numbers and answering after 50 ms.
fn accounts(count: usize, numbers: u32) -> (Vec<Arc<Scripted>>, Engine) {
    let carrier = |at| {
        let carrier = Scripted::new(&format!("a{at:03}"));
        carrier.delay(Duration::from_millis(50));
        (0..numbers).for_each(|n| drop(carrier.hold(number(n), host::now())));
        Arc::new(carrier)
    };
    let carriers: Vec<_> = (0..count).map(carrier).collect();
    let services = services(&carriers, Arc::new(MemoryJournal::default()));
    (carriers, services)
}

async fn page(services: &Engine, limit: usize, cursor: Option<String>) -> Listed<Number> {
    let (caller, request) = (Caller::default(), request(limit, cursor));
    services.numbers.list(&caller, &request).await.unwrap()
}

fn calls(carriers: &[Arc<Scripted>]) -> usize {
    let calls = carriers
        .iter()
        .map(|carrier| carrier.calls(Operation::List));
    calls.sum()
}

#[tokio::test(start_paused = true)]
async fn first_page_asks_few_accounts_and_names_all() {
    let (carriers, services) = accounts(200, 50);
    let first = page(&services, 50, None).await;
    assert_eq!(first.items.len(), 50);
    assert_eq!(calls(&carriers), 4);
    let statuses = first.sources.iter().map(|source| source.status);
    let expected =
        std::iter::once(SourceStatus::Ok).chain(std::iter::repeat(SourceStatus::Pending));
    assert!(statuses.eq(expected.take(200)));
    let second = page(&services, 50, first.next_cursor).await;
    assert_eq!(second.items[0].account.as_str(), "a001");
    assert_eq!(
        calls(&carriers),
        5,
        "a later page asks one account at first"
    );
}

#[tokio::test(start_paused = true)]
async fn pages_over_many_accounts_give_each_number_once_and_in_order() {
    let (_, services) = accounts(40, 7);
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(&services, 10, cursor).await;
        ids.extend(page.items.into_iter().map(|number| number.id.to_string()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ids.len(), 280);
    assert!(ids.is_sorted_by_key(|id| id[..4].to_owned()));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 280);
}

#[tokio::test(start_paused = true)]
async fn many_small_accounts_are_asked_ever_more_at_once() {
    let (_, services) = accounts(200, 0);
    let begun = Instant::now();
    let listed = page(&services, 50, None).await;
    assert!(listed.next_cursor.is_none());
    let took = begun.elapsed();
    assert!(took <= Duration::from_millis(350), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn hanging_accounts_do_not_keep_the_others_from_being_asked() {
    let (carriers, services) = accounts(60, 1);
    for carrier in &carriers[..4] {
        carrier.delay(Duration::from_secs(60));
    }
    let begun = Instant::now();
    let listed = page(&services, 100, None).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    assert_eq!(listed.items.len(), 56);
    let timeouts = listed.sources.iter().map(|source| source.status);
    let timeouts = timeouts.filter(|status| *status == SourceStatus::Timeout);
    assert_eq!(timeouts.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn stream_takes_the_largest_pages_and_ends_with_the_list_alone() {
    let (carriers, services) = accounts(1, 1_000);
    carriers[0].delay(Duration::from_secs(4));
    // The request waits 5 s, which is for each page.
    let stream = services
        .numbers
        .stream(&Caller::default(), &request(1, None));
    let pieces: Vec<_> = stream.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(calls(&carriers), 10);
    let Some(Streamed::Source(source)) = pieces.last() else {
        panic!("no source");
    };
    assert_eq!((source.status, source.count), (SourceStatus::Ok, 1_000));
}

#[tokio::test(start_paused = true)]
async fn stream_that_is_not_read_on_asks_for_no_more_pages() {
    let (carriers, services) = accounts(1, 1_000);
    let stream = services
        .numbers
        .stream(&Caller::default(), &request(1, None));
    let mut stream = Box::pin(stream.unwrap());
    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(
        calls(&carriers),
        3,
        "one is read, one waits, one is at hand"
    );
    drop(stream);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(calls(&carriers), 3);
}
