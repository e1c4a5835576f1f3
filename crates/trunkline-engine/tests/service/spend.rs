//! What the purchases of an account may cost together.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use trunkline_core::Ceilings;
use trunkline_core::{
    AccountEntry, Caller, CandidateState, Effect, Error, ErrorKind, Money, NumberType, Operation,
    PriceSource, PurchaseOrder, PurchaseState, Registry, Retry,
};
use trunkline_engine::Engine;
use trunkline_engine::seal::Sealer;
use trunkline_engine::spend::{Spending, spending};
use trunkline_engine::{MemoryJournal, Preference, Released, Started, Store, Timing};
use trunkline_testkit::scripted::{Sale, Scripted, ceilings, money, priced};

use crate::choice::begin;
use crate::purchases::{buy, error_kind};
use crate::{LONG, keyed, number, order, scope};

pub(crate) fn over(entries: impl IntoIterator<Item = AccountEntry>) -> Engine {
    let mut registry = Registry::default();
    for entry in entries {
        registry.insert(entry).unwrap();
    }
    let store = Arc::new(MemoryJournal::default());
    Engine::new(registry, store, Sealer::new(b"test"), Timing::default())
}

fn one(ceilings: Ceilings) -> (Arc<Scripted>, Engine) {
    let carrier = Arc::new(Scripted::new("us-main"));
    let services = over([priced(&carrier, ceilings)]);
    (carrier, services)
}

async fn start(services: &Engine, key: &str, order: PurchaseOrder) -> Result<Started, Error> {
    services
        .purchases
        .start(keyed(&scope(key), key), order)
        .await
}

async fn spent(services: &Engine, account: &str) -> Spending {
    let entry = services.registry.get(account).unwrap();
    spending(&entry, &*services.store).await.unwrap()
}

async fn monthly(services: &Engine) -> String {
    let (_, committed) = spent(services, "us-main").await.monthly.unwrap();
    committed.to_string()
}

#[tokio::test(start_paused = true)]
async fn purchase_over_the_ceiling_is_rejected_before_sending() {
    let (carrier, services) = one(ceilings("2.00"));
    let first = buy(&services, "a", order("us-main", 1)).await;
    assert_eq!(first.purchase.state, PurchaseState::Succeeded);
    let looks = carrier.calls(Operation::FindOwned);
    let refused = start(&services, "b", order("us-main", 2))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.retry(), refused.effect()),
        (ErrorKind::PaymentRequired, Retry::Never, Effect::None)
    );
    assert_eq!(
        refused.message(),
        "1.15 USD more a month would pass the ceiling of 2.00 USD (spend.monthly): 1.15 USD are \
         committed"
    );
    assert_eq!(carrier.calls(Operation::FindOwned), looks);
    assert_eq!(services.store.find_key(&scope("b")).await.unwrap(), None);
    assert_eq!(monthly(&services).await, "1.15 USD");
}

#[tokio::test(start_paused = true)]
async fn setup_fees_have_a_ceiling_of_their_own() {
    let (_, services) = one(Ceilings {
        monthly: None,
        setup: Some(money("0.99")),
    });
    buy(&services, "a", order("us-main", 1)).await;
    let refused = start(&services, "b", order("us-main", 2))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PaymentRequired);
    assert!(refused.message().contains("spend.setup"), "{refused}");
    let shown = spent(&services, "us-main").await;
    assert_eq!(shown.setup, Some((money("0.99"), money("0.50"))));
    assert_eq!(shown.monthly, None);
}

#[tokio::test(start_paused = true)]
async fn a_number_named_by_its_account_has_the_price_of_its_kind() {
    let (_, services) = one(Ceilings::default());
    let purchase = buy(&services, "key", order("us-main", 1)).await.purchase;
    assert_eq!(
        (purchase.price, purchase.setup_price, purchase.price_source),
        (
            Some(money("1.15")),
            Some(money("0.50")),
            PriceSource::Config
        )
    );
}

#[tokio::test(start_paused = true)]
async fn under_a_ceiling_the_carriers_price_list_is_asked_and_goes_first() {
    let list = [(NumberType::Local, money("3.00"))];
    let carrier = Arc::new(Scripted::new("us-main").with_prices(list));
    let services = over([priced(&carrier, ceilings("2.99"))]);
    let refused = start(&services, "a", order("us-main", 1))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PaymentRequired);
    let services = over([priced(&carrier, ceilings("3.00"))]);
    let purchase = buy(&services, "b", order("us-main", 1)).await.purchase;
    assert_eq!(
        (purchase.price, purchase.price_source),
        (Some(money("3.00")), PriceSource::Carrier)
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_price_or_another_currency_passes_no_ceiling() {
    let (carrier, _) = one(ceilings("99"));
    let mut unknown = priced(&carrier, ceilings("99"));
    unknown.prices.clear();
    let mut foreign = priced(&carrier, ceilings("99"));
    foreign.ceilings.monthly = Money::parse("99", "EUR").ok();
    for (entry, why) in [
        (
            unknown,
            "the monthly price is not known, so it can't pass the ceiling of 99 USD",
        ),
        (
            foreign,
            "a monthly price of 1.15 USD is not within the ceiling of 99 EUR",
        ),
    ] {
        let services = over([entry]);
        let refused = start(&services, "key", order("us-main", 1))
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PaymentRequired);
        let expected = format!("{why} (spend.monthly)");
        assert_eq!(refused.message(), expected);
    }
    assert_eq!(carrier.calls(Operation::Purchase), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_a_release_make_room_again() {
    let (carrier, services) = one(ceilings("1.15"));
    let gone = Error::new(ErrorKind::NotAvailable, "sold a moment ago");
    carrier.plan([Sale::Refused(gone)]);
    let refused = buy(&services, "a", order("us-main", 1)).await;
    assert_eq!(error_kind(&refused), Some(ErrorKind::NotAvailable));
    assert_eq!(monthly(&services).await, "0.00 USD");
    let bought = buy(&services, "b", order("us-main", 2)).await;
    assert_eq!(monthly(&services).await, "1.15 USD");
    let id = bought.purchase.number_id.unwrap();
    let caller = Caller::default();
    let released = services.numbers.release(&caller, id.as_str()).await;
    assert_eq!(released.unwrap(), Released::Now(id));
    assert_eq!(monthly(&services).await, "0.00 USD");
    buy(&services, "c", order("us-main", 3)).await;
    assert_eq!(monthly(&services).await, "1.15 USD");
}

#[tokio::test(start_paused = true)]
async fn unknown_purchase_stays_committed_and_late_success_ignores_the_ceiling() {
    let (carrier, services) = one(ceilings("1.15"));
    // After the look ten minutes later, which frees what it had reserved.
    carrier.plan([Sale::Late(Duration::from_secs(20 * 60))]);
    let Started::Fresh(id) = start(&services, "a", order("us-main", 1)).await.unwrap() else {
        panic!()
    };
    let refused = start(&services, "b", order("us-main", 2))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PaymentRequired);
    let presumed = services.purchases.wait(&id, LONG).await.unwrap();
    assert_eq!(presumed.purchase.state, PurchaseState::Failed);
    assert_eq!(monthly(&services).await, "1.15 USD");
    services.start().unwrap();
    while monthly(&services).await != "0.00 USD" {
        tokio::time::sleep(Timing::default().tick).await;
    }
    buy(&services, "c", order("us-main", 3)).await;
    while !services
        .store
        .load(&id)
        .await
        .unwrap()
        .unwrap()
        .purchase
        .late
    {
        tokio::time::sleep(Timing::default().tick).await;
    }
    assert_eq!(monthly(&services).await, "2.30 USD");
}

/// `full` has no room for another number, and is the cheaper of the two.
fn full_and_free() -> (Arc<Scripted>, Arc<Scripted>, Engine) {
    let (full, free) = (Scripted::new("full"), Scripted::new("free"));
    full.stock((0..2).map(number));
    free.stock((10..12).map(number));
    free.sell_once();
    let (full, free) = (Arc::new(full), Arc::new(free));
    let mut dearer = priced(&free, ceilings("2.00"));
    dearer.prices[0].monthly = money("2.00");
    let services = over([priced(&full, ceilings("2.00")), dearer]);
    (full, free, services)
}

#[tokio::test(start_paused = true)]
async fn choice_skips_candidates_without_room_and_says_why() {
    let (full, _, services) = full_and_free();
    buy(&services, "first", order("full", 20)).await;
    let Started::Fresh(id) = begin(&services, "key", &Preference::default())
        .await
        .unwrap()
    else {
        panic!()
    };
    let purchase = services.purchases.wait(&id, LONG).await.unwrap().purchase;
    assert_eq!(
        (purchase.state, purchase.account.as_str()),
        (PurchaseState::Succeeded, "free")
    );
    assert_eq!(full.calls(Operation::Purchase), 1);
    let passed = &purchase.candidates[0];
    assert_eq!(passed.state, CandidateState::PassedOver);
    let reason = passed.reason.as_deref().unwrap();
    assert!(
        reason.contains("(spend.monthly): 1.15 USD are committed"),
        "{reason}"
    );
    let nothing = begin(&services, "other", &Preference::default())
        .await
        .unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::PaymentRequired);
}

#[tokio::test(start_paused = true)]
async fn a_choice_that_moves_on_commits_the_price_of_the_next() {
    let (full, _, services) = full_and_free();
    let broke = || Error::new(ErrorKind::PermissionDenied, "suspended");
    full.plan([Sale::Refused(broke())]);
    let Started::Fresh(id) = begin(&services, "key", &Preference::default())
        .await
        .unwrap()
    else {
        panic!()
    };
    let purchase = services.purchases.wait(&id, LONG).await.unwrap().purchase;
    assert_eq!(purchase.account.as_str(), "free");
    let committed = async |account| spent(&services, account).await.monthly.unwrap().1;
    assert_eq!(committed("full").await, money("0.00"));
    assert_eq!(committed("free").await, money("2.00"));
}

#[tokio::test(start_paused = true)]
async fn a_thousand_buyers_at_once_stay_below_the_ceiling_to_the_cent() {
    let (carrier, services) = one(ceilings("100.00"));
    let refused = || Sale::Refused(Error::new(ErrorKind::NotAvailable, "gone"));
    carrier.plan((0..30).flat_map(|_| [refused(), Sale::LostAfter, Sale::Sold]));
    let buyers = (0..1_000).map(|index| {
        let services = services.clone();
        async move {
            let started = start(&services, &format!("k{index}"), order("us-main", index)).await;
            let Ok(Started::Fresh(id)) = started else {
                return;
            };
            services.purchases.wait(&id, LONG).await.unwrap();
        }
    });
    join_all(buyers).await;
    let held = carrier.held().len();
    assert!((56..=86).contains(&held), "{held}");
    let (_, committed) = spent(&services, "us-main").await.monthly.unwrap();
    assert_eq!(
        committed.amount,
        money("1.15").amount * rust_decimal::Decimal::from(held)
    );
    assert!(committed.is_within(money("100.00")));
}

#[tokio::test(start_paused = true)]
async fn renamed_account_keeps_its_commitments() {
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let called = |name: &str| {
        let carrier = Arc::new(Scripted::new(name).with_identity("AC1"));
        let mut registry = Registry::default();
        registry.insert(priced(&carrier, ceilings("2.00"))).unwrap();
        let sealer = Sealer::new(b"test");
        Engine::new(registry, Arc::clone(&store), sealer, Timing::default())
    };
    let first = called("us-main");
    buy(&first, "a", order("us-main", 1)).await;
    let renamed = called("us-first");
    let (_, committed) = spent(&renamed, "us-first").await.monthly.unwrap();
    assert_eq!(committed, money("1.15"));
    let refused = start(&renamed, "b", order("us-first", 2)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::PaymentRequired);
    let other = Arc::new(Scripted::new("us-main").with_identity("AC2"));
    let mut registry = Registry::default();
    registry.insert(priced(&other, ceilings("2.00"))).unwrap();
    let other = Engine::new(
        registry,
        Arc::clone(&store),
        Sealer::new(b"test"),
        Timing::default(),
    );
    assert_eq!(monthly(&other).await, "0.00 USD");
}
