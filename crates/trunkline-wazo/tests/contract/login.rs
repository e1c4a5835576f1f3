//! Signing in, again when a token is refused, and not when it is good and may not do something.

use std::sync::Arc;

use serde_json::{Value, json};
use trunkline_core::{Error, ErrorKind, ListQuery, Provider};
use trunkline_http::AdapterConfig;
use trunkline_wazo::WazoConfig;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{TENANT, hasty};

const PASSWORD: &str = "correct-horse";
/// `trunkline:correct-horse` in base64.
const BASIC: &str = "Basic dHJ1bmtsaW5lOmNvcnJlY3QtaG9yc2U=";
const LOGIN: &str = "/api/auth/0.1/token";
const NUMBERS: &str = "/api/confd/1.1/phone-numbers";

fn adapter(server: &MockServer) -> Arc<dyn Provider> {
    let config =
        WazoConfig::new(server.uri(), "trunkline", PASSWORD.into()).with_tenant_uuid(TENANT);
    config.connect(hasty(&config, 2)).unwrap()
}

fn token(name: &str, expires: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("Wazo-Sessions-Revoked", "0")
        .set_body_json(json!({"data": {
            "token": name,
            "auth_id": "6e0c3f0e-0000-4000-8000-000000000001",
            "xivo_user_uuid": null,
            "utc_issued_at": "2026-11-20T10:00:00.000000",
            "utc_expires_at": expires,
            "acl": ["confd.#"],
            "metadata": {"tenant_uuid": TENANT},
        }}))
}

/// A stack that issues these tokens one after the other, the last one for ever.
async fn stack(tokens: &[&str]) -> MockServer {
    let server = MockServer::start().await;
    for (turn, name) in tokens.iter().enumerate() {
        let login = Mock::given(method("POST"))
            .and(path(LOGIN))
            .and(header("authorization", BASIC))
            .respond_with(token(name, "2026-11-20T12:00:00.000000"));
        let last = turn + 1 == tokens.len();
        let times = if last { u64::MAX } else { 1 };
        login.up_to_n_times(times).mount(&server).await;
    }
    server
}

async fn confd(server: &MockServer, token: &str, answer: ResponseTemplate) {
    let numbers = Mock::given(path(NUMBERS))
        .and(header("x-auth-token", token))
        .and(header("wazo-tenant", TENANT));
    numbers.respond_with(answer).mount(server).await;
}

fn empty() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"total": 0, "items": []}))
}

fn refused(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(401).set_body_json(json!([text]))
}

/// How many logins there were, and how many calls of confd.
async fn calls(server: &MockServer) -> (usize, usize) {
    let all = server.received_requests().await.unwrap();
    let logins = all.iter().filter(|request| request.url.path() == LOGIN);
    let logins = logins.count();
    (logins, all.len() - logins)
}

async fn list(provider: &dyn Provider) -> Result<(), Error> {
    provider.list(&ListQuery::default()).await.map(drop)
}

#[tokio::test]
async fn one_login_serves_many_calls() {
    let server = stack(&["token-1"]).await;
    confd(&server, "token-1", empty()).await;
    let wazo = adapter(&server);
    for _ in 0..3 {
        list(&*wazo).await.unwrap();
    }
    assert_eq!(calls(&server).await, (1, 3));
    let login = &server.received_requests().await.unwrap()[0];
    let body: Value = login.body_json().unwrap();
    assert_eq!(body, json!({"expiration": 7200}));
    assert!(!login.headers.contains_key("wazo-tenant"));
}

#[tokio::test]
async fn a_token_that_was_revoked_is_replaced() {
    let server = stack(&["token-1", "token-2"]).await;
    let revoked = refused("('token-1', 'confd.phone-numbers.read')");
    confd(&server, "token-1", revoked).await;
    confd(&server, "token-2", empty()).await;
    let wazo = adapter(&server);
    list(&*wazo).await.unwrap();
    assert_eq!(calls(&server).await, (2, 2));
}

#[tokio::test]
async fn a_second_refusal_is_final_and_shows_neither_token_nor_password() {
    let server = stack(&["token-1", "token-2"]).await;
    let echo = |token: &str| refused(&format!("('{token}', 'confd.phone-numbers.read')"));
    confd(&server, "token-1", echo("token-1")).await;
    confd(&server, "token-2", echo("token-2")).await;
    let error = list(&*adapter(&server)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialRefused);
    assert_eq!(calls(&server).await, (2, 2));
    shows_no_secret(&error);
}

#[tokio::test]
async fn token_without_permission_is_not_replaced() {
    let server = stack(&["token-1"]).await;
    let denied = format!("('token-1', 'confd.phone-numbers.read', '{TENANT}')");
    confd(&server, "token-1", refused(&denied)).await;
    let wazo = adapter(&server);
    for _ in 0..2 {
        let error = list(&*wazo).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        shows_no_secret(&error);
    }
    assert_eq!(calls(&server).await, (1, 2));
}

#[tokio::test]
async fn secret_echoed_by_the_stack_is_redacted() {
    let server = stack(&["token-1"]).await;
    let echo = json!([format!(
        "Input Error - search: ['token-1 of {PASSWORD}, {}']",
        &BASIC[6..]
    )]);
    let answer = ResponseTemplate::new(400).set_body_json(echo);
    confd(&server, "token-1", answer).await;
    let error = list(&*adapter(&server)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    shows_no_secret(&error);
}

#[tokio::test]
async fn a_token_near_its_end_is_replaced_before_it_is_used() {
    let server = MockServer::start().await;
    let login = Mock::given(path(LOGIN));
    // It ends as it begins: what is left of four fifths of nothing is nothing.
    let answer = token("token-1", "2026-11-20T10:00:00.000000");
    login.respond_with(answer).mount(&server).await;
    confd(&server, "token-1", empty()).await;
    let wazo = adapter(&server);
    list(&*wazo).await.unwrap();
    list(&*wazo).await.unwrap();
    assert_eq!(calls(&server).await, (2, 2));
}

#[tokio::test]
async fn failed_login_is_reported_as_login_for_any_status() {
    for status in [400, 401, 404] {
        let server = MockServer::start().await;
        let body = json!({
            "reason": ["Authentication Failed"],
            "timestamp": [1_732_229_121.4],
            "status_code": status,
        });
        let answer = ResponseTemplate::new(status).set_body_json(body);
        let login = Mock::given(path(LOGIN)).respond_with(answer);
        login.mount(&server).await;
        let error = list(&*adapter(&server)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialRefused, "{status}");
        let said = error.upstream().cloned().unwrap_or_default().message;
        assert_eq!(said.as_deref(), Some("Authentication Failed"));
        assert_eq!(error.account().unwrap().as_str(), "main");
        assert_eq!(calls(&server).await, (1, 0), "{status}");
    }
}

#[tokio::test]
async fn failed_login_is_not_a_refusal_of_the_operation() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(503).insert_header("Retry-After", "600");
    Mock::given(path(LOGIN))
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = list(&*adapter(&server)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().is_some());
}

fn shows_no_secret(error: &Error) {
    let shown = format!(
        "{error} {error:?} {}",
        serde_json::to_string(error).unwrap()
    );
    for secret in ["token-1", "token-2", PASSWORD, &BASIC[6..]] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
