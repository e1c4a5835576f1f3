//! Releases that wait, are undone, and are refused before anything is sent.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;
use trunkline_sandbox::ProviderKind;

use crate::{Gateway, request};

/// A gateway whose account has a grace period, and the path of a number bought there.
async fn holding(quarantine: Duration) -> (Gateway, String) {
    let gateway = Gateway::with(|entry| {
        entry.settle = Duration::from_millis(300);
        entry.quarantine = quarantine;
    })
    .await;
    let path = bought(&gateway, "twilio").await;
    (gateway, path)
}

/// The path of a number bought at this account.
async fn bought(gateway: &Gateway, account: &str) -> String {
    let search =
        format!("/v1/available-numbers?country=US&area_code=415&limit=1&accounts={account}");
    let found = gateway.get(&search).await.json();
    let offer = found["data"][0]["offer"].as_str().unwrap();
    let bought = gateway
        .buy("order", &format!(r#"{{"offer":"{offer}"}}"#))
        .await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    let id = bought.json()["number"]["id"].as_str().unwrap().to_owned();
    format!("/v1/numbers/{id}")
}

fn asked(gateway: &Gateway, kind: ProviderKind) -> u64 {
    let requests = gateway.sandbox.ledger(kind).requests;
    requests.get("release").copied().unwrap_or_default()
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn release_within_a_grace_period_is_accepted_shown_and_undone() {
    let (gateway, path) = holding(DAY).await;
    let accepted = gateway.call("DELETE", &path, "").await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text);
    let at = accepted.json()["release_at"].clone();
    assert!(at.is_string(), "{}", accepted.text);
    let again = gateway.call("DELETE", &path, "").await;
    assert_eq!(
        (again.status, again.json()),
        (accepted.status, accepted.json())
    );
    assert_eq!(gateway.get(&path).await.json()["release_at"], at);
    let listed = gateway.get("/v1/numbers").await.json();
    assert_eq!(listed["data"][0]["release_at"], at);

    let restore = format!("{path}/restore");
    let restored = gateway.call("POST", &restore, "").await;
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.text);
    assert_eq!(restored.json()["release_at"], Value::Null);
    let nothing = gateway.call("POST", &restore, "").await;
    assert_eq!(nothing.status, StatusCode::CONFLICT, "{}", nothing.text);
    let unknown = gateway
        .call("POST", "/v1/numbers/twilio:PN9/restore", "")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text);
    assert_eq!(asked(&gateway, ProviderKind::Twilio), 0);
}

#[tokio::test]
async fn restore_with_a_key_is_repeated_with_its_answer() {
    let (gateway, path) = holding(DAY).await;
    gateway.call("DELETE", &path, "").await;
    let restore = format!("{path}/restore");
    let send = || gateway.send(request("POST", &restore, &[("idempotency-key", "k")], ""));
    let (first, second) = (send().await, send().await);
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert_eq!((second.status, &second.text), (first.status, &first.text));
    assert_eq!(second.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn number_is_released_when_its_grace_period_is_over() {
    let (gateway, path) = holding(Duration::from_millis(200)).await;
    assert_eq!(
        gateway.call("DELETE", &path, "").await.status,
        StatusCode::ACCEPTED
    );
    while gateway.ledger().releases.is_empty() {
        gateway
            .services
            .engine
            .numbers
            .finish_releases()
            .await
            .unwrap();
        tokio::task::yield_now().await;
    }
    while gateway.get(&path).await.status != StatusCode::NOT_FOUND {
        tokio::task::yield_now().await;
    }
    // The records show it once its end is written down.
    let repeated = gateway.call("DELETE", &path, "").await;
    assert_eq!(repeated.status, StatusCode::NO_CONTENT, "{}", repeated.text);
    let late = gateway.call("POST", &format!("{path}/restore"), "").await;
    assert_eq!(late.status, StatusCode::NOT_FOUND, "{}", late.text);
    assert_eq!(gateway.ledger().releases.len(), 1);
}

#[tokio::test]
async fn protected_number_is_locked_by_id_and_by_e164() {
    let (gateway, path) = holding(DAY).await;
    gateway.call("DELETE", &path, "").await;
    let protected = gateway.call("PATCH", &path, r#"{"protected":true}"#).await;
    assert_eq!(protected.json()["release_at"], Value::Null);
    let number = protected.json()["number"].as_str().unwrap().to_owned();
    for path in [path, format!("/v1/numbers/{number}")] {
        let locked = gateway.call("DELETE", &path, "").await;
        assert_eq!(locked.status, StatusCode::LOCKED, "{}", locked.text);
        let problem = locked.json();
        assert_eq!(problem["kind"], "locked");
        assert!(problem["detail"].as_str().unwrap().contains("is protected"));
    }
    assert_eq!(asked(&gateway, ProviderKind::Twilio), 0);
}

#[tokio::test]
async fn early_release_is_refused_with_the_date_of_the_carrier() {
    let gateway = Gateway::with_all_carriers().await;
    let young = bought(&gateway, "signalwire").await;
    let locked = gateway.call("DELETE", &young, "").await;
    assert_eq!(locked.status, StatusCode::LOCKED, "{}", locked.text);
    let detail = locked.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("bought too recently") && detail.contains("Z on"),
        "{detail}"
    );
    let wait: u64 = locked.header("retry-after").parse().unwrap();
    assert!(wait > 13 * 24 * 3_600, "{wait}");
    assert_eq!(asked(&gateway, ProviderKind::SignalWire), 1);

    let held = gateway
        .get("/v1/numbers?account=webex&main=true")
        .await
        .json();
    let main = held["data"][0]["id"].as_str().unwrap();
    let refused = gateway
        .call("DELETE", &format!("/v1/numbers/{main}"), "")
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert!(refused.text.contains("main number"), "{}", refused.text);
    assert_eq!(asked(&gateway, ProviderKind::Webex), 0);
}
