//! Spoils what a list answers: pages that go in a circle, repeat or are empty, wrong totals, links to another host.

use http::header;
use serde_json::{Map, Value};
use url::Url;

use crate::exchange::{Answer, Request};
use crate::faults::Fault;
use crate::provider::{ProviderKind, Trait};

/// The parameters that say which page is wanted.
const PAGING: [&str; 7] = [
    "Page",
    "PageToken",
    "page_number",
    "page_token",
    "page",
    "start",
    "offset",
];

/// The names of links between pages, beside those in `links`.
const LINKS: [&str; 6] = [
    "uri",
    "first_page_uri",
    "next_page_uri",
    "previous_page_uri",
    "next_page",
    "previous_page",
];

/// Answers a list and spoils the answer as the fault says. An answer that is no list stays as it is.
pub(crate) fn spoil(
    kind: ProviderKind,
    fault: &Fault,
    request: &Request,
    answer: impl Fn(&Request) -> Answer,
) -> Answer {
    let mut spoilt = answer(request);
    let Ok(Value::Object(mut document)) = serde_json::from_slice(&spoilt.body) else {
        return spoilt;
    };
    if !spoilt.status.is_success() || rows(&mut document).is_none() {
        return spoilt;
    }
    let first = || match serde_json::from_slice(&answer(&first_page(request)).body) {
        Ok(Value::Object(mut first)) => rows(&mut first).cloned().unwrap_or_default(),
        _ => Vec::new(),
    };
    match fault {
        Fault::CircularPages {} if kind.lacks(Trait::PageLinks).is_some() => {
            let first = first();
            let total = never_reached(request, first.len());
            document.insert("total".to_owned(), total.into());
            put_rows(&mut document, first);
        }
        Fault::CircularPages {} => link_to_itself(request, &mut spoilt, &mut document),
        Fault::RepeatedPages {} => put_rows(&mut document, first()),
        Fault::EmptyPages {} => put_rows(&mut document, Vec::new()),
        Fault::WrongTotal { by } => add_to_totals(&mut document, *by),
        Fault::ForeignLinks { host } => rename_hosts(&mut spoilt, &mut document, host),
        _ => return spoilt,
    }
    spoilt.body = Value::Object(document).to_string().into();
    spoilt
}

/// Takes the times of creation out of a document, however deep.
pub(crate) fn forget_creation(answer: &mut Answer) {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !matches!(name.as_str(), "date_created" | "created_at"));
                members.values_mut().for_each(forget);
            }
            Value::Array(items) => items.iter_mut().for_each(forget),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    if let Ok(mut document) = serde_json::from_slice(&answer.body) {
        forget(&mut document);
        answer.body = document.to_string().into();
    }
}

/// How many rows an answer has: those of its longest list, one if it has no list.
pub(crate) fn count(answer: &Answer) -> usize {
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let lists = document.as_object().into_iter().flat_map(Map::values);
    lists
        .filter_map(|value| value.as_array().map(Vec::len))
        .max()
        .unwrap_or(1)
}

/// The rows of a list: the member of the envelope that is an array.
fn rows(document: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    document.values_mut().find_map(Value::as_array_mut)
}

fn put_rows(document: &mut Map<String, Value>, new: Vec<Value>) {
    if let Some(rows) = rows(document) {
        *rows = new;
    }
}

fn first_page(request: &Request) -> Request {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let pairs = form_urlencoded::parse(request.query.as_bytes());
    query.extend_pairs(pairs.filter(|(name, _)| !PAGING.contains(&&**name)));
    Request {
        query: query.finish(),
        ..request.clone()
    }
}

/// A total that is beyond the rows up to here, however far the client has come.
fn never_reached(request: &Request, rows: usize) -> usize {
    let pairs = form_urlencoded::parse(request.query.as_bytes());
    let offset = pairs.filter(|(name, _)| name == "offset");
    let offset = offset.last().and_then(|(_, text)| text.parse().ok());
    offset
        .unwrap_or(0_usize)
        .saturating_add(rows)
        .saturating_add(1)
}

fn absolute(request: &Request) -> String {
    format!("http://{}{}", request.host(), request.target())
}

/// Puts the link to the next page where the list has it: in `links` at SignalWire, `next_page` at Zendesk, which is
/// absolute, `next_page_uri` at Twilio, and a header at Webex.
fn link_to_itself(request: &Request, answer: &mut Answer, document: &mut Map<String, Value>) {
    if let Some(Value::Object(links)) = document.get_mut("links") {
        links.insert("next".to_owned(), request.target().into());
    } else if let Some(next) = document.get_mut("next_page") {
        *next = absolute(request).into();
    } else if let Some(next) = document.get_mut("next_page_uri") {
        *next = request.target().into();
    } else {
        let link = format!("<{}>; rel=\"next\"", absolute(request));
        answer.set(header::LINK, link);
    }
}

fn add_to_totals(document: &mut Map<String, Value>, by: i64) {
    let wrong = |value: &mut Value| {
        if let Some(total) = value.as_i64() {
            *value = total.saturating_add(by).max(0).into();
        }
    };
    if let Some(total) = document.get_mut("total") {
        wrong(total);
    }
    match document.get_mut("count") {
        Some(Value::Object(counts)) => counts.values_mut().for_each(wrong),
        Some(count) => wrong(count),
        None => {}
    }
}

fn rename_hosts(answer: &mut Answer, document: &mut Map<String, Value>, host: &str) {
    let rename = |value: &mut Value| {
        if let Some(link) = value.as_str() {
            *value = elsewhere(link, host).into();
        }
    };
    for name in LINKS {
        if let Some(link) = document.get_mut(name) {
            rename(link);
        }
    }
    if let Some(Value::Object(links)) = document.get_mut("links") {
        links.values_mut().for_each(rename);
    }
    let link = answer.headers.get(header::LINK);
    let link = link.and_then(|value| value.to_str().ok()?.strip_prefix('<')?.split_once('>'));
    if let Some((link, rest)) = link {
        let link = format!("<{}>{rest}", elsewhere(link, host));
        answer.set(header::LINK, link);
    }
}

/// The same link at another host, over TLS as at the carriers.
fn elsewhere(link: &str, host: &str) -> String {
    let below = match Url::parse(link) {
        Ok(url) => url[url::Position::BeforePath..].to_owned(),
        Err(_) => link.to_owned(),
    };
    format!("https://{host}{below}")
}
