//! Who may call: without a key, with one that ends, with one that wants more.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use futures_util::StreamExt;
use serde_json::json;
use tower::ServiceExt;
use trunkline_admin::KeyScope;
use trunkline_admin::audit::AuditFilter;
use trunkline_admin::{KeyDraft, Manager};
use trunkline_core::Ceilings;
use trunkline_core::host;
use trunkline_core::{Caller, Money, Tenant};
use trunkline_gateway::Settings;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::keys::{draft, only};
use crate::routes::routes;
use crate::{Answer, Gateway, keyless, request};

/// A call over a connection from an address.
async fn call_from(gateway: &Gateway, peer: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = request("GET", "/v1/accounts", headers, "");
    let peer = SocketAddr::new(peer.parse().unwrap(), 5_000);
    request.extensions_mut().insert(ConnectInfo(peer));
    gateway.send(request).await
}

#[tokio::test]
async fn gateway_with_real_accounts_needs_a_key_from_the_first_request() {
    let gateway = Gateway::start().await.with_settings(Settings::default());
    let proxied: [&[(&str, &str)]; 4] = [
        &[],
        &[("x-forwarded-for", "127.0.0.1")],
        &[("forwarded", "for=127.0.0.1"), ("x-real-ip", "127.0.0.1")],
        &[("via", "1.1 proxy"), ("cf-connecting-ip", "127.0.0.1")],
    ];
    for route in routes() {
        let is_open = route.scope.is_none() && route.path.starts_with("/v1/callbacks");
        let is_session = route.path == "/v1/session" && route.method != "GET";
        if !route.path.starts_with("/v1") || is_open || is_session {
            continue;
        }
        for headers in proxied {
            let path = route.path.replace(['{', '}'], "");
            let refused = gateway
                .send(request(&route.method, &path, headers, ""))
                .await;
            let what = format!("{} {path} {headers:?}", route.method);
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{what}");
            let detail = refused.json()["detail"].as_str().unwrap().to_owned();
            for told in ["Authorization: Bearer", "trunkline keys create"] {
                assert!(detail.contains(told), "{what}: {detail}");
            }
        }
    }
    assert_eq!(gateway.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn sandbox_without_keys_answers_only_direct_callers_on_this_machine() {
    let gateway = Gateway::start().await;
    let status = async |peer: &str, headers: &[(&str, &str)]| {
        call_from(&gateway, peer, headers).await.status
    };
    assert_eq!(status("127.0.0.1", &[]).await, StatusCode::OK);
    assert_eq!(status("::1", &[]).await, StatusCode::OK);
    assert_eq!(status("192.0.2.7", &[]).await, StatusCode::UNAUTHORIZED);
    for name in [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-real-ip",
        "via",
        "cf-connecting-ip",
    ] {
        let refused = status("127.0.0.1", &[(name, "127.0.0.1")]).await;
        assert_eq!(refused, StatusCode::UNAUTHORIZED, "{name}");
    }
    for settings in [
        Settings {
            public_url: "https://numbers.example.com".parse().ok(),
            ..keyless()
        },
        Settings {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            ..keyless()
        },
        Settings {
            trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
            ..keyless()
        },
    ] {
        let reached = Gateway::start().await.with_settings(settings);
        let refused = call_from(&reached, "127.0.0.1", &[]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.text);
    }
    gateway.key(draft()).await;
    assert_eq!(status("127.0.0.1", &[]).await, StatusCode::UNAUTHORIZED);
}

/// What comes of a stream of events when something happens to its key.
async fn ends_within_a_second(gateway: &Gateway, headers: &[(&str, &str)], happening: impl Future) {
    let headers = [&[("accept", "text/event-stream")], headers].concat();
    let opened = request("GET", "/v1/events", &headers, "");
    let response = gateway.app.clone().oneshot(opened).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut stream = response.into_body().into_data_stream();
    assert!(stream.next().await.is_some());
    happening.await;
    let ended = tokio::time::timeout(Duration::from_millis(1_500), async {
        while stream.next().await.is_some() {}
    });
    assert!(ended.await.is_ok(), "the stream goes on");
}

#[tokio::test]
async fn stream_ends_when_its_key_or_session_becomes_invalid() {
    let gateway = Gateway::start().await;
    let caller = Caller::default();
    let manager = Manager {
        caller: &caller,
        everywhere: true,
    };
    let access = &gateway.services.access;
    let (key, token) = gateway.key(draft()).await;
    let bearer = format!("Bearer {token}");
    let rotated = access.rotate(manager, &key.id, Duration::ZERO);
    ends_within_a_second(&gateway, &[("authorization", &bearer)], rotated).await;
    let (key, token) = gateway.key(draft()).await;
    let bearer = format!("Bearer {token}");
    ends_within_a_second(
        &gateway,
        &[("authorization", &bearer)],
        access.revoke(manager, &key.id),
    )
    .await;
    let end = host::now() + jiff::SignedDuration::from_millis(300);
    let (_, token) = gateway
        .key(KeyDraft {
            expires_at: Some(end),
            ..draft()
        })
        .await;
    let bearer = format!("Bearer {token}");
    let expires = tokio::time::sleep(Duration::from_millis(300));
    ends_within_a_second(&gateway, &[("authorization", &bearer)], expires).await;
    let (_, token) = gateway.key(draft()).await;
    let begun = gateway
        .call("POST", "/v1/session", &json!({"key": token}).to_string())
        .await;
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let headers = [
        ("cookie", cookie.as_str()),
        ("origin", "http://127.0.0.1:8080"),
    ];
    let logout = gateway.send(request("DELETE", "/v1/session", &headers, ""));
    ends_within_a_second(&gateway, &headers[..1], logout).await;
}

#[tokio::test]
async fn stream_without_a_key_ends_when_the_first_key_is_created() {
    let gateway = Gateway::start().await;
    ends_within_a_second(&gateway, &[], gateway.key(draft())).await;
}

fn one_dollar() -> Ceilings {
    Ceilings {
        monthly: Money::parse("1.00", "USD").ok(),
        setup: None,
    }
}

/// What a key may do that makes or rotates others, and which field of the other reaches further.
fn gains() -> Vec<(KeyDraft, KeyDraft, &'static str)> {
    let reads = KeyDraft {
        scopes: [KeyScope::Admin, KeyScope::NumbersRead].into(),
        ..draft()
    };
    let bounded = KeyDraft {
        spend: one_dollar(),
        ..draft()
    };
    let rate = |per_second: u32| {
        serde_json::from_value(json!({"per_second": per_second, "burst": 9})).unwrap()
    };
    let slow = KeyDraft {
        rate_limit: Some(rate(9)),
        ..draft()
    };
    let fast = KeyDraft {
        rate_limit: Some(rate(10)),
        ..draft()
    };
    let ends = |text: &str| KeyDraft {
        expires_at: text.parse().ok(),
        ..draft()
    };
    vec![
        (reads, draft(), "scopes"),
        (bounded, draft(), "spend"),
        (slow, fast, "rate_limit"),
        (
            ends("2126-01-01T00:00:00Z"),
            ends("2126-01-02T00:00:00Z"),
            "expires_at",
        ),
    ]
}

#[tokio::test]
async fn key_cannot_rotate_a_key_with_more_rights() {
    let gateway = Gateway::start().await;
    for (own, wanted, field) in gains() {
        let (mine, token) = gateway.key(own).await;
        let (other, _) = gateway.key(wanted).await;
        let path = format!("/v1/keys/{}/rotate", other.id);
        let refused = gateway.as_key(&token, ("POST", &path, "{}")).await;
        assert_eq!(
            refused.status,
            StatusCode::FORBIDDEN,
            "{field}: {}",
            refused.text
        );
        assert_eq!(refused.field(), field);
        assert!(!refused.text.contains("tl_"));
        let own = format!("/v1/keys/{}/rotate", mine.id);
        let rotated = gateway.as_key(&token, ("POST", &own, "{}")).await;
        assert_eq!(rotated.status, StatusCode::OK, "its own: {}", rotated.text);
    }
    let narrow = KeyDraft {
        accounts: only(&["twilio"]),
        ..draft()
    };
    let (_, token) = gateway.key(narrow).await;
    let (wide, _) = gateway.key(draft()).await;
    let path = format!("/v1/keys/{}/rotate", wide.id);
    let refused = gateway.as_key(&token, ("POST", &path, "{}")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "accounts");
}

#[tokio::test]
async fn key_cannot_create_a_key_with_more_rights() {
    let gateway = Gateway::start().await;
    for (own, wanted, field) in gains() {
        let (_, token) = gateway.key(own).await;
        let body = json!({
            "name": "more", "scopes": wanted.scopes, "rate_limit": wanted.rate_limit, "expires_at": wanted.expires_at,
        });
        let refused = gateway
            .as_key(&token, ("POST", "/v1/keys", &body.to_string()))
            .await;
        assert_eq!(
            refused.status,
            StatusCode::FORBIDDEN,
            "{field}: {}",
            refused.text
        );
        assert_eq!(refused.field(), field);
    }
    let bound = KeyDraft {
        expires_at: "2126-01-01T00:00:00Z".parse().ok(),
        rate_limit: serde_json::from_value(json!({"per_second": 5, "burst": 7})).ok(),
        ..draft()
    };
    let (_, token) = gateway.key(bound).await;
    let body = r#"{"name": "same", "scopes": ["numbers:read"]}"#;
    let made = gateway
        .as_key(&token, ("POST", "/v1/keys", body))
        .await
        .json();
    assert_eq!(
        made["expires_at"], "2126-01-01T00:00:00Z",
        "what is not said is the maker's own"
    );
    assert_eq!(made["rate_limit"], json!({"per_second": 5, "burst": 7}));
}

#[tokio::test]
async fn metrics_need_an_admin_key_of_the_default_tenant() {
    let gateway = Gateway::start().await;
    let acme = KeyDraft {
        tenant: Tenant::new("acme").ok(),
        ..draft()
    };
    let reads = KeyDraft {
        scopes: [KeyScope::NumbersRead].into(),
        ..draft()
    };
    let status = async |draft: KeyDraft| {
        let (_, token) = gateway.key(draft).await;
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-forwarded-for", "192.0.2.7"),
        ];
        gateway
            .send(request("GET", "/metrics", &headers, ""))
            .await
            .status
    };
    assert_eq!(status(acme).await, StatusCode::FORBIDDEN);
    assert_eq!(status(reads).await, StatusCode::FORBIDDEN);
    assert_eq!(status(draft()).await, StatusCode::OK);
    let ready = gateway.get("/readyz").await;
    let says = ready.json()["checks"].to_string();
    assert!(
        !says.bytes().any(|byte| byte.is_ascii_digit()),
        "it counts nothing: {says}"
    );
}

/// Of ten places one tenant gets eight, and the rest is for the others.
#[tokio::test]
async fn tenant_waiting_for_a_carrier_leaves_places_for_others() {
    let settings = Settings {
        max_in_flight: 10,
        ..keyless()
    };
    let gateway = Gateway::start().await.with_settings(settings);
    let hang = FaultPlan::always(ProviderKind::Twilio, "list", Fault::Delay { ms: 60_000 });
    gateway.sandbox.inject(hang).unwrap();
    let (_, greedy) = gateway.key(draft()).await;
    let acme = KeyDraft {
        tenant: Tenant::new("acme").ok(),
        ..draft()
    };
    let (_, other) = gateway.key(acme).await;
    let bearer = format!("Bearer {greedy}");
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let headers = [("authorization", bearer.as_str())];
        let read = gateway
            .app
            .clone()
            .oneshot(request("GET", "/v1/numbers", &headers, ""));
        waiting.spawn(async move { read.await.unwrap().status() });
    }
    // Those that find no place are told at once.
    for _ in 0..12 {
        let told = waiting.join_next().await.unwrap().unwrap();
        assert_eq!(told, StatusCode::SERVICE_UNAVAILABLE);
    }
    let answered = gateway.as_key(&other, ("GET", "/v1/accounts", "")).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
    waiting.abort_all();
}

#[tokio::test]
async fn repeated_refusals_are_counted_in_one_audit_row() {
    let gateway = Gateway::start().await;
    let nothing = KeyDraft {
        scopes: [KeyScope::CallerIdsRead].into(),
        ..draft()
    };
    let (_, token) = gateway.key(nothing).await;
    for _ in 0..30 {
        let refused = gateway.as_key(&token, ("GET", "/v1/accounts", "")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let wrong = gateway
            .as_key("tl_wrong", ("GET", "/v1/accounts", ""))
            .await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    }
    let rows = async || {
        let filter = AuditFilter {
            action: Some("request".to_owned()),
            ..AuditFilter::default()
        };
        let audit = &gateway.services.audit;
        audit.list(&Caller::default(), filter, 100).await.unwrap()
    };
    assert_eq!(
        rows().await.len(),
        2,
        "one for the scope, one for the wrong key"
    );
    gateway.services.audit.write_refusals(true).await;
    let counted = rows().await;
    let counts: Vec<_> = counted.iter().filter_map(|row| row.after.clone()).collect();
    assert_eq!(counts, [json!({"refused": 29}), json!({"refused": 29})]);
}

#[tokio::test]
async fn answer_about_unknown_fields_is_short() {
    let gateway = Gateway::start().await;
    let fields: serde_json::Map<_, _> = (0..50_000)
        .map(|n| (format!("field_{n}"), json!(1)))
        .chain([("x".repeat(10_000), json!(1))])
        .collect();
    let body = serde_json::Value::from(fields).to_string();
    let refused = gateway.call("PATCH", "/v1/numbers/twilio:PN1", &body).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.len() < 8_000, "{} bytes", refused.text.len());
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains(" and 49981 more")
    );
    let query = format!("/v1/accounts?{}", "a&".repeat(10_000));
    let refused = gateway.get(&query).await;
    assert!(refused.text.len() < 8_000, "{} bytes", refused.text.len());
}

#[tokio::test]
async fn stored_answer_has_no_validation_code() {
    let gateway = Gateway::start().await;
    let start = async || {
        let headers = [("idempotency-key", "ring")];
        let body = r#"{"account":"twilio","number":"+14155550177"}"#;
        gateway
            .send(request("POST", "/v1/caller-ids", &headers, body))
            .await
    };
    let (first, again) = (start().await, start().await);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let code = first.json()["validation_code"].as_str().unwrap().to_owned();
    assert!(
        !code.is_empty() && !again.text.contains(&code),
        "{}",
        again.text
    );
    let shown = gateway
        .get("/v1/caller-ids/twilio:%2B14155550177")
        .await
        .json();
    assert_eq!(shown["validation_code"], code.as_str(), "reading shows it");
}

#[tokio::test]
async fn read_only_key_does_not_see_idempotency_keys() {
    let gateway = Gateway::start().await;
    let (offer, _) = gateway.offer().await;
    let bought = gateway
        .buy("order-1", &json!({"offer": offer}).to_string())
        .await;
    let id = bought.json()["purchase"]["id"].as_str().unwrap().to_owned();
    let reads = KeyDraft {
        scopes: [KeyScope::NumbersRead].into(),
        ..draft()
    };
    let (_, reader) = gateway.key(reads).await;
    let (_, buyer) = gateway.key(draft()).await;
    let one = format!("/v1/purchases/{id}");
    for (token, seen) in [(&reader, json!(null)), (&buyer, json!("order-1"))] {
        let shown = gateway.as_key(token, ("GET", &one, "")).await.json();
        assert_eq!(shown["idempotency_key"], seen);
        let listed = gateway
            .as_key(token, ("GET", "/v1/purchases", ""))
            .await
            .json();
        assert_eq!(listed["data"][0]["idempotency_key"], seen);
    }
}

#[tokio::test]
async fn audit_trail_shows_ceilings_of_a_key_and_no_path_of_a_webhook() {
    let gateway = Gateway::start().await;
    let bounded = KeyDraft {
        spend: one_dollar(),
        rate_limit: serde_json::from_value(json!({"per_second": 5, "burst": 7})).ok(),
        ..draft()
    };
    gateway.key(bounded).await;
    let (_, admin) = gateway.key(draft()).await;
    let hook = r#"{"url":"https://hooks.example.com/services/T0/B0/capability?x=1"}"#;
    let made = gateway.as_key(&admin, ("POST", "/v1/webhooks", hook)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let audit = gateway.as_key(&admin, ("GET", "/v1/audit", "")).await;
    assert!(!audit.text.contains("capability"), "{}", audit.text);
    let audit = audit.json();
    let rows = audit["data"].as_array().unwrap();
    let after =
        |action: &str| rows.iter().rfind(|row| row["action"] == action).unwrap()["after"].clone();
    assert_eq!(
        after("webhook.create")["url"],
        "https://hooks.example.com/***"
    );
    let key = after("key.create");
    assert_eq!(key["spend"]["monthly"]["amount"], "1.00");
    assert_eq!(key["rate_limit"]["burst"], 7);
}

/// Behind a proxy that is trusted each client has wrong keys of its own to spend.
#[tokio::test]
async fn wrong_keys_are_counted_by_the_address_from_a_trusted_proxy() {
    let gateway = Gateway::start().await.with_settings(Settings {
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        failed_auth: serde_json::from_value(json!({"per_second": 1, "burst": 2})).unwrap(),
        ..Settings::default()
    });
    let wrong = async |peer: &str, client: &str| {
        let headers = [
            ("authorization", "Bearer tl_wrong"),
            ("x-forwarded-for", client),
        ];
        call_from(&gateway, peer, &headers).await.status
    };
    for _ in 0..2 {
        assert_eq!(
            wrong("10.0.0.2", "203.0.113.1").await,
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(
        wrong("10.0.0.2", "203.0.113.1").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        wrong("10.0.0.3", "203.0.113.2").await,
        StatusCode::UNAUTHORIZED
    );
    for client in ["203.0.113.3", "203.0.113.4"] {
        assert_eq!(wrong("192.0.2.9", client).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        wrong("192.0.2.9", "203.0.113.5").await,
        StatusCode::TOO_MANY_REQUESTS,
        "nobody else is believed"
    );
}
