//! Buying one of several numbers that fit.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use trunkline_core::host;
use trunkline_core::{
    AccountEntry, Caller, CandidateState, CountryCode, Error, ErrorKind, Money, NumberType,
    Operation, Price, Provider, ProviderData, PurchaseOrder, PurchaseState, Registry, Retry,
    SearchQuery, Strategy,
};
use trunkline_engine::Engine;
use trunkline_engine::journal::Record;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{
    Choice, MemoryJournal, Preference, SearchRequest, SearchSort, Started, Timing,
};
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::purchases::error_kind;
use crate::search::few_that_fit;
use crate::{LONG, keyed, number, scope, services};

/// Two carriers, `dear` with the higher priority and `cheap`, with five numbers each.
fn two() -> (Arc<Scripted>, Arc<Scripted>, Engine) {
    let (dear, cheap) = (Scripted::new("dear"), Scripted::new("cheap"));
    dear.stock((0..5).map(number));
    cheap.stock((10..15).map(number));
    let (dear, cheap) = (Arc::new(dear), Arc::new(cheap));
    let mut registry = Registry::default();
    for (carrier, monthly, priority) in [(&dear, "2.00", 10), (&cheap, "1.00", 0)] {
        let mut entry = AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>);
        entry.priority = priority;
        entry.prices = vec![Price {
            country: CountryCode::US,
            number_type: NumberType::Local,
            monthly: Money::parse(monthly, "USD").unwrap(),
            setup: None,
        }];
        registry.insert(entry).unwrap();
    }
    let store = Arc::new(MemoryJournal::default());
    let services = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    (dear, cheap, services)
}

fn ceiling(amount: &str, currency: &str) -> Preference {
    Preference {
        max_monthly_price: Some(Money::parse(amount, currency).unwrap()),
        ..Preference::default()
    }
}

pub(crate) async fn begin(
    services: &Engine,
    key: &str,
    preference: &Preference,
) -> Result<Started, Error> {
    let request = SearchRequest {
        query: SearchQuery::new(CountryCode::US),
        accounts: Vec::new(),
        sort: SearchSort::default(),
        timeout: Duration::from_secs(5),
    };
    let candidates = services
        .search
        .candidates(&Caller::default(), &request, preference)
        .await?;
    let wishes = PurchaseOrder::new(candidates[0].account.clone(), candidates[0].number);
    let choice = Choice {
        criteria: ProviderData::of(&serde_json::json!({"country": "US"})).unwrap(),
        strategy: preference.strategy,
        candidates,
        wishes,
    };
    let purchases = &services.purchases;
    purchases
        .start_choice(keyed(&scope(key), "criteria"), choice)
        .await
}

async fn buy(services: &Engine, key: &str, preference: &Preference) -> Record {
    let id = match begin(services, key, preference).await.unwrap() {
        Started::Fresh(id) => id,
        Started::Known(record) => record.purchase.id,
        Started::Mismatch => panic!("mismatch"),
    };
    services.purchases.wait(&id, LONG).await.unwrap()
}

fn reason(record: &Record, at: usize) -> &str {
    record.purchase.candidates[at].reason.as_deref().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_cheapest_is_bought_and_it_says_why() {
    let (dear, _, services) = two();
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
    assert_eq!(record.purchase.account.as_str(), "cheap");
    assert_eq!(record.purchase.price, Money::parse("1.00", "USD").ok());
    assert_eq!(record.purchase.candidates.len(), 10);
    assert_eq!(reason(&record, 0), "the cheapest of those left");
    let attempt = &record.purchase.attempts[0];
    assert_eq!(
        attempt.reason.as_deref(),
        Some("the cheapest of those left")
    );
    assert_eq!(record.purchase.candidates[1].state, CandidateState::Waiting);
    assert_eq!(
        record.purchase.criteria.unwrap().as_json(),
        r#"{"country":"US"}"#
    );
    assert_eq!(dear.calls(Operation::Purchase), 0);
}

#[tokio::test(start_paused = true)]
async fn by_priority_the_account_decides_and_not_the_price() {
    let (_, _, services) = two();
    let preference = Preference {
        strategy: Strategy::Priority,
        ..Preference::default()
    };
    let record = buy(&services, "key", &preference).await;
    assert_eq!(record.purchase.account.as_str(), "dear");
}

#[tokio::test(start_paused = true)]
async fn after_a_refusal_the_next_is_bought_and_both_are_shown() {
    let (_, cheap, services) = two();
    let gone = Error::new(ErrorKind::NotAvailable, "sold a moment ago");
    cheap.plan([Sale::Refused(gone)]);
    let record = buy(&services, "key", &Preference::default()).await;
    let purchase = &record.purchase;
    assert_eq!(purchase.state, PurchaseState::Succeeded);
    assert_eq!(purchase.number, number(11));
    assert_eq!(
        (purchase.attempts[0].number, purchase.attempts[0].state),
        (number(10), PurchaseState::Failed)
    );
    assert_eq!(reason(&record, 0), "refused: sold a moment ago");
    assert_eq!(
        reason(&record, 1),
        "the one before was refused: sold a moment ago"
    );
    assert_eq!(cheap.held(), [number(11)]);
    // The claim on the refused one is free again.
    let order = PurchaseOrder::new("cheap".parse().unwrap(), number(10));
    assert!(
        services
            .purchases
            .start(keyed(&scope("other"), "f"), order)
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn held_candidate_is_skipped_before_sending() {
    let (_, cheap, services) = two();
    cheap.hold(number(10), host::now());
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(record.purchase.number, number(11));
    assert_eq!(cheap.calls(Operation::Purchase), 1);
}

#[tokio::test(start_paused = true)]
async fn absence_alone_never_leads_to_another_purchase() {
    let (dear, cheap, services) = two();
    cheap.plan([Sale::LostBefore]);
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(
        (record.purchase.state, error_kind(&record)),
        (PurchaseState::Failed, Some(ErrorKind::Timeout))
    );
    assert_eq!(record.purchase.attempts.len(), 1);
    assert_eq!(
        (
            cheap.calls(Operation::Purchase),
            dear.calls(Operation::Purchase)
        ),
        (1, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn number_found_absent_is_passed_over_while_it_may_come_late() {
    let (_, cheap, services) = two();
    cheap.plan([Sale::LostBefore]);
    let absent = buy(&services, "key", &Preference::default()).await;
    assert_eq!(absent.purchase.number, number(10));
    // The lease on the candidate is over by then.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let next = buy(&services, "other", &Preference::default()).await;
    assert_eq!(next.purchase.number, number(11));
    assert!(reason(&next, 0).contains("may still be carried out"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_about_the_account_passes_over_all_its_numbers() {
    let (_, cheap, services) = two();
    let broke = Error::new(ErrorKind::PaymentRequired, "no credit");
    cheap.plan([Sale::Refused(broke)]);
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(record.purchase.account.as_str(), "dear");
    assert_eq!(cheap.calls(Operation::Purchase), 1);
    assert_eq!(reason(&record, 4), "its account refused another: no credit");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_refuses_one_number_after_another_is_passed_over() {
    let (_, cheap, services) = two();
    let invalid = || Sale::Refused(Error::new(ErrorKind::InvalidRequest, "refused"));
    cheap.plan((0..5).map(|_| invalid()));
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(record.purchase.account.as_str(), "dear");
    assert_eq!(cheap.calls(Operation::Purchase), 3);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_looked_at_is_passed_over() {
    let (_, cheap, services) = two();
    let away = Error::new(ErrorKind::UpstreamUnavailable, "away");
    cheap.fail(Operation::FindOwned, [away]);
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(record.purchase.account.as_str(), "dear");
    assert_eq!(cheap.calls(Operation::Purchase), 0);
}

#[tokio::test(start_paused = true)]
async fn last_refusal_is_reported_when_every_candidate_is_refused() {
    let (dear, cheap, services) = two();
    let gone = || Sale::Refused(Error::new(ErrorKind::NotAvailable, "gone"));
    cheap.plan((0..5).map(|_| gone()));
    dear.plan((0..5).map(|_| gone()));
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(
        (record.purchase.state, error_kind(&record)),
        (PurchaseState::Failed, Some(ErrorKind::NotAvailable))
    );
    assert_eq!(record.purchase.attempts.len(), 10);
    // They are gone, which says nothing of others: the key may be used again.
    assert!(record.may_start_over());
    let all = record.purchase.candidates;
    assert!(all.iter().all(|c| c.state == CandidateState::PassedOver));
    let record = buy(&services, "key", &Preference::default()).await;
    assert_eq!(record.purchase.state, PurchaseState::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn contended_candidates_lead_to_another_search() {
    let (dear, cheap, services) = two();
    let busy = Duration::from_secs(1);
    cheap.delay(busy);
    dear.delay(busy);
    for (account, numbers) in [("cheap", 10..15), ("dear", 0..5)] {
        for at in numbers {
            let order = PurchaseOrder::new(account.parse().unwrap(), number(at));
            let key = format!("{account}-{at}");
            let purchases = &services.purchases;
            purchases
                .start(keyed(&scope(&key), "f"), order)
                .await
                .unwrap();
        }
    }
    let refused = begin(&services, "key", &Preference::default()).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotAvailable);
    assert_eq!(refused.retry_after(), Some(busy));
}

#[tokio::test(start_paused = true)]
async fn no_ceiling_lets_a_dearer_an_unknown_or_a_foreign_price_pass() {
    let (dear, cheap, services) = two();
    let record = buy(&services, "key", &ceiling("1.50", "USD")).await;
    assert_eq!(record.purchase.account.as_str(), "cheap");
    let last = record.purchase.candidates.last().unwrap();
    assert_eq!(last.state, CandidateState::PassedOver);
    assert_eq!(
        last.reason.as_deref(),
        Some("2.00 USD a month is not within 1.50 USD")
    );
    for (amount, currency) in [("0.50", "USD"), ("5.00", "EUR")] {
        let refused = begin(&services, "other", &ceiling(amount, currency)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotAvailable);
        assert!(refused.message().contains("is not within"), "{refused}");
    }
    assert_eq!(
        dear.calls(Operation::Purchase) + cheap.calls(Operation::Purchase),
        1
    );
    let unknown = Arc::new(Scripted::new("unknown"));
    unknown.stock([number(1)]);
    let store = Arc::new(MemoryJournal::default());
    let services = crate::services(&[unknown], store);
    let refused = begin(&services, "key", &ceiling("99", "USD")).await;
    assert!(
        refused
            .unwrap_err()
            .message()
            .contains("price is not known")
    );
}

#[tokio::test(start_paused = true)]
async fn buyers_at_once_never_contend_for_the_same_number() {
    let (dear, cheap, services) = two();
    let services = &services;
    let buyers = (0..10).map(|buyer| async move {
        let key = format!("key-{buyer}");
        buy(services, &key, &Preference::default()).await
    });
    let bought: HashSet<_> = join_all(buyers)
        .await
        .into_iter()
        .map(|record| {
            assert_eq!(record.purchase.state, PurchaseState::Succeeded);
            record.purchase.number
        })
        .collect();
    assert_eq!(bought.len(), 10);
    assert_eq!(
        dear.calls(Operation::Purchase) + cheap.calls(Operation::Purchase),
        10
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_key_buys_once() {
    let (_, cheap, services) = two();
    let first = buy(&services, "key", &Preference::default()).await;
    let second = buy(&services, "key", &Preference::default()).await;
    assert_eq!(first.purchase.id, second.purchase.id);
    assert_eq!(cheap.held().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_fits_is_final_only_if_all_were_shown() {
    let (carrier, _) = few_that_fit(47);
    let services = services(&[Arc::new(carrier)], Arc::new(MemoryJournal::default()));
    for (limit, retry) in [(20, Retry::Backoff), (60, Retry::Never)] {
        let request = SearchRequest {
            query: SearchQuery {
                limit,
                contains: "^999".parse().ok(),
                ..SearchQuery::new(CountryCode::US)
            },
            accounts: Vec::new(),
            sort: SearchSort::default(),
            timeout: Duration::from_secs(5),
        };
        let (caller, preference) = (Caller::default(), Preference::default());
        let candidates = services.search.candidates(&caller, &request, &preference);
        let error = candidates.await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::NotAvailable, retry)
        );
        let may_have_more = error.message().contains("it may have more");
        assert_eq!(may_have_more, retry == Retry::Backoff, "{error}");
    }
}
