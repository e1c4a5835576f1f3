//! Jobs: moves and changes of use, by the carriers' clock.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_sandbox::Options;
use trunkline_sandbox::credentials::{
    WEBEX_LOCATION_ID, WEBEX_LONDON_LOCATION_ID, WEBEX_PERSON_ID, WEBEX_SECOND_LOCATION_ID,
};

use crate::support::Read;
use crate::webex_support::{JOBS, Org, keys, text};

const HOUR: Duration = Duration::from_secs(3_600);

/// An organization whose jobs take an hour.
async fn slow() -> Org {
    let options = Options {
        webex_job_ms: 3_600_000,
        ..Options::free_ports()
    };
    Org::with(options).await
}

async fn start_move(org: &Org, target: &str, numbers: &[String]) -> Read {
    let body = json!({
        "operation": "MOVE",
        "targetLocationId": target,
        "numberList": [{ "locationId": WEBEX_LOCATION_ID, "numbers": numbers }],
    });
    org.post(JOBS, body).await
}

async fn job(org: &Org, id: &str) -> Value {
    let answer = org.get(&format!("{JOBS}/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

fn stage(job: &Value) -> (&str, &str) {
    (
        job["latestExecutionStatus"].as_str().unwrap(),
        job["latestExecutionExitCode"].as_str().unwrap(),
    )
}

#[tokio::test]
async fn a_move_takes_its_time_and_then_the_number_is_elsewhere() {
    let org = slow().await;
    let number = org.free(WEBEX_LOCATION_ID).await;
    let started = start_move(
        &org,
        WEBEX_SECOND_LOCATION_ID,
        std::slice::from_ref(&number),
    )
    .await;
    assert_eq!(started.status, 201, "{}", started.text);
    assert_eq!(stage(&started.json), ("STARTING", "UNKNOWN"));
    assert_eq!(
        started.json["targetLocationId"],
        "00000000-0000-4000-8002-000000000002"
    );
    let id = started.text_of("id");
    org.world.sandbox.advance_clock(HOUR / 2);
    assert_eq!(stage(&job(&org, &id).await), ("STARTED", "UNKNOWN"));
    assert_eq!(org.row(&number).await["location"]["name"], "San Francisco");
    org.world.sandbox.advance_clock(HOUR / 2);
    let done = job(&org, &id).await;
    assert_eq!(stage(&done), ("COMPLETED", "COMPLETED"));
    assert_eq!(done["targetLocationId"], WEBEX_SECOND_LOCATION_ID);
    assert_eq!(
        (
            &done["counts"]["numbersMoved"],
            &done["counts"]["numbersFailed"]
        ),
        (&1.into(), &0.into())
    );
    assert_eq!(org.row(&number).await["location"]["name"], "Oakland");
    assert_eq!(org.ledger().requests["get_job"], 2);
}

#[tokio::test]
async fn a_second_job_while_one_runs_is_a_conflict() {
    let org = slow().await;
    let number = org.free(WEBEX_LOCATION_ID).await;
    let first = start_move(
        &org,
        WEBEX_SECOND_LOCATION_ID,
        std::slice::from_ref(&number),
    )
    .await;
    let second = start_move(
        &org,
        WEBEX_SECOND_LOCATION_ID,
        std::slice::from_ref(&number),
    )
    .await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 409));
    org.world.sandbox.advance_clock(HOUR);
    let third = start_move(&org, WEBEX_SECOND_LOCATION_ID, &[number]).await;
    assert_eq!(third.status, 201);
    let listed = org.get(JOBS).await;
    assert_eq!(listed.json["items"][0]["id"], third.json["id"]);
    assert_eq!(listed.json["items"][1]["id"], first.json["id"]);
}

#[tokio::test]
async fn immovable_numbers_are_listed_with_reasons() {
    let org = slow().await;
    let main = org.main(WEBEX_LOCATION_ID).await;
    let owned = org.rows(&format!("ownerId={WEBEX_PERSON_ID}")).await;
    let query = format!("state=INACTIVE&locationId={WEBEX_LOCATION_ID}");
    let inactive = org.rows(&query).await;
    let free = org.free(WEBEX_LOCATION_ID).await;
    let numbers = [
        main.as_str().unwrap().to_owned(),
        text(&owned[0], "phoneNumber"),
        text(&inactive[0], "phoneNumber"),
        free.clone(),
    ];
    let started = start_move(&org, WEBEX_SECOND_LOCATION_ID, &numbers).await;
    org.world.sandbox.advance_clock(HOUR);
    let id = started.text_of("id");
    let done = job(&org, &id).await;
    assert_eq!(stage(&done), ("COMPLETED", "COMPLETED_WITH_ERRORS"));
    let errors = org.get(&format!("{JOBS}/{id}/errors")).await;
    let items = errors.json["items"].as_array().unwrap();
    let codes: Vec<_> = items
        .iter()
        .map(|item| text(&item["error"]["message"][0], "code"))
        .collect();
    assert_eq!(codes, ["BATCH-1017024", "BATCH-1017023", "BATCH-1017021"]);
    assert_eq!(items[0]["item"], main);
    assert_eq!(org.row(&free).await["location"]["name"], "Oakland");
}

#[tokio::test]
async fn numbers_cannot_move_to_another_country() {
    let org = slow().await;
    let number = org.free(WEBEX_LOCATION_ID).await;
    let started = start_move(
        &org,
        WEBEX_LONDON_LOCATION_ID,
        std::slice::from_ref(&number),
    )
    .await;
    org.world.sandbox.advance_clock(HOUR);
    let errors = format!("{JOBS}/{}/errors", started.text_of("id"));
    let errors = org.get(&errors).await;
    let message = &errors.json["items"][0]["error"]["message"][0];
    assert_eq!(message["code"], "BATCH-1017027");
    assert_eq!(org.row(&number).await["location"]["name"], "San Francisco");
}

#[tokio::test]
async fn a_change_of_use_makes_a_service_number() {
    let org = slow().await;
    let number = org.free(WEBEX_LOCATION_ID).await;
    let was = org.row(&number).await["isServiceNumber"] == true;
    let usage = if was { "NONE" } else { "SERVICE" };
    let body = json!({
        "operation": "NUMBER_USAGE_CHANGE",
        "numberUsageType": usage,
        "numberList": [{ "locationId": WEBEX_LOCATION_ID, "numbers": [number] }],
    });
    let started = org.post(JOBS, body).await;
    org.world.sandbox.advance_clock(HOUR);
    let done = job(&org, &started.text_of("id")).await;
    assert_eq!(done["counts"]["numbersUsageChanged"], 1);
    assert_eq!(org.row(&number).await["isServiceNumber"], !was);
}

#[tokio::test]
async fn a_paused_job_does_nothing_until_it_is_resumed() {
    let org = slow().await;
    let number = org.free(WEBEX_LOCATION_ID).await;
    let started = start_move(
        &org,
        WEBEX_SECOND_LOCATION_ID,
        std::slice::from_ref(&number),
    )
    .await;
    let id = started.text_of("id");
    let act = async |action: &str| {
        let path = format!("{JOBS}/{id}/actions/{action}/invoke");
        org.post(&path, json!({})).await.status.as_u16()
    };
    assert_eq!(act("resume").await, 409);
    assert_eq!(act("pause").await, 204);
    org.world.sandbox.advance_clock(HOUR * 3);
    assert_eq!(stage(&job(&org, &id).await), ("STARTED", "STOPPED"));
    assert_eq!(act("resume").await, 204);
    assert_eq!(stage(&job(&org, &id).await).1, "UNKNOWN");
    org.world.sandbox.advance_clock(HOUR);
    assert_eq!(stage(&job(&org, &id).await).1, "COMPLETED");
    assert_eq!(act("pause").await, 409);
}

#[tokio::test]
async fn a_request_that_makes_no_job_is_refused_in_the_jobs_own_shape() {
    let org = Org::start().await;
    let list = json!([{ "locationId": WEBEX_LOCATION_ID, "numbers": ["+14155550100"] }]);
    let many: Vec<_> = (0..1_001).map(|n| format!("+1415556{n:04}")).collect();
    for body in [
        json!({ "operation": "COPY", "numberList": list }),
        json!({ "operation": "MOVE", "numberList": list }),
        json!({ "operation": "MOVE", "targetLocationId": "nowhere", "numberList": list }),
        json!({ "operation": "NUMBER_USAGE_CHANGE", "numberList": list }),
        json!({ "operation": "NUMBER_USAGE_CHANGE", "numberUsageType": "NONE", "numberList": [] }),
        json!({ "operation": "NUMBER_USAGE_CHANGE", "numberUsageType": "NONE",
            "numberList": [{ "locationId": WEBEX_LOCATION_ID, "numbers": many }] }),
    ] {
        let refused = org.post(JOBS, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(keys(&refused.json), ["error", "trackingId"].into());
        assert_eq!(refused.json["error"]["key"], "400");
        let message = &refused.json["error"]["message"][0];
        assert_eq!(keys(message), ["code", "description", "location"].into());
    }
    assert_eq!(org.get(&format!("{JOBS}/nonsense")).await.status, 404);
}
