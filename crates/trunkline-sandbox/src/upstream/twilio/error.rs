//! Twilio's error body and its codes.

use http::{StatusCode, header};

use crate::exchange::Answer;
use crate::json::object;
use crate::query::Invalid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    /// Some refusals have no code.
    pub(super) code: Option<u32>,
    pub(super) message: String,
}

pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// A refusal with status 400.
pub(super) fn refuse<T>(code: u32, message: impl Into<String>) -> Result<T> {
    Err(ApiError::bad(code, message))
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::parameter(&invalid.name, &invalid.value)
    }
}

impl ApiError {
    /// A refusal with status 400.
    pub(super) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code: Some(code),
            message: message.into(),
        }
    }

    /// A parameter that Twilio can't make sense of.
    pub(super) fn parameter(name: &str, value: &str) -> Self {
        let message = format!("Invalid parameter: {name} can not be {value:?}");
        Self::bad(20_422, message)
    }

    pub(super) fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self::new(StatusCode::NOT_FOUND, 20_404, message)
    }

    pub(super) fn authenticate() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 20_003, "Authenticate")
    }

    pub(super) fn usual(status: StatusCode) -> Self {
        let known = match status.as_u16() {
            400 => Some((20_001, "Unknown parameters")),
            401 => Some((20_003, "Authenticate")),
            403 => Some((20_403, "Forbidden")),
            404 => Some((20_404, "The requested resource was not found")),
            405 => Some((20_004, "Method not allowed")),
            409 => Some((20_409, "Conflict")),
            429 => Some((20_429, "Too Many Requests")),
            500 => Some((20_500, "An internal server error has occurred")),
            503 => Some((20_503, "Service is unavailable, please try again")),
            504 => Some((20_504, "Gateway timeout")),
            _ => None,
        };
        let reason = status.canonical_reason().unwrap_or("Unknown");
        Self {
            status,
            code: known.map(|(code, _)| code),
            message: known.map_or(reason, |(_, message)| message).to_owned(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        // The link of a 503 carries the status, not the code: nobody should read a code out of it.
        let link = if self.status == StatusCode::SERVICE_UNAVAILABLE {
            Some(503)
        } else {
            self.code
        };
        let body = object! {
            "code"?: self.code,
            "message": &self.message,
            "more_info"?: link.map(|code| format!("https://www.twilio.com/docs/errors/{code}")),
            "status": self.status.as_u16(),
        };
        let mut answer = Answer::json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            answer.set(header::WWW_AUTHENTICATE, "Basic realm=\"Twilio API\"");
        }
        answer
    }
}

/// A 502 comes from the proxy in front, which knows no JSON.
pub(super) fn bad_gateway() -> Answer {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n";
    Answer::with_body(StatusCode::BAD_GATEWAY, "text/html", page)
}
