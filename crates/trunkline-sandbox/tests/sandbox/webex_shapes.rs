//! The keys of documents and errors, and the headers that come with them.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use trunkline_sandbox::credentials::{
    WEBEX_LOCATION_ID, WEBEX_PERSON_ID, WEBEX_UNCONNECTED_LOCATION_ID,
};

use crate::support::{Read, read};
use crate::webex_support::{JOBS, NUMBERS, Org, keys, numbers_of, refusal};

fn set(names: &'static str) -> BTreeSet<&'static str> {
    names.split_whitespace().collect()
}

fn check_headers(answer: &Read) {
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("vary"), "Origin");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("server"), "istio-envoy");
    let tracking = answer.header("trackingid");
    assert_eq!(tracking.len(), "ROUTERGW_".len() + 36);
    if let Some(named) = answer.json["trackingId"].as_str() {
        assert_eq!(named, tracking, "{}", answer.text);
    }
}

#[tokio::test]
async fn rows_of_numbers_have_the_keys_of_the_published_list() {
    let org = Org::start().await;
    let page = org
        .get(&format!("{NUMBERS}?details=true&ownerId={WEBEX_PERSON_ID}"))
        .await;
    check_headers(&page);
    assert_eq!(keys(&page.json), set("count phoneNumbers"));
    let count = "assigned unAssigned inActive extensionOnly tollFreeNumbers total mobileNumber serviceNumber \
        reservedNumber";
    assert_eq!(keys(&page.json["count"]), set(count));
    let rows = page.json["phoneNumbers"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["phoneNumberType"] == "PRIMARY")
        .unwrap();
    let owned = "phoneNumber extension routingPrefix esn state phoneNumberType mainNumber includedTelephonyTypes \
        tollFreeNumber isServiceNumber elinEnabled location owner";
    assert_eq!(keys(row), set(owned));
    assert_eq!(keys(&row["location"]), set("id name"));
    assert_eq!(keys(&row["owner"]), set("id type firstName lastName"));
    assert_eq!(row["esn"], "84151001");
    assert!(
        page.text.starts_with(r#"{"count":{"assigned""#),
        "the order of the keys"
    );
}

#[tokio::test]
async fn rows_without_number_or_owner_or_network_have_fewer_or_more_keys() {
    let org = Org::start().await;
    let bare = &org.rows("numberType=EXTENSION").await[0];
    let extension = "phoneNumber extension routingPrefix esn mainNumber includedTelephonyTypes tollFreeNumber \
        isServiceNumber location owner";
    assert_eq!(keys(bare), set(extension));
    assert!(bare["phoneNumber"].is_null());
    let free = org.row(&org.free(WEBEX_LOCATION_ID).await).await;
    let unassigned = "phoneNumber state mainNumber includedTelephonyTypes tollFreeNumber isServiceNumber \
        elinEnabled location";
    assert_eq!(keys(&free), set(unassigned));
    let mobile = &org.rows("includedTelephonyTypes=MOBILE_NUMBER").await[0];
    assert!(mobile["mobileNetwork"].is_string() && mobile["routingProfile"].is_string());
}

#[tokio::test]
async fn locations_connections_and_jobs_have_their_keys() {
    let org = Org::start().await;
    let listed = org.get("telephony/config/locations").await;
    let row = &listed.json["locations"][0];
    let short = "id name callingLineId routingPrefix outsideDialDigit enforceOutsideDialDigit e911SetupRequired";
    assert_eq!(keys(row), set(short));
    let path = format!("telephony/config/locations/{WEBEX_LOCATION_ID}");
    let details = org.get(&path).await;
    let long = "id name announcementLanguage callingLineId connection externalCallerIdName userLimit \
        outsideDialDigit enforceOutsideDialDigit routingPrefix defaultDomain useChargeNumberForPChargeInfo \
        e911SetupRequired";
    assert_eq!(keys(&details.json), set(long));
    let bare = format!("telephony/config/locations/{WEBEX_UNCONNECTED_LOCATION_ID}");
    let bare = org.get(&bare).await;
    assert_eq!(keys(&bare.json["callingLineId"]), set("name"));
    let connection = format!("telephony/pstn/locations/{WEBEX_LOCATION_ID}/connection");
    let connection = org.get(&connection).await;
    let all = "id displayName pstnConnectionType pstnServices routeType routeId";
    assert_eq!(keys(&connection.json), set(all));
    let body = json!({ "operation": "NUMBER_USAGE_CHANGE", "numberUsageType": "NONE",
        "numberList": [{ "locationId": WEBEX_LOCATION_ID, "numbers": ["+14155550100"] }] });
    let job = org.post(JOBS, body).await;
    let all = "name id jobType trackingId sourceUserId sourceCustomerId targetCustomerId instanceId \
        jobExecutionStatus latestExecutionStatus latestExecutionExitCode operationType sourceLocationId counts";
    assert_eq!(keys(&job.json), set(all));
}

#[tokio::test]
async fn unusable_connection_is_replaced() {
    let org = Org::start().await;
    let path = format!("telephony/pstn/locations/{WEBEX_UNCONNECTED_LOCATION_ID}/connection");
    let missing = org.get(&path).await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.json,
        json!({ "errorMessage": "Location 00000000-0000-4000-8002-000000000005 not found or PSTN for the location is not configured" })
    );
    let options = org
        .get(&format!("{path}Options?serviceTypes=MOBILE_NUMBERS"))
        .await;
    assert_eq!(options.json["items"].as_array().unwrap().len(), 1);
    let id = &options.json["items"][0]["id"];
    assert_eq!(org.put(&path, json!({ "id": id })).await.status, 204);
    assert_eq!(
        org.get(&path).await.json["pstnConnectionType"],
        "NON_INTEGRATED_CCP"
    );
    let trunk = json!({ "premiseRouteType": "TRUNK", "premiseRouteId": "a" });
    assert_eq!(org.put(&path, trunk).await.status, 204);
    assert_eq!(org.get(&path).await.json["routeId"], "a");
    assert_eq!(org.put(&path, json!({})).await.status, 400);
}

#[tokio::test]
async fn a_coded_error_has_its_code_in_body_and_header() {
    let org = Org::start().await;
    let path = format!("people/{WEBEX_UNCONNECTED_LOCATION_ID}/features/numbers");
    let error = org.get(&path).await;
    check_headers(&error);
    assert_eq!(refusal(&error), (404, 4_003));
    assert_eq!(
        keys(&error.json),
        set("errorCode message errors trackingId")
    );
    assert_eq!(error.json["errors"][0]["description"], "User not found.");
    assert_eq!(error.header("cisco-spark-error-codes"), "4003");
}

#[tokio::test]
async fn unknown_path_is_reported() {
    let org = Org::start().await;
    for path in ["telephony/config/people/x/callerId", "elsewhere", ""] {
        let error = org.get(path).await;
        check_headers(&error);
        assert_eq!(error.status, 404);
        assert_eq!(
            error.json["message"],
            format!("No static resource hydra/v1/{path}.")
        );
        assert_eq!(keys(&error.json), set("message errors trackingId"));
        assert_eq!(error.header("x-normalized-path"), "/**");
    }
    let numbers = format!("{}/actions/activate", numbers_of(WEBEX_LOCATION_ID));
    assert_eq!(org.post(&numbers, json!({})).await.status, 404);
}

#[tokio::test]
async fn a_wrong_method_is_named() {
    let org = Org::start().await;
    for (method, path) in [
        (Method::PATCH, NUMBERS),
        (Method::DELETE, JOBS),
        (Method::GET, "access_token"),
        (Method::POST, "groups/x/members"),
    ] {
        let error = read(org.request(method.clone(), path).send().await.unwrap()).await;
        check_headers(&error);
        assert_eq!(error.status, 405, "{method} {path}");
        assert_eq!(
            error.json["message"],
            format!(
                "The requested resource only allows certain HTTP request methods. '{method}' is not supported."
            )
        );
        assert_eq!(error.header("x-normalized-path"), "");
        assert_eq!(error.header("allow"), "");
    }
}

#[tokio::test]
async fn resources_beside_the_numbers_refuse_in_their_own_ways() {
    let org = Org::start().await;
    let assignment = org.post("roleAssignments", json!({})).await;
    assert_eq!(
        assignment.json["message"],
        "The requested resource could not be found."
    );
    let trunk = org
        .post(
            "telephony/config/premisePstn/trunks",
            json!({ "name": "trunk-1" }),
        )
        .await;
    assert_eq!(
        trunk.json["message"],
        "message=Missing required field(s).;detail=Missing fields: locationId, password"
    );
    let queue = "telephony/config/locations/f9079341-9cc5-4b2e-8a41-72cd9ebf7f9d/queues";
    let queue = org.post(queue, json!({})).await;
    assert_eq!(refusal(&queue), (404, 5_620));
    let permission = format!("people/{WEBEX_PERSON_ID}/features/outgoingPermission");
    assert_eq!(refusal(&org.get(&permission).await), (400, 4_003));
}

#[tokio::test]
async fn the_same_requests_get_the_same_identifiers() {
    let tracking = async || {
        let org = Org::start().await;
        let first = org.get(NUMBERS).await;
        let second = org.get(NUMBERS).await;
        [first, second].map(|answer| answer.header("trackingid").to_owned())
    };
    let [first, second] = tracking().await;
    assert_ne!(first, second);
    assert_eq!(tracking().await, [first, second]);
}
