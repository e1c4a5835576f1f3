//! Caller IDs: a setting of an owner.

use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    WEBEX_LOCATION_ID, WEBEX_LONDON_LOCATION_ID, WEBEX_PERSON_ID, WEBEX_SECOND_LOCATION_ID,
    WEBEX_VIRTUAL_LINE_ID, WEBEX_WORKSPACE_ID,
};
use trunkline_sandbox::{Fault, FaultPlan};

use crate::webex_support::{Org, WEBEX, refusal, text};

fn person() -> String {
    format!("people/{WEBEX_PERSON_ID}/features/callerId")
}

fn settings() -> [String; 3] {
    [
        person(),
        format!("workspaces/{WEBEX_WORKSPACE_ID}/features/callerId"),
        format!("telephony/config/virtualLines/{WEBEX_VIRTUAL_LINE_ID}/callerId"),
    ]
}

#[tokio::test]
async fn every_person_starts_with_the_direct_line() {
    let org = Org::start().await;
    for path in settings() {
        let shown = org.get(&path).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        assert_eq!(shown.json["selected"], "DIRECT_LINE");
        assert_eq!(
            shown.json["types"],
            json!(["DIRECT_LINE", "LOCATION_NUMBER", "CUSTOM"])
        );
        assert!(text(&shown.json, "directNumber").starts_with("+1415"));
        assert_eq!(
            shown.json["locationNumber"],
            org.main(WEBEX_LOCATION_ID).await
        );
        assert_eq!(shown.json["externalCallerIdNamePolicy"], "DIRECT_LINE");
    }
}

#[tokio::test]
async fn every_member_that_can_be_written_is_shown_again() {
    let org = Org::start().await;
    let number = org.free(WEBEX_SECOND_LOCATION_ID).await;
    let body = json!({
        "selected": "CUSTOM",
        "customNumber": number,
        "blockInForwardCallsEnabled": true,
        "externalCallerIdNamePolicy": "OTHER",
        "customExternalCallerIdName": "Front office",
        "additionalExternalCallerIdDirectLineEnabled": true,
        "additionalExternalCallerIdLocationNumberEnabled": true,
        "additionalExternalCallerIdCustomNumber": number,
        "directLineCallerIdName": { "selection": "CUSTOM_NAME", "customName": "Office" },
        "dialByFirstName": "Amy",
        "dialByLastName": "B",
    });
    let put = org.put(&person(), body.clone()).await;
    assert_eq!((put.status.as_u16(), &*put.text), (204, ""));
    let shown = org.get(&person()).await.json;
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    let more = org
        .put(&person(), json!({ "selected": "LOCATION_NUMBER" }))
        .await;
    assert_eq!(more.status, 204);
    let shown = org.get(&person()).await.json;
    assert_eq!(shown["dialByFirstName"], "Amy", "what is absent stays");
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_is_refused() {
    let org = Org::start().await;
    let foreign = org.free(WEBEX_LONDON_LOCATION_ID).await;
    for body in [
        json!({}),
        json!({ "selected": "CUSTOM" }),
        json!({ "selected": "MOBILE_NUMBER" }),
        json!({ "selected": "NOBODY" }),
        json!({ "selected": "CUSTOM", "customNumber": "+14155550100" }),
        json!({ "selected": "CUSTOM", "customNumber": foreign }),
        json!({ "selected": "DIRECT_LINE", "externalCallerIdNamePolicy": "NONE" }),
        json!({ "selected": "DIRECT_LINE", "customExternalCallerIdName": "Zoë" }),
        json!({ "selected": "DIRECT_LINE", "customExternalCallerIdName": "50 %" }),
        json!({ "selected": "DIRECT_LINE", "blockInForwardCallsEnabled": "yes" }),
    ] {
        let refused = org.put(&person(), body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
    }
    let missing = org.put(&person(), json!({})).await;
    assert_eq!(
        missing.json["message"],
        "message=Missing required field(s).;detail=Missing fields: selected"
    );
    assert_eq!(org.get(&person()).await.json["selected"], "DIRECT_LINE");
}

#[tokio::test]
async fn unknown_person_workspace_and_line_have_different_errors() {
    let org = Org::start().await;
    let unknown = "5abc823f-d60d-47e5-bf41-7a79b8061524";
    let person = org
        .get(&format!("people/{unknown}/features/callerId"))
        .await;
    assert_eq!(refusal(&person), (404, 4_003));
    let place = org
        .get(&format!("workspaces/{unknown}/features/callerId"))
        .await;
    assert_eq!(refusal(&place), (405, 25_409));
    assert_eq!(
        place.json["message"],
        format!("Invalid Professional Place: {unknown}")
    );
    let line = format!("telephony/config/virtualLines/{unknown}/callerId");
    assert_eq!(org.get(&line).await.status, 404);
}

#[tokio::test]
async fn going_back_to_the_direct_line_counts_as_a_removal() {
    let org = Org::start().await;
    let reset = json!({ "selected": "DIRECT_LINE", "additionalExternalCallerIdCustomNumber": "" });
    let fault = FaultPlan::once(WEBEX, "delete_caller_id", Fault::status(503));
    org.world.sandbox.inject(fault).unwrap();
    let update = json!({ "selected": "DIRECT_LINE", "customExternalCallerIdName": "A" });
    assert_eq!(org.put(&person(), update).await.status, 204);
    assert_eq!(org.put(&person(), reset.clone()).await.status, 503);
    assert_eq!(org.put(&person(), reset).await.status, 204);
    let requests = org.ledger().requests;
    assert_eq!(
        (requests["update_caller_id"], requests["delete_caller_id"]),
        (1, 2)
    );
}

#[tokio::test]
async fn the_numbers_of_a_caller_id_are_active_ones_near_the_location() {
    let org = Org::start().await;
    let list = async |query: &str| -> Vec<Value> {
        let path = format!(
            "telephony/config/locations/{WEBEX_LOCATION_ID}/externalCallerId/availableNumbers?{query}"
        );
        let found = org.get(&path).await;
        found.json["phoneNumbers"].as_array().unwrap().clone()
    };
    let all = list("").await;
    let places: std::collections::BTreeSet<_> = all
        .iter()
        .map(|row| text(&row["location"], "name"))
        .collect();
    assert_eq!(
        places,
        ["Oakland", "San Francisco"].map(str::to_owned).into()
    );
    assert!(all.iter().all(|row| row["state"] == "ACTIVE"));
    assert!(all.iter().any(|row| row["isMainNumber"] == true));
    let (one, two) = (text(&all[0], "phoneNumber"), text(&all[1], "phoneNumber"));
    let query = format!("phoneNumber={one},{two}").replace('+', "%2B");
    assert_eq!(list(&query).await.len(), 2);
    assert!(
        list("ownerName=brandt")
            .await
            .iter()
            .all(|row| row["owner"]["lastName"] == "Brandt")
    );
    assert_eq!(list("max=1&start=1").await, all[1..2]);
}

#[tokio::test]
async fn assignable_numbers_are_unowned_and_callable_numbers_are_owned() {
    let org = Org::start().await;
    let list = async |path: &str| -> Vec<Value> {
        let found = org
            .get(&format!("telephony/config/{path}/availableNumbers"))
            .await;
        assert_eq!(found.status, 200, "{}", found.text);
        found.json["phoneNumbers"].as_array().unwrap().clone()
    };
    for path in ["people/primary", "workspaces", "virtualLines"] {
        let rows = list(path).await;
        assert!(
            !rows.is_empty() && rows.iter().all(|row| row.get("owner").is_none()),
            "{path}"
        );
    }
    let person = format!("people/{WEBEX_PERSON_ID}");
    for purpose in ["callForwarding", "callIntercept", "emergencyCallbackNumber"] {
        let rows = list(&format!("{person}/{purpose}")).await;
        assert!(
            !rows.is_empty() && rows.iter().all(|row| row["owner"].is_object()),
            "{purpose}"
        );
    }
    assert!(list(&format!("locations/{WEBEX_LOCATION_ID}")).await.len() > 10);
}

#[tokio::test]
async fn verification_is_unsupported() {
    let org = Org::start().await;
    assert_eq!(
        org.world.sandbox.validation_code(WEBEX, "+14155550100"),
        None
    );
    let path = "/webex/caller-ids/+14155550100/answer";
    let answered = org.world.control(reqwest::Method::POST, path, None).await;
    assert_eq!(answered.status, 404);
    assert!(answered.json["error"].is_string());
}
