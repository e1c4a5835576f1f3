//! What an account may spend.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_core::Ceilings;
use trunkline_core::Money;

use crate::Gateway;

async fn under(monthly: &str) -> Gateway {
    let ceilings = Ceilings {
        monthly: Money::parse(monthly, "USD").ok(),
        setup: Money::parse("20.00", "USD").ok(),
    };
    Gateway::with(|entry| entry.ceilings = ceilings).await
}

async fn spend(gateway: &Gateway) -> Value {
    gateway.get("/v1/accounts/twilio").await.json()["spend"].clone()
}

async fn buy_next(gateway: &Gateway, key: &str) -> crate::Answer {
    let (_, number) = gateway.offer().await;
    let body = json!({"account": "twilio", "number": number}).to_string();
    gateway.buy(key, &body).await
}

#[tokio::test]
async fn purchase_above_the_ceiling_is_402_and_leaves_no_record() {
    let gateway = under("2.00").await;
    let bought = buy_next(&gateway, "first").await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    let refused = buy_next(&gateway, "second").await;
    assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED);
    let problem = refused.json();
    assert_eq!(problem["kind"], "payment_required");
    assert_eq!(
        problem["detail"],
        "twilio: 1.15 USD more a month would pass the ceiling of 2.00 USD (spend.monthly): 1.15 USD are committed"
    );
    assert_eq!(
        [
            &problem["provider"],
            &problem["purchase_id"],
            &problem["retry_after"]
        ],
        [&Value::Null; 3]
    );
    let purchases = gateway.get("/v1/purchases").await.json();
    assert_eq!(purchases["data"].as_array().unwrap().len(), 1);
    let id = bought.json()["number"]["id"].as_str().unwrap().to_owned();
    let released = gateway
        .call("DELETE", &format!("/v1/numbers/{id}"), "")
        .await;
    assert_eq!(released.status, StatusCode::NO_CONTENT, "{}", released.text);
    let again = buy_next(&gateway, "second").await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
}

#[tokio::test]
async fn account_shows_ceilings_and_committed_spending() {
    let gateway = under("100.00").await;
    let usd = |amount: &str| json!({"amount": amount, "currency": "USD"});
    buy_next(&gateway, "key").await;
    let shown = spend(&gateway).await;
    assert_eq!(
        shown["monthly"],
        json!({"ceiling": usd("100.00"), "committed": usd("1.15")})
    );
    assert_eq!(
        [&shown["setup"]["ceiling"], &shown["setup"]["committed"]],
        [&usd("20.00"), &usd("0.00")]
    );
    let month = shown["setup"]["month"].as_str().unwrap();
    assert_eq!((month.len(), &month[4..5]), (7, "-"));
    let listed = gateway.get("/v1/accounts").await.json();
    assert_eq!(listed["data"][0]["spend"], shown);
}

#[tokio::test]
async fn account_without_ceilings_shows_null() {
    let gateway = Gateway::start().await;
    let none = json!({"monthly": null, "setup": null});
    assert_eq!(spend(&gateway).await, none);
}
