//! API keys as their holders and makers meet them.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use trunkline_admin::{ApiKey, KeyScope};
use trunkline_admin::{KeyDraft, Manager, Services};
use trunkline_core::{AccountName, Caller, Tenant};

use crate::{Answer, Gateway, request};

/// A key for everything.
pub(crate) fn draft() -> KeyDraft {
    KeyDraft {
        name: "test".to_owned(),
        scopes: KeyScope::ALL.into(),
        ..KeyDraft::default()
    }
}

pub(crate) fn only(accounts: &[&str]) -> Option<BTreeSet<AccountName>> {
    Some(accounts.iter().map(|name| name.parse().unwrap()).collect())
}

/// Makes a key as who has the database does, and gives it with its token.
pub(crate) async fn issue(services: &Services, draft: KeyDraft) -> (ApiKey, String) {
    let caller = Caller::default();
    let manager = Manager {
        caller: &caller,
        everywhere: true,
    };
    let issued = services.access.create(manager, draft).await.unwrap();
    (issued.key, issued.token.expose_secret().to_owned())
}

impl Gateway {
    /// Makes a key as who has the database does, and gives it with its token.
    pub(crate) async fn key(&self, draft: KeyDraft) -> (ApiKey, String) {
        issue(&self.services, draft).await
    }

    /// A call with a key.
    pub(crate) async fn as_key(&self, token: &str, call: (&str, &str, &str)) -> Answer {
        let (method, path, body) = call;
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        self.send(request(method, path, &headers, body)).await
    }
}

#[tokio::test]
async fn every_call_needs_a_key_after_the_first_key_is_created() {
    let gateway = Gateway::start().await;
    assert_eq!(gateway.get("/v1/accounts").await.status, StatusCode::OK);
    let (_, token) = gateway.key(draft()).await;
    let refused = gateway.get("/v1/accounts").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json()["kind"], "unauthenticated");
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"trunkline\""
    );
    assert_eq!(refused.header("cache-control"), "no-store");
    let right = gateway.as_key(&token, ("GET", "/v1/accounts", "")).await;
    assert_eq!(right.status, StatusCode::OK);
    assert_eq!(right.header("x-content-type-options"), "nosniff");
    for open in ["/healthz", "/readyz", "/openapi.json", "/metrics"] {
        assert_eq!(gateway.get(open).await.status, StatusCode::OK, "{open}");
    }
    for nowhere in ["/v1/nothing", "/v1"] {
        let refused = gateway.get(nowhere).await.status;
        assert_eq!(refused, StatusCode::UNAUTHORIZED, "{nowhere}");
        let missing = gateway.as_key(&token, ("GET", nowhere, "")).await.status;
        assert_eq!(missing, StatusCode::NOT_FOUND, "{nowhere}");
    }
}

/// A page that has made its name ours has no key; who has one may call the gateway whatever it likes.
#[tokio::test]
async fn foreign_host_is_accepted_only_with_a_key() {
    let gateway = Gateway::start().await;
    let (_, token) = gateway.key(draft()).await;
    let status = async |authorization: Option<&str>| {
        let mut request = axum::http::Request::builder()
            .uri("/v1/accounts")
            .header("host", "192.0.2.7:8080");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        gateway.send(request).await.status
    };
    let bearer = format!("Bearer {token}");
    assert_eq!(status(Some(&bearer)).await, StatusCode::OK);
    assert_eq!(status(Some("Bearer x")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(None).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn wrong_key_and_missing_key_have_different_challenges() {
    let gateway = Gateway::start().await;
    for wrong in [
        "Basic dTpw",
        "Bearer",
        "Bearer ",
        "Bearer tl_x",
        "tl_x",
        "\u{7f}",
    ] {
        let Ok(value) = axum::http::HeaderValue::from_str(wrong) else {
            continue;
        };
        let mut request = request("GET", "/v1/accounts", &[], "");
        request.headers_mut().insert("authorization", value);
        let refused = gateway.send(request).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(
            refused.header("www-authenticate"),
            "Bearer realm=\"trunkline\", error=\"invalid_token\""
        );
    }
}

#[tokio::test]
async fn missing_scope_is_named() {
    let gateway = Gateway::start().await;
    let reads = KeyDraft {
        scopes: [KeyScope::NumbersRead].into(),
        ..draft()
    };
    let (_, token) = gateway.key(reads).await;
    let body = r#"{"account":"twilio","number":"+14155550100"}"#;
    let refused = gateway.as_key(&token, ("POST", "/v1/numbers", body)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let problem = refused.json();
    assert_eq!(problem["kind"], "permission_denied");
    assert_eq!(
        problem["detail"],
        "the key lacks the scope numbers:purchase"
    );
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"trunkline\", error=\"insufficient_scope\", scope=\"numbers:purchase\""
    );
}

#[tokio::test]
async fn first_key_is_not_created_over_the_network() {
    let gateway = Gateway::start().await;
    let body = json!({"name": "first", "scopes": ["admin"]}).to_string();
    let refused = gateway.call("POST", "/v1/keys", &body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert!(!gateway.services.access.is_keyed().await.unwrap());
}

#[tokio::test]
async fn key_is_created_and_shown_without_its_secret() {
    let gateway = Gateway::start().await;
    let (_, admin) = gateway.key(draft()).await;
    let body = json!({
        "name": "shop", "scopes": ["numbers:read"], "accounts": ["twilio"],
        "spend": {"monthly": {"amount": "9.50", "currency": "usd"}},
        "rate_limit": {"per_second": 5, "burst": 7}, "expires_at": "2126-01-01T00:00:00Z",
    });
    let call = ("POST", "/v1/keys", body.to_string());
    let made = gateway.as_key(&admin, (call.0, call.1, &call.2)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let key = made.json();
    let id = key["id"].as_str().unwrap();
    let path = format!("/v1/keys/{id}");
    assert_eq!(made.header("location"), path);
    let secret = key["secret"].as_str().unwrap();
    assert!(secret.starts_with("tl_") && secret.len() == 73, "{secret}");
    let shown = gateway.as_key(&admin, ("GET", &path, "")).await;
    assert!(!shown.text.contains(&secret[30..]), "{}", shown.text);
    let shown = shown.json();
    assert_eq!(
        shown["spend"]["monthly"],
        json!({
            "ceiling": {"amount": "9.50", "currency": "USD"},
            "committed": {"amount": "0.00", "currency": "USD"},
        })
    );
    assert_eq!(shown["rate_limit"], json!({"per_second": 5, "burst": 7}));
    assert_eq!(
        (&shown["state"], &shown["accounts"]),
        (&json!("active"), &json!(["twilio"]))
    );
    assert!(works(&gateway, secret).await);
}

async fn works(gateway: &Gateway, token: &str) -> bool {
    let answer = gateway.as_key(token, ("GET", "/v1/accounts", "")).await;
    answer.status == StatusCode::OK
}

#[tokio::test]
async fn key_is_rotated_and_revoked() {
    let gateway = Gateway::start().await;
    let (_, admin) = gateway.key(draft()).await;
    let (key, first) = gateway.key(draft()).await;
    let path = format!("/v1/keys/{}", key.id);
    let rotate = format!("{path}/rotate");
    let slowly = ("POST", rotate.as_str(), r#"{"overlap_secs": 60}"#);
    let rotated = gateway.as_key(&admin, slowly).await;
    assert_eq!(rotated.status, StatusCode::OK, "{}", rotated.text);
    let rotated = rotated.json();
    let second = rotated["secret"].as_str().unwrap();
    assert!(rotated["overlap_until"].is_string());
    assert!(works(&gateway, &first).await && works(&gateway, second).await);
    gateway.as_key(&admin, ("POST", &rotate, "{}")).await;
    assert!(!works(&gateway, &first).await && !works(&gateway, second).await);
    for _ in 0..2 {
        let revoked = gateway.as_key(&admin, ("DELETE", &path, "")).await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    }
    let shown = gateway.as_key(&admin, ("GET", &path, "")).await.json();
    assert_eq!(shown["state"], "revoked");
    let over = gateway.as_key(&admin, ("POST", &rotate, "{}")).await;
    assert_eq!(over.status, StatusCode::CONFLICT);
    let list = async |query: &str| {
        let path = format!("/v1/keys?{query}");
        gateway.as_key(&admin, ("GET", &path, "")).await.json()
    };
    let listed = list("limit=1").await;
    let next = listed["next_cursor"].as_str().unwrap();
    assert_eq!(listed["data"][0]["id"], next);
    let rest = list(&format!("cursor={next}")).await;
    let rest_ids: Vec<&Value> = rest["data"].as_array().unwrap().iter().collect();
    assert!(rest_ids.len() == 1 && rest_ids[0]["id"] != next);
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[tokio::test]
async fn invalid_new_key_names_the_field() {
    let gateway = Gateway::start().await;
    let (_, admin) = gateway.key(draft()).await;
    for (body, field) in [
        (json!({"scopes": ["admin"]}), "name"),
        (json!({"name": " ", "scopes": ["admin"]}), "name"),
        (json!({"name": "a\nb", "scopes": ["admin"]}), "name"),
        (json!({"name": "a", "scopes": []}), "scopes"),
        (json!({"name": "a", "scopes": ["root"]}), "scopes"),
        (
            json!({"name": "a", "scopes": ["admin"], "accounts": []}),
            "accounts",
        ),
        (
            json!({"name": "a", "scopes": ["admin"], "accounts": ["A"]}),
            "accounts",
        ),
        (
            json!({"name": "a", "scopes": ["admin"], "accounts": ["none"]}),
            "accounts",
        ),
        (
            json!({"name": "a", "scopes": ["admin"], "tenant": "acme"}),
            "tenant",
        ),
        (
            json!({"name": "a", "scopes": ["admin"], "expires_at": "2020-01-01T00:00:00Z"}),
            "expires_at",
        ),
        (
            json!({"name": "a", "scopes": ["admin"], "rate_limit": {"per_second": 0, "burst": 1}}),
            "rate_limit.per_second",
        ),
        (
            json!({"name": "a", "scopes": ["admin"], "spend": {"monthly": {"amount": "-1", "currency": "USD"}}}),
            "spend.monthly.amount",
        ),
        (
            json!({"name": "a", "scopes": ["admin"], "colour": 1}),
            "colour",
        ),
    ] {
        let body = body.to_string();
        let refused = gateway.as_key(&admin, ("POST", "/v1/keys", &body)).await;
        assert!(refused.status.is_client_error(), "{body}: {}", refused.text);
        assert_eq!(refused.field(), field, "{body}: {}", refused.text);
    }
}

/// What is kept to be repeated holds no secret.
#[tokio::test]
async fn repeated_creation_of_a_key_creates_no_other_and_shows_no_secret() {
    let gateway = Gateway::start().await;
    let (_, admin) = gateway.key(draft()).await;
    let bearer = format!("Bearer {admin}");
    let again = async || {
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let body = r#"{"name":"once","scopes":["admin"]}"#;
        gateway
            .send(request("POST", "/v1/keys", &headers, body))
            .await
    };
    let (first, second) = (again().await, again().await);
    assert_eq!(second.header("idempotent-replayed"), "true");
    let (mut first, second) = (first.json(), second.json());
    assert!(first["secret"].take().is_string());
    assert_eq!(first, second);
    let keys = gateway.as_key(&admin, ("GET", "/v1/keys", "")).await.json();
    assert_eq!(keys["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn requests_of_a_key_are_counted_and_the_rest_is_shown() {
    let gateway = Gateway::start().await;
    let slow = KeyDraft {
        rate_limit: serde_json::from_value(json!({"per_second": 1, "burst": 3})).unwrap(),
        ..draft()
    };
    let (_, token) = gateway.key(slow).await;
    let (_, other) = gateway.key(draft()).await;
    let call = ("GET", "/v1/providers", "");
    for left in ["\"key\";r=2;t=1", "\"key\";r=1;t=2", "\"key\";r=0;t=3"] {
        let answer = gateway.as_key(&token, call).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("ratelimit"), left);
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=3");
    }
    let refused = gateway.as_key(&token, call).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()["kind"], "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit"), "\"key\";r=0;t=1");
    assert_eq!(gateway.as_key(&other, call).await.status, StatusCode::OK);
}

/// The same words of somebody who sees other accounts are another request.
#[tokio::test]
async fn idempotency_key_repeats_no_answer_about_invisible_accounts() {
    let gateway = Gateway::start().await;
    let (_, number) = gateway.offer().await;
    let (_, whole) = gateway.key(draft()).await;
    let acme = KeyDraft {
        tenant: Tenant::new("acme").ok(),
        ..draft()
    };
    let (_, acme) = gateway.key(acme).await;
    let buy = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let body = json!({"account": "twilio", "number": number}).to_string();
        gateway
            .send(request("POST", "/v1/numbers", &headers, &body))
            .await
    };
    let bought = buy(&whole).await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    assert_eq!(buy(&whole).await.header("idempotent-replayed"), "true");
    assert_eq!(buy(&acme).await.status, StatusCode::NOT_FOUND);
    let id = bought.json()["number"]["id"].as_str().unwrap().to_owned();
    let rename = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "r")];
        let path = format!("/v1/numbers/{id}");
        let body = r#"{"label":"Support"}"#;
        gateway.send(request("PATCH", &path, &headers, body)).await
    };
    assert_eq!(rename(&whole).await.status, StatusCode::OK);
    assert_eq!(rename(&acme).await.status, StatusCode::NOT_FOUND);
    let limited = KeyDraft {
        accounts: only(&["twilio"]),
        ..draft()
    };
    let (_, limited) = gateway.key(limited).await;
    let refused = rename(&limited).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn exceeded_ceiling_of_a_key_is_402_and_shown_at_the_key() {
    let gateway = Gateway::start().await;
    let spend = serde_json::from_value(json!({"monthly": {"amount": "2.00", "currency": "USD"}}));
    let bounded = KeyDraft {
        spend: spend.unwrap(),
        ..draft()
    };
    let (key, token) = gateway.key(bounded).await;
    let bearer = format!("Bearer {token}");
    let buy = async |order: &str, number: &str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("idempotency-key", order),
        ];
        let body = json!({"account": "twilio", "number": number}).to_string();
        gateway
            .send(request("POST", "/v1/numbers", &headers, &body))
            .await
    };
    let search = "/v1/available-numbers?country=US&area_code=415&limit=2";
    let found = gateway.as_key(&token, ("GET", search, "")).await.json();
    let number = |at: usize| found["data"][at]["number"].as_str().unwrap();
    let bought = buy("first", number(0)).await;
    assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
    let refused = buy("second", number(1)).await;
    assert_eq!(
        refused.status,
        StatusCode::PAYMENT_REQUIRED,
        "{}",
        refused.text
    );
    let path = format!("/v1/keys/{}", key.id);
    let shown = gateway.as_key(&token, ("GET", &path, "")).await.json();
    let committed = &shown["spend"]["monthly"]["committed"];
    assert_eq!(*committed, json!({"amount": "1.15", "currency": "USD"}));
}
