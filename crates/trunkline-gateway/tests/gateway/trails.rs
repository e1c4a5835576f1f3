//! Who did what, what happened, and who hears of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use trunkline_sandbox::{CallOutcome, Fault, FaultPlan, ProviderKind};

use crate::{Gateway, request};

/// Buys the first number in 415, and gives its id and number.
async fn bought(gateway: &Gateway) -> (String, String) {
    let (offer, number) = gateway.offer().await;
    let body = json!({ "offer": offer }).to_string();
    let answer = gateway.buy("k1", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let id = answer.json()["number"]["id"].as_str().unwrap().to_owned();
    (id, number)
}

async fn rows(gateway: &Gateway, query: &str) -> Vec<Value> {
    let answer = gateway.get(&format!("/v1/audit?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn audit_rows_are_found_by_each_filter() {
    let gateway = Gateway::start().await;
    let (id, number) = bought(&gateway).await;
    let headers = [
        ("x-request-id", "ours-1"),
        ("user-agent", "trunkline-cli/0.1.0"),
    ];
    let change = request(
        "PATCH",
        &format!("/v1/numbers/{id}"),
        &headers,
        r#"{"label":"Desk"}"#,
    );
    assert_eq!(gateway.send(change).await.status, StatusCode::OK);
    let found = rows(&gateway, "request_id=ours-1&outcome=ok").await;
    assert_eq!(found.len(), 1);
    let row = &found[0];
    assert_eq!(row["action"], "number.update");
    assert_eq!(
        (&row["account"], &row["number"]),
        (&json!("twilio"), &json!(number))
    );
    assert_eq!(
        (&row["resource"], &row["actor"]["via"]),
        (&json!(id), &json!("cli"))
    );
    assert_eq!(row["after"], json!({ "label": "Desk" }));
    assert!(row["before"]["label"].is_string());
    let of_number = rows(&gateway, &format!("number={number}")).await;
    let actions: Vec<_> = of_number.iter().map(|row| row["action"].clone()).collect();
    assert_eq!(
        actions,
        [
            "number.update",
            "number.update",
            "number.purchase",
            "number.purchase"
        ]
    );
    assert_eq!(
        rows(&gateway, "action=number.purchase&outcome=ok")
            .await
            .len(),
        1
    );
    assert_eq!(rows(&gateway, "account=other").await.len(), 0);
    assert_eq!(
        rows(
            &gateway,
            "from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z"
        )
        .await
        .len(),
        0
    );
    let wrong = gateway.get("/v1/audit?outcome=fine").await;
    assert_eq!(
        (wrong.status, wrong.field().as_str()),
        (StatusCode::BAD_REQUEST, "outcome")
    );
}

#[tokio::test]
async fn audit_trail_is_paged_exported_and_verified() {
    let gateway = Gateway::start().await;
    bought(&gateway).await;
    let first = gateway.get("/v1/audit?limit=1").await.json();
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let second = gateway
        .get(&format!("/v1/audit?limit=1&cursor={cursor}"))
        .await
        .json();
    assert_eq!(first["data"][0]["outcome"], "ok");
    assert_eq!(second["data"][0]["outcome"], "begun");
    assert_eq!(second["next_cursor"], Value::Null);
    let accept = [("accept", "application/x-ndjson")];
    let export = gateway.send(request("GET", "/v1/audit", &accept, "")).await;
    let lines: Vec<Value> = export
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((lines.len(), &lines[0]), (3, &first["data"][0]));
    let checked = gateway.get("/v1/audit/verification").await.json();
    assert_eq!(
        (&checked["whole"], &checked["rows"]),
        (&json!(true), &json!(2))
    );
}

#[tokio::test]
async fn refused_request_is_audited_with_the_reason() {
    let gateway = Gateway::start().await;
    let (id, _) = bought(&gateway).await;
    let path = format!("/v1/numbers/{id}");
    assert_eq!(
        gateway
            .call("PATCH", &path, r#"{"protected":true}"#)
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        gateway.call("DELETE", &path, "").await.status,
        StatusCode::LOCKED
    );
    let found = rows(&gateway, "action=number.release").await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["outcome"], &found[0]["error"]["kind"]),
        (&json!("refused"), &json!("locked"))
    );
    // Twilio's number that is never to be had.
    let body = r#"{"account":"twilio","number":"+15005550000"}"#;
    assert_eq!(gateway.buy("k2", body).await.status, StatusCode::CONFLICT);
    let found = rows(&gateway, "number=%2B15005550000&outcome=refused").await;
    assert_eq!(found[0]["error"]["kind"], "not_available");
    let body = r#"{"account":"nobody","number":"+14155550100"}"#;
    assert_eq!(gateway.buy("k3", body).await.status, StatusCode::NOT_FOUND);
    let found = rows(&gateway, "account=nobody").await;
    assert_eq!((found.len(), &found[0]["outcome"]), (1, &json!("refused")));
}

#[tokio::test]
async fn events_are_read_newest_first_until_the_oldest() {
    let gateway = Gateway::start().await;
    let empty = gateway.get("/v1/events?order=newest").await.json();
    assert_eq!(
        (&empty["data"], &empty["next_cursor"]),
        (&json!([]), &json!(null))
    );
    let (id, _) = bought(&gateway).await;
    for label in ["a", "b", "c"] {
        let body = json!({"label": label}).to_string();
        gateway
            .call("PATCH", &format!("/v1/numbers/{id}"), &body)
            .await;
    }
    let all = gateway.get("/v1/events").await.json();
    let mut expected = all["data"].as_array().unwrap().clone();
    expected.reverse();
    assert!(expected.len() >= 4, "{all}");
    let (mut seen, mut path) = (Vec::new(), "/v1/events?order=newest&limit=2".to_owned());
    loop {
        let page = gateway.get(&path).await.json();
        seen.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/events?order=newest&limit=2&after={cursor}");
    }
    assert_eq!(seen, expected);
    let typed = "/v1/events?order=newest&type=number.purchased";
    let typed = gateway.get(typed).await.json();
    assert_eq!(typed["data"], json!([expected.last().unwrap()]));
    let cursor = all["next_cursor"].as_str().unwrap();
    for (wrong, field) in [
        ("order=last".to_owned(), "order"),
        (format!("order=newest&after={cursor}"), "after"),
    ] {
        let answer = gateway.get(&format!("/v1/events?{wrong}")).await;
        assert_eq!(
            (answer.status, answer.field().as_str()),
            (StatusCode::BAD_REQUEST, field)
        );
    }
    let stream = [("accept", "text/event-stream")];
    let answer = gateway
        .send(request("GET", "/v1/events?order=newest", &stream, ""))
        .await;
    assert_eq!(
        (answer.status, answer.field().as_str()),
        (StatusCode::BAD_REQUEST, "order")
    );
}

#[tokio::test]
async fn event_feed_continues_after_its_cursor() {
    let gateway = Gateway::start().await;
    let start = gateway.get("/v1/events").await.json();
    assert_eq!(start["data"], json!([]));
    let cursor = start["next_cursor"].as_str().unwrap().to_owned();
    let (id, number) = bought(&gateway).await;
    let page = gateway
        .get(&format!("/v1/events?after={cursor}"))
        .await
        .json();
    let event = &page["data"][0];
    assert_eq!(event["type"], "number.purchased");
    assert_eq!(
        (&event["resource"], &event["sequence"]),
        (&json!(id), &json!(1))
    );
    assert_eq!(event["data"]["number"], number);
    let released = gateway
        .call("DELETE", &format!("/v1/numbers/{id}"), "")
        .await;
    assert_eq!(released.status, StatusCode::NO_CONTENT);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = gateway
        .get(&format!("/v1/events?after={cursor}"))
        .await
        .json();
    let told = &rest["data"][0];
    assert_eq!(
        (&told["type"], &told["sequence"]),
        (&json!("number.released"), &json!(2))
    );
    let by_type = gateway.get("/v1/events?type=number.released").await.json();
    assert_eq!(by_type["data"].as_array().unwrap().len(), 1);
    let by_id = format!("/v1/events?after={}", event["id"].as_str().unwrap());
    assert_eq!(gateway.get(&by_id).await.json()["data"], rest["data"]);
    for (wrong, field) in [("type=number.lost", "type"), ("after=nonsense", "after")] {
        let answer = gateway.get(&format!("/v1/events?{wrong}")).await;
        assert_eq!(
            (answer.status, answer.field().as_str()),
            (StatusCode::BAD_REQUEST, field)
        );
    }
}

#[tokio::test]
async fn event_stream_resumes_after_its_last_id() {
    let gateway = Gateway::start().await;
    let open = async |headers: &[(&str, &str)]| {
        let path = "/v1/events?after=latest";
        let response = gateway
            .app
            .clone()
            .oneshot(request("GET", path, headers, ""))
            .await;
        let response = response.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body().into_data_stream()
    };
    // Until there is an event in it.
    let read = async |stream: &mut axum::body::BodyDataStream| loop {
        let chunk = tokio::time::timeout(Duration::from_secs(20), stream.next()).await;
        let text = String::from_utf8(chunk.unwrap().unwrap().unwrap().to_vec()).unwrap();
        if text.contains("data: ") {
            return text;
        }
    };
    let field = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().to_owned()
    };
    let accept = ("accept", "text/event-stream");
    let mut stream = open(&[accept]).await;
    let (id, _) = bought(&gateway).await;
    let first = read(&mut stream).await;
    assert_eq!(field(&first, "event: "), "number.purchased");
    let body: Value = serde_json::from_str(&field(&first, "data: ")).unwrap();
    assert_eq!(body["resource"], id);
    drop(stream);
    gateway
        .call("DELETE", &format!("/v1/numbers/{id}"), "")
        .await;
    let last = field(&first, "id: ");
    let mut resumed = open(&[accept, ("last-event-id", &last)]).await;
    let second = read(&mut resumed).await;
    assert_eq!(field(&second, "event: "), "number.released");
}

#[tokio::test]
async fn webhook_secret_is_shown_once_and_not_stored_with_the_answer() {
    let gateway = Gateway::start().await;
    let body = r#"{"url":"https://hooks.example.com/x","types":["number.purchased"]}"#;
    let keyed = [("idempotency-key", "k")];
    let made = gateway
        .send(request("POST", "/v1/webhooks", &keyed, body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    let again = gateway
        .send(request("POST", "/v1/webhooks", &keyed, body))
        .await;
    assert!(!again.text.contains(&secret));
    let path = made.header("location").to_owned();
    for shown in [
        gateway.get(&path).await,
        gateway.get("/v1/webhooks").await,
        gateway.get("/v1/audit").await,
    ] {
        assert_eq!(shown.status, StatusCode::OK);
        assert!(!shown.text.contains(secret.trim_start_matches("whsec_")));
    }
    let off = gateway
        .call(
            "PATCH",
            &path,
            r#"{"enabled":false,"description":"Billing"}"#,
        )
        .await;
    assert_eq!(
        (&off.json()["enabled"], &off.json()["description"]),
        (&json!(false), &json!("Billing"))
    );
    assert_eq!(
        gateway.call("DELETE", &path, "").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(gateway.get(&path).await.status, StatusCode::NOT_FOUND);
    let actions = rows(&gateway, "limit=10").await;
    assert_eq!(actions[0]["action"], "webhook.delete");
    for (body, field) in [
        (r#"{"url":"https://10.0.0.1/x"}"#, "url"),
        (r#"{"url":"http://hooks.example.com","typs":[]}"#, "typs"),
        (
            r#"{"url":"https://hooks.example.com","types":["number.lost"]}"#,
            "types",
        ),
    ] {
        let answer = gateway.call("POST", "/v1/webhooks", body).await;
        assert_eq!(
            (answer.status, answer.field().as_str()),
            (StatusCode::BAD_REQUEST, field)
        );
    }
}

type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn receive(State(received): State<Received>, headers: HeaderMap, body: String) -> StatusCode {
    received.lock().unwrap().push((headers, body));
    StatusCode::NO_CONTENT
}

/// A receiver on loopback, which the gateway of these tests is allowed to reach.
async fn receiver() -> (String, Received) {
    let received = Received::default();
    let app = Router::new()
        .route("/", post(receive))
        .with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, received)
}

pub(crate) async fn eventually<T>(mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = condition().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never happened")
}

#[tokio::test]
async fn event_reaches_a_webhook_signed_and_is_redelivered() {
    let gateway = Gateway::start().await;
    let (url, received) = receiver().await;
    let body = json!({ "url": url }).to_string();
    let made = gateway.call("POST", "/v1/webhooks", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let path = made.header("location").to_owned();
    let (id, _) = bought(&gateway).await;
    let (headers, text) = eventually(async || received.lock().unwrap().first().cloned()).await;
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&event["type"], &event["resource"]),
        (&json!("number.purchased"), &json!(id))
    );
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("webhook-id"), event["id"].as_str().unwrap());
    let signed = format!(
        "{}.{}.{text}",
        header("webhook-id"),
        header("webhook-timestamp")
    );
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let expected = format!(
        "v1,{}",
        STANDARD.encode(hmac_sha256(&key, signed.as_bytes()))
    );
    assert_eq!(header("webhook-signature"), expected);
    let again = json!({ "event_id": event["id"] }).to_string();
    let again = gateway
        .call("POST", &format!("{path}/redeliver"), &again)
        .await;
    assert_eq!(
        (again.status, &again.json()["events"]),
        (StatusCode::ACCEPTED, &json!(1))
    );
    eventually(async || (received.lock().unwrap().len() == 2).then_some(())).await;
    let deliveries = eventually(async || {
        let list = gateway
            .get(&format!("{path}/deliveries?state=delivered"))
            .await
            .json();
        (list["data"].as_array()?.len() == 1).then_some(list)
    })
    .await;
    assert_eq!(deliveries["data"][0]["status"], 204);
    assert_eq!(deliveries["data"][0]["event"]["id"], event["id"]);
}

/// HMAC as RFC 2104 has it, over SHA-256: independent of what signs.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |byte: u8| block.map(|key| key ^ byte);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize();
    outer.to_vec()
}

#[tokio::test]
async fn streams_end_when_the_gateway_drains() {
    let gateway = Gateway::start().await;
    let accept = [("accept", "text/event-stream")];
    let response = gateway
        .app
        .clone()
        .oneshot(request("GET", "/v1/events", &accept, ""))
        .await;
    let body: Body = response.unwrap().into_body();
    gateway.state.drain();
    let ended = tokio::time::timeout(Duration::from_secs(20), axum::body::to_bytes(body, 1 << 20));
    assert!(ended.await.unwrap().is_ok());
}

#[tokio::test]
async fn refused_carrier_credential_is_one_event() {
    let gateway = Gateway::start().await;
    let refused = Fault::Status {
        status: 401,
        headers: std::collections::BTreeMap::new(),
        body: None,
    };
    let plan = FaultPlan::once(ProviderKind::Twilio, "list", refused);
    gateway.sandbox.inject(plan).unwrap();
    gateway.get("/v1/numbers").await;
    let event = eventually(async || {
        let page = gateway
            .get("/v1/events?type=account.unhealthy")
            .await
            .json();
        page["data"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(
        (&event["resource"], &event["account"]),
        (&json!("twilio"), &json!("twilio"))
    );
    assert_eq!(event["data"]["reason"], "credential_refused");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let page = gateway
        .get("/v1/events?type=account.unhealthy")
        .await
        .json();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn finished_verification_is_an_event_without_its_code() {
    let gateway = Gateway::start().await;
    let body = r#"{"account":"twilio","number":"+14155550177"}"#;
    let started = gateway.call("POST", "/v1/caller-ids", body).await.json();
    let code = started["validation_code"].as_str().unwrap().to_owned();
    let answered = gateway
        .sandbox
        .answer_caller_id(ProviderKind::Twilio, "+14155550177", CallOutcome::Verified)
        .await;
    answered.unwrap();
    let id = started["id"].as_str().unwrap();
    let shown = gateway.get(&format!("/v1/caller-ids/{id}")).await.json();
    assert_eq!(shown["state"], "verified");
    let events = gateway.get("/v1/events").await;
    let told = &events.json()["data"][0];
    assert_eq!(
        (&told["type"], &told["resource"]),
        (&json!("caller_id.verified"), &json!(id))
    );
    let audit = gateway.get("/v1/audit").await;
    let actions: Vec<_> = audit.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].clone())
        .collect();
    assert_eq!(
        actions,
        ["caller_id.verify", "caller_id.start", "caller_id.start"]
    );
    for text in [events.text, audit.text] {
        assert!(!text.contains(&format!("\"{code}\"")), "{text}");
    }
}
