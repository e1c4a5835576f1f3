//! Carriers that take their time, for each request and each row.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;
use trunkline_sandbox::credentials::WEBEX_LOCATION_ID;
use trunkline_sandbox::{CarrierOptions, Latency, Options, ProviderKind};

use crate::everywhere::Everywhere;

fn latency(operation: &str, ms: u64, per_row_ms: u64) -> Latency {
    Latency {
        operation: operation.to_owned(),
        ms,
        per_row_ms,
    }
}

#[tokio::test]
async fn a_list_takes_its_time_for_each_row() {
    let all = Everywhere::start().await;
    all.held(ProviderKind::Twilio, 4).await;
    all.sandbox
        .set_latency(ProviderKind::Twilio, &latency("find_owned", 20, 50))
        .unwrap();
    let started = Instant::now();
    assert_eq!(all.listed(ProviderKind::Twilio).await.len(), 4);
    assert!(started.elapsed() >= Duration::from_millis(220));
}

#[tokio::test]
async fn an_operation_has_its_own_latency_or_that_of_all() {
    let all = Everywhere::start().await;
    all.sandbox
        .set_latency(ProviderKind::Twilio, &latency("*", 300, 0))
        .unwrap();
    all.sandbox
        .set_latency(ProviderKind::Twilio, &latency("list", 0, 0))
        .unwrap();
    let started = Instant::now();
    all.list(ProviderKind::Twilio, "").await;
    assert!(started.elapsed() < Duration::from_millis(300));
    all.free(ProviderKind::Twilio, 1).await;
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_range_is_committed_after_the_time_of_all_its_numbers() {
    let all = Everywhere::start().await;
    all.sandbox
        .set_latency(ProviderKind::Wazo, &latency("register_range", 0, 5))
        .unwrap();
    let started = Instant::now();
    let body = json!({ "start_number": "+14155550000", "end_number": "+14155550099" });
    let line = "POST /api/confd/1.1/phone-numbers/ranges";
    let range = all.send(ProviderKind::Wazo, line, Some(body));
    let early = async {
        while !all
            .sandbox
            .ledger(ProviderKind::Wazo)
            .requests
            .contains_key("register_range")
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        all.listed(ProviderKind::Wazo).await.len()
    };
    let (answer, early) = tokio::join!(range, early);
    assert_eq!((answer.unwrap().status.as_u16(), early), (201, 0));
    assert!(started.elapsed() >= Duration::from_millis(500));
    assert_eq!(all.listed(ProviderKind::Wazo).await.len(), 100);
}

#[tokio::test]
async fn ledger_shows_peak_concurrency() {
    let all = Everywhere::start().await;
    all.sandbox
        .set_latency(ProviderKind::Wazo, &latency("register_range", 100, 0))
        .unwrap();
    let range = async |start: &str, end: &str| {
        let body = json!({ "start_number": start, "end_number": end });
        let line = "POST /api/confd/1.1/phone-numbers/ranges";
        all.send(ProviderKind::Wazo, line, Some(body))
            .await
            .unwrap()
    };
    let at_once = || all.sandbox.ledger(ProviderKind::Wazo).at_once["register_range"];
    range("+14155550000", "+14155550009").await;
    range("+14155550010", "+14155550019").await;
    assert_eq!(at_once(), 1);
    tokio::join!(
        range("+14155550020", "+14155550029"),
        range("+14155550030", "+14155550039")
    );
    assert_eq!(at_once(), 2);
}

#[tokio::test]
async fn adding_numbers_takes_its_time_for_each() {
    let all = Everywhere::start().await;
    all.sandbox
        .set_latency(ProviderKind::Webex, &latency("register", 0, 60))
        .unwrap();
    let started = Instant::now();
    let numbers = all.free(ProviderKind::Webex, 5).await;
    let body = json!({ "phoneNumbers": numbers, "state": "ACTIVE" });
    let path = format!("/v1/telephony/config/locations/{WEBEX_LOCATION_ID}/numbers");
    let added = all
        .send(ProviderKind::Webex, &format!("POST {path}"), Some(body))
        .await
        .unwrap();
    assert_eq!(added.status, 201, "{}", added.text);
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn latencies_are_set_shown_and_taken_away_over_the_control_port() {
    let options = CarrierOptions {
        latencies: vec![latency("get", 1, 0)],
        ..CarrierOptions::PLAIN
    };
    let options = Options::free_ports().with_carrier(ProviderKind::Wazo, options);
    let all = Everywhere::start_with(options).await;
    let put = async |body| all.control(Method::PUT, "/wazo/latency", Some(body)).await;
    let set = put(json!({ "operation": "find_owned", "ms": 3, "per_row_ms": 1 })).await;
    let both = json!({ "data": [
        { "operation": "get", "ms": 1, "per_row_ms": 0 },
        { "operation": "list", "ms": 3, "per_row_ms": 1 },
    ] });
    assert_eq!(set.json, both);
    assert_eq!(
        put(json!({ "operation": "list", "ms": 3, "per_row_ms": 1 }))
            .await
            .json,
        both
    );
    for (body, field) in [
        (json!({ "ms": 3 }), "operation"),
        (json!({ "operation": "teleport" }), "operation"),
        (json!({ "operation": "list", "ms": -1 }), "ms"),
        (json!({ "operation": "list", "s": 1 }), "s"),
    ] {
        let refused = put(body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json["field"]),
            (400, &field.into())
        );
    }
    let cleared = all.control(Method::DELETE, "/wazo/latency", None).await;
    assert_eq!(cleared.status, 204);
    let shown = all.control(Method::GET, "/wazo/latency", None).await;
    assert_eq!(shown.json, json!({ "data": [] }));
    all.sandbox.reset();
    let shown = all.control(Method::GET, "/wazo/latency", None).await;
    assert_eq!(shown.json["data"][0]["operation"], "get");
}
