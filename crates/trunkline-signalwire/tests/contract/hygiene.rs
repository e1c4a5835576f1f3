//! What holds for every call: secrets stay hidden, and the account is known by its project.

use std::sync::Arc;

use trunkline_core::vault::MemoryVault;
use trunkline_core::{ErrorKind, Operation};
use trunkline_http::AdapterConfig;
use trunkline_signalwire::SignalWireConfig;

use super::{PROJECT, adapter};

#[test]
fn debug_of_the_adapter_shows_no_secret() {
    let shown = format!("{:?}", adapter("http://127.0.0.1:1"));
    assert!(
        shown.contains(PROJECT) && !shown.contains("fixture-token"),
        "{shown}"
    );
}

#[test]
fn the_account_is_known_by_its_project_in_either_case() {
    let config = SignalWireConfig::new(PROJECT.to_ascii_uppercase(), "t".into())
        .with_space_url("acme.signalwire.com");
    let vault = Arc::new(MemoryVault::default());
    let spelled = config.adapter("main".parse().unwrap(), vault).unwrap();
    let signalwire = adapter("http://127.0.0.1:1");
    assert_eq!(
        (signalwire.identity(), signalwire.provider().as_str()),
        (PROJECT, "signalwire")
    );
    assert_eq!(spelled.identity(), PROJECT);
}

#[test]
fn a_plain_address_is_accepted_on_this_machine_only() {
    let at = |base_url: &str, allow_http: bool| {
        let mut config = SignalWireConfig::new(PROJECT, "t".into()).with_base_url(base_url);
        config.allow_http = allow_http;
        let vault = Arc::new(MemoryVault::default());
        let adapter = config.adapter("main".parse().unwrap(), vault);
        adapter.map_err(|error| error.kind())
    };
    assert!(at("http://localhost:9102", false).is_ok());
    assert_eq!(
        at("http://carrier.example.com", false).unwrap_err(),
        ErrorKind::Config
    );
    assert!(at("http://carrier.example.com", true).is_ok());
}

#[test]
fn prices_registration_and_main_number_are_unsupported() {
    let signalwire = adapter("http://127.0.0.1:1");
    for operation in [
        Operation::ListPrices,
        Operation::Register,
        Operation::RegisterRange,
        Operation::GetMain,
        Operation::SetMain,
    ] {
        assert!(!signalwire.capability().supports(operation), "{operation}");
    }
    assert_eq!(signalwire.capability().release_cooldown_days, 14);
}
