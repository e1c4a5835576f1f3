//! The parameters of a request: the query, and the document in the body.

use http::header;
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::{ApiError, Result};
use super::state::Context;
use crate::exchange::{Answer, Request};
use crate::json::object;
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

const LARGEST: usize = 100;

/// The page of `rows` that the request wants, each made into a document by `wire`.
pub(super) fn answer<'a, T, W: Serialize>(
    context: &Context<'_>,
    collection: &'static str,
    rows: &'a [T],
    wire: impl Fn(&'a T) -> W,
) -> Answer {
    let query = context.query();
    let wanted = whole(&query, "per_page");
    let wanted = wanted.filter(|_| !context.visit.settings.declared_paging_only);
    let size = wanted.unwrap_or(LARGEST).clamp(1, LARGEST);
    let page = whole(&query, "page").unwrap_or(1).max(1);
    let start = (page - 1).saturating_mul(size);
    let (start, count) = context.visit.shifted(start, rows.len());
    let start = start.min(rows.len());
    let end = start.saturating_add(size).min(rows.len());
    let link = |page: usize| {
        let (host, path) = (context.request.host(), &context.request.path);
        let path = path.strip_suffix(".json").unwrap_or(path);
        let query = query.rewritten(|name| name != "page", &[("page", page.to_string())]);
        format!("http://{host}{path}.json?{query}")
    };
    Answer::ok_utf8(&object! {
        [collection]: rows[start..end].iter().map(wire).collect::<Vec<_>>(),
        "next_page": (end < rows.len()).then(|| link(page + 1)),
        "previous_page": (page > 1).then(|| link(page - 1)),
        "count": count,
    })
}
