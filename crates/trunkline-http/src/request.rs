//! Requests to a carrier, as data.

use std::borrow::Cow;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use trunkline_core::{Error, ErrorKind, Operation, Result};
use url::Url;

/// Whether a request may be sent again when its outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// Sending it twice does what sending it once does.
    Safe,
    /// Sending it twice may buy twice, or ring a phone twice.
    Never,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// `application/x-www-form-urlencoded` pairs, in order, not yet encoded.
    Form(Vec<(Cow<'static, str>, String)>),
    /// `application/json` text.
    Json(Vec<u8>),
}

/// One request to a carrier: plain data that can be compared in a test and sent by
/// [`HttpClient`](crate::HttpClient). Headers of authentication are added when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// What it is part of.
    pub operation: Operation,
    /// Method.
    pub method: Method,
    /// Path below the account's base URL, already percent-encoded; with a leading slash from the origin's root.
    pub path: String,
    /// Query pairs, in order, not yet encoded.
    pub query: Vec<(Cow<'static, str>, String)>,
    /// Body.
    pub body: Body,
    /// Whether it may be sent again.
    pub replay: Replay,
}

impl ApiRequest {
    fn new(operation: Operation, method: Method, path: impl Into<String>, replay: Replay) -> Self {
        Self {
            operation,
            method,
            path: path.into(),
            query: Vec::new(),
            body: Body::Empty,
            replay,
        }
    }

    /// A GET, safe to repeat.
    pub fn get(operation: Operation, path: impl Into<String>) -> Self {
        Self::new(operation, Method::GET, path, Replay::Safe)
    }

    /// Another page of a collection, by the carrier's link to it, be that a URL or a path. The link may name any host, its
    /// own or that of a proxy between us: of it the query alone is taken, and asked of the collection where the
    /// account's base URL is. `None` if it leads to another collection or says nothing.
    #[must_use]
    pub fn linked(operation: Operation, collection: &str, link: &str) -> Option<Self> {
        let nowhere = Url::parse("http://carrier.invalid/").ok()?;
        let link = nowhere.join(link).ok()?;
        let query = link.query().filter(|query| !query.is_empty())?;
        if !matches!(link.scheme(), "http" | "https") || !is_of(link.path(), collection) {
            return None;
        }
        let mut request = Self::get(operation, collection);
        let pairs = form_urlencoded::parse(query.as_bytes());
        request
            .query
            .extend(pairs.map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned())));
        Some(request)
    }

    /// The page of a collection at a cursor, which is the carrier's link to it, see [`ApiRequest::linked`].
    ///
    /// # Errors
    /// `InvalidRequest` naming `cursor`.
    pub fn at_cursor(operation: Operation, collection: &str, cursor: &str) -> Result<Self> {
        Self::linked(operation, collection, cursor)
            .ok_or_else(|| Error::invalid("cursor", "not a cursor of this account"))
    }

    /// A POST, never repeated unless [`ApiRequest::replay_safe`] says so.
    pub fn post(operation: Operation, path: impl Into<String>) -> Self {
        Self::new(operation, Method::POST, path, Replay::Never)
    }

    /// A PUT, safe to repeat.
    pub fn put(operation: Operation, path: impl Into<String>) -> Self {
        Self::new(operation, Method::PUT, path, Replay::Safe)
    }

    /// A DELETE, safe to repeat.
    pub fn delete(operation: Operation, path: impl Into<String>) -> Self {
        Self::new(operation, Method::DELETE, path, Replay::Safe)
    }

    /// Declares that sending it twice does what sending it once does.
    #[must_use]
    pub fn replay_safe(mut self) -> Self {
        self.replay = Replay::Safe;
        self
    }

    /// Adds a query pair.
    #[must_use]
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Adds a query pair if there is a value.
    #[must_use]
    pub fn query_opt(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds a query pair with the size of a page, at most `max`; none for 0, the carrier's own size.
    #[must_use]
    pub fn page_size(self, name: &'static str, size: usize, max: usize) -> Self {
        self.query_opt(name, (size > 0).then(|| size.min(max).to_string()))
    }

    /// Adds the members of a struct as query pairs, but for those that are null.
    ///
    /// # Errors
    /// `Internal` if the value can't be written as JSON.
    pub fn query_of<T: Serialize>(self, members: &T) -> Result<Self> {
        let members = serde_json::to_value(members).map_err(|error| {
            Error::new(ErrorKind::Internal, "a query is not JSON").with_source(error)
        })?;
        let members = members.as_object().into_iter().flatten();
        Ok(members.fold(self, |request, (name, value)| match value {
            Value::Null => request,
            Value::String(text) => request.query(name.clone(), text),
            other => request.query(name.clone(), other.to_string()),
        }))
    }

    /// Sets a form body.
    #[must_use]
    pub fn form<N: Into<Cow<'static, str>>>(
        mut self,
        pairs: impl IntoIterator<Item = (N, String)>,
    ) -> Self {
        self.body = Body::Form(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        );
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// `Internal` if the value can't be written as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            Error::new(ErrorKind::Internal, "a request body is not JSON").with_source(error)
        })?;
        self.body = Body::Json(bytes);
        Ok(self)
    }
}

/// An id as one segment of a path: everything is percent-encoded but what RFC 3986 calls unreserved.
#[must_use]
pub fn segment(id: &str) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(id, ENCODED).to_string()
}

/// Whether a path is a collection's, with whatever a proxy puts before it or takes away; `.json` at its end says nothing.
fn is_of(path: &str, collection: &str) -> bool {
    fn segments(path: &str) -> impl Iterator<Item = &str> {
        let path = path.trim_matches('/');
        path.strip_suffix(".json").unwrap_or(path).rsplit('/')
    }
    let same = segments(path).zip(segments(collection));
    let shared = same.take_while(|(one, other)| one == other).count();
    let shorter = segments(path).count().min(segments(collection).count());
    // One word alone could be the end of anything.
    shared == shorter && shared > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: &str = "2010-04-01/Accounts/AC1/Numbers.json";

    #[test]
    fn members_that_are_set_become_query_pairs() {
        let members = serde_json::json!({"a": "x", "b": null, "c": true, "d": 7});
        let request = ApiRequest::get(Operation::List, NUMBERS);
        let pairs = request.query_of(&members).unwrap().query;
        let wanted = [("a", "x"), ("c", "true"), ("d", "7")];
        assert_eq!(pairs, wanted.map(|(n, v)| (n.into(), v.to_owned())));
    }

    #[test]
    fn page_link_is_followed_on_the_configured_host() {
        let expected = ApiRequest::get(Operation::List, NUMBERS)
            .query("Page", "1")
            .query("PageToken", "PA+x");
        for link in [
            "/2010-04-01/Accounts/AC1/Numbers.json?Page=1&PageToken=PA%2Bx",
            "https://api.example.com/2010-04-01/Accounts/AC1/Numbers.json?Page=1&PageToken=PA%2Bx",
            "http://10.0.0.1:8080/2010-04-01/Accounts/AC1/Numbers?Page=1&PageToken=PA%2Bx",
            "https://gw.test/acme/2010-04-01/Accounts/AC1/Numbers.json?Page=1&PageToken=PA%2Bx",
            "//evil.test/AC1/Numbers.json?Page=1&PageToken=PA%2Bx",
        ] {
            let request = ApiRequest::linked(Operation::List, NUMBERS, link);
            assert_eq!(request.as_ref(), Some(&expected), "{link}");
        }
    }

    #[test]
    fn a_page_link_leads_to_no_other_collection() {
        for link in [
            "/2010-04-01/Accounts/AC2/Numbers.json?Page=1",
            "/2010-04-01/Accounts/AC1/Keys.json?Page=1",
            "/2010-04-01/Accounts/AC1/Numbers/Local.json?Page=1",
            "/2010-04-01/Accounts/AC1/../AC2/Numbers.json?Page=1",
            "/Numbers.json?Page=1",
            "/2010-04-01/Accounts/AC1/Numbers.json",
            "/2010-04-01/Accounts/AC1/Numbers.json?",
            "javascript:x",
            "https://",
            "",
        ] {
            let request = ApiRequest::linked(Operation::List, NUMBERS, link);
            assert_eq!(request, None, "{link}");
        }
    }
}
