//! The parameters of a request: the query, and the document in the body.

use http::header;
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use crate::exchange::Request;

/// Names and values of a query in the order they came.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(request: &Request) -> Self {
        Self(
            form_urlencoded::parse(request.query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The value of `name`, if there is one and it is not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether `name` is said to be true.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.filled(name), Some("true" | "1"))
    }

    /// A whole number; what is none counts as not said.
    pub(super) fn whole(&self, name: &str) -> Option<usize> {
        self.filled(name)?.parse().ok()
    }

    /// Whether the comma list `include` names something.
    pub(super) fn includes(&self, name: &str) -> bool {
        self.filled("include")
            .is_some_and(|list| list.split(',').any(|item| item.trim() == name))
    }

    /// The pairs but one.
    pub(super) fn without<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(move |(key, _)| *key != name)
    }
}

/// The document in a body. A body of another type is as good as none.
pub(super) fn document(request: &Request) -> Result<Map<String, Value>> {
    let json = request
        .header(header::CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    if !json || request.body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Ok(Map::new()),
        Err(_) => Err(ApiError::unreadable()),
    }
}

/// The object that a document wraps. An empty one counts as missing.
pub(super) fn wrapped<'d>(
    document: &'d Map<String, Value>,
    name: &str,
) -> Result<&'d Map<String, Value>> {
    document
        .get(name)
        .and_then(Value::as_object)
        .filter(|members| !members.is_empty())
        .ok_or_else(|| ApiError::missing(name))
}
