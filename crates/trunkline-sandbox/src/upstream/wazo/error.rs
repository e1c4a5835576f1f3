//! What the two services and the proxy in front of them say when they refuse.

use http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::json as document;

use super::python::{list, optional, repr};
use crate::exchange::Answer;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) messages: Vec<String>,
    shape: Shape,
}

/// Who speaks, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// confd: an array of texts.
    Texts,
    /// auth: an object with a list of reasons.
    Reasons,
    /// The framework below confd: an object with one message, and the methods it knows.
    Method(&'static str),
    /// The framework below both, before it has found a route.
    NoRoute,
    /// The proxy.
    Proxy,
}

pub(super) type Result<T> = std::result::Result<T, ApiError>;

/// What the framework says of a body that it can't read.
const UNREADABLE: &str =
    "The browser (or proxy) sent a request that this server could not understand.";

impl ApiError {
    fn texts(status: StatusCode, messages: Vec<String>) -> Self {
        Self {
            status,
            messages,
            shape: Shape::Texts,
        }
    }

    fn text(status: StatusCode, message: String) -> Self {
        Self::texts(status, vec![message])
    }

    /// One text for each field at fault.
    pub(super) fn input(messages: Vec<String>) -> Self {
        Self::texts(StatusCode::BAD_REQUEST, messages)
    }

    pub(super) fn unreadable() -> Self {
        Self::text(StatusCode::BAD_REQUEST, UNREADABLE.to_owned())
    }

    /// Every message about one field in one text.
    pub(super) fn field(field: &str, messages: &[&str]) -> String {
        format!("Input Error - {field}: {}", list(messages))
    }

    /// A message about a parameter of a list, whose text is no list of texts.
    pub(super) fn parameter(text: &str) -> Self {
        Self::text(StatusCode::BAD_REQUEST, format!("Input Error - {text}"))
    }

    pub(super) fn exists(number: &str, tenant: &str) -> Self {
        let (number, tenant) = (repr(number), repr(tenant));
        Self::text(
            StatusCode::BAD_REQUEST,
            format!(
                "Resource Error - PhoneNumber already exists ('number': {number}, 'tenant_uuid': {tenant})"
            ),
        )
    }

    /// `what` is as Python shows it: `'uuid': UUID('...')`.
    pub(super) fn not_found(resource: &str, what: &str) -> Self {
        Self::text(
            StatusCode::NOT_FOUND,
            format!("Resource Not Found - {resource} was not found ({what})"),
        )
    }

    /// No token, or one that is not (any more) known.
    pub(super) fn token(token: &str, right: &str) -> Self {
        Self::text(
            StatusCode::UNAUTHORIZED,
            format!("({}, {})", repr(token), repr(right)),
        )
    }

    /// A good token that doesn't reach so far.
    pub(super) fn right(token: &str, right: &str, tenant: Option<&str>) -> Self {
        let (token, right, tenant) = (repr(token), repr(right), optional(tenant));
        Self::text(
            StatusCode::UNAUTHORIZED,
            format!("({token}, {right}, {tenant})"),
        )
    }

    /// What the database says goes out as it is.
    pub(super) fn database(text: &str) -> Self {
        Self::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("Unexpected error: {text}"),
        )
    }

    /// A refusal by auth.
    pub(super) fn reason(status: StatusCode, reason: impl Into<String>) -> Self {
        Self {
            status,
            messages: vec![reason.into()],
            shape: Shape::Reasons,
        }
    }

    pub(super) fn method(allowed: &'static str) -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            messages: vec!["The method is not allowed for the requested URL.".to_owned()],
            shape: Shape::Method(allowed),
        }
    }

    pub(super) fn no_route() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            messages: Vec::new(),
            shape: Shape::NoRoute,
        }
    }

    /// What is usually said with a status.
    pub(super) fn usual(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        match status.as_u16() {
            400 => Self::unreadable(),
            401 => Self::token("", "confd.phone-numbers.read"),
            404 => Self::not_found("PhoneNumber", "'main': True"),
            405 => Self::method("GET, HEAD, OPTIONS"),
            500 => Self::database(
                "(psycopg2.OperationalError) server closed the connection unexpectedly",
            ),
            // auth is away, and confd shows how it looked for it.
            503 => Self::text(
                status,
                "('localhost', 80, ConnectionRefusedError(111, 'Connection refused'))".to_owned(),
            ),
            429 | 502 | 504 => Self {
                status,
                messages: vec![reason.to_owned()],
                shape: Shape::Proxy,
            },
            _ => Self::text(status, reason.to_owned()),
        }
    }

    pub(super) fn answer(&self, now: Timestamp) -> Answer {
        let message = self
            .messages
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        let body = match self.shape {
            Shape::Texts => document!(self.messages),
            Shape::Reasons => document!({
                "reason": self.messages,
                "timestamp": [now.as_duration().as_secs_f64()],
                "status_code": self.status.as_u16(),
            }),
            Shape::Method(_) => document!({ "message": message }),
            Shape::NoRoute => return Answer::with_body(self.status, HTML, NOT_FOUND),
            Shape::Proxy => return proxy_page(self.status, message),
        };
        let mut answer = super::json(self.status, &body);
        if let Shape::Method(allowed) = self.shape {
            answer.set(header::ALLOW, allowed);
        }
        answer
    }
}

const HTML: &str = "text/html; charset=utf-8";

const NOT_FOUND: &str =
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n";

fn proxy_page(status: StatusCode, reason: &str) -> Answer {
    let title = format!("{} {reason}", status.as_u16());
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::with_body(status, "text/html", page)
}
