//! Zendesk's paging by page number: an absolute link to the next page, or null.
//!
//! That the lists of Talk know `page` and `per_page` is not documented, but their links are; this fake takes what is
//! usual elsewhere at Zendesk: 100 rows a page at most, and texts that are not numbers count as absent.

use serde::Serialize;

use super::params::whole;
use super::state::Context;
use crate::exchange::Answer;
use crate::json::object;

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
    let document = object! {
        [collection]: rows[start..end].iter().map(wire).collect::<Vec<_>>(),
        "next_page": (end < rows.len()).then(|| link(page + 1)),
        "previous_page": (page > 1).then(|| link(page - 1)),
        "count": count,
    };
    Answer::ok_utf8(&document)
}
