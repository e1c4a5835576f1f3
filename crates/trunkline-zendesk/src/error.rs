//! What Zendesk's refusals mean: tables of its codes and words, and what to mend.

mod body;

use http::StatusCode;
use trunkline_core::ErrorKind::{
    InvalidRequest, NotAvailable, NotFound, PaymentRequired, PermissionDenied, Timeout,
    Unsupported, VerificationRequired,
};
use trunkline_core::{Effect, Error, ErrorKind, Operation, Retry};
use trunkline_http::{Explained, Refusal, Replay, options};

use crate::request::NumberOptions;

/// Code, kind, and whether Zendesk may have acted. `RecordInvalid` says that a record was not kept, which is not to
/// say that nothing was bought for it.
const CODES: &[(&str, ErrorKind, Effect)] = &[
    ("CommentRequired", InvalidRequest, Effect::None),
    ("Forbidden", PermissionDenied, Effect::None),
    ("Invalid attribute", InvalidRequest, Effect::None),
    // The path or the feature does not exist: Talk is off, or the account is a trial.
    ("InvalidEndpoint", Unsupported, Effect::None),
    ("RecordInvalid", InvalidRequest, Effect::Unknown),
    ("RecordNotFound", NotFound, Effect::Unknown),
    ("TooManyValues", InvalidRequest, Effect::None),
];

/// What a refused sale is about, by a word in what Zendesk says; the first row that is met counts. Zendesk documents
/// no code for any of these. Such a refusal comes before the sale.
const SALE_WORDS: &[(&str, ErrorKind)] = &[
    ("business", VerificationRequired),
    ("bundle", VerificationRequired),
    ("verification", VerificationRequired),
    ("verified", VerificationRequired),
    ("address", VerificationRequired),
    ("token", NotAvailable),
    ("not available", NotAvailable),
    ("unavailable", NotAvailable),
    ("no longer", NotAvailable),
    ("required parameter missing", InvalidRequest),
];

/// Words of a refusal that is about money, after any request.
const MONEY_WORDS: [&str; 4] = ["credit", "billing", "balance", "payment"];

/// Fields of Zendesk's that have another name here.
const FIELDS: &[(&str, &str)] = &[
    ("address", "address_id"),
    ("address_sid", "address_id"),
    ("country", "country"),
    ("default_group", "provider_options.default_group_id"),
    ("group_ids", "voice"),
    ("groups", "voice"),
    ("ivr", "voice"),
    ("ivr_id", "voice"),
    ("name", "label"),
    ("nickname", "label"),
    ("sms_group", "messaging"),
    ("sms_group_id", "messaging"),
    ("token", "offer"),
];

/// Explains a refusal: by its words where they count, by its code, else by its HTTP status.
pub(crate) fn explain(refusal: &Refusal<'_>) -> Explained {
    let body = body::read(refusal);
    let fallback = Explained::by_status(refusal);
    let words = body
        .message
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let code = body.code.as_deref();
    let coded = CODES.iter().find(|(known, ..)| Some(*known) == code);
    // Two writes at once: one of them comes too early.
    let passes = refusal.status == StatusCode::CONFLICT
        && (code == Some("DatabaseConflict") || words.contains("deadlock"));
    let known = by_words(refusal, &words)
        .or_else(|| coded.map(|(_, kind, effect)| (*kind, Some(*effect))))
        .filter(|_| !speaks_for_itself(refusal.status));
    let (kind, effect) = known.unwrap_or_else(|| (by_status(refusal.status, fallback.kind), None));
    Explained {
        kind,
        effect: match refusal.replay {
            Replay::Never => effect_of_once(effect, refusal.status),
            Replay::Safe => fallback.effect,
        },
        code: body.code,
        message: body.message,
        request_id: fallback.request_id,
        passes,
    }
}

/// Whether a status decides alone, without the body.
fn speaks_for_itself(status: StatusCode) -> bool {
    matches!(status.as_u16(), 402 | 408 | 409 | 429) || status.is_server_error()
}

/// What the words of a refusal tell, of those that speak in words alone.
fn by_words(refusal: &Refusal<'_>, words: &str) -> Option<(ErrorKind, Option<Effect>)> {
    let status = refusal.status.as_u16();
    let says = |word: &&str| words.contains(*word);
    if matches!(status, 403 | 422) && MONEY_WORDS.iter().any(says) {
        return Some((PaymentRequired, Some(Effect::None)));
    }
    let sale = refusal.operation == Operation::Purchase && refusal.replay == Replay::Never;
    let (_, kind) = SALE_WORDS
        .iter()
        .filter(|_| sale && matches!(status, 400 | 422))
        .find(|(word, _)| says(word))?;
    Some((*kind, Some(Effect::None)))
}

fn by_status(status: StatusCode, fallback: ErrorKind) -> ErrorKind {
    match status {
        StatusCode::GATEWAY_TIMEOUT => Timeout,
        _ => fallback,
    }
}

/// What may have come of a purchase. The tables say it, unless the status is one after which nothing is certain.
/// Without them only the statuses of a gatekeeper are taken for a refusal. Nobody says that a 429 was not processed.
fn effect_of_once(by_table: Option<Effect>, status: StatusCode) -> Effect {
    match (status.as_u16(), by_table) {
        (..=399 | 408 | 409 | 429 | 500.., _) => Effect::Unknown,
        (401..=403, _) => Effect::None,
        (_, Some(effect)) => effect,
        (_, None) => Effect::Unknown,
    }
}

/// Adds what Zendesk's words imply beyond the kind: the fields to mend, by their names here, and whether to try again.
pub(crate) fn refine(mut error: Error) -> Error {
    let upstream = error.upstream().cloned().unwrap_or_default();
    let message = upstream.message.unwrap_or_default();
    let says = |word| message.to_ascii_lowercase().contains(word);
    match upstream.status {
        Some(409)
            if error.effect() != Effect::Unknown
                && (says("try again") || upstream.code.as_deref() == Some("DatabaseConflict")) =>
        {
            return error.with_retry(Retry::Backoff);
        }
        Some(400 | 406 | 422) => {}
        _ => return error,
    }
    for part in message.split("; ") {
        if let Some((field, what)) = named(part) {
            error = error.with_field(field, what);
        }
    }
    let sale = error.operation() == Some(Operation::Purchase);
    if sale && error.kind() == VerificationRequired && error.fields().is_empty() && says("address")
    {
        let what = "Zendesk sells this number only with an address: make one in its Admin Center under Channels, Talk";
        error = error.with_field("address_id", what);
    } else if sale && error.kind() == VerificationRequired && error.fields().is_empty() {
        let what = "Zendesk sells this number only to a verified business: its papers (a regulatory bundle) are handed in in its Admin Center under Channels, Talk";
        error = error.with_field("number", what);
    }
    error
}

/// The field that a part of a message is about, in the form that [`body::read`] gives it: `field: what is wrong`,
/// the first part after a description.
fn named(part: &str) -> Option<(String, &str)> {
    let of = |name: &str| {
        let known = FIELDS.iter().find(|(theirs, _)| *theirs == name);
        let known = known.map(|(_, ours)| (*ours).to_owned());
        // Fields of a number that have the same name here, below `provider_options`.
        let options = options::names::<NumberOptions>;
        let option = || options().contains(&name.split('.').next().unwrap_or_default());
        known.or_else(|| option().then(|| format!("provider_options.{name}")))
    };
    let (first, rest) = part.split_once(": ")?;
    match of(first) {
        Some(field) => Some((field, rest)),
        None => rest
            .split_once(": ")
            .and_then(|(second, rest)| Some((of(second)?, rest))),
    }
}

#[cfg(test)]
mod tests;
