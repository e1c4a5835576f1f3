//! One call of the API as data, which a dry run shows and the client sends.

use std::borrow::Cow;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use trunkline_core::host;

/// Characters that are not escaped in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'+')
    .remove(b'@');

/// Query parameters, in order.
pub(crate) type Pairs = Vec<(Cow<'static, str>, String)>;

/// One call of the API.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Pairs,
    /// `Idempotency-Key`.
    pub(crate) key: Option<String>,
    /// Seconds in `Prefer: wait=`.
    pub(crate) wait: Option<u64>,
    pub(crate) body: Option<Value>,
    /// Whether the answer shall come line by line.
    pub(crate) lines: bool,
}

impl Call {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            key: None,
            wait: None,
            body: None,
            lines: false,
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(crate) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(crate) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    #[must_use]
    pub(crate) fn with_query(mut self, query: Pairs) -> Self {
        self.query.extend(query);
        self
    }

    #[must_use]
    pub(crate) fn with_key(mut self, key: Option<String>) -> Self {
        self.key = key;
        self
    }

    #[must_use]
    pub(crate) fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Asks for the answer line by line.
    #[must_use]
    pub(crate) fn in_lines(mut self) -> Self {
        self.lines = true;
        self
    }

    /// Whether the call may change or cost something.
    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        if self.query.is_empty() {
            return self.path.clone();
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(
                self.query
                    .iter()
                    .map(|(name, value)| (name.as_ref(), value)),
            )
            .finish();
        format!("{}?{query}", self.path)
    }

    /// The headers beside the content type.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let key = self.key.iter().map(|key| ("idempotency-key", key.clone()));
        let accept = self
            .lines
            .then(|| ("accept", "application/x-ndjson".to_owned()));
        let wait = self
            .wait
            .iter()
            .map(|seconds| ("prefer", format!("wait={seconds}")));
        key.chain(wait).chain(accept).collect()
    }

    /// The request for programs.
    pub(crate) fn describe(&self) -> Value {
        let headers: serde_json::Map<String, Value> = self
            .headers()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect();
        json!({ "method": self.method.as_str(), "path": self.target(), "headers": headers, "body": self.body })
    }

    /// The request for people.
    pub(crate) fn show(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.target());
        for (name, value) in self.headers() {
            text.push_str(&format!("{name}: {value}\n"));
        }
        if let Some(body) = &self.body {
            // A value that was built here is always JSON.
            let body = serde_json::to_string_pretty(body).unwrap_or_default();
            text.push_str(&format!("\n{body}\n"));
        }
        text
    }
}

/// A path with an identifier in it: `path("/v1/numbers", id)`.
pub(crate) fn path(collection: &str, id: &str) -> String {
    format!("{collection}/{}", utf8_percent_encode(id, SEGMENT))
}

/// A new idempotency key.
pub(crate) fn new_key() -> String {
    format!("cli-{:032x}", host::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_escaped_in_their_path_segment() {
        assert_eq!(
            path("/v1/numbers", "us:+14155550100"),
            "/v1/numbers/us:+14155550100"
        );
        assert_eq!(
            path("/v1/numbers", "../x?y#z"),
            "/v1/numbers/..%2Fx%3Fy%23z"
        );
    }

    #[test]
    fn plus_signs_in_a_query_are_escaped() {
        let call =
            Call::get("/v1/numbers").with_query(vec![("number".into(), "+14155550100".to_owned())]);
        assert_eq!(call.target(), "/v1/numbers?number=%2B14155550100");
    }

    #[test]
    fn each_new_key_is_another() {
        assert_ne!(new_key(), new_key());
    }
}
