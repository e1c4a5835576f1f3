use trunkline_core::{
    AccountName, AddressRequirement, CallerIdRequest, CountryCode, ErrorKind, HttpMethod, Number,
    NumberState, Routing, Webhook,
};
use trunkline_http::wire::date;

const ACCOUNT_SID: &str = "AC0123456789abcdef0123456789abcdef";

use super::*;

fn main_account() -> AccountName {
    "main".parse().unwrap()
}

fn held(json: &str) -> Result<Number> {
    number(
        &main_account(),
        ACCOUNT_SID,
        serde_json::from_str(json).unwrap(),
    )
}

fn for_sale(json: &str) -> AvailableNumber {
    let query = SearchQuery::new(CountryCode::US);
    available(&query, serde_json::from_str(json).unwrap()).unwrap()
}

#[test]
fn a_trunk_overrides_the_application_and_both_the_webhook() {
    let number = held(
        r#"{"sid": "PN1", "phone_number": "+14155550100", "trunk_sid": "TK1", "voice_application_sid": "AP1",
        "voice_url": "https://a.example", "voice_method": "GET", "sms_url": "", "sms_method": "POST"}"#,
    )
    .unwrap();
    assert_eq!(number.voice, Routing::Trunk { id: "TK1".into() });
    assert_eq!(number.messaging, Routing::None);
    assert_eq!(
        number.provider_data.as_json(),
        r#"{"voice_application_sid":"AP1","voice_url":"https://a.example","voice_method":"GET"}"#
    );
}

#[test]
fn a_status_callback_alone_is_a_webhook_without_an_address() {
    let number = held(
        r#"{"sid": "PN1", "phone_number": "+14155550100", "voice_url": "", "voice_method": "POST",
        "status_callback": "https://a.example", "status_callback_method": null}"#,
    )
    .unwrap();
    let hook = Webhook {
        status_callback_url: Some("https://a.example".into()),
        ..Webhook::default()
    };
    assert_eq!(number.voice, Routing::Webhook(hook));
}

#[test]
fn type_is_read_in_any_spelling_or_from_the_digits() {
    for text in [
        "toll-free",
        "tollfree",
        "TollFree",
        "toll free",
        "toll_free",
    ] {
        assert_eq!(number_type(text), NumberType::TollFree);
    }
    assert_eq!(
        number_type("satellite-9"),
        NumberType::Other("satellite-9".into())
    );
    let derived = held(r#"{"sid": "PN1", "phone_number": "+18005550100"}"#).unwrap();
    assert_eq!(derived.number_type, NumberType::TollFree);
    assert_eq!(derived.country, Some(CountryCode::US));
}

#[test]
fn a_status_of_twilio_alone_is_kept() {
    let state = |status: &str| {
        held(&format!(
            r#"{{"sid": "PN1", "phone_number": "+14155550100", "status": {status}}}"#
        ))
        .unwrap()
        .state
    };
    assert_eq!(state("\"in-use\""), NumberState::Active);
    assert_eq!(state("null"), NumberState::Active);
    assert_eq!(state("\"parked\""), NumberState::Other("parked".into()));
}

#[test]
fn number_without_a_sid_is_an_error() {
    let error = held(r#"{"phone_number": "+14155550100"}"#).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(held(r#"{"sid": "PN1"}"#).is_err());
}

#[test]
fn number_without_e164_form_is_kept_unchanged() {
    let number = held(r#"{"sid": "PN1", "phone_number": "55501"}"#).unwrap();
    assert_eq!(
        (number.number.as_deref(), number.country),
        (Some("55501"), None)
    );
}

#[test]
fn dates_are_read_to_the_second() {
    let number = held(
        r#"{"sid": "PN1", "phone_number": "+14155550100", "date_created": "Mon, 02 Mar 2026 10:00:00 +0000",
        "date_updated": "yesterday"}"#,
    )
    .unwrap();
    assert_eq!(
        number.purchased_at,
        Some("2026-03-02T10:00:00Z".parse().unwrap())
    );
    assert_eq!(number.updated_at, None);
    assert_eq!(
        number.provider_data.as_json(),
        r#"{"date_updated":"yesterday"}"#
    );
}

#[test]
fn a_date_may_be_written_as_in_rfc_3339_too() {
    let read = |text: &str| date(&serde_json::from_str(text).unwrap());
    let noon = Some("2026-03-02T12:00:00Z".parse().unwrap());
    assert_eq!(read(r#""2026-03-02T12:00:00Z""#).unwrap(), noon);
    assert_eq!(read(r#""Mon, 02 Mar 2026 12:00:00 GMT""#).unwrap(), noon);
    assert_eq!(read("null").unwrap(), None);
    assert_eq!(read(r#""soon""#).unwrap_err().kind(), ErrorKind::Protocol);
}

#[test]
fn number_of_another_account_is_released_and_names_that_account() {
    let moved = held(
        r#"{"sid": "PN1", "phone_number": "+14155550100", "status": "in-use",
        "account_sid": "ACffffffffffffffffffffffffffffffff"}"#,
    )
    .unwrap();
    assert_eq!(moved.state, NumberState::Released);
    assert_eq!(
        moved.provider_data.as_json(),
        r#"{"account_sid":"ACffffffffffffffffffffffffffffffff"}"#
    );
    let own = held(&format!(
        r#"{{"sid": "PN1", "phone_number": "+14155550100", "account_sid": "{ACCOUNT_SID}"}}"#
    ))
    .unwrap();
    assert_eq!(
        (own.state, own.provider_data.as_json()),
        (NumberState::Active, "{}")
    );
}

#[test]
fn method_that_makes_no_sense_is_kept_as_provider_data() {
    let number = held(
        r#"{"sid": "PN1", "phone_number": "+14155550100", "voice_url": "https://a.example", "voice_method": "PUT",
        "voice_fallback_method": "GET", "sms_url": "https://b.example", "sms_method": "Get", "sms_fallback_method": "post"}"#,
    )
    .unwrap();
    let (Routing::Webhook(voice), Routing::Webhook(messaging)) = (number.voice, number.messaging)
    else {
        panic!("no webhooks")
    };
    assert_eq!(
        (voice.method, messaging.method),
        (None, Some(HttpMethod::Get))
    );
    assert_eq!(
        number.provider_data.as_json(),
        r#"{"voice_method":"PUT","voice_fallback_method":"GET"}"#
    );
}

#[test]
fn known_words_are_read_in_any_case() {
    let number = held(
        r#"{"sid": "PN1", "phone_number": "+14155550100", "status": "In-Use", "address_requirements": "Any",
        "emergency_address_status": "Registered"}"#,
    )
    .unwrap();
    assert_eq!(number.state, NumberState::Active);
    assert_eq!(number.address_requirement, AddressRequirement::Any);
    assert!(number.features.emergency);
    let odd = for_sale(r#"{"phone_number": "+14155550100", "address_requirements": "Odd"}"#);
    assert_eq!(
        odd.address_requirement,
        AddressRequirement::Other("Odd".into())
    );
}

#[test]
fn twilios_format_is_shown_only_if_it_is_one_of_this_number() {
    let shown = |friendly_name: &str, number: &str| {
        for_sale(&format!(
            r#"{{"friendly_name": "{friendly_name}", "phone_number": "{number}"}}"#
        ))
        .display_number
    };
    assert_eq!(shown("(415) 555-0100", "+14155550100"), "(415) 555-0100");
    assert_eq!(shown("(415) 555-0109", "+14155550100"), "(415) 555-0100");
    assert_eq!(shown("+442079460123", "+442079460123"), "020 7946 0123");
}

#[test]
fn name_that_is_not_a_format_is_kept_as_provider_data() {
    let kept = |friendly_name: &str| {
        for_sale(&format!(
            r#"{{"friendly_name": "{friendly_name}", "phone_number": "+14155550100"}}"#
        ))
        .provider_data
        .as_json()
        .to_owned()
    };
    for known in ["(415) 555-0100", "+14155550100", "14155550100"] {
        assert_eq!(kept(known), "{}");
    }
    for other in ["Northwind", "(415) 555-0109", "Desk 415 555 0100"] {
        assert_eq!(kept(other), format!(r#"{{"friendly_name":"{other}"}}"#));
    }
}

#[test]
fn coordinates_of_zero_are_unknown() {
    let place = |latitude: &str| {
        for_sale(&format!(
            r#"{{"phone_number": "+14155550100", "latitude": {latitude}, "longitude": "0.000000"}}"#
        ))
        .location
        .latitude
    };
    assert_eq!(place("\"0.000000\""), None);
    assert_eq!(place("51.5"), Some(51.5));
}

#[test]
fn a_code_written_as_a_number_gets_its_zeros_back() {
    let request = CallerIdRequest::new("+14155550100".parse().unwrap());
    let row = serde_json::from_str(r#"{"validation_code": 48213}"#).unwrap();
    let pending = pending_caller_id(&main_account(), &request, row).unwrap();
    assert_eq!(pending.validation_code.as_deref(), Some("048213"));
}

#[test]
fn code_is_read_beside_a_number_in_another_form() {
    let request = CallerIdRequest::new("+14155550100".parse().unwrap());
    let row =
        serde_json::from_str(r#"{"phone_number": "(415) 555-0100", "validation_code": "048213"}"#)
            .unwrap();
    let pending = pending_caller_id(&main_account(), &request, row).unwrap();
    assert_eq!(pending.validation_code.as_deref(), Some("048213"));
    assert_eq!(
        (pending.number.as_deref(), pending.provider_data.as_json()),
        (Some("+14155550100"), r#"{"phone_number":"(415) 555-0100"}"#)
    );
}

#[test]
fn prices_that_can_not_be_read_are_left_out() {
    let country: wire::CountryPrices<'_> = serde_json::from_str(
        r#"{"price_unit": "USD", "phone_number_prices": [
            {"number_type": "toll free", "base_price": "2.15", "current_price": "2.00"},
            null,
            {"number_type": "local", "base_price": "1.15"},
            {"number_type": "mobile", "current_price": "soon"}]}"#,
    )
    .unwrap();
    assert_eq!(
        prices(&country),
        [
            (NumberType::TollFree, Money::parse("2.00", "USD").unwrap()),
            (NumberType::Local, Money::parse("1.15", "USD").unwrap()),
        ]
    );
    let none = serde_json::from_str(r#"{"price_unit": "USD", "phone_number_prices": null}"#);
    assert_eq!(prices(&none.unwrap()), []);
}
