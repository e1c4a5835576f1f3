//! Tokens, rights and tenants.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trunkline_sandbox::credentials::{
    WAZO_PASSWORD, WAZO_READER_USERNAME, WAZO_SECOND_TENANT_UUID, WAZO_SECOND_USERNAME,
    WAZO_SUBTENANT_UUID, WAZO_TENANT_UUID, WAZO_USERNAME,
};

use crate::support::Read;
use crate::wazo_support::{NOBODY, Stack, refusal, send};

/// Status and reason of a refusal by auth.
fn reason(answer: &Read) -> (u16, String) {
    let status = answer.status.as_u16();
    assert_eq!(answer.json["status_code"], status, "{}", answer.text);
    assert!(answer.json["timestamp"][0].is_f64(), "{}", answer.text);
    let reason = answer.json["reason"][0].as_str().unwrap();
    (status, reason.to_owned())
}

async fn check(stack: &Stack, method: Method, path: &str) -> Read {
    send(stack.world.http.request(method, stack.auth_url(path))).await
}

#[tokio::test]
async fn a_login_gives_a_token_and_says_how_long_it_lasts() {
    let stack = Stack::start().await;
    let answer = stack
        .ask_for_token(WAZO_USERNAME, &json!({ "expiration": 3600 }))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("wazo-sessions-revoked"), "0");
    let data = &answer.json["data"];
    let moment = |member: &str| {
        let naive = data[member].as_str().unwrap();
        assert_eq!(naive.len(), "2026-11-20T10:00:00.000000".len(), "{naive}");
        format!("{naive}Z").parse::<jiff::Timestamp>().unwrap()
    };
    let lifetime = moment("utc_expires_at") - moment("utc_issued_at");
    assert_eq!(lifetime.total(jiff::Unit::Second).unwrap(), 3600.0);
    assert_eq!(data["metadata"]["tenant_uuid"], WAZO_TENANT_UUID);
    assert_eq!(data["metadata"]["uuid"], data["auth_id"]);
    assert!(data["xivo_user_uuid"].is_null());
    assert!(data["acl"].is_array());
    assert!(data.get("refresh_token").is_none());
    for member in ["token", "session_uuid", "xivo_uuid"] {
        assert_eq!(data[member].as_str().unwrap().len(), 36, "{member}");
    }
}

#[tokio::test]
async fn a_wrong_login_is_refused() {
    let stack = Stack::start().await;
    let post = || {
        stack
            .world
            .http
            .post(stack.auth_url("token"))
            .json(&json!({}))
    };
    let requests = [
        post(),
        post().basic_auth("nobody", Some(WAZO_PASSWORD)),
        post().basic_auth(WAZO_USERNAME, Some("wrong")),
        post().bearer_auth("sandbox"),
        post().header("Authorization", "Basic %%%"),
    ];
    for request in requests {
        let refused = send(request).await;
        assert_eq!(reason(&refused), (401, "Authentication Failed".to_owned()));
    }
    let elsewhere = stack
        .ask_for_token(WAZO_USERNAME, &json!({ "backend": "nowhere" }))
        .await;
    assert_eq!(elsewhere.status, 401);
}

#[tokio::test]
async fn a_bad_body_of_a_login_is_refused() {
    let stack = Stack::start().await;
    for (body, field) in [
        (json!({ "expiration": 0 }), "expiration"),
        (json!({ "expiration": 315_360_001 }), "expiration"),
        (json!({ "expiration": "soon" }), "expiration"),
        (json!({ "access_type": "astral" }), "access_type"),
        (json!({ "access_type": "offline" }), "client_id"),
        (json!({ "client_id": "" }), "client_id"),
        (json!({ "refresh_token": "x" }), "client_id"),
        (json!({ "refresh_token": "x", "client_id": "c" }), "login"),
        (json!({ "tenant_id": "x", "domain_name": "y" }), "tenant_id"),
        (json!([]), "_schema"),
    ] {
        let refused = stack.ask_for_token(WAZO_USERNAME, &body).await;
        let (status, reason) = reason(&refused);
        assert_eq!(status, 400, "{body}");
        assert!(reason.contains(field), "{body}: {reason}");
    }
    let empty = stack.world.http.post(stack.auth_url("token"));
    let empty = send(empty.basic_auth(WAZO_USERNAME, Some(WAZO_PASSWORD))).await;
    assert_eq!(reason(&empty).0, 400);
}

#[tokio::test]
async fn a_token_expires() {
    let stack = Stack::start().await;
    let answer = stack
        .ask_for_token(WAZO_USERNAME, &json!({ "expiration": 60 }))
        .await;
    let token = answer.json["data"]["token"].as_str().unwrap();
    let stack = Stack {
        token: token.to_owned(),
        ..stack
    };
    stack.world.sandbox.advance_clock(Duration::from_secs(59));
    assert_eq!(stack.get("phone-numbers").await.status, 200);
    stack.world.sandbox.advance_clock(Duration::from_secs(1));
    let refused = stack.get("phone-numbers").await;
    let text = format!("('{token}', 'confd.phone-numbers.read')");
    assert_eq!(refusal(&refused), (401, vec![&*text]));
    let path = format!("token/{token}");
    assert_eq!(check(&stack, Method::GET, &path).await.status, 404);
}

#[tokio::test]
async fn a_token_can_be_looked_at_and_revoked() {
    let stack = Stack::start().await;
    let path = format!("token/{}", stack.token);
    let shown = check(&stack, Method::GET, &path).await;
    assert_eq!(shown.json["data"]["token"], stack.token);
    let scoped = format!("{path}?scope=confd.phone-numbers.read&tenant={WAZO_SUBTENANT_UUID}");
    let head = check(&stack, Method::HEAD, &scoped).await;
    assert_eq!((head.status.as_u16(), &*head.text), (204, ""));
    for query in ["scope=calld.calls.read", &format!("tenant={NOBODY}")] {
        let path = format!("{path}?{query}");
        assert_eq!(check(&stack, Method::HEAD, &path).await.status, 403);
        assert_eq!(reason(&check(&stack, Method::GET, &path).await).0, 403);
    }
    for _ in 0..2 {
        let revoked = check(&stack, Method::DELETE, &path).await;
        assert_eq!(revoked.status, 200);
        assert_eq!(revoked.json, json!({ "data": { "message": "success" } }));
    }
    assert_eq!(check(&stack, Method::HEAD, &path).await.status, 404);
    assert_eq!(reason(&check(&stack, Method::GET, &path).await).0, 404);
    assert_eq!(stack.get("phone-numbers").await.status, 401);
}

#[tokio::test]
async fn a_refresh_token_is_as_good_as_a_login() {
    let stack = Stack::start().await;
    let offline = json!({ "access_type": "offline", "client_id": "trunkline" });
    let first = stack.ask_for_token(WAZO_USERNAME, &offline).await;
    let refresh = first.json["data"]["refresh_token"].as_str().unwrap();
    let again = stack.ask_for_token(WAZO_USERNAME, &offline).await;
    assert_eq!(again.json["data"]["refresh_token"], refresh);
    let renew = async |client: &str| {
        let body = json!({ "refresh_token": refresh, "client_id": client });
        send(stack.world.http.post(stack.auth_url("token")).json(&body)).await
    };
    let renewed = renew("trunkline").await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    assert!(renewed.json["data"].get("refresh_token").is_none());
    assert_eq!(renew("another").await.status, 401);
    let counts = stack.ledger().requests;
    assert_eq!((counts["authenticate"], counts["refresh_token"]), (3, 2));
}

#[tokio::test]
async fn missing_or_wrong_token_shows_nothing() {
    let stack = Stack::start().await;
    let bare = stack.world.http.get(stack.confd_url("phone-numbers"));
    let refused = send(bare).await;
    assert_eq!(
        refusal(&refused),
        (401, vec!["('', 'confd.phone-numbers.read')"])
    );
    assert_eq!(refused.header("content-type"), "application/json");
    let wrong = Stack {
        token: "wrong".to_owned(),
        ..stack
    };
    let uuid = NOBODY;
    for (method, path, right) in [
        ("GET", "phone-numbers", "phone-numbers.read"),
        ("POST", "phone-numbers", "phone-numbers.create"),
        ("POST", "phone-numbers/ranges", "phone-numbers.create"),
        ("GET", "phone-numbers/main", "phone-numbers.main.read"),
        ("PUT", "phone-numbers/main", "phone-numbers.main.update"),
        (
            "GET",
            &format!("phone-numbers/{uuid}"),
            &format!("phone-numbers.{uuid}.read"),
        ),
        (
            "PUT",
            &format!("phone-numbers/{uuid}"),
            &format!("phone-numbers.{uuid}.update"),
        ),
        (
            "DELETE",
            &format!("phone-numbers/{uuid}"),
            &format!("phone-numbers.{uuid}.delete"),
        ),
        (
            "GET",
            "users/42/callerids/outgoing",
            "users.42.callerids.outgoing.read",
        ),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let refused = send(wrong.request(method, path)).await;
        let text = format!("('wrong', 'confd.{right}')");
        assert_eq!(refusal(&refused), (401, vec![&*text]), "{path}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_a_401_of_three_parts() {
    let stack = Stack::start().await.seen_by(WAZO_READER_USERNAME).await;
    assert_eq!(stack.get("phone-numbers").await.status, 200);
    let body = json!({ "number": "+14165550100" });
    let refused = stack.post("phone-numbers", &body).await;
    let text = format!("('{}', 'confd.phone-numbers.create', None)", stack.token);
    assert_eq!(refusal(&refused), (401, vec![&*text]));
    let named = stack
        .request(Method::POST, "phone-numbers")
        .header("Wazo-Tenant", WAZO_TENANT_UUID);
    let refused = send(named.json(&body)).await;
    let text = format!(
        "('{}', 'confd.phone-numbers.create', '{WAZO_TENANT_UUID}')",
        stack.token
    );
    assert_eq!(refusal(&refused), (401, vec![&*text]));
    assert!(stack.ledger().owned.is_empty());
}

#[tokio::test]
async fn a_tenant_is_reached_from_itself_and_from_above() {
    let stack = Stack::start().await;
    let list = async |stack: &Stack, tenant: &str| {
        let request = stack
            .request(Method::GET, "phone-numbers")
            .header("Wazo-Tenant", tenant);
        send(request).await.status.as_u16()
    };
    assert_eq!(list(&stack, WAZO_TENANT_UUID).await, 200);
    assert_eq!(list(&stack, WAZO_SUBTENANT_UUID).await, 200);
    for beyond in [WAZO_SECOND_TENANT_UUID, NOBODY, "", "nonsense"] {
        assert_eq!(list(&stack, beyond).await, 401, "{beyond}");
    }
    let other = stack.seen_by(WAZO_SECOND_USERNAME).await;
    assert_eq!(list(&other, WAZO_SECOND_TENANT_UUID).await, 200);
    assert_eq!(list(&other, WAZO_TENANT_UUID).await, 401);
}

#[tokio::test]
async fn a_reset_forgets_tokens() {
    let stack = Stack::start().await;
    stack.world.sandbox.reset();
    assert_eq!(stack.get("phone-numbers").await.status, 401);
    let again = stack.login(WAZO_USERNAME).await;
    assert_ne!(again, stack.token);
}
