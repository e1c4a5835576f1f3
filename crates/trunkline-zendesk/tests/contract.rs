//! The Zendesk adapter against the documents in `fixtures/zendesk`, exact requests and mapped answers, and against the
//! contract suite over the sandbox.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

#[path = "contract/behaviours.rs"]
mod behaviours;
#[path = "contract/credentials.rs"]
mod credentials;
#[path = "contract/fixtures.rs"]
mod fixtures;
#[path = "contract/fuzz.rs"]
mod fuzz;
#[path = "contract/hygiene.rs"]
mod hygiene;
#[path = "contract/shifts.rs"]
mod shifts;
#[path = "contract/special.rs"]
mod special;

use std::sync::Arc;

use trunkline_core::Provider;
use trunkline_core::vault::MemoryVault;
use trunkline_http::AdapterConfig;
use trunkline_testkit::fixture::Suite;
use trunkline_zendesk::ZendeskConfig;

/// `agent@example.com/token:fixture-token` in base64.
const AUTHORIZATION: &str = "Basic YWdlbnRAZXhhbXBsZS5jb20vdG9rZW46Zml4dHVyZS10b2tlbg==";

fn suite() -> Suite<impl Fn(&str) -> Arc<dyn Provider>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/zendesk");
    Suite::new(directory, adapter)
        .with_header("authorization", AUTHORIZATION)
        .with_header("accept", "application/json")
        .with_header("content-type", "application/json")
}

fn config() -> ZendeskConfig {
    ZendeskConfig::new("acme").with_api_token("agent@example.com", "fixture-token".into())
}

fn adapter(base_url: &str) -> Arc<dyn Provider> {
    let config = config().with_base_url(base_url);
    let vault = Arc::new(MemoryVault::default());
    config.adapter("main".parse().unwrap(), vault).unwrap()
}
