//! Tokens from an OAuth token endpoint: asked for when needed, rotated, and never shown.

use std::sync::Arc;

use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{AccountName, ErrorKind, Operation, ProviderName};
use trunkline_http::{
    ApiRequest, Auth, Explained, HttpClient, OAuthGrant, Profile, Renewing, TokenBody,
};
use wiremock::matchers::{body_json, body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn profile(server: &MockServer, auth: Auth) -> Profile {
    Profile::new(
        AccountName::new("emea").unwrap(),
        ProviderName::new("acme"),
        server.uri().parse().unwrap(),
        auth,
        Explained::by_status,
    )
}

fn grant(server: &MockServer) -> OAuthGrant {
    let profile = profile(server, Auth::InBody(Vec::new()));
    OAuthGrant::new(profile, "oauth/tokens", "client-1", "client-secret".into()).unwrap()
}

/// A client of the API whose tokens come from the grant.
fn client(server: &MockServer, grant: OAuthGrant, vault: Arc<dyn TokenVault>) -> HttpClient {
    let name = grant.vault_name("acme.example");
    let auth = Auth::Refresh(Renewing::new(name, grant, vault));
    HttpClient::new(profile(server, auth)).unwrap()
}

fn memory() -> Arc<dyn TokenVault> {
    Arc::new(MemoryVault::default())
}

fn numbers() -> ApiRequest {
    ApiRequest::get(Operation::List, "numbers")
}

async fn issues(server: &MockServer, refresh: &str, pair: (&str, &str), lasts: u64) {
    let form = format!(
        "grant_type=refresh_token&client_id=client-1&client_secret=client-secret&refresh_token={refresh}"
    );
    let answer = serde_json::json!({
        "access_token": pair.0, "refresh_token": pair.1, "expires_in": lasts, "token_type": "Bearer",
    });
    Mock::given(method("POST"))
        .and(path("/oauth/tokens"))
        .and(body_string(form))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(server)
        .await;
}

async fn accepts(server: &MockServer, access: &str) {
    let bearer = format!("Bearer {access}");
    Mock::given(path("/numbers"))
        .and(header("authorization", bearer.as_str()))
        .respond_with(ResponseTemplate::new(200))
        .with_priority(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn each_refresh_token_is_used_once_across_processes() {
    let server = MockServer::start().await;
    // It has ended when it is issued, so that the next call renews it.
    issues(&server, "first", ("access-1", "second"), 0).await;
    issues(&server, "second", ("access-2", "third"), 3_600).await;
    accepts(&server, "access-1").await;
    accepts(&server, "access-2").await;
    let vault = memory();
    let grant = || grant(&server).with_refresh_token("first".into());
    let one = client(&server, grant(), vault.clone());
    one.send(numbers()).await.unwrap();
    let other = client(&server, grant(), vault);
    other.send(numbers()).await.unwrap();
    other.send(numbers()).await.unwrap();
}

#[tokio::test]
async fn a_refused_access_token_is_renewed_once_and_the_request_sent_again() {
    let server = MockServer::start().await;
    issues(&server, "first", ("revoked", "second"), 3_600).await;
    issues(&server, "second", ("access-2", "third"), 3_600).await;
    Mock::given(path("/numbers"))
        .respond_with(ResponseTemplate::new(401))
        .expect(1)
        .mount(&server)
        .await;
    accepts(&server, "access-2").await;
    let grant = grant(&server).with_refresh_token("first".into());
    let client = client(&server, grant, memory());
    client.send(numbers()).await.unwrap();
}

#[tokio::test]
async fn client_credentials_are_sent_as_json_where_the_carrier_requires_it() {
    let server = MockServer::start().await;
    let body = serde_json::json!({
        "grant_type": "client_credentials", "client_id": "client-1",
        "client_secret": "client-secret", "scope": "read write",
    });
    Mock::given(path("/oauth/tokens"))
        .and(body_json(body))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(serde_json::json!({"access_token": "a"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    accepts(&server, "a").await;
    let grant = grant(&server)
        .with_body(TokenBody::Json)
        .with_parameter("scope", "read write");
    let client = client(&server, grant, memory());
    client.send(numbers()).await.unwrap();
    client.send(numbers()).await.unwrap();
}

#[tokio::test]
async fn spent_refresh_token_says_what_to_do_and_shows_no_secret() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth/tokens"))
        .respond_with(ResponseTemplate::new(400).set_body_string("invalid_grant: spent-token"))
        .expect(1)
        .mount(&server)
        .await;
    let grant = grant(&server).with_refresh_token("spent-token".into());
    let client = client(&server, grant, memory());
    let error = client.send(numbers()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialRefused);
    assert!(error.message().contains("authorize the client again"));
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains("spent-token"), "{shown}");
    assert!(!shown.contains("client-secret"), "{shown}");
}

#[tokio::test]
async fn account_with_a_failed_token_renewal_is_unhealthy() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth/tokens"))
        .respond_with(ResponseTemplate::new(400).set_body_string(r#"{"error": "invalid_grant"}"#))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let grant = grant(&server).with_refresh_token("spent-token".into());
    let client = client(&server, grant, memory());
    client.send(numbers()).await.unwrap_err();
    let health = client.health();
    assert!(health.refused, "{health:?}");
    assert!(
        health
            .last_error
            .unwrap()
            .contains("authorize the client again")
    );
    issues(&server, "spent-token", ("access-1", "second"), 3_600).await;
    accepts(&server, "access-1").await;
    client.send(numbers()).await.unwrap();
    assert!(!client.health().refused && client.health().last_error.is_none());
}

#[tokio::test]
async fn newly_configured_token_replaces_the_stored_one() {
    let server = MockServer::start().await;
    let one = grant(&server).with_refresh_token("one".into());
    let two = grant(&server).with_refresh_token("two".into());
    assert_ne!(one.vault_name("acme"), two.vault_name("acme"));
    assert!(!one.vault_name("acme").contains("one"));
}
