//! What a carrier's refusal means: the adapter's part of the verdict.

use http::{HeaderMap, StatusCode};
use trunkline_core::{Effect, Error, ErrorKind, Operation};

use crate::request::Replay;

/// Reads a carrier's error. A plain function: it sees the refusal and nothing else.
pub type Explain = fn(&Refusal<'_>) -> Explained;

/// Completes an error: names the fields that it is about, and when to try again.
pub type Refine = fn(Error) -> Error;

/// Headers in which a request is named beside the one that the carrier's descriptor names.
const REQUEST_ID_HEADERS: [&str; 2] = ["x-request-id", "request-id"];

/// An answer that is not a success.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// What was asked for.
    pub operation: Operation,
    /// Whether the request may be repeated.
    pub replay: Replay,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body, up to 16 MiB.
    pub body: &'a [u8],
}

/// What a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What a caller does about it.
    pub kind: ErrorKind,
    /// The carrier's code, verbatim.
    pub code: Option<String>,
    /// The carrier's message, verbatim.
    pub message: Option<String>,
    /// The carrier's id of the request.
    pub request_id: Option<String>,
    /// Whether the carrier may have acted. `None` for a 429 of a request that must not be repeated is the adapter's
    /// word that the carrier documents not to have processed it. On 408, 409 and 5xx a write stays unknown all the same.
    pub effect: Effect,
    /// Whether the reason passes by itself though the status does not say so, a conflict of two writes for example: what
    /// may be repeated is then sent again.
    pub passes: bool,
}

/// Error codes of a carrier that mean the same.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// What they mean.
    pub kind: ErrorKind,
    /// Whether the carrier may have acted.
    pub effect: Effect,
    /// The codes, as the carrier writes them, with a space between two.
    pub codes: &'static str,
}

impl Codes {
    /// Codes after which the carrier has not acted.
    #[must_use]
    pub const fn refused(kind: ErrorKind, codes: &'static str) -> Self {
        let effect = Effect::None;
        Self {
            kind,
            effect,
            codes,
        }
    }

    /// Codes after which the carrier may have acted.
    #[must_use]
    pub const fn uncertain(kind: ErrorKind, codes: &'static str) -> Self {
        Self {
            effect: Effect::Unknown,
            ..Self::refused(kind, codes)
        }
    }

    /// The row of a table with this code.
    #[must_use]
    pub fn find<'t>(table: &'t [Self], code: &str) -> Option<&'t Self> {
        let has = |row: &&Self| row.codes.split(' ').any(|known| known == code);
        table.iter().find(has)
    }
}

impl Explained {
    /// The meaning of a status alone, for what an adapter's table does not know.
    ///
    /// The effect is unknown wherever the status does not prove that nothing happened: for a request that must not be
    /// repeated also on 409, 423, 429 and every status that is not listed here; for any other write on 408 and 5xx.
    #[must_use]
    pub fn by_status(refusal: &Refusal<'_>) -> Self {
        let (kind, proves_nothing_happened) = match refusal.status.as_u16() {
            400 | 422 => (ErrorKind::InvalidRequest, true),
            401 => (ErrorKind::CredentialRefused, true),
            402 => (ErrorKind::PaymentRequired, true),
            403 => (ErrorKind::PermissionDenied, true),
            404 | 410 => (ErrorKind::NotFound, true),
            405 => (ErrorKind::Unsupported, true),
            408 => (ErrorKind::Timeout, false),
            409 => (ErrorKind::Conflict, false),
            412 => (ErrorKind::Locked, true),
            423 => (ErrorKind::Locked, false),
            429 => (ErrorKind::RateLimited, false),
            501 => (ErrorKind::Unsupported, false),
            406..=499 => (ErrorKind::InvalidRequest, false),
            500..=599 => (ErrorKind::UpstreamUnavailable, false),
            _ => (ErrorKind::Protocol, false),
        };
        Self {
            kind,
            code: None,
            message: None,
            request_id: None,
            effect: effect(refusal, proves_nothing_happened),
            passes: false,
        }
    }
}

fn effect(refusal: &Refusal<'_>, proves_nothing_happened: bool) -> Effect {
    let status = refusal.status;
    let unknown = match refusal.replay {
        Replay::Never => !proves_nothing_happened,
        Replay::Safe => {
            refusal.operation.is_write()
                && (status == StatusCode::REQUEST_TIMEOUT || !status.is_client_error())
        }
    };
    if unknown {
        Effect::Unknown
    } else {
        Effect::None
    }
}

/// The carrier's id of a request: in its own header, or else in a usual one.
pub(crate) fn request_id(headers: &HeaderMap, own: &str) -> Option<String> {
    std::iter::once(own)
        .chain(REQUEST_ID_HEADERS)
        .find_map(|name| headers.get(name)?.to_str().ok())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(operation: Operation, replay: Replay, status: u16) -> Explained {
        Explained::by_status(&Refusal {
            operation,
            replay,
            status: StatusCode::from_u16(status).unwrap(),
            headers: &HeaderMap::new(),
            body: b"",
        })
    }

    #[test]
    fn each_status_has_its_kind() {
        for (status, kind) in [
            (302, ErrorKind::Protocol),
            (400, ErrorKind::InvalidRequest),
            (401, ErrorKind::CredentialRefused),
            (402, ErrorKind::PaymentRequired),
            (403, ErrorKind::PermissionDenied),
            (404, ErrorKind::NotFound),
            (405, ErrorKind::Unsupported),
            (408, ErrorKind::Timeout),
            (409, ErrorKind::Conflict),
            (410, ErrorKind::NotFound),
            (412, ErrorKind::Locked),
            (418, ErrorKind::InvalidRequest),
            (422, ErrorKind::InvalidRequest),
            (423, ErrorKind::Locked),
            (429, ErrorKind::RateLimited),
            (500, ErrorKind::UpstreamUnavailable),
            (501, ErrorKind::Unsupported),
            (503, ErrorKind::UpstreamUnavailable),
        ] {
            let seen = explain(Operation::List, Replay::Safe, status).kind;
            assert_eq!(seen, kind, "{status}");
        }
    }

    #[test]
    fn a_purchase_refused_by_a_status_that_proves_nothing_is_unknown() {
        for status in [302, 408, 409, 418, 423, 429, 500, 503] {
            let seen = explain(Operation::Purchase, Replay::Never, status).effect;
            assert_eq!(seen, Effect::Unknown, "{status}");
        }
        for status in [400, 401, 402, 403, 404, 405, 410, 412, 422] {
            let seen = explain(Operation::Purchase, Replay::Never, status).effect;
            assert_eq!(seen, Effect::None, "{status}");
        }
    }

    #[test]
    fn a_read_never_has_an_effect() {
        for status in [302, 404, 409, 429, 500] {
            let seen = explain(Operation::Get, Replay::Safe, status).effect;
            assert_eq!(seen, Effect::None, "{status}");
        }
    }

    #[test]
    fn an_update_answered_with_a_server_error_is_unknown() {
        let seen = explain(Operation::Update, Replay::Safe, 502).effect;
        assert_eq!(seen, Effect::Unknown);
        let seen = explain(Operation::Update, Replay::Safe, 404).effect;
        assert_eq!(seen, Effect::None);
    }

    #[test]
    fn the_carriers_request_id_is_found() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", "R1".parse().unwrap());
        assert_eq!(request_id(&headers, "x-own-id").as_deref(), Some("R1"));
        headers.insert("X-Own-Id", "ROUTER_1".parse().unwrap());
        let own = request_id(&headers, "x-own-id");
        assert_eq!(own.as_deref(), Some("ROUTER_1"));
    }
}
