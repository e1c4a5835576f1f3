//! What the two services and the proxy in front of them say when they refuse.

use http::{StatusCode, header};
use jiff::Timestamp;

use super::text::{list, optional, repr};
use crate::exchange::Answer;
use crate::json::object;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) messages: Vec<String>,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// confd: an array of texts.
    Texts,
    /// auth: an object with a list of reasons.
    Reasons,
    /// The framework below confd: an object with one message, and the methods it knows.
    Method(String),
    /// The framework below both, before it has found a route.
    NoRoute,
    Proxy,
}

pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

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

    pub(super) fn input(messages: Vec<String>) -> Self {
        Self::texts(StatusCode::BAD_REQUEST, messages)
    }

    pub(super) fn unreadable() -> Self {
        Self::text(StatusCode::BAD_REQUEST, UNREADABLE.to_owned())
    }

    pub(super) fn field(field: &str, messages: &[&str]) -> String {
        format!("Input Error - {field}: {}", list(messages))
    }

    /// A message about a parameter of a list, whose text is no list of texts.
    pub(super) fn parameter(text: &str) -> Self {
        Self::text(StatusCode::BAD_REQUEST, format!("Input Error - {text}"))
    }

    pub(super) fn exists(number: &str, tenant: &str) -> Self {
        let what = format!(
            "'number': {}, 'tenant_uuid': {}",
            repr(number),
            repr(tenant)
        );
        let message = format!("Resource Error - PhoneNumber already exists ({what})");
        Self::text(StatusCode::BAD_REQUEST, message)
    }

    /// `what` is as Python shows it: `'uuid': UUID('...')`.
    pub(super) fn not_found(resource: &str, what: &str) -> Self {
        let message = format!("Resource Not Found - {resource} was not found ({what})");
        Self::text(StatusCode::NOT_FOUND, message)
    }

    /// No token, or one that is not (any more) known.
    pub(super) fn token(token: &str, right: &str) -> Self {
        let message = format!("({}, {})", repr(token), repr(right));
        Self::text(StatusCode::UNAUTHORIZED, message)
    }

    /// A good token that doesn't reach so far.
    pub(super) fn right(token: &str, right: &str, tenant: Option<&str>) -> Self {
        let (token, right, tenant) = (repr(token), repr(right), optional(tenant));
        let message = format!("({token}, {right}, {tenant})");
        Self::text(StatusCode::UNAUTHORIZED, message)
    }

    /// What the database says goes out as it is.
    pub(super) fn database(text: &str) -> Self {
        let message = format!("Unexpected error: {text}");
        Self::text(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    pub(super) fn reason(status: StatusCode, reason: impl Into<String>) -> Self {
        Self {
            status,
            messages: vec![reason.into()],
            shape: Shape::Reasons,
        }
    }

    pub(super) fn method(allowed: String) -> Self {
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

    pub(super) fn usual(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        match status.as_u16() {
            400 => Self::unreadable(),
            401 => Self::token("", "confd.phone-numbers.read"),
            404 => Self::not_found("PhoneNumber", "'main': True"),
            405 => Self::method("GET, HEAD, OPTIONS".to_owned()),
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
        let message = self.messages.first().map_or("", String::as_str);
        match &self.shape {
            Shape::Texts => Answer::json(self.status, &self.messages),
            Shape::Reasons => {
                let body = object! {
                    "reason": &self.messages,
                    "status_code": self.status.as_u16(),
                    "timestamp": [now.as_duration().as_secs_f64()],
                };
                Answer::json(self.status, &body)
            }
            Shape::Method(allowed) => {
                let mut answer = Answer::json(self.status, &object! { "message": message });
                answer.set(header::ALLOW, allowed);
                answer
            }
            Shape::NoRoute => Answer::with_body(self.status, HTML, NOT_FOUND),
            Shape::Proxy => proxy_page(self.status, message),
        }
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
