//! What can be set on a number, and what a setting may be.

use serde_json::{Map, Value};
use url::{Host, Url};

use super::error::{ApiError, Problem, Result};
use crate::text::is_uuid;

/// What sort of text a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Url,
    Method,
    Uuid,
    OneOf(&'static [&'static str]),
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    kind: Kind,
    /// What it reads, still unset, once the number was updated for the first time.
    saved: Option<&'static str>,
    pub(super) shown: bool,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        saved: None,
        shown: true,
    }
}

/// One that turns from null to an empty text.
const fn blank(name: &'static str, kind: Kind) -> Field {
    Field {
        saved: Some(""),
        ..field(name, kind)
    }
}

/// One that turns from null to `POST`.
const fn method(name: &'static str) -> Field {
    Field {
        saved: Some("POST"),
        ..field(name, Kind::Method)
    }
}

/// One that is taken and never shown.
const fn hidden(name: &'static str, kind: Kind) -> Field {
    Field {
        shown: false,
        ..field(name, kind)
    }
}

/// What a number can be told to do with calls. Three more can be read of other numbers, and can't be written.
const CALL_HANDLERS: &[&str] = &[
    "relay_context",
    "relay_topic",
    "relay_script",
    "relay_application",
    "relay_connector",
    "relay_sip_endpoint",
    "relay_verto_endpoint",
    "laml_webhooks",
    "laml_application",
    "dialogflow",
    "video_room",
    "ai_agent",
    "call_flow",
];

/// Which version of a call flow a call takes.
const FLOW_VERSIONS: &[&str] = &["current_deployed", "working_copy"];

const MESSAGE_HANDLERS: &[&str] = &[
    "relay_context",
    "relay_topic",
    "relay_application",
    "laml_webhooks",
    "laml_application",
];

/// Every field that can be written, in the order of the document.
pub(super) const FIELDS: &[Field] = &[
    field("name", Kind::Text),
    field("call_handler", Kind::OneOf(CALL_HANDLERS)),
    field("call_receive_mode", Kind::OneOf(&["voice", "fax"])),
    field("call_request_url", Kind::Url),
    method("call_request_method"),
    field("call_fallback_url", Kind::Url),
    method("call_fallback_method"),
    blank("call_status_callback_url", Kind::Url),
    method("call_status_callback_method"),
    field("call_laml_application_id", Kind::Text),
    field("call_dialogflow_agent_id", Kind::Text),
    blank("call_relay_context", Kind::Text),
    blank("call_relay_context_status_callback_url", Kind::Url),
    blank("call_relay_topic", Kind::Text),
    blank("call_relay_topic_status_callback_url", Kind::Url),
    blank("call_relay_application", Kind::Text),
    field("call_relay_connector_id", Kind::Text),
    field("call_sip_endpoint_id", Kind::Uuid),
    blank("call_verto_resource", Kind::Text),
    blank("call_video_room_id", Kind::Uuid),
    blank("call_relay_script_url", Kind::Url),
    hidden("call_ai_agent_id", Kind::Uuid),
    hidden("call_flow_id", Kind::Uuid),
    hidden("call_flow_version", Kind::OneOf(FLOW_VERSIONS)),
    field("message_handler", Kind::OneOf(MESSAGE_HANDLERS)),
    field("message_request_url", Kind::Url),
    method("message_request_method"),
    field("message_fallback_url", Kind::Url),
    method("message_fallback_method"),
    field("message_laml_application_id", Kind::Text),
    blank("message_relay_context", Kind::Text),
    blank("message_relay_topic", Kind::Text),
    hidden("message_relay_application", Kind::Text),
];

/// The handlers that are refused without a field of their own.
const NEEDED: [(&str, &str, &str); 4] = [
    ("call_handler", "relay_topic", "call_relay_topic"),
    ("call_handler", "ai_agent", "call_ai_agent_id"),
    ("call_handler", "call_flow", "call_flow_id"),
    ("message_handler", "relay_topic", "message_relay_topic"),
];

/// What is set on a number: one value for each of [`FIELDS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings(Vec<Option<String>>);

impl Settings {
    /// Of a number just bought.
    pub(super) fn fresh() -> Self {
        let mut settings = Self(vec![None; FIELDS.len()]);
        settings.set("call_handler", "laml_webhooks");
        settings.set("call_receive_mode", "voice");
        settings
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let at = FIELDS.iter().position(|field| field.name == name)?;
        self.0.get(at)?.as_deref()
    }

    /// The value, if it is neither null nor empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&'static Field, Option<&str>)> {
        FIELDS
            .iter()
            .zip(&self.0)
            .map(|(field, value)| (field, value.as_deref()))
    }

    /// These settings with a resource as handler of calls, which is written at the resource and not at the number.
    pub(super) fn routed(&self, handler: &'static str) -> Self {
        let mut settings = self.clone();
        settings.set("call_handler", handler);
        settings
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some(at) = FIELDS.iter().position(|field| field.name == name) {
            self.0[at] = Some(value.to_owned());
        }
    }

    /// These settings with what is in `body`. Every wrong value is reported at once. With `fills`, fields that were
    /// never set are shown as an update leaves them.
    pub(super) fn changed(&self, body: &Map<String, Value>, fills: bool) -> Result<Self> {
        let mut new = self.clone();
        let mut problems = Vec::new();
        let mut touched = false;
        for (field, value) in FIELDS.iter().zip(&mut new.0) {
            let Some(wanted) = body.get(field.name) else {
                continue;
            };
            touched = true;
            match field.read(wanted) {
                Ok(wanted) => *value = wanted,
                Err(problem) => problems.push(problem),
            }
        }
        for (handler, name, needed) in NEEDED {
            let changed = body.contains_key(handler) || body.contains_key(needed);
            if changed && new.get(handler) == Some(name) && new.filled(needed).is_none() {
                problems.push(Problem::new(
                    "must_specify_related_parameter",
                    format!("{needed} is required when {handler} is {name}"),
                ));
            }
        }
        ApiError::check(problems)?;
        if fills && touched {
            for (field, value) in FIELDS.iter().zip(&mut new.0) {
                if value.is_none() && !body.contains_key(field.name) {
                    *value = field.saved.map(str::to_owned);
                }
            }
        }
        Ok(new)
    }
}

impl Field {
    /// Null unsets a field. The documents don't say so, but there is no other way for a handler.
    fn read(&self, wanted: &Value) -> Result<Option<String>, Problem> {
        let text = match wanted {
            Value::Null if self.name == "call_receive_mode" => "",
            Value::Null => return Ok(None),
            Value::String(text) => text,
            _ => return Err(Problem::not_a_string(self.name)),
        };
        self.kind.check(self.name, text)?;
        Ok(Some(text.to_owned()))
    }
}

impl Kind {
    fn check(self, name: &str, text: &str) -> Result<(), Problem> {
        match self {
            Self::Url if !text.is_empty() => check_url(name, text),
            Self::Method if !matches!(text, "GET" | "POST") => Err(Problem::new(
                "invalid_http_method",
                format!("{name} must be GET or POST"),
            )),
            Self::Uuid if !text.is_empty() && !is_uuid(text) => {
                Err(Problem::value(name, "must be a UUID"))
            }
            Self::OneOf(allowed) if !allowed.contains(&text) => Err(Problem::new(
                "unsupported_option",
                format!("{name} is not included in the list: {}", allowed.join(", ")),
            )),
            Self::Text | Self::Url | Self::Method | Self::Uuid | Self::OneOf(_) => Ok(()),
        }
    }
}

/// A web address that SignalWire could reach.
fn check_url(name: &str, text: &str) -> Result<(), Problem> {
    let Ok(url) = Url::parse(text) else {
        return Err(Problem::new(
            "url_failed_to_parse",
            format!("{name} could not be parsed as a URL"),
        ));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Problem::new(
            "not_an_http_url",
            format!("{name} must be an HTTP or HTTPS URL"),
        ));
    }
    let private = match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => {
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified()
        }
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local(),
        None => true,
    };
    if private {
        return Err(Problem::new(
            "url_is_unsafe",
            format!("{name} must be a public URL"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(body: &Value) -> Result<Settings> {
        let Value::Object(body) = body else {
            panic!("{body}")
        };
        Settings::fresh().changed(body, true)
    }

    #[test]
    fn first_update_turns_some_nulls_into_empty_texts_and_methods() {
        let settings = change(&json!({ "name": "Front desk" })).unwrap();
        assert_eq!(settings.get("name"), Some("Front desk"));
        assert_eq!(settings.get("call_request_url"), None);
        assert_eq!(settings.get("call_request_method"), Some("POST"));
        assert_eq!(settings.get("call_video_room_id"), Some(""));
        assert_eq!(change(&json!({ "no_such": 1 })).unwrap(), Settings::fresh());
    }

    #[test]
    fn every_wrong_value_is_reported_at_once() {
        let error = change(&json!({
            "call_handler": "sip_gateway",
            "call_request_method": "PUT",
            "call_request_url": "ftp://example.test",
            "call_fallback_url": "http://10.0.0.1/",
            "message_request_url": "nowhere",
            "message_handler": "relay_topic",
            "call_receive_mode": null,
            "name": 1,
        }));
        let Err(ApiError::Invalid(problems)) = error else {
            panic!("{error:?}")
        };
        let codes: Vec<_> = problems.iter().map(Problem::code).collect();
        assert_eq!(
            codes,
            [
                "not_a_string",
                "unsupported_option",
                "unsupported_option",
                "not_an_http_url",
                "invalid_http_method",
                "url_is_unsafe",
                "url_failed_to_parse",
                "must_specify_related_parameter",
            ]
        );
    }

    #[test]
    fn null_unsets_a_field_and_unnamed_fields_stay() {
        let Value::Object(name) = json!({ "name": "x", "call_relay_topic": "t" }) else {
            panic!()
        };
        let Value::Object(unset) = json!({ "name": null }) else {
            panic!()
        };
        let named = Settings::fresh().changed(&name, true).unwrap();
        let unset = named.changed(&unset, true).unwrap();
        assert_eq!(unset.get("name"), None);
        assert_eq!(unset.get("call_relay_topic"), Some("t"));
    }
}
