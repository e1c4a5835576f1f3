//! One request and its answer, as bytes with names: what the fakes work on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::faults::Fault;
use crate::ledger::{ChangedBy, Stamp};
use crate::settings::CarrierSettings;

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
        // Over HTTP/2 it is not a header.
        let host = parts
            .uri
            .authority()
            .and_then(|host| HeaderValue::try_from(host.as_str()).ok());
        if let Some(host) = host {
            headers.entry(header::HOST).or_insert(host);
        }
        Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
        }
    }

    /// A request that the sandbox makes to a fake itself.
    pub(crate) fn internal(method: Method, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// The same with a header; a value that can't stand in one is left out.
    pub(crate) fn with_header(
        mut self,
        name: HeaderName,
        value: impl TryInto<HeaderValue>,
    ) -> Self {
        if let Ok(value) = value.try_into() {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn with_body(mut self, content_type: &'static str, body: String) -> Self {
        self.body = body.into();
        self.with_header(header::CONTENT_TYPE, content_type)
    }

    /// The same with a form in the body; pairs without a value are left out.
    pub(crate) fn with_form(self, pairs: &[(&str, Option<&str>)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(
            pairs
                .iter()
                .filter_map(|(name, value)| Some((name, (*value)?))),
        );
        self.with_body("application/x-www-form-urlencoded", form.finish())
    }

    pub(crate) fn with_json(self, document: &impl Serialize) -> Self {
        let body = serde_json::to_string(document).unwrap_or_default();
        self.with_body("application/json", body)
    }

    pub(crate) fn with_basic(self, user: &str, password: &str) -> Self {
        let login = STANDARD.encode(format!("{user}:{password}"));
        self.with_header(header::AUTHORIZATION, format!("Basic {login}"))
    }

    /// The text of a header, if it was sent and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The credential in `Authorization`, if it is of that scheme.
    fn credential(&self, scheme: &str) -> Option<&str> {
        let (named, credential) = self.header("authorization")?.split_once(' ')?;
        (named.eq_ignore_ascii_case(scheme)).then(|| credential.trim())
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        self.credential("bearer")
    }

    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let decoded = STANDARD.decode(self.credential("basic")?).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    pub(crate) fn is_form(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default().trim_start();
        let form = "application/x-www-form-urlencoded";
        kind.get(..form.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(form))
    }

    pub(crate) fn host(&self) -> &str {
        self.header("host").unwrap_or("127.0.0.1")
    }

    pub(crate) fn target(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", self.path, self.query)
    }
}

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

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    pub(crate) fn ok(document: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, document)
    }

    /// The same with a content type that names the character set.
    pub(crate) fn ok_utf8(document: &impl Serialize) -> Self {
        Self::json_utf8(StatusCode::OK, document)
    }

    pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Self {
        let body = serde_json::to_vec(document).unwrap_or_default();
        Self::with_body(status, "application/json", body)
    }

    /// A JSON document whose content type names the character set.
    pub(crate) fn json_utf8(status: StatusCode, document: &impl Serialize) -> Self {
        let mut answer = Self::json(status, document);
        answer.set(header::CONTENT_TYPE, "application/json; charset=utf-8");
        answer
    }

    /// Sets a header; a value that can't stand in one is left out.
    pub(crate) fn set(&mut self, name: HeaderName, value: impl TryInto<HeaderValue>) {
        if let Ok(value) = value.try_into() {
            self.headers.insert(name, value);
        }
    }
}

/// What a fake knows about one request beside the request itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Visit<'f> {
    /// What goes wrong, as far as the fake has a part in it.
    pub(crate) fault: Option<&'f Fault>,
    pub(crate) settings: CarrierSettings,
    /// Who asks, if it is not a client of the API.
    pub(crate) by: Option<ChangedBy>,
}

impl Visit<'_> {
    pub(crate) const fn stamp(self, at: Timestamp) -> Stamp {
        Stamp { at, by: self.by }
    }

    /// Whether what was created at that time is found by a list that lags behind, or by its id.
    pub(crate) fn finds(self, created: Timestamp, now: Timestamp) -> bool {
        match self.fault {
            Some(Fault::StaleList { ms } | Fault::NotFoundAfterCreate { ms }) => {
                created <= before(now, *ms)
            }
            _ => true,
        }
    }

    pub(crate) fn lists(self, number: &str, created: Timestamp, now: Timestamp) -> bool {
        let hidden = self.fault.is_some_and(|fault| fault.hides(number));
        !hidden && self.finds(created, now)
    }

    /// A list still shows what was released after this.
    pub(crate) fn shows_released_since(self, now: Timestamp) -> Option<Timestamp> {
        match self.fault {
            Some(Fault::ReleasedListed { ms }) => Some(before(now, *ms)),
            _ => None,
        }
    }

    /// Where a page by offset begins, and how many rows there are, once rows before it were taken out or put in.
    pub(crate) fn shifted(self, start: usize, total: usize) -> (usize, usize) {
        match self.fault {
            Some(Fault::ShiftedPages { by }) if start > 0 => {
                let by = isize::try_from(*by).unwrap_or_default();
                (
                    start.saturating_add_signed(by),
                    total.saturating_add_signed(by.saturating_neg()),
                )
            }
            _ => (start, total),
        }
    }
}

fn before(now: Timestamp, ms: u64) -> Timestamp {
    let age = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}

/// What goes back over the connection.
#[derive(Debug)]
pub(crate) enum Reply {
    Whole(Answer),
    /// The head and half of the body, then the end of the connection.
    Cut(Answer),
    /// Nothing at all, then the end of the connection.
    HangUp,
    /// Over HTTP/2 the reset of the stream that says that it was not looked at; else as [`Reply::HangUp`].
    RefuseStream,
    /// Over HTTP/2 the word that this request and later ones were not looked at, then the end of the connection; else as
    /// [`Reply::HangUp`].
    GoAway,
}
