//! The compatibility API: the same numbers in Twilio's words.

use serde_json::{Value, json};
use trunkline_sandbox::credentials::SIGNALWIRE_BROKE_PROJECT_ID;

use crate::signalwire_support::{LONG, Space};
use crate::support::{Read, rows};

const NUMBERS: &str = "IncomingPhoneNumbers";

/// Status and code of a refusal: the code is a text, the status is not.
fn error(answer: &Read) -> (u16, &str) {
    assert_eq!(answer.json["status"], answer.status.as_u16());
    let code = answer.json["code"].as_str();
    (answer.status.as_u16(), code.unwrap_or_default())
}

async fn search(space: &Space, path: &str) -> Vec<String> {
    let path = space.laml(&format!("AvailablePhoneNumbers/{path}"));
    let found = space.get(&path).await;
    rows(&found, "available_phone_numbers", "phone_number")
}

#[tokio::test]
async fn a_search_is_shaped_as_it_was_seen() {
    let space = Space::start().await;
    let path = format!("/2010-04-01/Accounts/{}", space.project);
    let path = format!("{path}/AvailablePhoneNumbers/US/Local");
    let found = space
        .get(&format!("{path}.json?InRegion=NY&PageSize=1"))
        .await;
    let row = &found.json["available_phone_numbers"][0];
    let number = row["phone_number"].as_str().unwrap();
    let name = format!("{}-{}-{}", &number[2..5], &number[5..8], &number[8..]);
    let wanted = format!(
        "{{\"uri\":\"{path}?InRegion=NY&PageSize=1\",\"available_phone_numbers\":[{{\
         \"friendly_name\":\"{name}\",\"phone_number\":\"{number}\",\"lata\":null,\
         \"rate_center\":\"NWYRCYZN01\",\"latitude\":null,\"longitude\":null,\"region\":\"NY\",\
         \"postal_code\":null,\"iso_country\":\"US\",\
         \"capabilities\":{{\"voice\":true,\"SMS\":true,\"MMS\":true}},\"beta\":false}}]}}"
    );
    assert_eq!(found.text, wanted);
}

#[tokio::test]
async fn searches_have_quirks_of_their_own() {
    let space = Space::start().await;
    for (path, start) in [
        ("US/Local?AreaCode=415", "+1415"),
        ("US/TollFree", "+18"),
        ("US/TollFree?AreaCode=510", "+1510"),
        ("CA/Local", "+1416"),
        ("US/Local?Contains=NY2", "+1"),
    ] {
        let found = search(&space, path).await;
        assert!(path.contains("NY2") || !found.is_empty(), "{path}");
        assert!(found.iter().all(|n| n.starts_with(start)), "{path}");
    }
    let abroad = space.laml("AvailablePhoneNumbers/GB/Local");
    assert_eq!(error(&space.get(&abroad).await), (404, "20404"));
    let wild = space.laml("AvailablePhoneNumbers/US/Local?Contains=415*");
    assert_eq!(error(&space.get(&wild).await), (400, "10000"));
}

#[tokio::test]
async fn a_purchase_takes_settings_and_both_apis_show_them() {
    let space = Space::start().await;
    let number = search(&space, "US/Local?AreaCode=415").await.remove(0);
    let form = [
        ("PhoneNumber", number.as_str()),
        ("FriendlyName", "Front desk"),
        ("SmsUrl", "https://sms.example.test/in"),
        ("SmsMethod", "GET"),
    ];
    let bought = space.form(NUMBERS, &form).await;
    assert_eq!(bought.status, 201, "{}", bought.text);
    assert_eq!(bought.json["friendly_name"], "Front desk");
    assert_eq!(bought.json["account_sid"], space.project);
    assert!(bought.text_of("date_created").ends_with(" +0000"));
    let sid = bought.text_of("sid");
    let rest = space.get(&format!("phone_numbers/{sid}")).await;
    assert_eq!(rest.json["name"], "Front desk");
    assert_eq!(rest.json["message_handler"], "laml_webhooks");
    assert_eq!(rest.json["message_request_method"], "GET");
    let path = format!("{NUMBERS}/{sid}.json");
    let form = [("VoiceApplicationSid", "app"), ("FriendlyName", "Desk")];
    let changed = space.form(&path, &form).await;
    assert_eq!(changed.json["voice_application_sid"], "app");
    let rest = space.get(&format!("phone_numbers/{sid}")).await;
    assert_eq!(rest.json["call_handler"], "laml_application");
    let shown = space.get(&space.laml(&path)).await;
    assert_eq!(shown.json["friendly_name"], "Desk");
    assert_eq!(space.ledger().purchases.len(), 1);
}

#[tokio::test]
async fn refused_purchase_has_specific_exit_codes() {
    let space = Space::start().await;
    for (form, wanted) in [
        (vec![], (400, "21421")),
        (vec![("AreaCode", "713")], (422, "21451")),
        (vec![("PhoneNumber", "nonsense")], (400, "21401")),
        (vec![("PhoneNumber", "+14155550100")], (422, "10000")),
        (
            vec![("PhoneNumber", "+14155550100"), ("VoiceUrl", "x")],
            (400, "21402"),
        ),
        (
            vec![("PhoneNumber", "+14155550100"), ("FriendlyName", "")],
            (400, "20002"),
        ),
    ] {
        let answer = space.form(NUMBERS, &form).await;
        assert_eq!(error(&answer), wanted, "{form:?}");
    }
    let area = space.form(NUMBERS, &[("AreaCode", "713")]).await;
    assert_eq!(area.json["message"], "Areacode is not supported yet");
    let poor = Space::of(SIGNALWIRE_BROKE_PROJECT_ID).await;
    let number = search(&poor, "US/Local?AreaCode=415").await.remove(0);
    let answer = poor.form(NUMBERS, &[("PhoneNumber", &number)]).await;
    assert_eq!(error(&answer), (422, "4001"));
}

#[tokio::test]
async fn a_list_has_links_with_the_prefix_and_no_start_or_end() {
    let space = Space::start().await;
    space.buy_some(3).await;
    let path = format!("/2010-04-01/Accounts/{}/{NUMBERS}.json", space.project);
    let first = space.get(&format!("{path}?PageSize=2")).await;
    let base = space.laml(NUMBERS);
    assert_eq!(first.json["uri"], format!("{base}?Page=0&PageSize=2"));
    assert_eq!(first.json["previous_page_uri"], Value::Null);
    assert_eq!(first.json["page_size"], 2);
    assert_eq!(first.json.as_object().unwrap().len(), 7);
    let next = first.text_of("next_page_uri");
    let second = space.get(&next).await;
    assert_eq!(second.json["next_page_uri"], Value::Null);
    let back = second.text_of("previous_page_uri");
    let back = space.get(&back).await;
    let collection = "incoming_phone_numbers";
    assert_eq!(back.json[collection], first.json[collection]);
    let mut all = rows(&first, collection, "sid");
    all.extend(rows(&second, collection, "sid"));
    assert_eq!(all.len(), 3);
    for (query, wanted) in [
        ("PageSize=1001", (400, "54454")),
        ("Page=1", (400, "21481")),
        ("Page=1&PageToken=x", (400, "54453")),
    ] {
        let answer = space.get(&format!("{path}?{query}")).await;
        assert_eq!(error(&answer), wanted, "{query}");
    }
}

#[tokio::test]
async fn a_number_too_young_is_not_released_here_either() {
    let space = Space::start().await;
    let sid = space.buy_some(1).await.remove(0);
    let path = space.laml(&format!("{NUMBERS}/{sid}"));
    assert_eq!(error(&space.delete(&path).await), (422, "22121"));
    space.sandbox.advance_clock(LONG);
    assert_eq!(space.delete(&path).await.status, 204);
    assert_eq!(error(&space.delete(&path).await), (404, "20404"));
}

#[tokio::test]
async fn unknown_callers_and_paths_are_not_found() {
    let space = Space::start().await;
    let path = space.laml(NUMBERS);
    let wrong = space.get_as(space.project, "wrong", &path).await;
    assert_eq!(error(&wrong), (401, "20003"));
    let other = path.replace(space.project, "00000000-0000-4000-8000-000000000001");
    assert_eq!(error(&space.get(&other).await), (401, "20003"));
    let caller_ids = space.get(&space.laml("OutgoingCallerIds.json")).await;
    assert_eq!(error(&caller_ids), (404, "20404"));
    let members: Vec<_> = caller_ids.json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["code", "message", "more_info", "status"]);
    assert_eq!(json!(404), caller_ids.json["status"]);
}
