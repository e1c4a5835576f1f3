//! Purchases whose answer is lost, on either side of the carrier's commit.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::{Gateway, request};

impl Gateway {
    fn inject(&self, fault: Fault) {
        self.sandbox
            .inject(FaultPlan::once(ProviderKind::Twilio, "purchase", fault))
            .unwrap();
    }

    async fn buy_any(&self) -> crate::Answer {
        let (offer, _) = self.offer().await;
        self.buy(
            "order-1",
            &json!({"offer": offer, "label": "A"}).to_string(),
        )
        .await
    }

    /// Reads the purchase until it is as wanted.
    async fn until(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..2_000 {
            let purchase = self.get(&format!("/v1/purchases/{id}")).await.json();
            if wanted(&purchase) {
                return purchase;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{id} never got there");
    }

    fn purchase_requests(&self) -> u64 {
        self.ledger()
            .requests
            .get("purchase")
            .copied()
            .unwrap_or_default()
    }
}

#[tokio::test]
async fn answer_lost_after_the_commit_succeeds_by_asking() {
    let gateway = Gateway::start().await;
    gateway.inject(Fault::DropAfterCommit {});
    let bought = gateway.buy_any().await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    let answer = bought.json();
    assert_eq!(
        (&answer["purchase"]["late"], &answer["number"]["label"]),
        (&json!(false), &json!("A"))
    );
    assert_eq!(
        (
            gateway.purchase_requests(),
            gateway.ledger().purchases.len()
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn request_lost_before_the_commit_fails_after_the_settling_time() {
    let gateway = Gateway::start().await;
    gateway.inject(Fault::DropBeforeCommit {});
    let lost = gateway.buy_any().await;
    assert_eq!(lost.status, StatusCode::GATEWAY_TIMEOUT, "{}", lost.text);
    let problem = lost.json();
    assert_eq!(problem["kind"], "timeout");
    assert!(problem["purchase_id"].as_str().unwrap().starts_with("pur_"));
    assert_eq!(
        (
            gateway.purchase_requests(),
            gateway.ledger().purchases.len()
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn unreadable_and_failed_answers_after_the_commit_are_settled_by_asking() {
    for fault in [
        Fault::TruncatedBody {},
        Fault::MalformedBody {},
        Fault::StatusAfterCommit { status: 503 },
    ] {
        let gateway = Gateway::start().await;
        gateway.inject(fault.clone());
        let bought = gateway.buy_any().await;
        assert_eq!(
            bought.status,
            StatusCode::CREATED,
            "{fault:?}: {}",
            bought.text
        );
        assert_eq!(
            (
                gateway.purchase_requests(),
                gateway.ledger().purchases.len()
            ),
            (1, 1),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn commit_after_the_settling_time_becomes_a_late_success() {
    let gateway = Gateway::with_settle(Duration::from_millis(50)).await;
    gateway.inject(Fault::CommitLate { ms: 600 });
    let failed = gateway.buy_any().await;
    assert_eq!(
        failed.status,
        StatusCode::GATEWAY_TIMEOUT,
        "{}",
        failed.text
    );
    let id = failed.json()["purchase_id"].as_str().unwrap().to_owned();
    let late = gateway
        .until(&id, |p| {
            p["state"] == "succeeded" && p["configuration"]["state"] == "applied"
        })
        .await;
    assert_eq!(late["late"], true);
    let (offer, _) = gateway.offer().await;
    drop(offer);
    assert_eq!(
        (
            gateway.purchase_requests(),
            gateway.ledger().purchases.len()
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn key_answers_with_a_late_success_afterwards() {
    let gateway = Gateway::with_settle(Duration::from_millis(50)).await;
    gateway.inject(Fault::CommitLate { ms: 600 });
    let (offer, _) = gateway.offer().await;
    let body = json!({"offer": offer}).to_string();
    let failed = gateway.buy("order-1", &body).await;
    let again = gateway.buy("order-1", &body).await;
    assert_eq!((again.status, &again.text), (failed.status, &failed.text));
    let id = failed.json()["purchase_id"].as_str().unwrap().to_owned();
    gateway.until(&id, |p| p["state"] == "succeeded").await;
    let late = gateway.buy("order-1", &body).await;
    assert_eq!(
        (late.status, &late.json()["purchase"]["late"]),
        (StatusCode::CREATED, &json!(true))
    );
}

#[tokio::test]
async fn unknown_outcome_is_202_and_never_an_error() {
    let gateway = Gateway::with_settle(Duration::from_secs(2)).await;
    gateway.inject(Fault::DropBeforeCommit {});
    let (offer, _) = gateway.offer().await;
    let headers = [("idempotency-key", "order-1"), ("prefer", "wait=0")];
    let open = gateway
        .send(request(
            "POST",
            "/v1/numbers",
            &headers,
            &json!({"offer": offer}).to_string(),
        ))
        .await;
    assert_eq!(open.status, StatusCode::ACCEPTED, "{}", open.text);
    assert!(open.header("location").starts_with("/v1/purchases/pur_"));
    assert!(!open.header("retry-after").is_empty());
    let id = open.json()["purchase"]["id"].as_str().unwrap().to_owned();
    let unknown = gateway.until(&id, |p| p["state"] == "unknown").await;
    assert_eq!(unknown["settled_at"], Value::Null);
}

#[tokio::test]
async fn disconnected_client_cancels_nothing() {
    let gateway = Gateway::start().await;
    let fault = Fault::Delay { ms: 200 };
    gateway.inject(fault);
    let (offer, _) = gateway.offer().await;
    let body = json!({"offer": offer}).to_string();
    {
        let buying = gateway.buy("order-1", &body);
        tokio::pin!(buying);
        // Gone as soon as the carrier has been asked.
        while gateway.purchase_requests() == 0 {
            let _ = tokio::time::timeout(Duration::from_millis(5), &mut buying).await;
        }
    }
    gateway.services.shutdown().await;
    let kept = gateway.buy("order-1", &body).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text);
    assert_eq!(gateway.ledger().purchases.len(), 1);
}

#[tokio::test]
async fn purchase_of_held_number_is_conflict_and_keeps_settings() {
    let gateway = Gateway::start().await;
    let (offer, number) = gateway.offer().await;
    gateway
        .buy(
            "order-1",
            &json!({"offer": offer, "label": "Mine"}).to_string(),
        )
        .await;
    let twice = json!({"account": "twilio", "number": number, "label": "Yours"}).to_string();
    let refused = gateway.buy("order-2", &twice).await;
    assert_eq!(
        (refused.status, &refused.json()["kind"]),
        (StatusCode::CONFLICT, &json!("conflict"))
    );
    assert_eq!(gateway.purchase_requests(), 1, "refused before it is sent");
    let held = gateway.get("/v1/numbers").await.json();
    assert_eq!(held["data"][0]["label"], "Mine");
}

#[tokio::test]
async fn number_not_on_sale_is_not_available() {
    let gateway = Gateway::start().await;
    let body = json!({"account": "twilio", "number": "+15005550000"}).to_string();
    let gone = gateway.buy("order-1", &body).await;
    let problem = gone.json();
    assert_eq!(
        (gone.status, &problem["kind"]),
        (StatusCode::CONFLICT, &json!("not_available"))
    );
    assert_eq!(problem["provider_code"], "21422");
}
