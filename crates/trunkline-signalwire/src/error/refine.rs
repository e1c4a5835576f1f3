//! What SignalWire's refusals imply beyond their kind: how long to wait, and what to mend.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::{Error, ErrorKind, Operation, Retry};
use trunkline_http::wire::{Text, date};

/// Between two calls to a number (upstream limit).
const REDIAL: Duration = Duration::from_secs(60);

/// SignalWire blocks the account for an undocumented time.
const BLOCKED: Duration = Duration::from_secs(3600);

/// Its fields by the names they have here.
const FIELDS: &[(&str, &str)] = &[
    ("call_request_url", "voice.url"),
    ("call_fallback_url", "voice.fallback_url"),
    ("call_status_callback_url", "voice.status_callback_url"),
    ("call_laml_application_id", "voice.id"),
    ("call_sip_endpoint_id", "voice.id"),
    ("call_relay_script_url", "voice.options.url"),
    ("call_handler", "voice"),
    ("message_request_url", "messaging.url"),
    ("message_fallback_url", "messaging.fallback_url"),
    ("message_laml_application_id", "messaging.id"),
    ("message_handler", "messaging"),
    ("e911_address_id", "emergency_address_id"),
    ("page_token", "cursor"),
];

/// Adds what SignalWire's code or words imply.
pub(crate) fn refine(error: Error) -> Error {
    let Some(upstream) = error.upstream() else {
        return error;
    };
    let code = upstream.code.clone().unwrap_or_default();
    let text = upstream.message.clone().unwrap_or_default();
    let submitted =
        error.operation() == Some(Operation::CompleteCallerId) && upstream.status == Some(422);
    let about_a_number = matches!(
        error.operation(),
        Some(Operation::Purchase | Operation::StartCallerId | Operation::ResendCallerId)
    );
    match code.as_str() {
        "verification_request_too_soon" => error.with_retry(Retry::After(REDIAL)),
        "too_many_verification_requests_in_time_frame" => error.with_retry(Retry::After(BLOCKED)),
        "invalid_number_format"
        | "not_e164"
        | "invalid_destination_number"
        | "not_routable"
        | "not_routeable"
        | "number_blacklisted"
            if about_a_number =>
        {
            error.with_field("number", "SignalWire does not take this number")
        }
        // SignalWire does not document its error code for a wrong verification code; other errors have codes of their own.
        _ if submitted && error.kind() == ErrorKind::InvalidRequest => {
            error.with_field("code", "not the code that the callee heard")
        }
        _ => text.split("; ").fold(error, |error, part| {
            match FIELDS.iter().find(|(theirs, _)| part.contains(theirs)) {
                Some((_, ours)) => error.with_field(*ours, part),
                None => error,
            }
        }),
    }
}

/// When a number that was bought too recently can be released, as the refusal says it:
/// `... Please wait until 2026-03-16 10:00:00 UTC to release ...`.
pub(crate) fn unlock_time(error: &Error) -> Option<Timestamp> {
    let text = error.upstream()?.message.as_deref()?;
    let (_, after) = text.split_once("until ")?;
    let (time, _) = after.split_once(" UTC")?;
    date(&Text::of(format!("{time} UTC"))).ok().flatten()
}

/// The refusal of a release, with the time from which it is possible. One that is past already, by our clock, is worth
/// trying again.
pub(crate) fn releasable_from(error: &Error, time: Timestamp, now: Timestamp) -> Error {
    let wait = time.duration_since(now);
    let retry = match Duration::try_from(wait) {
        Ok(wait) if wait > Duration::ZERO => Retry::After(wait),
        _ => Retry::Backoff,
    };
    let time = time.round(jiff::Unit::Second).unwrap_or(time);
    let message = format!("bought too recently: SignalWire takes this number back from {time} on");
    again(error, ErrorKind::Locked, message)
        .with_retry(retry)
        .with_effect(error.effect())
}

/// The same refusal with another kind and message, without effect.
pub(crate) fn again(error: &Error, kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, message).with_upstream(error.upstream().cloned().unwrap_or_default())
}
