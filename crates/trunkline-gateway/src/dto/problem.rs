//! Problem documents (RFC 9457).

use axum::http::StatusCode;
use serde::Serialize;
use trunkline_core::{Effect, Error, ErrorKind, FieldError};
use utoipa::ToSchema;

use crate::dto::convert::dtos;

/// Why a request failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The kind as a name: `urn:trunkline:problem:{kind}`.
    #[serde(rename = "type")]
    #[schema(examples("urn:trunkline:problem:invalid_request"))]
    pub(crate) type_uri: String,
    /// The kind in words.
    #[schema(examples("Invalid request"))]
    pub(crate) title: &'static str,
    /// HTTP status.
    #[schema(examples(400))]
    pub(crate) status: u16,
    /// What happened, for a person.
    #[schema(examples("country: not an ISO 3166-1 alpha-2 country code with telephone numbers"))]
    pub(crate) detail: String,
    /// The kind of error, for programs.
    #[schema(examples("invalid_request"))]
    pub(crate) kind: &'static str,
    /// The account at which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The provider at which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// The carrier's own error code, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_code: Option<String>,
    /// The carrier's own message, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_message: Option<String>,
    /// The carrier's id of the request, for its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_request_id: Option<String>,
    /// Seconds to wait before the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u64>,
    /// The id of this request, as in `X-Request-Id`.
    #[schema(examples("req_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) request_id: String,
    /// The purchase in question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purchase_id: Option<String>,
    /// `unknown` if the carrier may have acted nevertheless, `applied` if it has; absent if it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("unknown"))]
    pub(crate) effect: Option<&'static str>,
    /// The ids that the request could mean.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ids: Vec<String>,
    /// The fields to correct.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldProblem>,
}

dtos! {
    /// A field and what is wrong with it.
    pub(crate) FieldProblem as FieldProblem = FieldError, |wrong| {
        /// Path of the field.
        #[schema(examples("country"))]
        field: String,
        /// What is wrong.
        message: String,
    }

    /// Why one account, purchase or number failed.
    pub(crate) SourceError as SourceError = Error, |error| {
        /// The kind of error, for programs.
        #[schema(examples("timeout"))]
        kind: String = error.kind().as_str(),
        /// What happened, for a person.
        detail: String = detail_of(error),
        /// The carrier's own error code, unchanged.
        provider_code: Option<String> = error.upstream().and_then(|u| u.code.as_deref()),
        /// The carrier's own message, unchanged.
        provider_message: Option<String> = error.upstream().and_then(|u| u.message.as_deref()),
        /// The carrier's id of the request, for its support.
        provider_request_id: Option<String> = error.upstream().and_then(|u| u.request_id.as_deref()),
        /// Seconds to wait before the next attempt.
        retry_after: Option<u64> = retry_after(error),
    }
}

/// The status of an error. A refused key of the caller is 401 or 403; a refused credential of ours at a carrier is 502.
pub fn status_of(error: &Error) -> StatusCode {
    use ErrorKind as Kind;
    match error.kind() {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::PermissionDenied if error.provider().is_none() => StatusCode::FORBIDDEN,
        Kind::CredentialRefused | Kind::PermissionDenied | Kind::Protocol => {
            StatusCode::BAD_GATEWAY
        }
        Kind::InvalidRequest => StatusCode::BAD_REQUEST,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::NotAvailable | Kind::Conflict => StatusCode::CONFLICT,
        Kind::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
        Kind::VerificationRequired | Kind::Unsupported => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Locked => StatusCode::LOCKED,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::UpstreamUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn title_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest => "Invalid request",
        ErrorKind::Unauthenticated => "Not authenticated",
        ErrorKind::CredentialRefused => "Credential refused by the carrier",
        ErrorKind::PermissionDenied => "Permission denied",
        ErrorKind::NotFound => "Not found",
        ErrorKind::NotAvailable => "Not available",
        ErrorKind::Conflict => "Conflict",
        ErrorKind::VerificationRequired => "Verification required",
        ErrorKind::PaymentRequired => "Payment required",
        ErrorKind::RateLimited => "Rate limited",
        ErrorKind::Locked => "Locked",
        ErrorKind::Unsupported => "Not supported",
        ErrorKind::UpstreamUnavailable => "Unavailable",
        ErrorKind::Timeout => "Timed out",
        ErrorKind::Protocol => "Unreadable answer of the carrier",
        ErrorKind::Config => "Wrong configuration",
        _ => "Internal error",
    }
}

/// Whole seconds, rounded up so that a client that waits this long is not too early.
pub(crate) fn retry_after(error: &Error) -> Option<u64> {
    let rounded_up =
        |wait: std::time::Duration| wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let default = (error.kind() == ErrorKind::RateLimited).then_some(1);
    error.retry_after().map(rounded_up).or(default)
}

/// What a caller may read of an error. Details of an internal error are in the log alone.
fn detail_of(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Internal => {
            "internal error; the log has details under this request id".to_owned()
        }
        _ => error.to_string(),
    }
}

impl Problem {
    /// The document for an error with this status.
    pub(crate) fn new(error: &Error, status: StatusCode, request_id: &str) -> Self {
        let upstream = error.upstream();
        Self {
            type_uri: format!("urn:trunkline:problem:{}", error.kind()),
            title: title_of(error.kind()),
            status: status.as_u16(),
            detail: detail_of(error),
            kind: error.kind().as_str(),
            account: error.account().map(ToString::to_string),
            provider: error.provider().map(ToString::to_string),
            provider_code: upstream.and_then(|u| u.code.clone()),
            provider_message: upstream.and_then(|u| u.message.clone()),
            provider_request_id: upstream.and_then(|u| u.request_id.clone()),
            retry_after: retry_after(error),
            request_id: request_id.to_owned(),
            purchase_id: error.purchase().map(ToOwned::to_owned),
            effect: match error.effect() {
                Effect::None => None,
                Effect::Applied => Some("applied"),
                Effect::Unknown => Some("unknown"),
            },
            ids: error.ids().to_vec(),
            errors: error
                .fields()
                .iter()
                .cloned()
                .map(FieldProblem::from)
                .collect(),
        }
    }
}
