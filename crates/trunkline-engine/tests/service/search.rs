//! One search over several accounts.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::capability::SearchFilter;
use trunkline_core::{Caller, Contains, CountryCode, ErrorKind, SearchQuery, Tenant};
use trunkline_engine::Engine;
use trunkline_engine::{MemoryJournal, Offer, SearchRequest, SearchSort, SourceStatus};
use trunkline_testkit::scripted::Scripted;

use crate::{number, services};

pub(crate) fn request(limit: usize) -> SearchRequest {
    SearchRequest {
        query: SearchQuery {
            limit,
            ..SearchQuery::new(CountryCode::US)
        },
        accounts: Vec::new(),
        sort: SearchSort::default(),
        timeout: Duration::from_secs(5),
    }
}

fn two() -> (Vec<Arc<Scripted>>, Engine) {
    let carriers: Vec<_> = ["a", "b"]
        .iter()
        .map(|name| Arc::new(Scripted::new(name)))
        .collect();
    carriers[0].stock((0..5).map(number));
    carriers[1].stock((10..15).map(number));
    let services = services(&carriers, Arc::new(MemoryJournal::default()));
    (carriers, services)
}

#[tokio::test(start_paused = true)]
async fn all_accounts_are_asked_at_once() {
    let (carriers, services) = two();
    carriers
        .iter()
        .for_each(|carrier| carrier.delay(Duration::from_secs(1)));
    let started = Instant::now();
    let answer = services
        .search
        .run(&Caller::default(), &request(20))
        .await
        .unwrap();
    assert_eq!(answer.numbers.len(), 10);
    assert_eq!(started.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_hanging_account_is_a_timeout_and_the_others_answer_at_the_deadline() {
    let (carriers, services) = two();
    carriers[1].delay(Duration::from_secs(60));
    let started = Instant::now();
    let answer = services
        .search
        .run(&Caller::default(), &request(20))
        .await
        .unwrap();
    assert_eq!(started.elapsed(), Duration::from_secs(5));
    assert_eq!(answer.numbers.len(), 5);
    let statuses: Vec<_> = answer.sources.iter().map(|s| s.status).collect();
    assert_eq!(statuses, [SourceStatus::Ok, SourceStatus::Timeout]);
}

#[tokio::test(start_paused = true)]
async fn filter_that_cannot_be_applied_makes_its_source_unsupported() {
    let (_, services) = two();
    let mut lata = request(20);
    lata.query.lata = Some("722".into());
    let answer = services
        .search
        .run(&Caller::default(), &lata)
        .await
        .unwrap();
    assert!(answer.numbers.is_empty());
    assert_eq!(answer.sources[0].status, SourceStatus::Unsupported);
    assert_eq!(answer.sources[0].filters.unsupported, ["lata"]);
}

#[tokio::test(start_paused = true)]
async fn the_accounts_take_turns_and_the_order_is_always_the_same() {
    let (_, services) = two();
    let answer = services
        .search
        .run(&Caller::default(), &request(4))
        .await
        .unwrap();
    let from: Vec<_> = answer
        .numbers
        .iter()
        .map(|found| found.account.as_str())
        .collect();
    assert_eq!(from, ["a", "b", "a", "b"]);
    let again = services
        .search
        .run(&Caller::default(), &request(4))
        .await
        .unwrap();
    let numbers = |answer: trunkline_engine::SearchAnswer| -> Vec<_> {
        answer
            .numbers
            .into_iter()
            .map(|found| found.available.number)
            .collect()
    };
    assert_eq!(numbers(answer), numbers(again));
}

#[tokio::test(start_paused = true)]
async fn offer_is_bound_to_its_tenant() {
    let (_, services) = two();
    let answer = services
        .search
        .run(&Caller::default(), &request(1))
        .await
        .unwrap();
    let found = &answer.numbers[0];
    let order = Offer::open(&services.sealer, &Tenant::default(), &found.offer)
        .unwrap()
        .order();
    assert_eq!(
        (order.number, &order.account),
        (found.available.number, &found.account)
    );
    let needs = &found.available.address_requirement;
    assert_eq!(order.address_requirement.as_ref(), Some(needs));
    let stranger = "stranger".parse().unwrap();
    let error = Offer::open(&services.sealer, &stranger, &found.offer).unwrap_err();
    assert_eq!(
        (error.kind(), error.fields()[0].field.as_str()),
        (ErrorKind::InvalidRequest, "offer")
    );
}

#[tokio::test(start_paused = true)]
async fn unreadable_rows_are_reported() {
    let (carriers, services) = two();
    carriers[0].garble(3);
    let answer = services
        .search
        .run(&Caller::default(), &request(20))
        .await
        .unwrap();
    assert_eq!(answer.numbers.len(), 10);
    let source = &answer.sources[0];
    assert_eq!(source.status, SourceStatus::Partial);
    let error = source.error.as_ref().unwrap();
    assert_eq!(error.message(), "3 rows of the carrier's could not be read");
}

/// Three numbers that fit a pattern and so many more that don't, at a carrier that can't look for it.
pub(crate) fn few_that_fit(others: u32) -> (Scripted, Contains) {
    let carrier = Scripted::new("us-main").with_local_filter(SearchFilter::Contains);
    carrier.stock((0..3).chain(100..100 + others).map(number));
    carrier.sell_once();
    (carrier, "^41555501".parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn local_filtering_is_reported_and_a_full_page_is_truncated() {
    let (carrier, pattern) = few_that_fit(47);
    let services = services(&[Arc::new(carrier)], Arc::new(MemoryJournal::default()));
    let none: Contains = "^999".parse().unwrap();
    for (pattern, limit, count, truncated) in [
        (&pattern, 20, 3, true),
        (&pattern, 60, 3, false),
        (&none, 20, 0, true),
        (&none, 60, 0, false),
    ] {
        let mut asked = request(limit);
        asked.query.contains = Some(pattern.clone());
        let answer = services.search.run(&Caller::default(), &asked).await;
        let source = &answer.unwrap().sources[0];
        assert_eq!(
            (source.count, source.truncated),
            (count, truncated),
            "{limit}"
        );
        assert_eq!(source.filters.local, ["contains"]);
    }
}
