//! What holds for every call: secrets stay hidden, and the capability tells the truth.

use std::sync::Arc;

use trunkline_core::vault::MemoryVault;
use trunkline_core::{CallerIdMethod, ErrorKind, Operation};
use trunkline_http::AdapterConfig;
use trunkline_zendesk::PROVIDER;

use super::{adapter, config};

#[test]
fn debug_of_the_adapter_shows_no_secret() {
    let shown = format!("{:?}", adapter("http://127.0.0.1:1"));
    assert!(
        shown.contains("acme") && !shown.contains("fixture-token"),
        "{shown}"
    );
}

#[test]
fn the_account_is_known_by_its_subdomain() {
    let zendesk = adapter("http://127.0.0.1:1");
    assert_eq!(
        (zendesk.identity(), zendesk.provider()),
        ("acme", &PROVIDER)
    );
}

#[test]
fn a_plain_address_is_accepted_on_this_machine_only() {
    let at = |base_url: &str, allow_http: bool| {
        let mut config = config().with_base_url(base_url);
        config.allow_http = allow_http;
        let vault = Arc::new(MemoryVault::default());
        let adapter = config.adapter("main".parse().unwrap(), vault);
        adapter.map_err(|error| error.kind())
    };
    assert!(at("http://localhost:9103", false).is_ok());
    assert_eq!(
        at("http://carrier.example.com", false).unwrap_err(),
        ErrorKind::Config
    );
    assert!(at("http://carrier.example.com", true).is_ok());
}

#[test]
fn caller_ids_are_kept_but_not_proved_here() {
    let zendesk = adapter("http://127.0.0.1:1");
    let capability = zendesk.capability();
    assert_eq!(capability.caller_id_method, Some(CallerIdMethod::Directory));
    assert!(capability.supports(Operation::UpdateCallerId));
    assert!(!capability.supports(Operation::StartCallerId));
}
