//! Adding, activating, removing, validating; and the main number.

use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    WEBEX_INTEGRATED_LOCATION_ID, WEBEX_LOCATION_ID, WEBEX_PERSON_ID, WEBEX_SECOND_LOCATION_ID,
    WEBEX_TAKEN_NUMBER, WEBEX_UNCONNECTED_LOCATION_ID,
};

use crate::webex_support::{Org, fictional, keys, numbers_of, refusal, text};

const UNKNOWN: &str = "f9079341-9cc5-4b2e-8a41-72cd9ebf7f9d";

#[tokio::test]
async fn added_numbers_are_listed_in_their_location_and_cost_nothing() {
    let org = Org::start().await;
    let added = org.add(&fictional(100, 3)).await;
    assert_eq!((added.status.as_u16(), &*added.text), (201, ""));
    let row = org.row("+14155550101").await;
    assert_eq!(
        (&row["state"], &row["mainNumber"]),
        (&"ACTIVE".into(), &false.into())
    );
    assert_eq!(row["location"]["name"], "San Francisco");
    assert!(row.get("owner").is_none() && row.get("phoneNumberType").is_none());
    let ledger = org.ledger();
    let entry = ledger
        .owned
        .iter()
        .find(|entry| entry.number == "+14155550101");
    assert_eq!(entry.unwrap().monthly_price, "0.00");
    assert!(ledger.purchases.is_empty());
    assert_eq!(ledger.requests["register"], 1);
}

#[tokio::test]
async fn state_usage_and_type_are_taken_from_the_request() {
    let org = Org::start().await;
    let add = async |number: &str, more: Value| {
        let mut body = json!({ "phoneNumbers": [number] });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let added = org.post(&numbers_of(WEBEX_LOCATION_ID), body).await;
        assert_eq!(added.status, 201, "{}", added.text);
        org.row(number).await
    };
    let plain = add("+14155550100", json!({})).await;
    assert_eq!(plain["state"], "ACTIVE");
    let inactive = add("+14155550101", json!({ "state": "INACTIVE" })).await;
    assert_eq!(inactive["state"], "INACTIVE");
    let service = add("+14155550102", json!({ "numberUsageType": "SERVICE" })).await;
    assert_eq!(service["isServiceNumber"], true);
    let free = add("+18005550103", json!({ "numberType": "TOLLFREE" })).await;
    assert_eq!(free["tollFreeNumber"], true);
    let mobile = add("+14155550104", json!({ "numberType": "MOBILE" })).await;
    assert_eq!(
        (&mobile["state"], &mobile["includedTelephonyTypes"]),
        (&"INACTIVE".into(), &"MOBILE_NUMBER".into())
    );
}

#[tokio::test]
async fn existing_number_is_a_conflict_and_adds_nothing() {
    let org = Org::start().await;
    let numbers = fictional(100, 2);
    org.add(&numbers[..1]).await;
    let again = org.add(&numbers).await;
    assert_eq!(refusal(&again), (409, 8_363));
    assert_eq!(again.json["errorCode"], 25_223);
    assert_eq!(
        again.json["errors"][0]["description"],
        "DN is in use : +14155550100"
    );
    assert!(!org.owns("+14155550101"));
}

#[tokio::test]
async fn bad_numbers_come_back_in_an_array_and_nothing_is_added() {
    let org = Org::start().await;
    let numbers = ["+1416", "+14155550100", "+14155550100", WEBEX_TAKEN_NUMBER].map(str::to_owned);
    let refused = org.add(&numbers).await;
    assert_eq!(refused.status, 400);
    let errors = refused.json[0]["errors"].as_array().unwrap();
    let codes: Vec<_> = errors
        .iter()
        .map(|error| text(error, "errorCode"))
        .collect();
    assert_eq!(codes, ["8362", "8360", "8361"]);
    let members = [
        "number",
        "errorType",
        "errorCode",
        "errorMessage",
        "errorTitle",
    ];
    assert_eq!(keys(&errors[0]), members.into());
    assert!(!org.owns("+14155550100"));
}

#[tokio::test]
async fn at_most_twenty_mobile_numbers_are_added_at_once() {
    let org = Org::start().await;
    let body = |count| json!({ "phoneNumbers": fictional(100, count), "numberType": "MOBILE" });
    let path = numbers_of(WEBEX_LOCATION_ID);
    assert_eq!(org.post(&path, body(21)).await.status, 400);
    assert_eq!(org.post(&path, body(20)).await.status, 201);
}

#[tokio::test]
async fn a_location_on_calling_plans_or_without_a_connection_takes_no_writes() {
    let org = Org::start().await;
    let number = org.free(WEBEX_INTEGRATED_LOCATION_ID).await;
    let refused = org.remove(WEBEX_INTEGRATED_LOCATION_ID, &[number]).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json["errorCode"]),
        (400, &"ERR.V.TRM.TMN60004".into())
    );
    assert_eq!(
        refused.json["errorMessage"],
        "DELETE number(s) is supported only for non-integrated CCP and LGW locations."
    );
    let body = json!({ "phoneNumbers": fictional(100, 1) });
    for location in [WEBEX_UNCONNECTED_LOCATION_ID, UNKNOWN] {
        let refused = org.remove(location, &fictional(100, 1)).await;
        assert_eq!(refused.status, 404);
        assert_eq!(keys(&refused.json), ["errorMessage"].into());
    }
    let add = async |location: &str| org.post(&numbers_of(location), body.clone()).await;
    assert_eq!(add(WEBEX_INTEGRATED_LOCATION_ID).await.status, 400);
    assert_eq!(refusal(&add(UNKNOWN).await), (404, 5_620));
}

#[tokio::test]
async fn numbers_are_deactivated_and_activated_together_or_not_at_all() {
    let org = Org::start().await;
    let numbers = fictional(100, 2);
    org.add(&numbers).await;
    let set = async |numbers: &[String], action: Value| {
        let mut body = json!({ "phoneNumbers": numbers });
        if action.is_string() {
            body["action"] = action;
        }
        org.put(&numbers_of(WEBEX_LOCATION_ID), body).await
    };
    assert_eq!(set(&numbers, "DEACTIVATE".into()).await.status, 204);
    assert_eq!(org.row(&numbers[1]).await["state"], "INACTIVE");
    assert_eq!(set(&numbers, Value::Null).await.status, 204);
    assert_eq!(org.row(&numbers[1]).await["state"], "ACTIVE");
    let owned = org.rows(&format!("ownerId={WEBEX_PERSON_ID}")).await;
    let assigned = text(&owned[0], "phoneNumber");
    let mixed = [numbers[0].clone(), assigned];
    assert_eq!(set(&mixed, "DEACTIVATE".into()).await.status, 409);
    assert_eq!(org.row(&numbers[0]).await["state"], "ACTIVE");
    let unknown = set(&fictional(110, 1), "ACTIVATE".into()).await;
    assert_eq!(refusal(&unknown), (400, 25_089));
    let many: Vec<_> = (0..501).map(|n| format!("+1415556{n:04}")).collect();
    assert_eq!(set(&many, "DEACTIVATE".into()).await.status, 400);
}

#[tokio::test]
async fn removed_numbers_are_gone_and_a_second_removal_is_a_bad_gateway() {
    let org = Org::start().await;
    let numbers = fictional(100, 6);
    org.add(&numbers).await;
    assert_eq!(org.remove(WEBEX_LOCATION_ID, &numbers).await.status, 400);
    let removed = org.remove(WEBEX_LOCATION_ID, &numbers[..5]).await;
    assert_eq!((removed.status.as_u16(), &*removed.text), (204, ""));
    assert!(org.row(&numbers[0]).await.is_null());
    assert!(org.owns(&numbers[5]));
    let again = org.remove(WEBEX_LOCATION_ID, &numbers[4..]).await;
    assert_eq!(again.status, 502);
    assert_eq!(again.header("cisco-spark-error-codes"), "4251");
    let elsewhere = org.remove(WEBEX_SECOND_LOCATION_ID, &numbers[5..]).await;
    assert_eq!(elsewhere.status, 502);
    let releases = org.ledger().releases;
    assert_eq!(releases.len(), 5);
    assert_eq!(org.add(&numbers[..1]).await.status, 201, "it can come back");
}

#[tokio::test]
async fn main_or_assigned_numbers_and_empty_requests_remove_nothing() {
    let org = Org::start().await;
    let main = org.main(WEBEX_LOCATION_ID).await;
    let main = main.as_str().unwrap().to_owned();
    let owned = org.rows(&format!("ownerId={WEBEX_PERSON_ID}")).await;
    for number in [main, text(&owned[0], "phoneNumber")] {
        let refused = org
            .remove(WEBEX_LOCATION_ID, std::slice::from_ref(&number))
            .await;
        assert_eq!(refused.status, 409, "{}", refused.text);
        assert!(org.owns(&number));
    }
    let bare = org.request(reqwest::Method::DELETE, &numbers_of(WEBEX_LOCATION_ID));
    let refused = crate::support::read(bare.send().await.unwrap()).await;
    assert_eq!(refusal(&refused), (400, 25_024));
    assert_eq!(
        refused.json["message"],
        "Invalid JSON format in request body: Required request body is missing"
    );
}

#[tokio::test]
async fn validation_answers_for_every_number() {
    let org = Org::start().await;
    org.add(&fictional(100, 1)).await;
    let numbers = [
        "+14155550101",
        "+14155550101",
        "4155550100",
        "+1800",
        WEBEX_TAKEN_NUMBER,
    ];
    let body = json!({ "phoneNumbers": numbers });
    let path = "telephony/config/actions/validateNumbers/invoke";
    let answer = org.post(path, body).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json["status"]),
        (200, &"ERRORS".into())
    );
    let rows = answer.json["phoneNumbers"].as_array().unwrap();
    let states: Vec<_> = rows.iter().map(|row| text(row, "state")).collect();
    assert_eq!(
        states,
        [
            "Available",
            "Duplicate In List",
            "Duplicate",
            "Invalid",
            "Unavailable"
        ]
    );
    assert_eq!(rows[0]["detail"], json!([]));
    assert_eq!(
        rows[3]["detail"],
        json!(["[Error 8362] DN is invalid : +1800"])
    );
    let fine = org
        .post(path, json!({ "phoneNumbers": ["+18005550100"] }))
        .await;
    assert_eq!(
        (
            &fine.json["status"],
            &fine.json["phoneNumbers"][0]["tollFreeNumber"]
        ),
        (&"OK".into(), &true.into())
    );
}

#[tokio::test]
async fn the_main_number_is_one_of_the_location_or_stays_as_it_was() {
    let org = Org::start().await;
    let path = format!("telephony/config/locations/{WEBEX_LOCATION_ID}");
    let set = |number: &str| {
        let body = json!({ "callingLineId": { "phoneNumber": number } });
        org.put(&path, body)
    };
    let before = org.main(WEBEX_LOCATION_ID).await;
    let foreign = org.free(WEBEX_SECOND_LOCATION_ID).await;
    assert_eq!(set(&foreign).await.status, 204);
    assert_eq!(org.main(WEBEX_LOCATION_ID).await, before);
    let own = org.free(WEBEX_LOCATION_ID).await;
    assert_eq!(set(&own).await.status, 204);
    assert_eq!(org.main(WEBEX_LOCATION_ID).await, own.as_str());
    assert_eq!(org.row(&own).await["mainNumber"], true);
    let old = org.row(before.as_str().unwrap()).await;
    assert_eq!(old["mainNumber"], false);
    assert!(old.get("phoneNumberType").is_none());
}

#[tokio::test]
async fn names_of_a_location_are_checked_and_a_new_prefix_starts_a_job() {
    let org = Org::start().await;
    let path = format!("telephony/config/locations/{WEBEX_LOCATION_ID}");
    let named = |name: &str| json!({ "externalCallerIdName": name });
    assert_eq!(org.put(&path, named("Sandbox Inc")).await.status, 204);
    assert_eq!(org.put(&path, named("100 % \"us\"")).await.status, 400);
    assert_eq!(
        org.get(&path).await.json["externalCallerIdName"],
        "Sandbox Inc"
    );
    let prefix = org.put(&path, json!({ "routingPrefix": "8999" })).await;
    assert_eq!(prefix.status, 200);
    assert!(prefix.json["batchJobId"].is_string());
    assert_eq!(refusal(&org.get(&format!("{}x", path)).await), (404, 5_620));
}

#[tokio::test]
async fn an_emergency_address_is_checked() {
    let org = Org::start().await;
    let number = org.free(WEBEX_LOCATION_ID).await.replace('+', "%2B");
    let path = |number: &str| format!("telephony/pstn/numbers/{number}/emergencyAddress");
    let address = json!({ "emergencyAddress": {
        "address1": "1 Way", "city": "San Francisco", "state": "CA", "postalCode": "94102", "country": "US",
    } });
    assert_eq!(org.put(&path(&number), address.clone()).await.status, 204);
    let missing = json!({ "emergencyAddress": { "city": "San Francisco" } });
    assert_eq!(
        refusal(&org.put(&path(&number), missing).await),
        (400, 25_008)
    );
    let unknown = org.put(&path("+14155550199"), address).await;
    assert_eq!(unknown.status, 404);
}
