//! The control port's doings at Wazo.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trunkline_sandbox::{CallOutcome, Fault, LimitSettings, OPERATIONS, StockOrder};

use crate::wazo_support::{NOBODY, Stack, WAZO, refusal, send};

#[tokio::test]
async fn every_operation_can_be_struck() {
    let stack = Stack::start().await;
    let uuid = stack.register(&json!({ "number": "1" })).await;
    let path = format!("phone-numbers/{uuid}");
    for (operation, method, path) in [
        ("register", "POST", "phone-numbers"),
        ("register_range", "POST", "phone-numbers/ranges"),
        ("list", "GET", "phone-numbers"),
        ("get", "GET", &*path),
        ("update", "PUT", &*path),
        ("release", "DELETE", &*path),
        ("get_main", "GET", "phone-numbers/main"),
        ("set_main", "PUT", "phone-numbers/main"),
        ("list_caller_ids", "GET", "users/42/callerids/outgoing"),
        ("other", "GET", "lines"),
    ] {
        assert!(OPERATIONS.contains(&operation));
        stack.strike_once(operation, Fault::status(500));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let struck = send(stack.request(method, path).json(&json!({}))).await;
        let (status, texts) = refusal(&struck);
        assert_eq!(status, 500, "{operation}");
        assert!(texts[0].starts_with("Unexpected error: "), "{operation}");
    }
    stack.strike_once("authenticate", Fault::status(500));
    let login = stack.ask_for_token("sandbox", &json!({})).await;
    assert_eq!(login.status, 500);
    assert_eq!(stack.ledger().owned.len(), 1);
}

#[tokio::test]
async fn the_usual_bodies_are_wazos_and_its_proxys() {
    let stack = Stack::start().await;
    for status in [429, 502, 504] {
        stack.strike_once("list", Fault::status(status));
        let struck = stack.get("phone-numbers").await;
        assert_eq!(struck.status, status);
        assert_eq!(struck.header("content-type"), "text/html");
        assert!(struck.text.contains("nginx"), "{}", struck.text);
    }
    for (status, part) in [
        (400, "The browser (or proxy)"),
        (401, "('', 'confd.phone-numbers.read')"),
        (404, "PhoneNumber was not found"),
        (409, "Conflict"),
        (503, "('localhost', 80,"),
    ] {
        stack.strike_once("list", Fault::status(status));
        let struck = stack.get("phone-numbers").await;
        let (got, texts) = refusal(&struck);
        assert_eq!(got, status);
        assert!(texts[0].contains(part), "{texts:?}");
    }
    stack.strike_once("list", Fault::status(405));
    assert!(stack.get("phone-numbers").await.json["message"].is_string());
}

#[tokio::test]
async fn a_number_is_registered_though_the_proxy_gave_up() {
    let stack = Stack::start().await;
    let fault = Fault::StatusAfterCommit { status: 504 };
    stack.strike_once("register", fault);
    let body = json!({ "number": "+14165550142" });
    let struck = stack.post("phone-numbers", &body).await;
    assert_eq!(struck.status, 504);
    assert_eq!(stack.ledger().owned.len(), 1);
    stack.strike_once("register_range", Fault::DropAfterCommit {});
    let range = json!({ "start_number": "1", "end_number": "3" });
    let dropped = stack
        .request(Method::POST, "phone-numbers/ranges")
        .json(&range);
    assert!(dropped.send().await.is_err());
    assert_eq!(stack.ledger().owned.len(), 4);
    stack.strike_once("register", Fault::DropBeforeCommit {});
    let dropped = stack
        .request(Method::POST, "phone-numbers")
        .json(&json!({ "number": "9" }));
    assert!(dropped.send().await.is_err());
    assert_eq!(stack.ledger().owned.len(), 4);
}

#[tokio::test]
async fn stale_list_omits_recent_numbers() {
    let stack = Stack::start().await;
    stack.register(&json!({ "number": "1" })).await;
    stack
        .world
        .sandbox
        .advance_clock(Duration::from_secs(3_600));
    stack.register(&json!({ "number": "2" })).await;
    stack.strike_once("list", Fault::StaleList { ms: 60_000 });
    let list = stack.get("phone-numbers").await;
    assert_eq!(list.json["total"], 1);
    assert_eq!(list.json["items"][0]["number"], "1");
    assert_eq!(stack.numbers("").await, ["1", "2"]);
}

#[tokio::test]
async fn the_whole_stack_shares_its_limits() {
    let stack = Stack::start().await;
    let limits = LimitSettings {
        per_second: Some(1),
        retry_after: Some(3),
        ..LimitSettings::default()
    };
    stack.world.sandbox.set_limits(WAZO, limits);
    assert_eq!(stack.get("phone-numbers").await.status, 200);
    let refused = stack.ask_for_token("second", &json!({})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (429, "3")
    );
}

#[tokio::test]
async fn stock_and_calls_cannot_be_controlled() {
    let stack = Stack::start().await;
    let order: StockOrder = serde_json::from_value(json!({ "country": "US", "count": 1 })).unwrap();
    let refused = stack.world.sandbox.set_stock(WAZO, &order).unwrap_err();
    assert_eq!(refused.field, "provider");
    let put = stack
        .world
        .control(
            Method::PUT,
            "/wazo/stock",
            Some(json!({ "country": "US", "count": 1 })),
        )
        .await;
    assert_eq!(
        (put.status.as_u16(), &put.json["field"]),
        (400, &json!("provider"))
    );
    stack
        .register(&json!({ "number": "+14165550142", "shared": true }))
        .await;
    let code = stack
        .world
        .control(Method::GET, "/wazo/caller-ids/+14165550142/code", None)
        .await;
    assert_eq!(code.status, 404);
    let answered =
        stack
            .world
            .sandbox
            .answer_caller_id(WAZO, "+14165550142", CallOutcome::Verified);
    assert!(answered.await.is_none());
}

#[tokio::test]
async fn the_same_requests_get_the_same_identifiers() {
    let run = async || {
        let stack = Stack::start().await;
        let uuid = stack.register(&json!({ "number": "1" })).await;
        (stack.token, uuid)
    };
    let first = run().await;
    assert_eq!(first, run().await);
    assert_ne!(first.1, NOBODY);
}

#[tokio::test]
async fn after_a_reset_old_numbers_are_unknown() {
    let stack = Stack::start().await;
    let uuid = stack.register(&json!({ "number": "1" })).await;
    stack.world.sandbox.reset();
    let stack = stack.seen_by("sandbox").await;
    assert!(stack.numbers("").await.is_empty());
    let again = stack.register(&json!({ "number": "1" })).await;
    assert_ne!(again, uuid);
    assert!(stack.ledger().releases.is_empty());
}
