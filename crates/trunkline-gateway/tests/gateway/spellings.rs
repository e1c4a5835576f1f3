//! An id has one spelling: what is known of a number is known however its id is written.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_core::{NumberId, Tenant};
use trunkline_engine::journal::Annotation;
use trunkline_sandbox::{ClockSettings, ProviderKind, credentials};

use crate::Gateway;

/// A number that each carrier holds: the first of its list that may be released.
async fn held(gateway: &Gateway, account: &str) -> String {
    // A main number can't be released, and one that Webex provides itself neither.
    let others = match account {
        "webex" => format!("&main=false&location={}", credentials::WEBEX_LOCATION_ID),
        _ => String::new(),
    };
    let path = format!("/v1/numbers?account={account}&limit=1{others}");
    let listed = gateway.get(&path).await;
    let first = listed.json()["data"][0]["id"].clone();
    first
        .as_str()
        .map(ToOwned::to_owned)
        .unwrap_or_else(|| panic!("{account}: {}", listed.text))
}

/// Five other ways to write an id.
fn spellings(id: &str) -> [String; 5] {
    let (account, own) = id.split_once(':').unwrap();
    let encoded: String = own.bytes().map(|byte| format!("%{byte:02X}")).collect();
    [
        own.to_ascii_uppercase(),
        own.to_ascii_lowercase(),
        format!("000{own}"),
        format!("{own}="),
        encoded,
    ]
    .map(|own| format!("{account}:{own}"))
}

/// Buys or registers a number where an account holds none so far.
async fn stock(gateway: &Gateway, account: &str) {
    let listed = gateway
        .get(&format!("/v1/numbers?account={account}&limit=1"))
        .await
        .json();
    if listed["data"][0].is_object() {
        return;
    }
    let body = json!({"account": account, "number": "+14155550142"}).to_string();
    let made = match account {
        "twilio" | "signalwire" | "zendesk" => {
            let search = format!("/v1/available-numbers?country=US&accounts={account}&limit=1");
            let found = gateway.get(&search).await.json();
            let body = json!({"account": account, "number": found["data"][0]["number"]});
            gateway.buy(account, &body.to_string()).await
        }
        _ => gateway.call("POST", "/v1/numbers/register", &body).await,
    };
    assert!(made.status.is_success(), "{account}: {}", made.text);
}

#[tokio::test]
async fn every_spelling_of_an_id_means_the_same_number() {
    let gateway = Gateway::with_all_carriers().await;
    for account in ["twilio", "signalwire", "zendesk", "webex", "wazo"] {
        stock(&gateway, account).await;
        let id = held(&gateway, account).await;
        let own = format!("/v1/numbers/{id}");
        let body = json!({"protected": true, "tags": ["front"]}).to_string();
        let protected = gateway.call("PATCH", &own, &body).await;
        assert_eq!(protected.status, StatusCode::OK, "{}", protected.text);
        for spelling in spellings(&id) {
            let path = format!("/v1/numbers/{spelling}");
            let missing = |status: StatusCode| {
                matches!(status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST)
            };
            let shown = gateway.get(&path).await;
            if !missing(shown.status) {
                let shown = shown.json();
                assert_eq!(shown["id"], id.as_str(), "{spelling}");
                assert_eq!(shown["protected"], true, "{spelling}");
            }
            let released = gateway.call("DELETE", &path, "").await;
            let kept = released.status == StatusCode::LOCKED || missing(released.status);
            assert!(kept, "{spelling}: {} {}", released.status, released.text);
            let tagged = json!({"tags": [spelling]}).to_string();
            let tagged = gateway.call("PATCH", &path, &tagged).await;
            let now = gateway.get(&own).await.json();
            let wanted = match missing(tagged.status) {
                true => Value::Null,
                false => spelling.clone().into(),
            };
            if !wanted.is_null() {
                assert_eq!(
                    now["tags"][0], wanted,
                    "{spelling}: kept where nobody reads it"
                );
            }
            let restored = gateway
                .call("POST", &format!("{path}/restore"), "{}")
                .await
                .status;
            assert!(
                restored == StatusCode::CONFLICT || missing(restored),
                "{spelling}: {restored}"
            );
            let purchases = format!("/v1/audit?limit=1&account={account}");
            let row = gateway.get(&purchases).await.json();
            let resource = row["data"][0]["resource"]
                .as_str()
                .unwrap_or(&id)
                .to_owned();
            assert!(
                resource == id || missing(tagged.status),
                "{spelling}: audited as {resource}"
            );
        }
        let body = json!({"protected": false}).to_string();
        assert_eq!(
            gateway.call("PATCH", &own, &body).await.status,
            StatusCode::OK
        );
    }
}

/// As an earlier version left it in the database.
#[tokio::test]
async fn records_under_other_spellings_are_merged() {
    let gateway = Gateway::with_all_carriers().await;
    stock(&gateway, "zendesk").await;
    let id = held(&gateway, "zendesk").await;
    let store = &gateway.services.engine.store;
    let noted = |tag: &str, protected: bool| Annotation {
        tags: vec![tag.to_owned()],
        protected,
        ..Annotation::default()
    };
    let other: NumberId = id.replace(':', ":0").parse().unwrap();
    store
        .annotate(&id.parse().unwrap(), &noted("a", false))
        .await
        .unwrap();
    store.annotate(&other, &noted("b", true)).await.unwrap();
    for _ in 0..2 {
        gateway.services.engine.numbers.respell().await.unwrap();
        let shown = gateway.get(&format!("/v1/numbers/{id}")).await.json();
        assert_eq!(shown["tags"], json!(["a", "b"]));
        assert_eq!(shown["protected"], true);
    }
    let left = store.annotations(&[other]).await.unwrap();
    assert!(
        left.iter()
            .all(|(_, noted)| *noted == Annotation::default()),
        "{left:?}"
    );
}

const ACCOUNTS: [&str; 5] = ["twilio", "signalwire", "zendesk", "webex", "wazo"];

/// Every route that takes the id of a number or a caller ID, `{id}`. Those of `/v1/purchases/{id}/resolve` and of releases
/// have tests of their own.
const ROUTES: [(&str, &str, &str); 11] = [
    ("GET", "/v1/numbers/{id}", ""),
    ("GET", "/v1/inventory/{id}", ""),
    ("PATCH", "/v1/numbers/{id}", r#"{"tags": ["front"]}"#),
    ("DELETE", "/v1/numbers/{id}", ""),
    ("POST", "/v1/numbers/{id}/restore", "{}"),
    (
        "PUT",
        "/v1/accounts/{account}/main-number",
        r#"{"number": "{id}"}"#,
    ),
    ("GET", "/v1/caller-ids/{id}", ""),
    ("PATCH", "/v1/caller-ids/{id}", r#"{"label": "Desk"}"#),
    (
        "POST",
        "/v1/caller-ids/{id}/verify",
        r#"{"code": "000000"}"#,
    ),
    ("POST", "/v1/caller-ids/{id}/resend", ""),
    ("DELETE", "/v1/caller-ids/{id}", ""),
];

#[test]
fn every_route_with_an_id_is_in_the_table() {
    let is_of_id = |path: &str| {
        let starts = ["/v1/numbers/{", "/v1/caller-ids/{", "/v1/inventory/{"];
        starts.iter().any(|start| path.starts_with(start)) || path.ends_with("/main-number")
    };
    for route in crate::routes::routes() {
        let (method, path) = (route.method.as_str(), route.path.as_str());
        // It takes no id of a number.
        let is_exempt = method == "GET" && path.ends_with("/main-number");
        let mut rows = ROUTES.iter();
        let is_known = rows.any(|row| (row.0, row.1) == (method, path));
        assert!(is_known || is_exempt || !is_of_id(path), "{method} {path}");
    }
}

/// The id of a caller ID of an account, if it has any.
async fn caller_id(gateway: &Gateway, account: &str) -> Option<String> {
    let body = json!({"account": account, "number": "+14155550177"}).to_string();
    let started = gateway.call("POST", "/v1/caller-ids", &body).await;
    let path = format!("/v1/caller-ids?account={account}");
    let listed = gateway.get(&path).await.json();
    let known = started.json()["id"].clone();
    let known = [known, listed["data"][0]["id"].clone()];
    known.iter().find_map(|id| Some(id.as_str()?.to_owned()))
}

fn is_missing(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST)
}

/// What an answer is about, however the id was written: its status, its id, and of a problem its kind.
async fn answered(
    gateway: &Gateway,
    (method, path, body): (&str, &str, &str),
    id: &str,
) -> (StatusCode, Value) {
    let (account, _) = id.split_once(':').unwrap();
    let path = path.replace("{id}", id).replace("{account}", account);
    let answer = gateway.call(method, &path, &body.replace("{id}", id)).await;
    let json: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let about = json!([json["id"], json["kind"], json["number"], json["release_at"]]);
    (answer.status, about)
}

/// The same once it changes no more: after too many wrong codes none is taken.
async fn answered_in_the_end(
    gateway: &Gateway,
    route: (&str, &str, &str),
    id: &str,
) -> (StatusCode, Value) {
    let before = if route.1.ends_with("/verify") { 8 } else { 0 };
    for _ in 0..before {
        answered(gateway, route, id).await;
    }
    answered(gateway, route, id).await
}

/// Whether it was written down that a number was made the main one, always under its one id.
async fn is_audited(gateway: &Gateway, number: &str) -> bool {
    let (account, _) = number.split_once(':').unwrap();
    let path = format!("/v1/audit?action=main_number.set&account={account}");
    let rows = gateway.get(&path).await.json();
    let rows = rows["data"].as_array().unwrap();
    for row in rows {
        let named = row["number"].as_str().unwrap_or_default();
        assert!(!named.contains(':'), "{row}");
        assert!(row["outcome"] != "ok" || row["resource"] == number, "{row}");
    }
    rows.iter().any(|row| row["outcome"] == "ok")
}

#[tokio::test]
async fn every_route_answers_other_spellings_alike_or_with_404() {
    let gateway = Gateway::with_all_carriers().await;
    let mut shown = Vec::new();
    for account in ACCOUNTS {
        stock(&gateway, account).await;
        let number = held(&gateway, account).await;
        let protected = json!({"protected": true}).to_string();
        let path = format!("/v1/numbers/{number}");
        assert_eq!(
            gateway.call("PATCH", &path, &protected).await.status,
            StatusCode::OK
        );
        gateway.read_account(account).await;
        let caller_id = caller_id(&gateway, account).await;
        let place = gateway.get(&path).await.json()["location"]["id"].clone();
        for mut route in ROUTES {
            let in_place = json!({"number": "{id}", "location": place}).to_string();
            if route.0 == "PUT" && account == "webex" {
                route.2 = &in_place;
            }
            let id = match route.1.contains("caller-ids") {
                true => caller_id.as_ref(),
                false => Some(&number),
            };
            let Some(id) = id else { continue };
            // What can be done once is done under another spelling.
            let is_last = (route.0, route.1) == ("DELETE", "/v1/caller-ids/{id}");
            let expected = match is_last {
                true => None,
                false => Some(answered_in_the_end(&gateway, route, id).await),
            };
            if route.0 == "GET" {
                assert_eq!(expected.as_ref().unwrap().0, StatusCode::OK, "{id}");
                shown.push((account, route.1));
            }
            let mut deleted = false;
            for spelling in spellings(id) {
                let got = answered(&gateway, route, &spelling).await;
                deleted |= got.0 == StatusCode::NO_CONTENT;
                let is_same = expected.as_ref().is_none_or(|expected| got == *expected);
                assert!(
                    is_missing(got.0) || is_same,
                    "{route:?} {spelling}: {got:?} instead of {expected:?}"
                );
            }
            if route.0 == "PUT" {
                let is_set = expected.as_ref().unwrap().0 == StatusCode::OK;
                assert_eq!(is_audited(&gateway, &number).await, is_set, "{number}");
            }
            // Webex shows one of every person: deleting it sets it back.
            if is_last && deleted && account != "webex" {
                let left = gateway.get(&format!("/v1/caller-ids/{id}")).await;
                assert_eq!(left.status, StatusCode::NOT_FOUND, "{id}: {}", left.text);
            }
        }
    }
    let numbers = shown.iter().filter(|(_, path)| path.contains("numbers"));
    assert_eq!((numbers.count(), shown.len() > 7), (5, true), "{shown:?}");
}

#[tokio::test]
async fn release_is_known_under_every_spelling() {
    let gateway = Gateway::with_all_carriers().await;
    for account in ACCOUNTS {
        stock(&gateway, account).await;
        let id = held(&gateway, account).await;
        // Some carriers take a number back after a while alone.
        gateway
            .sandbox
            .advance_clock(Duration::from_secs(30 * 24 * 3_600));
        let release = async |id: &str| {
            let path = format!("/v1/numbers/{id}");
            gateway.call("DELETE", &path, "").await
        };
        let mut released = 0;
        for spelling in spellings(&id) {
            let answer = release(&spelling).await;
            released += usize::from(answer.status == StatusCode::NO_CONTENT);
            let is_fine = answer.status == StatusCode::NO_CONTENT || is_missing(answer.status);
            assert!(is_fine, "{spelling}: {} {}", answer.status, answer.text);
        }
        assert!(released > 0, "{id}");
        assert_eq!(release(&id).await.status, StatusCode::NO_CONTENT, "{id}");
    }
}

#[tokio::test]
async fn purchase_is_resolved_under_the_canonical_spelling() {
    let gateway = Gateway::with_all_carriers().await;
    // Upper case, lower case, and leading zeros.
    for (kind, other) in [
        (ProviderKind::SignalWire, 0),
        (ProviderKind::Twilio, 1),
        (ProviderKind::Zendesk, 2),
    ] {
        let clock = ClockSettings {
            record_offset_ms: -1_800_000,
            ..ClockSettings::EXACT
        };
        gateway.sandbox.set_clock(kind, clock).unwrap();
        let account = kind.name();
        let search = format!("/v1/available-numbers?country=US&accounts={account}&limit=1");
        let found = gateway.get(&search).await.json();
        let body = json!({"account": account, "number": found["data"][0]["number"]});
        let disputed = gateway.buy(account, &body.to_string()).await;
        assert_eq!(disputed.status, StatusCode::CONFLICT, "{}", disputed.text);
        let purchase = disputed.json()["purchase_id"].clone();
        let path = format!("/v1/purchases/{}", purchase.as_str().unwrap());
        let asked = gateway.get(&path).await.json()["needs_person"].clone();
        let own = asked["provider_id"].as_str().unwrap();
        let id = format!("{account}:{own}");
        let spelling = spellings(&id)[other].clone();
        let (_, written) = spelling.split_once(':').unwrap();
        assert_ne!(written, own);
        let verdict = json!({"outcome": "succeeded", "provider_id": written, "reason": "seen"});
        let path = format!("{path}/resolve");
        let resolved = gateway.call("POST", &path, &verdict.to_string()).await;
        assert_eq!(resolved.status, StatusCode::OK, "{}", resolved.text);
        assert_eq!(resolved.json()["number_id"], id.as_str());
    }
}

#[tokio::test]
async fn number_filter_is_checked_and_normalized() {
    let gateway = Gateway::with_all_carriers().await;
    stock(&gateway, "twilio").await;
    let id = held(&gateway, "twilio").await;
    let shown = gateway.get(&format!("/v1/numbers/{id}")).await.json();
    let digits = shown["number"].as_str().unwrap().trim_start_matches('+');
    caller_id(&gateway, "twilio").await;
    for (route, number) in [
        ("numbers", digits),
        ("purchases", digits),
        ("audit", digits),
        ("caller-ids", "14155550177"),
    ] {
        let found = async |number: &str| {
            let path = format!("/v1/{route}?number={number}");
            gateway.get(&path).await
        };
        let rows = found(&format!("%2B{number}")).await.json()["data"].clone();
        assert!(!rows.as_array().unwrap().is_empty(), "{route}");
        // A plus that was not encoded arrives as a space.
        for written in [format!("+{number}"), format!("%20{number}")] {
            assert_eq!(
                found(&written).await.json()["data"],
                rows,
                "{route} {written}"
            );
        }
        let refused = found("%2B1415555x").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{route}");
        assert_eq!(refused.field(), "number", "{route}");
    }
}

/// As an earlier version left it in the database.
#[tokio::test]
async fn release_recorded_under_another_spelling_is_found() {
    let gateway = Gateway::with_all_carriers().await;
    stock(&gateway, "zendesk").await;
    let id = held(&gateway, "zendesk").await;
    let path = format!("/v1/numbers/{id}");
    let release = async || gateway.call("DELETE", &path, "").await.status;
    assert_eq!(release().await, StatusCode::NO_CONTENT);
    let (own, other): (NumberId, NumberId) =
        (id.parse().unwrap(), id.replace(':', ":0").parse().unwrap());
    let store = &gateway.services.engine.store;
    store.respell_releases(&own, &other).await.unwrap();
    let noted = async || {
        let found = store.find_release(&Tenant::default(), &own).await;
        found.unwrap().is_some()
    };
    assert!(!noted().await);
    gateway.services.engine.numbers.respell().await.unwrap();
    assert!(noted().await);
    assert_eq!(release().await, StatusCode::NO_CONTENT);
}
