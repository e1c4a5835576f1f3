//! Whatever a client or a carrier's callback sends, each route answers with what it has, or says what is wrong with it.

use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use trunkline_gateway::Settings;

use crate::{Gateway, keyless};

/// Method and path of every route, and the names of what can be asked for in its query.
fn routes() -> Vec<(String, String, Vec<String>)> {
    let document = serde_json::to_value(trunkline_gateway::document()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let query = parameters.filter(|parameter| parameter["in"] == "query");
            let names = query.map(|parameter| parameter["name"].as_str().unwrap().to_owned());
            routes.push((method.to_uppercase(), path.clone(), names.collect()));
        }
    }
    routes
}

/// One request, as its parts.
#[derive(Clone, Debug)]
struct Sent {
    route: Index,
    /// In place of what stands in braces in the path.
    ids: Vec<String>,
    query: Vec<(Index, String)>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

fn words() -> impl Strategy<Value = String> {
    let known = [
        "twilio",
        "twilio:+14155550177",
        "twilio:PN1",
        "+14155550177",
        "US",
        "local",
        "verified",
        "voice,sms",
        "price",
        "5",
        "0",
        "-1",
        "18446744073709551616",
        "1e9",
        "true",
        "null",
        "cur_AAAA",
        "of_AAAA",
        "cb_AAAA",
        "pur_00000000000000000000000000",
        "^415",
        "37.7,-122.4",
    ];
    prop_oneof![
        4 => select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~]{0,30}",
        1 => "[a-z]{1,6}:[ -~]{0,20}",
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words().prop_map(Value::from),
        words().prop_map(|kind| json!({"type": kind, "id": "1", "url": "https://a.example"})),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(members(), inner, 0..5).prop_map(|map| json!(map)),
        ]
    })
}

/// The members of every body.
fn members() -> impl Strategy<Value = String> {
    let known = [
        "account",
        "number",
        "offer",
        "label",
        "voice",
        "messaging",
        "tags",
        "protected",
        "provider_options",
        "criteria",
        "country",
        "type",
        "features",
        "strategy",
        "max_monthly_price",
        "amount",
        "currency",
        "start_number",
        "end_number",
        "location",
        "code",
        "call_delay",
        "extension",
        "status_callback",
        "outcome",
        "reason",
        "numbers",
    ];
    prop_oneof![6 => select(known.to_vec()).prop_map(str::to_owned), 1 => "[a-z._\u{e9}]{0,9}"]
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let object = prop::collection::btree_map(members(), values(), 0..6);
    prop_oneof![
        4 => object.prop_map(|map| json!(map).to_string().into_bytes()),
        1 => (values(), any::<Index>()).prop_map(|(value, cut)| {
            let mut text = value.to_string().into_bytes();
            text.truncate(cut.index(text.len()) + 1);
            text
        }),
        1 => prop::collection::vec(any::<u8>(), 0..60),
        1 => "([A-Za-z]{1,9}=[%+&;a-zA-Z0-9]{0,12}&?){0,6}".prop_map(String::into_bytes),
    ]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let names = select(vec![
        "idempotency-key",
        "prefer",
        "accept",
        "x-request-id",
        "content-length",
        "x-twilio-signature",
        "authorization",
        "origin",
        "sec-fetch-site",
    ]);
    let value = prop_oneof![
        2 => "[!-~]{1,40}".prop_map(String::into_bytes),
        1 => "(wait|respond-async|handling)=?-?[0-9a-z.]{0,24}[,;]? ?".prop_map(String::into_bytes),
        1 => select(vec!["application/json", "application/x-ndjson", "text/html;q=0.1, */*", "Bearer tl_x"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(32..=255_u8, 0..20),
    ];
    prop::collection::vec((names, value), 0..3)
}

fn requests() -> impl Strategy<Value = Sent> {
    let query = prop::collection::vec((any::<Index>(), words()), 0..4);
    let ids = prop::collection::vec(words(), 2);
    (any::<Index>(), ids, query, headers(), bodies()).prop_map(
        |(route, ids, query, headers, body)| Sent {
            route,
            ids,
            query,
            headers,
            body,
        },
    )
}

/// The request, unless no client could send it.
fn made(sent: &Sent, routes: &[(String, String, Vec<String>)]) -> Option<Request<Body>> {
    let (method, path, names) = sent.route.get(routes);
    let mut uri = String::new();
    let mut ids = sent.ids.iter();
    for (place, segment) in path.split('/').enumerate() {
        let slash = if place == 0 { "" } else { "/" };
        let encoded = |id: &str| form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>();
        let segment = match segment.starts_with('{') {
            true => encoded(ids.next().map_or("", String::as_str)),
            false => segment.to_owned(),
        };
        uri.push_str(&format!("{slash}{segment}"));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (at, value) in &sent.query {
        let other = "provider_options[x]".to_owned();
        let names: Vec<&str> = names.iter().chain([&other]).map(String::as_str).collect();
        query.append_pair(names[at.index(names.len())], value);
    }
    let query = query.finish();
    if !query.is_empty() {
        uri.push_str(&format!("?{query}"));
    }
    let kind = match path.starts_with("/v1/callbacks") {
        true => "application/x-www-form-urlencoded",
        false => "application/json",
    };
    let mut request = Request::builder().method(method.as_str()).uri(uri);
    request = request
        .header("host", "127.0.0.1:8080")
        .header("content-type", kind);
    for (name, value) in &sent.headers {
        request = request.header(*name, value.as_slice());
    }
    request.body(Body::from(sent.body.clone())).ok()
}

#[test]
fn random_requests_are_answered_without_internal_errors() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let gateway = runtime.block_on(async {
        let settings = Settings {
            public_url: Some("https://numbers.example.com".parse().unwrap()),
            ..keyless()
        };
        Gateway::start().await.with_settings(settings).keyed().await
    });
    let routes = routes();
    let config = Config {
        cases: Config::default().cases.max(600),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let outcome = TestRunner::new_with_rng(config, rng).run(&requests(), |sent| {
        let Some(request) = made(&sent, &routes) else {
            return Err(TestCaseError::reject("no client can send it"));
        };
        let answer = runtime.block_on(gateway.send(request));
        let status = answer.status.as_u16();
        prop_assert_ne!(status, 500, "{}", answer.text);
        if status >= 400 {
            let problem: Value = serde_json::from_str(&answer.text).unwrap_or_default();
            prop_assert_eq!(&problem["status"], &json!(status), "{}", answer.text);
            prop_assert!(problem["kind"].is_string() && problem["request_id"].is_string());
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn changed_cursor_is_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (gateway, cursor) = runtime.block_on(async {
        let gateway = Gateway::start().await;
        for (key, number) in [("1", "+14152000137"), ("2", "+14152000193")] {
            let order = json!({"account": "twilio", "number": number});
            let bought = gateway.buy(key, &order.to_string()).await;
            assert_eq!(bought.status, 201, "{}", bought.text);
        }
        let page = gateway.get("/v1/numbers?limit=1").await.json();
        (gateway, page["next_cursor"].as_str().unwrap().to_owned())
    });
    proptest!(Config { failure_persistence: None, ..Config::default() }, |(at in any::<Index>(), byte in "[A-Za-z0-9_-]", cut in any::<Index>())| {
        let mut spoilt = cursor.clone();
        let at = at.index(spoilt.len());
        spoilt.replace_range(at..=at, &byte);
        spoilt.truncate(cut.index(spoilt.len() * 3) + 1);
        let answer = runtime.block_on(gateway.get(&format!("/v1/numbers?limit=1&cursor={spoilt}")));
        let wanted = if spoilt == cursor { 200 } else { 400 };
        // The last character of a token has bits that say nothing.
        prop_assert!(answer.status == wanted || spoilt.len() == cursor.len(), "{spoilt}: {}", answer.text);
        prop_assert!(answer.status == 200 || answer.field() == "cursor");
    });
}
