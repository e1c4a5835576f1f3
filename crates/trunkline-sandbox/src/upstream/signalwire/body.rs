//! The body of a request: a JSON object, or a form that stands for one.

use http::StatusCode;
use serde_json::{Map, Value};

use super::error::{ApiError, Problem, Result};
use crate::exchange::Request;
use crate::query::Query;

#[derive(Debug, Default)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl Body {
    /// No body is an empty object. What can't be read is a 400.
    pub(super) fn of(request: &Request) -> Result<Self> {
        if request.body.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        if request.is_form() {
            let form = Query::parse(&request.body);
            let members = form.pairs();
            let members = members.map(|(name, value)| (name.to_owned(), value.into()));
            return Ok(Self(members.collect()));
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) | Err(_) => Err(ApiError::Plain(StatusCode::BAD_REQUEST)),
        }
    }

    /// A text that may be absent or null; an empty one counts as absent.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Problem::not_a_string(name)),
        }
    }

    /// A text that must be there.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Problem> {
        self.text(name)?.ok_or_else(|| Problem::missing(name))
    }

    /// A switch that may be absent or null.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Problem::new(
                "not_a_boolean",
                format!("{name} must be a boolean"),
            )),
        }
    }
}

/// Refuses a text of more than `most` characters.
pub(super) fn check_length(name: &str, text: &str, most: usize) -> Result<(), Problem> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(Problem::value(
        name,
        &format!("is too long (maximum is {most} characters)"),
    ))
}
