//! Zendesk's paging by page number: an absolute link to the next page, or null.
//!
//! That the lists of Talk know `page` and `per_page` is not documented, but their links are; this fake takes what is
//! usual elsewhere at Zendesk: 100 rows a page at most, and numbers that are none count as not said.

use http::header;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Context;
use super::params::Query;
use crate::exchange::{Answer, Request};

const LARGEST: usize = 100;

/// A list in its envelope.
#[derive(Debug)]
struct Envelope<W> {
    collection: &'static str,
    rows: Vec<W>,
    next: Option<String>,
    previous: Option<String>,
    count: usize,
}

impl<W: Serialize> Serialize for Envelope<W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry(self.collection, &self.rows)?;
        map.serialize_entry("next_page", &self.next)?;
        map.serialize_entry("previous_page", &self.previous)?;
        map.serialize_entry("count", &self.count)?;
        map.end()
    }
}

/// The page of `rows` that the request wants, each made into a document by `wire`.
pub(super) fn answer<'a, T, W: Serialize>(
    context: &Context<'_>,
    collection: &'static str,
    rows: &'a [T],
    wire: impl Fn(&'a T) -> W,
) -> Answer {
    let query = Query::of(context.request);
    let wanted = query.whole("per_page");
    let wanted = wanted.filter(|_| !context.visit.settings.declared_paging_only);
    let size = wanted.unwrap_or(LARGEST).clamp(1, LARGEST);
    let page = query.whole("page").unwrap_or(1).max(1);
    let (start, count) = context
        .visit
        .shifted((page - 1).saturating_mul(size), rows.len());
    let start = start.min(rows.len());
    let end = start.saturating_add(size).min(rows.len());
    let link = |page: usize| link(context.request, &query, page);
    super::json(&Envelope {
        collection,
        rows: rows[start..end].iter().map(wire).collect(),
        next: (end < rows.len()).then(|| link(page + 1)),
        previous: (page > 1).then(|| link(page - 1)),
        count,
    })
}

/// Everything on one page.
pub(super) fn whole<W: Serialize>(collection: &'static str, rows: Vec<W>) -> Answer {
    super::json(&Envelope {
        collection,
        next: None,
        previous: None,
        count: rows.len(),
        rows,
    })
}

fn link(request: &Request, query: &Query, page: usize) -> String {
    let host = request.header(header::HOST.as_str()).unwrap_or("127.0.0.1");
    let path = request.path.strip_suffix(".json").unwrap_or(&request.path);
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(query.without("page"));
    pairs.append_pair("page", &page.to_string());
    format!("http://{host}{path}.json?{}", pairs.finish())
}
