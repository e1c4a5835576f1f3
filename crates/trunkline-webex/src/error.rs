//! What Webex's refusals mean: the table of its codes, and what depends on status and operation besides.

mod body;

use http::StatusCode;
use trunkline_core::ErrorKind::{
    Conflict, InvalidRequest, Locked, NotAvailable, NotFound, PermissionDenied, Protocol, Timeout,
    Unsupported,
};
use trunkline_core::{Effect, Error, ErrorKind, Operation, Retry, Upstream};
use trunkline_http::{Codes, Explained, Refusal, Replay};

use crate::wire::Reason;
use body::Said;
pub(crate) use body::code_in;

/// From Webex's published errors and from answers that were seen.
const TABLE: &[Codes] = &[
    // 4251 is answered to a removal, with 502: the number is not there.
    Codes::refused(NotFound, "4251 5620 25089"),
    Codes::refused(InvalidRequest, "8360 8362 25008 25024"),
    Codes::refused(NotAvailable, "8361"),
    Codes::refused(Conflict, "8363 25223"),
    // A workspace without the licence; integrated carriers manage their numbers themselves.
    Codes::refused(Unsupported, "25409 ERR.V.TRM.TMN60004"),
    // Of a job: a number out of service, an assigned or a main number, locations with different carriers or one that moves
    // none, a carrier that moves only one number at a time.
    Codes::refused(Locked, "BATCH-1017021"),
    Codes::refused(Conflict, "BATCH-1017023 BATCH-1017024"),
    Codes::refused(Unsupported, "BATCH-1017022 BATCH-1017027"),
    Codes::refused(InvalidRequest, "BATCH-1017031"),
];

/// Explains a refusal: by its code, else by its HTTP status.
pub(crate) fn explain(refusal: &Refusal<'_>) -> Explained {
    let said = body::read(refusal);
    let fallback = Explained::by_status(refusal);
    let kind = kind(&said, refusal, fallback.kind);
    Explained {
        kind,
        effect: effect(refusal, fallback.effect),
        code: said.code,
        message: said.message,
        request_id: fallback.request_id.or(said.tracking_id),
        passes: false,
    }
}

fn kind(said: &Said, refusal: &Refusal<'_>, by_status: ErrorKind) -> ErrorKind {
    let message = said.message.as_deref().unwrap_or_default();
    match (refusal.status.as_u16(), said.code.as_deref()) {
        // These statuses decide alone, whatever the code.
        (401 | 403 | 410 | 423 | 429, code) if code != Some("ERR.V.TRM.TMN60004") => by_status,
        // The path is not one of Webex's: nothing is said about what it should have led to.
        (404, _) if message.starts_with("No static resource") => Protocol,
        (404, _) if message.contains(NO_PSTN) => Unsupported,
        // With 404 the owner is unknown to the calling service; with 400 the caller is not an administrator.
        (400, Some("4003")) => PermissionDenied,
        (404, Some("4003")) => NotFound,
        // Only a removal is known to answer so what is not there.
        (_, Some("4251" | "25089")) if refusal.operation != Operation::Release => {
            by_status_of(refusal, by_status)
        }
        (_, code) => code
            .and_then(kind_of_code)
            .unwrap_or_else(|| by_status_of(refusal, by_status)),
    }
}

/// What the pipeline's table does not have as Webex means it.
fn by_status_of(refusal: &Refusal<'_>, by_status: ErrorKind) -> ErrorKind {
    match refusal.status.as_u16() {
        428 => PermissionDenied,
        504 => Timeout,
        _ => by_status,
    }
}

/// Of a location that does not exist as well as of one that has no way out yet.
const NO_PSTN: &str = "PSTN for the location is not configured";

/// A 429 or 423 comes from the gate in front: nothing was done. Of numbers that were to be added only part may have
/// been refused.
fn effect(refusal: &Refusal<'_>, by_status: Effect) -> Effect {
    let status = refusal.status;
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::LOCKED {
        return Effect::None;
    }
    let registers = matches!(
        refusal.operation,
        Operation::Register | Operation::RegisterRange
    );
    let partly = registers && refusal.replay == Replay::Never && status == StatusCode::BAD_REQUEST;
    if partly { Effect::Unknown } else { by_status }
}

fn kind_of_code(code: &str) -> Option<ErrorKind> {
    Codes::find(TABLE, code).map(|row| row.kind)
}

/// What Webex said with an error.
fn upstream(error: &Error) -> Upstream {
    error.upstream().cloned().unwrap_or_default()
}

/// Whether Webex answered with this status.
pub(crate) fn has_status(error: &Error, status: u16) -> bool {
    upstream(error).status == Some(status)
}

/// Whether Webex says that a location has no way to the public network, or does not exist: its words are the same.
pub(crate) fn says_no_pstn(error: &Error) -> bool {
    let message = upstream(error).message;
    message.is_some_and(|message| message.contains(NO_PSTN))
}

/// A refusal of a change, for a reason that stands in an answer which is not an error; `what` begins the message.
pub(crate) fn of_reason(what: &str, reason: Reason<'_>, upstream: Upstream) -> Error {
    let kind = reason.code.get().and_then(kind_of_code);
    let words = reason.words.get().unwrap_or("no reason given");
    let error = Error::new(kind.unwrap_or(Conflict), format!("{what}: {words}"));
    error
        .with_operation(Operation::Update)
        .with_upstream(Upstream {
            code: reason.code.into_string(),
            message: reason.words.into_string(),
            ..upstream
        })
}

/// A job of the organization runs already, and there is only ever one: nothing was started.
pub(crate) fn busy(error: &Error) -> Error {
    let message = "a job of this organization is running: Webex moves numbers one job at a time";
    Error::new(Locked, message)
        .with_upstream(upstream(error))
        .with_retry(Retry::Backoff)
}

/// Names the field that a code of Webex's is about.
pub(crate) fn refine(error: Error) -> Error {
    let error = missing_fields(error);
    let field = match (error.operation(), upstream(&error).code.as_deref()) {
        (
            Some(Operation::Register | Operation::RegisterRange),
            Some("8360" | "8361" | "8362" | "8363"),
        ) => ("numbers", "refused by Webex"),
        (Some(Operation::SetMain), Some("8361" | "8362")) => ("id", "refused by Webex"),
        (Some(Operation::Update), Some("BATCH-1017022" | "BATCH-1017027")) => {
            ("location", "Webex can't move the number there")
        }
        // The lock passes, though Webex may not say when.
        _ if has_status(&error, 423) && error.retry() == Retry::Never => {
            return error.with_retry(Retry::Backoff);
        }
        _ => return error,
    };
    error.with_field(field.0, field.1)
}

/// Names the fields that Webex misses, by what they are called here: `...;detail=Missing fields: locationId`.
fn missing_fields(error: Error) -> Error {
    let message = upstream(&error).message.unwrap_or_default();
    let Some((_, names)) = message.split_once("Missing fields:") else {
        return error;
    };
    names.split(',').map(str::trim).fold(error, |error, name| {
        let field = match name {
            "locationId" | "targetLocationId" => "location",
            "phoneNumbers" | "numberList" => "numbers",
            "ownerId" => "owner",
            other => other,
        };
        error.with_field(field, "missing, says Webex")
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn explained(operation: Operation, replay: Replay, status: u16, body: &str) -> Explained {
        explain(&Refusal {
            operation,
            replay,
            status: StatusCode::from_u16(status).unwrap(),
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
        })
    }

    fn kind_of(operation: Operation, status: u16, body: &str) -> ErrorKind {
        explained(operation, Replay::Safe, status, body).kind
    }

    fn coded(code: &str) -> String {
        format!(r#"{{"message": "no", "errors": [{{"errorCode": "{code}"}}]}}"#)
    }

    #[test]
    fn the_table_has_each_code_once() {
        let codes: Vec<&str> = TABLE.iter().flat_map(|row| row.codes.split(' ')).collect();
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].contains(code), "{code}");
        }
    }

    #[test]
    fn every_code_of_the_table_decides_over_a_400() {
        let rows = TABLE.iter();
        for (code, kind) in rows.flat_map(|row| row.codes.split(' ').map(|code| (code, &row.kind)))
        {
            assert_eq!(
                kind_of(Operation::Release, 400, &coded(code)),
                *kind,
                "{code}"
            );
        }
    }

    #[test]
    fn each_status_has_its_kind() {
        use ErrorKind::{CredentialRefused, RateLimited, UpstreamUnavailable};
        for (status, kind) in [
            (400, InvalidRequest),
            (401, CredentialRefused),
            (403, PermissionDenied),
            (404, NotFound),
            (405, Unsupported),
            (409, Conflict),
            (410, NotFound),
            (415, InvalidRequest),
            (423, Locked),
            (428, PermissionDenied),
            (429, RateLimited),
            (500, UpstreamUnavailable),
            (502, UpstreamUnavailable),
            (503, UpstreamUnavailable),
            (504, Timeout),
        ] {
            assert_eq!(kind_of(Operation::List, status, ""), kind, "{status}");
        }
    }

    #[test]
    fn unknown_path_is_a_protocol_error_not_a_missing_number() {
        let body = r#"{"message": "No static resource hydra/v1/telephony/x."}"#;
        assert_eq!(kind_of(Operation::Get, 404, body), Protocol);
    }

    #[test]
    fn status_decides_for_code_4003() {
        assert_eq!(
            kind_of(Operation::GetCallerId, 400, &coded("4003")),
            PermissionDenied
        );
        assert_eq!(
            kind_of(Operation::GetCallerId, 404, &coded("4003")),
            NotFound
        );
    }

    #[test]
    fn only_a_removal_reads_502_with_4251_as_not_found() {
        assert_eq!(kind_of(Operation::Release, 502, &coded("4251")), NotFound);
        let list = kind_of(Operation::List, 502, &coded("4251"));
        assert_eq!(list, ErrorKind::UpstreamUnavailable);
    }

    #[test]
    fn location_without_pstn_is_recognized_by_its_text() {
        let body = r#"{"errorMessage": "Location x not found or PSTN for the location is not configured"}"#;
        assert_eq!(kind_of(Operation::Release, 404, body), Unsupported);
    }

    #[test]
    fn refused_numbers_may_have_been_added_in_part() {
        let effect = |operation, replay, status| explained(operation, replay, status, "").effect;
        let (register, once) = (Operation::Register, Replay::Never);
        assert_eq!(effect(register, once, 400), Effect::Unknown);
        assert_eq!(effect(register, once, 409), Effect::Unknown);
        assert_eq!(effect(register, once, 503), Effect::Unknown);
        for status in [401, 403, 404, 423, 429] {
            assert_eq!(effect(register, once, status), Effect::None, "{status}");
        }
        assert_eq!(effect(register, Replay::Safe, 400), Effect::None);
        assert_eq!(effect(Operation::Update, once, 400), Effect::None);
    }

    #[test]
    fn missing_fields_have_their_unified_names() {
        let upstream = Upstream {
            message: Some("message=Missing;detail=Missing fields: locationId, password".to_owned()),
            ..Upstream::default()
        };
        let error = refine(Error::new(InvalidRequest, "no").with_upstream(upstream));
        let fields: Vec<&str> = error.fields().iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["location", "password"]);
    }

    #[test]
    fn tracking_id_of_the_body_replaces_a_missing_header() {
        let found = explained(
            Operation::Get,
            Replay::Safe,
            404,
            r#"{"trackingId": "ROUTER_1"}"#,
        );
        assert_eq!(found.request_id.as_deref(), Some("ROUTER_1"));
    }
}
