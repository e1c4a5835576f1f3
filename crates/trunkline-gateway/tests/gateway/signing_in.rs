//! Credentials that the carrier takes no more, for every way of signing in.

use futures_util::future::join_all;
use serde_json::Value;
use trunkline_sandbox::ProviderKind;

use crate::Gateway;
use crate::trails::eventually;

/// Every way, with a secret that is good no more.
const WAYS: [(ProviderKind, &str); 11] = [
    (
        ProviderKind::Twilio,
        "account_sid = 'AC00000000000000000000000000000000'\nauth_token = 'revoked'",
    ),
    (
        ProviderKind::Twilio,
        "account_sid = 'AC00000000000000000000000000000000'\n\
         api_key_sid = 'SK00000000000000000000000000000000'\napi_key_secret = 'revoked'",
    ),
    (
        ProviderKind::SignalWire,
        "project_id = '00000000-0000-4000-8000-000000000000'\napi_token = 'revoked'",
    ),
    (ProviderKind::Zendesk, "access_token = 'revoked'"),
    (
        ProviderKind::Zendesk,
        "email = 'agent@example.com'\napi_token = 'revoked'",
    ),
    (
        ProviderKind::Zendesk,
        "client_id = 'sandbox'\nclient_secret = 'revoked'",
    ),
    (
        ProviderKind::Zendesk,
        "client_id = 'sandbox'\nclient_secret = 'sandbox'\nrefresh_token = 'revoked'",
    ),
    (ProviderKind::Webex, "access_token = 'revoked'"),
    (
        ProviderKind::Webex,
        "client_id = 'sandbox'\nclient_secret = 'sandbox'\nrefresh_token = 'revoked'",
    ),
    (ProviderKind::Wazo, "token = 'revoked'"),
    (
        ProviderKind::Wazo,
        "username = 'sandbox'\npassword = 'revoked'",
    ),
];

async fn is_told((kind, settings): (ProviderKind, &str)) {
    let gateway = Gateway::with_accounts(&[(kind, settings)]).await;
    let listed = gateway.get("/v1/numbers").await.json();
    let error = &listed["sources"][0]["error"];
    assert_eq!(
        error["kind"], "credential_refused",
        "{settings}: {listed:#}"
    );
    let account = gateway.get(&format!("/v1/accounts/{kind}")).await.json();
    let health = &account["health"];
    assert_eq!(health["status"], "degraded", "{settings}: {health:#}");
    assert!(health["last_error"].is_string(), "{settings}: {health:#}");
    let event = eventually(async || {
        let page = gateway.get("/v1/events?type=account.unhealthy").await;
        page.json()["data"].as_array()?.first().cloned()
    });
    let event: Value = event.await;
    assert_eq!(event["account"], kind.name());
    assert_eq!(event["data"]["reason"], "credential_refused", "{settings}");
    for text in [listed, account, event] {
        assert!(
            !text.to_string().contains("revoked"),
            "{settings}: {text:#}"
        );
    }
}

#[tokio::test]
async fn expired_carrier_credential_shows_in_health_and_event() {
    join_all(WAYS.map(is_told)).await;
}
