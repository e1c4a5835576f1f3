//! What SignalWire alone has: the `provider_options` of an order or update, spelled as in its own API.

use trunkline_core::{Error, ProviderData, Result};
use trunkline_http::wire::{Setting, settings, unsupported};

use crate::routing::{CONTEXT, FLOW_VERSIONS, MESSAGING, VOICE, WEBHOOK};

/// The writable fields of a number but its name. Most have a unified one, and are here for those who know SignalWire's.
const OPTIONS: [Setting; 32] = [
    Setting::checked("call_handler", |field, text| {
        VOICE.check_handler(field, text)
    })
    .or(WEBHOOK),
    Setting::words("call_receive_mode", &["voice", "fax"]),
    Setting::address("call_request_url"),
    Setting::method("call_request_method"),
    Setting::address("call_fallback_url"),
    Setting::method("call_fallback_method"),
    Setting::address("call_status_callback_url"),
    Setting::method("call_status_callback_method"),
    Setting::text("call_laml_application_id"),
    Setting::text("call_dialogflow_agent_id"),
    Setting::text("call_relay_topic"),
    Setting::address("call_relay_topic_status_callback_url"),
    Setting::address("call_relay_script_url"),
    Setting::text("call_relay_context"),
    Setting::address("call_relay_context_status_callback_url"),
    Setting::text("call_relay_application"),
    Setting::text("call_relay_connector_id"),
    Setting::text("call_sip_endpoint_id"),
    Setting::text("call_verto_resource"),
    Setting::uuid("call_video_room_id"),
    Setting::uuid("call_ai_agent_id"),
    Setting::uuid("call_flow_id"),
    Setting::words("call_flow_version", FLOW_VERSIONS),
    Setting::checked("message_handler", |field, text| {
        MESSAGING.check_handler(field, text)
    })
    .or(WEBHOOK),
    Setting::address("message_request_url"),
    Setting::method("message_request_method"),
    Setting::address("message_fallback_url"),
    Setting::method("message_fallback_method"),
    Setting::text("message_laml_application_id"),
    Setting::text("message_relay_topic"),
    Setting::text("message_relay_context"),
    Setting::text("message_relay_application"),
];

/// Name and value of every option that is to be changed. A null goes back to what a new number has. `deprecated` allows
/// contexts. Errors: `InvalidRequest` naming the option that is unknown or invalid, `Unsupported` for a context that is
/// not allowed.
pub(super) fn changes(
    options: &ProviderData,
    deprecated: bool,
) -> Result<Vec<(&'static str, String)>> {
    let changes = settings("provider_options", &OPTIONS, options)?;
    let context = changes
        .iter()
        .find(|(name, value)| name.contains("_relay_context") || value == CONTEXT);
    match context {
        Some((name, _)) if !deprecated => Err(is_deprecated(format!("provider_options.{name}"))),
        _ => Ok(changes),
    }
}

/// `Unsupported`, for a context.
pub(super) fn is_deprecated(field: String) -> Error {
    unsupported(
        field,
        "contexts are deprecated by SignalWire: use a topic or application, or set allow_deprecated for the account",
    )
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    fn read(json: &str, deprecated: bool) -> Result<Vec<(&'static str, String)>> {
        changes(&serde_json::from_str(json).unwrap(), deprecated)
    }

    fn field_of(json: &str) -> (ErrorKind, String) {
        let error = read(json, false).unwrap_err();
        (error.kind(), error.fields()[0].field.clone())
    }

    #[test]
    fn null_goes_back_to_the_value_of_a_new_number() {
        let text = r#"{"call_handler": null, "call_receive_mode": null, "call_request_method": null, "call_relay_topic": null}"#;
        assert_eq!(
            read(text, false).unwrap(),
            [
                ("call_handler", "laml_webhooks".to_owned()),
                ("call_receive_mode", "voice".to_owned()),
                ("call_request_method", "POST".to_owned()),
                ("call_relay_topic", String::new()),
            ]
        );
    }

    #[test]
    fn invalid_option_is_named() {
        let invalid = ErrorKind::InvalidRequest;
        for (text, member) in [
            (r#"{"call_receive_mode": "sms"}"#, "call_receive_mode"),
            (r#"{"call_handler": "sip_gateway"}"#, "call_handler"),
            (r#"{"call_flow_version": "7"}"#, "call_flow_version"),
            (r#"{"call_ai_agent_id": "helper"}"#, "call_ai_agent_id"),
            (
                r#"{"call_relay_script_url": "nowhere"}"#,
                "call_relay_script_url",
            ),
            (r#"{"call_video_room_id": "lobby"}"#, "call_video_room_id"),
            (
                r#"{"message_request_method": "PUT"}"#,
                "message_request_method",
            ),
            (r#"{"colour": 1}"#, "colour"),
        ] {
            assert_eq!(
                field_of(text),
                (invalid, format!("provider_options.{member}"))
            );
        }
    }

    #[test]
    fn deprecated_option_is_rejected_unless_the_account_allows_it() {
        for text in [
            r#"{"call_relay_context": "office"}"#,
            r#"{"message_relay_context": null}"#,
            r#"{"call_relay_context_status_callback_url": "https://a.example"}"#,
            r#"{"call_handler": "relay_context"}"#,
            r#"{"message_handler": "relay_context"}"#,
        ] {
            assert_eq!(field_of(text).0, ErrorKind::Unsupported, "{text}");
            assert_eq!(read(text, true).unwrap().len(), 1, "{text}");
        }
    }

    #[test]
    fn method_is_read_in_upper_or_lower_case() {
        let said = read(r#"{"call_fallback_method": "get"}"#, false).unwrap();
        assert_eq!(said, [("call_fallback_method", "GET".to_owned())]);
    }
}
