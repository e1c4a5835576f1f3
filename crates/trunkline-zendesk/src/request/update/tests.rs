use trunkline_core::ErrorKind;
use trunkline_http::{Body, Replay};

use super::*;

fn sent(json: &str) -> Result<String> {
    let request = update("6", &serde_json::from_str(json).unwrap())?;
    assert_eq!(
        (request.method.as_str(), request.replay),
        ("PUT", Replay::Safe)
    );
    assert_eq!(request.query, [("include".into(), INCLUDE.to_owned())]);
    let Body::Json(body) = request.body else {
        panic!("{json}")
    };
    let body = String::from_utf8(body).unwrap();
    let inner = body
        .strip_prefix(r#"{"phone_number":"#)
        .and_then(|rest| rest.strip_suffix('}'));
    Ok(inner.unwrap().to_owned())
}

fn refused(json: &str) -> (ErrorKind, String) {
    let error = sent(json).unwrap_err();
    (error.kind(), error.fields()[0].field.clone())
}

#[test]
fn each_unified_field_has_its_name_there() {
    for (update, body) in [
        (r#"{"label": "Front desk"}"#, r#"{"nickname":"Front desk"}"#),
        (r#"{"label": null}"#, r#"{"nickname":null}"#),
        (r#"{"label": ""}"#, r#"{"nickname":null}"#),
        (
            r#"{"voice": {"type": "group", "ids": ["1", "2"]}}"#,
            r#"{"group_ids":[1,2],"ivr_id":null}"#,
        ),
        (
            r#"{"voice": {"type": "ivr", "id": "4"}}"#,
            r#"{"group_ids":[],"ivr_id":4}"#,
        ),
        (
            r#"{"voice": {"type": "none"}}"#,
            r#"{"group_ids":[],"ivr_id":null}"#,
        ),
        (r#"{"voice": null}"#, r#"{"group_ids":[],"ivr_id":null}"#),
        (
            r#"{"messaging": {"type": "group", "ids": ["7"]}}"#,
            r#"{"sms_group_id":7}"#,
        ),
        (r#"{"messaging": null}"#, r#"{"sms_group_id":null}"#),
        (
            r#"{"label": "West", "provider_options": {"recorded": true, "settings": {"voicemail": false}}}"#,
            r#"{"nickname":"West","recorded":true,"settings":{"voicemail":false}}"#,
        ),
    ] {
        assert_eq!(sent(update).unwrap(), body, "{update}");
    }
}

#[test]
fn field_unknown_to_zendesk_is_unsupported() {
    let unsupported = |json: &str, field: &str| {
        assert_eq!(
            refused(json),
            (ErrorKind::Unsupported, field.to_owned()),
            "{json}"
        );
    };
    let url = r#"{"type": "webhook", "url": "https://voice.example.com"}"#;
    unsupported(&format!(r#"{{"voice": {url}}}"#), "voice");
    unsupported(&format!(r#"{{"messaging": {url}}}"#), "messaging");
    unsupported(r#"{"messaging": {"type": "ivr", "id": "4"}}"#, "messaging");
    unsupported(
        r#"{"messaging": {"type": "group", "ids": ["1", "2"]}}"#,
        "messaging.ids",
    );
    for field in [
        "emergency_address_id",
        "caller_id_name",
        "location",
        "owner",
        "state",
    ] {
        unsupported(&format!(r#"{{"{field}": "x"}}"#), field);
    }
    unsupported(r#"{"shared": true}"#, "shared");
}

#[test]
fn invalid_id_is_rejected_by_name() {
    for (json, field) in [
        (
            r#"{"voice": {"type": "group", "ids": ["support"]}}"#,
            "voice.ids",
        ),
        (r#"{"voice": {"type": "group", "ids": []}}"#, "voice.ids"),
        (r#"{"voice": {"type": "ivr", "id": "-4"}}"#, "voice.id"),
        (
            r#"{"messaging": {"type": "group", "ids": ["x"]}}"#,
            "messaging.ids",
        ),
    ] {
        assert_eq!(
            refused(json),
            (ErrorKind::InvalidRequest, field.to_owned()),
            "{json}"
        );
    }
}

#[test]
fn option_that_contradicts_a_routing_is_rejected() {
    let both = r#"{"voice": {"type": "ivr", "id": "4"}, "provider_options": {"ivr_id": 4}}"#;
    assert_eq!(sent(both).unwrap(), r#"{"group_ids":[],"ivr_id":4}"#);
    let other = r#"{"voice": {"type": "ivr", "id": "4"}, "provider_options": {"group_ids": [1]}}"#;
    let wanted = (
        ErrorKind::InvalidRequest,
        "provider_options.group_ids".to_owned(),
    );
    assert_eq!(refused(other), wanted);
    let options = r#"{"provider_options": {"ivr_id": 4, "group_ids": [1]}}"#;
    assert_eq!(sent(options).unwrap(), r#"{"group_ids":[1],"ivr_id":4}"#);
}

#[test]
fn empty_update_reads_the_number() {
    for json in [
        "{}",
        r#"{"provider_options": {}}"#,
        r#"{"provider_options": {"settings": {}}}"#,
    ] {
        let request = update("6", &serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(
            (request.method.as_str(), request.operation),
            ("GET", Operation::Update)
        );
    }
}
