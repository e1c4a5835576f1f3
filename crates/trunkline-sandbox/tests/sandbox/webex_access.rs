//! Tokens, scopes, organizations, limits.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trunkline_sandbox::credentials::{
    WEBEX_AUTHORIZATION_CODE, WEBEX_CUSTOMER_ORG_ID, WEBEX_LOCATION_ID, WEBEX_ORG_ID,
    WEBEX_READ_ONLY_TOKEN, WEBEX_REFRESH_TOKEN,
};
use trunkline_sandbox::{Fault, FaultPlan, LimitSettings};

use crate::support::{Read, read};
use crate::webex_support::{NUMBERS, Org, WEBEX, keys, numbers_of};

const DAY: u64 = 24 * 3_600;

async fn with_token(org: &Org, method: Method, (path, token): (&str, &str)) -> Read {
    let request = org.world.http.request(method, org.url(path));
    let request = request
        .bearer_auth(token)
        .json(&json!({ "phoneNumbers": ["+14155550100"] }));
    read(request.send().await.unwrap()).await
}

async fn grant(org: &Org, more: &[(&str, &str)]) -> Read {
    let mut form = vec![("client_id", "sandbox"), ("client_secret", "sandbox")];
    form.extend(more);
    let request = org.world.http.post(org.url("access_token")).form(&form);
    read(request.send().await.unwrap()).await
}

async fn refresh(org: &Org, token: &str) -> Read {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    grant(org, &form).await
}

async fn opens(org: &Org, token: &str) -> u16 {
    let answer = with_token(org, Method::GET, ("people/me", token)).await;
    answer.status.as_u16()
}

#[tokio::test]
async fn invalid_token_is_rejected() {
    let org = Org::start().await;
    let bare = org.world.http.get(org.url(NUMBERS)).send().await.unwrap();
    let basic = org
        .world
        .http
        .get(org.url(NUMBERS))
        .basic_auth("sandbox", None::<&str>);
    let wrong = with_token(&org, Method::GET, (NUMBERS, "wrong")).await;
    for refused in [
        read(bare).await,
        read(basic.send().await.unwrap()).await,
        wrong,
    ] {
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.json["message"],
            "The request requires a valid access token set in the Authorization request header."
        );
        assert_eq!(
            keys(&refused.json),
            ["errors", "message", "trackingId"].into()
        );
    }
}

#[tokio::test]
async fn a_read_only_token_reads_and_writes_nothing() {
    let org = Org::start().await;
    let numbers = numbers_of(WEBEX_LOCATION_ID);
    let validate = "telephony/config/actions/validateNumbers/invoke";
    let read = with_token(&org, Method::GET, (NUMBERS, WEBEX_READ_ONLY_TOKEN)).await;
    assert_eq!(read.status, 200);
    for (method, path) in [
        (Method::POST, numbers.as_str()),
        (Method::PUT, &numbers),
        (Method::DELETE, &numbers),
        (Method::POST, validate),
    ] {
        let refused = with_token(&org, method, (path, WEBEX_READ_ONLY_TOKEN)).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    assert!(!org.owns("+14155550100"));
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_gives_the_next() {
    let org = Org::start().await;
    let first = refresh(&org, WEBEX_REFRESH_TOKEN).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.json["expires_in"], 14 * DAY);
    assert_eq!(first.json["refresh_token_expires_in"], 90 * DAY);
    assert_eq!(first.json["token_type"], "Bearer");
    assert_eq!(opens(&org, &first.text_of("access_token")).await, 200);
    let again = refresh(&org, WEBEX_REFRESH_TOKEN).await;
    assert_eq!(again.status, 400);
    let second = refresh(&org, &first.text_of("refresh_token")).await;
    assert_eq!(second.status, 200);
    assert_eq!(opens(&org, &second.text_of("access_token")).await, 200);
    assert_eq!(org.ledger().requests["refresh_token"], 3);
}

#[tokio::test]
async fn tokens_die_by_the_clock() {
    let org = Org::start().await;
    let tokens = refresh(&org, WEBEX_REFRESH_TOKEN).await;
    let access = tokens.text_of("access_token");
    org.world
        .sandbox
        .advance_clock(Duration::from_secs(14 * DAY));
    assert_eq!(opens(&org, &access).await, 401);
    assert_eq!(opens(&org, "sandbox").await, 200);
    org.world
        .sandbox
        .advance_clock(Duration::from_secs(76 * DAY));
    let late = refresh(&org, &tokens.text_of("refresh_token")).await;
    assert_eq!(late.status, 400);
}

#[tokio::test]
async fn a_grant_needs_client_and_proof() {
    let org = Org::start().await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "sandbox"),
        ("client_secret", "wrong"),
    ];
    let request = org.world.http.post(org.url("access_token")).form(&form);
    assert_eq!(read(request.send().await.unwrap()).await.status, 401);
    assert_eq!(grant(&org, &[]).await.status, 400);
    assert_eq!(grant(&org, &[("grant_type", "password")]).await.status, 400);
    let code = [
        ("grant_type", "authorization_code"),
        ("code", WEBEX_AUTHORIZATION_CODE),
        ("redirect_uri", "http://127.0.0.1/redirect"),
    ];
    let tokens = grant(&org, &code).await;
    assert_eq!(opens(&org, &tokens.text_of("access_token")).await, 200);
}

#[tokio::test]
async fn a_customer_s_organization_is_reached_by_its_identifier() {
    let org = Org::start().await;
    let own = org.rows("").await;
    assert_eq!(org.rows(&format!("orgId={WEBEX_ORG_ID}")).await, own);
    let customer = org.rows(&format!("orgId={WEBEX_CUSTOMER_ORG_ID}")).await;
    assert_eq!(customer.len(), 4);
    assert!(customer.iter().all(|row| !own.contains(row)));
    let any = org.rows("orgId=766e923f-8dee-43ae-95ea-fa31fe3ad554").await;
    assert_eq!(any, own);
    let path = format!("{NUMBERS}?orgId={WEBEX_CUSTOMER_ORG_ID}");
    let narrow = with_token(&org, Method::GET, (&path, WEBEX_READ_ONLY_TOKEN)).await;
    assert_eq!(narrow.status, 403);
}

#[tokio::test]
async fn a_limit_refuses_with_and_without_a_wait() {
    let org = Org::start().await;
    for retry_after in [Some(7), None] {
        let limits = LimitSettings {
            per_second: Some(0),
            retry_after,
            ..LimitSettings::default()
        };
        org.world.sandbox.set_limits(WEBEX, limits);
        let refused = org.get(NUMBERS).await;
        assert_eq!(refused.status, 429);
        assert_eq!(refused.json["message"], "Too many requests");
        let wait = retry_after.map(|seconds| seconds.to_string());
        assert_eq!(refused.header("retry-after"), wait.unwrap_or_default());
    }
}

#[tokio::test]
async fn a_lock_can_be_planned_and_the_mesh_speaks_no_json() {
    let org = Org::start().await;
    for (status, text) in [
        (423, "The requested resource is temporarily unavailable."),
        (503, "no healthy upstream"),
        (504, "upstream request timeout"),
    ] {
        let plan = FaultPlan::once(WEBEX, "list", Fault::status(status));
        org.world.sandbox.inject(plan).unwrap();
        let refused = org.get(NUMBERS).await;
        assert_eq!(refused.status, status);
        let said = refused.json["message"].as_str().unwrap_or(&refused.text);
        assert_eq!(said, text);
        assert!(refused.header("trackingid").starts_with("ROUTERGW_"));
    }
}

#[tokio::test]
async fn a_reset_brings_everything_back() {
    let org = Org::start().await;
    let before = org.rows("").await;
    refresh(&org, WEBEX_REFRESH_TOKEN).await;
    org.add(&["+14155550100".to_owned()]).await;
    org.world.sandbox.reset();
    assert_eq!(org.rows("").await, before);
    assert_eq!(refresh(&org, WEBEX_REFRESH_TOKEN).await.status, 200);
}
