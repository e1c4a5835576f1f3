//! Bad input gets a problem document that names the field, and sends nothing.

use axum::http::StatusCode;
use serde_json::Value;

use crate::{Gateway, request};

const KEY: (&str, &str) = ("idempotency-key", "k");

/// One request each: method, path, status, the field that must be named, body.
const BAD: &str = r#"
GET /v1/available-numbers 400 country
GET /v1/available-numbers?country=XX 400 country
GET /v1/available-numbers?country=USA 400 country
GET /v1/available-numbers?country=US&area_code=4x5 400 area_code
GET /v1/available-numbers?country=US&colour=red 400 colour
GET /v1/available-numbers?country=US&limit=101 400 limit
GET /v1/available-numbers?country=US&limit=ten 400 limit
GET /v1/available-numbers?country=US&features=voice,telepathy 400 features
GET /v1/available-numbers?country=US&contains=5 400 contains
GET /v1/available-numbers?country=US&near=here 400 near
GET /v1/available-numbers?country=US&distance=5 400 distance
GET /v1/available-numbers?country=US&sort=size 400 sort
GET /v1/available-numbers?country=US&accounts=nobody 404 accounts
GET /v1/available-numbers?country=US&accounts= 400 accounts
GET /v1/available-numbers?country=US&features= 400 features
GET /v1/available-numbers?country=US&type= 400 type
GET /v1/available-numbers?country=US&region=%00 400 region
GET /v1/numbers?account=, 400 account
GET /v1/numbers?owner= 400 owner
GET /v1/numbers?state= 400 state
GET /v1/numbers?provider=twillio 400 provider
GET /v1/caller-ids?label= 400 label
GET /v1/numbers?number=%2B1415abc 400 number
GET /v1/numbers?cursor=junk 400 cursor
GET /v1/numbers?limit=0 400 limit
GET /v1/purchases?state=lost 400 state
GET /v1/caller-ids?state=lost 400 state
POST /v1/numbers 400 offer {}
POST /v1/numbers 400 body {
POST /v1/numbers 400 offer {"offer":"of_junk"}
POST /v1/numbers 400 number {"account":"twilio","number":"4155550100"}
POST /v1/numbers 400 number {"account":"twilio"}
POST /v1/numbers 404 account {"account":"nobody","number":"+14155550100"}
POST /v1/numbers 400 color {"account":"twilio","number":"+14155550100","color":1}
POST /v1/numbers 400 voice.type {"account":"twilio","number":"+14155550100","voice":{"type":"fax"}}
POST /v1/numbers 400 provider_options.colour {"account":"twilio","number":"+14155550100","provider_options":{"colour":1}}
POST /v1/numbers 400 criteria.country {"criteria":{}}
POST /v1/numbers 400 criteria.limit {"criteria":{"country":"US","limit":3}}
POST /v1/numbers 404 criteria.accounts {"criteria":{"country":"US","accounts":["nobody"]}}
POST /v1/numbers 400 max_monthly_price.currency {"criteria":{"country":"US"},"max_monthly_price":{"amount":"1"}}
POST /v1/caller-ids 400 number {"account":"twilio","number":"(415) 555"}
POST /v1/caller-ids 400 call_delay {"account":"twilio","number":"+14155550177","call_delay":61}
POST /v1/numbers 400 body [null,"twilio","+14155550100"]
POST /v1/numbers 400 account {"account":"twilio","account":"twilio","number":"+14155550100"}
POST /v1/numbers 400 voice.zzz {"account":"twilio","number":"+14155550100","voice":{"type":"application","id":"AP1","zzz":1}}
POST /v1/numbers 400 voice.method {"account":"twilio","number":"+14155550100","voice":{"url":"https://a.test","method":"PUT"}}
POST /v1/numbers 400 address_id {"account":"twilio","number":"+14155550100","address_id":"x\ny"}
POST /v1/numbers?dry_run=true 400 dry_run {"account":"twilio","number":"+14155550100"}
DELETE /v1/numbers/twilio:PN1?dry_run=true 400 dry_run
GET /v1/numbers/twilio:PN1?zzz=1 400 zzz
GET /v1/accounts?zzz=1 400 zzz
POST /v1/caller-ids 400 number {"account":"twilio"}
POST /v1/caller-ids 400 label {"account":"twilio","number":"+14155550177","label":"a\nb"}
PATCH /v1/numbers/twilio:PN1 400 tags {"tags":["a\nb"]}
PATCH /v1/numbers/twilio:PN1 400 body {}
PATCH /v1/numbers/twilio:PN1 400 lable {"lable":"x"}
PATCH /v1/numbers/twilio:PN1 422 caller_id_name {"caller_id_name":"x"}
"#;

#[tokio::test]
async fn invalid_input_names_the_field_and_asks_no_carrier() {
    let gateway = Gateway::start().await;
    for case in BAD.trim().lines() {
        let [method, path, status, field, rest @ ..] = &case.splitn(5, ' ').collect::<Vec<_>>()[..]
        else {
            panic!("{case}");
        };
        let body = rest.first().copied().unwrap_or_default();
        let headers: &[(&str, &str)] = if *method == "GET" { &[] } else { &[KEY] };
        let answer = gateway.send(request(method, path, headers, body)).await;
        let what = format!("{case}: {}", answer.text);
        assert_eq!(answer.status.as_str(), *status, "{what}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{what}"
        );
        assert_eq!(answer.json()["status"].to_string(), *status, "{what}");
        assert_eq!(
            answer.json()["request_id"],
            answer.header("x-request-id"),
            "{what}"
        );
        assert!(answer.field().contains(field), "{what}");
    }
    assert_eq!(
        gateway.ledger().requests.values().sum::<u64>(),
        0,
        "no carrier was asked"
    );
}

#[tokio::test]
async fn purchase_needs_a_key_and_write_needs_json() {
    let gateway = Gateway::start().await;
    let long = "k".repeat(256);
    for headers in [
        vec![],
        vec![("idempotency-key", long.as_str())],
        vec![("idempotency-key", "two words")],
    ] {
        let answer = gateway
            .send(request("POST", "/v1/numbers", &headers, "{}"))
            .await;
        assert_eq!(
            (answer.status, answer.field().as_str()),
            (StatusCode::BAD_REQUEST, "Idempotency-Key")
        );
    }
    for (method, path) in [
        ("POST", "/v1/numbers"),
        ("PATCH", "/v1/numbers/twilio:PN1"),
        ("POST", "/v1/caller-ids"),
    ] {
        let mut form = request(method, path, &[KEY], "{}");
        form.headers_mut().insert(
            "content-type",
            "application/x-www-form-urlencoded".parse().unwrap(),
        );
        let answer = gateway.send(form).await;
        assert_eq!(
            (answer.status, answer.field().as_str()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type")
        );
    }
}

#[tokio::test]
async fn all_unknown_fields_are_named_at_once() {
    let gateway = Gateway::start().await;
    let answer = gateway
        .get("/v1/available-numbers?country=US&colour=red&size=big")
        .await
        .json();
    let fields: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].clone())
        .collect();
    assert_eq!(fields, ["colour", "size"]);
}

#[tokio::test]
async fn body_of_ten_megabytes_is_too_large() {
    let gateway = Gateway::start().await;
    let body = format!(r#"{{"offer":"{}"}}"#, "x".repeat(10 << 20));
    let answer = gateway.buy("k", &body).await;
    assert_eq!(
        (answer.status, answer.field().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "body")
    );
}

#[tokio::test]
async fn unknown_route_and_method_are_problem_documents() {
    let gateway = Gateway::start().await;
    let missing = gateway.get("/v1/nothing").await;
    assert_eq!(
        (missing.status, &missing.json()["kind"]),
        (StatusCode::NOT_FOUND, &Value::from("not_found"))
    );
    let wrong = gateway.call("PUT", "/v1/numbers", "{}").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    let allowed = wrong.header("allow");
    assert!(
        allowed.contains("GET") && allowed.contains("POST"),
        "{allowed:?}"
    );
    assert_eq!(wrong.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn blank_before_a_number_is_read_as_plus() {
    let gateway = Gateway::start().await;
    let listed = gateway.get("/v1/numbers?number=+14155550100").await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
}

#[tokio::test]
async fn browser_request_from_a_foreign_origin_is_refused() {
    let gateway = Gateway::start().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "null"),
    ] {
        let answer = gateway
            .send(request("GET", "/v1/accounts", &[(name, value)], ""))
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let own = [
        ("origin", "http://127.0.0.1:8080"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(
        gateway
            .send(request("GET", "/v1/accounts", &own, ""))
            .await
            .status,
        StatusCode::OK
    );
    let mut rebound = request("GET", "/v1/accounts", &[], "");
    rebound
        .headers_mut()
        .insert("host", "evil.example".parse().unwrap());
    let rebound = gateway.send(rebound).await;
    assert_eq!(
        (rebound.status, rebound.field().as_str()),
        (StatusCode::FORBIDDEN, "Host")
    );
}

#[tokio::test]
async fn valid_request_id_is_kept_and_invalid_one_replaced() {
    let gateway = Gateway::start().await;
    let kept = gateway
        .send(request(
            "GET",
            "/healthz",
            &[("x-request-id", "mine-1")],
            "",
        ))
        .await;
    assert_eq!(kept.header("x-request-id"), "mine-1");
    let long = "x".repeat(129);
    for bad in ["two words", long.as_str()] {
        let replaced = gateway
            .send(request("GET", "/healthz", &[("x-request-id", bad)], ""))
            .await;
        assert!(replaced.header("x-request-id").starts_with("req_"), "{bad}");
    }
}

#[tokio::test]
async fn unknown_method_adds_no_metric_label() {
    let gateway = Gateway::start().await;
    gateway.send(request("MADEUP", "/healthz", &[], "")).await;
    assert!(!gateway.get("/metrics").await.text.contains("MADEUP"));
}

#[tokio::test]
async fn unknown_page_is_a_problem_document() {
    let gateway = Gateway::start().await;
    let missing = gateway.get("/docs/nope.js").await;
    assert_eq!(
        (missing.status, missing.header("content-type")),
        (StatusCode::NOT_FOUND, "application/problem+json")
    );
}
