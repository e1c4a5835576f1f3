//! The Twilio adapter against the documents in `fixtures/twilio`, exact requests and mapped answers, and against the
//! contract suite over the sandbox.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

#[path = "contract/behaviours.rs"]
mod behaviours;
#[path = "contract/connector.rs"]
mod connector;
#[path = "contract/fixtures.rs"]
mod fixtures;
#[path = "contract/fuzz.rs"]
mod fuzz;
#[path = "contract/hygiene.rs"]
mod hygiene;

use std::sync::Arc;

use trunkline_core::Provider;
use trunkline_core::vault::MemoryVault;
use trunkline_http::AdapterConfig;
use trunkline_testkit::fixture::Suite;
use trunkline_twilio::TwilioConfig;

/// The account of every fixture.
const ACCOUNT_SID: &str = "AC5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";
/// `ACCOUNT_SID:fixture-token` in base64.
const AUTHORIZATION: &str =
    "Basic QUM1Y2ExYWIxZTVjYTFhYjFlNWNhMWFiMWU1Y2ExYWIxZTpmaXh0dXJlLXRva2Vu";

fn suite() -> Suite<impl Fn(&str) -> Arc<dyn Provider>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/twilio");
    Suite::new(directory, adapter).with_header("authorization", AUTHORIZATION)
}

fn adapter(base_url: &str) -> Arc<dyn Provider> {
    let config = TwilioConfig::new(ACCOUNT_SID, "fixture-token".into()).with_base_url(base_url);
    let vault = Arc::new(MemoryVault::default());
    config.adapter("main".parse().unwrap(), vault).unwrap()
}
