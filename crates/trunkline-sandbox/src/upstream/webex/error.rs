//! What Webex says when it refuses. There are five shapes of it, depending on which service behind the gateway spoke.

use http::{HeaderName, StatusCode, header};
use serde::Serialize;

use crate::exchange::Answer;

/// A refusal.
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

pub(super) type Result<T> = std::result::Result<T, ApiError>;

/// What is wrong with one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Flaw {
    pub(super) number: String,
    pub(super) error_type: &'static str,
    pub(super) error_code: String,
    pub(super) error_message: String,
    pub(super) error_title: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Usual<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u32>,
    message: &'a str,
    errors: [Detail<'a>; 1],
    tracking_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u32>,
    description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pstn<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    error_message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Numbers<'a> {
    errors: &'a [Flaw],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Job<'a> {
    error: JobDetail<'a>,
    tracking_id: &'a str,
}

#[derive(Serialize)]
struct JobDetail<'a> {
    key: &'static str,
    message: [JobMessage<'a>; 1],
}

#[derive(Serialize)]
struct JobMessage<'a> {
    description: &'a str,
    code: &'static str,
    location: Option<&'a str>,
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
        Self::plain(
            StatusCode::NOT_FOUND,
            format!("No static resource hydra{path}."),
        )
    }

    pub(super) fn method(method: &http::Method) -> Self {
        Self::plain(
            StatusCode::METHOD_NOT_ALLOWED,
            format!(
                "The requested resource only allows certain HTTP request methods. '{method}' is not supported."
            ),
        )
    }

    /// A location that calling knows nothing of, by its bare uuid.
    pub(super) fn no_location(uuid: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            5_620,
            format!("[Error 5620] Group not found with this external ID: {uuid}"),
        )
    }

    /// A location without a PSTN connection looks like one that isn't there.
    pub(super) fn no_pstn(uuid: &str) -> Self {
        Self::Pstn {
            status: StatusCode::NOT_FOUND,
            code: None,
            message: format!(
                "Location {uuid} not found or PSTN for the location is not configured"
            ),
        }
    }

    /// What Webex usually says with a status.
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
        let (body, code) = match self {
            Self::Usual { code, message, .. } => {
                let codes = (*code, *code);
                (usual(codes, message, tracking), *code)
            }
            Self::InUse(message) => {
                let codes = (Some(25_223), Some(8_363));
                (usual(codes, message, tracking), codes.1)
            }
            Self::Hidden { status, code } => {
                let message = status.canonical_reason().unwrap_or_default();
                (usual((None, None), message, tracking), Some(*code))
            }
            Self::Pstn { code, message, .. } => {
                let body = Pstn {
                    error_code: *code,
                    error_message: message,
                    tracking_id: code.is_some().then_some(tracking),
                };
                (text(&body), None)
            }
            Self::Numbers(flaws) => (text(&[Numbers { errors: flaws }]), None),
            Self::Job {
                description,
                code,
                location,
            } => {
                let message = JobMessage {
                    description,
                    code,
                    location: location.as_deref(),
                };
                (job(message, tracking), None)
            }
        };
        let mut answer = Answer::with_body(self.status(), "application/json", body);
        answer.set(TRACKING, tracking);
        if let Some(code) = code {
            answer.set(CODES, code);
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            answer.set(header::WWW_AUTHENTICATE, "Bearer");
        }
        answer
    }
}

fn job(message: JobMessage<'_>, tracking: &str) -> Vec<u8> {
    let error = JobDetail {
        key: "400",
        message: [message],
    };
    text(&Job {
        error,
        tracking_id: tracking,
    })
}

/// With the code of the whole and that of its one error.
fn usual(codes: (Option<u32>, Option<u32>), message: &str, tracking: &str) -> Vec<u8> {
    text(&Usual {
        error_code: codes.0,
        message,
        errors: [Detail {
            error_code: codes.1,
            description: message,
        }],
        tracking_id: tracking,
    })
}

fn text(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
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
