//! Buying by criteria among many, and naming accounts and numbers the way people write them.

use std::collections::HashSet;

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::json;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::Gateway;

#[tokio::test]
async fn concurrent_buyers_by_criteria_get_a_number_each() {
    let gateway = &Gateway::with_all_carriers().await;
    let body = &json!({"criteria": {"country": "US", "area_code": "212"}}).to_string();
    let buyers = (0..50).map(|buyer| async move {
        let bought = gateway.buy(&format!("order-{buyer}"), body).await;
        assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
        bought.json()["purchase"]["number"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let numbers: HashSet<String> = join_all(buyers).await.into_iter().collect();
    assert_eq!(numbers.len(), 50);
}

#[tokio::test]
async fn empty_account_list_is_refused_instead_of_meaning_all() {
    let gateway = Gateway::with_all_carriers().await;
    for accounts in [json!([""]), json!(["twilio,zendesk"])] {
        let body = json!({"criteria": {"country": "US", "accounts": accounts}}).to_string();
        let refused = gateway.buy("order-1", &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
        assert_eq!(refused.field(), "criteria.accounts");
    }
}

#[tokio::test]
async fn unreachable_sellers_are_not_reported_as_no_number() {
    let gateway = Gateway::with_all_carriers().await;
    let away = Fault::Status {
        status: 503,
        headers: [("Retry-After".to_owned(), "30".to_owned())].into(),
        body: None,
    };
    let plan = FaultPlan::once(ProviderKind::Twilio, "search_available", away);
    gateway.sandbox.inject(plan).unwrap();
    let body = json!({"criteria": {"country": "US", "accounts": ["twilio", "wazo"]}}).to_string();
    let refused = gateway.buy("order-1", &body).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()["kind"], "rate_limited");
    assert!(
        !refused.header("retry-after").is_empty(),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn short_search_leaves_prices_to_the_next_one() {
    let gateway = Gateway::with_all_carriers().await;
    let slow = FaultPlan::once(
        ProviderKind::Twilio,
        "list_prices",
        Fault::Delay { ms: 200 },
    );
    gateway.sandbox.inject(slow).unwrap();
    let search = "/v1/available-numbers?country=US&accounts=twilio&limit=1";
    gateway.get(&format!("{search}&timeout_ms=50")).await;
    let patient = gateway.get(search).await.json();
    assert_eq!(patient["data"][0]["price_source"], "carrier");
}

#[tokio::test]
async fn number_of_bare_digits_becomes_the_main_one() {
    let gateway = Gateway::with_all_carriers().await;
    let body = json!({"account": "wazo", "number": "2001"}).to_string();
    gateway.call("POST", "/v1/numbers/register", &body).await;
    let main = "/v1/accounts/wazo/main-number";
    let body = json!({"number": "2001"}).to_string();
    let set = gateway.call("PUT", main, &body).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert_eq!(set.json()["number"], "2001");
    let body = json!({"number": "2002"}).to_string();
    let absent = gateway.call("PUT", main, &body).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND, "{}", absent.text);
}

#[tokio::test]
async fn invalid_number_is_reported_as_the_caller_wrote_it() {
    let gateway = Gateway::with_all_carriers().await;
    let body = json!({"account": "webex", "number": "1001", "location": "L"}).to_string();
    let refused = gateway.call("POST", "/v1/numbers/register", &body).await;
    assert_eq!(refused.field(), "number", "{}", refused.text);
    let listed = gateway
        .get("/v1/numbers?account=wazo&provider_options[order]=colour")
        .await
        .json();
    let detail = listed["sources"][0]["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("provider_options.order"), "{detail}");
}
