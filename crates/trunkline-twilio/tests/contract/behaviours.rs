//! The contract suite, over the sandbox's Twilio.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use trunkline_core::capability::SearchFilter;
use trunkline_core::vault::MemoryVault;
use trunkline_core::{
    CountryCode, NumberType, NumberUpdate, Operation, Provider, PurchaseOrder, SearchQuery,
};
use trunkline_http::{AdapterConfig, ApiRequest, HttpClient, Profile, Retries};
use trunkline_testkit::harness::{ProviderKind, Refusal, Samples, SandboxHarness};
use trunkline_testkit::matrix::{self, Column};
use trunkline_twilio::TwilioConfig;

trunkline_testkit::contract_tests!(twilio, harness);

/// The sandbox's account, its token, and both as they are sent.
const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
const AUTH_TOKEN: &str = "sandbox";
const BASIC: &str = "QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpzYW5kYm94";

fn config(base_url: &str) -> TwilioConfig {
    TwilioConfig::new(ACCOUNT_SID, AUTH_TOKEN.into()).with_base_url(base_url)
}

fn profile(base_url: &str) -> Profile {
    let vault = Arc::new(MemoryVault::default());
    let profile = config(base_url).profile("us-main".parse().unwrap(), vault);
    Profile {
        retries: Retries {
            first_pause: Duration::from_millis(1),
            ..Retries::default()
        },
        ..profile.unwrap()
    }
}

fn adapter(base_url: &str) -> Arc<dyn Provider> {
    config(base_url).connect(profile(base_url)).unwrap()
}

async fn harness() -> SandboxHarness {
    let harness = SandboxHarness::start(ProviderKind::Twilio, adapter)
        .await
        .unwrap();
    let address = address(harness.url()).await;
    harness
        .with_samples(samples(&address))
        .with_wire_name(Operation::CheckHealth, "get_balance")
        .with_wire_name(Operation::GetCallerId, "list_caller_ids")
        .with_wire_name(Operation::ResendCallerId, "start_caller_id")
}

/// Makes an address that emergency services can be given.
async fn address(base_url: &str) -> String {
    let form = [
        ("CustomerName", "Northwind"),
        ("Street", "1 Market Street"),
        ("City", "San Francisco"),
        ("Region", "CA"),
        ("PostalCode", "94105"),
        ("IsoCountry", "US"),
    ];
    let path = format!("2010-04-01/Accounts/{ACCOUNT_SID}/Addresses.json");
    // The pipeline names every request after an operation of the product, which this is none of.
    let request = ApiRequest::post(Operation::Update, path)
        .form(form.map(|(name, value)| (name, value.to_owned())));
    let client = HttpClient::new(profile(base_url)).unwrap();
    let address: Value = client.send(request).await.unwrap().json().unwrap();
    address["sid"].as_str().unwrap().to_owned()
}

fn samples(address: &str) -> Samples {
    let us = |area_code: &str| SearchQuery {
        area_code: Some(area_code.to_owned()),
        ..SearchQuery::new(CountryCode::US)
    };
    let country = |code: &str| code.parse::<CountryCode>().unwrap();
    let machines = NumberType::Other("machine_to_machine".to_owned());
    let taken = "+14155550100".parse().unwrap();
    Samples {
        stock: Some(us("415")),
        nothing: Some(us("533")),
        searches: searches(),
        types: vec![
            (NumberType::Local, CountryCode::US),
            (NumberType::Mobile, CountryCode::GB),
            (NumberType::TollFree, CountryCode::US),
            (NumberType::National, CountryCode::GB),
            (NumberType::SharedCost, CountryCode::GB),
            (NumberType::Voip, country("FR")),
        ],
        types_out_of_stock: vec![(machines, CountryCode::US)],
        taken: Some(PurchaseOrder::new("us-main".parse().unwrap(), taken)),
        crowd: 60,
        updates: updates(address),
        caller_id: Some("+14155550142".parse().unwrap()),
        unknown_id: "PNffffffffffffffffffffffffffffffff".to_owned(),
        unknown_number: Some("+442079460999".parse().unwrap()),
        price_country: Some(CountryCode::US),
        refusal: Some(Refusal {
            status: 400,
            headers: [("Twilio-Request-Id".to_owned(), "RQ5ca1ab1e".to_owned())].into(),
            body: json!({"code": 21402, "message": "VoiceUrl is not a valid URL", "status": 400}),
            code: Some("21402".to_owned()),
            message: Some("VoiceUrl is not a valid URL".to_owned()),
            request_id: Some("RQ5ca1ab1e".to_owned()),
        }),
        secrets: vec![AUTH_TOKEN.to_owned(), BASIC.to_owned()],
        ..Samples::default()
    }
}

fn searches() -> Vec<(SearchFilter, SearchQuery)> {
    use SearchFilter as By;
    let text = |text: &str| Some(text.to_owned());
    let here = "37.80,-122.27".parse().ok();
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
    search(By::Locality, "US", &|query| {
        query.locality = text("Oakland")
    });
    search(By::PostalCode, "US", &|query| {
        query.postal_code = text("94601")
    });
    search(By::Near, "US", &|query| query.near = here);
    search(By::Distance, "US", &|query| {
        (query.near, query.distance) = (here, Some(3));
    });
    search(By::Lata, "US", &|query| query.lata = text("722"));
    search(By::RateCenter, "US", &|query| {
        (query.rate_center, query.lata) = (text("OKLD MN-PD"), text("722"));
    });
    // Each of these all numbers of a country and type have, or none.
    for country in ["US", "DE", "PT"] {
        search(By::Features, country, &|query| query.features.sms = true);
        search(By::AddressRequirement, country, &|query| {
            query.address_requirement = Some("none".into());
        });
        search(By::Beta, country, &|query| query.beta = Some(false));
    }
    searches
}

fn updates(address: &str) -> Vec<NumberUpdate> {
    let application = "AP0123456789abcdef0123456789abcdef";
    let trunk = "TK0123456789abcdef0123456789abcdef";
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
    let updates = json!([
        {"label": "Front desk"},
        {"voice": hook},
        {"voice": {"type": "application", "id": application}},
        {"voice": {"type": "trunk", "id": trunk}},
        {"messaging": texts},
        {"messaging": {"type": "application", "id": application}},
        {"emergency_address_id": address},
        {"provider_options": {"voice_receive_mode": "fax", "voice_caller_id_lookup": true}},
        {"label": "Reception", "voice": {"type": "trunk", "id": trunk}, "messaging": texts},
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
