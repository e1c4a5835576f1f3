//! The library in one type, and what it says of bad input.

use std::time::Duration;

use futures_util::StreamExt;
use trunkline::{
    Account, Bought, Criteria, Error, ErrorKind, Money, Order, PurchaseState, Search, Trunkline,
    Twilio, Wazo, Zendesk,
};
use trunkline_engine::{Released, SourceStatus};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox, credentials};

const TWILIO: ProviderKind = ProviderKind::Twilio;

fn twilio(sandbox: &Sandbox) -> Account {
    let (sid, token) = (
        credentials::TWILIO_ACCOUNT_SID,
        credentials::TWILIO_AUTH_TOKEN,
    );
    Twilio::account("us-main", sid, token).base_url(sandbox.url(TWILIO))
}

async fn start(accounts: Vec<Account>) -> Trunkline {
    let builder = Trunkline::builder().memory();
    let builder = accounts
        .into_iter()
        .fold(builder, |builder, account| builder.account(account));
    builder.start().await.unwrap()
}

fn fields(error: &Error) -> Vec<&str> {
    error.fields().iter().map(|field| &*field.field).collect()
}

fn held(bought: Bought) -> String {
    let held = match bought {
        Bought::Held(held) => Ok(held),
        Bought::Unknown(purchase) => Err(purchase),
    };
    held.unwrap().to_string()
}

#[tokio::test]
async fn purchase_without_a_key_is_rejected_before_sending() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let trunkline = start(vec![twilio(&sandbox)]).await;
    let order = || Order::number("us-main", "+14155550100");
    let missing = trunkline.buy(order()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::InvalidRequest);
    assert_eq!(fields(&missing), ["key"]);
    let odd = trunkline.buy(order()).key("two\nlines").await.unwrap_err();
    assert_eq!(fields(&odd), ["key"]);
    assert!(sandbox.requests(TWILIO).is_empty());
}

#[tokio::test]
async fn bad_input_is_named_when_it_is_sent() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let trunkline = start(vec![twilio(&sandbox)]).await;
    let search = |search: Search| trunkline.search(search);
    let error = search(Search::local("Utopia")).await.unwrap_err();
    assert_eq!(fields(&error), ["country"]);
    let error = search(Search::local("US").limit(0)).await.unwrap_err();
    assert_eq!(fields(&error), ["limit"]);
    let error = search(Search::local("US").account("nobody"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let buy = |order: Order| trunkline.buy(order).key("order-1");
    let error = buy(Order::number("us-main", "415")).await.unwrap_err();
    assert_eq!(fields(&error), ["number"]);
    let error = buy(Criteria::cheapest(Search::local("??")).into())
        .await
        .unwrap_err();
    assert_eq!(fields(&error), ["country"]);
    assert!(sandbox.requests(TWILIO).is_empty());
}

#[tokio::test]
async fn problems_of_the_builder_are_reported_by_start() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let start = |builder: trunkline::Builder| async { builder.start().await.unwrap_err() };
    let nowhere = start(Trunkline::builder().account(twilio(&sandbox))).await;
    assert_eq!(fields(&nowhere), ["store"]);
    let short = start(Trunkline::builder().memory().secret_key("short")).await;
    assert_eq!(fields(&short), ["secret_key"]);
    let named = Twilio::account("no name", "AC1", "token");
    let named = start(Trunkline::builder().memory().account(named)).await;
    assert!(!fields(&named).is_empty(), "{named}");
    let twice = Trunkline::builder().memory();
    let twice = twice.account(twilio(&sandbox)).account(twilio(&sandbox));
    let twice = start(twice).await;
    assert!(twice.to_string().contains("us-main"), "{twice}");
    let url = Zendesk::account("desk", "acme", "a@example.com", "token").base_url("nonsense");
    let url = start(Trunkline::builder().memory().account(url)).await;
    assert!(url.to_string().contains("base_url"), "{url}");
}

#[tokio::test]
async fn key_buys_one_number_and_no_other_order() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let trunkline = start(vec![twilio(&sandbox)]).await;
    let found = trunkline
        .search(Search::local("US").limit(2))
        .await
        .unwrap();
    assert_eq!(found.sources[0].status, SourceStatus::Ok);
    let buy = |at: usize| trunkline.buy(&found[at]).key("order-1").label("front desk");
    let first = held(buy(0).await.unwrap());
    assert_eq!(first, found[0].number.to_string());
    assert_eq!(held(buy(0).await.unwrap()), first);
    // The same number by another way of asking is the same order.
    let same = Order::number("us-main", &first);
    let same = trunkline.buy(same).key("order-1").label("front desk");
    assert_eq!(held(same.await.unwrap()), first);
    let other = buy(1).await.unwrap_err();
    assert_eq!(
        (other.kind(), fields(&other)),
        (ErrorKind::Conflict, vec!["key"])
    );
    assert_eq!(sandbox.ledger(TWILIO).purchases.len(), 1);
}

#[tokio::test]
async fn criteria_choose_a_number_below_the_highest_price() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let trunkline = start(vec![twilio(&sandbox)]).await;
    let criteria = || Criteria::cheapest(Search::local("US").area_code("415"));
    let bought = trunkline.buy(criteria()).key("order-1").await.unwrap();
    let purchase = match bought {
        Bought::Held(held) => held.purchase,
        Bought::Unknown(purchase) => *purchase,
    };
    assert_eq!(purchase.state, PurchaseState::Succeeded);
    assert!(purchase.number.as_str().starts_with("+1415"));
    let written = purchase.criteria.as_ref().unwrap().as_json();
    assert!(
        written.contains("415") && written.contains("cheapest"),
        "{written}"
    );
    let cent = Money::parse("0.01", "USD").unwrap();
    let refused = trunkline
        .buy(criteria().max_monthly_price(cent))
        .key("order-2");
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotAvailable, "{refused}");
}

#[tokio::test]
async fn unknown_outcome_is_reported_as_such_and_settles() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let trunkline = start(vec![twilio(&sandbox)]).await;
    let slow = FaultPlan::once(TWILIO, "purchase", Fault::Delay { ms: 400 });
    sandbox.inject(slow).unwrap();
    let found = trunkline
        .search(Search::local("US").limit(1))
        .await
        .unwrap();
    let buy = trunkline.buy(&found[0]).key("order-1").wait(Duration::ZERO);
    let id = match buy.await.unwrap() {
        Bought::Unknown(purchase) => Ok(purchase.id),
        Bought::Held(held) => Err(held),
    };
    let patience = Duration::from_secs(30);
    let settled = trunkline.settled(&id.unwrap(), patience).await.unwrap();
    assert_eq!(settled.state, PurchaseState::Succeeded);
}

#[tokio::test]
async fn list_names_the_failed_account_and_release_releases() {
    let sandbox = Sandbox::start_default().await.unwrap();
    let silent = Wazo::account("pbx", "http://127.0.0.1:9", "user", "password");
    let trunkline = start(vec![twilio(&sandbox), silent]).await;
    let found = trunkline
        .search(Search::local("US").limit(1))
        .await
        .unwrap();
    let number = held(trunkline.buy(&found[0]).key("order-1").await.unwrap());
    let numbers = trunkline
        .numbers()
        .within(Duration::from_secs(3))
        .await
        .unwrap();
    assert_eq!(numbers.len(), 1);
    assert!(numbers.clone().complete().is_err());
    let mut stream = std::pin::pin!(trunkline.numbers().account("us-main").stream().unwrap());
    assert_eq!(stream.next().await.unwrap().unwrap().to_string(), number);
    assert!(stream.next().await.is_none());
    let alone = trunkline
        .numbers()
        .account("pbx")
        .within(Duration::from_secs(3));
    assert!(alone.await.is_err());
    let id = numbers[0].id.clone();
    assert_eq!(trunkline.release(&id).await.unwrap(), Released::Now(id));
    assert!(sandbox.ledger(TWILIO).owned.is_empty());
}
