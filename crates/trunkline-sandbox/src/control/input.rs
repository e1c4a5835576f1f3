//! What handlers take out of a request, the carrier in the path and the body; how bad ones are refused, and browsers kept
//! out: a page that somebody has open on this machine can reach the port, but is not the operator.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::carrier::CallOutcome;
use crate::console::{ConsoleChange, ConsoleError};
use crate::faults::Fault;
use crate::hub::Controls;
use crate::provider::ProviderKind;
use crate::settings::PlanError;

#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) field: Option<String>,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            field: None,
            message: message.into(),
        }
    }

    pub(super) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(StatusCode::BAD_REQUEST, message)
        }
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl From<PlanError> for Refused {
    fn from(error: PlanError) -> Self {
        Self::field(error.field, error.message)
    }
}

impl From<ConsoleError> for Refused {
    fn from(error: ConsoleError) -> Self {
        let (status, field) = match &error {
            ConsoleError::NotHeld => (StatusCode::NOT_FOUND, "number"),
            ConsoleError::Field { field, .. } => (StatusCode::BAD_REQUEST, *field),
            ConsoleError::Refused { .. } => (StatusCode::CONFLICT, "number"),
        };
        Self {
            status,
            ..Self::field(field, error.to_string())
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = match self.field {
            Some(field) => json!({ "error": self.message, "field": field }),
            None => json!({ "error": self.message }),
        };
        (self.status, Json(body)).into_response()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultBody {
    pub(super) provider: String,
    pub(super) operation: String,
    pub(super) fault: Value,
    #[serde(default)]
    pub(super) probability: Option<f64>,
    #[serde(default)]
    pub(super) count: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerBody {
    #[serde(default)]
    pub(super) outcome: CallOutcome,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockBody {
    pub(super) advance_seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberBody {
    pub(super) number: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    pub(super) number: String,
    pub(super) set: ConsoleChange,
}

/// Reads a body; a refusal names the field.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refused::field("body", "a JSON object is needed"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let message = error.inner().to_string();
        refuse(&path, &message)
    })?;
    reader
        .end()
        .map_err(|error| refuse("", &error.to_string()))?;
    Ok(value)
}

pub(super) fn fault(value: Value) -> Result<Fault, Refused> {
    let kind = value.get("kind").cloned().unwrap_or_default();
    let text = kind.as_str().unwrap_or_default();
    if !Fault::KINDS.contains(&text) {
        let known = Fault::KINDS.join(", ");
        let message = format!("unknown kind of fault: {kind}; one of {known} is needed");
        return Err(Refused::field("fault.kind", message));
    }
    serde_json::from_value(value).map_err(|error| refuse("fault", &error.to_string()))
}

/// An unknown or missing field is named in the message only; it goes below the path.
fn refuse(path: &str, message: &str) -> Refused {
    let named = ["unknown field `", "missing field `"]
        .into_iter()
        .find_map(|start| {
            let rest = message.strip_prefix(start)?;
            Some(rest.split_once('`')?.0)
        });
    let field = match named {
        None => path.to_owned(),
        // The path may or may not end in the field already.
        Some(name) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
    };
    Refused {
        field: Some(field).filter(|field| !field.is_empty()),
        ..Refused::new(StatusCode::BAD_REQUEST, message)
    }
}

/// The sandbox, and the carrier that the path names.
pub(super) struct At {
    pub(super) controls: Arc<Controls>,
    pub(super) kind: ProviderKind,
}

impl FromRequestParts<Arc<Controls>> for At {
    type Rejection = Refused;

    async fn from_request_parts(
        parts: &mut Parts,
        controls: &Arc<Controls>,
    ) -> Result<Self, Refused> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, controls).await;
        let name = path.ok().and_then(|mut path| path.0.remove("provider"));
        let kind = name.and_then(|name| name.parse().ok());
        let kind = kind.ok_or_else(|| Refused::not_found("no such provider"))?;
        let controls = Arc::clone(controls);
        Ok(Self { controls, kind })
    }
}

/// A body that was read; a refusal names the field.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Refused::field("body", error.to_string()))?;
        read(&bytes).map(Self)
    }
}

/// Refuses requests for or from a foreign host, and bodies that are not JSON.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let (status, message) = if !is_ours(headers) {
        let message = "this port answers to local programs only";
        (StatusCode::FORBIDDEN, message)
    } else if !is_json(headers) {
        let message = "the body must be application/json";
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    } else {
        return next.run(request).await;
    };
    Refused::new(status, message).into_response()
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &header::HeaderValue| value.to_str().unwrap_or("?"))
    };
    let Some(host) = text(header::HOST) else {
        return false;
    };
    let own_origin = format!("http://{host}");
    let site = headers
        .get("sec-fetch-site")
        .map(|value| value.to_str().unwrap_or("?"));
    is_loopback(host)
        && text(header::ORIGIN).is_none_or(|origin| origin == own_origin)
        && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or("?"));
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || length.is_some_and(|length| length != "0");
    match content_type {
        None => !has_body,
        Some(_) if !has_body => true,
        Some(value) => value
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(body: &str) -> Option<String> {
        read::<FaultBody>(body.as_bytes()).unwrap_err().field
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let rest = r#""provider": "twilio", "operation": "list", "fault": {}"#;
        assert_eq!(
            field(&format!("{{{rest}, \"x\": 1}}")).as_deref(),
            Some("x")
        );
        assert_eq!(
            field(&format!("{{{rest}, \"count\": -1}}")).as_deref(),
            Some("count")
        );
        assert_eq!(
            field(r#"{"provider": "twilio"}"#).as_deref(),
            Some("operation")
        );
        assert_eq!(field("nonsense").as_deref(), Some("body"));
    }

    #[test]
    fn fault_kind_is_checked_before_its_fields() {
        assert_eq!(
            fault(json!({"kind": "meteor"}))
                .unwrap_err()
                .field
                .as_deref(),
            Some("fault.kind")
        );
        assert_eq!(
            fault(json!({"kind": "delay"}))
                .unwrap_err()
                .field
                .as_deref(),
            Some("fault.ms")
        );
        assert!(fault(json!({"kind": "drop_after_commit"})).is_ok());
    }

    #[test]
    fn only_loopback_names_are_ours() {
        for host in ["127.0.0.1:9109", "localhost", "[::1]:9109"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:80",
            "localhost:x",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
