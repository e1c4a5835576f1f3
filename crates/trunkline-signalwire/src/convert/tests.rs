//! What SignalWire's documents mean.

use serde_json::{Value, json};
use trunkline_core::{CountryCode, Number, NumberType, Routing};
use trunkline_http::wire::{Text, date};

use super::*;

fn held(row: &Value) -> Number {
    let mut whole = json!({"id": "aaaaaaaa-0000-4000-8000-000000000001", "number": "+14155550142"});
    let members = whole.as_object_mut().unwrap();
    members.extend(row.as_object().unwrap().clone());
    let text = whole.to_string();
    number(
        &"main".parse().unwrap(),
        serde_json::from_str(&text).unwrap(),
    )
    .unwrap()
}

fn data(number: &Number) -> Value {
    serde_json::from_str(number.provider_data.as_json()).unwrap()
}

fn voice(row: &Value) -> Value {
    serde_json::to_value(held(row).voice).unwrap()
}

fn own(handler: &str, options: &Value) -> Value {
    json!({"type": "provider", "handler": handler, "options": options})
}

#[test]
fn only_the_field_that_the_handler_names_is_used() {
    let row = json!({
        "call_handler": "relay_script",
        "call_request_url": "https://old.example.com/in",
        "call_request_method": "POST",
        "call_relay_script_url": "https://new.example.com/script",
        "call_laml_application_id": "app-1",
    });
    let number = held(&row);
    let options = json!({"url": "https://new.example.com/script"});
    assert_eq!(voice(&row), own("relay_script", &options));
    let stale = json!({
        "call_request_url": "https://old.example.com/in",
        "call_request_method": "POST",
        "call_laml_application_id": "app-1",
    });
    assert_eq!(data(&number), stale);
}

#[test]
fn every_handler_of_calls_is_read_with_its_fields() {
    for (handler, row, options) in [
        (
            "relay_topic",
            json!({"call_relay_topic": "office", "call_relay_topic_status_callback_url": "https://a.example"}),
            json!({"topic": "office", "status_callback_url": "https://a.example"}),
        ),
        (
            "relay_context",
            json!({"call_relay_context": "office", "call_relay_context_status_callback_url": ""}),
            json!({"context": "office"}),
        ),
        (
            "relay_application",
            json!({"call_relay_application": "desk"}),
            json!({"application": "desk"}),
        ),
        (
            "relay_connector",
            json!({"call_relay_connector_id": "c-1"}),
            json!({"connector_id": "c-1"}),
        ),
        (
            "relay_verto_endpoint",
            json!({"call_verto_resource": "room"}),
            json!({"resource": "room"}),
        ),
        (
            "dialogflow",
            json!({"call_dialogflow_agent_id": "d-1"}),
            json!({"agent_id": "d-1"}),
        ),
        (
            "video_room",
            json!({"call_video_room_id": "v-1"}),
            json!({"room_id": "v-1"}),
        ),
        (
            "fabric_subscriber",
            json!({"calling_handler_resource_id": "r-1"}),
            json!({"resource_id": "r-1"}),
        ),
        ("hologram", json!({}), json!({})),
    ] {
        let mut row = row;
        row["call_handler"] = json!(handler);
        assert_eq!(voice(&row), own(handler, &options), "{handler}");
        assert_eq!(data(&held(&row)), json!({}), "{handler}");
    }
}

#[test]
fn unified_handlers_of_calls_are_read_as_such() {
    let application = json!({"call_handler": "laml_application", "call_laml_application_id": "x"});
    assert_eq!(
        voice(&application),
        json!({"type": "application", "id": "x"})
    );
    let endpoint = json!({"call_handler": "relay_sip_endpoint", "call_sip_endpoint_id": "x"});
    assert_eq!(voice(&endpoint), json!({"type": "sip_endpoint", "id": "x"}));
}

#[test]
fn handler_without_its_pointer_goes_nowhere_and_is_still_shown() {
    for handler in ["laml_webhooks", "laml_application", "relay_sip_endpoint"] {
        let number = held(&json!({"call_handler": handler, "message_handler": "laml_webhooks"}));
        assert_eq!(
            (&number.voice, &number.messaging),
            (&Routing::None, &Routing::None)
        );
        let shown = json!({"call_handler": handler, "message_handler": "laml_webhooks"});
        assert_eq!(data(&number), shown);
    }
}

#[test]
fn every_handler_of_messages_is_read_with_its_fields() {
    for (handler, row, wanted) in [
        (
            "laml_application",
            json!({"message_laml_application_id": "x"}),
            json!({"type": "application", "id": "x"}),
        ),
        (
            "relay_topic",
            json!({"message_relay_topic": "office"}),
            own("relay_topic", &json!({"topic": "office"})),
        ),
        (
            "relay_context",
            json!({"message_relay_context": "office"}),
            own("relay_context", &json!({"context": "office"})),
        ),
        (
            "relay_application",
            json!({}),
            own("relay_application", &json!({})),
        ),
        (
            "campaign",
            json!({"messaging_handler_resource_id": "r-1"}),
            own("campaign", &json!({"resource_id": "r-1"})),
        ),
    ] {
        let mut row = row;
        row["message_handler"] = json!(handler);
        let messaging = serde_json::to_value(held(&row).messaging).unwrap();
        assert_eq!(messaging, wanted, "{handler}");
    }
}

#[test]
fn method_is_shown_only_where_it_means_something() {
    let row = json!({
        "call_handler": "laml_webhooks",
        "call_request_url": "https://a.example",
        "call_request_method": "get",
        "call_fallback_method": "POST",
        "call_status_callback_method": "PATCH",
    });
    let hook = voice(&row);
    assert_eq!(
        (&hook["url"], &hook["method"]),
        (&json!("https://a.example"), &json!("GET"))
    );
    assert_eq!(
        data(&held(&row)),
        json!({"call_status_callback_method": "PATCH"})
    );
}

#[test]
fn type_is_read_from_the_digits_if_the_carrier_leaves_it_out() {
    for (number, named, wanted) in [
        ("+14155550142", json!("longcode"), NumberType::Local),
        ("+18335550142", json!("toll-free"), NumberType::TollFree),
        ("+18335550142", json!("longcode"), NumberType::TollFree),
        ("+18335550142", json!(null), NumberType::TollFree),
        ("+14155550142", json!(""), NumberType::Local),
        (
            "+14155550142",
            json!("shortcode"),
            NumberType::from("shortcode"),
        ),
    ] {
        let number = held(&json!({"number": number, "number_type": named}));
        assert_eq!(number.number_type, wanted, "{named}");
    }
}

#[test]
fn number_without_e164_form_is_kept_unchanged() {
    let number = held(&json!({"number": "55512", "country_code": "US"}));
    assert_eq!(number.number.as_deref(), Some("55512"));
    assert_eq!(
        (number.e164(), number.country),
        (None, Some(CountryCode::US))
    );
}

#[test]
fn unreadable_date_is_shown_as_it_came() {
    let number = held(&json!({"created_at": "yesterday", "updated_at": "2026-03-02T10:00:00.5Z"}));
    assert_eq!(
        (number.purchased_at, number.updated_at.is_some()),
        (None, true)
    );
    assert_eq!(data(&number), json!({"created_at": "yesterday"}));
}

#[test]
fn time_in_a_sentence_is_read_too() {
    let read = |text: &'static str| date(&Text::of(text)).unwrap();
    assert_eq!(
        read("2026-03-16 10:00:00 UTC"),
        read("2026-03-16T10:00:00Z")
    );
}

#[test]
fn emergency_address_pending_removal_counts_as_removed() {
    let has = |status: &str, wanted: Option<&str>| {
        let text = format!(r#"{{"e911_address_id": "x", "e911_status": "{status}"}}"#);
        has_emergency_address(&serde_json::from_str(&text).unwrap(), wanted)
    };
    assert!(has("pending", Some("x")) && !has("active", None) && !has("active", Some("y")));
    assert!(has("pending_removal", None) && !has("pending_removal", Some("x")));
    let without = wire::PhoneNumber::default();
    assert!(has_emergency_address(&without, None) && !has_emergency_address(&without, Some("x")));
}

#[test]
fn number_on_sale_may_have_either_of_two_members() {
    let query = SearchQuery::new(CountryCode::US);
    let read = |row: &'static str| available(&query, serde_json::from_str(row).unwrap());
    for row in [
        r#"{"number": "+14155550142"}"#,
        r#"{"e164": "+14155550142"}"#,
        r#"{"number": "+14155550142", "e164": "+14155550142"}"#,
    ] {
        assert_eq!(read(row).unwrap().number.as_str(), "+14155550142");
    }
    assert!(read(r#"{"number": "+14155550142", "e164": "+14155550143"}"#).is_err());
    assert!(read("{}").is_err());
}

#[test]
fn country_on_sale_is_read_from_code_region_or_search() {
    let query = SearchQuery::new(CountryCode::CA);
    let country = |row: &'static str| {
        let row = serde_json::from_str(row).unwrap();
        available(&query, row).unwrap().country
    };
    let (us, ca) = (Some(CountryCode::US), Some(CountryCode::CA));
    assert_eq!(
        country(r#"{"e164": "+14165550142", "country_code": "CA"}"#),
        ca
    );
    assert_eq!(country(r#"{"e164": "+14165550142", "region": "on"}"#), ca);
    assert_eq!(country(r#"{"e164": "+14155550142", "region": "CA"}"#), us);
    assert_eq!(country(r#"{"e164": "+18335550142"}"#), ca);
}

#[test]
fn time_without_a_zone_is_in_utc() {
    let read = |text: &'static str| date(&Text::of(text)).map(|time| time.unwrap().to_string());
    for text in [
        "2026-03-16T10:00:00Z",
        "2026-03-16T10:00:00",
        "2026-03-16 10:00:00 UTC",
        "2026-03-16T11:00:00+01:00",
    ] {
        assert_eq!(read(text).unwrap(), "2026-03-16T10:00:00Z", "{text}");
    }
    assert!(read("soon").is_err());
}

#[test]
fn status_of_a_caller_id_counts_without_the_verified_flag() {
    let state = |rest: &str| {
        let text = format!(r#"{{"id": "x", "number": "+14155550142"{rest}}}"#);
        let row = serde_json::from_str(&text).unwrap();
        caller_id(&"main".parse().unwrap(), row)
            .unwrap()
            .is_verified()
    };
    assert!(state(r#", "status": "Verified""#));
    assert!(!state(r#", "status": "Verified", "verified": false"#));
    assert!(!state(r#", "status": "Awaiting Verification""#) && !state(""));
}
