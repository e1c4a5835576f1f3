//! The SignalWire adapter against the documents in `fixtures/signalwire`, exact requests and mapped answers, and against
//! the contract suite over the sandbox.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

#[path = "contract/behaviours.rs"]
mod behaviours;
#[path = "contract/fixtures.rs"]
mod fixtures;
#[path = "contract/fuzz.rs"]
mod fuzz;
#[path = "contract/hygiene.rs"]
mod hygiene;
#[path = "contract/special.rs"]
mod special;

use std::sync::Arc;

use trunkline_core::Provider;
use trunkline_core::vault::MemoryVault;
use trunkline_http::AdapterConfig;
use trunkline_signalwire::SignalWireConfig;
use trunkline_testkit::fixture::Suite;

/// The project of every fixture.
const PROJECT: &str = "5ca1ab1e-0000-4000-8000-00000000000a";
/// `PROJECT:fixture-token` in base64.
const AUTHORIZATION: &str =
    "Basic NWNhMWFiMWUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDBhOmZpeHR1cmUtdG9rZW4=";

fn suite() -> Suite<impl Fn(&str) -> Arc<dyn Provider>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/signalwire");
    Suite::new(directory, adapter).with_header("authorization", AUTHORIZATION)
}

/// The fixtures of an account that may write what SignalWire has deprecated.
fn deprecated_suite() -> Suite<impl Fn(&str) -> Arc<dyn Provider>> {
    let directory = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/signalwire-deprecated"
    );
    let adapter = |base_url: &str| {
        let config = SignalWireConfig {
            allow_deprecated: true,
            ..config(base_url)
        };
        made(&config)
    };
    Suite::new(directory, adapter).with_header("authorization", AUTHORIZATION)
}

fn adapter(base_url: &str) -> Arc<dyn Provider> {
    made(&config(base_url))
}

fn config(base_url: &str) -> SignalWireConfig {
    SignalWireConfig::new(PROJECT, "fixture-token".into()).with_base_url(base_url)
}

fn made(config: &SignalWireConfig) -> Arc<dyn Provider> {
    let vault = Arc::new(MemoryVault::default());
    config.adapter("main".parse().unwrap(), vault).unwrap()
}
