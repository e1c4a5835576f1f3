//! Bodies: what is checked of them, and in which words it is refused.

use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use crate::exchange::Request;
use crate::text::{is_digits, is_uuid};

const MISSING: &str = "Missing data for required field.";
const NULL: &str = "Field may not be null.";
const NO_TEXT: &str = "Not a valid string.";

/// A JSON object under inspection. Every field is looked at before the whole is refused.
#[derive(Debug)]
pub(super) struct Form {
    members: Map<String, Value>,
    faults: Vec<String>,
}

impl Form {
    /// Reads the body whatever its type, except a form's: the framework has eaten that before confd looks.
    pub(super) fn of(request: &Request) -> Result<Self> {
        let kind = request.header("content-type").unwrap_or_default();
        let multipart = kind.trim_start().to_ascii_lowercase();
        if request.is_form() || multipart.starts_with("multipart/form-data") {
            return Err(ApiError::unreadable());
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(members)) => Ok(Self {
                members,
                faults: Vec::new(),
            }),
            Ok(_) => Err(ApiError::input(vec![ApiError::field(
                "_schema",
                &["Invalid input type."],
            )])),
            Err(_) => Err(ApiError::unreadable()),
        }
    }

    pub(super) fn finish(self) -> Result<()> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ApiError::input(self.faults))
        }
    }

    fn fault(&mut self, field: &str, messages: &[&str]) {
        self.faults.push(ApiError::field(field, messages));
    }

    pub(super) fn require(&mut self, field: &str) {
        if !self.members.contains_key(field) {
            self.fault(field, &[MISSING]);
        }
    }

    /// What `read` makes of a field; what it finds wrong is a fault.
    fn take<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(Value) -> std::result::Result<T, Vec<&'static str>>,
    ) -> Option<T> {
        let value = self.members.remove(field)?;
        read(value)
            .map_err(|messages| self.fault(field, &messages))
            .ok()
    }

    /// Digits, perhaps after a plus sign, 128 characters at most.
    pub(super) fn number(&mut self, field: &str) -> Option<String> {
        self.take(field, |value| {
            let Value::String(text) = value else {
                return Err(vec![if value.is_null() { NULL } else { NO_TEXT }]);
            };
            let mut messages = Vec::new();
            if !(1..=128).contains(&text.chars().count()) {
                messages.push("Length must be between 1 and 128.");
            }
            let digits = text.strip_prefix('+').unwrap_or(&text);
            if digits.is_empty() || !is_digits(digits) {
                messages.push("not a valid digit-only phone number");
            }
            if messages.is_empty() {
                Ok(text)
            } else {
                Err(messages)
            }
        })
    }

    /// A text of 1 to 256 characters, or null.
    pub(super) fn name(&mut self, field: &str) -> Option<Option<String>> {
        self.take(field, |value| match value {
            Value::Null => Ok(None),
            Value::String(text) if (1..=256).contains(&text.chars().count()) => Ok(Some(text)),
            Value::String(_) => Err(vec!["Length must be between 1 and 256."]),
            _ => Err(vec![NO_TEXT]),
        })
    }

    /// A JSON boolean and nothing like one.
    pub(super) fn boolean(&mut self, field: &str) -> Option<bool> {
        self.take(field, |value| match value {
            Value::Bool(value) => Ok(value),
            Value::Null => Err(vec![NULL]),
            _ => Err(vec!["Not a valid boolean."]),
        })
    }

    /// A uuid, in small letters from here on.
    pub(super) fn uuid(&mut self, field: &str) -> Option<String> {
        self.take(field, |value| match value {
            Value::String(text) if is_uuid(&text) => Ok(text.to_ascii_lowercase()),
            Value::Null => Err(vec![NULL]),
            _ => Err(vec!["Not a valid UUID."]),
        })
    }
}
