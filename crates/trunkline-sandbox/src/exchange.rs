//! One request and its answer, as bytes with names: what the fakes work on.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

/// A request as it arrived, body and all. `Debug` shows no credentials.
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path as sent, percent-encoding kept.
    pub path: String,
    /// The query as sent, without the question mark; empty if there was none.
    pub query: String,
    /// The headers; `Authorization` is marked sensitive.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Request {
    pub(crate) fn new(parts: http::request::Parts, body: Bytes) -> Self {
        let mut headers = parts.headers;
        for secret in [
            header::AUTHORIZATION,
            header::COOKIE,
            HeaderName::from_static("x-auth-token"),
        ] {
            if let Some(value) = headers.get_mut(&secret) {
                value.set_sensitive(true);
            }
        }
        Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
        }
    }

    /// The text of a header, if it was sent and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a fake answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn with_body(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut answer = Self::empty(status);
        answer.body = body.into();
        answer.set(header::CONTENT_TYPE, content_type);
        answer
    }

    /// Sets a header; a value that can't stand in one is left out.
    pub(crate) fn set(&mut self, name: HeaderName, value: impl TryInto<HeaderValue>) {
        if let Ok(value) = value.try_into() {
            self.headers.insert(name, value);
        }
    }
}

/// What a fake is told about one visit beyond the request itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Visit {
    /// A list must leave out what is younger than this.
    pub(crate) stale: Option<Duration>,
}

/// What goes back over the connection.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The whole answer.
    Whole(Answer),
    /// The head and half of the body, then the end of the connection.
    Cut(Answer),
    /// Nothing at all, then the end of the connection.
    HangUp,
}
