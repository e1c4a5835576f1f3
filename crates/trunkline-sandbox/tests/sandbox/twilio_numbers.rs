//! Settings of owned numbers, release, and requests that make no sense.

use reqwest::Method;
use trunkline_sandbox::credentials::{TWILIO_SECOND_ACCOUNT_SID, TWILIO_SUBACCOUNT_SID};

use crate::support::{TWILIO, World, read, rows};

const NUMBERS: &str = "IncomingPhoneNumbers";

async fn world_and_path() -> (World, String) {
    let world = World::start().await;
    let sid = world.buy_some(1).await.remove(0);
    (world, format!("{NUMBERS}/{sid}"))
}

#[tokio::test]
async fn every_setting_is_kept() {
    let (world, path) = world_and_path().await;
    let application = format!("AP{}", "1".repeat(32));
    let bundle = format!("BU{}", "2".repeat(32));
    let identity = format!("RI{}", "3".repeat(32));
    for (name, value, member) in [
        ("FriendlyName", "Support line", "friendly_name"),
        ("ApiVersion", "2008-08-01", "api_version"),
        ("VoiceUrl", "https://v.example.test/", "voice_url"),
        ("VoiceMethod", "GET", "voice_method"),
        (
            "VoiceFallbackUrl",
            "https://vf.example.test/",
            "voice_fallback_url",
        ),
        ("VoiceFallbackMethod", "GET", "voice_fallback_method"),
        ("VoiceReceiveMode", "fax", "voice_receive_mode"),
        ("VoiceApplicationSid", &application, "voice_application_sid"),
        ("SmsUrl", "https://s.example.test/", "sms_url"),
        ("SmsMethod", "GET", "sms_method"),
        (
            "SmsFallbackUrl",
            "https://sf.example.test/",
            "sms_fallback_url",
        ),
        ("SmsFallbackMethod", "GET", "sms_fallback_method"),
        ("SmsApplicationSid", &application, "sms_application_sid"),
        (
            "StatusCallback",
            "https://c.example.test/",
            "status_callback",
        ),
        ("StatusCallbackMethod", "GET", "status_callback_method"),
        ("BundleSid", &bundle, "bundle_sid"),
        ("IdentitySid", &identity, "identity_sid"),
    ] {
        let updated = world.post(&path, &[(name, value)]).await;
        assert_eq!(
            (updated.status.as_u16(), &*updated.text_of(member)),
            (200, value),
            "{name}"
        );
    }
    let shown = world.get(&path).await;
    assert_eq!(shown.text_of("friendly_name"), "Support line");
    assert_eq!(shown.text_of("voice_url"), "https://v.example.test/");
    world
        .post(&path, &[("VoiceCallerIdLookup", "true"), ("VoiceUrl", "")])
        .await;
    let shown = world.get(&path).await;
    assert_eq!(
        (
            &shown.json["voice_caller_id_lookup"],
            &*shown.text_of("voice_url")
        ),
        (&true.into(), "")
    );
}

#[tokio::test]
async fn invalid_update_changes_nothing() {
    let (world, path) = world_and_path().await;
    let before = world.get(&path).await.json;
    for (name, value, code) in [
        ("VoiceMethod", "PUT", 21403),
        ("SmsMethod", "post", 21403),
        ("VoiceUrl", "/relative", 21402),
        ("StatusCallback", "nowhere", 21402),
        ("VoiceFallbackUrl", "https://f.example.test/", 21405),
        ("SmsFallbackUrl", "https://f.example.test/", 21406),
        ("VoiceApplicationSid", "AP1", 21420),
        ("TrunkSid", "TK1", 20423),
        ("AddressSid", "AD1", 20423),
        ("EmergencyAddressSid", "AD1", 20423),
        ("VoiceCallerIdLookup", "yes", 20422),
        ("VoiceReceiveMode", "telex", 20422),
    ] {
        let refused = world
            .post(&path, &[("FriendlyName", "x"), (name, value)])
            .await;
        assert_eq!(refused.error(), (400, code), "{name}");
    }
    assert_eq!(world.get(&path).await.json, before);
}

#[tokio::test]
async fn a_trunk_and_a_voice_application_exclude_each_other() {
    let (world, path) = world_and_path().await;
    let application = format!("AP{}", "1".repeat(32));
    let trunk = format!("TK{}", "2".repeat(32));
    world
        .post(&path, &[("VoiceApplicationSid", &application)])
        .await;
    let trunked = world.post(&path, &[("TrunkSid", &trunk)]).await;
    assert_eq!(
        (
            &*trunked.text_of("trunk_sid"),
            &*trunked.text_of("voice_application_sid")
        ),
        (&*trunk, "")
    );
    let back = world
        .post(&path, &[("VoiceApplicationSid", &application)])
        .await;
    assert!(back.json["trunk_sid"].is_null());
}

#[tokio::test]
async fn an_empty_name_brings_back_the_one_of_the_sale() {
    let (world, path) = world_and_path().await;
    let sold_as = world.get(&path).await.text_of("friendly_name");
    world.post(&path, &[("FriendlyName", "Sales")]).await;
    let unset = world.post(&path, &[("FriendlyName", "")]).await;
    assert_eq!(unset.text_of("friendly_name"), sold_as);
}

#[tokio::test]
async fn a_long_name_is_cut_at_64_characters() {
    let (world, path) = world_and_path().await;
    let updated = world
        .post(&path, &[("FriendlyName", &"n".repeat(70))])
        .await;
    assert_eq!(updated.text_of("friendly_name").len(), 64);
}

#[tokio::test]
async fn a_long_name_is_refused_where_that_is_wished() {
    let world = World::strict().await;
    let sid = world.buy_some(1).await.remove(0);
    let path = format!("{NUMBERS}/{sid}");
    let refused = world
        .post(&path, &[("FriendlyName", &"n".repeat(65))])
        .await;
    assert_eq!(refused.error(), (400, 20002));
}

#[tokio::test]
async fn a_number_moves_between_accounts_of_one_family_only() {
    let (world, path) = world_and_path().await;
    for (target, code) in [
        ("AC1", 21470),
        (&*format!("AC{}", "9".repeat(32)), 21471),
        (TWILIO_SECOND_ACCOUNT_SID, 21474),
    ] {
        assert_eq!(
            world.post(&path, &[("AccountSid", target)]).await.error(),
            (400, code),
            "{target}"
        );
    }
    let moved = world
        .post(&path, &[("AccountSid", TWILIO_SUBACCOUNT_SID)])
        .await;
    assert_eq!(moved.text_of("account_sid"), TWILIO_SUBACCOUNT_SID);
    assert_eq!(world.get(&path).await.error(), (404, 20404));
    assert_eq!(world.ledger().owned[0].account, TWILIO_SUBACCOUNT_SID);
}

#[tokio::test]
async fn a_released_number_is_gone_and_on_the_books() {
    let (world, path) = world_and_path().await;
    let released = world.delete(&path).await;
    assert_eq!((released.status.as_u16(), &*released.text), (204, ""));
    let again = world.delete(&path).await;
    assert_eq!(again.error(), (404, 20404));
    assert!(
        again.text_of("message").ends_with(".json was not found"),
        "{}",
        again.text
    );
    let ledger = world.ledger();
    assert_eq!(
        (
            ledger.owned.len(),
            ledger.releases.len(),
            ledger.requests["release"]
        ),
        (0, 1, 2)
    );
}

#[tokio::test]
async fn a_number_with_an_emergency_address_is_not_released() {
    let (world, path) = world_and_path().await;
    let form = [
        ("CustomerName", "A"),
        ("Street", "B"),
        ("City", "C"),
        ("Region", "CA"),
        ("PostalCode", "94102"),
        ("IsoCountry", "US"),
    ];
    let address = world.post("Addresses", &form).await.text_of("sid");
    let updated = world
        .post(&path, &[("EmergencyAddressSid", &address)])
        .await;
    assert_eq!(updated.text_of("emergency_address_status"), "registered");
    let refused = world.delete(&path).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text_of("message").contains("emergency"));
    world.post(&path, &[("EmergencyAddressSid", "")]).await;
    assert_eq!(world.delete(&path).await.status, 204);
}

#[tokio::test]
async fn unknown_sids_are_not_found() {
    let world = World::start().await;
    for path in [
        format!("{NUMBERS}/undefined"),
        format!("{NUMBERS}/PN{}", "f".repeat(32)),
    ] {
        assert_eq!(world.get(&path).await.error(), (404, 20404));
        assert_eq!(
            world.post(&path, &[("FriendlyName", "x")]).await.error(),
            (404, 20404)
        );
        assert_eq!(world.delete(&path).await.error(), (404, 20404));
    }
    assert_eq!(world.get("Nonsense").await.error(), (404, 20404));
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let world = World::start().await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let refused = read(
            world
                .request(method, &world.url(NUMBERS))
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(refused.error(), (405, 20004));
    }
    let head = world
        .request(Method::HEAD, &world.url(NUMBERS))
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 405);
}

#[tokio::test]
async fn a_path_without_the_suffix_is_answered_in_xml() {
    let world = World::start().await;
    let url = world.url(NUMBERS);
    let xml = read(
        world
            .request(Method::GET, url.trim_end_matches(".json"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (xml.status.as_u16(), xml.header("content-type")),
        (200, "application/xml")
    );
    assert!(xml.text.contains("<TwilioResponse>"), "{}", xml.text);
}

#[tokio::test]
async fn a_list_is_filtered_by_number_name_and_origin() {
    let world = World::start().await;
    let numbers = world.search("US/Local?AreaCode=510&PageSize=3").await;
    for number in &numbers {
        world.buy(number).await;
    }
    let listed = async |query: &str| {
        rows(
            &world.get(&format!("{NUMBERS}?{query}")).await,
            "incoming_phone_numbers",
            "phone_number",
        )
    };
    let exact = numbers[1].replace('+', "%2B");
    assert_eq!(
        listed(&format!("PhoneNumber={exact}")).await,
        [numbers[1].clone()]
    );
    assert_eq!(listed("PhoneNumber=1510*******").await.len(), 3);
    assert_eq!(listed("PhoneNumber=415").await.len(), 0);
    assert_eq!(listed("Origin=hosted").await.len(), 0);
    let name = listed("FriendlyName=nobody").await;
    assert!(name.is_empty());
}

#[tokio::test]
async fn the_balance_goes_down_with_a_purchase() {
    let world = World::start().await;
    let before = world.get("Balance").await.text_of("balance");
    world.buy_some(2).await;
    let after = world.get("Balance").await.text_of("balance");
    assert_eq!((&*before, &*after), ("100000.00", "99997.70"));
    assert!(world.sandbox.url(TWILIO).starts_with("http://127.0.0.1:"));
}
