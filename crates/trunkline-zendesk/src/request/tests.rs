use trunkline_http::{Body, Replay};

use super::*;

fn order(json: &str) -> PurchaseOrder {
    let base = r#""account": "main", "number": "+14155550100""#;
    serde_json::from_str(&format!("{{{base}{json}}}")).unwrap()
}

#[test]
fn purchase_sends_only_token_and_address_and_is_never_repeated() {
    let sent = |address| {
        let request = purchase("5f0c", address).unwrap();
        assert_eq!(request.replay, Replay::Never);
        let Body::Json(body) = request.body else {
            panic!("{:?}", request.body)
        };
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()
    };
    assert_eq!(sent(None), json!({"phone_number": {"token": "5f0c"}}));
    assert_eq!(
        sent(Some("AD1")),
        json!({"phone_number": {"token": "5f0c"}, "address_sid": "AD1"})
    );
}

#[test]
fn settings_are_made_after_the_purchase() {
    let order = order(
        r#", "handle": "5f0c", "address_id": "AD1", "label": "Front desk", "provider_options": {"recorded": true}"#,
    );
    let after = settings_after(&order).unwrap().unwrap();
    assert_eq!(
        serde_json::to_string(&after).unwrap(),
        r#"{"label":"Front desk","provider_options":{"recorded":true}}"#
    );
}

#[test]
fn order_without_settings_has_no_update() {
    for rest in [
        "",
        r#", "address_id": "AD1""#,
        r#", "provider_options": {"settings": {}}"#,
    ] {
        assert_eq!(settings_after(&order(rest)).unwrap(), None, "{rest}");
    }
}

#[test]
fn order_with_invalid_settings_is_rejected_before_it_is_paid() {
    for (rest, kind, field) in [
        (
            r#", "voice": {"type": "webhook", "url": "https://a.example"}"#,
            ErrorKind::Unsupported,
            "voice",
        ),
        (
            r#", "emergency_address_id": "AD1""#,
            ErrorKind::Unsupported,
            "emergency_address_id",
        ),
        (
            r#", "provider_options": {"colour": 1}"#,
            ErrorKind::InvalidRequest,
            "provider_options.colour",
        ),
    ] {
        let error = settings_after(&order(rest)).unwrap_err();
        assert_eq!(
            (error.kind(), error.fields()[0].field.as_str()),
            (kind, field)
        );
    }
}

#[test]
fn an_id_is_an_integer() {
    assert!(get(Operation::Get, "900000120986").is_ok());
    for id in [
        "",
        "search",
        "../lines",
        "1?x=1",
        "-1",
        "123456789012345678901",
        "٣",
    ] {
        let errors = [
            get(Operation::Get, id).unwrap_err(),
            release(Operation::Release, id).unwrap_err(),
        ];
        assert_eq!(
            errors.map(|error| error.kind()),
            [ErrorKind::NotFound; 2],
            "{id}"
        );
    }
}

#[test]
fn an_address_is_read_only_if_its_id_was_given() {
    let request = address("900000031").unwrap();
    assert_eq!(request.path, "api/v2/channels/voice/addresses/900000031");
    assert_eq!(address("AD0a1b2c3d4e5f60718293a4b5c6d7e8f9"), None);
}

#[test]
fn recordings_are_kept_as_long_as_zendesk_allows() {
    for time in [
        "never", "1.days", "1.weeks", "2.weeks", "1.months", "2.months", "3.months", "6.months",
        "1.years", "2.years",
    ] {
        for setting in [
            "call_recording_delete_after",
            "voicemail_recording_delete_after",
        ] {
            let settings = format!(r#"{{"settings":{{"{setting}":"{time}"}}}}"#);
            let wanted = format!(r#"{{"provider_options":{settings}}}"#);
            let request = update("6", &serde_json::from_str(&wanted).unwrap()).unwrap();
            let Body::Json(body) = request.body else {
                panic!("{:?}", request.body)
            };
            let sent = format!(r#"{{"phone_number":{settings}}}"#);
            assert_eq!(String::from_utf8(body).unwrap(), sent);
        }
    }
}
