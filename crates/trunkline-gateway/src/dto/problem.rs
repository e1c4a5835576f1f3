//! Problem documents (RFC 9457).

use axum::http::StatusCode;
use serde::Serialize;
use trunkline_core::{Effect, Error, ErrorKind};
use utoipa::ToSchema;

/// Why a request failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Names the kind: `urn:trunkline:problem:{kind}`.
    #[serde(rename = "type")]
    #[schema(examples("urn:trunkline:problem:invalid_request"))]
    pub(crate) type_uri: String,
    /// The kind in words.
    #[schema(examples("Invalid request"))]
    pub(crate) title: &'static str,
    /// The HTTP status.
    #[schema(examples(400))]
    pub(crate) status: u16,
    /// What happened, for a person.
    #[schema(examples("country: not an ISO 3166-1 alpha-2 country code with telephone numbers"))]
    pub(crate) detail: String,
    /// What went wrong, to branch on.
    #[schema(examples("invalid_request"))]
    pub(crate) kind: &'static str,
    /// The account it happened at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The provider it happened at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// The carrier's own error code, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_code: Option<String>,
    /// The carrier's own message, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_message: Option<String>,
    /// The carrier's id of the request, to quote to its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_request_id: Option<String>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u64>,
    /// The id of this request: the same as in `X-Request-Id`.
    #[schema(examples("req_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) request_id: String,
    /// The purchase it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purchase_id: Option<String>,
    /// `unknown` if the carrier may have acted all the same, `applied` if it has; absent if it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("unknown"))]
    pub(crate) effect: Option<&'static str>,
    /// The ids that the request could have meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ids: Vec<String>,
    /// The fields to mend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldProblem>,
}

/// One field and what is wrong with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// Path of the field.
    #[schema(examples("country"))]
    pub(crate) field: String,
    /// What is wrong.
    pub(crate) message: String,
}

/// Why a source failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceError {
    /// What went wrong, to branch on.
    #[schema(examples("timeout"))]
    pub(crate) kind: &'static str,
    /// What happened, for a person.
    pub(crate) detail: String,
    /// The carrier's own error code, verbatim.
    pub(crate) provider_code: Option<String>,
    /// The carrier's own message, verbatim.
    pub(crate) provider_message: Option<String>,
    /// The carrier's id of the request, to quote to its support.
    pub(crate) provider_request_id: Option<String>,
    /// Seconds to wait before trying again.
    pub(crate) retry_after: Option<u64>,
}

impl From<&Error> for SourceError {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind().as_str(),
            detail: detail_of(error),
            provider_code: error.upstream().and_then(|u| u.code.clone()),
            provider_message: error.upstream().and_then(|u| u.message.clone()),
            provider_request_id: error.upstream().and_then(|u| u.request_id.clone()),
            retry_after: retry_after(error),
        }
    }
}

/// The status of a kind. The caller's own key is 401 and 403; a carrier that refuses our credential is 502.
#[must_use]
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated if error.provider().is_none() => StatusCode::UNAUTHORIZED,
        ErrorKind::PermissionDenied if error.provider().is_none() => StatusCode::FORBIDDEN,
        ErrorKind::Unauthenticated | ErrorKind::PermissionDenied | ErrorKind::Protocol => {
            StatusCode::BAD_GATEWAY
        }
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::NotAvailable | ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
        ErrorKind::VerificationRequired | ErrorKind::Unsupported => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ErrorKind::Locked => StatusCode::LOCKED,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::UpstreamUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn title_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest => "Invalid request",
        ErrorKind::Unauthenticated => "Not authenticated",
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

/// Whole seconds, rounded up: a client that waits so long does not come too early.
pub(crate) fn retry_after(error: &Error) -> Option<u64> {
    if error.kind() == ErrorKind::RateLimited && error.retry_after().is_none() {
        return Some(1);
    }
    error
        .retry_after()
        .map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// What a caller may read of an error. An internal one says nothing more: the log does.
fn detail_of(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Internal => {
            "something went wrong inside trunkline; the log says more under this request id"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

impl Problem {
    /// The document for an error, under the status that its kind gives or another.
    #[must_use]
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
                .map(|f| FieldProblem {
                    field: f.field.clone(),
                    message: f.message.clone(),
                })
                .collect(),
        }
    }
}
