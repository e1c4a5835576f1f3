//! The table, row by row, and what is not in it.

use http::HeaderMap;
use jiff::Timestamp;
use trunkline_core::ErrorKind::{NotAvailable, PermissionDenied, RateLimited};
use trunkline_core::{Retry, Upstream};

use super::ErrorKind::CredentialRefused;
use super::table::TABLE;
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

fn once(operation: Operation, status: u16, body: &str) -> (ErrorKind, Effect) {
    let explained = explained(operation, Replay::Never, status, body);
    (explained.kind, explained.effect)
}

fn purchase(status: u16, body: &str) -> (ErrorKind, Effect) {
    once(Operation::Purchase, status, body)
}

fn reason(code: &str, detail: &str) -> String {
    format!(
        r#"{{"errors":[{{"detail":"{detail}","status":"422","title":"Invalid Attribute","code":"{code}"}}]}}"#
    )
}

fn refused(code: &str, message: &str) -> Error {
    Error::new(InvalidRequest, "no").with_upstream(Upstream {
        status: Some(422),
        code: Some(code.to_owned()),
        message: Some(message.to_owned()),
        request_id: None,
    })
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
fn every_code_of_the_table_decides_over_a_422() {
    let codes = |row: &'static Codes| row.codes.split(' ').map(move |code| (row, code));
    for (row, code) in TABLE.iter().flat_map(codes) {
        let wanted = match row.kind {
            UpstreamUnavailable => Timeout,
            kind => kind,
        };
        let effect = match wanted {
            NotFound => Effect::Unknown,
            _ => row.effect,
        };
        assert_eq!(purchase(422, &reason(code, "")), (wanted, effect), "{code}");
        let elsewhere = once(Operation::StartCallerId, 422, &reason(code, "")).0;
        assert_eq!(elsewhere, row.kind, "{code}");
    }
}

#[test]
fn a_code_counts_in_the_other_form_too() {
    let typed = r#"{"errors":[{"type":"validation_error","code":"not_routable","message":"no","attribute":"to"}]}"#;
    assert_eq!(purchase(422, typed), (InvalidRequest, Effect::None));
}

#[test]
fn a_purchase_refused_without_a_known_reason_may_have_happened() {
    let unknown = (InvalidRequest, Effect::Unknown);
    assert_eq!(purchase(422, &reason("422", "")), unknown);
    assert_eq!(purchase(422, "something went wrong"), unknown);
    assert_eq!(purchase(400, r#"{"error": "Bad Request"}"#), unknown);
    assert_eq!(
        purchase(404, r#"{"error": "Not Found"}"#),
        (NotFound, Effect::Unknown)
    );
    assert_eq!(purchase(409, ""), (Conflict, Effect::Unknown));
    assert_eq!(purchase(429, ""), (RateLimited, Effect::Unknown));
    assert_eq!(purchase(503, "<html>"), (Timeout, Effect::Unknown));
}

#[test]
fn refusal_by_credential_or_payment_has_no_effect() {
    assert_eq!(
        purchase(401, r#"{"error": "Unauthorized"}"#),
        (CredentialRefused, Effect::None)
    );
    assert_eq!(purchase(402, ""), (PaymentRequired, Effect::None));
    assert_eq!(purchase(403, ""), (PermissionDenied, Effect::None));
}

#[test]
fn purchase_answered_5xx_or_429_has_unknown_effect_for_every_code() {
    for status in [408, 409, 429, 500, 503] {
        let effect = purchase(status, &reason("could_not_purchase", "")).1;
        assert_eq!(effect, Effect::Unknown, "{status}");
    }
}

#[test]
fn words_count_where_the_code_says_nothing() {
    let payment = (PaymentRequired, Effect::None);
    for words in [
        "Insufficient balance",
        "trial accounts",
        "Upgrade your space",
        "number limit reached",
    ] {
        assert_eq!(purchase(422, &reason("422", words)), payment, "{words}");
    }
    let locked = reason("422", "Number was purchased too recently to release.");
    let release = |body: &str| explained(Operation::Release, Replay::Safe, 422, body).kind;
    assert_eq!(release(&locked), Locked);
    assert_eq!(release(&reason("422", "no")), InvalidRequest);
    assert_eq!(
        explained(Operation::Update, Replay::Safe, 422, &locked).kind,
        InvalidRequest
    );
}

#[test]
fn words_do_not_count_beside_another_status() {
    let limited = r#"{"error": "Rate limit exceeded"}"#;
    assert_eq!(purchase(429, limited), (RateLimited, Effect::Unknown));
    assert_eq!(purchase(403, limited), (PermissionDenied, Effect::None));
}

#[test]
fn a_plain_refusal_of_a_verification_call_had_no_effect() {
    for operation in [Operation::StartCallerId, Operation::ResendCallerId] {
        for status in [400, 402, 404, 422] {
            assert_eq!(once(operation, status, "").1, Effect::None, "{status}");
        }
        for status in [408, 409, 429, 500, 503] {
            assert_eq!(once(operation, status, "").1, Effect::Unknown, "{status}");
        }
    }
}

#[test]
fn a_throttled_code_may_be_submitted_again() {
    assert_eq!(once(Operation::CompleteCallerId, 429, "").1, Effect::None);
}

#[test]
fn a_refused_read_has_no_effect() {
    let read = explained(
        Operation::Get,
        Replay::Safe,
        500,
        r#"{"error": "Internal Server Error"}"#,
    );
    assert_eq!(
        (read.kind, read.effect),
        (UpstreamUnavailable, Effect::None)
    );
}

#[test]
fn code_and_message_are_kept_verbatim() {
    let body = reason("422", "Not so.");
    let found = explained(Operation::Get, Replay::Safe, 422, &body);
    assert_eq!(found.code.as_deref(), Some("422"));
    assert_eq!(found.message.as_deref(), Some("Not so."));
}

#[test]
fn waits_are_added_where_signalwire_has_them() {
    let wait = |code: &str| refine(refused(code, "")).retry_after().unwrap().as_secs();
    assert_eq!(wait("verification_request_too_soon"), 60);
    assert_eq!(wait("too_many_verification_requests_in_time_frame"), 3600);
}

#[test]
fn fields_are_named_as_they_are_here() {
    let field = |code: &str, text: &str| {
        let refined = refine(refused(code, text).with_operation(Operation::Purchase));
        refined.fields().first().map(|field| field.field.clone())
    };
    assert_eq!(field("not_e164", "").as_deref(), Some("number"));
    let url = field("url_is_unsafe", "call_request_url must be public");
    assert_eq!(url.as_deref(), Some("voice.url"));
    assert_eq!(field("url_is_unsafe", "no"), None);
    let submitted = refused("422", "").with_operation(Operation::CompleteCallerId);
    assert_eq!(refine(submitted).fields()[0].field, "code");
    let read = refused("not_e164", "").with_operation(Operation::List);
    assert!(refine(read).fields().is_empty());
}

#[test]
fn the_time_of_release_is_read_from_the_words() {
    let text = "Number was purchased too recently to release. Please wait until 2026-03-16 10:00:00 UTC to release this number.";
    let error = refused("422", text);
    let time: Timestamp = "2026-03-16T10:00:00Z".parse().unwrap();
    assert_eq!(unlock_time(&error), Some(time));
    let before: Timestamp = "2026-03-15T08:00:00Z".parse().unwrap();
    let locked = releasable_from(&error, time, before);
    assert_eq!(
        (locked.kind(), locked.retry_after().unwrap().as_secs()),
        (Locked, 26 * 3600)
    );
    assert!(locked.message().contains("from 2026-03-16T10:00:00Z on"));
    assert_eq!(locked.upstream(), error.upstream());
    assert_eq!(
        releasable_from(&error, before, time).retry(),
        Retry::Backoff
    );
    for text in ["soon", "until tomorrow", "until noon UTC"] {
        assert_eq!(unlock_time(&refused("422", text)), None, "{text}");
    }
}

#[test]
fn purchase_answered_by_a_redirect_has_unknown_effect() {
    let gone = reason("could_not_purchase", "gone");
    assert_eq!(purchase(302, &gone), (NotAvailable, Effect::Unknown));
}

#[test]
fn entry_with_only_a_title_is_a_refusal_without_a_reason() {
    let of = |code: Option<&str>, message: &str| {
        let upstream = Upstream {
            status: Some(422),
            code: code.map(str::to_owned),
            message: Some(message.to_owned()),
            request_id: None,
        };
        is_without_reason(&Error::new(InvalidRequest, "no").with_upstream(upstream))
    };
    assert!(of(Some("422"), "Invalid Attribute") && of(None, "Invalid Attribute"));
    assert!(!of(None, "something went wrong") && !of(Some("odd"), "Invalid Attribute"));
}

#[test]
fn release_of_a_young_number_is_locked() {
    let young = reason("409", "Number was purchased too recently to release.");
    for status in [400, 403, 409, 422] {
        let explained = explained(Operation::Release, Replay::Safe, status, &young);
        assert_eq!(explained.kind, Locked, "{status}");
    }
}
