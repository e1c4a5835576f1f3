//! Every way into an account, at the sandbox.

use std::sync::Arc;
use std::time::Duration;

use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{ErrorKind, ListQuery, Operation, Provider};
use trunkline_http::AdapterConfig;
use trunkline_testkit::harness::{Harness, SandboxHarness};
use trunkline_zendesk::ZendeskConfig;

use super::behaviours::{adapter_of, harness, hasty};

fn at(harness: &SandboxHarness) -> ZendeskConfig {
    ZendeskConfig::new("sandbox").with_base_url(harness.url())
}

fn client(harness: &SandboxHarness) -> ZendeskConfig {
    at(harness).with_client("sandbox", "sandbox".into())
}

fn keeping(config: &ZendeskConfig, vault: &Arc<MemoryVault>) -> Arc<dyn Provider> {
    let vault: Arc<dyn TokenVault> = vault.clone();
    let profile = config.profile("support".parse().unwrap(), vault).unwrap();
    config.connect(hasty(profile)).unwrap()
}

fn counted(harness: &SandboxHarness, name: &str) -> u64 {
    let requests = harness.ledger().requests;
    requests.get(name).copied().unwrap_or_default()
}

#[tokio::test]
async fn every_kind_of_credential_is_let_in() {
    let harness = harness().await;
    for config in [
        at(&harness).with_api_token("agent@example.com", "sandbox".into()),
        at(&harness).with_access_token("sandbox".into()),
        client(&harness),
        client(&harness).with_refresh_token("sandbox-refresh".into()),
    ] {
        let zendesk = adapter_of(&config);
        zendesk.check_health().await.unwrap();
        assert!(zendesk.list(&ListQuery::default()).await.is_ok());
    }
}

#[tokio::test]
async fn a_wrong_credential_is_unauthenticated() {
    let harness = harness().await;
    for config in [
        at(&harness).with_api_token("agent@example.com", "wrong-token".into()),
        at(&harness).with_api_token("nobody@example.com", "sandbox".into()),
        at(&harness).with_access_token("wrong-token".into()),
        at(&harness).with_client("sandbox", "wrong-secret".into()),
        client(&harness).with_refresh_token("wrong-token".into()),
    ] {
        let error = adapter_of(&config).check_health().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialRefused, "{error:?}");
        assert!(!format!("{error:?}").contains("wrong"), "{error:?}");
    }
}

#[tokio::test]
async fn one_token_refresh_serves_every_call_and_the_next_process() {
    let harness = harness().await;
    let config = client(&harness).with_refresh_token("sandbox-refresh".into());
    let vault = Arc::new(MemoryVault::default());
    for _ in 0..2 {
        let zendesk = keeping(&config, &vault);
        let (one, other) = tokio::join!(zendesk.check_health(), zendesk.check_health());
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    }
    assert_eq!(counted(&harness, "refresh_token"), 1);
}

#[tokio::test]
async fn an_expired_token_is_renewed_by_the_last_refresh_token() {
    let harness = harness().await;
    let config = client(&harness).with_refresh_token("sandbox-refresh".into());
    let zendesk = keeping(&config, &Arc::new(MemoryVault::default()));
    for renewals in 1..=3 {
        zendesk.check_health().await.unwrap();
        assert_eq!(counted(&harness, "refresh_token"), renewals);
        harness.sandbox().advance_clock(Duration::from_secs(3_600));
    }
}

#[tokio::test]
async fn client_credentials_are_used_again_for_a_new_token() {
    let harness = harness().await;
    let zendesk = adapter_of(&client(&harness));
    zendesk.check_health().await.unwrap();
    harness.sandbox().advance_clock(Duration::from_secs(3_600));
    zendesk.check_health().await.unwrap();
    assert_eq!(counted(&harness, "authenticate"), 2);
    assert_eq!(counted(&harness, "refresh_token"), 0);
}

#[tokio::test]
async fn a_trial_account_may_neither_list_nor_search() {
    let harness = harness().await;
    let trial = adapter_of(&at(&harness).with_access_token("sandbox-trial".into()));
    let query = harness.samples().stock.clone().unwrap();
    let refused = [
        (
            Operation::List,
            trial.list(&ListQuery::default()).await.map(drop),
        ),
        (
            Operation::SearchAvailable,
            trial.search_available(&query).await.map(drop),
        ),
    ];
    for (operation, result) in refused {
        let error = result.unwrap_err();
        let kinds = [ErrorKind::PermissionDenied, ErrorKind::Unsupported];
        assert!(kinds.contains(&error.kind()), "{operation}: {error:?}");
    }
}
