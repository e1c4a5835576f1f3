//! The Webex adapter against the documents in `fixtures/webex`, exact requests and mapped answers, and against the
//! contract suite over the sandbox.

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
use trunkline_testkit::fixture::Suite;
use trunkline_webex::WebexConfig;

/// The organization of every fixture.
const ORG_ID: &str =
    "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wZjFlMmQzYy00YjVhLTQ5NjgtODc3Ni02NTU0NDMzMjIxMTA";

fn suite() -> Suite<impl Fn(&str) -> Arc<dyn Provider>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/webex");
    Suite::new(directory, adapter).with_header("authorization", "Bearer fixture-token")
}

fn adapter(base_url: &str) -> Arc<dyn Provider> {
    let config = WebexConfig::new("fixture-token".into())
        .with_org_id(ORG_ID)
        .with_base_url(format!("{base_url}/v1"));
    let vault = Arc::new(MemoryVault::default());
    let profile = config.profile("main".parse().unwrap(), vault).unwrap();
    config.connect(behaviours::hasty(profile)).unwrap()
}
