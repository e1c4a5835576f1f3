//! The contract suite, over the sandbox's SignalWire.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Value, json};
use trunkline_core::capability::{NumberField, SearchFilter};
use trunkline_core::vault::MemoryVault;
use trunkline_core::{
    CountryCode, E164, NumberType, NumberUpdate, Operation, Provider, PurchaseOrder, SearchQuery,
};
use trunkline_http::{AdapterConfig, ApiRequest, HttpClient, Profile, Retries};
use trunkline_signalwire::SignalWireConfig;
use trunkline_testkit::harness::{
    CallOutcome, Fault, Harness, Ledger, ProviderKind, Refusal, Samples, SandboxHarness,
};
use trunkline_testkit::matrix::{self, Column};

trunkline_testkit::contract_tests!(signalwire, harness);
trunkline_testkit::contract_tests!(signalwire_by_the_book, harness_by_the_book);

/// The sandbox's project that does as the service was seen to.
pub(super) const PROJECT: &str = "00000000-0000-4000-8000-000000000000";
/// Its project that does as the documents say.
const PROJECT_BY_THE_BOOK: &str = "00000000-0000-4000-8000-000000000004";
/// The token of both.
pub(super) const API_TOKEN: &str = "sandbox";
/// What is sent of each.
const BASIC: &str = "MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAwOnNhbmRib3g=";
const BASIC_BY_THE_BOOK: &str = "MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDA0OnNhbmRib3g=";

fn config(project: &str, token: &str, base_url: &str) -> SignalWireConfig {
    let mut config = SignalWireConfig::new(project, token.into()).with_base_url(base_url);
    config.allow_deprecated = true;
    config
}

fn profile(config: &SignalWireConfig) -> Profile {
    let vault = Arc::new(MemoryVault::default());
    let profile = config.profile("us-main".parse().unwrap(), vault);
    Profile {
        retries: Retries {
            first_pause: Duration::from_millis(1),
            ..Retries::default()
        },
        ..profile.unwrap()
    }
}

/// An adapter for a project of the sandbox with one of its tokens.
pub(super) fn adapter(project: &str, token: &str, base_url: &str) -> Arc<dyn Provider> {
    let config = config(project, token, base_url);
    config.connect(profile(&config)).unwrap()
}

/// The sandbox, where what keeps the numbers from being read keeps the caller IDs too when health is checked: a token
/// that is good for one of them is good, though not for all.
pub(super) struct TwoScopes(pub(super) SandboxHarness);

pub(super) async fn harness() -> TwoScopes {
    harness_of(PROJECT, BASIC).await
}

async fn harness_by_the_book() -> TwoScopes {
    harness_of(PROJECT_BY_THE_BOOK, BASIC_BY_THE_BOOK).await
}

async fn harness_of(project: &'static str, basic: &str) -> TwoScopes {
    let make = move |base_url: &str| adapter(project, API_TOKEN, base_url);
    let harness = SandboxHarness::start(ProviderKind::SignalWire, make)
        .await
        .unwrap();
    let address = address(&config(project, API_TOKEN, harness.url())).await;
    let harness = harness
        .with_samples(samples(&address, basic))
        .with_wire_name(Operation::CheckHealth, "list")
        .with_wire_name(Operation::GetCallerId, "list_caller_ids")
        .with_time_passing(|sandbox| sandbox.advance_clock(Duration::from_secs(15 * 24 * 3600)));
    TwoScopes(harness)
}

#[async_trait]
impl Harness for TwoScopes {
    fn provider(&self) -> Arc<dyn Provider> {
        self.0.provider()
    }

    fn samples(&self) -> &Samples {
        self.0.samples()
    }

    fn inject(&self, operation: Operation, fault: Fault, times: Option<u64>) {
        if operation == Operation::CheckHealth {
            self.0
                .inject(Operation::ListCallerIds, fault.clone(), times);
        }
        self.0.inject(operation, fault, times);
    }

    fn clear_faults(&self) {
        self.0.clear_faults();
    }

    fn ledger(&self) -> Ledger {
        self.0.ledger()
    }

    fn wire_name(&self, operation: Operation) -> &'static str {
        self.0.wire_name(operation)
    }

    fn validation_code(&self, number: &E164) -> Option<String> {
        self.0.validation_code(number)
    }

    async fn answer_caller_id(&self, number: &E164, outcome: CallOutcome) {
        self.0.answer_caller_id(number, outcome).await;
    }

    fn let_time_pass(&self) {
        self.0.let_time_pass();
    }
}

/// Makes an address that emergency services can be given.
async fn address(config: &SignalWireConfig) -> String {
    #[derive(Serialize)]
    struct Address {
        label: &'static str,
        country: &'static str,
        first_name: &'static str,
        last_name: &'static str,
        street_number: &'static str,
        street_name: &'static str,
        city: &'static str,
        state: &'static str,
        postal_code: &'static str,
        emergency_enabled: bool,
    }

    // The pipeline names every request after an operation of the product, which this is none of.
    let request = ApiRequest::post(Operation::Update, "api/relay/rest/addresses");
    let request = request.json(&Address {
        label: "Northwind",
        country: "US",
        first_name: "Nora",
        last_name: "Wind",
        street_number: "1",
        street_name: "Market Street",
        city: "San Francisco",
        state: "CA",
        postal_code: "94105",
        emergency_enabled: true,
    });
    let client = HttpClient::new(profile(config)).unwrap();
    let answer = client.send(request.unwrap()).await.unwrap();
    let address: Value = answer.json().unwrap();
    address["id"].as_str().unwrap().to_owned()
}

fn samples(address: &str, basic: &str) -> Samples {
    let us = |area_code: &str| SearchQuery {
        area_code: Some(area_code.to_owned()),
        ..SearchQuery::new(CountryCode::US)
    };
    let taken = "+14155550100".parse().unwrap();
    let words = "Page token is invalid";
    let reason = json!({"detail": words, "status": "422", "title": "Invalid Attribute", "code": "page_token_is_invalid"});
    Samples {
        stock: Some(us("415")),
        nothing: Some(us("533")),
        searches: searches(),
        types: vec![
            (NumberType::Local, CountryCode::US),
            (NumberType::TollFree, CountryCode::US),
        ],
        taken: Some(PurchaseOrder::new("us-main".parse().unwrap(), taken)),
        crowd: 60,
        updates: updates(address),
        // An address can be taken away once it is registered, which takes minutes.
        not_unset: vec![NumberField::EmergencyAddressId],
        caller_id: Some("+14155550142".parse().unwrap()),
        unknown_id: "ffffffff-ffff-4fff-8fff-ffffffffffff".to_owned(),
        unknown_number: Some("+442079460999".parse().unwrap()),
        refusal: Some(Refusal {
            status: 422,
            headers: [("X-Request-Id".to_owned(), "req-5ca1ab1e".to_owned())].into(),
            body: json!({ "errors": [reason] }),
            code: Some("page_token_is_invalid".to_owned()),
            message: Some(words.to_owned()),
            request_id: Some("req-5ca1ab1e".to_owned()),
        }),
        secrets: vec![API_TOKEN.to_owned(), basic.to_owned()],
        ..Samples::default()
    }
}

fn searches() -> Vec<(SearchFilter, SearchQuery)> {
    use SearchFilter as By;
    let text = |text: &str| Some(text.to_owned());
    let mut searches = Vec::new();
    let mut search = |by, set: &dyn Fn(&mut SearchQuery)| {
        let mut query = SearchQuery::new(CountryCode::US);
        set(&mut query);
        searches.push((by, query));
    };
    for code in ["510", "212"] {
        search(By::AreaCode, &|query| query.area_code = text(code));
    }
    for digits in ["^510", "137$", "222", "51022222"] {
        search(By::Contains, &|query| query.contains = digits.parse().ok());
    }
    for state in ["NY", "CA"] {
        search(By::Region, &|query| query.region = text(state));
    }
    search(By::Locality, &|query| {
        (query.region, query.locality) = (text("CA"), text("Oakland"));
    });
    // Every local number has pictures, and no toll-free one.
    for number_type in [NumberType::Local, NumberType::TollFree] {
        search(By::Features, &|query| {
            query.number_type = number_type.clone();
            query.features.mms = true;
        });
    }
    searches
}

fn updates(address: &str) -> Vec<NumberUpdate> {
    let id = "5ca1ab1e-0000-4000-8000-0000000000b1";
    let own = |handler: &str, options: Value| json!({"type": "provider", "handler": handler, "options": options});
    let told = "https://voice.example.com/told";
    let hook = json!({
        "type": "webhook",
        "url": "https://voice.example.com/in",
        "method": "GET",
        "fallback_url": "https://voice.example.com/fallback",
        "fallback_method": "POST",
        "status_callback_url": "https://voice.example.com/status",
        "status_callback_method": "POST",
    });
    let texts = json!({
        "type": "webhook",
        "url": "https://sms.example.com/in",
        "method": "POST",
        "fallback_url": "https://sms.example.com/fallback",
        "fallback_method": "GET",
        "status_callback_url": null,
        "status_callback_method": null,
    });
    let topic = own(
        "relay_topic",
        json!({"topic": "office", "status_callback_url": told}),
    );
    let context = own(
        "relay_context",
        json!({"context": "office", "status_callback_url": told}),
    );
    let updates = json!([
        {"label": "Front desk"},
        {"voice": hook},
        {"voice": {"type": "application", "id": id}},
        {"voice": {"type": "sip_endpoint", "id": id}},
        {"voice": own("relay_script", json!({"url": "https://voice.example.com/swml"}))},
        {"voice": topic},
        {"voice": context},
        {"voice": own("relay_application", json!({"application": "desk"}))},
        {"voice": own("relay_connector", json!({"connector_id": id}))},
        {"voice": own("relay_verto_endpoint", json!({"resource": "lobby"}))},
        {"voice": own("dialogflow", json!({"agent_id": id}))},
        {"voice": own("video_room", json!({"room_id": id}))},
        {"messaging": texts},
        {"messaging": {"type": "application", "id": id}},
        {"messaging": own("relay_topic", json!({"topic": "office"}))},
        {"messaging": own("relay_context", json!({"context": "office"}))},
        {"emergency_address_id": address},
        {"provider_options": {"call_receive_mode": "fax", "call_relay_application": "desk"}},
        {"label": "Reception", "voice": topic, "messaging": texts},
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
