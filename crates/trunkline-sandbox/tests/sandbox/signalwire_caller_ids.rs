//! Verified caller IDs at SignalWire.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::CallOutcome;
use trunkline_sandbox::credentials::SIGNALWIRE_TRIAL_PROJECT_ID;

use crate::signalwire_support::{SIGNALWIRE, Space, column, plain, refused};

const CALLER_IDS: &str = "verified_caller_ids";
const NUMBER: &str = "+14155550170";
const MINUTE: Duration = Duration::from_secs(60);

fn code(space: &Space) -> Option<String> {
    space.sandbox.validation_code(SIGNALWIRE, NUMBER)
}

/// Starts one and returns the path of its verification.
async fn start(space: &Space) -> (String, String) {
    let body = json!({ "number": NUMBER, "name": "Front desk", "extension": "12" });
    let started = space.post(CALLER_IDS, &body).await;
    assert_eq!(started.status, 201, "{}", started.text);
    let path = format!("{CALLER_IDS}/{}", started.text_of("id"));
    (path.clone(), format!("{path}/verification"))
}

fn wrong(right: &str) -> Value {
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    json!({ "verification_code": wrong })
}

#[tokio::test]
async fn the_code_is_heard_and_submitted_and_never_answered() {
    let space = Space::start().await;
    let (path, verification) = start(&space).await;
    let pending = space.get(&path).await;
    let id = pending.text_of("id");
    assert_eq!(
        pending.text,
        format!(
            "{{\"type\":\"verified_caller_id\",\"id\":\"{id}\",\"number\":\"{NUMBER}\",\"name\":\"Front desk\",\
             \"extension\":\"12\",\"verified\":false,\"verified_at\":null,\"status\":\"Awaiting Verification\"}}"
        )
    );
    let heard = code(&space).unwrap();
    assert_eq!(heard.len(), 6);
    let body = json!({ "verification_code": heard });
    let verified = space.put(&verification, &body).await;
    assert_eq!(verified.status, 200);
    assert_eq!(verified.json["verified"], true);
    assert_eq!(verified.json["status"], "Verified");
    assert!(verified.json["verified_at"].is_string());
    assert_eq!(space.get(&path).await.json, verified.json);
    assert_eq!(code(&space), None);
    for again in [
        space.put(&verification, &body).await,
        space.bare(Method::POST, &verification).await,
        space.post(CALLER_IDS, &json!({ "number": NUMBER })).await,
    ] {
        assert_eq!(refused(&again), (422, vec!["already_verified"]));
    }
}

#[tokio::test]
async fn three_wrong_codes_need_another_call() {
    let space = Space::start().await;
    let (_, verification) = start(&space).await;
    let heard = code(&space).unwrap();
    let (wrong, right) = (wrong(&heard), json!({ "verification_code": heard }));
    for _ in 0..2 {
        let answer = space.put(&verification, &wrong).await;
        assert_eq!(refused(&answer), (422, vec!["422"]));
    }
    for body in [&wrong, &right] {
        let answer = space.put(&verification, body).await;
        let many = (422, vec!["too_many_verification_attempts"]);
        assert_eq!(refused(&answer), many);
    }
    space.sandbox.advance_clock(MINUTE);
    let redialled = space.bare(Method::POST, &verification).await;
    assert_eq!(redialled.status, 200);
    assert_eq!(redialled.json["verified"], false);
    let body = json!({ "verification_code": code(&space).unwrap() });
    assert_eq!(space.put(&verification, &body).await.status, 200);
}

#[tokio::test]
async fn number_is_not_called_again_within_a_minute() {
    let space = Space::start().await;
    let (path, verification) = start(&space).await;
    let first = code(&space);
    let soon = (422, vec!["verification_request_too_soon"]);
    let answer = space.bare(Method::POST, &verification).await;
    assert_eq!(refused(&answer), soon);
    assert_eq!(code(&space), first);
    assert_eq!(space.delete(&path).await.status, 204);
    let again = space.post(CALLER_IDS, &json!({ "number": NUMBER })).await;
    assert_eq!(refused(&again), soon);
    space.sandbox.advance_clock(MINUTE);
    let again = space.post(CALLER_IDS, &json!({ "number": NUMBER })).await;
    assert_eq!(again.status, 201);
    assert_ne!(code(&space), first);
    assert_eq!(again.json["name"], "+1 (415) 555-0170");
}

#[tokio::test]
async fn invalid_verification_request_starts_no_call() {
    let space = Space::start().await;
    let long = "x".repeat(201);
    for (body, wanted) in [
        (json!({}), "missing_required_parameter"),
        (json!({ "number": "911" }), "invalid_number_format"),
        (json!({ "number": 1 }), "not_a_string"),
        (
            json!({ "number": NUMBER, "name": long }),
            "invalid_parameter",
        ),
        (
            json!({ "number": NUMBER, "extension": "x" }),
            "invalid_parameter",
        ),
    ] {
        let answer = space.post(CALLER_IDS, &body).await;
        assert_eq!(refused(&answer), (422, vec![wanted]), "{body}");
    }
    assert_eq!(code(&space), None);
    let (_, verification) = start(&space).await;
    let twice = space.post(CALLER_IDS, &json!({ "number": NUMBER })).await;
    assert_eq!(refused(&twice), (422, vec!["value_not_unique"]));
    let empty = space.put(&verification, &json!({})).await;
    assert_eq!(refused(&empty), (422, vec!["missing_required_parameter"]));
}

#[tokio::test]
async fn a_caller_id_is_listed_renamed_and_deleted() {
    let space = Space::start().await;
    let (path, _) = start(&space).await;
    for (query, found) in [
        ("", 1),
        ("filter_number=%2B14155550170", 1),
        ("filter_number=0170", 1),
        ("filter_number=0171", 0),
        ("filter_name=DESK", 1),
    ] {
        let list = space.get(&format!("{CALLER_IDS}?{query}")).await;
        assert_eq!(column(&list, "id").len(), found, "{query}");
        assert!(list.json["links"]["first"].is_string());
    }
    let renamed = space.put(&path, &json!({ "name": "Reception" })).await;
    assert_eq!(renamed.json["name"], "Reception");
    let unnamed = space.put(&path, &json!({})).await;
    assert_eq!(refused(&unnamed), (422, vec!["missing_required_parameter"]));
    assert_eq!(space.delete(&path).await.status, 204);
    assert_eq!(plain(&space.get(&path).await), (404, "Not Found"));
    assert_eq!(plain(&space.delete(&path).await), (404, "Not Found"));
}

#[tokio::test]
async fn the_operator_can_play_the_callee() {
    let space = Space::start().await;
    let (path, verification) = start(&space).await;
    let answer = async |outcome| {
        space
            .sandbox
            .answer_caller_id(SIGNALWIRE, NUMBER, outcome)
            .await
    };
    let report = answer(CallOutcome::Failed).await.unwrap();
    assert_eq!((report.caller_id, report.callback), (None, None));
    answer(CallOutcome::NoAnswer).await.unwrap();
    assert_eq!(code(&space), None, "nobody heard it");
    assert!(answer(CallOutcome::Verified).await.is_none());
    space.sandbox.advance_clock(MINUTE);
    space.bare(Method::POST, &verification).await;
    let report = answer(CallOutcome::Verified).await.unwrap();
    let verified = space.get(&path).await;
    assert_eq!(report.caller_id, Some(verified.text_of("id")));
    assert_eq!(verified.json["verified"], true);
}

#[tokio::test]
async fn a_trial_has_ten() {
    let space = Space::of(SIGNALWIRE_TRIAL_PROJECT_ID).await;
    for n in 0..=10 {
        let number = format!("+141555501{n:02}");
        let answer = space.post(CALLER_IDS, &json!({ "number": number })).await;
        if n < 10 {
            assert_eq!(answer.status, 201);
        } else {
            assert_eq!(refused(&answer), (422, vec!["account_limit_exceeded"]));
        }
    }
}
