use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderName;
use secrecy::SecretString;
use trunkline_core::vault::{MemoryVault, Tokens};
use trunkline_core::{Effect, ErrorKind, Result};
use trunkline_http::{Auth, Explained, Grant, HttpClient, Refusal, Renewing};
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer};

use crate::harness::*;

/// Issues `token-0`, and the next one after each refusal.
#[derive(Debug, Default)]
struct Numbered(AtomicUsize);

#[async_trait]
impl Grant for Numbered {
    async fn issue(&self, _current: Option<&Tokens>) -> Result<Tokens> {
        let count = self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Tokens {
            access: format!("token-{count}").into(),
            refresh: None,
            expires_at: None,
            renew_at: None,
        })
    }

    fn margin(&self) -> Duration {
        Duration::ZERO
    }

    fn header(&self) -> HeaderName {
        HeaderName::from_static("x-auth-token")
    }

    fn secrets(&self) -> Vec<SecretString> {
        vec![SECRET.into()]
    }
}

fn numbered() -> Auth {
    let vault = Arc::new(MemoryVault::default());
    Auth::Refresh(Renewing::new("acme/main", Numbered::default(), vault))
}

fn with_tokens(server: &MockServer) -> HttpClient {
    let mut profile = profile(&server.uri());
    profile.auth = numbered();
    HttpClient::new(profile).unwrap()
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_request_repeated() {
    let server = MockServer::start().await;
    let accepted = Mock::given(header("x-auth-token", "token-1")).respond_with(status(201));
    accepted.mount(&server).await;
    Mock::given(any())
        .respond_with(status(401))
        .mount(&server)
        .await;
    with_tokens(&server).send(purchase()).await.unwrap();
    assert_eq!(received(&server).await, 2);
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let server = server([status(401)]).await;
    let error = with_tokens(&server).send(purchase()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::CredentialRefused, Effect::None)
    );
    assert_eq!(received(&server).await, 2);
}

/// Some carriers answer 401 to a good token that may not do what was asked.
#[tokio::test]
async fn token_without_permission_is_not_renewed() {
    fn denied(refusal: &Refusal<'_>) -> Explained {
        Explained {
            kind: ErrorKind::PermissionDenied,
            ..Explained::by_status(refusal)
        }
    }
    let server = server([status(401)]).await;
    let mut profile = profile(&server.uri());
    profile.auth = numbered();
    profile.explain = denied;
    let client = HttpClient::new(profile).unwrap();
    let error = client.send(purchase()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(received(&server).await, 1);
}

#[tokio::test]
async fn credentials_for_tokens_are_as_secret_as_tokens() {
    let echo = format!(r#"{{"code": 1, "message": "token-0 of {SECRET}"}}"#);
    let server = server([status(403).set_body_string(echo)]).await;
    let error = with_tokens(&server).send(read()).await.unwrap_err();
    let said = error.upstream().cloned().unwrap_or_default().message;
    assert_eq!(said.as_deref(), Some("[redacted] of [redacted]"));
}

#[tokio::test]
async fn a_fixed_credential_is_not_tried_twice() {
    let server = server([status(401)]).await;
    let error = client(&server.uri()).send(read()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialRefused);
    assert_eq!(received(&server).await, 1);
}

#[tokio::test]
async fn no_secret_in_debug_or_errors() {
    let echo = format!(r#"{{"code": 1, "message": "token {SECRET} of QUMxOn is no good"}}"#);
    let server = server([status(403).set_body_string(echo)]).await;
    let client = client(&server.uri());
    let error = client.send(read()).await.unwrap_err();
    let unreachable = HttpClient::new(profile(&nobody())).unwrap();
    let lost = unreachable.send(purchase()).await.unwrap_err();
    let shown = format!(
        "{error} {error:?} {lost:?} {client:?} {:?} {:?} {}",
        client.profile(),
        client.health(),
        serde_json::to_string(&error).unwrap()
    );
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(shown.contains("[redacted]"), "{shown}");
    assert!(!format!("{lost:?}").contains("http://"), "{lost:?}");
}
