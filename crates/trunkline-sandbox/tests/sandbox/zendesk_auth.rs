//! Who is let in, and with what.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    ZENDESK_API_TOKEN, ZENDESK_AUTHORIZATION_CODE, ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET,
    ZENDESK_EMAIL, ZENDESK_LIGHT_ACCESS_TOKEN, ZENDESK_REFRESH_TOKEN, ZENDESK_TRIAL_ACCESS_TOKEN,
};

use crate::support::{Read, read};
use crate::zendesk_support::{Desk, NUMBERS};

async fn with_basic(desk: &Desk, user: &str, password: &str) -> Read {
    let request = desk.world.http.get(desk.url(NUMBERS));
    read(
        request
            .basic_auth(user, Some(password))
            .send()
            .await
            .unwrap(),
    )
    .await
}

async fn with_bearer(desk: &Desk, token: &str) -> u16 {
    let request = desk.world.http.get(desk.url(NUMBERS)).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

fn grant(kind: &str, more: &Value) -> Value {
    let mut body = json!({
        "grant_type": kind,
        "client_id": ZENDESK_CLIENT_ID,
        "client_secret": ZENDESK_CLIENT_SECRET,
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn refresh(token: &str) -> Value {
    grant("refresh_token", &json!({ "refresh_token": token }))
}

#[tokio::test]
async fn an_api_token_needs_the_suffix_of_the_user_name() {
    let desk = Desk::start().await;
    let user = format!("{ZENDESK_EMAIL}/token");
    let known = with_basic(&desk, &user, ZENDESK_API_TOKEN).await;
    assert_eq!(known.status, 200, "{}", known.text);
    for (user, password) in [
        (ZENDESK_EMAIL, ZENDESK_API_TOKEN),
        (&*user, "wrong"),
        ("nobody@example.com/token", ZENDESK_API_TOKEN),
    ] {
        let refused = with_basic(&desk, user, password).await;
        assert_eq!(refused.status, 401, "{user}");
        assert_eq!(refused.text, r#"{"error":"Couldn't authenticate you"}"#);
        assert!(!refused.header("www-authenticate").is_empty());
    }
    assert_eq!(with_bearer(&desk, "wrong").await, 401);
}

#[tokio::test]
async fn user_page_of_a_wrong_credential_is_anonymous() {
    let desk = Desk::start().await;
    let url = format!("{}/api/v2/users/me.json", desk.base());
    let ask = async |token: &str| {
        let request = desk.world.http.get(&url).bearer_auth(token);
        read(request.send().await.unwrap()).await
    };
    let known = ask("sandbox").await;
    assert_eq!(known.json["user"]["email"], ZENDESK_EMAIL);
    let nobody = ask("wrong").await;
    assert_eq!(nobody.status, 200);
    assert_eq!(nobody.json["user"]["id"], Value::Null);
}

#[tokio::test]
async fn a_trial_account_may_neither_list_nor_search() {
    let desk = Desk::start().await.seen_by(ZENDESK_TRIAL_ACCESS_TOKEN);
    for path in [NUMBERS, "phone_numbers/search?country=US", "lines"] {
        let refused = desk.get(path).await;
        assert_eq!(refused.status, 403, "{path}");
        assert_eq!(refused.json["error"]["title"], "Forbidden");
    }
    assert_eq!(desk.get("addresses").await.status, 200);
}

#[tokio::test]
async fn a_user_without_talk_is_refused() {
    let desk = Desk::start().await.seen_by(ZENDESK_LIGHT_ACCESS_TOKEN);
    assert_eq!(desk.get(NUMBERS).await.status, 403);
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_and_deletes_the_old_one() {
    let desk = Desk::start().await;
    let first = desk.authorize(refresh(ZENDESK_REFRESH_TOKEN)).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.json["token_type"], "bearer");
    assert_eq!(first.json["scope"], "read write");
    assert_eq!(
        with_bearer(&desk, &first.text_of("access_token")).await,
        200
    );
    let second = desk
        .authorize(refresh(&first.text_of("refresh_token")))
        .await;
    assert_eq!(
        with_bearer(&desk, &first.text_of("access_token")).await,
        401
    );
    assert_eq!(
        with_bearer(&desk, &second.text_of("access_token")).await,
        200
    );
    for used in [ZENDESK_REFRESH_TOKEN, &first.text_of("refresh_token")] {
        let refused = desk.authorize(refresh(used)).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.text_of("error"), "invalid_grant");
    }
    assert_eq!(desk.ledger().requests["refresh_token"], 4);
}

#[tokio::test]
async fn tokens_expire_by_the_clock() {
    let desk = Desk::start().await;
    let life = json!({ "expires_in": 600, "refresh_token_expires_in": 700_000 });
    let mut body = grant("refresh_token", &life);
    body["refresh_token"] = ZENDESK_REFRESH_TOKEN.into();
    let issued = desk.authorize(body).await;
    assert_eq!(issued.json["expires_in"], 600);
    let token = issued.text_of("access_token");
    desk.world.sandbox.advance_clock(Duration::from_secs(590));
    assert_eq!(with_bearer(&desk, &token).await, 200);
    desk.world.sandbox.advance_clock(Duration::from_secs(20));
    assert_eq!(with_bearer(&desk, &token).await, 401);
    desk.world
        .sandbox
        .advance_clock(Duration::from_secs(700_000));
    let late = desk
        .authorize(refresh(&issued.text_of("refresh_token")))
        .await;
    assert_eq!(late.text_of("error"), "invalid_grant");
    assert_eq!(with_bearer(&desk, "sandbox").await, 200);
}

#[tokio::test]
async fn client_credentials_and_a_code_give_tokens_too() {
    let desk = Desk::start().await;
    let own = desk
        .authorize(grant("client_credentials", &json!({ "scope": "read" })))
        .await;
    assert_eq!(own.json["refresh_token"], Value::Null);
    let token = own.text_of("access_token");
    assert_eq!(with_bearer(&desk, &token).await, 200);
    let code = json!({ "code": ZENDESK_AUTHORIZATION_CODE });
    let by_code = desk.authorize(grant("authorization_code", &code)).await;
    assert!(
        by_code.json["refresh_token"].is_string(),
        "{}",
        by_code.text
    );
    let again = desk.authorize(grant("authorization_code", &code)).await;
    assert_eq!(again.text_of("error"), "invalid_grant");
    assert_eq!(desk.ledger().requests["authenticate"], 3);
    let desk = desk.seen_by(&token);
    let refused = desk.post(NUMBERS, json!({ "phone_number": {} })).await;
    assert_eq!(refused.status, 403, "a token to read writes nothing");
}

#[tokio::test]
async fn a_wrong_client_or_grant_gets_no_token() {
    let desk = Desk::start().await;
    let mut body = refresh(ZENDESK_REFRESH_TOKEN);
    body["client_secret"] = "wrong".into();
    let refused = desk.authorize(body).await;
    assert_eq!(
        (refused.status.as_u16(), &*refused.text_of("error")),
        (401, "invalid_client")
    );
    for (kind, more, error) in [
        ("password", json!({}), "unsupported_grant_type"),
        (
            "client_credentials",
            json!({ "scope": "everything" }),
            "invalid_scope",
        ),
        ("refresh_token", json!({}), "invalid_grant"),
    ] {
        let refused = desk.authorize(grant(kind, &more)).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.text_of("error"), error);
    }
    let good = desk.authorize(refresh(ZENDESK_REFRESH_TOKEN)).await;
    assert_eq!(good.status, 200, "refusals spend nothing");
}
