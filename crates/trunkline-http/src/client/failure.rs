//! Errors from what came of an attempt.

use std::time::Duration;

use http::StatusCode;
use trunkline_core::{Effect, Error, ErrorKind, Operation, Retry, Upstream};

use crate::auth::Credential;
use crate::explain::Explained;
use crate::redact::one_line;
use crate::transport::{BODY_LIMIT, Fault};
use crate::verdict::{Seen, Stakes};

/// The error for an attempt without an answer, and what the verdict needs to know of it.
pub(super) fn unanswered(fault: Fault, stakes: Stakes) -> (Error, Seen) {
    match fault {
        Fault::Connect(error, why) => {
            let kind = ErrorKind::UpstreamUnavailable;
            let message = format!("can't connect to the carrier: {why}");
            let error = Error::new(kind, message).with_source(error);
            (error, Seen::NotSent)
        }
        Fault::Broken(error) => {
            let message = "the connection to the carrier broke before the answer was complete";
            // The carrier got the purchase: that differs from a carrier that can't be reached.
            let kind = match stakes {
                Stakes::Once => ErrorKind::Timeout,
                Stakes::Read | Stakes::Idempotent => ErrorKind::UpstreamUnavailable,
            };
            (Error::new(kind, message).with_source(error), Seen::Lost)
        }
        Fault::Timeout => {
            let error = Error::new(ErrorKind::Timeout, "the carrier did not answer in time");
            (error, Seen::Lost)
        }
        Fault::TooLarge => {
            let limit = BODY_LIMIT >> 20;
            let message = format!("the carrier's answer is larger than {limit} MiB");
            (Error::new(ErrorKind::Protocol, message), Seen::TooLarge)
        }
    }
}

/// The error for a refusal. The carrier's own words are kept, but for our credential.
pub(super) fn refused(
    status: StatusCode,
    operation: Operation,
    explained: Explained,
    credential: &Credential,
) -> Error {
    let redact = |text: Option<String>| text.map(|text| credential.redact(text));
    let upstream = Upstream {
        status: Some(status.as_u16()),
        code: redact(explained.code),
        message: redact(explained.message),
        request_id: redact(explained.request_id),
    };
    let (asked, status_code) = (operation.words(), status.as_u16());
    let mut message = format!("the carrier answered {asked} with {status_code}");
    if status.is_redirection() {
        message.push_str(", and redirects are not followed");
    }
    if let Some(words) = &upstream.message {
        message.push_str(": ");
        message.push_str(&one_line(words));
    }
    Error::new(explained.kind, message).with_upstream(upstream)
}

/// Whether to try again, for an error that goes to the caller.
pub(super) fn retry(kind: ErrorKind, wait: Option<Duration>) -> Retry {
    let passes = matches!(
        kind,
        ErrorKind::RateLimited | ErrorKind::UpstreamUnavailable | ErrorKind::Timeout
    );
    match wait {
        Some(wait) => Retry::After(wait),
        None if passes => Retry::Backoff,
        None => Retry::Never,
    }
}

/// The name of an attempt's outcome in the metrics.
pub(super) fn outcome_name(outcome: &Result<StatusCode, &Fault>) -> &'static str {
    match outcome {
        Ok(status) => match status.as_u16() / 100 {
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            5 => "5xx",
            _ => "other",
        },
        Err(Fault::Connect(..)) => "connect",
        Err(Fault::Broken(_)) => "broken",
        Err(Fault::Timeout) => "timeout",
        Err(Fault::TooLarge) => "too_large",
    }
}

/// The error of a request that a limit keeps back for so long.
pub(super) fn limited(message: &str, wait: Duration) -> Error {
    Error::new(ErrorKind::RateLimited, message).with_retry(Retry::After(wait))
}

/// The error of a request that was not sent in time.
pub(super) fn late(message: &str) -> Error {
    Error::new(ErrorKind::Timeout, message).with_retry(Retry::Backoff)
}

/// The worse of two effects: an earlier attempt may have acted whatever the last one says.
pub(super) fn worse(earlier: Effect, last: Effect) -> Effect {
    match (earlier, last) {
        (_, Effect::Applied) | (Effect::Applied, _) => Effect::Applied,
        (_, Effect::Unknown) | (Effect::Unknown, _) => Effect::Unknown,
        (Effect::None, Effect::None) => Effect::None,
    }
}
