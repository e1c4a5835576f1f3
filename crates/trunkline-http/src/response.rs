//! A carrier's answer, and reading it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::DATE;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use trunkline_core::{Effect, Error, ErrorKind, Operation, Result, Retry, Upstream};

use crate::explain::request_id;
use crate::profile::Profile;
use crate::retry_after::date;

/// A 2xx answer.
#[derive(Clone)]
pub struct Response {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, decompressed; 16 MiB at most.
    pub body: Bytes,
    pub(crate) profile: Arc<Profile>,
    pub(crate) operation: Operation,
    /// What a request has done whose answer can't be read.
    pub(crate) unread: Effect,
}

impl Response {
    /// Reads the body as JSON. What it makes may borrow from the body.
    ///
    /// # Errors
    /// `Protocol` naming the path that could not be read; the body itself is not quoted. The effect is unknown for a
    /// write.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        // Checked once as a whole, the texts in it need no check of their own.
        let text = std::str::from_utf8(&self.body).ok();
        let read = text.and_then(|text| serde_json::from_str(text).ok());
        read.map_or_else(|| self.json_by_path(), Ok)
    }

    /// Reads the body and keeps track of the path, which only an answer that can't be read is worth.
    fn json_by_path<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| self.protocol(unreadable(&error)))
    }

    /// Reads the body as JSON and converts it. An error of the conversion becomes a `Protocol` error about this answer.
    ///
    /// # Errors
    /// Those of [`Response::json`] and [`Response::protocol`].
    pub fn read<'a, W: Deserialize<'a>, T>(
        &'a self,
        convert: impl FnOnce(W) -> Result<T>,
    ) -> Result<T> {
        convert(self.json()?).map_err(|error| self.protocol(error.message()))
    }

    /// The `Date` header: the carrier's clock.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        Timestamp::try_from(date(&self.headers, &DATE)?).ok()
    }

    /// The carrier's id of the request, if it names one.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers, self.profile.request_id_header)
    }

    /// A `Protocol` error about this answer: for one that can be read but makes no sense. The effect is unknown for a
    /// write. The message must not quote a secret.
    #[must_use]
    pub fn protocol(&self, message: impl Into<String>) -> Error {
        let error = Error::new(ErrorKind::Protocol, message);
        self.profile
            .name(error, self.operation)
            .with_retry(Retry::Never)
            .with_effect(self.unread)
            .with_upstream(Upstream {
                status: Some(self.status.as_u16()),
                request_id: self.request_id(),
                ..Upstream::default()
            })
    }
}

impl fmt::Debug for Response {
    /// Without body and headers, which may hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

/// Says where reading failed, and why as far as that quotes nothing from the body.
fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let (path, cause) = (error.path(), error.inner());
    let text = cause.to_string();
    let why = match cause.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is not JSON",
        serde_json::error::Category::Data => match text.strip_prefix("missing field ") {
            Some(field) => field.split(" at line").next().unwrap_or(field),
            None => "another type or value was expected",
        },
    };
    let missing = if text.starts_with("missing field ") {
        "missing field "
    } else {
        ""
    };
    format!("the carrier's answer can't be read at {path}: {missing}{why}")
}

#[cfg(test)]
pub(crate) mod tests {
    use trunkline_core::{AccountName, ProviderName};

    use super::*;
    use crate::{Auth, Explained};

    /// An answer to a purchase with this body.
    pub(crate) fn answer(body: &str) -> Response {
        let profile = Profile::new(
            AccountName::new("us-main").unwrap(),
            ProviderName::new("acme"),
            "http://127.0.0.1/".parse().unwrap(),
            Auth::InBody(Vec::new()),
            Explained::by_status,
        );
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Thu, 05 Mar 2026 12:00:00 GMT".parse().unwrap());
        headers.insert("x-own-id", "RQ1".parse().unwrap());
        Response {
            status: StatusCode::OK,
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
            profile: Arc::new(Profile {
                request_id_header: "x-own-id",
                ..profile
            }),
            operation: Operation::Purchase,
            unread: Effect::Unknown,
        }
    }

    #[derive(Debug, Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        numbers: Vec<Row<'a>>,
    }

    #[derive(Debug, Deserialize)]
    struct Row<'a> {
        sid: &'a str,
    }

    #[test]
    fn json_may_borrow_from_the_body() {
        let response = answer(r#"{"numbers": [{"sid": "PN1"}]}"#);
        let page: Page<'_> = response.json().unwrap();
        assert_eq!(page.numbers[0].sid, "PN1");
    }

    #[test]
    fn bytes_that_are_not_utf8_spoil_only_the_member_they_stand_in() {
        let of = |body: &[u8]| Response {
            body: Bytes::copy_from_slice(body),
            ..answer("")
        };
        let ignored = of(b"{\"note\": \"caf\xe9\", \"numbers\": [{\"sid\": \"PN1\"}]}");
        assert_eq!(ignored.json::<Page<'_>>().unwrap().numbers[0].sid, "PN1");
        let wanted = of(b"{\"numbers\": [{\"sid\": \"caf\xe9\"}]}");
        let error = wanted.json::<Page<'_>>().unwrap_err();
        assert!(error.message().contains("numbers[0].sid"), "{error}");
    }

    #[test]
    fn an_unreadable_answer_names_the_path_and_quotes_nothing() {
        let response = answer(r#"{"numbers": [{"sid": "PN1"}, {"sid": ["s3cret"]}]}"#);
        let error = response.json::<Page<'_>>().unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Protocol, Effect::Unknown)
        );
        assert!(error.message().contains("numbers[1].sid"), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }

    #[test]
    fn a_missing_field_is_named() {
        let error = answer(r#"{"numbers": [{}]}"#)
            .json::<Page<'_>>()
            .unwrap_err();
        assert!(
            error.message().ends_with("numbers[0]: missing field `sid`"),
            "{error}"
        );
    }

    #[test]
    fn truncated_answer_and_invalid_json_are_distinguished() {
        let error = answer(r#"{"numbers": ["#).json::<Page<'_>>().unwrap_err();
        assert!(error.message().ends_with("ends too early"), "{error}");
        let error = answer("<html>").json::<Page<'_>>().unwrap_err();
        assert!(error.message().ends_with("not JSON"), "{error}");
    }

    #[test]
    fn the_carriers_clock_and_request_id_are_read() {
        let response = answer(" \n");
        assert_eq!(response.date().unwrap().to_string(), "2026-03-05T12:00:00Z");
        assert_eq!(response.request_id().as_deref(), Some("RQ1"));
    }
}
