//! A carrier that asks us to keep away.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::Instant;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::Gateway;

#[tokio::test]
async fn carrier_429_holds_other_calls_and_short_deadlines_fail_at_once() {
    let gateway = Gateway::start().await;
    let headers = BTreeMap::from([("Retry-After".to_owned(), "2".to_owned())]);
    let body =
        Some(serde_json::json!({"code": 20429, "message": "Too Many Requests", "status": 429}));
    let fault = Fault::Status {
        status: 429,
        headers,
        body,
    };
    gateway
        .sandbox
        .inject(FaultPlan::once(ProviderKind::Twilio, "get", fault))
        .unwrap();
    let started = Instant::now();
    let first = gateway.get("/v1/numbers/twilio:PN00000000000000000000000000000001");
    let others = async {
        // The 429 has arrived once the account says that it is held.
        while gateway.get("/v1/accounts/twilio").await.json()["health"]["status"] != "held" {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let hasty = Instant::now();
        let search = gateway
            .get("/v1/available-numbers?country=US&timeout_ms=1000")
            .await
            .json();
        let source = &search["sources"][0];
        assert_eq!(source["status"], "rate_limited", "{source}");
        assert!(
            matches!(source["error"]["retry_after"].as_u64(), Some(1..=2)),
            "{source}"
        );
        assert!(hasty.elapsed() < Duration::from_millis(900), "told at once");
        gateway
            .get("/v1/available-numbers?country=US&timeout_ms=5000")
            .await
    };
    let (first, patient) = tokio::join!(first, others);
    assert_eq!(
        first.status,
        StatusCode::NOT_FOUND,
        "sent again after the wait"
    );
    assert_eq!(patient.json()["sources"][0]["status"], "ok");
    assert!(
        started.elapsed() >= Duration::from_secs(2),
        "held for two seconds"
    );
}

#[tokio::test]
async fn held_back_purchase_has_retry_after() {
    let gateway = Gateway::start().await;
    let headers = BTreeMap::from([("Retry-After".to_owned(), "100".to_owned())]);
    let fault = Fault::Status {
        status: 429,
        headers,
        body: None,
    };
    gateway
        .sandbox
        .inject(FaultPlan::once(ProviderKind::Twilio, "purchase", fault))
        .unwrap();
    let body = r#"{"account":"twilio","number":"+14152000137"}"#;
    let refused = gateway.buy("order-1", body).await;
    assert_eq!(
        refused.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        refused.text
    );
    assert!(
        matches!(refused.header("retry-after").parse(), Ok(90..=100)),
        "{:?}",
        refused.headers
    );
}
