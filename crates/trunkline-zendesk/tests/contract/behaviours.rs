//! The contract suite, over the sandbox's Zendesk.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use trunkline_core::capability::SearchFilter;
use trunkline_core::vault::MemoryVault;
use trunkline_core::{
    CountryCode, NumberType, NumberUpdate, Operation, Provider, PurchaseOrder, SearchQuery,
};
use trunkline_http::{AdapterConfig, Profile, Retries};
use trunkline_testkit::harness::{ProviderKind, Refusal, Samples, SandboxHarness};
use trunkline_testkit::matrix::{self, Column};
use trunkline_zendesk::ZendeskConfig;

trunkline_testkit::contract_tests!(zendesk, harness);

/// The sandbox's agent, its API token, and both as they are sent.
const EMAIL: &str = "agent@example.com";
const API_TOKEN: &str = "sandbox";
const BASIC: &str = "YWdlbnRAZXhhbXBsZS5jb20vdG9rZW46c2FuZGJveA==";

fn config(base_url: &str) -> ZendeskConfig {
    ZendeskConfig::default()
        .with_api_token(EMAIL, API_TOKEN.into())
        .with_base_url(base_url)
}

/// A profile whose retries are a millisecond apart.
pub(super) fn hasty(profile: Profile) -> Profile {
    Profile {
        retries: Retries {
            first_pause: Duration::from_millis(1),
            ..Retries::default()
        },
        ..profile
    }
}

/// An adapter for the sandbox's account of this configuration.
pub(super) fn adapter_of(config: &ZendeskConfig) -> Arc<dyn Provider> {
    let vault = Arc::new(MemoryVault::default());
    let profile = config.profile("support".parse().unwrap(), vault).unwrap();
    config.connect(hasty(profile)).unwrap()
}

fn adapter(base_url: &str) -> Arc<dyn Provider> {
    adapter_of(&config(base_url))
}

/// A sandbox of its own, with an account that has nothing yet.
pub(super) async fn harness() -> SandboxHarness {
    let harness = SandboxHarness::start(ProviderKind::Zendesk, adapter)
        .await
        .unwrap();
    harness
        .with_samples(samples())
        .with_wire_name(Operation::CheckHealth, "list")
        .with_wire_name(Operation::ListCallerIds, "list")
        .with_wire_name(Operation::GetCallerId, "list")
        .with_wire_name(Operation::UpdateCallerId, "update")
        .with_wire_name(Operation::DeleteCallerId, "update")
}

fn samples() -> Samples {
    let nothing = SearchQuery {
        area_code: Some("533".to_owned()),
        ..SearchQuery::new(CountryCode::US)
    };
    let taken = "+14155550100".parse().unwrap();
    Samples {
        stock: Some(SearchQuery::new(CountryCode::US)),
        nothing: Some(nothing),
        searches: searches(),
        types: vec![
            (NumberType::Local, CountryCode::GB),
            (NumberType::TollFree, CountryCode::US),
        ],
        taken: Some(PurchaseOrder::new("support".parse().unwrap(), taken)),
        // A page holds a hundred.
        crowd: 110,
        updates: updates(),
        unknown_id: "900000999999".to_owned(),
        unknown_number: Some("+442079460999".parse().unwrap()),
        refusal: Some(Refusal {
            status: 400,
            headers: [("x-zendesk-request-id".to_owned(), "5ca1ab1e".to_owned())].into(),
            body: json!({
                "error": "TooManyValues",
                "description": "cannot specify more than 100 values",
                "max_count": 100,
            }),
            code: Some("TooManyValues".to_owned()),
            message: Some("cannot specify more than 100 values".to_owned()),
            request_id: Some("5ca1ab1e".to_owned()),
        }),
        secrets: vec![API_TOKEN.to_owned(), BASIC.to_owned()],
        ..Samples::default()
    }
}

fn searches() -> Vec<(SearchFilter, SearchQuery)> {
    use SearchFilter as By;
    let text = |text: &str| Some(text.to_owned());
    let mut searches = Vec::new();
    let mut search = |by, country: &str, set: &dyn Fn(&mut SearchQuery)| {
        let mut query = SearchQuery::new(country.parse().unwrap());
        set(&mut query);
        searches.push((by, query));
    };
    search(By::AreaCode, "US", &|query| query.area_code = text("510"));
    for digits in ["^510", "37$", "22"] {
        search(By::Contains, "US", &|query| {
            query.contains = digits.parse().ok()
        });
    }
    search(By::Region, "US", &|query| query.region = text("CA"));
    search(By::Locality, "GB", &|query| query.locality = text("London"));
    // Each of these all numbers of a country have, or none.
    for country in ["US", "DE", "PT"] {
        search(By::Features, country, &|query| query.features.sms = true);
        search(By::AddressRequirement, country, &|query| {
            query.address_requirement = Some("none".into());
        });
    }
    searches
}

fn updates() -> Vec<NumberUpdate> {
    let groups = json!({"type": "group", "ids": ["900000000401", "900000000402"]});
    let menu = json!({"type": "ivr", "id": "900000000201"});
    let texts = json!({"type": "group", "ids": ["900000000402"]});
    let updates = json!([
        {"label": "Front desk"},
        {"voice": groups},
        {"voice": menu},
        {"messaging": texts},
        {"provider_options": {"failover_number": "+14155550199", "schedule_id": 900_000_000_501_u64, "priority": 7}},
        {"label": "Reception", "voice": groups, "messaging": texts},
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
