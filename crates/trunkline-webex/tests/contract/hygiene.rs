//! What holds for every call: secrets stay hidden, and the account is known by its organization.

use std::sync::Arc;

use trunkline_core::vault::MemoryVault;
use trunkline_core::{ErrorKind, Operation};
use trunkline_http::AdapterConfig;
use trunkline_webex::WebexConfig;

use super::adapter;

#[test]
fn debug_of_the_adapter_shows_no_secret() {
    let shown = format!("{:?}", adapter("http://127.0.0.1:1"));
    assert!(
        shown.contains("main") && !shown.contains("fixture-token"),
        "{shown}"
    );
}

#[test]
fn debug_of_the_configuration_shows_no_secret() {
    let config = WebexConfig::oauth("C0ffee", "client-secret".into(), "refresh-token".into());
    let shown = format!("{config:?}");
    assert!(shown.contains("C0ffee"), "{shown}");
    assert!(
        !shown.contains("client-secret") && !shown.contains("refresh-token"),
        "{shown}"
    );
}

#[test]
fn the_account_is_known_by_its_organization() {
    let webex = adapter("http://127.0.0.1:1");
    assert_eq!(
        (webex.identity(), webex.provider().as_str()),
        ("0f1e2d3c-4b5a-4968-8776-655443322110", "webex")
    );
}

#[test]
fn a_plain_address_is_accepted_on_this_machine_only() {
    let at = |base_url: &str, allow_http: bool| {
        let mut config = WebexConfig::new("t".into()).with_base_url(base_url);
        config.allow_http = allow_http;
        let vault = Arc::new(MemoryVault::default());
        let adapter = config.adapter("main".parse().unwrap(), vault);
        adapter.map_err(|error| error.kind())
    };
    assert!(at("http://localhost:9104/v1", false).is_ok());
    let away = "http://carrier.example.com/v1";
    assert_eq!(at(away, false).unwrap_err(), ErrorKind::Config);
    assert!(at(away, true).is_ok());
}

#[test]
fn search_purchase_and_verification_are_unsupported() {
    let webex = adapter("http://127.0.0.1:1");
    let capability = webex.capability();
    for operation in [
        Operation::SearchAvailable,
        Operation::Purchase,
        Operation::StartCallerId,
    ] {
        assert!(!capability.supports(operation), "{operation}");
    }
    assert!(capability.supports(Operation::Register));
}
