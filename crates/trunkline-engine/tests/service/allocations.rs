//! Many purchases as one undertaking.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use trunkline_core::{
    Allocation, AllocationId, AllocationItem, AllocationMode, AllocationState, Caller, CountryCode,
    E164, Error, ErrorKind, GivenBackState, ItemState, Operation, Provider, ProviderData,
    PurchaseState, SearchQuery, Tenant, Wishes,
};
use trunkline_engine::Engine;
use trunkline_engine::allocations::{AllocationRecord, AllocationRequest, Begun};
use trunkline_engine::journal::{Begin, PurchaseFilter, Scope};
use trunkline_engine::{MemoryJournal, Preference, Resolution, SearchRequest, SearchSort, Store};
use trunkline_testkit::journal_contract::draft::purchase;
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::search::few_that_fit;
use crate::{LONG, number, services};

/// A carrier that sells so many numbers, once each.
fn carrier(name: &str, stock: std::ops::Range<u32>) -> Scripted {
    let carrier = Scripted::new(name);
    carrier.stock(stock.map(number));
    carrier.sell_once();
    carrier
}

fn over(carrier: Scripted) -> (Arc<Scripted>, Arc<dyn Store>, Engine) {
    let carrier = Arc::new(carrier);
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    (carrier, store, services)
}

fn ask(key: &str, count: usize, mode: AllocationMode) -> AllocationRequest {
    AllocationRequest {
        idempotency_key: key.parse().unwrap(),
        fingerprint: "f".to_owned(),
        search: SearchRequest {
            query: SearchQuery::new(CountryCode::US),
            accounts: Vec::new(),
            sort: SearchSort::default(),
            timeout: Duration::from_secs(5),
        },
        preference: Preference::default(),
        criteria: ProviderData::of(&serde_json::json!({"country": "US"})).unwrap(),
        wishes: Wishes {
            label: Some("Pool".to_owned()),
            ..Wishes::default()
        },
        count,
        mode,
        minimum: None,
        release_on_failure: false,
    }
}

async fn begin(services: &Engine, request: AllocationRequest) -> AllocationId {
    let caller = Caller::default();
    let begun = services.allocations.start(&caller, request);
    match begun.await.unwrap() {
        Begun::Fresh(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn wait(services: &Engine, id: &AllocationId) -> Allocation {
    let allocations = &services.allocations;
    allocations
        .wait(&Caller::default(), id, LONG)
        .await
        .unwrap()
}

async fn allocate(services: &Engine, request: AllocationRequest) -> Allocation {
    let id = begin(services, request).await;
    wait(services, &id).await
}

fn refused(kind: ErrorKind) -> Sale {
    Sale::Refused(Error::new(kind, "no"))
}

fn bought(allocation: &Allocation) -> HashSet<E164> {
    let held = allocation.items.iter().filter(|item| item.is_held());
    held.filter_map(|item| item.number).collect()
}

fn kind(allocation: &Allocation) -> Option<ErrorKind> {
    allocation.error.as_ref().map(Error::kind)
}

#[tokio::test(start_paused = true)]
async fn each_number_of_an_allocation_has_its_own_purchase() {
    let (carrier, store, services) = over(carrier("us-main", 0..60));
    let request = ask("key", 25, AllocationMode::AllOrNothing);
    let allocation = allocate(&services, request).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!((bought(&allocation).len(), carrier.held().len()), (25, 25));
    assert_eq!(carrier.calls(Operation::Purchase), 25);
    let mut keys = HashSet::new();
    for item in &allocation.items {
        let id = item.purchase.clone().unwrap();
        let purchase = store.load(&id).await.unwrap().unwrap().purchase;
        assert_eq!(item.number_id, purchase.number_id);
        assert_eq!(purchase.held.unwrap().label.as_deref(), Some("Pool"));
        let key = format!("{}-{}", allocation.id, item.item);
        assert_eq!(purchase.idempotency_key.as_str(), key);
        keys.insert(key);
    }
    assert_eq!(keys.len(), 25);
}

#[tokio::test(start_paused = true)]
async fn best_effort_buys_the_available_numbers_and_says_why_it_stopped() {
    let (carrier, _, services) = over(carrier("us-main", 0..7));
    let allocation = allocate(&services, ask("key", 10, AllocationMode::BestEffort)).await;
    assert_eq!(allocation.state, AllocationState::Partial);
    assert_eq!((bought(&allocation).len(), carrier.held().len()), (7, 7));
    assert_eq!(carrier.calls(Operation::Purchase), 7);
    assert_eq!(kind(&allocation), Some(ErrorKind::NotAvailable));
    assert_eq!(allocation.counts().wanted, 10);
}

#[tokio::test(start_paused = true)]
async fn with_nothing_on_offer_it_fails() {
    let (carrier, _, services) = over(carrier("us-main", 0..0));
    let allocation = allocate(&services, ask("key", 1, AllocationMode::BestEffort)).await;
    assert_eq!(allocation.state, AllocationState::Failed);
    assert_eq!(kind(&allocation), Some(ErrorKind::NotAvailable));
    assert_eq!(carrier.calls(Operation::Purchase), 0);
}

#[tokio::test(start_paused = true)]
async fn insufficient_stock_buys_nothing() {
    let (carrier, _, services) = over(carrier("us-main", 0..7));
    let allocation = allocate(&services, ask("all", 8, AllocationMode::AllOrNothing)).await;
    assert_eq!(allocation.state, AllocationState::Failed);
    let mut request = ask("least", 10, AllocationMode::AtLeast);
    request.minimum = Some(8);
    let allocation = allocate(&services, request).await;
    assert_eq!(allocation.state, AllocationState::Failed);
    assert_eq!(kind(&allocation), Some(ErrorKind::NotAvailable));
    assert_eq!(carrier.calls(Operation::Purchase), 0);
}

#[tokio::test(start_paused = true)]
async fn allocation_succeeds_at_its_minimum_and_tries_for_more() {
    let (_, _, services) = over(carrier("us-main", 0..7));
    let mut request = ask("key", 10, AllocationMode::AtLeast);
    request.minimum = Some(5);
    let allocation = allocate(&services, request).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!(bought(&allocation).len(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_lost_race_pulls_the_next_candidate() {
    let (carrier, _, services) = over(carrier("us-main", 0..20));
    carrier.plan((0..3).map(|_| refused(ErrorKind::NotAvailable)));
    let allocation = allocate(&services, ask("key", 10, AllocationMode::AllOrNothing)).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!(carrier.calls(Operation::Purchase), 13);
    assert_eq!(carrier.held().len(), 10);
}

/// Five are sold, then the money is gone.
fn five_then_none() -> Scripted {
    let carrier = carrier("us-main", 0..40);
    carrier.plan((0..5).map(|_| Sale::Sold));
    carrier.plan((0..40).map(|_| refused(ErrorKind::PaymentRequired)));
    carrier
}

#[tokio::test(start_paused = true)]
async fn failed_allocation_stops_and_keeps_its_purchases() {
    let (carrier, _, services) = over(five_then_none());
    let allocation = allocate(&services, ask("key", 20, AllocationMode::AllOrNothing)).await;
    assert_eq!(allocation.state, AllocationState::Failed);
    assert_eq!((bought(&allocation).len(), carrier.held().len()), (5, 5));
    // Those that were under way already, and none after.
    let calls = carrier.calls(Operation::Purchase);
    assert!(calls <= 13, "{calls}");
    assert_eq!(carrier.calls(Operation::Release), 0);
    let error = allocation.error.unwrap();
    assert!(
        error.message().contains("us-main sells no more: no"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn failed_allocation_releases_its_purchases_on_request() {
    let (carrier, _, services) = over(five_then_none());
    let mut request = ask("key", 20, AllocationMode::AllOrNothing);
    request.release_on_failure = true;
    let allocation = allocate(&services, request).await;
    assert_eq!(allocation.state, AllocationState::Failed);
    let counts = allocation.counts();
    assert_eq!((counts.bought, counts.released), (0, 5));
    assert_eq!(carrier.held(), []);
}

#[tokio::test(start_paused = true)]
async fn number_not_yet_releasable_is_kept_with_reason_and_date() {
    let (carrier, _, services) = over(five_then_none().with_release_cooldown(14));
    let mut request = ask("key", 20, AllocationMode::AllOrNothing);
    request.release_on_failure = true;
    let allocation = allocate(&services, request).await;
    assert_eq!(allocation.counts().bought, 5);
    let kept = allocation
        .items
        .iter()
        .filter_map(|i| i.given_back.as_ref());
    for kept in kept {
        assert_eq!(kept.state, GivenBackState::Kept);
        assert!(kept.at.unwrap() > allocation.created_at);
        assert!(kept.reason.as_ref().unwrap().contains("too recently"));
    }
    assert_eq!(carrier.held().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn refusing_account_is_not_asked_again_and_the_other_continues() {
    let poor = Arc::new(carrier("a-poor", 0..30));
    poor.plan((0..30).map(|_| refused(ErrorKind::PaymentRequired)));
    let rich = Arc::new(carrier("rich", 30..60));
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = services(&[Arc::clone(&poor), Arc::clone(&rich)], store);
    let allocation = allocate(&services, ask("key", 20, AllocationMode::AllOrNothing)).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!(rich.held().len(), 20);
    // At most those that were under way at once.
    assert!(poor.calls(Operation::Purchase) <= 8);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_keeps_its_place_until_it_is_settled() {
    let (carrier, _, services) = over(carrier("us-main", 0..40));
    carrier.plan([Sale::LostAfter, Sale::Sold, Sale::LostAfter]);
    let allocation = allocate(&services, ask("key", 12, AllocationMode::AllOrNothing)).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!((allocation.items.len(), carrier.held().len()), (12, 12));
    assert_eq!(carrier.calls(Operation::Purchase), 12);
}

#[tokio::test(start_paused = true)]
async fn absent_number_is_bought_again_where_a_repeated_purchase_is_safe() {
    let (carrier, _, services) = over(carrier("us-main", 0..40).with_safe_repeats());
    carrier.plan([Sale::LostBefore]);
    let allocation = allocate(&services, ask("key", 5, AllocationMode::AllOrNothing)).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!(carrier.held().len(), 5);
    let counts = allocation.counts();
    assert_eq!((counts.bought, counts.failed), (5, 1));
    let absent = allocation.items.iter().find(|item| item.presumed).unwrap();
    assert!(bought(&allocation).contains(&absent.number.unwrap()));
}

/// Offers a number until it has sold it, as slow carriers do.
fn slow(last: u32) -> Scripted {
    let carrier = Scripted::new("us-main");
    carrier.stock((0..last).map(number));
    carrier.plan([Sale::Late(Duration::from_secs(50))]);
    carrier
}

/// One number, and what became of it in the end.
async fn one_of(services: &Engine, mode: AllocationMode) -> [Allocation; 2] {
    services.start().unwrap();
    let first = allocate(services, ask("key", 1, mode)).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let last = wait(services, &first.id).await;
    [first, last]
}

#[tokio::test(start_paused = true)]
async fn no_other_number_is_bought_while_the_first_may_come_late() {
    for mode in [AllocationMode::BestEffort, AllocationMode::AllOrNothing] {
        let (carrier, _, services) = over(slow(5));
        let [first, last] = one_of(&services, mode).await;
        assert_eq!(kind(&first), Some(ErrorKind::Timeout));
        assert_eq!(last.state, AllocationState::Succeeded);
        assert!(last.items.len() == 1 && last.items[0].late, "{last:?}");
        assert_eq!(carrier.calls(Operation::Purchase), 1);
        assert_eq!(carrier.held().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn late_purchase_and_its_repeat_are_one_number() {
    let (carrier, _, services) = over(slow(5).with_safe_repeats());
    let [_, last] = one_of(&services, AllocationMode::BestEffort).await;
    assert_eq!(last.state, AllocationState::Succeeded);
    assert_eq!((last.counts().bought, carrier.held().len()), (1, 1));
    let numbers: HashSet<_> = last.items.iter().map(|item| item.number).collect();
    assert_eq!(numbers.len(), 1, "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn persons_verdict_makes_room_for_another_number() {
    let (carrier, _, services) = over(carrier("us-main", 0..5));
    carrier.plan([Sale::LostBefore]);
    let id = begin(&services, ask("key", 1, AllocationMode::BestEffort)).await;
    while carrier.calls(Operation::Purchase) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let away = || {
        Error::new(ErrorKind::UpstreamUnavailable, "away")
            .with_retry(trunkline_core::Retry::Backoff)
    };
    carrier.fail(Operation::FindOwned, (0..8).map(|_| away()));
    let (caller, all) = (Caller::default(), PurchaseFilter::default());
    let purchase = loop {
        let record = services
            .purchases
            .list(&caller, &all, 1)
            .await
            .unwrap()
            .remove(0);
        if record.purchase.state == PurchaseState::Unknown {
            break record.purchase.id;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    let verdict = Resolution {
        provider_id: None,
        reason: "not in the console",
    };
    carrier.recover(Operation::FindOwned);
    let resolved = services.purchases.resolve(&caller, &purchase, verdict);
    assert!(resolved.await.unwrap().is_decided_by_person());
    let allocation = wait(&services, &id).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!(carrier.calls(Operation::Purchase), 2);
}

#[tokio::test(start_paused = true)]
async fn absent_number_off_sale_is_not_replaced_and_may_come_late() {
    let (carrier, _, services) = over(carrier("us-main", 0..40));
    carrier.plan([Sale::Late(Duration::from_secs(90))]);
    services.start().unwrap();
    let allocation = allocate(&services, ask("key", 5, AllocationMode::BestEffort)).await;
    assert_eq!(allocation.state, AllocationState::Partial);
    assert_eq!(kind(&allocation), Some(ErrorKind::Timeout));
    assert_eq!(carrier.calls(Operation::Purchase), 5);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let allocation = wait(&services, &allocation.id).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert!(allocation.items.iter().any(|item| item.late));
}

#[tokio::test(start_paused = true)]
async fn all_or_nothing_stops_at_an_unknown_purchase() {
    let (carrier, _, services) = over(carrier("us-main", 0..100));
    carrier.plan([Sale::Late(LONG)]);
    let allocation = allocate(&services, ask("key", 90, AllocationMode::AllOrNothing)).await;
    assert_eq!(allocation.state, AllocationState::Failed);
    assert_eq!(kind(&allocation), Some(ErrorKind::Timeout));
}

#[tokio::test(start_paused = true)]
async fn allocators_at_once_never_contend_for_the_same_number() {
    let (carrier, _, services) = over(carrier("us-main", 0..60));
    carrier.delay(Duration::from_millis(100));
    let services = &services;
    let allocators = (0..30).map(|index| async move {
        let request = ask(&format!("key-{index}"), 4, AllocationMode::BestEffort);
        allocate(services, request).await
    });
    let allocations = join_all(allocators).await;
    let numbers: Vec<_> = allocations.iter().flat_map(bought).collect();
    let distinct: HashSet<_> = numbers.iter().collect();
    assert_eq!((numbers.len(), distinct.len()), (60, 60));
    assert_eq!(carrier.calls(Operation::Purchase), 60);
}

#[tokio::test(start_paused = true)]
async fn accounts_sharing_a_stock_do_not_contend() {
    let sellers = ["one", "two"].map(|name| Arc::new(carrier(name, 0..10)));
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = &services(&sellers, store);
    let allocators = sellers.iter().map(|seller| async move {
        let name = Provider::account(&**seller).as_str();
        let mut request = ask(name, 5, AllocationMode::AllOrNothing);
        request.search.accounts = vec![name.to_owned()];
        allocate(services, request).await
    });
    let allocations = join_all(allocators).await;
    let distinct: HashSet<_> = allocations.iter().flat_map(bought).collect();
    assert_eq!(distinct.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn same_key_finds_the_allocation_and_another_request_is_a_mismatch() {
    let (carrier, _, services) = over(carrier("us-main", 0..10));
    let request = ask("key", 3, AllocationMode::BestEffort);
    let first = allocate(&services, request.clone()).await;
    let caller = Caller::default();
    let again = services.allocations.start(&caller, request.clone()).await;
    assert_eq!(again.unwrap(), Begun::Known(first.id));
    let mut other = request;
    other.fingerprint = "g".to_owned();
    let other = services.allocations.start(&caller, other).await;
    assert_eq!(other.unwrap(), Begun::Mismatch);
    assert_eq!(carrier.held().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn allocation_is_continued_exactly_by_another_process() {
    let (carrier, store, first) = over(carrier("us-main", 0..60));
    carrier.delay(Duration::from_millis(300));
    let id = begin(&first, ask("key", 30, AllocationMode::AllOrNothing)).await;
    while carrier.held().len() < 10 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    first.shutdown().await;
    assert!(carrier.held().len() < 30);
    let second = services(&[Arc::clone(&carrier)], store);
    second.start().unwrap();
    let allocation = wait(&second, &id).await;
    assert_eq!(allocation.state, AllocationState::Succeeded);
    assert_eq!((bought(&allocation).len(), carrier.held().len()), (30, 30));
    assert_eq!(carrier.calls(Operation::Purchase), 30);
}

#[tokio::test(start_paused = true)]
async fn item_key_of_a_lost_process_is_used_up() {
    let (carrier, store, services) = over(carrier("us-main", 0..10));
    let mut record: AllocationRecord =
        trunkline_testkit::journal_contract::allocations::allocation("default", "key");
    record.search = ask("key", 3, AllocationMode::BestEffort).search;
    record.allocation.items = vec![AllocationItem::new(1)];
    record.last_item = 1;
    store.begin_allocation(&record).await.unwrap();
    let id = record.allocation.id;
    services.start().unwrap();
    let allocation = wait(&services, &id).await;
    assert_eq!(carrier.held().len(), 3);
    let items: Vec<_> = allocation.items.iter().map(|item| item.item).collect();
    assert_eq!(items, [2, 3, 4]);
    // The key that the lost process would use is used up.
    let scope = Scope {
        tenant: Tenant::default(),
        route: "POST /v1/allocations".to_owned(),
        key: format!("{id}-1").parse().unwrap(),
    };
    let begun = store.begin(&scope, &purchase(0), "late").await.unwrap();
    assert_eq!(begun, Begin::Mismatch);
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_fails_for_a_while_is_waited_for() {
    let (carrier, _, services) = over(carrier("us-main", 0..20));
    let away = || {
        Error::new(ErrorKind::UpstreamUnavailable, "away")
            .with_retry(trunkline_core::Retry::Backoff)
    };
    carrier.fail(Operation::SearchAvailable, (0..3).map(|_| away()));
    carrier.fail(Operation::FindOwned, (0..6).map(|_| away()));
    let allocation = allocate(&services, ask("key", 10, AllocationMode::AllOrNothing)).await;
    assert_eq!(
        allocation.state,
        AllocationState::Succeeded,
        "{allocation:?}"
    );
    assert_eq!(carrier.held().len(), 10);
}

#[tokio::test]
async fn invalid_allocation_is_rejected_naming_the_field() {
    let (_, _, services) = over(carrier("us-main", 0..1));
    let request = |change: fn(&mut AllocationRequest)| {
        let mut request = ask("key", 3, AllocationMode::AtLeast);
        request.minimum = Some(2);
        change(&mut request);
        request
    };
    let cases: [(AllocationRequest, &str); 5] = [
        (request(|r| r.count = 0), "count"),
        (request(|r| r.count = 101), "count"),
        (request(|r| r.minimum = None), "minimum"),
        (request(|r| r.minimum = Some(4)), "minimum"),
        (
            request(|r| r.mode = AllocationMode::AllOrNothing),
            "minimum",
        ),
    ];
    let caller = Caller::default();
    for (request, field) in cases {
        let refused = services.allocations.start(&caller, request);
        assert_eq!(refused.await.unwrap_err().fields()[0].field, field);
    }
    let mut request = ask("key", 1, AllocationMode::BestEffort);
    request.search.accounts = vec!["nobody".to_owned()];
    let refused = services.allocations.start(&caller, request);
    assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn caller_limited_to_some_accounts_sees_only_allocations_within_them() {
    let (_, _, services) = over(carrier("us-main", 0..9));
    let limited = |accounts: &[&str]| Caller {
        accounts: Some(accounts.iter().map(|name| name.parse().unwrap()).collect()),
        ..Caller::default()
    };
    let of_all = allocate(&services, ask("all", 1, AllocationMode::BestEffort)).await;
    let request = ask("some", 1, AllocationMode::BestEffort);
    let some = limited(&["us-main"]);
    let Begun::Fresh(of_some) = services.allocations.start(&some, request).await.unwrap() else {
        panic!("fresh");
    };
    let sees = async |caller: &Caller, id| services.allocations.get(caller, id).await.is_ok();
    assert!(sees(&some, &of_some).await);
    assert!(!sees(&some, &of_all.id).await);
    assert!(!sees(&limited(&["emea"]), &of_some).await);
    assert!(sees(&Caller::default(), &of_some).await);
    let listed = services.allocations.list(&some, None, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(
        !listed[0]
            .items
            .iter()
            .any(|item| item.state == ItemState::Failed)
    );
}

#[tokio::test(start_paused = true)]
async fn too_few_numbers_is_final_only_if_all_were_shown() {
    // A search shows a hundred at most.
    for (others, bought_before_it_fails) in [(147, 3), (47, 0)] {
        let (carrier, pattern) = few_that_fit(others);
        let (carrier, _, services) = over(carrier);
        let mut request = ask("key", 5, AllocationMode::AllOrNothing);
        request.search.query.contains = Some(pattern);
        let allocation = allocate(&services, request).await;
        assert_eq!(allocation.state, AllocationState::Failed);
        assert_eq!(kind(&allocation), Some(ErrorKind::NotAvailable));
        let purchases = carrier.calls(Operation::Purchase);
        assert_eq!(purchases, bought_before_it_fails, "{others} others");
        let why = allocation.error.unwrap();
        let certain = why.message().contains("can be had at most");
        assert_eq!(certain, others == 47, "{why}");
    }
}
