//! Who is let in, and what is not there.

use reqwest::Method;
use serde_json::json;
use trunkline_sandbox::credentials::{
    SIGNALWIRE_API_TOKEN, SIGNALWIRE_DOCUMENTED_PROJECT_ID, SIGNALWIRE_NUMBERS_TOKEN,
    SIGNALWIRE_PROJECT_ID, SIGNALWIRE_SECOND_PROJECT_ID, SIGNALWIRE_VOICE_TOKEN,
};

use crate::signalwire_support::{SIGNALWIRE, Space, plain};
use crate::support::read;

#[tokio::test]
async fn wrong_or_missing_credentials_are_unauthorized() {
    let space = Space::start().await;
    let unauthorized = (401, "Unauthorized");
    for (project, token) in [
        (SIGNALWIRE_PROJECT_ID, "wrong"),
        ("11111111-2222-4333-8444-555555555555", SIGNALWIRE_API_TOKEN),
        ("", ""),
    ] {
        let answer = space.get_as(project, token, "phone_numbers").await;
        assert_eq!(plain(&answer), unauthorized, "{project}");
    }
    let url = space.url("verified_caller_ids");
    let answer = read(space.http.get(&url).send().await.unwrap()).await;
    assert_eq!(plain(&answer), unauthorized);
    let bearer = space.http.get(&url).bearer_auth(SIGNALWIRE_API_TOKEN);
    let answer = read(bearer.send().await.unwrap()).await;
    assert_eq!(plain(&answer), unauthorized);
    assert_eq!(answer.text, r#"{"error":"Unauthorized"}"#);
}

#[tokio::test]
async fn token_reaches_only_what_its_scopes_allow() {
    let space = Space::start().await;
    let (seen, documented) = (SIGNALWIRE_PROJECT_ID, SIGNALWIRE_DOCUMENTED_PROJECT_ID);
    for (token, path, other) in [
        (
            SIGNALWIRE_NUMBERS_TOKEN,
            "phone_numbers",
            "verified_caller_ids",
        ),
        (
            SIGNALWIRE_VOICE_TOKEN,
            "verified_caller_ids",
            "phone_numbers/search",
        ),
    ] {
        assert_eq!(space.get_as(seen, token, path).await.status, 200, "{path}");
        let refused = space.get_as(seen, token, other).await;
        assert_eq!(plain(&refused), (401, "Unauthorized"), "{other}");
        let refused = space.get_as(documented, token, other).await;
        assert_eq!(plain(&refused), (403, "Forbidden"), "{other}");
    }
}

#[tokio::test]
async fn a_resource_of_another_project_is_not_found() {
    let space = Space::start().await;
    let id = space.buy_some(1).await.remove(0);
    let path = format!("phone_numbers/{id}");
    let other = SIGNALWIRE_SECOND_PROJECT_ID;
    let answer = space.get_as(other, SIGNALWIRE_API_TOKEN, &path).await;
    assert_eq!(plain(&answer), (404, "Not Found"));
    let list = space
        .get_as(other, SIGNALWIRE_API_TOKEN, "phone_numbers")
        .await;
    assert_eq!(list.json["data"], json!([]));
}

#[tokio::test]
async fn unknown_route_is_not_found() {
    let space = Space::start().await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "nothing"),
        (Method::PATCH, "phone_numbers/x"),
        (Method::DELETE, "phone_numbers"),
        (Method::GET, "verified_caller_ids/x/verification"),
        (Method::GET, "phone_numbers/no-such-id"),
        (Method::PUT, "verified_caller_ids/no-such-id"),
    ] {
        let body = json!({ "name": "x" });
        let request = space.request(method.clone(), path).json(&body);
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(plain(&answer), (404, "Not Found"), "{method} {path}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_carriers_date() {
    let space = Space::start().await;
    let first = space.get("phone_numbers").await;
    let second = space.get("nothing").await;
    for answer in [&first, &second] {
        assert_eq!(answer.header("x-request-id").len(), 36);
        let json = "application/json; charset=utf-8";
        assert_eq!(answer.header("content-type"), json);
    }
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    let day = std::time::Duration::from_secs(86_400);
    space.sandbox.advance_clock(day);
    let later = space.get("phone_numbers").await;
    assert_ne!(later.header("date")[..16], first.header("date")[..16]);
}

#[tokio::test]
async fn a_project_is_limited_by_itself() {
    let space = Space::start().await;
    let limits = trunkline_sandbox::LimitSettings {
        per_second: Some(1),
        retry_after: Some(3),
        ..Default::default()
    };
    space.sandbox.set_limits(SIGNALWIRE, limits);
    assert_eq!(space.get("phone_numbers").await.status, 200);
    let refused = space.get("phone_numbers").await;
    assert_eq!(plain(&refused), (429, "Too Many Requests"));
    assert_eq!(refused.header("retry-after"), "3");
    let other = SIGNALWIRE_SECOND_PROJECT_ID;
    let answer = space
        .get_as(other, SIGNALWIRE_API_TOKEN, "phone_numbers")
        .await;
    assert_eq!(answer.status, 200);
}
