//! The parameters of a request: the query, and the document in the body.

use http::header;
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use crate::exchange::Request;
use crate::query::Query;

/// Whether `name` is `true` or `1`.
pub(super) fn flag(query: &Query, name: &str) -> bool {
    matches!(query.filled(name), Some("true" | "1"))
}

/// A whole number; anything else counts as absent.
pub(super) fn whole(query: &Query, name: &str) -> Option<usize> {
    query.whole(name).ok().flatten()
}

/// Whether the comma-separated `include` names something.
pub(super) fn includes(query: &Query, name: &str) -> bool {
    query.list("include").contains(&name)
}

/// The document in a body. A body of another type counts as absent.
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
