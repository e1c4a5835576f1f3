//! The flat error body of the compatibility API. Its code is a text, its status is not.

use std::borrow::Cow;

use http::StatusCode;

use super::super::error::{ApiError, Problem};
use crate::exchange::Answer;
use crate::json::object;

const MORE: &str = "https://developer.signalwire.com/compatibility-api/reference/error-codes";

/// A refusal.
#[derive(Debug)]
pub(super) struct LamlError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
}

pub(super) type Result<T> = std::result::Result<T, LamlError>;

/// A refusal with status 400.
pub(super) fn refuse<T>(code: &'static str, message: impl Into<Cow<'static, str>>) -> Result<T> {
    Err(LamlError::bad(code, message))
}

impl LamlError {
    /// With status 400.
    pub(super) fn bad(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            message: message.into(),
        }
    }

    /// With status 422.
    pub(super) fn refused(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            ..Self::bad(code, message)
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let body = object! {
            "code": self.code,
            "message": &self.message,
            "more_info": MORE,
            "status": self.status.as_u16(),
        };
        Answer::json_utf8(self.status, &body)
    }
}

/// What isn't there, or isn't the project's.
pub(super) fn unknown() -> LamlError {
    LamlError {
        status: StatusCode::NOT_FOUND,
        ..LamlError::bad("20404", "The requested resource was not found")
    }
}

pub(super) fn unauthorized() -> LamlError {
    LamlError {
        status: StatusCode::UNAUTHORIZED,
        ..LamlError::bad("20003", "Authenticate")
    }
}

/// An invalid setting: the first problem is the one that is reported.
impl From<ApiError> for LamlError {
    fn from(error: ApiError) -> Self {
        let problem = match &error {
            ApiError::Plain(_) => return unknown(),
            ApiError::Invalid(problems) => problems.first(),
        };
        let code = match problem.map(Problem::code) {
            Some("not_an_http_url" | "url_failed_to_parse" | "url_is_unsafe") => "21402",
            _ => "10000",
        };
        let message = problem.map_or("Invalid argument", Problem::text);
        Self::bad(code, message.to_owned())
    }
}
