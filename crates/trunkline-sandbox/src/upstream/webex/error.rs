//! What Webex says when it refuses. There are five shapes of it, depending on which service behind the gateway spoke.

use http::{HeaderName, StatusCode, header};
use serde::Serialize;

use crate::exchange::Answer;
use crate::json::object;
use crate::query::Invalid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiError {
    /// The usual body. The code stands in it twice and in a header, if there is one.
    Usual {
        status: StatusCode,
        code: Option<u32>,
        message: String,
    },
    /// The code stands in the header only.
    Hidden { status: StatusCode, code: u32 },
    /// The service of the PSTN connections: another member for the text, codes that are texts.
    Pstn {
        status: StatusCode,
        code: Option<&'static str>,
        message: String,
    },
    /// A number that the organization has: two codes, one about the request and one about the number.
    InUse(String),
    /// An array: what is wrong with each number that was to be added.
    Numbers(Vec<Flaw>),
    /// The service of the jobs.
    Job {
        description: String,
        code: &'static str,
        location: Option<String>,
    },
}

pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Flaw {
    pub(super) number: String,
    pub(super) error_type: &'static str,
    pub(super) error_code: String,
    pub(super) error_message: String,
    pub(super) error_title: &'static str,
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(&invalid.name, &invalid.value)
    }
}

/// The gateway's header for codes.
const CODES: HeaderName = HeaderName::from_static("cisco-spark-error-codes");
/// The gateway's name for the request.
pub(super) const TRACKING: HeaderName = HeaderName::from_static("trackingid");

impl ApiError {
    pub(super) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self::Usual {
            status,
            code: Some(code),
            message: message.into(),
        }
    }

    /// A refusal whose code is not known; Webex leaves it out of many.
    pub(super) fn plain(status: StatusCode, message: impl Into<String>) -> Self {
        Self::Usual {
            status,
            code: None,
            message: message.into(),
        }
    }

    /// A parameter or a member that makes no sense.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::plain(StatusCode::BAD_REQUEST, message)
    }

    /// A parameter or a member with a value that it can't have.
    pub(super) fn invalid(name: &str, value: &str) -> Self {
        Self::bad(format!("Invalid value for {name}: {value}"))
    }

    pub(super) fn missing(fields: &[&str]) -> Self {
        let fields = fields.join(", ");
        let message = format!("message=Missing required field(s).;detail=Missing fields: {fields}");
        Self::new(StatusCode::BAD_REQUEST, 25_008, message)
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::plain(StatusCode::CONFLICT, message)
    }

    /// The path leads nowhere. Not to be taken for a thing that isn't there.
    pub(super) fn no_such_path(path: &str) -> Self {
        let message = format!("No static resource hydra{path}.");
        Self::plain(StatusCode::NOT_FOUND, message)
    }

    pub(super) fn method(method: &http::Method) -> Self {
        let allows = "The requested resource only allows certain HTTP request methods.";
        let message = format!("{allows} '{method}' is not supported.");
        Self::plain(StatusCode::METHOD_NOT_ALLOWED, message)
    }

    /// A location that calling knows nothing of, by its bare uuid.
    pub(super) fn no_location(uuid: &str) -> Self {
        let message = format!("[Error 5620] Group not found with this external ID: {uuid}");
        Self::new(StatusCode::NOT_FOUND, 5_620, message)
    }

    /// A location without a PSTN connection looks like one that isn't there.
    pub(super) fn no_pstn(uuid: &str) -> Self {
        let message =
            format!("Location {uuid} not found or PSTN for the location is not configured");
        Self::not_connected(message)
    }

    /// A 404 by the service of the PSTN connections.
    pub(super) fn not_connected(message: String) -> Self {
        Self::Pstn {
            status: StatusCode::NOT_FOUND,
            code: None,
            message,
        }
    }

    pub(super) fn usual(status: StatusCode) -> Self {
        let message = match status.as_u16() {
            400 => "The request was invalid or cannot be otherwise served.",
            401 => {
                "The request requires a valid access token set in the Authorization request header."
            }
            403 => {
                "The server understood the request, but refused to fulfill it because the access token is missing required scopes or the user is missing required roles or licenses."
            }
            404 => "The requested resource could not be found.",
            409 => {
                "The request could not be processed because it conflicts with some established rule of the system."
            }
            423 => "The requested resource is temporarily unavailable.",
            429 => "Too many requests",
            500 => "Something went wrong on the server.",
            502 => "The server received an invalid response from an upstream server.",
            _ => status.canonical_reason().unwrap_or("Unknown"),
        };
        Self::plain(status, message)
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Usual { status, .. }
            | Self::Hidden { status, .. }
            | Self::Pstn { status, .. } => *status,
            Self::InUse(_) => StatusCode::CONFLICT,
            Self::Numbers(_) | Self::Job { .. } => StatusCode::BAD_REQUEST,
        }
    }

    /// The answer; `tracking` names the request in header and body.
    pub(super) fn answer(&self, tracking: &str) -> Answer {
        let status = self.status();
        let json = |document: Vec<u8>| Answer::with_body(status, "application/json", document);
        let usual = |whole: Option<u32>, one: Option<u32>, message: &str| {
            json(usual_body(whole, one, message, tracking))
        };
        let (mut answer, code) = match self {
            Self::Usual { code, message, .. } => (usual(*code, *code, message), *code),
            Self::InUse(message) => (usual(Some(25_223), Some(8_363), message), Some(8_363)),
            Self::Hidden { status, code } => {
                let message = status.canonical_reason().unwrap_or_default();
                (usual(None, None, message), Some(*code))
            }
            Self::Pstn { code, message, .. } => {
                let body = object! {
                    "errorCode"?: *code,
                    "errorMessage": message,
                    "trackingId"?: code.is_some().then_some(tracking),
                };
                (Answer::json(status, &body), None)
            }
            Self::Numbers(flaws) => (Answer::json(status, &[object! { "errors": flaws }]), None),
            Self::Job {
                description,
                code,
                location,
            } => {
                let message = object! {
                    "description": description,
                    "code": code,
                    "location": location,
                };
                let error = object! { "key": "400", "message": [message] };
                let body = object! { "error": error, "trackingId": tracking };
                (Answer::json(status, &body), None)
            }
        };
        answer.set(TRACKING, tracking);
        if let Some(code) = code {
            answer.set(CODES, code);
        }
        if status == StatusCode::UNAUTHORIZED {
            answer.set(header::WWW_AUTHENTICATE, "Bearer");
        }
        answer
    }
}

fn usual_body(whole: Option<u32>, one: Option<u32>, message: &str, tracking: &str) -> Vec<u8> {
    let body = object! {
        "errorCode"?: whole,
        "message": message,
        "errors": [object! { "errorCode"?: one, "description": message }],
        "trackingId": tracking,
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// What the mesh in front says when what is behind it is away: no JSON.
pub(super) fn mesh(status: StatusCode) -> Option<Answer> {
    let text = match status {
        StatusCode::SERVICE_UNAVAILABLE => "no healthy upstream",
        StatusCode::GATEWAY_TIMEOUT => "upstream request timeout",
        _ => return None,
    };
    Some(Answer::with_body(status, "text/plain", text))
}
