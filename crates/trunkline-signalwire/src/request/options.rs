//! What SignalWire alone has: the `provider_options` of an order or update, spelled as in its own API.

use serde::{Deserialize, Serialize};
use trunkline_core::{Error, HttpMethod, Patch, ProviderData, Result};

use super::{cannot, check};

/// A value of an option, as it is sent.
trait Value: Sized {
    /// What a cleared one goes back to.
    const UNSET: &'static str;

    fn text(&self) -> &str;

    /// Refuses what SignalWire would.
    fn check(&self, field: &str) -> Result<()> {
        let _ = field;
        Ok(())
    }
}

/// A closed set of words with the one that a cleared option goes back to.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident = $unset:literal { $($variant:ident $word:literal),+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub(super) enum $name {
            $(#[serde(rename = $word)] $variant),+
        }

        impl Value for $name {
            const UNSET: &'static str = $unset;

            fn text(&self) -> &str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    )+};
}

words! {
    /// Whether a number takes calls or faxes.
    ReceiveMode = "voice" { Voice "voice", Fax "fax" }
    /// What happens to a call: the handlers that can be written.
    CallHandler = "laml_webhooks" {
        RelayContext "relay_context",
        RelayTopic "relay_topic",
        RelayScript "relay_script",
        RelayApplication "relay_application",
        RelayConnector "relay_connector",
        RelaySipEndpoint "relay_sip_endpoint",
        RelayVertoEndpoint "relay_verto_endpoint",
        LamlWebhooks "laml_webhooks",
        LamlApplication "laml_application",
        Dialogflow "dialogflow",
        VideoRoom "video_room",
        AiAgent "ai_agent",
        CallFlow "call_flow"
    }
    /// Which version of a call flow is taken.
    FlowVersion = "current_deployed" { Current "current_deployed", Working "working_copy" }
    /// What happens to a message.
    MessageHandler = "laml_webhooks" {
        RelayContext "relay_context",
        RelayTopic "relay_topic",
        RelayApplication "relay_application",
        LamlWebhooks "laml_webhooks",
        LamlApplication "laml_application"
    }
}

impl Value for HttpMethod {
    const UNSET: &'static str = "POST";

    fn text(&self) -> &str {
        self.as_str()
    }
}

impl Value for String {
    const UNSET: &'static str = "";

    fn text(&self) -> &str {
        self
    }
}

/// A web address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Address(String);

impl Value for Address {
    const UNSET: &'static str = "";

    fn text(&self) -> &str {
        &self.0
    }

    fn check(&self, field: &str) -> Result<()> {
        check::web_address(field, &self.0)
    }
}

/// An id that SignalWire documents as a UUID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Uuid(String);

impl Value for Uuid {
    const UNSET: &'static str = "";

    fn text(&self) -> &str {
        &self.0
    }

    fn check(&self, field: &str) -> Result<()> {
        check::uuid(field, &self.0)
    }
}

macro_rules! options {
    ($($member:ident: $kind:ty),+ $(,)?) => {
        /// The writable fields of a number but its name. Most have a unified one, and are here for those who know
        /// SignalWire's.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(super) struct NumberOptions {
            $(
                #[serde(skip_serializing_if = "Patch::is_keep")]
                $member: Patch<$kind>,
            )+
        }

        impl NumberOptions {
            /// Name and value of everything that changes. A cleared one goes back to what SignalWire starts with.
            fn said(&self) -> Result<Vec<(&'static str, String)>> {
                let mut said = Vec::new();
                $(
                    if let Some(value) = self.$member.change() {
                        if let Some(value) = value {
                            value.check(concat!("provider_options.", stringify!($member)))?;
                        }
                        let text = value.map_or(<$kind as Value>::UNSET, Value::text);
                        said.push((stringify!($member), text.to_owned()));
                    }
                )+
                Ok(said)
            }
        }
    };
}

options! {
    call_handler: CallHandler,
    call_receive_mode: ReceiveMode,
    call_request_url: Address,
    call_request_method: HttpMethod,
    call_fallback_url: Address,
    call_fallback_method: HttpMethod,
    call_status_callback_url: Address,
    call_status_callback_method: HttpMethod,
    call_laml_application_id: String,
    call_dialogflow_agent_id: String,
    call_relay_topic: String,
    call_relay_topic_status_callback_url: Address,
    call_relay_script_url: Address,
    call_relay_context: String,
    call_relay_context_status_callback_url: Address,
    call_relay_application: String,
    call_relay_connector_id: String,
    call_sip_endpoint_id: String,
    call_verto_resource: String,
    call_video_room_id: Uuid,
    call_ai_agent_id: Uuid,
    call_flow_id: Uuid,
    call_flow_version: FlowVersion,
    message_handler: MessageHandler,
    message_request_url: Address,
    message_request_method: HttpMethod,
    message_fallback_url: Address,
    message_fallback_method: HttpMethod,
    message_laml_application_id: String,
    message_relay_topic: String,
    message_relay_context: String,
    message_relay_application: String,
}

impl NumberOptions {
    /// Reads them.
    ///
    /// # Errors
    /// `InvalidRequest` naming `provider_options` or the member.
    pub(super) fn parse(data: &ProviderData) -> Result<Self> {
        read("provider_options", data)
    }

    /// Name and value of everything that changes.
    ///
    /// # Errors
    /// `InvalidRequest` for an address or id that is none, `Unsupported` for what is deprecated and not allowed.
    pub(super) fn changes(&self, deprecated: bool) -> Result<Vec<(&'static str, String)>> {
        let said = self.said()?;
        let old = said
            .iter()
            .find(|(name, value)| name.contains("_relay_context") || value == "relay_context");
        match old {
            Some((name, _)) if !deprecated => {
                Err(is_deprecated(format!("provider_options.{name}")))
            }
            _ => Ok(said),
        }
    }
}

/// `Unsupported`, for what SignalWire would still take.
pub(super) fn is_deprecated(field: String) -> Error {
    cannot(
        field,
        "contexts are deprecated by SignalWire: use a topic or application, or set allow_deprecated for the account",
    )
}

/// Reads options of the carrier's own into their type.
///
/// # Errors
/// `InvalidRequest` naming the field or the member below it.
pub(super) fn read<T: for<'de> Deserialize<'de>>(field: &str, data: &ProviderData) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(data.as_json());
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let field = match path.as_str() {
            "." | "?" => field.to_owned(),
            path => format!("{field}.{path}"),
        };
        Error::invalid(field, error.into_inner().to_string())
    })
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    fn changes(json: &str, deprecated: bool) -> Result<Vec<(&'static str, String)>> {
        NumberOptions::parse(&serde_json::from_str(json).unwrap())?.changes(deprecated)
    }

    fn field_of(json: &str) -> (ErrorKind, String) {
        let error = changes(json, false).unwrap_err();
        (error.kind(), error.fields()[0].field.clone())
    }

    #[test]
    fn null_goes_back_to_what_a_new_number_has() {
        let text = r#"{"call_handler": null, "call_receive_mode": null, "call_request_method": null, "call_relay_topic": null}"#;
        assert_eq!(
            changes(text, false).unwrap(),
            [
                ("call_handler", "laml_webhooks".to_owned()),
                ("call_receive_mode", "voice".to_owned()),
                ("call_request_method", "POST".to_owned()),
                ("call_relay_topic", String::new()),
            ]
        );
    }

    #[test]
    fn what_is_wrong_names_its_member() {
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
    fn what_is_deprecated_is_written_only_if_the_account_allows_it() {
        for text in [
            r#"{"call_relay_context": "office"}"#,
            r#"{"message_relay_context": null}"#,
            r#"{"call_relay_context_status_callback_url": "https://a.example"}"#,
            r#"{"call_handler": "relay_context"}"#,
            r#"{"message_handler": "relay_context"}"#,
        ] {
            assert_eq!(field_of(text).0, ErrorKind::Unsupported, "{text}");
            assert_eq!(changes(text, true).unwrap().len(), 1, "{text}");
        }
    }

    #[test]
    fn methods_are_read_in_either_case() {
        let said = changes(r#"{"call_fallback_method": "get"}"#, false).unwrap();
        assert_eq!(said, [("call_fallback_method", "GET".to_owned())]);
    }
}
