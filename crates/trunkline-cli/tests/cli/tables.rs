//! The tables of every list command on terminals of 80, 120 and 200 columns, as they are kept beside this file.
//! `TRUNKLINE_UPDATE_DOCS=1` writes them anew.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde_json::{Value, json};
use trunkline_cli::{Console, Exit, run};
use trunkline_core::host;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A time so many minutes ago, in the middle of a minute.
fn ago(minutes: i64) -> String {
    let before = SignedDuration::from_secs(minutes * 60 + 30);
    (host::now() - before).to_string()
}

fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

/// A number that is held. Ids of Webex are this long.
fn number(account: &str, id: &str, with: &Value) -> Value {
    let mut number = json!({
        "id": format!("{account}:{id}"), "account": account, "provider": "twilio", "country": "US",
        "number": null, "extension": null, "number_type": "local", "state": "active", "label": null, "tags": [],
        "features": {"sms": true, "voice": true, "fax": false}, "protected": false, "release_at": null,
        "monthly_price": null, "location": {"id": null, "name": null, "locality": null, "region": null},
    });
    number
        .as_object_mut()
        .unwrap()
        .extend(with.as_object().unwrap().clone());
    number
}

fn numbers() -> Value {
    let webex = "Y2lzY29zcGFyazovL3VzL1RFTEVQSE9ORV9OVU1CRVIvKzE0MTY1NTUwMTcxLzRmMmE5YzE3LTZiMzAtNGQ4ZC05YzQw";
    json!([
        number(
            "us-main",
            "PN0123456789abcdef0123456789abcdef",
            &json!({
                "number": "+14155550100", "label": "Support, first level, west coast", "tags": ["west", "support"],
                "monthly_price": usd("1.15"), "location": {"locality": "San Francisco", "region": "CA"}, "protected": true,
            })
        ),
        number(
            "office",
            webex,
            &json!({
                "number": "+14165550171", "number_type": "national", "location": {"name": "Toronto HQ", "locality": null},
            })
        ),
        number(
            "pbx",
            "6f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
            &json!({
                "extension": "1001", "number_type": "extension", "state": "inactive", "label": "Front desk",
            })
        ),
    ])
}

fn purchases() -> Value {
    let purchase = |id: &str, state: &str, with: Value| {
        let mut purchase = json!({
            "id": id, "state": state, "account": "us-main", "number": "+14155550100", "late": false, "recovered": false,
            "price": usd("1.15"), "created_at": ago(3), "settled_at": null, "number_id": null, "needs_person": null,
            "error": null,
        });
        purchase
            .as_object_mut()
            .unwrap()
            .extend(with.as_object().unwrap().clone());
        purchase
    };
    json!([
        purchase(
            "pur_01k9b4v7w1nq5tz3c8m2x6d0ae",
            "unknown",
            json!({
            "needs_person": {"why": "disputed", "since": ago(1)}})
        ),
        purchase(
            "pur_01k9b4v7w1nq5tz3c8m2x6d0af",
            "succeeded",
            json!({"late": true, "created_at": ago(3 * 60)})
        ),
        purchase(
            "pur_01k9b4v7w1nq5tz3c8m2x6d0ag",
            "failed",
            json!({
            "price": null, "created_at": ago(5 * 24 * 60),
            "error": {"kind": "not_available", "detail": "the number is not available any more"}})
        ),
    ])
}

fn keys() -> Value {
    json!([
        {"id": "key_01k9b4v7w1nq5tz3c8m2x6d0ae", "name": "operations", "tenant": "default", "state": "active",
            "scopes": ["numbers:read", "numbers:write", "numbers:purchase", "numbers:release", "caller_ids:read", "admin"],
            "accounts": null, "expires_at": null, "last_used_at": ago(2), "spend": {"monthly": null, "setup": null}},
        {"id": "key_01k9b4v7w1nq5tz3c8m2x6d0af", "name": "shop", "tenant": "acme", "state": "revoked",
            "scopes": ["numbers:read", "numbers:purchase"], "accounts": ["us-main", "office"], "expires_at": ago(-30 * 24 * 60),
            "last_used_at": null, "spend": {"monthly": {"ceiling": usd("100")}, "setup": null}},
    ])
}

fn available() -> Value {
    let one = |number: &str, account: &str, place: Value| {
        json!({"number": number, "account": account, "number_type": "local", "location": place, "offer": "of_".to_owned() + &"x".repeat(180),
            "features": {"sms": true, "voice": true, "mms": true}, "monthly_price": usd("1.15"), "setup_price": usd("0.00"),
            "address_requirement": "none"})
    };
    json!([
        one(
            "+14155550123",
            "us-main",
            json!({"locality": "San Francisco", "region": "CA"})
        ),
        one(
            "+15105550111",
            "signalwire",
            json!({"locality": "Oakland", "region": "CA"})
        ),
    ])
}

fn accounts() -> Value {
    json!([
        {"name": "us-main", "provider": "twilio", "identity": "AC00000000000000000000000000000000",
            "health": {"status": "unhealthy", "in_flight": 0, "last_error": "the carrier answered the list of numbers with 401: Authenticate"},
            "limits": {"per_second": 10}},
        {"name": "pbx", "provider": "wazo", "identity": "pbx.example.com/4b5a6978", "limits": {"per_second": null},
            "health": {"status": "ok", "in_flight": 2, "last_error": null}},
    ])
}

fn providers() -> Value {
    json!([{"name": "twilio", "capability": {
        "number_types": ["local", "mobile", "toll_free", "national", "shared_cost"], "caller_id_method": "call_enter_code",
        "writable": ["label", "voice", "messaging", "emergency_address_id", "provider_options"]}}])
}

fn audit() -> Value {
    json!([
        {"id": "aud_1", "at": ago(0), "action": "number.release", "outcome": "refused", "account": "us-main", "number": "+14155550100",
            "actor": {"key_name": "operations", "via": "api"}, "error": {"kind": "locked", "message": "the number is protected: unprotect it first"},
            "request_id": "req_1", "resource": "us-main:PN0123456789abcdef0123456789abcdef"},
        {"id": "aud_2", "at": ago(70), "action": "number.purchase", "outcome": "ok", "account": "us-main", "number": "+14155550100",
            "actor": {"key_name": null, "via": "system"}, "error": null, "request_id": null, "resource": "pur_01k9b4v7w1nq5tz3c8m2x6d0ae"},
    ])
}

fn events() -> Value {
    json!([{"id": "evt_1", "at": ago(1), "type": "number.purchased", "account": "us-main", "sequence": 1,
        "resource": "us-main:PN0123456789abcdef0123456789abcdef", "data": {}}])
}

fn webhooks() -> Value {
    json!([{"id": "whk_01k9b4v7w1nq5tz3c8m2x6d0ae", "url": "https://hooks.example.com/trunkline/production", "enabled": true,
        "types": ["number.purchased", "number.released"], "accounts": ["us-main"], "description": "Billing"}])
}

fn deliveries() -> Value {
    json!([{"event": {"id": "evt_01k9b4v7w1nq5tz3c8m2x6d0ae", "type": "number.purchased", "sequence": 1,
        "resource": "us-main:PN0123456789abcdef0123456789abcdef"}, "state": "pending", "attempts": 3, "attempted_at": ago(4),
        "status": 503, "error": "the endpoint answered 503 Service Unavailable"}])
}

fn allocations() -> Value {
    json!([{"id": "alc_01k9b4v7w1nq5tz3c8m2x6d0ae", "state": "running", "mode": "best_effort", "created_at": ago(2),
        "counts": {"wanted": 20, "bought": 7, "failed": 1, "unknown": 0, "open": 12}}])
}

fn caller_ids() -> Value {
    json!([{"id": "us-main:+14155550177", "account": "us-main", "number": "+14155550177", "label": "Front desk", "state": "pending",
        "method": "call_enter_code", "validation_code": "123456", "verified_at": null}])
}

fn countries() -> Value {
    json!([{"country": "GB", "name": "United Kingdom", "account": "us-main", "provider": "twilio",
        "number_types": ["local", "mobile", "national", "toll_free"]}])
}

fn inventory() -> Value {
    let mut held = numbers();
    let known = [
        json!({"state": "held", "origin": {"kind": "purchased"}, "monthly_price": usd("1.15"), "changed_at": ago(5),
            "last_seen_at": ago(1)}),
        json!({"state": "missing", "origin": {"kind": "found"}, "monthly_price": null, "changed_at": ago(5),
            "last_seen_at": ago(70)}),
        json!({"state": "held", "origin": {"kind": "registered"}, "monthly_price": null, "changed_at": ago(5),
            "last_seen_at": ago(1)}),
    ];
    for (number, known) in held.as_array_mut().unwrap().iter_mut().zip(known) {
        number["inventory"] = known;
    }
    held
}

fn summary() -> Value {
    let figures = |by: Value| {
        json!({"by": by, "count": 12_345, "monthly": [usd("11804.25"), {"amount": "310.00", "currency": "EUR"}],
            "prices": {"carrier": 12_000, "config": 300, "unknown": 45}})
    };
    json!({"total": figures(json!({})), "groups": [figures(json!({"account": "us-main", "type": "toll_free"}))],
        "sources": []})
}

fn drifts() -> Value {
    let drift = |class: &str, field: Option<&str>, values: [Value; 2]| {
        json!({"id": "drf_01k9b4v7w1nq5tz3c8m2x6d0ae", "class": class, "account": "us-main", "number": "+14155550100",
            "number_id": "us-main:PN0123456789abcdef0123456789abcdef", "field": field, "was": values[0], "is": values[1],
            "author": {"kind": "outside"}, "since": ago(8), "gone_at": null, "state": "open", "accepted_by": null})
    };
    json!([
        drift("appeared", None, [Value::Null, Value::Null]),
        drift(
            "changed",
            Some("emergency_address_id"),
            [
                json!("AD00000000000000000000000000000001"),
                json!("AD00000000000000000000000000000002")
            ]
        ),
        drift(
            "price_changed",
            Some("monthly_price"),
            [usd("1.15"), usd("1.35")]
        ),
    ])
}

fn whereabouts() -> Value {
    let place = |account: &str, kind: &str, state: &str| {
        json!({"account": account, "provider": "twilio", "number_id": format!("{account}:PN0123456789abcdef0123456789abcdef"),
            "as": kind, "main": kind == "registered", "state": state, "label": "Support, first level, west coast",
            "last_seen_at": ago(2)})
    };
    json!({"number": "+14155550100", "differences": [{"what": "held_twice", "values": [], "number_id": null}], "sources": [],
        "places": [place("us-main", "bought", "held"), place("switchboard", "registered", "missing"),
            place("emea", "verified_caller_id", "held")]})
}

fn readings() -> Value {
    let reading = |account: &str, state: &str, error: Value| {
        json!({"account": account, "state": state, "pages": 101, "rows": 100_250, "appeared": 12, "changed": 104,
            "missing": 3, "gone": 1, "error": error})
    };
    let refused = "the carrier answered the list of numbers with 401: Authenticate";
    json!({"id": "syn_01k9b4v7w1nq5tz3c8m2x6d0ae", "created_at": ago(1), "ended_at": ago(0), "accounts": [
        reading("us-main", "complete", Value::Null),
        reading("switchboard", "incomplete", json!({"kind": "unauthenticated", "detail": refused})),
    ]})
}

/// Every list command, the path that it reads, and what is there.
fn lists() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("search --country US", "/v1/available-numbers", available()),
        (
            "search --country US --offers",
            "/v1/available-numbers",
            available(),
        ),
        ("countries", "/v1/countries", countries()),
        ("numbers list", "/v1/numbers", numbers()),
        ("inventory list", "/v1/inventory", inventory()),
        (
            "inventory summary --by account,type",
            "/v1/inventory/summary",
            summary(),
        ),
        (
            "where +14155550100",
            "/v1/where/+14155550100",
            whereabouts(),
        ),
        ("drift list", "/v1/drift", drifts()),
        ("purchases list", "/v1/purchases", purchases()),
        ("allocations list", "/v1/allocations", allocations()),
        ("caller-ids list", "/v1/caller-ids", caller_ids()),
        ("accounts", "/v1/accounts", accounts()),
        ("providers", "/v1/providers", providers()),
        ("keys list", "/v1/keys", keys()),
        ("audit list", "/v1/audit", audit()),
        ("events list", "/v1/events", events()),
        ("webhooks list", "/v1/webhooks", webhooks()),
        (
            "webhooks deliveries whk_1",
            "/v1/webhooks/whk_1/deliveries",
            deliveries(),
        ),
    ]
}

async fn gateway() -> MockServer {
    let server = MockServer::start().await;
    for (_, at, data) in lists() {
        let answer = match data {
            Value::Array(data) => json!({"data": data, "next_cursor": null, "sources": []}),
            whole => whole,
        };
        let answer = ResponseTemplate::new(200).set_body_json(answer);
        Mock::given(method("GET"))
            .and(path(at))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let answer = ResponseTemplate::new(202).set_body_json(readings());
    Mock::given(method("POST"))
        .and(path("/v1/syncs"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

/// What a command writes on a terminal of so many columns: its table, and its notes.
async fn shown(command: &str, server: &MockServer, columns: Option<usize>) -> [String; 2] {
    let args = format!("trunkline {command} --server {}", server.uri());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        columns,
        ..Console::capture(&mut out, &mut err)
    };
    let exit = run(args.split(' '), &mut console).await;
    let said = [out, err].map(|text| String::from_utf8(text).unwrap());
    let expected = match command {
        // One of its readings is not complete.
        "sync" => Exit::Partial,
        _ => Exit::Done,
    };
    assert_eq!(exit, expected, "{command}: {said:?}");
    said
}

#[tokio::test]
async fn tables_fit_terminals_of_80_120_and_200_columns() {
    let server = gateway().await;
    for columns in [80, 120, 200] {
        let mut all = String::new();
        let lists = lists();
        for command in lists.iter().map(|list| list.0).chain(["sync"]) {
            let [table, notes] = shown(command, &server, Some(columns)).await;
            for line in table.lines() {
                assert!(
                    line.chars().count() <= columns,
                    "{command} at {columns}: {line}"
                );
            }
            all.push_str(&format!("$ trunkline {command}\n{table}{notes}\n"));
        }
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/cli/tables/{columns}.txt"));
        if std::env::var_os("TRUNKLINE_UPDATE_DOCS").is_some() {
            std::fs::write(&file, &all).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            kept == all,
            "{} is out of date: TRUNKLINE_UPDATE_DOCS=1 writes it\n{all}",
            file.display()
        );
    }
}

#[tokio::test]
async fn wide_table_shows_everything_in_full() {
    let server = gateway().await;
    for columns in [None, Some(80)] {
        let [text, _] = shown("numbers list --wide", &server, columns).await;
        assert!(
            text.contains("TAGS") && text.contains("west support"),
            "{text}"
        );
        assert!(
            text.contains("NGQ4ZC05YzQw") && !text.contains('…'),
            "{text}"
        );
    }
    let [purchases, _] = shown("purchases list --wide", &server, Some(80)).await;
    assert!(
        purchases.contains("Z") && !purchases.contains("ago"),
        "times are exact: {purchases}"
    );
}
