//! Search, purchase, show, change, release.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::{Gateway, request};

#[tokio::test]
async fn number_is_searched_bought_shown_changed_and_released() {
    let gateway = Gateway::start().await;
    let (offer, _) = gateway.offer().await;

    let body = json!({"offer": offer, "label": "Support line"}).to_string();
    let bought = gateway.buy("order-1", &body).await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    let purchase = bought.json();
    assert_eq!(purchase["purchase"]["state"], "succeeded");
    assert_eq!(purchase["purchase"]["configuration"]["state"], "applied");
    assert_eq!(purchase["number"]["label"], "Support line");
    let id = purchase["number"]["id"].as_str().unwrap().to_owned();
    assert_eq!(bought.header("location"), format!("/v1/numbers/{id}"));

    let patch =
        json!({"label": "Sales", "voice": {"url": "https://voice.example.com/in"}}).to_string();
    let changed = gateway
        .call("PATCH", &format!("/v1/numbers/{id}"), &patch)
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!(changed.json()["voice"]["type"], "webhook");
    let more = json!({"voice": {"fallback_url": "https://voice.example.com/else"}}).to_string();
    let more = gateway
        .call("PATCH", &format!("/v1/numbers/{id}"), &more)
        .await
        .json();
    assert_eq!(
        more["voice"]["url"], "https://voice.example.com/in",
        "a merge patch keeps the rest"
    );

    let listed = gateway.get("/v1/numbers?account=twilio").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["sources"][0]["status"], "ok");

    assert_eq!(
        gateway
            .call("DELETE", &format!("/v1/numbers/{id}"), "")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        gateway.get(&format!("/v1/numbers/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        gateway
            .call("DELETE", &format!("/v1/numbers/{id}"), "")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    let ledger = gateway.ledger();
    assert_eq!(
        (
            ledger.purchases.len(),
            ledger.releases.len(),
            ledger.owned.len()
        ),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn number_is_shown_by_its_e164() {
    let gateway = Gateway::start().await;
    let (offer, number) = gateway.offer().await;
    let bought = gateway
        .buy("order-1", &json!({"offer": offer}).to_string())
        .await
        .json();
    let by_number = gateway
        .get(&format!("/v1/numbers/{}", number.replace('+', "%2B")))
        .await;
    assert_eq!(by_number.json()["id"], bought["number"]["id"]);
}

#[tokio::test]
async fn repeated_key_gets_the_same_bytes_and_buys_once() {
    let gateway = Gateway::start().await;
    let (offer, _) = gateway.offer().await;
    let body = json!({"offer": offer, "label": "A"}).to_string();
    let first = gateway.buy("order-1", &body).await;
    // The order of members and blanks make no other request.
    let again = gateway
        .buy(
            "order-1",
            &format!(r#"{{ "label": "A",  "offer": "{offer}" }}"#),
        )
        .await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(
        (
            first.header("idempotent-replayed"),
            again.header("idempotent-replayed")
        ),
        ("", "true")
    );
    let other = gateway
        .buy("order-1", r#"{"account":"twilio","number":"+14155550100"}"#)
        .await;
    assert_eq!(
        (other.status, other.field().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "Idempotency-Key")
    );
    assert_eq!(gateway.ledger().purchases.len(), 1);
}

#[tokio::test]
async fn concurrent_requests_with_one_key_are_one_purchase() {
    let gateway = Gateway::start().await;
    let (offer, _) = gateway.offer().await;
    let body = json!({"offer": offer}).to_string();
    let answers =
        futures_util::future::join_all((0..64).map(|_| gateway.buy("order-1", &body))).await;
    assert!(
        answers
            .iter()
            .all(|a| a.status == StatusCode::CREATED && a.text == answers[0].text)
    );
    assert_eq!(gateway.ledger().requests.get("purchase"), Some(&1));
}

#[tokio::test]
async fn concurrent_requests_with_another_body_under_the_key_are_refused() {
    let gateway = Gateway::start().await;
    let (offer, _) = gateway.offer().await;
    let bodies = [
        json!({"offer": offer}).to_string(),
        json!({"offer": offer, "label": "Another"}).to_string(),
    ];
    let asked = (0..64).map(|at| gateway.buy("order-1", &bodies[at % 2]));
    let answers = futures_util::future::join_all(asked).await;
    let first = answers
        .iter()
        .position(|answer| answer.status == StatusCode::CREATED);
    let bought = first.unwrap();
    for (at, answer) in answers.iter().enumerate() {
        if at % 2 == bought % 2 {
            assert_eq!(answer.text, answers[bought].text);
        } else {
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{}",
                answer.text
            );
            assert_eq!(answer.field(), "Idempotency-Key");
        }
    }
    assert_eq!(gateway.ledger().requests.get("purchase"), Some(&1));
}

#[tokio::test]
async fn write_with_a_key_is_done_once() {
    let gateway = Gateway::start().await;
    let (offer, _) = gateway.offer().await;
    let bought = gateway
        .buy("order-1", &json!({"offer": offer}).to_string())
        .await
        .json();
    let path = format!("/v1/numbers/{}", bought["number"]["id"].as_str().unwrap());
    let patch = |label: &str| {
        request(
            "PATCH",
            &path,
            &[("idempotency-key", "change-1")],
            &json!({"label": label}).to_string(),
        )
    };
    let first = gateway.send(patch("A")).await;
    let again = gateway.send(patch("A")).await;
    assert_eq!(
        (&first.text, again.header("idempotent-replayed")),
        (&again.text, "true")
    );
    assert_eq!(
        gateway.send(patch("B")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(gateway.ledger().requests.get("update"), Some(&1));
}

#[tokio::test]
async fn refused_carrier_credential_is_bad_gateway() {
    let gateway = Gateway::start().await;
    let body = Some(json!({"code": 20003, "message": "Authenticate", "status": 401}));
    let fault = Fault::Status {
        status: 401,
        headers: BTreeMap::default(),
        body,
    };
    gateway
        .sandbox
        .inject(FaultPlan::always(ProviderKind::Twilio, "get", fault))
        .unwrap();
    let refused = gateway
        .get("/v1/numbers/twilio:PN00000000000000000000000000000001")
        .await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY);
    let problem = refused.json();
    assert_eq!(
        (&problem["kind"], &problem["provider_code"]),
        (&json!("credential_refused"), &json!("20003"))
    );
}

#[tokio::test]
async fn providers_and_accounts_show_capability_and_health() {
    let gateway = Gateway::start().await;
    let providers = gateway.get("/v1/providers").await.json();
    let mut providers = providers["data"].as_array().unwrap().iter();
    let twilio = providers.find(|one| one["name"] == "twilio").unwrap();
    let operations = twilio["capability"]["operations"].as_array().unwrap();
    assert!(operations.contains(&json!("purchase")) && !operations.contains(&json!("register")));
    let account = gateway.get("/v1/accounts/twilio").await.json();
    assert_eq!(
        (
            &account["health"]["status"],
            &account["limits"]["concurrency"]
        ),
        (&json!("ok"), &json!(10))
    );
    assert_eq!(
        gateway.get("/v1/accounts/nobody").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn health_metrics_and_documents_are_served() {
    let gateway = Gateway::start().await;
    gateway.offer().await;
    assert_eq!(gateway.get("/healthz").await.json()["status"], "ok");
    assert_eq!(gateway.get("/readyz").await.status, StatusCode::OK);
    let metrics = gateway.get("/metrics").await.text;
    for name in [
        "trunkline_http_requests_total",
        "trunkline_upstream_requests_total",
        "trunkline_build_info",
    ] {
        assert!(metrics.contains(name), "{name}");
    }
    assert_eq!(
        gateway.get("/openapi.json").await.json()["openapi"],
        "3.1.0"
    );
    // Everything the page needs comes from here: it works offline.
    for part in [
        "",
        "index.css",
        "swagger-ui.css",
        "swagger-initializer.js",
        "swagger-ui-bundle.js",
    ] {
        let answer = gateway.get(&format!("/docs/{part}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{part}");
    }
}

#[tokio::test]
async fn unreadable_row_is_reported_in_its_source() {
    let gateway = Gateway::start().await;
    let row = json!({"sid": "PN00000000000000000000000000000001", "phone_number": "+14155550100"});
    let page = json!({"incoming_phone_numbers": [row, {"phone_number": "+14155550101"}], "next_page_uri": null});
    let fault = Fault::Status {
        status: 200,
        headers: BTreeMap::default(),
        body: Some(page),
    };
    gateway
        .sandbox
        .inject(FaultPlan::once(ProviderKind::Twilio, "list", fault))
        .unwrap();
    let listed = gateway.get("/v1/numbers").await.json();
    let source = &listed["sources"][0];
    assert_eq!(
        (&source["count"], &source["status"]),
        (&json!(1), &json!("partial")),
        "{listed}"
    );
    assert!(
        source["error"]["detail"]
            .as_str()
            .unwrap()
            .starts_with("1 rows"),
        "{listed}"
    );
}
