use http::HeaderMap;
use trunkline_core::{Effect, Upstream};
use trunkline_http::Replay;

use super::*;

fn explained(operation: Operation, status: u16, body: &str) -> Explained {
    explain(&Refusal {
        operation,
        replay: Replay::Safe,
        status: StatusCode::from_u16(status).unwrap(),
        headers: &HeaderMap::new(),
        body: body.as_bytes(),
    })
}

fn kind(status: u16, body: &str) -> ErrorKind {
    explained(Operation::Get, status, body).kind
}

#[test]
fn every_row_decides_over_its_status() {
    let exists =
        r#"["Resource Error - PhoneNumber already exists ('number': '1111', 'tenant_uuid': 't')"]"#;
    assert_eq!(kind(400, exists), ErrorKind::Conflict);
    let denied = r#"["('t0ken', 'confd.phone-numbers.read', 'tenant')"]"#;
    assert_eq!(kind(401, denied), ErrorKind::PermissionDenied);
    assert_eq!(kind(404, "<!doctype html>\n"), ErrorKind::InvalidRequest);
    assert_eq!(kind(504, "<html>"), ErrorKind::Timeout);
}

#[test]
fn registration_refused_with_a_cut_body_has_unknown_effect() {
    let broken = r#"["Resource Error - PhoneNumber alr"#;
    let register = explained(Operation::Register, 400, broken);
    assert_eq!(
        (register.kind, register.effect),
        (ErrorKind::Protocol, Effect::Unknown)
    );
    let update = explained(Operation::Update, 400, broken);
    assert_eq!(
        (update.kind, update.effect),
        (ErrorKind::InvalidRequest, Effect::None)
    );
}

#[test]
fn refusal_outside_the_table_is_explained_by_its_status() {
    assert_eq!(
        kind(400, r#"["Input Error - _schema: ['no']"]"#),
        ErrorKind::InvalidRequest
    );
    assert_eq!(
        kind(400, r#"{"message": "no JSON"}"#),
        ErrorKind::InvalidRequest
    );
    assert_eq!(
        kind(401, r#"["('', 'confd.phone-numbers.read')"]"#),
        ErrorKind::CredentialRefused
    );
    assert_eq!(kind(401, ""), ErrorKind::CredentialRefused);
    assert_eq!(
        kind(404, r#"["Resource Not Found - ..."]"#),
        ErrorKind::NotFound
    );
    assert_eq!(kind(404, ""), ErrorKind::NotFound);
    assert_eq!(
        kind(405, r#"{"message": "not allowed"}"#),
        ErrorKind::Unsupported
    );
    assert_eq!(kind(500, ""), ErrorKind::UpstreamUnavailable);
    assert_eq!(kind(502, "<html>"), ErrorKind::UpstreamUnavailable);
    assert_eq!(
        kind(503, r#"["('localhost', 9497, 'refused')"]"#),
        ErrorKind::UpstreamUnavailable
    );
}

#[test]
fn a_refusal_had_no_effect_and_a_server_error_may_have() {
    let effect = |operation, status| explained(operation, status, "[]").effect;
    for status in [400, 401, 404, 405] {
        assert_eq!(
            effect(Operation::Register, status),
            Effect::None,
            "{status}"
        );
    }
    for status in [500, 502, 503, 504] {
        assert_eq!(
            effect(Operation::Register, status),
            Effect::Unknown,
            "{status}"
        );
        assert_eq!(effect(Operation::List, status), Effect::None, "{status}");
    }
}

#[test]
fn messages_are_kept_verbatim_but_for_tokens_and_sql() {
    let message = |status, body| explained(Operation::Get, status, body).message;
    let one = message(400, r#"["Input Error - number: ['no']"]"#);
    assert_eq!(one.as_deref(), Some("Input Error - number: ['no']"));
    assert_eq!(message(400, r#"["a", "b"]"#).as_deref(), Some("a; b"));
    assert_eq!(message(405, r#"{"message": "no"}"#).as_deref(), Some("no"));
    assert_eq!(message(502, "<html>"), None);
    let sql =
        r#"["Unexpected error: (psycopg2.errors.CheckViolation) [SQL: UPDATE phone_number]"]"#;
    assert_eq!(message(500, sql).as_deref(), Some("Unexpected error"));
    let echo = r#"["('t0ken', 'confd.phone-numbers.read')"]"#;
    assert_eq!(
        message(401, echo).as_deref(),
        Some("access to confd.phone-numbers.read")
    );
}

#[test]
fn a_login_is_refused_in_the_words_of_wazo_auth() {
    let explained = explain_login(&Refusal {
        operation: Operation::CheckHealth,
        replay: Replay::Safe,
        status: StatusCode::UNAUTHORIZED,
        headers: &HeaderMap::new(),
        body: br#"{"reason": ["Authentication Failed"], "timestamp": [1732229121.4], "status_code": 401}"#,
    });
    assert_eq!(explained.kind, ErrorKind::CredentialRefused);
    assert_eq!(explained.message.as_deref(), Some("Authentication Failed"));
}

#[test]
fn fields_are_named_as_the_caller_wrote_them() {
    let field = |operation, words: &str| {
        let upstream = Upstream {
            message: Some(words.to_owned()),
            ..Upstream::default()
        };
        let error = Error::new(ErrorKind::InvalidRequest, "no")
            .with_operation(operation)
            .with_upstream(upstream);
        let fields = refine(error).fields().to_vec();
        fields.into_iter().next().map(|field| field.field)
    };
    for (operation, theirs, ours) in [
        (Operation::Register, "number", "number"),
        (
            Operation::Register,
            "caller_id_name",
            "provider_options.caller_id_name",
        ),
        (Operation::Register, "shared", "shared"),
        (Operation::Update, "number", "provider_options.number"),
        (Operation::Update, "caller_id_name", "caller_id_name"),
        (Operation::UpdateCallerId, "caller_id_name", "label"),
        (Operation::RegisterRange, "end_number", "end_number"),
        (Operation::List, "order", "provider_options.order"),
        (Operation::List, "shared", "provider_options.shared"),
        (Operation::List, "limit", "limit"),
        (Operation::List, "offset", "cursor"),
        (Operation::SetMain, "phone_number_uuid", "id"),
    ] {
        let words = format!("Input Error - {theirs}: ['no']");
        assert_eq!(
            field(operation, &words).as_deref(),
            Some(ours),
            "{operation} {theirs}"
        );
    }
    assert_eq!(
        field(Operation::Register, "Input Error - _schema: ['no']"),
        None
    );
}
