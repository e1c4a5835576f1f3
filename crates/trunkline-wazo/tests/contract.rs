//! The Wazo adapter against the documents in `fixtures/wazo`, exact requests and mapped answers, and against the
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
#[path = "contract/login.rs"]
mod login;
#[path = "contract/ranges.rs"]
mod ranges;

use std::sync::Arc;
use std::time::Duration;

use trunkline_core::Provider;
use trunkline_core::vault::MemoryVault;
use trunkline_http::{AdapterConfig, Profile, Retries};
use trunkline_testkit::fixture::Suite;
use trunkline_wazo::WazoConfig;

/// The tenant and the token of every fixture.
const TENANT: &str = "5ca1ab1e-0000-4000-8000-0000000000aa";
const TOKEN: &str = "fixture-token";

fn suite() -> Suite<impl Fn(&str) -> Arc<dyn Provider>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/wazo");
    Suite::new(directory, adapter)
        .with_header("x-auth-token", TOKEN)
        .with_header("wazo-tenant", TENANT)
}

fn with_token(base_url: &str) -> WazoConfig {
    WazoConfig::new(base_url, "", "".into())
        .with_token(TOKEN.into())
        .with_tenant_uuid(TENANT)
}

/// An account that tries everything twice, without a pause.
fn adapter(base_url: &str) -> Arc<dyn Provider> {
    let config = with_token(base_url);
    let profile = hasty(&config, 2);
    config.connect(profile).unwrap()
}

fn hasty(config: &WazoConfig, attempts: u32) -> Profile {
    let vault = Arc::new(MemoryVault::default());
    let profile = config.profile("main".parse().unwrap(), vault).unwrap();
    Profile {
        retries: Retries {
            attempts,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(2),
        },
        ..profile
    }
}
