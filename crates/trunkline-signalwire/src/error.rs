//! What SignalWire's refusals mean: the table of its error codes, and what its own words add to that.

mod body;
mod refine;
mod table;

use http::StatusCode;
use trunkline_core::ErrorKind::{
    Conflict, InvalidRequest, Locked, NotFound, PaymentRequired, Timeout, UpstreamUnavailable,
};
use trunkline_core::{Effect, Error, ErrorKind, Operation};
use trunkline_http::{Codes, Explained, Refusal, Replay};

use body::Topic;
pub(crate) use refine::{again, refine, releasable_from, unlock_time};
use table::{ALREADY_VERIFIED, row};

/// The title of every 422 about an attribute, which says no more than that.
const TITLE: &str = "Invalid Attribute";

/// Explains a refusal: by its code, else by its words, else by its HTTP status.
pub(crate) fn explain(refusal: &Refusal<'_>) -> Explained {
    let said = body::read(refusal.body);
    let fallback = Explained::by_status(refusal);
    let known = said.code().and_then(row).copied();
    let known = known.or_else(|| by_topic(said.topic(), refusal));
    let kind = known.map_or(fallback.kind, |known| known.kind);
    Explained {
        kind: in_context(kind, refusal),
        effect: match refusal.replay {
            Replay::Never => effect_of_once(known, refusal, fallback.effect),
            Replay::Safe => fallback.effect,
        },
        code: said.code().map(str::to_owned),
        message: said.message().map(str::to_owned),
        request_id: fallback.request_id,
        passes: false,
    }
}

/// What the text means where the code is a bare `422`, as it has been on every refusal of a number seen so far. Money
/// is spoken of in many words, so these count with that status only.
fn by_topic(topic: Topic, refusal: &Refusal<'_>) -> Option<Codes> {
    let kind = match (topic, refusal.operation, refusal.status.as_u16()) {
        (Topic::TooRecent, Operation::Release, 400..=499) => Locked,
        (Topic::Money, Operation::Purchase, 422) => PaymentRequired,
        _ => return None,
    };
    Some(Codes::refused(kind, ""))
}

/// What one thing means of a purchase and another elsewhere.
fn in_context(kind: ErrorKind, refusal: &Refusal<'_>) -> ErrorKind {
    let purchase = refusal.operation == Operation::Purchase && refusal.replay == Replay::Never;
    match kind {
        // The request was sent, so that its effect is unknown.
        UpstreamUnavailable if purchase => Timeout,
        kind => kind,
    }
}

/// The effect of a request that must not be repeated. A code of the table decides, unless the status is one after which
/// nothing is certain, or a purchase is answered with "not found". Without such a code a purchase, which costs money, counts
/// as refused only by a status for credentials or payment. SignalWire does not document that a throttled request was not
/// processed; a verification code submitted twice does no harm, though.
fn effect_of_once(known: Option<Codes>, refusal: &Refusal<'_>, fallback: Effect) -> Effect {
    let purchase = refusal.operation == Operation::Purchase;
    match (refusal.status.as_u16(), known) {
        (..=399 | 408 | 409 | 500.., _) => Effect::Unknown,
        (429, _) if refusal.operation == Operation::CompleteCallerId => Effect::None,
        (429, _) => Effect::Unknown,
        (_, Some(known)) if purchase && known.kind == NotFound => Effect::Unknown,
        (_, Some(known)) => known.effect,
        (401..=403, None) => Effect::None,
        (_, None) if purchase => Effect::Unknown,
        (_, None) => fallback,
    }
}

/// Whether SignalWire refused because the caller ID is verified already.
pub(crate) fn is_verified_already(error: &Error) -> bool {
    code(error) == Some(ALREADY_VERIFIED)
}

/// Whether there is one already, by a code of the table.
pub(crate) fn is_there_already(error: &Error) -> bool {
    error.kind() == Conflict && code(error).is_some_and(|code| row(code).is_some())
}

/// Whether a purchase was refused in SignalWire's own form but without a reason: an entry with the bare status for its
/// code, or with no more than the title.
pub(crate) fn is_without_reason(error: &Error) -> bool {
    let Some(upstream) = error.upstream() else {
        return false;
    };
    let own = match upstream.code.as_deref() {
        Some(code) => code == "422",
        None => upstream.message.as_deref() == Some(TITLE),
    };
    own && upstream.status == Some(StatusCode::UNPROCESSABLE_ENTITY.as_u16())
        && error.kind() == InvalidRequest
}

/// Whether a release was refused because of the age of the number.
pub(crate) fn is_too_recent(error: &Error) -> bool {
    let text = error
        .upstream()
        .and_then(|upstream| upstream.message.as_deref());
    code(error) == Some("purchased_too_recently")
        || text.is_some_and(|text| body::topic_of(text) == Topic::TooRecent)
}

/// Whether the credential, or its scope, was not good enough.
pub(crate) fn is_denied(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::CredentialRefused | ErrorKind::PermissionDenied
    )
}

fn code(error: &Error) -> Option<&str> {
    error.upstream()?.code.as_deref()
}

#[cfg(test)]
mod tests;
