//! The contract suite, over the sandbox's Webex.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use trunkline_core::capability::NumberField;
use trunkline_core::vault::MemoryVault;
use trunkline_core::{NumberUpdate, Operation, Provider, RangeRequest};
use trunkline_http::{AdapterConfig, Profile, Retries};
use trunkline_testkit::harness::{ProviderKind, Refusal, Samples, SandboxHarness};
use trunkline_testkit::matrix::{self, Column};
use trunkline_webex::WebexConfig;

trunkline_testkit::contract_tests!(webex, harness);

/// The sandbox's access token.
pub(crate) const ACCESS_TOKEN: &str = "sandbox";
/// San Francisco, behind a local gateway.
pub(crate) const LOCATION: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwMQ";
/// Oakland, where numbers of San Francisco can be moved to.
pub(crate) const OAKLAND: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwMg";

fn config(base_url: &str) -> WebexConfig {
    WebexConfig::new(ACCESS_TOKEN.into()).with_base_url(base_url)
}

/// Retries are a millisecond apart.
pub(crate) fn hasty(profile: Profile) -> Profile {
    Profile {
        retries: Retries {
            first_pause: Duration::from_millis(1),
            ..Retries::default()
        },
        ..profile
    }
}

pub(crate) fn adapter(base_url: &str) -> Arc<dyn Provider> {
    let (config, vault) = (config(base_url), Arc::new(MemoryVault::default()));
    let profile = config.profile("emea-webex".parse().unwrap(), vault);
    config.connect(hasty(profile.unwrap())).unwrap()
}

/// A search for one number is a `get` at the sandbox, any other a `list`.
pub(crate) async fn harness() -> SandboxHarness {
    let base = |base_url: &str| adapter(&format!("{}/v1", base_url.trim_end_matches("/v1")));
    let harness = SandboxHarness::start(ProviderKind::Webex, base)
        .await
        .unwrap();
    harness
        .with_samples(samples())
        .with_wire_name(Operation::CheckHealth, "list")
        .with_wire_name(Operation::FindOwned, "get")
        .with_wire_name(Operation::ListCallerIds, "list")
        .with_wire_name(Operation::RegisterRange, "register")
}

/// A number of the fiction range that nobody has.
fn number(index: u32) -> String {
    format!("+1628555{index:04}")
}

fn samples() -> Samples {
    Samples {
        crowd: 60,
        register: (100..170).map(number).collect(),
        range: Some(RangeRequest {
            start_number: number(180),
            end_number: number(193),
            location: Some(LOCATION.to_owned()),
        }),
        location: Some(LOCATION.to_owned()),
        updates: updates(),
        not_unset: vec![NumberField::State, NumberField::Location],
        unknown_id: "+442079460999".to_owned(),
        unknown_number: Some("+442079460999".parse().unwrap()),
        refusal: Some(Refusal {
            status: 400,
            headers: [("Trackingid".to_owned(), "ROUTERGW_5ca1ab1e".to_owned())].into(),
            body: json!({
                "errorCode": 25008,
                "message": "Missing required field(s).",
                "errors": [{"errorCode": 25008, "description": "Missing required field(s)."}],
                "trackingId": "ROUTERGW_5ca1ab1e",
            }),
            code: Some("25008".to_owned()),
            message: Some("Missing required field(s).".to_owned()),
            request_id: Some("ROUTERGW_5ca1ab1e".to_owned()),
        }),
        secrets: vec![ACCESS_TOKEN.to_owned()],
        ..Samples::default()
    }
}

fn updates() -> Vec<NumberUpdate> {
    let updates = json!([
        {"state": "inactive"},
        {"state": "active"},
        {"location": OAKLAND},
        {"provider_options": {"number_usage_type": "SERVICE"}},
        {"state": "inactive", "location": OAKLAND, "provider_options": {"number_usage_type": "SERVICE"}},
    ]);
    serde_json::from_value(updates).unwrap()
}

#[tokio::test]
async fn the_matrix_in_the_docs_is_up_to_date() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/matrix.md");
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the test, nothing that the product reads"
    )]
    let update = std::env::var("TRUNKLINE_UPDATE_DOCS").is_ok();
    let column = Column::prove(harness).await;
    if let Err(outdated) = matrix::check(Path::new(file), column, update) {
        panic!("{outdated}");
    }
}
