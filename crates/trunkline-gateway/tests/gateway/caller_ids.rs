//! Proving a caller ID.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_sandbox::{CallOutcome, Fault, FaultPlan, ProviderKind};

use crate::Gateway;

const NUMBER: &str = "+14155550177";

async fn start(gateway: &Gateway) -> crate::Answer {
    let body = json!({"account": "twilio", "number": NUMBER, "label": "Front desk", "call_delay": 5, "extension": "12"});
    gateway
        .call("POST", "/v1/caller-ids", &body.to_string())
        .await
}

#[tokio::test]
async fn caller_id_is_started_verified_changed_and_removed() {
    let gateway = Gateway::start().await;
    let started = start(&gateway).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text);
    let pending = started.json();
    assert_eq!(
        (&pending["state"], &pending["method"]),
        (&json!("pending"), &json!("call_enter_code"))
    );
    let code = pending["validation_code"].as_str().unwrap();
    assert_eq!(
        gateway
            .sandbox
            .validation_code(ProviderKind::Twilio, NUMBER)
            .as_deref(),
        Some(code)
    );
    let path = "/v1/caller-ids/twilio:%2B14155550177";
    assert_eq!(gateway.get(path).await.json()["state"], "pending");
    assert_eq!(
        start(&gateway).await.status,
        StatusCode::CONFLICT,
        "one call at a time"
    );

    gateway
        .sandbox
        .answer_caller_id(ProviderKind::Twilio, NUMBER, CallOutcome::Verified)
        .await
        .unwrap();
    let verified = gateway.get(path).await.json();
    assert_eq!(
        (&verified["state"], &verified["id"]),
        (&json!("verified"), &pending["id"])
    );
    assert_eq!(verified["validation_code"], Value::Null);

    let changed = gateway
        .call("PATCH", path, r#"{"label":"Reception"}"#)
        .await;
    assert_eq!(changed.json()["label"], "Reception", "{}", changed.text);
    let listed = gateway.get("/v1/caller-ids?state=verified").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        gateway.call("DELETE", path, "").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(gateway.get(path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lost_answer_to_a_start_stays_pending_without_a_code() {
    let gateway = Gateway::start().await;
    gateway
        .sandbox
        .inject(FaultPlan::once(
            ProviderKind::Twilio,
            "start_caller_id",
            Fault::DropAfterCommit {},
        ))
        .unwrap();
    let started = start(&gateway).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text);
    assert_eq!(started.json()["validation_code"], Value::Null);
    assert_eq!(
        gateway.ledger().requests.get("start_caller_id"),
        Some(&1),
        "a phone rings once"
    );
    let again = gateway
        .call("POST", "/v1/caller-ids/twilio:%2B14155550177/resend", "")
        .await;
    assert_eq!(
        again.json()["validation_code"].as_str().map(str::len),
        Some(6),
        "{}",
        again.text
    );
}

#[tokio::test]
async fn code_cannot_be_submitted_where_the_callee_keys_it_in() {
    let gateway = Gateway::start().await;
    start(&gateway).await;
    let path = "/v1/caller-ids/twilio:%2B14155550177/verify";
    let refused = gateway.call("POST", path, r#"{"code":"123456"}"#).await;
    assert_eq!(
        (refused.status, &refused.json()["kind"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("unsupported"))
    );
}

#[tokio::test]
async fn already_verified_number_is_answered_as_verified() {
    let gateway = Gateway::start().await;
    start(&gateway).await;
    gateway
        .sandbox
        .answer_caller_id(ProviderKind::Twilio, NUMBER, CallOutcome::Verified)
        .await
        .unwrap();
    gateway.get("/v1/caller-ids/twilio:%2B14155550177").await;
    let again = start(&gateway).await;
    assert_eq!(
        (again.status, &again.json()["state"]),
        (StatusCode::CREATED, &json!("verified"))
    );
}
