//! Errors as problem documents.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use trunkline_core::{Error, ErrorKind, mask_numbers};

use crate::dto::problem::{Problem, retry_after, status_of};

/// An error on its way out. It becomes a problem document once the request's id is known, see [`render`].
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    error: Error,
    status: StatusCode,
    /// Whether it is expected, and so not logged as an error.
    expected: bool,
    /// How to be recognized, for `WWW-Authenticate`.
    challenge: Option<HeaderValue>,
}

/// The result of a handler.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// The error under another status than its kind gives.
    pub(crate) fn with_status(error: Error, status: StatusCode) -> Self {
        Self {
            error,
            status,
            expected: false,
            challenge: None,
        }
    }

    /// The same with a challenge, which tells how to be recognized.
    pub(crate) fn with_challenge(self, challenge: &str) -> Self {
        let challenge = HeaderValue::from_str(challenge).ok();
        Self { challenge, ..self }
    }

    /// The same, not logged as an error.
    pub(crate) fn expected(self) -> Self {
        Self {
            expected: true,
            ..self
        }
    }

    /// An error of one field or header, with a status of its own.
    pub(crate) fn of(field: &str, message: impl Into<String>, status: StatusCode) -> Self {
        let message = message.into();
        let kind = match status {
            StatusCode::FORBIDDEN => ErrorKind::PermissionDenied,
            StatusCode::UNPROCESSABLE_ENTITY => ErrorKind::Conflict,
            _ => ErrorKind::InvalidRequest,
        };
        let error = Error::new(kind, message.clone()).with_field(field, message);
        Self::with_status(error, status)
    }

    /// The key was used with another request.
    pub(crate) fn key_mismatch() -> Self {
        let message = "this Idempotency-Key was used with another request: use a new one";
        Self::of("Idempotency-Key", message, StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// The error itself.
    pub(crate) fn error(&self) -> &Error {
        &self.error
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let status = status_of(&error);
        Self::with_status(error, status)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(challenge) = &self.challenge {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem document of a failed response of a handler, the router or a layer.
pub(crate) fn render(mut response: Response, request_id: &str) -> Response {
    let Some(error) = response.extensions_mut().remove::<ApiError>() else {
        return response;
    };
    if error.status.is_server_error() && !error.expected {
        let (short, long) = (error.error.to_string(), format!("{:?}", error.error));
        let (short, long) = (mask_numbers(&short), mask_numbers(&long));
        match error.error.kind() {
            // A carrier's trouble is no error of ours. That of a purchase has its line already.
            kind @ (ErrorKind::UpstreamUnavailable
            | ErrorKind::Timeout
            | ErrorKind::RateLimited) => {
                if error.error.purchase().is_none() {
                    tracing::info!(error_kind = kind.as_str(), "request failed: {short}");
                }
            }
            _ => tracing::error!(error = long, "request failed: {short}"),
        }
    }
    let problem = Problem::new(&error.error, error.status, request_id);
    let mut body = serde_json::to_vec(&problem).unwrap_or_default();
    body.push(b'\n');
    let mut rendered = (error.status, body).into_response();
    let headers = rendered.headers_mut();
    *headers = std::mem::take(response.headers_mut());
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    if let Some(wait) = retry_after(&error.error) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    rendered
}

/// The media type of a problem document.
pub(crate) const PROBLEM: &str = "application/problem+json";
