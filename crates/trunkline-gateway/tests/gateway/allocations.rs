//! Many numbers as one undertaking.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_core::host;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, StockOrder};

use crate::{Answer, Gateway, request};

const WAIT: (&str, &str) = ("prefer", "wait=60");

impl Gateway {
    async fn allocate(&self, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key), WAIT];
        let body = body.to_string();
        self.send(request("POST", "/v1/allocations", &headers, &body))
            .await
    }
}

fn asks(area_code: &str, count: usize, mode: &str) -> Value {
    json!({"criteria": {"country": "US", "area_code": area_code, "accounts": ["twilio"]}, "count": count, "mode": mode, "label": "Pool"})
}

#[tokio::test]
async fn allocation_is_accepted_and_followed_to_its_end() {
    let gateway = Gateway::start().await;
    let body = asks("415", 12, "all_or_nothing").to_string();
    let key = [("idempotency-key", "pool")];
    let accepted = gateway
        .send(request("POST", "/v1/allocations", &key, &body))
        .await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text);
    assert_eq!(accepted.header("retry-after"), "2");
    let location = accepted.header("location").to_owned();
    let id = accepted.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(location, format!("/v1/allocations/{id}"));
    let over = gateway
        .allocate("pool", &asks("415", 12, "all_or_nothing"))
        .await;
    assert_eq!(over.status, StatusCode::CREATED, "{}", over.text);
    assert_eq!(over.header("idempotent-replayed"), "true");
    let allocation = gateway.get(&location).await.json();
    assert_eq!(allocation, over.json());
    assert_eq!(
        (&allocation["id"], &allocation["state"]),
        (&json!(id), &json!("succeeded"))
    );
    let counts =
        json!({"wanted": 12, "bought": 12, "failed": 0, "unknown": 0, "open": 0, "released": 0});
    assert_eq!(allocation["counts"], counts);
    let ledger = gateway.ledger();
    assert_eq!((ledger.owned.len(), ledger.requests["purchase"]), (12, 12));
    for item in allocation["items"].as_array().unwrap() {
        let purchase = item["purchase_id"].as_str().unwrap();
        let purchase = gateway
            .get(&format!("/v1/purchases/{purchase}"))
            .await
            .json();
        assert_eq!(purchase["number_id"], item["number_id"]);
        assert_eq!(item["price"], json!({"amount": "1.15", "currency": "USD"}));
        let number = item["number_id"].as_str().unwrap();
        let number = gateway.get(&format!("/v1/numbers/{number}")).await.json();
        assert_eq!(number["label"], "Pool");
    }
    let listed = gateway.get("/v1/allocations").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["id"], json!(id));
}

#[tokio::test]
async fn allocation_with_another_body_under_its_key_is_refused() {
    let gateway = Gateway::start().await;
    gateway
        .allocate("pool", &asks("415", 1, "best_effort"))
        .await;
    let other = gateway
        .allocate("pool", &asks("415", 2, "best_effort"))
        .await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["alc_01j9zr2m4g7q8t5v6w7x8y9z0a", "nonsense"] {
        let missing = gateway.get(&format!("/v1/allocations/{id}")).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{}", missing.text);
    }
    let keyless = gateway
        .call(
            "POST",
            "/v1/allocations",
            &asks("415", 1, "best_effort").to_string(),
        )
        .await;
    assert_eq!(keyless.field(), "Idempotency-Key");
    assert_eq!(gateway.ledger().owned.len(), 1);
}

#[tokio::test]
async fn invalid_allocation_names_the_field_and_leaves_the_key_free() {
    let gateway = Gateway::start().await;
    let with = |field: &str, value: Value| {
        let mut body = asks("415", 3, "at_least");
        body["minimum"] = json!(2);
        body[field] = value;
        body
    };
    for (body, field) in [
        (with("count", json!(0)), "count"),
        (with("count", json!("many")), "count"),
        (with("count", json!(101)), "count"),
        (with("mode", json!("most")), "mode"),
        (with("minimum", Value::Null), "minimum"),
        (with("mode", json!("all_or_nothing")), "minimum"),
        (with("strategy", json!("dearest")), "strategy"),
        (with("criteria", json!({})), "criteria.country"),
        (
            with("criteria", json!({"country": "US", "accounts": ["nobody"]})),
            "criteria.accounts",
        ),
        (
            with(
                "max_monthly_price",
                json!({"amount": "x", "currency": "USD"}),
            ),
            "max_monthly_price.amount",
        ),
        (with("voice", json!({"type": "telepathy"})), "voice.type"),
        (with("colour", json!("red")), "colour"),
    ] {
        let refused = gateway.allocate("pool", &body).await;
        assert!(refused.status.is_client_error(), "{}", refused.text);
        assert!(
            refused
                .field()
                .starts_with(field.split('.').next().unwrap()),
            "{field}: {}",
            refused.text
        );
    }
    let good = gateway
        .allocate("pool", &asks("415", 1, "best_effort"))
        .await;
    assert_eq!(good.status, StatusCode::CREATED, "{}", good.text);
}

#[tokio::test]
async fn all_or_nothing_buys_nothing_when_too_few_are_on_sale() {
    let gateway = Gateway::start().await;
    let stock = StockOrder {
        country: "US".to_owned(),
        area_code: Some("510".to_owned()),
        number_type: None,
        count: 3,
    };
    let twilio = ProviderKind::Twilio;
    gateway.sandbox.set_stock(twilio, &stock).unwrap();
    let failed = gateway
        .allocate("pool", &asks("510", 4, "all_or_nothing"))
        .await;
    let allocation = failed.json();
    assert_eq!(allocation["state"], "failed", "{allocation}");
    assert_eq!(allocation["error"]["kind"], "not_available");
    assert_eq!(gateway.ledger().requests.get("purchase"), None);
    let some = gateway
        .allocate("some", &asks("510", 4, "best_effort"))
        .await
        .json();
    assert_eq!(
        (&some["state"], &some["counts"]["bought"]),
        (&json!("partial"), &json!(3))
    );
}

/// Numbers are sold, and then the carrier refuses for want of money.
fn failing(gateway: &Gateway, kind: ProviderKind, sold: u32) {
    for _ in 0..sold {
        // A fault that does nothing takes the first requests.
        let slow = FaultPlan::once(kind, "purchase", Fault::Delay { ms: 0 });
        gateway.sandbox.inject(slow).unwrap();
    }
    let (status, body) = match kind {
        ProviderKind::Twilio => (
            400,
            json!({"code": 21404, "message": "Out of funds", "status": 400}),
        ),
        _ => (
            422,
            json!({"errors": [{"code": "insufficient_balance", "detail": "No money", "status": "422"}]}),
        ),
    };
    let broke = Fault::Status {
        status,
        headers: [].into(),
        body: Some(body),
    };
    let broke = FaultPlan::always(kind, "purchase", broke);
    gateway.sandbox.inject(broke).unwrap();
}

#[tokio::test]
async fn numbers_of_a_failed_allocation_are_given_back() {
    let gateway = Gateway::start().await;
    failing(&gateway, ProviderKind::Twilio, 4);
    let mut body = asks("415", 10, "all_or_nothing");
    body["release_on_failure"] = json!(true);
    let allocation = gateway.allocate("pool", &body).await.json();
    assert_eq!(allocation["state"], "failed", "{allocation}");
    assert_eq!(allocation["counts"]["bought"], 0);
    assert_eq!(allocation["counts"]["released"], 4);
    let ledger = gateway.ledger();
    assert_eq!(
        (
            ledger.purchases.len(),
            ledger.releases.len(),
            ledger.owned.len()
        ),
        (4, 4, 0)
    );
    let released = allocation["items"].as_array().unwrap().iter();
    let released: HashSet<_> = released
        .filter_map(|item| item["released"]["state"].as_str())
        .collect();
    assert_eq!(released, HashSet::from(["released"]));
}

#[tokio::test]
async fn number_within_release_cooldown_is_kept_with_its_date() {
    let gateway = Gateway::with_all_carriers().await;
    failing(&gateway, ProviderKind::SignalWire, 3);
    let mut body = asks("415", 10, "all_or_nothing");
    body["criteria"]["accounts"] = json!(["signalwire"]);
    body["release_on_failure"] = json!(true);
    let allocation = gateway.allocate("pool", &body).await.json();
    assert_eq!(allocation["state"], "failed", "{allocation}");
    assert_eq!(allocation["counts"]["bought"], 3, "{allocation}");
    let kept = allocation["items"].as_array().unwrap().iter();
    let kept: Vec<_> = kept
        .map(|item| &item["released"])
        .filter(|released| !released.is_null())
        .collect();
    assert_eq!(kept.len(), 3);
    for kept in kept {
        assert_eq!(kept["state"], "kept");
        assert!(
            kept["reason"]
                .as_str()
                .unwrap()
                .contains("bought too recently"),
            "{kept}"
        );
        let at: jiff::Timestamp = kept["at"].as_str().unwrap().parse().unwrap();
        let wait = Duration::try_from(at.duration_since(host::now())).unwrap();
        assert!(wait > Duration::from_secs(13 * 24 * 3_600), "{kept}");
    }
    let ledger = gateway.sandbox.ledger(ProviderKind::SignalWire);
    assert_eq!(
        (ledger.owned.len(), ledger.requests.get("release")),
        (3, Some(&3))
    );
}

#[tokio::test]
async fn lost_answer_in_an_allocation_is_not_replaced_by_another_purchase() {
    let gateway = Gateway::start().await;
    for _ in 0..3 {
        let lost = FaultPlan::once(ProviderKind::Twilio, "purchase", Fault::DropAfterCommit {});
        gateway.sandbox.inject(lost).unwrap();
    }
    let allocation = gateway
        .allocate("pool", &asks("415", 10, "all_or_nothing"))
        .await
        .json();
    assert_eq!(allocation["state"], "succeeded", "{allocation}");
    let ledger = gateway.ledger();
    assert_eq!(
        (ledger.purchases.len(), ledger.requests["purchase"]),
        (10, 10)
    );
}
