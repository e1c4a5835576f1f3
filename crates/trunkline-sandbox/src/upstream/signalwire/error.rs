//! SignalWire's two error bodies: a plain one with the words of the status, and a list of what is wrong with a request.

use std::borrow::Cow;

use http::StatusCode;
use serde::Serialize;

use crate::exchange::Answer;
use crate::json::object;
use crate::query::Invalid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiError {
    Plain(StatusCode),
    /// 422, and why.
    Invalid(Vec<Problem>),
}

pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// One thing that is wrong. Everything in it is text, the status too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    detail: Option<Cow<'static, str>>,
    status: &'static str,
    title: &'static str,
    code: &'static str,
}

impl Problem {
    pub(super) fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            detail: Some(detail.into()),
            status: "422",
            title: "Invalid Attribute",
            code,
        }
    }

    /// A value that is not among those allowed, or out of bounds.
    pub(super) fn value(name: &str, why: &str) -> Self {
        Self::new("invalid_parameter", format!("{name} {why}"))
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::new("missing_required_parameter", format!("{name} is required"))
    }

    pub(super) fn not_a_string(name: &str) -> Self {
        Self::new("not_a_string", format!("{name} must be a string"))
    }

    /// The detail, for another dialect to repeat.
    pub(super) fn text(&self) -> &str {
        self.detail.as_deref().unwrap_or_default()
    }

    pub(super) const fn code(&self) -> &'static str {
        self.code
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::value(&invalid.name, "must be a whole number")
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

pub(super) fn refuse<T>(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Result<T> {
    Err(ApiError::invalid(code, detail))
}

/// What was read, or nothing and one problem more: the rest of the request is looked at all the same.
pub(super) fn noted<T: Default>(
    problems: &mut Vec<Problem>,
    read: Result<T, impl Into<Problem>>,
) -> T {
    read.unwrap_or_else(|problem| {
        problems.push(problem.into());
        T::default()
    })
}

/// The code that says nothing.
pub(super) const BARE: &str = "422";

impl ApiError {
    pub(super) fn invalid(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(vec![Problem::new(code, detail)])
    }

    /// A refusal that gives no reason at all.
    pub(super) fn opaque() -> Self {
        Self::Invalid(vec![Problem {
            detail: None,
            ..Problem::new(BARE, "")
        }])
    }

    pub(super) const fn not_found() -> Self {
        Self::Plain(StatusCode::NOT_FOUND)
    }

    /// Nothing if nothing is wrong.
    pub(super) fn check(problems: Vec<Problem>) -> Result<()> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self::Invalid(problems))
        }
    }

    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Plain(status) => {
                let words = status.canonical_reason().unwrap_or("Error");
                Answer::json_utf8(*status, &object! { "error": words })
            }
            Self::Invalid(problems) => {
                let body = object! { "errors": problems };
                Answer::json_utf8(StatusCode::UNPROCESSABLE_ENTITY, &body)
            }
        }
    }
}
