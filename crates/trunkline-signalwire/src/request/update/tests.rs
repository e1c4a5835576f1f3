//! Updates as they are sent.

use serde_json::{Value, json};
use trunkline_core::{Error, ErrorKind};

use super::*;

fn changed(update: Value, deprecated: bool) -> Result<Change> {
    change(&serde_json::from_value(update).unwrap(), deprecated)
}

fn body(update: Value) -> Value {
    let change = changed(update, true).unwrap();
    serde_json::to_value(&change.fields).unwrap()
}

fn refused(update: Value) -> (ErrorKind, String) {
    let error: Error = changed(update, false).unwrap_err();
    (error.kind(), error.fields()[0].field.clone())
}

fn own(handler: &str, options: &Value) -> Value {
    json!({"type": "provider", "handler": handler, "options": options})
}

#[test]
fn only_changes_are_sent() {
    assert_eq!(changed(json!({}), false).unwrap(), Change::default());
    assert_eq!(body(json!({"label": "Desk"})), json!({"name": "Desk"}));
    assert_eq!(body(json!({"label": null})), json!({"name": ""}));
}

#[test]
fn nowhere_is_a_webhook_without_addresses() {
    for voice in [
        json!(null),
        json!({"type": "none"}),
        json!({"type": "webhook"}),
    ] {
        let wanted = json!({
            "call_handler": "laml_webhooks",
            "call_request_url": "",
            "call_fallback_url": "",
            "call_status_callback_url": "",
        });
        assert_eq!(body(json!({"voice": voice})), wanted);
    }
    let wanted = json!({
        "message_handler": "laml_webhooks",
        "message_request_url": "",
        "message_fallback_url": "",
    });
    assert_eq!(body(json!({"messaging": null})), wanted);
}

#[test]
fn every_call_handler_is_sent_with_its_fields() {
    let room = "5ca1ab1e-0000-4000-8000-00000000000a";
    for (handler, options, wanted) in [
        (
            "relay_script",
            json!({"url": "https://a.example/swml"}),
            json!({"call_relay_script_url": "https://a.example/swml"}),
        ),
        (
            "relay_topic",
            json!({"topic": "office"}),
            json!({"call_relay_topic": "office", "call_relay_topic_status_callback_url": ""}),
        ),
        (
            "relay_context",
            json!({"context": "office", "status_callback_url": "https://a.example"}),
            json!({"call_relay_context": "office", "call_relay_context_status_callback_url": "https://a.example"}),
        ),
        (
            "relay_application",
            json!({"application": "desk"}),
            json!({"call_relay_application": "desk"}),
        ),
        (
            "relay_connector",
            json!({"connector_id": "c-1"}),
            json!({"call_relay_connector_id": "c-1"}),
        ),
        (
            "relay_verto_endpoint",
            json!({"resource": "room"}),
            json!({"call_verto_resource": "room"}),
        ),
        (
            "dialogflow",
            json!({"agent_id": "d-1"}),
            json!({"call_dialogflow_agent_id": "d-1"}),
        ),
        (
            "video_room",
            json!({"room_id": room}),
            json!({"call_video_room_id": room}),
        ),
    ] {
        let mut wanted = wanted;
        wanted["call_handler"] = json!(handler);
        assert_eq!(body(json!({"voice": own(handler, &options)})), wanted);
        let field = (ErrorKind::InvalidRequest, "voice.options".to_owned());
        let missing = changed(json!({"voice": own(handler, &json!({}))}), true).unwrap_err();
        assert!(missing.fields()[0].field.starts_with(&field.1), "{handler}");
    }
}

#[test]
fn an_agent_or_a_flow_is_sent_by_its_id_and_a_flow_with_its_version() {
    let room = "5ca1ab1e-0000-4000-8000-00000000000a";
    for (handler, options, wanted) in [
        (
            "ai_agent",
            json!({"agent_id": room}),
            json!({"call_ai_agent_id": room}),
        ),
        (
            "call_flow",
            json!({"flow_id": room}),
            json!({"call_flow_id": room, "call_flow_version": "current_deployed"}),
        ),
        (
            "call_flow",
            json!({"flow_id": room, "version": "working_copy"}),
            json!({"call_flow_id": room, "call_flow_version": "working_copy"}),
        ),
    ] {
        let mut wanted = wanted;
        wanted["call_handler"] = json!(handler);
        assert_eq!(body(json!({"voice": own(handler, &options)})), wanted);
    }
    let seventh = json!({"flow_id": room, "version": "7"});
    let field = "voice.options.version".to_owned();
    assert_eq!(
        refused(json!({"voice": own("call_flow", &seventh)})),
        (ErrorKind::InvalidRequest, field)
    );
}

#[test]
fn every_message_handler_is_sent_with_its_fields() {
    for (handler, option, name) in [
        ("relay_topic", "topic", "message_relay_topic"),
        ("relay_context", "context", "message_relay_context"),
        (
            "relay_application",
            "application",
            "message_relay_application",
        ),
    ] {
        let wanted = json!({"message_handler": handler, name: "x"});
        let messaging = own(handler, &json!({option: "x"}));
        assert_eq!(body(json!({"messaging": messaging})), wanted);
    }
}

#[test]
fn unified_routings_choose_their_handler() {
    let application = json!({"type": "application", "id": "x"});
    assert_eq!(
        body(json!({"voice": application, "messaging": application})),
        json!({
            "call_handler": "laml_application",
            "call_laml_application_id": "x",
            "message_handler": "laml_application",
            "message_laml_application_id": "x",
        })
    );
    assert_eq!(
        body(json!({"voice": {"type": "sip_endpoint", "id": "x"}})),
        json!({"call_handler": "relay_sip_endpoint", "call_sip_endpoint_id": "x"})
    );
}

#[test]
fn field_that_signalwire_can_not_express_is_named() {
    let unsupported = |field: &str| (ErrorKind::Unsupported, field.to_owned());
    for routing in [
        json!({"type": "trunk", "id": "x"}),
        json!({"type": "group", "ids": ["x"]}),
        json!({"type": "ivr", "id": "x"}),
    ] {
        assert_eq!(refused(json!({"voice": routing})), unsupported("voice"));
        assert_eq!(
            refused(json!({"messaging": routing})),
            unsupported("messaging")
        );
    }
    for handler in ["call_queue", "hologram", "relay_context"] {
        let routing = own(handler, &json!({}));
        assert_eq!(
            refused(json!({"voice": routing})),
            unsupported("voice.handler")
        );
        assert_eq!(
            refused(json!({"messaging": routing})),
            unsupported("messaging.handler")
        );
    }
    let hook = json!({"type": "webhook", "url": "https://a.example", "status_callback_url": "https://b.example"});
    let field = unsupported("messaging.status_callback_url");
    assert_eq!(refused(json!({"messaging": hook})), field);
    assert_eq!(refused(json!({"location": "x"})), unsupported("location"));
}

#[test]
fn invalid_field_is_named() {
    let invalid = |field: &str| (ErrorKind::InvalidRequest, field.to_owned());
    let voice = |voice: Value| refused(json!({"voice": voice}));
    assert_eq!(
        voice(json!({"type": "webhook", "url": "nowhere"})),
        invalid("voice.url")
    );
    let alone = json!({"type": "webhook", "fallback_url": "https://a.example"});
    assert_eq!(voice(alone), invalid("voice.fallback_url"));
    assert_eq!(
        voice(json!({"type": "application", "id": ""})),
        invalid("voice.id")
    );
    assert_eq!(
        voice(own("laml_webhooks", &json!({}))),
        invalid("voice.handler")
    );
    let odd = own("relay_topic", &json!({"topic": "x", "colour": "red"}));
    assert_eq!(voice(odd), invalid("voice.options.colour"));
    let empty = own("relay_topic", &json!({"topic": ""}));
    assert_eq!(voice(empty), invalid("voice.options.topic"));
    let emergency = json!({"emergency_address_id": "home"});
    assert_eq!(refused(emergency), invalid("emergency_address_id"));
}

#[test]
fn option_must_not_contradict_a_unified_field() {
    let both = json!({
        "voice": own("relay_topic", &json!({"topic": "office"})),
        "provider_options": {"call_handler": "laml_webhooks"},
    });
    let field = "provider_options.call_handler".to_owned();
    assert_eq!(refused(both), (ErrorKind::InvalidRequest, field));
    let same = json!({
        "voice": own("relay_topic", &json!({"topic": "office"})),
        "provider_options": {"call_handler": "relay_topic", "call_receive_mode": "fax"},
    });
    assert_eq!(body(same)["call_receive_mode"], "fax");
}

#[test]
fn emergency_address_is_changed_apart_from_the_number() {
    let address = "5ca1ab1e-0000-4000-8000-00000000000a";
    let set = changed(json!({"emergency_address_id": address}), false).unwrap();
    assert!(set.fields.is_empty());
    assert_eq!(set.emergency_address, Some(Some(address.to_owned())));
    let clear = changed(json!({"emergency_address_id": null}), false).unwrap();
    assert_eq!(clear.emergency_address, Some(None));
}
