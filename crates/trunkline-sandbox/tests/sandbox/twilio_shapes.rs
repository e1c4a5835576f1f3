//! The keys of every document, as Twilio sends them today.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Read, World};

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap_or_else(|| panic!("{value}"))
        .keys()
        .map(String::as_str)
        .collect()
}

fn set(names: &'static str) -> BTreeSet<&'static str> {
    names.split_whitespace().collect()
}

const OWNED: &str = "sid account_sid friendly_name phone_number voice_url voice_method voice_fallback_url \
    voice_fallback_method voice_caller_id_lookup date_created date_updated sms_url sms_method sms_fallback_url \
    sms_fallback_method address_requirements beta capabilities status_callback status_callback_method api_version \
    voice_application_sid sms_application_sid origin trunk_sid emergency_status emergency_address_sid \
    emergency_address_status address_sid identity_sid bundle_sid uri status";

const ENVELOPE: &str =
    "first_page_uri end previous_page_uri uri page_size start next_page_uri page";

fn check_headers(answer: &Read, content_type: &str) {
    assert_eq!(answer.header("content-type"), content_type);
    assert_eq!(answer.header("twilio-request-id").len(), 34);
    assert!(
        answer
            .header("twilio-request-duration")
            .parse::<f64>()
            .is_ok()
    );
    for name in [
        "twilio-concurrent-requests",
        "x-home-region",
        "x-powered-by",
        "x-shenanigans",
        "date",
    ] {
        assert!(!answer.header(name).is_empty(), "{name}");
    }
}

#[tokio::test]
async fn an_owned_number_has_the_keys_of_2023() {
    let world = World::start().await;
    world.buy_some(1).await;
    let list = world.get("IncomingPhoneNumbers").await;
    let mut envelope = keys(&list.json);
    assert!(envelope.remove("incoming_phone_numbers"));
    assert_eq!(envelope, set(ENVELOPE));
    let row = &list.json["incoming_phone_numbers"][0];
    assert_eq!(keys(row), set(OWNED));
    assert_eq!(keys(&row["capabilities"]), set("voice sms mms"));
    assert!(row["date_created"].as_str().unwrap().ends_with(" +0000"));
    assert_eq!(
        (&row["voice_application_sid"], &row["trunk_sid"]),
        (&"".into(), &Value::Null)
    );
    check_headers(&list, "application/json; charset=utf-8");
}

#[tokio::test]
async fn a_number_on_sale_has_a_place_in_north_america_only() {
    let world = World::start().await;
    let found = world
        .get("AvailablePhoneNumbers/US/Local?AreaCode=415")
        .await;
    assert_eq!(keys(&found.json), set("uri available_phone_numbers"));
    let row = &found.json["available_phone_numbers"][0];
    let home = "friendly_name phone_number lata rate_center latitude longitude locality region postal_code \
        iso_country address_requirements beta capabilities";
    assert_eq!(keys(row), set(home));
    assert_eq!(keys(&row["capabilities"]), set("voice SMS MMS fax"));
    assert_eq!(
        (&row["latitude"], &row["region"]),
        (&"37.774900".into(), &"CA".into())
    );
    let abroad = world.get("AvailablePhoneNumbers/GB/Local").await;
    let row = &abroad.json["available_phone_numbers"][0];
    assert_eq!(
        keys(row),
        set("friendly_name phone_number iso_country beta capabilities")
    );
    assert_eq!(keys(&row["capabilities"]), set("voice SMS MMS"));
    assert_eq!(row["friendly_name"], row["phone_number"]);
    check_headers(&found, "application/json; charset=utf-8");
}

#[tokio::test]
async fn the_search_address_comes_back_sorted() {
    let world = World::start().await;
    let found = world
        .get("AvailablePhoneNumbers/US/Local?PageSize=1&Odd=a+b&Contains=415*")
        .await;
    let uri = found.text_of("uri");
    assert!(
        uri.ends_with("/US/Local.json?Contains=415%2A&Odd=a+b&PageSize=1"),
        "{uri}"
    );
}

#[tokio::test]
async fn an_error_has_four_keys_and_all_headers() {
    let world = World::start().await;
    let error = world.get("IncomingPhoneNumbers/undefined").await;
    assert_eq!(keys(&error.json), set("code message more_info status"));
    assert_eq!(error.json["status"], 404);
    assert_eq!(
        error.json["more_info"],
        "https://www.twilio.com/docs/errors/20404"
    );
    check_headers(&error, "application/json");
}

#[tokio::test]
async fn caller_ids_addresses_and_dependents_have_their_keys() {
    let world = World::start().await;
    let started = world
        .post("OutgoingCallerIds", &[("PhoneNumber", "+14155550150")])
        .await;
    assert_eq!(
        keys(&started.json),
        set("account_sid call_sid friendly_name phone_number validation_code")
    );
    let form = [
        ("CustomerName", "A"),
        ("Street", "B"),
        ("City", "C"),
        ("Region", "D"),
        ("PostalCode", "1"),
        ("IsoCountry", "DE"),
    ];
    let address = world.post("Addresses", &form).await;
    let wanted = "account_sid city customer_name date_created date_updated emergency_enabled friendly_name iso_country \
        postal_code region sid street street_secondary validated verified uri";
    assert_eq!(keys(&address.json), set(wanted));
    let number = world.one("DE/Local").await;
    let sid = address.text_of("sid");
    world
        .post(
            "IncomingPhoneNumbers",
            &[("PhoneNumber", &number), ("AddressSid", &sid)],
        )
        .await;
    let dependents = world
        .get(&format!("Addresses/{sid}/DependentPhoneNumbers"))
        .await;
    let row = &dependents.json["dependent_phone_numbers"][0];
    assert_eq!(keys(&row["capabilities"]), set("Voice SMS MMS"));
    assert_eq!(keys(row).len(), 26);
    assert_eq!(
        keys(&world.get("Balance").await.json),
        set("account_sid balance currency")
    );
}
