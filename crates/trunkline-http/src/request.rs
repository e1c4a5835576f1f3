//! Requests to a carrier, as data.

use std::borrow::Cow;

use http::Method;
use serde::Serialize;
use trunkline_core::{Error, ErrorKind, Operation, Result};

/// May a request be sent again when it can't be told what came of it?
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
