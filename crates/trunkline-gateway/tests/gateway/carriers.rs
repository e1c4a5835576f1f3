//! All five carriers at once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, credentials};

use crate::{Answer, Gateway, request};

/// An account at each, in the words of a configuration.
pub(crate) const SETTINGS: [(ProviderKind, &str); 5] = [
    (
        ProviderKind::Twilio,
        "account_sid = 'AC00000000000000000000000000000000'\nauth_token = 'sandbox'\npriority = 1",
    ),
    (
        ProviderKind::SignalWire,
        "project_id = '00000000-0000-4000-8000-000000000000'\napi_token = 'sandbox'\n\
         prices = [{ country = 'US', type = 'local', monthly = '0.50', currency = 'USD' }]",
    ),
    (ProviderKind::Zendesk, "access_token = 'sandbox'"),
    (ProviderKind::Webex, "access_token = 'sandbox'"),
    (
        ProviderKind::Wazo,
        "username = 'sandbox'\npassword = 'sandbox'",
    ),
];

/// The carriers that sell numbers.
const SELLERS: [ProviderKind; 3] = [
    ProviderKind::Twilio,
    ProviderKind::SignalWire,
    ProviderKind::Zendesk,
];

const SEARCH: &str = "/v1/available-numbers?country=US&area_code=415&limit=30";

fn by_account(answer: &Value) -> BTreeMap<String, Value> {
    let sources = answer["sources"].as_array().unwrap();
    let named = sources.iter().map(|source| {
        (
            source["account"].as_str().unwrap().to_owned(),
            source.clone(),
        )
    });
    named.collect()
}

fn delay(gateway: &Gateway, kind: ProviderKind, ms: u64) {
    let fault = Fault::Delay { ms };
    let plan = FaultPlan::always(kind, "search_available", fault);
    gateway.sandbox.inject(plan).unwrap();
}

async fn stream(gateway: &Gateway, path: &str) -> Answer {
    let headers = [("accept", "application/x-ndjson")];
    gateway.send(request("GET", path, &headers, "")).await
}

fn lines(answer: &Answer) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let end = lines.pop().unwrap();
    (lines, end)
}

#[tokio::test]
async fn search_asks_every_carrier_at_once_and_names_those_that_cannot_sell() {
    let gateway = Gateway::with_all_carriers().await;
    gateway.get(SEARCH).await;
    for (kind, ms) in SELLERS.into_iter().zip([400, 200, 300]) {
        delay(&gateway, kind, ms);
    }
    let started = Instant::now();
    let answer = gateway.get(SEARCH).await.json();
    // One after the other would take 900 ms; how close to 400 it is, is for the benchmark.
    assert!(started.elapsed() < Duration::from_millis(800));
    let sources = by_account(&answer);
    for kind in SELLERS {
        assert_eq!(sources[kind.name()]["status"], "ok", "{answer:#}");
        assert!(sources[kind.name()]["count"].as_u64().unwrap() > 0);
    }
    for name in ["webex", "wazo"] {
        assert_eq!(sources[name]["status"], "unsupported");
        let error = &sources[name]["error"];
        assert_eq!(error["kind"], "unsupported");
        let detail = error["detail"].as_str().unwrap();
        assert!(
            detail.contains(name) && detail.contains("the search for numbers"),
            "{detail}"
        );
    }
    let data = answer["data"].as_array().unwrap();
    let sellers: std::collections::BTreeSet<_> = data
        .iter()
        .map(|number| number["account"].as_str())
        .collect();
    assert_eq!((data.len(), sellers.len()), (30, 3));
}

#[tokio::test]
async fn hanging_carrier_times_out_and_the_others_are_answered() {
    let gateway = Gateway::with_all_carriers().await;
    gateway.get(SEARCH).await;
    delay(&gateway, ProviderKind::SignalWire, 60_000);
    let started = Instant::now();
    let answer = gateway
        .get(&format!("{SEARCH}&timeout_ms=700"))
        .await
        .json();
    let took = started.elapsed();
    // A moment before the deadline, so that what came of it can still be told.
    assert!((690..2_000).contains(&took.as_millis()), "{took:?}");
    let sources = by_account(&answer);
    assert_eq!(sources["signalwire"]["status"], "timeout");
    assert_eq!(sources["twilio"]["status"], "ok");
    assert_eq!(sources["zendesk"]["status"], "ok");
}

#[tokio::test]
async fn streamed_search_sends_numbers_of_each_carrier_as_they_arrive() {
    let gateway = Gateway::with_all_carriers().await;
    delay(&gateway, ProviderKind::Twilio, 500);
    let path = "/v1/available-numbers?country=US&area_code=415&limit=3";
    let answer = stream(&gateway, path).await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let (items, end) = lines(&answer);
    assert_eq!(items.len(), 9);
    assert!(items.iter().all(|item| item["offer"].is_string()));
    assert_eq!(items[8]["account"], "twilio", "the slowest comes last");
    assert_eq!(by_account(&end).len(), 5);
}

#[tokio::test]
async fn streamed_list_sends_all_numbers_then_the_sources() {
    let gateway = Gateway::with_all_carriers().await;
    for (key, account) in [("a", "twilio"), ("b", "signalwire")] {
        let found = gateway
            .get(&format!("{SEARCH}&accounts={account}"))
            .await
            .json();
        let body = json!({"offer": found["data"][0]["offer"]}).to_string();
        assert_eq!(gateway.buy(key, &body).await.status, StatusCode::CREATED);
    }
    let (items, end) = lines(&stream(&gateway, "/v1/numbers").await);
    let accounts: Vec<_> = items
        .iter()
        .map(|n| n["account"].as_str().unwrap())
        .collect();
    for account in ["twilio", "signalwire", "webex"] {
        assert!(accounts.contains(&account), "{accounts:?}");
    }
    let sources = by_account(&end);
    assert!(
        sources.values().all(|source| source["status"] == "ok"),
        "{end:#}"
    );
    let count: u64 = sources.values().map(|s| s["count"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(count).unwrap(), items.len());
    let refused = stream(&gateway, "/v1/numbers?limit=5").await;
    assert_eq!(
        (refused.status, refused.field()),
        (StatusCode::BAD_REQUEST, "limit".into())
    );
}

#[tokio::test]
async fn cheapest_matching_number_is_bought_under_the_ceiling() {
    let gateway = Gateway::with_all_carriers().await;
    let body = json!({
        "criteria": {"country": "US", "area_code": "415"},
        "strategy": "cheapest",
        "max_monthly_price": {"amount": "2.00", "currency": "USD"},
        "label": "Any in 415",
    })
    .to_string();
    let bought = gateway.buy("order-1", &body).await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    let purchase = &bought.json()["purchase"];
    assert_eq!(purchase["account"], "signalwire");
    assert_eq!(purchase["price_source"], "config");
    assert_eq!(purchase["criteria"]["area_code"], "415");
    assert_eq!(purchase["candidates"][0]["state"], "taken");
    assert_eq!(bought.json()["number"]["label"], "Any in 415");
    let again = gateway.buy("order-1", &body).await;
    assert_eq!(again.text, bought.text);
    assert_eq!(
        gateway
            .sandbox
            .ledger(ProviderKind::SignalWire)
            .purchases
            .len(),
        1
    );
}

#[tokio::test]
async fn refused_candidate_is_followed_by_the_next_carrier() {
    let gateway = Gateway::with_all_carriers().await;
    let refusal = Fault::Status {
        status: 402,
        headers: BTreeMap::new(),
        body: None,
    };
    let plan = FaultPlan::always(ProviderKind::SignalWire, "purchase", refusal);
    gateway.sandbox.inject(plan).unwrap();
    let body = json!({
        "criteria": {"country": "US", "area_code": "415", "accounts": ["signalwire", "twilio"]},
    });
    let bought = gateway.buy("order-1", &body.to_string()).await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    let purchase = &bought.json()["purchase"];
    assert_eq!(purchase["account"], "twilio");
    assert_eq!(purchase["attempts"][0]["account"], "signalwire");
    assert_eq!(purchase["attempts"][0]["state"], "failed");
    assert!(
        gateway
            .sandbox
            .ledger(ProviderKind::SignalWire)
            .purchases
            .is_empty()
    );
}

#[tokio::test]
async fn invalid_criteria_name_the_field() {
    let gateway = Gateway::with_all_carriers().await;
    for (body, field) in [
        (json!({"criteria": {"country": "USA"}}), "criteria.country"),
        (
            json!({"criteria": {"country": "US", "colour": "red"}}),
            "criteria.colour",
        ),
        (
            json!({"criteria": {"country": "US"}, "strategy": "best"}),
            "strategy",
        ),
        (
            json!({"criteria": {"country": "US"}, "offer": "of_1"}),
            "offer",
        ),
        (
            json!({"criteria": {"country": "US"}, "max_monthly_price": {"amount": "x", "currency": "USD"}}),
            "max_monthly_price.amount",
        ),
        (json!({"offer": "of_1", "strategy": "cheapest"}), "strategy"),
    ] {
        let refused = gateway.buy("order-1", &body.to_string()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
        assert_eq!(refused.field(), field, "{}", refused.text);
    }
    let nowhere = json!({"criteria": {"country": "US", "area_code": "533"}}).to_string();
    let refused = gateway.buy("order-1", &nowhere).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.json()["kind"], "not_available");
}

#[tokio::test]
async fn number_is_registered_once_and_made_the_main_one() {
    let gateway = Gateway::with_all_carriers().await;
    let body = json!({"account": "wazo", "number": "+14155550142", "shared": true}).to_string();
    let made = gateway.call("POST", "/v1/numbers/register", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/v1/numbers/{id}"));
    let again = gateway.call("POST", "/v1/numbers/register", &body).await;
    assert_eq!(
        (again.status, &again.json()["id"]),
        (StatusCode::OK, &made.json()["id"])
    );
    let main = "/v1/accounts/wazo/main-number";
    let set = gateway
        .call("PUT", main, &json!({"number": "+14155550142"}).to_string())
        .await;
    assert_eq!(
        (set.status, &set.json()["main"]),
        (StatusCode::OK, &Value::Bool(true))
    );
    assert_eq!(gateway.get(main).await.json()["id"], id.as_str());
}

#[tokio::test]
async fn range_reports_the_outcome_of_each_number() {
    let gateway = Gateway::with_all_carriers().await;
    let one = json!({"account": "wazo", "number": "+14155550101"}).to_string();
    gateway.call("POST", "/v1/numbers/register", &one).await;
    let range =
        json!({"account": "wazo", "start_number": "+14155550100", "end_number": "+14155550104"});
    let made = gateway
        .call("POST", "/v1/number-ranges", &range.to_string())
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let made = made.json();
    assert_eq!(
        (&made["created"], &made["existing"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(made["data"][1]["status"], "existing");
    let backwards =
        json!({"account": "wazo", "start_number": "+14155550104", "end_number": "+14155550100"});
    let refused = gateway
        .call("POST", "/v1/number-ranges", &backwards.to_string())
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
}

#[tokio::test]
async fn main_number_by_location_needs_the_location() {
    let gateway = Gateway::with_all_carriers().await;
    let missing = gateway.get("/v1/accounts/webex/main-number").await;
    assert_eq!(
        (missing.status, missing.field()),
        (StatusCode::BAD_REQUEST, "location".into()),
        "{}",
        missing.text
    );
    let location = credentials::WEBEX_LOCATION_ID;
    let path = format!("/v1/accounts/webex/main-number?location={location}");
    let main = gateway.get(&path).await;
    assert_eq!(main.status, StatusCode::OK, "{}", main.text);
    assert_eq!(main.json()["main"], true);
}

/// Account, method, path, body and the operation it would be.
type Lacking = (
    &'static str,
    &'static str,
    &'static str,
    Value,
    &'static str,
);

fn lacking() -> [Lacking; 5] {
    let register = |account: &str| json!({"account": account, "number": "+14155550142"});
    let range = |account: &str| json!({"account": account, "start_number": "+14155550100", "end_number": "+14155550101"});
    [
        (
            "twilio",
            "POST",
            "/v1/numbers/register",
            register("twilio"),
            "the registration of a number",
        ),
        (
            "zendesk",
            "POST",
            "/v1/number-ranges",
            range("zendesk"),
            "the registration of a range",
        ),
        (
            "signalwire",
            "GET",
            "/v1/accounts/signalwire/main-number",
            Value::Null,
            "the look-up of the main number",
        ),
        (
            "wazo",
            "POST",
            "/v1/caller-ids",
            register("wazo"),
            "the verification of a caller ID",
        ),
        (
            "webex",
            "POST",
            "/v1/caller-ids",
            register("webex"),
            "the verification of a caller ID",
        ),
    ]
}

#[tokio::test]
async fn missing_operation_is_unsupported_and_nothing_is_sent() {
    let gateway = Gateway::with_all_carriers().await;
    for (account, method, path, body, operation) in lacking() {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let refused = gateway.call(method, path, &body).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.text
        );
        let problem = refused.json();
        assert_eq!(problem["kind"], "unsupported");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains(account) && detail.contains(operation),
            "{detail}"
        );
        let listed = gateway.get(&format!("/v1/accounts/{account}")).await.json();
        let offered = listed["capability"]["operations"]
            .as_array()
            .unwrap()
            .clone();
        assert!(!offered.contains(&json!(operation)));
    }
    for kind in ProviderKind::ALL {
        let sent = gateway.sandbox.requests(kind).len();
        assert_eq!(sent, 0, "{kind}");
    }
}

#[tokio::test]
async fn option_of_one_carrier_is_unsupported_at_the_others() {
    let gateway = Gateway::with_all_carriers().await;
    let path = "/v1/numbers?provider_options%5Bdetails%5D=true&limit=100";
    let sources = by_account(&gateway.get(path).await.json());
    assert_eq!(sources["webex"]["status"], "ok");
    assert!(sources["webex"]["provider_data"]["count"]["total"].is_number());
    assert_eq!(
        sources["webex"]["filters"]["native"],
        json!(["provider_options[details]"])
    );
    assert_eq!(sources["twilio"]["status"], "unsupported");
    assert_eq!(
        sources["twilio"]["filters"]["unsupported"],
        json!(["provider_options[details]"])
    );
}
