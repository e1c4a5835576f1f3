//! Bad input gets a problem document that names the field, and sends nothing.

use axum::http::StatusCode;
use serde_json::Value;

use crate::{Gateway, request};

const JSON: (&str, &str) = ("content-type", "application/json");
const KEY: (&str, &str) = ("idempotency-key", "k");

#[tokio::test]
async fn bad_input_names_the_field_and_asks_no_carrier() {
    let gateway = Gateway::start().await;
    let nothing: &[(&str, &str)] = &[];
    let long_key = "k".repeat(256);
    let too_long = [JSON, ("idempotency-key", long_key.as_str())];
    let cases: Vec<(&str, &str, &[(&str, &str)], &str, u16, &str)> = vec![
        ("GET", "/v1/available-numbers", nothing, "", 400, "country"),
        (
            "GET",
            "/v1/available-numbers?country=XX",
            nothing,
            "",
            400,
            "country",
        ),
        (
            "GET",
            "/v1/available-numbers?country=USA",
            nothing,
            "",
            400,
            "country",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&area_code=4x5",
            nothing,
            "",
            400,
            "area_code",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&colour=red",
            nothing,
            "",
            400,
            "colour",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&limit=101",
            nothing,
            "",
            400,
            "limit",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&limit=ten",
            nothing,
            "",
            400,
            "limit",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&features=voice,telepathy",
            nothing,
            "",
            400,
            "features",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&contains=5",
            nothing,
            "",
            400,
            "contains",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&near=here",
            nothing,
            "",
            400,
            "near",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&distance=5",
            nothing,
            "",
            400,
            "distance",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&sort=size",
            nothing,
            "",
            400,
            "sort",
        ),
        (
            "GET",
            "/v1/available-numbers?country=US&accounts=nobody",
            nothing,
            "",
            404,
            "account",
        ),
        (
            "GET",
            "/v1/numbers?number=%2B1415abc",
            nothing,
            "",
            400,
            "number",
        ),
        ("GET", "/v1/numbers?cursor=junk", nothing, "", 400, "cursor"),
        ("GET", "/v1/numbers?limit=0", nothing, "", 400, "limit"),
        ("GET", "/v1/purchases?state=lost", nothing, "", 400, "state"),
        (
            "GET",
            "/v1/caller-ids?state=lost",
            nothing,
            "",
            400,
            "state",
        ),
        ("POST", "/v1/numbers", &[JSON], "{}", 400, "Idempotency-Key"),
        (
            "POST",
            "/v1/numbers",
            &too_long,
            "{}",
            400,
            "Idempotency-Key",
        ),
        ("POST", "/v1/numbers", &[JSON, KEY], "{}", 400, "offer"),
        ("POST", "/v1/numbers", &[JSON, KEY], "{", 400, "body"),
        (
            "POST",
            "/v1/numbers",
            &[JSON, KEY],
            r#"{"offer":"of_junk"}"#,
            400,
            "offer",
        ),
        (
            "POST",
            "/v1/numbers",
            &[JSON, KEY],
            r#"{"account":"twilio","number":"4155550100"}"#,
            400,
            "number",
        ),
        (
            "POST",
            "/v1/numbers",
            &[JSON, KEY],
            r#"{"account":"twilio"}"#,
            400,
            "number",
        ),
        (
            "POST",
            "/v1/numbers",
            &[JSON, KEY],
            r#"{"account":"nobody","number":"+14155550100"}"#,
            404,
            "account",
        ),
        (
            "POST",
            "/v1/numbers",
            &[JSON, KEY],
            r#"{"account":"twilio","number":"+14155550100","color":1}"#,
            400,
            "color",
        ),
        (
            "POST",
            "/v1/numbers",
            &[JSON, KEY],
            r#"{"account":"twilio","number":"+14155550100","voice":{"type":"fax"}}"#,
            400,
            "voice.type",
        ),
        (
            "POST",
            "/v1/numbers",
            &[JSON, KEY],
            r#"{"account":"twilio","number":"+14155550100","provider_options":{"colour":1}}"#,
            400,
            "provider_options.colour",
        ),
        (
            "POST",
            "/v1/caller-ids",
            &[JSON],
            r#"{"account":"twilio","number":"(415) 555"}"#,
            400,
            "number",
        ),
        (
            "POST",
            "/v1/caller-ids",
            &[JSON],
            r#"{"account":"twilio","number":"+14155550177","call_delay":61}"#,
            400,
            "call_delay",
        ),
        (
            "PATCH",
            "/v1/numbers/twilio:PN1",
            &[JSON],
            "{}",
            400,
            "body",
        ),
        (
            "PATCH",
            "/v1/numbers/twilio:PN1",
            &[JSON],
            r#"{"lable":"x"}"#,
            400,
            "lable",
        ),
        (
            "PATCH",
            "/v1/numbers/twilio:PN1",
            &[JSON],
            r#"{"caller_id_name":"x"}"#,
            422,
            "caller_id_name",
        ),
        (
            "PATCH",
            "/v1/numbers/twilio:PN1",
            &[("content-type", "text/plain")],
            "label=x",
            415,
            "Content-Type",
        ),
        (
            "POST",
            "/v1/numbers",
            &[KEY, ("content-type", "application/x-www-form-urlencoded")],
            "offer=x",
            415,
            "Content-Type",
        ),
    ];
    for (method, path, headers, body, status, field) in cases {
        let mut request = request(method, path, headers, "");
        *request.body_mut() = axum::body::Body::from(body.to_owned());
        let answer = gateway.send(request).await;
        let what = format!("{method} {path} {body}: {}", answer.text);
        assert_eq!(answer.status.as_u16(), status, "{what}");
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{what}"
        );
        assert_eq!(answer.json()["status"], status, "{what}");
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
async fn a_body_of_ten_megabytes_is_too_large() {
    let gateway = Gateway::start().await;
    let body = format!(r#"{{"offer":"{}"}}"#, "x".repeat(10 << 20));
    let answer = gateway.buy("k", &body).await;
    assert_eq!(
        (answer.status, answer.field().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "body")
    );
}

#[tokio::test]
async fn the_routers_own_answers_are_problems_too() {
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
async fn a_plus_that_arrived_as_a_blank_is_read_as_a_plus() {
    let gateway = Gateway::start().await;
    let listed = gateway.get("/v1/numbers?number=+14155550100").await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
}

#[tokio::test]
async fn a_browser_from_elsewhere_is_refused() {
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
async fn a_valid_request_id_is_kept_and_any_other_replaced() {
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
