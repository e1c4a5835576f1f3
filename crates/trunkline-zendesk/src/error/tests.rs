use http::HeaderMap;
use trunkline_core::ErrorKind::{Conflict, CredentialRefused, RateLimited, UpstreamUnavailable};
use trunkline_core::Upstream;

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

fn sale(status: u16, body: &str) -> (ErrorKind, Effect) {
    let explained = explained(Operation::Purchase, Replay::Never, status, body);
    (explained.kind, explained.effect)
}

fn read(status: u16, body: &str) -> (ErrorKind, Option<String>, Option<String>) {
    let explained = explained(Operation::Get, Replay::Safe, status, body);
    (explained.kind, explained.code, explained.message)
}

fn invalid(field: &str, text: &str) -> String {
    format!(
        r#"{{"error": "RecordInvalid", "description": "Record validation errors",
            "details": {{"{field}": [{{"description": "{text}"}}]}}}}"#
    )
}

#[test]
fn the_tables_have_each_name_once() {
    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
    assert!(FIELDS.is_sorted_by(|a, b| a.0 < b.0));
}

#[test]
fn every_code_of_the_table_decides_over_a_418() {
    for (code, kind, effect) in CODES {
        let body = format!(r#"{{"error": {{"title": "{code}", "message": "no"}}}}"#);
        assert_eq!(sale(418, &body), (*kind, *effect), "{code}");
    }
}

#[test]
fn every_word_of_a_refused_sale_decides_and_had_no_effect() {
    for (word, kind) in SALE_WORDS {
        assert_eq!(
            sale(422, &invalid("base", word)),
            (*kind, Effect::None),
            "{word}"
        );
    }
    for word in MONEY_WORDS {
        let wanted = (PaymentRequired, Effect::None);
        assert_eq!(sale(422, &invalid("base", word)), wanted, "{word}");
        assert_eq!(sale(403, &format!("your {word}")), wanted, "{word}");
    }
    assert_eq!(sale(422, &invalid("token", "is odd")).0, NotAvailable);
}

#[test]
fn unknown_reason_of_a_purchase_has_unknown_effect() {
    for (status, body) in [
        (400, "something went wrong"),
        (404, ""),
        (
            404,
            r#"{"error": "RecordNotFound", "description": "Not found"}"#,
        ),
        (406, ""),
        (
            422,
            r#"{"error": "RecordInvalid", "description": "Record validation errors"}"#,
        ),
        (429, "Number of allowed API requests per minute exceeded"),
    ] {
        assert_eq!(sale(status, body).1, Effect::Unknown, "{status} {body}");
    }
    for status in [401, 402, 403] {
        assert_eq!(sale(status, "").1, Effect::None, "{status}");
    }
}

#[test]
fn error_text_never_makes_an_unknown_effect_certain() {
    for status in [408, 409, 429, 500, 503, 504] {
        assert_eq!(
            sale(status, &invalid("token", "is not available")).1,
            Effect::Unknown
        );
    }
}

#[test]
fn server_error_keeps_its_kind_with_any_words() {
    for status in [500, 503] {
        let kind = sale(status, &invalid("token", "is not available")).0;
        assert_eq!(kind, UpstreamUnavailable, "{status}");
    }
}

#[test]
fn code_does_not_change_a_status_that_decides_alone() {
    let denied = r#"{"error": {"title": "Forbidden", "message": "no"}}"#;
    for (status, kind) in [(402, PaymentRequired), (409, Conflict), (429, RateLimited)] {
        assert_eq!(sale(status, denied).0, kind, "{status}");
    }
    assert_eq!(sale(302, denied).1, Effect::Unknown);
}

#[test]
fn each_status_has_its_kind() {
    for (status, kind) in [
        (400, InvalidRequest),
        (401, CredentialRefused),
        (402, PaymentRequired),
        (403, PermissionDenied),
        (404, NotFound),
        (406, InvalidRequest),
        (409, Conflict),
        (422, InvalidRequest),
        (429, RateLimited),
        (500, UpstreamUnavailable),
        (503, UpstreamUnavailable),
        (504, Timeout),
    ] {
        assert_eq!(read(status, "").0, kind, "{status}");
    }
}

#[test]
fn invalid_endpoint_is_reported_as_such() {
    let missing = r#"{"error": "InvalidEndpoint", "description": "Not found"}"#;
    assert_eq!(read(404, missing).0, Unsupported);
    let unknown = r#"{"error": "RecordNotFound", "description": "Not found"}"#;
    assert_eq!(read(404, unknown).0, NotFound);
}

#[test]
fn code_and_message_are_found_in_every_shape() {
    let said = |code: Option<&str>, message: Option<&str>| {
        (code.map(str::to_owned), message.map(str::to_owned))
    };
    for (body, wanted) in [
        (
            r#"{"error": "RecordNotFound", "description": "Not found"}"#,
            said(Some("RecordNotFound"), Some("Not found")),
        ),
        (
            r#"{"error": {"title": "Forbidden", "message": "You may not"}}"#,
            said(Some("Forbidden"), Some("You may not")),
        ),
        (
            r#"{"error": "Couldn't authenticate you"}"#,
            said(None, Some("Couldn't authenticate you")),
        ),
        (
            r#"{"error": "invalid_token", "error_description": "expired"}"#,
            said(Some("invalid_token"), Some("expired")),
        ),
        (
            r#"{"error": "TooManyValues", "description": "at  most", "max_count": 100}"#,
            said(Some("TooManyValues"), Some("at  most")),
        ),
        (
            r#"{"error": "RecordInvalid", "description": "Errors", "details":
                {"name": [{"description": "is taken", "error": "DuplicateValue"}], "base": [{"description": "no"}]}}"#,
            said(Some("RecordInvalid"), Some("Errors: name: is taken; no")),
        ),
        (
            r#"{"error": null, "details": "none"}"#,
            said(None, Some("none")),
        ),
        (
            r#"{"error": "RecordInvalid", "details": {"base": {"description": "no"}, "token": ["is odd", null]}}"#,
            said(Some("RecordInvalid"), Some("no; token: is odd")),
        ),
        (
            r#"{"error": "RecordInvalid", "details": [{"description": "no", "error": "InvalidValue"}]}"#,
            said(Some("RecordInvalid"), Some("no")),
        ),
        (
            r#"{"errors": [null, {"code": "Odd", "title": "Odd value", "detail": "no"}]}"#,
            said(Some("Odd"), Some("no")),
        ),
        (
            r#"{"error": {"code": "Odd", "message": "no"}}"#,
            said(Some("Odd"), Some("no")),
        ),
        (
            "Required parameter missing: phone_number",
            said(None, Some("Required parameter missing: phone_number")),
        ),
        (" ", said(None, None)),
        ("<html>no</html>", said(None, None)),
        ("[]", said(None, None)),
    ] {
        let (_, code, message) = read(400, body);
        assert_eq!((code, message), wanted, "{body}");
    }
}

fn fields(operation: Operation, kind: ErrorKind, message: &str) -> Vec<String> {
    let upstream = Upstream {
        status: Some(422),
        message: Some(message.to_owned()),
        ..Upstream::default()
    };
    let error = Error::new(kind, "no")
        .with_operation(operation)
        .with_upstream(upstream);
    let fields = refine(error).fields().to_vec();
    fields.into_iter().map(|field| field.field).collect()
}

#[test]
fn fields_have_their_unified_names() {
    let message =
        "Record validation errors: nickname: is too long; priority: is no number; ivr_id: is none";
    assert_eq!(
        fields(Operation::Update, InvalidRequest, message),
        ["label", "provider_options.priority", "voice"]
    );
    let settings =
        "Record validation errors: settings.call_recording_delete_after: is not in the list";
    assert_eq!(
        fields(Operation::Update, InvalidRequest, settings),
        ["provider_options.settings.call_recording_delete_after"]
    );
    assert!(
        fields(
            Operation::Update,
            InvalidRequest,
            "Record validation errors: odd: x"
        )
        .is_empty()
    );
    assert!(fields(Operation::Update, InvalidRequest, "no").is_empty());
}

#[test]
fn a_sale_that_lacks_papers_says_which() {
    let about = |message| fields(Operation::Purchase, VerificationRequired, message);
    assert_eq!(about("an address is needed"), ["address_id"]);
    assert_eq!(
        about("Record validation errors: address_sid: is missing"),
        ["address_id"]
    );
}

#[test]
fn missing_business_papers_do_not_ask_for_an_address() {
    let fields = fields(
        Operation::Purchase,
        VerificationRequired,
        "Record validation errors: This number requires business verification",
    );
    assert_eq!(fields, ["number"]);
}

#[test]
fn database_conflict_is_retried_where_allowed() {
    let body = r#"{"error": "DatabaseConflict", "description": "Database collision"}"#;
    let passes = |status, body| explained(Operation::Update, Replay::Safe, status, body).passes;
    assert!(passes(409, body) && passes(409, "Deadlock found"));
    assert!(!passes(422, body) && !passes(409, "Requester creation collision - please try again"));
}

#[test]
fn a_conflict_that_says_to_try_again_may_be_tried_again() {
    let conflict = |message: &str, effect| {
        let upstream = Upstream {
            status: Some(409),
            message: Some(message.to_owned()),
            ..Upstream::default()
        };
        let error = Error::new(Conflict, "no").with_effect(effect);
        refine(error.with_upstream(upstream)).retry()
    };
    let words = "Requester creation collision - please try again";
    assert_eq!(conflict(words, Effect::None), Retry::Backoff);
    assert_eq!(conflict(words, Effect::Unknown), Retry::Never);
    assert_eq!(conflict("no", Effect::None), Retry::Never);
}
