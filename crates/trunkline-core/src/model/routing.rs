//! Where a call or message to a number goes.

use serde::{Deserialize, Serialize};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::{ProviderData, plain};

/// Method of a webhook request; read in either case, written in upper case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub enum HttpMethod {
    /// `GET`
    #[serde(rename = "GET")]
    Get,
    /// `POST`
    #[default]
    #[serde(rename = "POST")]
    Post,
}

impl HttpMethod {
    /// `GET` or `POST`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl TryFrom<String> for HttpMethod {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        match text.to_ascii_uppercase().as_str() {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            _ => Err(Error::invalid("method", "a method is GET or POST")),
        }
    }
}

/// Where a call or message goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Routing {
    /// Nowhere.
    #[default]
    None,
    /// A web address is asked what to do.
    Webhook(Webhook),
    /// An application at the carrier.
    Application {
        /// The carrier's id of it.
        id: String,
    },
    /// A SIP endpoint at the carrier.
    SipEndpoint {
        /// The carrier's id of it.
        id: String,
    },
    /// A SIP trunk at the carrier.
    Trunk {
        /// The carrier's id of it.
        id: String,
    },
    /// Groups of people.
    Group {
        /// The carrier's ids of them.
        ids: Vec<String>,
    },
    /// A voice menu.
    Ivr {
        /// The carrier's id of it.
        id: String,
    },
    /// What one carrier alone has.
    Provider(ProviderRouting),
}

impl Routing {
    /// Whether it leads nowhere.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Reads a routing as a caller writes it. One without a `type` that has a `url` is a webhook.
    ///
    /// # Errors
    /// `InvalidRequest` naming `field` or the member below it: unknown ones, control characters, bad methods.
    pub fn parse(field: &str, value: Value) -> Result<Self> {
        let Value::Object(mut object) = value else {
            return Err(Error::invalid(
                field,
                "an object with a type, such as webhook",
            ));
        };
        let untyped = object.get("type").is_none_or(|kind| kind == "none");
        if untyped && object.contains_key("url") {
            object.insert("type".to_owned(), Value::from("webhook"));
        }
        let kind = object
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some((_, known)) = MEMBERS.iter().find(|(name, _)| *name == kind) else {
            let kinds: Vec<&str> = MEMBERS.iter().map(|(name, _)| *name).collect();
            return Err(Error::invalid(
                format!("{field}.type"),
                format!("one of {}", kinds.join(", ")),
            ));
        };
        for (name, value) in &object {
            let path = format!("{field}.{name}");
            if name != "type" && !known.contains(&name.as_str()) {
                return Err(Error::invalid(
                    path,
                    format!("a routing of type {kind} has no such field"),
                ));
            }
            if let Some(text) = value.as_str() {
                plain(&path, text)?;
                if name.ends_with("method") {
                    HttpMethod::try_from(text.to_owned())
                        .map_err(|_| Error::invalid(&path, "GET or POST"))?;
                }
            }
        }
        serde_json::from_value(Value::Object(object))
            .map_err(|e| Error::invalid(field, e.to_string()))
    }
}

/// The members of each type of routing.
const MEMBERS: &[(&str, &[&str])] = &[
    ("none", &[]),
    (
        "webhook",
        &[
            "url",
            "method",
            "fallback_url",
            "fallback_method",
            "status_callback_url",
            "status_callback_method",
        ],
    ),
    ("application", &["id"]),
    ("sip_endpoint", &["id"]),
    ("trunk", &["id"]),
    ("group", &["ids"]),
    ("ivr", &["id"]),
    ("provider", &["handler", "options"]),
];

/// A web address that is asked what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Asked first; without it only the status callback is set.
    #[serde(default)]
    pub url: Option<String>,
    /// Method of `url`; default `POST`.
    #[serde(default)]
    pub method: Option<HttpMethod>,
    /// Asked if `url` fails.
    #[serde(default)]
    pub fallback_url: Option<String>,
    /// Method of `fallback_url`; default `POST`.
    #[serde(default)]
    pub fallback_method: Option<HttpMethod>,
    /// Told how it went.
    #[serde(default)]
    pub status_callback_url: Option<String>,
    /// Method of `status_callback_url`; default `POST`.
    #[serde(default)]
    pub status_callback_method: Option<HttpMethod>,
}

/// A handler of the carrier's own, with its fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderRouting {
    /// The carrier's name of the handler.
    pub handler: String,
    /// The handler's fields.
    #[serde(default)]
    pub options: ProviderData,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_read_in_either_case() {
        let hook: Routing =
            serde_json::from_str(r#"{"type":"webhook","url":"https://a.test","method":"post"}"#)
                .unwrap();
        let Routing::Webhook(hook) = hook else {
            panic!("{hook:?}")
        };
        assert_eq!(hook.method, Some(HttpMethod::Post));
        assert!(serde_json::from_str::<HttpMethod>("\"PUT\"").is_err());
    }

    #[test]
    fn every_kind_survives_a_round_trip() {
        for text in [
            r#"{"type":"none"}"#,
            r#"{"type":"application","id":"AP1"}"#,
            r#"{"type":"group","ids":["1","2"]}"#,
            r#"{"type":"provider","handler":"relay_topic","options":{"topic":"office"}}"#,
        ] {
            let routing: Routing = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&routing).unwrap(), text);
        }
    }
}
