//! What is held, as it is remembered; and what was changed elsewhere.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_admin::{KeyDraft, KeyScope};
use trunkline_sandbox::{CallOutcome, ConsoleChange, Fault, FaultPlan, ProviderKind};
use trunkline_testkit::services::postgres::Server;

use crate::keys::{draft, only};
use crate::{Answer, DATABASE, Gateway, request};

const TWILIO: ProviderKind = ProviderKind::Twilio;

impl Gateway {
    /// Reads the account whole, and gives the reading.
    pub(crate) async fn read_account(&self, account: &str) -> Value {
        let body = json!({ "accounts": [account] }).to_string();
        let begun = self.call("POST", "/v1/syncs", &body).await;
        assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
        let location = begun.header("location").to_owned();
        let over = || async {
            let sync = self.get(&location).await.json();
            (!sync["ended_at"].is_null()).then_some(sync)
        };
        loop {
            if let Some(sync) = over().await {
                return sync["accounts"][0].clone();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Buys so many numbers in 415 as a person in the carrier's console.
    async fn hold(&self, count: usize) -> Vec<String> {
        let path = format!("/v1/available-numbers?country=US&area_code=415&limit={count}");
        let found = self.get(&path).await.json();
        let offered = found["data"].as_array().unwrap().iter();
        let numbers = offered.map(|it| it["number"].as_str().unwrap().to_owned());
        let numbers: Vec<String> = numbers.collect();
        assert_eq!(numbers.len(), count);
        for number in &numbers {
            self.sandbox.console_buy(TWILIO, number).unwrap();
        }
        numbers
    }

    fn rename(&self, number: &str, label: &str) {
        let change = ConsoleChange {
            label: Some(label.to_owned()),
            ..ConsoleChange::default()
        };
        self.sandbox
            .console_change(TWILIO, number, &change)
            .unwrap();
    }

    async fn stream(&self, media_type: &str, path: &str) -> Answer {
        self.send(request("GET", path, &[("accept", media_type)], ""))
            .await
    }
}

fn numbers(page: &Value) -> Vec<&str> {
    let all = page["data"].as_array().unwrap().iter();
    all.map(|it| it["number"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn inventory_is_listed_sorted_counted_and_paged_while_the_carrier_is_away() {
    let gateway = Gateway::start().await;
    let held = gateway.hold(3).await;
    for (number, label) in held.iter().zip(["Berlin desk", "amber", "Cellar"]) {
        gateway.rename(number, label);
    }
    let reading = gateway.read_account("twilio").await;
    assert_eq!(
        (&reading["state"], &reading["rows"]),
        (&json!("complete"), &json!(3))
    );
    let away = Fault::Status {
        status: 500,
        headers: [].into(),
        body: None,
    };
    let away = FaultPlan::always(TWILIO, "*", away);
    gateway.sandbox.inject(away).unwrap();
    let first = gateway
        .get("/v1/inventory?sort=label&limit=2&count=true")
        .await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    let first = first.json();
    assert_eq!(numbers(&first), [&held[1], &held[0]]);
    assert_eq!(first["count"], 3);
    let entry = &first["data"][0];
    assert_eq!(entry["inventory"]["state"], "held");
    assert_eq!(entry["inventory"]["origin"]["kind"], "found");
    let source = &first["sources"][0];
    assert_eq!(source["account"], "twilio");
    assert!(source["as_of"].is_string(), "{source}");
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = format!("/v1/inventory?sort=label&limit=2&cursor={cursor}");
    let rest = gateway.get(&rest).await.json();
    assert_eq!(numbers(&rest), [&held[2]]);
    assert_eq!(rest.get("count"), None);
    let found = gateway.get("/v1/inventory?q=berlin").await.json();
    assert_eq!(numbers(&found), [&held[0]]);
    let reversed = gateway.get("/v1/inventory?sort=-label").await.json();
    assert_eq!(numbers(&reversed), [&held[2], &held[0], &held[1]]);
    let summary = gateway
        .get("/v1/inventory/summary?by=account,country")
        .await
        .json();
    assert_eq!(summary["total"]["count"], 3, "{summary}");
    let group = &summary["groups"][0];
    assert_eq!(group["by"], json!({"account": "twilio", "country": "US"}));
    assert_eq!(group["count"], 3);
}

#[tokio::test]
async fn whole_inventory_streams_as_json_lines_and_as_csv() {
    let gateway = Gateway::start().await;
    let held = gateway.hold(3).await;
    gateway.rename(&held[0], "Desk, \"west\"");
    gateway.rename(&held[1], "=1+1");
    gateway.read_account("twilio").await;
    let sorted = "/v1/inventory?sort=number";
    let lines = gateway.stream("application/x-ndjson", sorted).await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> = lines
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    let listed = gateway.get(sorted).await.json();
    assert_eq!(json!(lines[..3]), listed["data"]);
    assert_eq!(lines[3]["sources"], listed["sources"]);
    let table = gateway.stream("text/csv", sorted).await;
    assert!(table.header("content-type").starts_with("text/csv"));
    let rows: Vec<&str> = table.text.lines().collect();
    assert_eq!(rows.len(), 4, "{}", table.text);
    assert!(rows[0].starts_with("id,account,provider,number,"));
    assert!(
        table.text.contains("\"Desk, \"\"west\"\"\""),
        "{}",
        table.text
    );
    assert!(table.text.contains(",'=1+1,"), "{}", table.text);
    let paged = gateway.stream("text/csv", "/v1/inventory?limit=5").await;
    assert_eq!(paged.field(), "limit");
}

#[tokio::test]
async fn each_bad_parameter_is_named() {
    let gateway = Gateway::start().await;
    for (path, field) in [
        ("/v1/inventory?sort=colour", "sort"),
        ("/v1/inventory?sort=-", "sort"),
        ("/v1/inventory?limit=1001", "limit"),
        ("/v1/inventory?limit=0", "limit"),
        ("/v1/inventory?limit=many", "limit"),
        ("/v1/inventory?cursor=nonsense", "cursor"),
        ("/v1/inventory?count=perhaps", "count"),
        ("/v1/inventory?q=ab", "q"),
        ("/v1/inventory?tag=%20", "tag"),
        ("/v1/inventory?country=XX", "country"),
        ("/v1/inventory?features=telepathy", "features"),
        ("/v1/inventory?contains=4x", "contains"),
        ("/v1/inventory?purchased_after=soon", "purchased_after"),
        ("/v1/inventory?unassigned=maybe", "unassigned"),
        ("/v1/inventory?provider=twillio", "provider"),
        ("/v1/inventory/summary?provider=twillio", "provider"),
        ("/v1/inventory?colour=red", "colour"),
        ("/v1/inventory?colour.?=red", "colour"),
        ("/v1/inventory?provider_options[x]=y", "provider_options[x]"),
        ("/v1/inventory/summary?by=colour", "by"),
        ("/v1/inventory/summary?by=tag,tag", "by"),
        ("/v1/drift?class=odd", "class"),
        ("/v1/drift?since=soon", "since"),
        ("/v1/drift?limit=0", "limit"),
        ("/v1/drift?cursor=nonsense", "cursor"),
        ("/v1/where/nonsense", "number"),
    ] {
        let refused = gateway.get(path).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{path}: {}",
            refused.text
        );
        assert_eq!(refused.field(), field, "{path}: {}", refused.text);
    }
    for path in [
        "/v1/inventory?purchased_after=2026-12-02",
        "/v1/drift?since=soon",
    ] {
        let refused = gateway.get(path).await;
        assert!(
            refused
                .text
                .contains("a time such as 2026-12-01T09:30:00Z is needed"),
            "{path}: {}",
            refused.text
        );
    }
}

#[tokio::test]
async fn each_bad_field_of_a_body_is_named() {
    let gateway = Gateway::start().await;
    for (path, body, field) in [
        ("/v1/drift/accept", "{}", "body"),
        ("/v1/drift/accept", r#"{"class":"odd"}"#, "class"),
        ("/v1/syncs", r#"{"account":"twilio"}"#, "account"),
    ] {
        let refused = gateway.call("POST", path, body).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{path}: {}",
            refused.text
        );
        assert_eq!(refused.field(), field, "{path}: {}", refused.text);
    }
    for (body, field) in [
        (r#"{"add":["x"]}"#, "select"),
        (
            r#"{"select":{"colour":"red"},"add":["x"]}"#,
            "select.colour",
        ),
        (
            r#"{"select":{"country":"XX"},"add":["x"]}"#,
            "select.country",
        ),
        (r#"{"select":{"q":"ab"},"add":["x"]}"#, "select.q"),
        (
            r#"{"select":{"provider":"twillio"},"add":["x"]}"#,
            "select.provider",
        ),
        (r#"{"select":{},"add":[" "]}"#, "add"),
        (r#"{"select":{}}"#, "tags"),
        (r#"{"select":{},"tags":["a"],"add":["b"]}"#, "tags"),
    ] {
        let refused = gateway.call("PATCH", "/v1/inventory", body).await;
        assert_eq!(
            refused.status,
            StatusCode::BAD_REQUEST,
            "{body}: {}",
            refused.text
        );
        assert_eq!(refused.field(), field, "{body}: {}", refused.text);
    }
}

#[tokio::test]
async fn drift_is_found_shown_in_the_history_and_accepted() {
    let gateway = Gateway::start().await;
    let held = gateway.hold(2).await;
    gateway.read_account("twilio").await;
    gateway.rename(&held[0], "Renamed elsewhere");
    gateway.rename(&held[1], "This too");
    let reading = gateway.read_account("twilio").await;
    assert_eq!(reading["changed"], 2, "{reading}");
    let open = gateway
        .get("/v1/drift?open=true&class=changed&limit=1")
        .await;
    assert_eq!(open.status, StatusCode::OK, "{}", open.text);
    let open = open.json();
    let newest = &open["data"][0];
    assert_eq!(newest["field"], "label");
    assert_eq!(newest["author"]["kind"], "outside");
    let cursor = open["next_cursor"].as_str().unwrap();
    let next = gateway
        .get(&format!(
            "/v1/drift?open=true&class=changed&limit=1&cursor={cursor}"
        ))
        .await
        .json();
    assert_eq!(next["next_cursor"], Value::Null);
    assert_ne!(next["data"][0]["id"], newest["id"]);
    let path = format!("/v1/inventory/{}", held[0]);
    let item = gateway.get(&path).await.json();
    assert_eq!(item["label"], "Renamed elsewhere");
    let drift = &item["history"][0];
    assert_eq!(
        (&drift["class"], &drift["is"]),
        (&json!("changed"), &json!("Renamed elsewhere"))
    );
    let accept = format!("/v1/drift/{}/accept", drift["id"].as_str().unwrap());
    for _ in 0..2 {
        let accepted = gateway.call("POST", &accept, "").await;
        assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.text);
        assert_eq!(accepted.json()["state"], "accepted");
    }
    let body = r#"{"class":"changed","account":"twilio"}"#;
    let rest = gateway.call("POST", "/v1/drift/accept", body).await;
    assert_eq!(rest.json(), json!({"accepted": 1}));
    let open = gateway.get("/v1/drift?open=true").await.json();
    assert_eq!(open["data"], json!([]));
    let unknown = gateway
        .call(
            "POST",
            "/v1/drift/drf_01j9zr2m4g7q8t5v6w7x8y9z0a/accept",
            "",
        )
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tags_change_only_with_apply() {
    let gateway = Gateway::start().await;
    let held = gateway.hold(3).await;
    gateway.read_account("twilio").await;
    let change = |apply: bool| {
        json!({"select": {"number": held[0]}, "add": ["west"], "protected": true, "apply": apply})
            .to_string()
    };
    let tried = gateway.call("PATCH", "/v1/inventory", &change(false)).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.text);
    let tried = tried.json();
    assert_eq!(
        (&tried["applied"], &tried["matched"], &tried["changed"]),
        (&json!(false), &json!(1), &json!(1))
    );
    let tagged = gateway.get("/v1/inventory?tag=west").await.json();
    assert_eq!(tagged["data"], json!([]));
    let done = gateway.call("PATCH", "/v1/inventory", &change(true)).await;
    assert_eq!(done.json()["applied"], true);
    let tagged = gateway.get("/v1/inventory?tag=west").await.json();
    assert_eq!(numbers(&tagged), [&held[0]]);
    assert_eq!(tagged["data"][0]["protected"], true);
    let again = gateway.call("PATCH", "/v1/inventory", &change(true)).await;
    assert_eq!(again.json()["changed"], 0);
}

#[tokio::test]
async fn number_is_found_at_every_account_that_has_it() {
    let gateway = Gateway::start().await;
    let held = gateway.hold(1).await;
    gateway.read_account("twilio").await;
    let found = gateway.get(&format!("/v1/where/{}", held[0])).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    let found = found.json();
    let place = &found["places"][0];
    assert_eq!(
        (&place["account"], &place["as"], &place["state"]),
        (&json!("twilio"), &json!("bought"), &json!("held"))
    );
    assert_eq!(found["differences"], json!([]));
    let nowhere = gateway.get("/v1/where/+14155559999").await.json();
    assert_eq!(nowhere["places"], json!([]));
}

#[tokio::test]
async fn caller_id_that_an_account_has_proved_is_a_place_of_its_number() {
    let gateway = Gateway::start().await;
    let number = "+14155550177";
    let start = json!({"account": "twilio", "number": number, "label": "Front desk"}).to_string();
    let started = gateway.call("POST", "/v1/caller-ids", &start).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text);
    let path = format!("/v1/where/{number}");
    gateway.read_account("twilio").await;
    assert_eq!(gateway.get(&path).await.json()["places"], json!([]));
    gateway
        .sandbox
        .answer_caller_id(TWILIO, number, CallOutcome::Verified)
        .await
        .unwrap();
    let own = format!("/v1/caller-ids/twilio:{number}");
    assert_eq!(gateway.get(&own).await.json()["state"], "verified");
    gateway.read_account("twilio").await;
    let found = gateway.get(&path).await.json();
    let place = &found["places"][0];
    let expected = json!({
        "account": "twilio", "provider": "twilio", "number_id": format!("twilio:{number}"), "as": "verified_caller_id",
        "main": false, "state": "held", "label": "Front desk", "last_seen_at": found["sources"][0]["as_of"],
    });
    assert_eq!((place, &found["differences"]), (&expected, &json!([])));
    let listed = gateway.get("/v1/inventory").await.json();
    assert_eq!(listed["data"], json!([]), "it is no number of the account");
    let removed = gateway.call("DELETE", &own, "").await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(gateway.get(&path).await.json()["places"], json!([]));
}

#[tokio::test]
async fn sync_of_all_accounts_needs_the_scope_admin() {
    let gateway = Gateway::start().await;
    let with = |scopes: &[KeyScope]| KeyDraft {
        scopes: scopes.iter().copied().collect::<BTreeSet<_>>(),
        ..draft()
    };
    let (_, reader) = gateway.key(with(&[KeyScope::NumbersRead])).await;
    let (_, admin) = gateway
        .key(with(&[KeyScope::NumbersRead, KeyScope::Admin]))
        .await;
    let post = |body: &'static str| ("POST", "/v1/syncs", body);
    let all = gateway.as_key(&reader, post("{}")).await;
    assert_eq!(all.status, StatusCode::FORBIDDEN, "{}", all.text);
    assert_eq!(all.field(), "accounts");
    let believing = r#"{"accounts":["twilio"],"believe_missing":true}"#;
    let believing = gateway.as_key(&reader, post(believing)).await;
    assert_eq!(believing.field(), "believe_missing");
    let named = r#"{"accounts":["twilio"]}"#;
    for (token, body) in [(&reader, named), (&admin, "{}")] {
        let begun = gateway.as_key(token, post(body)).await;
        assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
    }
    let tag = r#"{"select":{},"add":["x"]}"#;
    let tag = ("PATCH", "/v1/inventory", tag);
    let refused = gateway.as_key(&reader, tag).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let unknown = r#"{"accounts":["nobody"]}"#;
    let unknown = gateway.as_key(&reader, post(unknown)).await;
    assert_eq!(unknown.field(), "accounts", "{}", unknown.text);
}

#[tokio::test]
async fn key_of_other_accounts_sees_nothing_of_the_inventory() {
    let gateway = Gateway::with_all_carriers().await;
    let held = gateway.hold_at_twilio().await;
    gateway.read_account("twilio").await;
    let elsewhere = KeyDraft {
        accounts: only(&["zendesk"]),
        ..draft()
    };
    let (_, token) = gateway.key(elsewhere).await;
    let get = |path: String| {
        let (gateway, token) = (&gateway, &token);
        async move { gateway.as_key(token, ("GET", &path, "")).await }
    };
    let listed = get("/v1/inventory".to_owned()).await.json();
    assert_eq!(listed["data"], json!([]));
    assert_eq!(listed["sources"][0]["account"], "zendesk");
    let shown = get(format!("/v1/inventory/{held}")).await;
    assert_eq!(shown.status, StatusCode::NOT_FOUND, "{}", shown.text);
    let place = get(format!("/v1/where/{held}")).await.json();
    assert_eq!(place["places"], json!([]));
}

/// The tests of this file with the inventory in PostgreSQL, each in a database of its own.
#[test]
fn inventory_in_postgres_answers_as_the_one_in_memory() {
    let Some(server) = Server::start() else {
        return;
    };
    let tests: [fn(); 10] = [
        inventory_is_listed_sorted_counted_and_paged_while_the_carrier_is_away,
        whole_inventory_streams_as_json_lines_and_as_csv,
        each_bad_parameter_is_named,
        each_bad_field_of_a_body_is_named,
        drift_is_found_shown_in_the_history_and_accepted,
        tags_change_only_with_apply,
        number_is_found_at_every_account_that_has_it,
        caller_id_that_an_account_has_proved_is_a_place_of_its_number,
        sync_of_all_accounts_needs_the_scope_admin,
        key_of_other_accounts_sees_nothing_of_the_inventory,
    ];
    for test in tests {
        DATABASE.set(Some(server.database()));
        test();
    }
}

impl Gateway {
    async fn hold_at_twilio(&self) -> String {
        let path = "/v1/available-numbers?country=US&area_code=415&limit=1&accounts=twilio";
        let found = self.get(path).await.json();
        let number = found["data"][0]["number"].as_str().unwrap().to_owned();
        self.sandbox.console_buy(TWILIO, &number).unwrap();
        number
    }
}

#[tokio::test]
async fn repeated_sync_with_its_idempotency_key_gets_the_same_answer() {
    let gateway = Gateway::start().await;
    let send = || {
        let key = [("idempotency-key", "once")];
        gateway.send(request(
            "POST",
            "/v1/syncs",
            &key,
            r#"{"accounts":["twilio"]}"#,
        ))
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first.json()["id"], second.json()["id"]);
    assert_eq!(second.header("idempotent-replayed"), "true");
}
