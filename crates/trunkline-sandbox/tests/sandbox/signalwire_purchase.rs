//! Buying numbers at SignalWire.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::Fault;
use trunkline_sandbox::credentials::{
    SIGNALWIRE_BROKE_PROJECT_ID, SIGNALWIRE_DOCUMENTED_PROJECT_ID, SIGNALWIRE_SECOND_PROJECT_ID,
    SIGNALWIRE_TRIAL_PROJECT_ID,
};

use crate::signalwire_support::{Space, plain, refused};
use crate::support::read;

const NUMBERS: &str = "phone_numbers";

/// The keys of a number as of 2025, in their order.
const KEYS: &str = "id name number capabilities number_type e911_address_id created_at updated_at next_billed_at \
    call_handler calling_handler_resource_id call_receive_mode call_request_url call_request_method \
    call_fallback_url call_fallback_method call_status_callback_url call_status_callback_method \
    call_laml_application_id call_dialogflow_agent_id call_relay_context call_relay_context_status_callback_url \
    call_relay_topic call_relay_topic_status_callback_url call_relay_application call_relay_connector_id \
    call_sip_endpoint_id call_verto_resource call_video_room_id call_relay_script_url message_handler \
    messaging_handler_resource_id message_request_url message_request_method message_fallback_url \
    message_fallback_method message_laml_application_id message_relay_context message_relay_topic country_code";

async fn one(space: &Space) -> String {
    space.search("areacode=415&max_results=1").await.remove(0)
}

#[tokio::test]
async fn a_purchase_answers_200_with_a_number_that_has_nothing_set() {
    let space = Space::start().await;
    let number = one(&space).await;
    let bought = space.buy(&number).await;
    assert_eq!(bought.json["number"], number.as_str());
    assert_eq!(bought.json["call_handler"], "laml_webhooks");
    assert_eq!(bought.json["call_receive_mode"], "voice");
    assert_eq!(bought.json["number_type"], "longcode");
    assert_eq!(
        bought.json["capabilities"],
        json!(["voice", "fax", "sms", "mms"])
    );
    let created = &bought.json["created_at"];
    assert!(created.as_str().unwrap().ends_with('Z'));
    assert_eq!(created, &bought.json["next_billed_at"]);
    for name in [
        "name",
        "call_request_url",
        "call_request_method",
        "message_handler",
    ] {
        assert_eq!(bought.json[name], Value::Null, "{name}");
    }
    let places: Vec<_> = KEYS
        .split_whitespace()
        .map(|key| bought.text.find(&format!("\"{key}\":")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{}", bought.text);
    let members = bought.json.as_object().unwrap().len();
    assert_eq!(members, places.len());
}

#[tokio::test]
async fn registration_accepts_only_the_number() {
    let space = Space::start().await;
    let body = json!({ "number": one(&space).await, "name": "Front desk" });
    let bought = space.post(NUMBERS, &body).await;
    assert_eq!(bought.status, 200);
    assert_eq!(bought.json["name"], Value::Null);
}

#[tokio::test]
async fn gone_number_is_rejected_without_a_reason() {
    let space = Space::start().await;
    for number in ["+14155550100", "+442079460123"] {
        let answer = space.post(NUMBERS, &json!({ "number": number })).await;
        assert_eq!(answer.status, 422);
        assert_eq!(
            answer.text,
            r#"{"errors":[{"detail":null,"status":"422","title":"Invalid Attribute","code":"422"}]}"#
        );
    }
    assert!(space.ledger().purchases.is_empty());
}

#[tokio::test]
async fn documented_error_codes_are_used() {
    let space = Space::of(SIGNALWIRE_DOCUMENTED_PROJECT_ID).await;
    let body = json!({ "number": "+14155550100" });
    let answer = space.post(NUMBERS, &body).await;
    assert_eq!(refused(&answer), (422, vec!["could_not_purchase"]));
    let number = one(&space).await;
    let bought = space.buy(&number).await;
    assert_eq!(bought.json["e911_status"], Value::Null);
    assert_eq!(bought.json.as_object().unwrap().len(), 41);
}

#[tokio::test]
async fn held_number_is_not_sold_again() {
    let space = Space::start().await;
    let number = one(&space).await;
    space.buy(&number).await;
    let body = json!({ "number": number });
    let again = space.post(NUMBERS, &body).await;
    assert_eq!(refused(&again), (422, vec!["value_not_unique"]));
    let other = space
        .http
        .post(space.url(NUMBERS))
        .basic_auth(SIGNALWIRE_SECOND_PROJECT_ID, Some("sandbox"))
        .json(&body);
    let other = read(other.send().await.unwrap()).await;
    assert_eq!(refused(&other), (422, vec!["422"]));
    assert_eq!(space.ledger().purchases.len(), 1);
}

#[tokio::test]
async fn invalid_number_is_rejected() {
    let space = Space::start().await;
    for (body, code) in [
        (json!({}), "missing_required_parameter"),
        (json!({ "number": null }), "missing_required_parameter"),
        (json!({ "number": "" }), "missing_required_parameter"),
        (json!({ "number": 14_155_550_100_u64 }), "not_a_string"),
        (json!({ "number": "4155550100" }), "invalid_number_format"),
        (json!({ "number": "+1415555010" }), "invalid_number_format"),
    ] {
        let answer = space.post(NUMBERS, &body).await;
        assert_eq!(refused(&answer), (422, vec![code]), "{body}");
    }
    for body in ["{", "[]", "nonsense"] {
        let request = space
            .request(Method::POST, NUMBERS)
            .header("content-type", "application/json")
            .body(body);
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(plain(&answer), (400, "Bad Request"), "{body}");
    }
}

#[tokio::test]
async fn a_trial_holds_one_number() {
    let space = Space::of(SIGNALWIRE_TRIAL_PROJECT_ID).await;
    let numbers = space.search("areacode=415&max_results=2").await;
    space.buy(&numbers[0]).await;
    let body = json!({ "number": numbers[1] });
    let answer = space.post(NUMBERS, &body).await;
    assert_eq!(refused(&answer), (422, vec!["account_limit_exceeded"]));
}

#[tokio::test]
async fn account_without_money_buys_nothing() {
    let space = Space::of(SIGNALWIRE_BROKE_PROJECT_ID).await;
    let body = json!({ "number": one(&space).await });
    let answer = space.post(NUMBERS, &body).await;
    assert_eq!(refused(&answer), (422, vec!["insufficient_balance"]));
    assert!(space.ledger().purchases.is_empty());
}

#[tokio::test]
async fn the_books_show_a_purchase_whose_answer_was_lost() {
    let space = Space::start().await;
    let number = one(&space).await;
    space.strike_once("purchase", Fault::DropAfterCommit {});
    let body = json!({ "number": number });
    let request = space.request(Method::POST, NUMBERS).json(&body);
    assert!(request.send().await.is_err());
    let ledger = space.ledger();
    assert_eq!(ledger.purchases.len(), 1);
    assert_eq!(ledger.purchases[0].number, number);
    assert_eq!(ledger.owned[0].account, space.project);
    assert_eq!(ledger.requests["purchase"], 1);
}

#[tokio::test]
async fn a_staged_failure_has_the_words_of_its_status() {
    let space = Space::start().await;
    for (status, words) in [
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (503, "Service Unavailable"),
    ] {
        space.strike_once("*", Fault::status(status));
        let answer = space.get(NUMBERS).await;
        assert_eq!(plain(&answer), (status, words));
    }
    space.strike_once("purchase", Fault::status(422));
    let answer = space.post(NUMBERS, &json!({})).await;
    assert_eq!(refused(&answer), (422, vec!["422"]));
}
