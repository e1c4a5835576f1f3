//! Sessions of a browser.

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunkline_admin::KeyScope;
use trunkline_admin::{KeyDraft, Manager};
use trunkline_core::Caller;
use trunkline_gateway::Settings;

use crate::keys::draft;
use crate::{Answer, Gateway, request};

const OWN: (&str, &str) = ("origin", "http://127.0.0.1:8080");

async fn login(gateway: &Gateway, token: &str) -> Answer {
    let body = json!({"key": token}).to_string();
    gateway.call("POST", "/v1/session", &body).await
}

/// The cookie as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().unwrap().to_owned()
}

async fn with(gateway: &Gateway, cookie: &str, call: (&str, &str, &[(&str, &str)])) -> Answer {
    let (method, path, more) = call;
    let mut headers = vec![("cookie", cookie)];
    headers.extend(more);
    let body = if method == "PATCH" {
        r#"{"label":"x"}"#
    } else {
        ""
    };
    gateway.send(request(method, path, &headers, body)).await
}

#[tokio::test]
async fn keyless_sandbox_grants_every_scope_to_local_callers() {
    let gateway = Gateway::start().await;
    let shown = gateway.get("/v1/session").await.json();
    assert_eq!(
        shown,
        json!({
            "keyless": true, "key": null, "tenant": "default", "accounts": null,
            "scopes": KeyScope::ALL.map(KeyScope::as_str),
        })
    );
    gateway.key(draft()).await;
    let refused = gateway.get("/v1/session").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn session_has_the_rights_of_its_key() {
    let gateway = Gateway::start().await;
    let reads = KeyDraft {
        scopes: [KeyScope::NumbersRead].into(),
        ..draft()
    };
    let (key, token) = gateway.key(reads).await;
    let begun = login(&gateway, &token).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
    let set = begun.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains(&token[30..]) && !set.contains("Secure"));
    let expected = json!({
        "keyless": false, "key": {"id": key.id.as_str(), "name": "test"}, "tenant": "default",
        "scopes": ["numbers:read"], "accounts": null,
    });
    assert_eq!(begun.json(), expected);
    let cookie = cookie(&begun);
    let shown = with(&gateway, &cookie, ("GET", "/v1/session", &[])).await;
    assert_eq!(shown.json(), expected);
    let read = with(&gateway, &cookie, ("GET", "/v1/accounts", &[])).await;
    assert_eq!(read.status, StatusCode::OK);
    assert!(!read.header("ratelimit").is_empty());
    let scope = with(&gateway, &cookie, ("GET", "/v1/keys", &[])).await;
    assert_eq!(scope.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn session_writes_only_from_own_pages() {
    let gateway = Gateway::start().await;
    let (_, token) = gateway.key(draft()).await;
    let cookie = cookie(&login(&gateway, &token).await);
    let status = async |headers: &[(&str, &str)]| {
        let call = ("PATCH", "/v1/numbers/twilio:PN1", headers);
        with(&gateway, &cookie, call).await.status
    };
    for foreign in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[OWN, ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(status(foreign).await, StatusCode::FORBIDDEN, "{foreign:?}");
    }
    for own in [&[OWN][..], &[("sec-fetch-site", "same-origin")]] {
        assert_eq!(status(own).await, StatusCode::NOT_FOUND, "{own:?}");
    }
}

#[tokio::test]
async fn session_ends_with_the_secret_it_was_started_with() {
    let gateway = Gateway::start().await;
    let (key, token) = gateway.key(draft()).await;
    let cookie = cookie(&login(&gateway, &token).await);
    let open = async || {
        let shown = with(&gateway, &cookie, ("GET", "/v1/session", &[])).await;
        shown.status == StatusCode::OK
    };
    assert!(open().await);
    let caller = Caller::default();
    let manager = Manager {
        caller: &caller,
        everywhere: true,
    };
    let access = &gateway.services.access;
    access
        .rotate(manager, &key.id, std::time::Duration::ZERO)
        .await
        .unwrap();
    assert!(!open().await);
}

#[tokio::test]
async fn wrong_key_or_cookie_starts_no_session() {
    let gateway = Gateway::start().await;
    let wrong = login(&gateway, "tl_wrong").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "keyless too");
    let (_, token) = gateway.key(draft()).await;
    let wrong = login(&gateway, "tl_wrong").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.header("set-cookie"), "");
    let good = cookie(&login(&gateway, &token).await);
    for bad in [
        "trunkline_session=".to_owned(),
        "trunkline_session=AAAA".to_owned(),
        good.replace("session=", "session=A"),
    ] {
        let refused = with(&gateway, &bad, ("GET", "/v1/session", &[])).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{bad}");
    }
    let refused = gateway.call("POST", "/v1/session", "{}").await;
    assert_eq!(refused.field(), "key");
}

#[tokio::test]
async fn offer_is_not_accepted_as_session() {
    let gateway = Gateway::start().await;
    let (offer, _) = gateway.offer().await;
    gateway.key(draft()).await;
    let cookie = format!("trunkline_session={offer}");
    let refused = with(&gateway, &cookie, ("GET", "/v1/session", &[])).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json()["errors"], Value::Null);
}

#[tokio::test]
async fn copied_cookie_is_invalid_after_logout() {
    let gateway = Gateway::start().await;
    let (_, token) = gateway.key(draft()).await;
    let copied = cookie(&login(&gateway, &token).await);
    let other = cookie(&login(&gateway, &token).await);
    let ended = with(&gateway, &copied, ("DELETE", "/v1/session", &[OWN])).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
    let status = async |cookie: &str| {
        let shown = with(&gateway, cookie, ("GET", "/v1/session", &[])).await;
        shown.status
    };
    assert_eq!(status(&copied).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        status(&other).await,
        StatusCode::OK,
        "another session goes on"
    );
}

/// Whoever has a copy of the database has the hashes of keys, and the secret that was made where none is configured.
#[tokio::test]
async fn stored_session_hash_is_not_accepted_as_cookie() {
    let gateway = Gateway::start().await;
    let (key, token) = gateway.key(draft()).await;
    let begun = login(&gateway, &token).await;
    let stored = gateway.services.admin.api_key(&key.id).await.unwrap();
    let hash = stored.unwrap().secret;
    let document = json!({"key": key.id, "secret": hash, "until": "2126-01-01T00:00:00Z"});
    let sealed = gateway
        .services
        .engine
        .sealer
        .seal("session", &document)
        .unwrap();
    for forged in [sealed, hash.to_text()] {
        let cookie = format!("trunkline_session={forged}");
        let refused = with(&gateway, &cookie, ("GET", "/v1/session", &[])).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{cookie}");
    }
    let token = cookie(&begun).replace("trunkline_session=", "");
    let mut kept = gateway.services.admin.session(&hash).await.unwrap();
    assert_eq!(
        kept.take(),
        None,
        "sessions are found by the hash of their token alone"
    );
    assert_ne!(token, hash.to_text());
}

#[tokio::test]
async fn https_cookie_is_bound_to_its_host() {
    let settings = Settings {
        public_url: "https://numbers.example.com".parse().ok(),
        ..Settings::default()
    };
    let gateway = Gateway::start().await.with_settings(settings);
    let (_, token) = gateway.key(draft()).await;
    let begun = login(&gateway, &token).await;
    let set = begun.header("set-cookie");
    assert!(set.starts_with("__Host-trunkline_session="), "{set}");
    assert!(
        set.contains("; Secure") && set.contains("; Path=/;"),
        "{set}"
    );
    assert_eq!(
        begun.header("strict-transport-security"),
        "max-age=31536000"
    );
    let shown = with(&gateway, &cookie(&begun), ("GET", "/v1/session", &[])).await;
    assert_eq!(shown.status, StatusCode::OK);
    let plain = cookie(&begun).replace("__Host-", "");
    let refused = with(&gateway, &plain, ("GET", "/v1/session", &[])).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}
