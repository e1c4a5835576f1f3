//! The keys of every document and the headers of every answer.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::{Fault, LimitSettings};

use crate::support::Read;
use crate::zendesk_support::{Desk, NUMBERS, ZENDESK, path_of, rows};

fn keys(value: &Value) -> BTreeSet<&str> {
    let members = value.as_object().unwrap_or_else(|| panic!("{value}"));
    members.keys().map(String::as_str).collect()
}

fn set(names: &'static str) -> BTreeSet<&'static str> {
    names.split_whitespace().collect()
}

const HELD: &str = "id country_code created_at external number name nickname display_number location toll_free \
    capabilities transcription recorded call_recording_consent line_type priority outbound_enabled voice_enabled \
    sms_enabled sms_group_id group_ids default_group_id ivr_id schedule_id failover_number greeting_ids \
    default_greeting_ids categorised_greetings categorised_greetings_with_sub_settings";

const MINIMAL: &str = "id country_code external nickname display_number capabilities sms_enabled priority \
    outbound_enabled";

const SETTINGS: &str = "allow_outbound_calls average_wait_time_message_enabled call_offering_duration \
    call_recording_delete_after callback_from_queue callback_locale create_ticket_for_abandoned_calls \
    dequeue_retry_if_attempted forwarding_caller_id maximum_queue_size maximum_queue_wait_time overflow_number \
    priority voicemail voicemail_outside_business_hours voicemail_recording_delete_after wrap_up_enabled \
    wrap_up_time_limit";

const ENVELOPE: &str = "count next_page previous_page";

fn check_headers(answer: &Read, content_type: &str) {
    assert_eq!(answer.header("content-type"), content_type);
    assert_eq!(answer.header("x-zendesk-request-id").len(), 20);
    assert_eq!(answer.header("x-zendesk-api-version"), "v2");
    for name in [
        "x-rate-limit",
        "x-rate-limit-remaining",
        "rate-limit",
        "rate-limit-remaining",
        "rate-limit-reset",
    ] {
        assert!(answer.header(name).parse::<u32>().is_ok(), "{name}");
    }
    for name in ["x-runtime", "cache-control", "date"] {
        assert!(!answer.header(name).is_empty(), "{name}");
    }
}

const JSON: &str = "application/json; charset=utf-8";

#[tokio::test]
async fn a_held_number_has_the_keys_of_2023() {
    let desk = Desk::start().await;
    let bought = desk.buy_some(1).await.remove(0);
    assert_eq!(keys(&bought), set(HELD));
    assert_eq!(
        keys(&bought["capabilities"]),
        set("sms mms voice emergency_address")
    );
    assert_eq!(
        (&bought["group_ids"], &bought["default_group_id"]),
        (&json!([]), &Value::Null)
    );
    assert!(bought["created_at"].as_str().unwrap().ends_with('Z'));
    let list = desk.get(NUMBERS).await;
    let mut envelope = keys(&list.json);
    assert!(envelope.remove(NUMBERS));
    assert_eq!(envelope, set(ENVELOPE));
    assert_eq!(rows(&list, NUMBERS), [bought]);
    check_headers(&list, JSON);
}

#[tokio::test]
async fn the_minimal_list_has_no_number() {
    let desk = Desk::start().await;
    desk.buy_some(1).await;
    let minimal = desk.get("phone_numbers.json?minimal_mode=true").await;
    let row = &rows(&minimal, NUMBERS)[0];
    assert_eq!(keys(row), set(MINIMAL));
    assert_eq!(keys(&row["capabilities"]), set("sms mms voice"));
    let lines = desk.get("lines?minimal_mode=true").await;
    let mut line = keys(&lines.json["lines"][0]);
    assert!(line.remove("brand_id") && line.remove("line_type"));
    assert_eq!(line, set(MINIMAL));
    let whole = desk.get("phone_numbers?minimal_mode=").await;
    assert_eq!(keys(&rows(&whole, NUMBERS)[0]), set(HELD));
}

#[tokio::test]
async fn included_resources_appear_in_and_beside_the_number() {
    let desk = Desk::start().await;
    let path = path_of(&desk.buy_some(1).await.remove(0));
    let query = "settings,ivrs,all_greetings,all_groups,all_schedules";
    let shown = desk.get(&format!("{path}.json?include={query}")).await;
    assert_eq!(keys(&shown.json["phone_number"]["settings"]), set(SETTINGS));
    let beside = set("phone_number ivrs all_greetings all_groups all_schedules");
    assert_eq!(keys(&shown.json), beside);
    assert_eq!(keys(&desk.get(&path).await.json), set("phone_number"));
}

#[tokio::test]
async fn a_number_on_sale_has_a_token_and_a_price() {
    let desk = Desk::start().await;
    let found = desk
        .get("phone_numbers/search.json?country=US&area_code=415")
        .await;
    let row = &rows(&found, NUMBERS)[0];
    let wanted = "number display_number toll_free location country_code token price address_requirements nickname \
        capabilities";
    assert_eq!(keys(row), set(wanted));
    assert_eq!(keys(&row["capabilities"]), set("sms mms voice"));
    assert_eq!(
        (&row["location"], &row["nickname"]),
        (&"CA".into(), &Value::Null)
    );
    assert!(
        row["display_number"]
            .as_str()
            .unwrap()
            .starts_with("+1 (415) ")
    );
    assert_eq!(found.json["next_page"], Value::Null);
    check_headers(&found, JSON);
}

#[tokio::test]
async fn an_address_has_nine_keys() {
    let desk = Desk::start().await;
    let list = desk.get("addresses").await;
    let wanted = "id name street zip city state province country_code provider_reference";
    assert_eq!(keys(&list.json["addresses"][0]), set(wanted));
    assert_eq!(list.json["addresses"][0]["state"], Value::Null);
    check_headers(&list, JSON);
}

#[tokio::test]
async fn errors_and_empty_answers_have_the_quota_too() {
    let desk = Desk::start().await;
    check_headers(&desk.get("phone_numbers/61").await, JSON);
    let path = path_of(&desk.buy_some(1).await.remove(0));
    check_headers(&desk.delete(&path).await, "");
    check_headers(&desk.put(&path, json!({})).await, JSON);
}

#[tokio::test]
async fn a_request_too_many_is_refused_in_plain_text() {
    let desk = Desk::start().await;
    let limits = LimitSettings {
        per_second: Some(1),
        retry_after: Some(1),
        ..LimitSettings::default()
    };
    desk.world.sandbox.set_limits(ZENDESK, limits);
    let first = desk.get(NUMBERS).await;
    assert_eq!(first.status, 200);
    let refused = desk.get(NUMBERS).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (429, "1")
    );
    assert_eq!(
        refused.text,
        "Number of allowed API requests per minute exceeded"
    );
    check_headers(&refused, "text/plain; charset=utf-8");
}

#[tokio::test]
async fn faults_hit_every_operation() {
    let desk = Desk::start().await;
    let number = desk.buy_some(1).await.remove(0);
    let (path, body) = (
        path_of(&number),
        json!({ "phone_number": { "token": "x" } }),
    );
    for (operation, method, path) in [
        (
            "search_available",
            Method::GET,
            "phone_numbers/search?country=US",
        ),
        ("purchase", Method::POST, NUMBERS),
        ("list", Method::GET, NUMBERS),
        ("find_owned", Method::GET, "lines"),
        ("get", Method::GET, &*path),
        ("update", Method::PUT, &path),
        ("release", Method::DELETE, &path),
        ("list_addresses", Method::GET, "addresses"),
        ("get_address", Method::GET, "addresses/1"),
        ("create_address", Method::POST, "addresses"),
        ("update_address", Method::PUT, "addresses/1"),
        ("delete_address", Method::DELETE, "addresses/1"),
    ] {
        desk.strike_once(operation, Fault::status(503));
        let request = desk.request(method, path).json(&body);
        let struck = request.send().await.unwrap();
        assert_eq!(struck.status(), 503, "{operation}");
    }
    assert_eq!(desk.ledger().owned.len(), 1);
}

#[tokio::test]
async fn verification_calls_are_unsupported() {
    let desk = Desk::start().await;
    let number = "/zendesk/caller-ids/+14155550100";
    let code = desk
        .world
        .control(Method::GET, &format!("{number}/code"), None)
        .await;
    assert_eq!(code.status, 404);
    let answer = desk
        .world
        .control(Method::POST, &format!("{number}/answer"), None)
        .await;
    assert_eq!(answer.status, 404);
}
