//! What the numbers of a location are used for, jobs that are given up, and locations as all of Webex knows them.

use serde_json::{Value, json};
use trunkline_sandbox::Options;
use trunkline_sandbox::credentials::{
    WEBEX_LOCATION_ID, WEBEX_LONDON_LOCATION_ID, WEBEX_SECOND_LOCATION_ID,
};

use crate::webex_support::{JOBS, Org, text};

fn usage(location: &str, action: &str) -> String {
    format!("telephony/pstn/locations/{location}/numbers?action={action}")
}

async fn modifiable(org: &Org, action: &str) -> Vec<Value> {
    let path = format!(
        "telephony/pstn/locations/{WEBEX_LOCATION_ID}/numbers/availableNumbers?action={action}"
    );
    let found = org.get(&path).await;
    assert_eq!(found.status, 200, "{}", found.text);
    found.json["phoneNumbers"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_number_becomes_one_that_says_where_an_emergency_is_and_standard_again() {
    let org = Org::start().await;
    let open = modifiable(&org, "modifyElin").await;
    let row = open
        .iter()
        .find(|row| row["isServiceNumber"] == false)
        .unwrap();
    assert_eq!(
        (&row["isELIN"], &row["telephonyType"]),
        (&false.into(), &"PSTN_NUMBER".into())
    );
    let number = text(row, "phoneNumber");
    let change = async |action: &str| {
        let body = json!({ "numbers": [number] });
        let answer = org.post(&usage(WEBEX_LOCATION_ID, action), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["orders"][0].clone()
    };
    let order = change("modifyElin").await;
    assert_eq!(
        (&order["status"], &order["numbers"][0]["usage"]),
        (&"PROVISIONED".into(), &"ELIN".into())
    );
    assert_eq!(org.row(&number).await["elinEnabled"], true);
    let elins = org.rows("elinEnabled=true").await;
    assert_eq!(
        (elins.len(), text(&elins[0], "phoneNumber")),
        (1, number.clone())
    );
    assert!(
        org.rows("elinEnabled=false")
            .await
            .iter()
            .all(|row| row["phoneNumber"] != *number)
    );
    let again = change("modifyElin").await;
    let outcome = &again["numbers"][0];
    assert_eq!(
        (&again["status"], &outcome["status"]),
        (&"ERROR".into(), &"FAILED".into())
    );
    assert!(outcome["errors"][0]["errorCode"].is_string(), "{outcome}");
    assert_eq!(
        change("modifyStandard").await["numbers"][0]["usage"],
        "NONE"
    );
    assert_eq!(org.row(&number).await["elinEnabled"], false);
    assert_eq!(
        change("modifyService").await["numbers"][0]["usage"],
        "SERVICE"
    );
    assert_eq!(org.row(&number).await["isServiceNumber"], true);
}

#[tokio::test]
async fn each_number_of_an_order_has_its_own_outcome() {
    let org = Org::start().await;
    let free = org.free(WEBEX_LOCATION_ID).await;
    let taken = text(
        &org.rows("assigned=true&phoneNumberType=PRIMARY").await[0],
        "phoneNumber",
    );
    let body = json!({ "numbers": [free, taken, "+14155559999"] });
    let order = org
        .post(&usage(WEBEX_LOCATION_ID, "modifyElin"), body)
        .await;
    let order = &order.json["orders"][0];
    let numbers = order["numbers"].as_array().unwrap().iter();
    let statuses: Vec<_> = numbers.map(|number| number["status"].clone()).collect();
    assert_eq!(order["status"], "PARTIAL");
    assert_eq!(statuses, ["SUCCESS", "FAILED", "FAILED"]);
}

#[tokio::test]
async fn an_action_that_is_missing_or_unknown_is_refused() {
    let org = Org::start().await;
    let body = json!({ "numbers": ["+14155550100"] });
    for path in [
        usage(WEBEX_LOCATION_ID, "modifyEverything"),
        format!("telephony/pstn/locations/{WEBEX_LOCATION_ID}/numbers"),
    ] {
        assert_eq!(org.post(&path, body.clone()).await.status, 400, "{path}");
    }
    let nowhere = usage("Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzA", "modifyElin");
    assert_eq!(org.post(&nowhere, body).await.status, 404);
    let empty = org
        .post(&usage(WEBEX_LOCATION_ID, "modifyElin"), json!({}))
        .await;
    assert_eq!(empty.status, 400);
}

#[tokio::test]
async fn a_running_job_can_be_given_up() {
    let options = Options {
        webex_job_ms: 60_000,
        ..Options::free_ports()
    };
    let org = Org::with(options).await;
    let number = org.free(WEBEX_LOCATION_ID).await;
    let body = json!({
        "operation": "MOVE", "targetLocationId": WEBEX_SECOND_LOCATION_ID,
        "numberList": [{ "locationId": WEBEX_LOCATION_ID, "numbers": [number] }],
    });
    let job = org.post(JOBS, body).await;
    assert_eq!(job.status, 201, "{}", job.text);
    let path = format!("{JOBS}/{}", text(&job.json, "id"));
    let abandon = format!("{path}/actions/abandon/invoke");
    assert_eq!(org.post(&abandon, json!({})).await.status, 204);
    assert_eq!(
        org.get(&path).await.json["latestExecutionStatus"],
        "ABANDONED"
    );
    assert_eq!(org.post(&abandon, json!({})).await.status, 409);
    let row = org.row(&number).await;
    assert_eq!(
        row["location"]["id"], WEBEX_LOCATION_ID,
        "it stays where it was"
    );
}

#[tokio::test]
async fn the_locations_of_the_organization_are_listed_beside_telephony() {
    let org = Org::start().await;
    let all = org.get("locations").await;
    let items = all.json["items"].as_array().unwrap();
    assert_eq!(items.len(), 5, "{}", all.text);
    assert!(
        items
            .iter()
            .all(|item| item["address"]["country"].is_string())
    );
    let one = org
        .get(&format!("locations?id={WEBEX_LONDON_LOCATION_ID}"))
        .await;
    assert_eq!(one.json["items"][0]["name"], "London");
    let page = org.get("locations?max=2").await;
    assert_eq!(page.json["items"].as_array().unwrap().len(), 2);
    assert!(page.header("link").contains("rel=\"next\""));
    assert_eq!(
        org.get("locations?name=Nowhere").await.json["items"],
        json!([])
    );
    assert_eq!(org.ledger().requests["list_locations"], 4);
}
