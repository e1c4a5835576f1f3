use trunkline_core::ErrorKind;
use trunkline_http::Body;

use super::*;

fn pairs(json: &str) -> Vec<(String, String)> {
    let id = "PN00000000000000000000000000000001";
    let request = update("AC1", id, &serde_json::from_str(json).unwrap()).unwrap();
    let Body::Form(form) = request.body else {
        panic!("{request:?}")
    };
    let pairs = form.into_iter();
    pairs
        .map(|(name, value)| (name.into_owned(), value))
        .collect()
}

fn refused(json: &str) -> (ErrorKind, String) {
    let error = fields(&serde_json::from_str(json).unwrap()).unwrap_err();
    (error.kind(), error.fields()[0].field.clone())
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn webhook_is_set_whole_and_replaces_application_and_trunk() {
    let hook = r#"{"voice": {"type": "webhook", "url": "https://a.example/in", "fallback_url": "https://b.example",
        "fallback_method": "get", "status_callback_url": "https://c.example"}}"#;
    assert_eq!(
        pairs(hook),
        owned(&[
            ("VoiceUrl", "https://a.example/in"),
            ("VoiceMethod", "POST"),
            ("VoiceFallbackUrl", "https://b.example"),
            ("VoiceFallbackMethod", "GET"),
            ("StatusCallback", "https://c.example"),
            ("StatusCallbackMethod", "POST"),
            ("VoiceApplicationSid", ""),
            ("TrunkSid", ""),
        ])
    );
}

#[test]
fn empty_routing_clears_everything() {
    let cleared = owned(&[
        ("VoiceUrl", ""),
        ("VoiceFallbackUrl", ""),
        ("StatusCallback", ""),
        ("VoiceApplicationSid", ""),
        ("TrunkSid", ""),
    ]);
    assert_eq!(pairs(r#"{"voice": null}"#), cleared);
    assert_eq!(pairs(r#"{"voice": {"type": "none"}}"#), cleared);
}

#[test]
fn application_and_trunk_are_never_sent_together() {
    let names = |json: &str| {
        pairs(json)
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let application =
        names(r#"{"voice": {"type": "application", "id": "AP00000000000000000000000000000001"}}"#);
    let sends = |names: &[String], name: &str| names.iter().any(|sent| sent == name);
    assert!(sends(&application, "VoiceApplicationSid") && !sends(&application, "TrunkSid"));
    let trunk =
        names(r#"{"voice": {"type": "trunk", "id": "TK00000000000000000000000000000001"}}"#);
    assert!(sends(&trunk, "TrunkSid") && !sends(&trunk, "VoiceApplicationSid"));
}

#[test]
fn application_or_trunk_leaves_the_status_callback_alone() {
    for routing in [
        r#"{"voice": {"type": "application", "id": "AP00000000000000000000000000000001"}}"#,
        r#"{"voice": {"type": "trunk", "id": "TK00000000000000000000000000000001"}}"#,
    ] {
        let sent = pairs(routing);
        assert!(sent.iter().all(|(name, _)| name != "StatusCallback"));
    }
}

#[test]
fn invalid_address_or_sid_is_named() {
    for (json, field) in [
        (
            r#"{"voice": {"type": "webhook", "url": "nowhere"}}"#,
            "voice.url",
        ),
        (
            r#"{"voice": {"type": "webhook", "url": "https://a.example", "fallback_url": "/b"}}"#,
            "voice.fallback_url",
        ),
        (
            r#"{"voice": {"type": "webhook", "status_callback_url": "ftp://a.example"}}"#,
            "voice.status_callback_url",
        ),
        (
            r#"{"messaging": {"type": "webhook", "url": "sms"}}"#,
            "messaging.url",
        ),
        (
            r#"{"voice": {"type": "application", "id": "TK00000000000000000000000000000001"}}"#,
            "voice.id",
        ),
        (r#"{"voice": {"type": "trunk", "id": "1"}}"#, "voice.id"),
        (
            r#"{"messaging": {"type": "application", "id": "AP1"}}"#,
            "messaging.id",
        ),
        (r#"{"emergency_address_id": "AD1"}"#, "emergency_address_id"),
        (
            r#"{"provider_options": {"status_callback": "here"}}"#,
            "provider_options.status_callback",
        ),
        (
            r#"{"provider_options": {"identity_sid": "BU1"}}"#,
            "provider_options.identity_sid",
        ),
    ] {
        assert_eq!(refused(json), (ErrorKind::InvalidRequest, field.to_owned()));
    }
}

#[test]
fn field_that_twilio_can_not_express_is_named() {
    for (json, field) in [
        (r#"{"voice": {"type": "ivr", "id": "1"}}"#, "voice"),
        (r#"{"voice": {"type": "sip_endpoint", "id": "1"}}"#, "voice"),
        (r#"{"voice": {"type": "group", "ids": []}}"#, "voice"),
        (
            r#"{"voice": {"type": "provider", "handler": "relay"}}"#,
            "voice",
        ),
        (
            r#"{"messaging": {"type": "trunk", "id": "TK00000000000000000000000000000001"}}"#,
            "messaging",
        ),
        (
            r#"{"messaging": {"type": "webhook", "url": "https://a.example", "status_callback_url": "https://b.example"}}"#,
            "messaging.status_callback_url",
        ),
        (r#"{"caller_id_name": "x"}"#, "caller_id_name"),
        (r#"{"shared": true}"#, "shared"),
    ] {
        assert_eq!(refused(json), (ErrorKind::Unsupported, field.to_owned()));
    }
}

#[test]
fn fallback_without_a_first_address_is_rejected() {
    let json = r#"{"messaging": {"type": "webhook", "fallback_url": "https://b.example"}}"#;
    assert_eq!(
        refused(json),
        (
            ErrorKind::InvalidRequest,
            "messaging.fallback_url".to_owned()
        )
    );
}

#[test]
fn option_may_add_to_a_unified_field_but_not_contradict_it() {
    let added = r#"{"voice": {"type": "application", "id": "AP00000000000000000000000000000001"}, "provider_options": {"status_callback": "https://c.example"}}"#;
    let callback = owned(&[("StatusCallback", "https://c.example")]);
    assert!(pairs(added).contains(&callback[0]));
    let contradicted = r#"{"voice": {"type": "application", "id": "AP00000000000000000000000000000001"}, "provider_options": {"voice_application_sid": "AP00000000000000000000000000000002"}}"#;
    assert_eq!(
        refused(contradicted),
        (
            ErrorKind::InvalidRequest,
            "provider_options.voice_application_sid".to_owned()
        )
    );
}

#[test]
fn every_writable_parameter_of_twilio_can_be_reached() {
    let everything = r#"{
        "label": "Front desk", "emergency_address_id": "AD00000000000000000000000000000001",
        "voice": {"type": "webhook", "url": "https://a.example", "fallback_url": "https://b.example", "status_callback_url": "https://c.example"},
        "messaging": {"type": "webhook", "url": "https://d.example", "fallback_url": "https://e.example"},
        "provider_options": {"account_sid": "AC00000000000000000000000000000001", "address_sid": "AD00000000000000000000000000000002", "api_version": "2010-04-01", "bundle_sid": "BU00000000000000000000000000000001",
            "emergency_status": "Active", "identity_sid": "RI00000000000000000000000000000001", "voice_caller_id_lookup": true, "voice_receive_mode": "fax"}
    }"#;
    let mut names: Vec<_> = pairs(everything)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "AccountSid",
            "AddressSid",
            "ApiVersion",
            "BundleSid",
            "EmergencyAddressSid",
            "EmergencyStatus",
            "FriendlyName",
            "IdentitySid",
            "SmsApplicationSid",
            "SmsFallbackMethod",
            "SmsFallbackUrl",
            "SmsMethod",
            "SmsUrl",
            "StatusCallback",
            "StatusCallbackMethod",
            "TrunkSid",
            "VoiceApplicationSid",
            "VoiceCallerIdLookup",
            "VoiceFallbackMethod",
            "VoiceFallbackUrl",
            "VoiceMethod",
            "VoiceReceiveMode",
            "VoiceUrl",
        ]
    );
}
