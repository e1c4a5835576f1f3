//! What Twilio's refusals mean: the table of its error codes, and what to do about some of them.

mod body;

use http::StatusCode;
use trunkline_core::ErrorKind::{
    Conflict, CredentialRefused, InvalidRequest, Locked, NotAvailable, NotFound, PaymentRequired,
    PermissionDenied, RateLimited, Timeout, Unsupported, UpstreamUnavailable, VerificationRequired,
};
use trunkline_core::{Effect, Error, ErrorKind, Operation, Retry};
use trunkline_http::{Codes, Explained, Refusal, Replay};

use crate::wire;

/// Twilio's code for a caller ID that is verified already.
pub(crate) const ALREADY_VERIFIED: &str = "21450";

/// Twilio's error codes and what they mean, from its error and warning dictionary.
const TABLE: &[Codes] = &[
    Codes::refused(PaymentRequired, "10001 10002 20005 21404"),
    Codes::refused(
        PermissionDenied,
        "13227 20006 20008 20010 20403 21203 21215 21216 21459 21470 21471 21472 21473 21474 70051",
    ),
    Codes::refused(
        InvalidRequest,
        "20001 20002 20007 20422 20423 21211 21214 21217 21401 21402 21403 21405 21406 21420 21421 21451 \
         21454 21456 21457 21458 21481 21628 21629 21630",
    ),
    Codes::refused(CredentialRefused, "20003"),
    Codes::refused(Unsupported, "20004 21409"),
    Codes::uncertain(Conflict, "20162 20409"),
    Codes::refused(NotFound, "20404"),
    // A request over the concurrency limit is documented as not processed.
    Codes::refused(RateLimited, "20429"),
    Codes::uncertain(UpstreamUnavailable, "20500 20503 20504"),
    Codes::refused(NotAvailable, "21422 21452"),
    Codes::refused(Conflict, "21449 21450 21453"),
    Codes::refused(
        VerificationRequired,
        "21613 21615 21624 21625 21631 21649 21650 21651",
    ),
    Codes::refused(Locked, "22400 60736 80601"),
];

/// Explains a refusal: by its code, else by its HTTP status.
pub(crate) fn explain(refusal: &Refusal<'_>) -> Explained {
    let body = body::read(refusal);
    let row = body.code.get().and_then(|code| Codes::find(TABLE, code));
    let fallback = Explained::by_status(refusal);
    let kind = row.map_or(fallback.kind, |row| row.kind);
    Explained {
        kind: in_context(kind, &body, refusal),
        effect: match (refusal.replay, row) {
            // A purchase has nothing to be not found: no table says what that would mean.
            (Replay::Never, Some(row))
                if row.kind == NotFound && refusal.operation == Operation::Purchase =>
            {
                Effect::Unknown
            }
            (Replay::Never, Some(row)) => effect_of_once(Some(row.effect), refusal.status),
            (Replay::Never, None) if doubted(refusal) => effect_of_once(None, refusal.status),
            (Replay::Never | Replay::Safe, _) => fallback.effect,
        },
        code: body.code.into_string(),
        message: body
            .message
            .into_string()
            .or_else(|| body.detail.into_string()),
        request_id: fallback.request_id,
        passes: false,
    }
}

/// The few codes that mean one thing here and another there.
fn in_context(kind: ErrorKind, body: &wire::Refusal<'_>, refusal: &Refusal<'_>) -> ErrorKind {
    let operation = refusal.operation;
    match (body.code.get(), operation) {
        (Some("20003"), _) if refusal.status == StatusCode::FORBIDDEN => PermissionDenied,
        (Some("20500" | "20504"), Operation::Purchase) => Timeout,
        // A country without that type of number.
        _ if kind == NotFound && operation == Operation::SearchAvailable => Unsupported,
        // Twilio wants the emergency address removed first, under a code and a status that it does not document.
        _ if matches!(kind, InvalidRequest | Conflict | PermissionDenied)
            && operation == Operation::Release
            && says_emergency(body.message.get()) =>
        {
            Locked
        }
        _ => kind,
    }
}

fn says_emergency(message: Option<&str>) -> bool {
    message.is_some_and(|text| text.to_ascii_lowercase().contains("emergency"))
}

fn says(error: &Error, word: &str) -> bool {
    let said = error
        .upstream()
        .and_then(|upstream| upstream.message.as_deref());
    said.is_some_and(|text| text.to_ascii_lowercase().contains(word))
}

/// Whether a refusal in words that the table lacks says little: of a purchase, which costs money, and of
/// a 429, which Twilio documents as not processed with any text.
fn doubted(refusal: &Refusal<'_>) -> bool {
    refusal.operation == Operation::Purchase || refusal.status == StatusCode::TOO_MANY_REQUESTS
}

/// What may have come of a request that must not be repeated. A code of the table says it, unless the
/// status is one after which nothing is certain. Without such a code only the statuses that a
/// gatekeeper answers are taken for a refusal; a 429 is documented as not processed.
fn effect_of_once(by_code: Option<Effect>, status: StatusCode) -> Effect {
    match (status.as_u16(), by_code) {
        (408 | 409 | 500.., _) => Effect::Unknown,
        (_, Some(effect)) => effect,
        (401 | 403 | 429, None) => Effect::None,
        (_, None) => Effect::Unknown,
    }
}

/// Whether Twilio refused with this code.
pub(crate) fn is(error: &Error, code: &str) -> bool {
    error
        .upstream()
        .and_then(|upstream| upstream.code.as_deref())
        == Some(code)
}

/// Adds what Twilio's code implies beyond its kind: what to send along, and whether waiting helps.
pub(crate) fn refine(error: Error) -> Error {
    let Some(code) = error
        .upstream()
        .and_then(|upstream| upstream.code.as_deref())
    else {
        return error;
    };
    let sale = error.operation() == Some(Operation::Purchase);
    match code {
        "21613" | "21615" | "21624" | "21625" | "21631" if sale => error.with_field(
            "address_id",
            "Twilio sells this number only with an address that fits it: make one in Twilio's console under Phone Numbers, Addresses",
        ),
        "21649" | "21650" | "21651" if says(&error, "identity") => error.with_field(
            "provider_options.identity_sid",
            "Twilio sells this number only with an identity: make one in Twilio's console under Phone Numbers, Regulatory Compliance",
        ),
        "21649" | "21650" | "21651" => error.with_field(
            "provider_options.bundle_sid",
            "Twilio sells this number only with an approved regulatory bundle: make one in Twilio's console under Phone Numbers, Regulatory Compliance",
        ),
        "10002" | "21404" => error.with_field("account", "not possible in a trial account"),
        "20162" | "20409" if error.effect() != Effect::Unknown => error.with_retry(Retry::Backoff),
        _ => error,
    }
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

    fn purchase(status: u16, body: &str) -> (ErrorKind, Effect) {
        let explained = explained(Operation::Purchase, Replay::Never, status, body);
        (explained.kind, explained.effect)
    }

    #[test]
    fn each_code_is_in_the_table_once() {
        let mut codes: Vec<_> = TABLE.iter().flat_map(|row| row.codes.split(' ')).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }

    #[test]
    fn every_code_of_the_table_decides_over_a_400() {
        for (row, code) in TABLE
            .iter()
            .flat_map(|row| row.codes.split(' ').map(move |code| (row, code)))
        {
            let (found, acted) = purchase(400, &format!(r#"{{"code": {code}, "status": 400}}"#));
            let wanted = match code {
                "20500" | "20504" => Timeout,
                _ => row.kind,
            };
            let effect = match wanted {
                NotFound => Effect::Unknown,
                _ => row.effect,
            };
            assert_eq!((found, acted), (wanted, effect), "{code}");
        }
    }

    #[test]
    fn purchase_answered_404_has_unknown_effect() {
        let unknown = (NotFound, Effect::Unknown);
        assert_eq!(purchase(404, r#"{"code": 20404}"#), unknown);
        assert_eq!(purchase(404, ""), unknown);
        assert_eq!(purchase(405, "").1, Effect::Unknown);
        let update = explained(Operation::Update, Replay::Safe, 404, r#"{"code": 20404}"#);
        assert_eq!(update.effect, Effect::None);
    }

    #[test]
    fn unknown_code_falls_back_to_the_status_with_unknown_effect() {
        assert_eq!(
            purchase(400, r#"{"code": 29999}"#),
            (InvalidRequest, Effect::Unknown)
        );
        assert_eq!(
            purchase(400, r#"{"message": "no"}"#),
            (InvalidRequest, Effect::Unknown)
        );
        assert_eq!(
            purchase(503, "<html>"),
            (UpstreamUnavailable, Effect::Unknown)
        );
        assert_eq!(purchase(409, ""), (Conflict, Effect::Unknown));
        assert_eq!(purchase(401, ""), (CredentialRefused, Effect::None));
    }

    #[test]
    fn a_plain_refusal_of_a_verification_call_had_no_effect() {
        let effect = |operation, status, body: &str| {
            explained(operation, Replay::Never, status, body).effect
        };
        for operation in [Operation::StartCallerId, Operation::ResendCallerId] {
            for status in [400, 402, 404, 422, 429] {
                for body in ["", r#"{"code": 29999}"#] {
                    assert_eq!(effect(operation, status, body), Effect::None, "{status}");
                }
            }
            for status in [408, 409, 500, 503] {
                assert_eq!(effect(operation, status, ""), Effect::Unknown, "{status}");
            }
        }
    }

    #[test]
    fn missing_address_is_named_for_purchases_only() {
        let refused = |operation| {
            let upstream = trunkline_core::Upstream {
                code: Some("21615".to_owned()),
                ..Default::default()
            };
            let error = Error::new(VerificationRequired, "no").with_operation(operation);
            refine(error.with_upstream(upstream)).fields().len()
        };
        assert_eq!(refused(Operation::Purchase), 1);
        assert_eq!(refused(Operation::Update), 0);
    }

    #[test]
    fn missing_requirement_of_a_sale_is_named_with_the_place_to_make_it() {
        for (code, words, field) in [
            ("21631", "Address required", "address_id"),
            (
                "21649",
                "Bundle required and not provided",
                "provider_options.bundle_sid",
            ),
            (
                "21651",
                "Identity document required",
                "provider_options.identity_sid",
            ),
        ] {
            let upstream = trunkline_core::Upstream {
                code: Some(code.to_owned()),
                message: Some(words.to_owned()),
                ..Default::default()
            };
            let error = Error::new(VerificationRequired, words).with_operation(Operation::Purchase);
            let error = refine(error.with_upstream(upstream));
            let told = &error.fields()[0];
            assert_eq!(told.field, field, "{code}");
            assert!(
                told.message.contains("Twilio's console"),
                "{code}: {}",
                told.message
            );
        }
    }

    #[test]
    fn a_429_was_never_processed_with_or_without_its_code() {
        assert_eq!(
            purchase(429, r#"{"code": 20429}"#),
            (RateLimited, Effect::None)
        );
        assert_eq!(purchase(429, "slow down"), (RateLimited, Effect::None));
    }

    #[test]
    fn purchase_answered_5xx_has_unknown_effect_for_every_code() {
        assert_eq!(
            purchase(500, r#"{"code": 21422}"#),
            (NotAvailable, Effect::Unknown)
        );
    }

    #[test]
    fn a_refused_read_has_no_effect() {
        let read = explained(Operation::Get, Replay::Safe, 503, r#"{"code": 20503}"#);
        assert_eq!(
            (read.kind, read.effect),
            (UpstreamUnavailable, Effect::None)
        );
    }

    #[test]
    fn status_distinguishes_authentication_from_permission() {
        let kind =
            |status| explained(Operation::Get, Replay::Safe, status, r#"{"code":20003}"#).kind;
        assert_eq!(
            (kind(401), kind(403)),
            (CredentialRefused, PermissionDenied)
        );
    }

    #[test]
    fn a_404_of_a_search_means_that_the_country_lacks_the_type() {
        let kind = |operation| explained(operation, Replay::Safe, 404, r#"{"code":20404}"#).kind;
        assert_eq!(kind(Operation::SearchAvailable), Unsupported);
        assert_eq!(kind(Operation::Get), NotFound);
    }

    #[test]
    fn an_emergency_address_locks_a_release() {
        let body = r#"{"code": 29998, "message": "Remove the Emergency Address first"}"#;
        for status in [400, 403, 409, 422] {
            let kind = |operation| explained(operation, Replay::Safe, status, body).kind;
            assert_eq!(kind(Operation::Release), Locked, "{status}");
            assert_ne!(kind(Operation::Update), Locked, "{status}");
        }
    }

    #[test]
    fn code_and_message_are_kept_verbatim() {
        let found = explain(&Refusal {
            operation: Operation::Get,
            replay: Replay::Safe,
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: &HeaderMap::new(),
            body: br#"{"code": "20429", "detail": "too many at once"}"#,
        });
        assert_eq!(found.code.as_deref(), Some("20429"));
        assert_eq!(found.message.as_deref(), Some("too many at once"));
    }
}
