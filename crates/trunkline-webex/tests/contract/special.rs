//! What Webex alone has, over the sandbox: tokens that rotate, two ways of paging, extensions, locations, jobs and
//! caller IDs that are settings.

use std::sync::Arc;

use serde_json::{Value, json};
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{
    CallerIdQuery, CallerIdUpdate, Effect, ErrorKind, ListQuery, Number, NumberState, NumberType,
    Operation, Page, Patch, Provider, ProviderData, ProviderExt, QueryOptions, RangeOutcome,
    RangeRequest, Register,
};
use trunkline_http::AdapterConfig;
use trunkline_testkit::harness::{Fault, Harness, Options, ProviderKind, SandboxHarness};
use trunkline_webex::WebexConfig;

use super::behaviours::{LOCATION, OAKLAND, adapter, harness, hasty};

/// New York, on Cisco's calling plans.
const INTEGRATED: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwNA";
/// A warehouse without any connection.
const UNCONNECTED: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwNQ";
/// A person in San Francisco with two numbers and an extension.
const PERSON: &str =
    "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMy0wMDAwMDAwMDAwMDE";

fn v1(base_url: &str) -> String {
    format!("{}/v1", base_url.trim_end_matches("/v1"))
}

fn webex(harness: &SandboxHarness) -> Arc<dyn Provider> {
    adapter(&v1(harness.url()))
}

fn with_oauth(harness: &SandboxHarness, vault: Arc<dyn TokenVault>) -> Arc<dyn Provider> {
    let config = WebexConfig::oauth("sandbox", "sandbox".into(), "sandbox-refresh".into())
        .with_base_url(v1(harness.url()));
    let profile = config.profile("webex".parse().unwrap(), vault).unwrap();
    config.connect(hasty(profile)).unwrap()
}

fn by(pairs: &[(&str, &str)]) -> ListQuery {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ListQuery {
        provider_options: QueryOptions(pairs.collect()),
        ..ListQuery::default()
    }
}

fn ids(numbers: &[Number]) -> Vec<&str> {
    numbers
        .iter()
        .map(|number| number.provider_id.as_str())
        .collect()
}

fn options(value: &Value) -> Patch<ProviderData> {
    Patch::Set(serde_json::from_value(value.clone()).unwrap())
}

#[tokio::test]
async fn a_refresh_token_is_used_once_and_its_successor_kept() {
    let harness = harness().await;
    let vault: Arc<dyn TokenVault> = Arc::new(MemoryVault::default());
    with_oauth(&harness, vault.clone())
        .check_health()
        .await
        .unwrap();
    with_oauth(&harness, vault).check_health().await.unwrap();
    let forgetful = Arc::new(MemoryVault::default());
    let error = with_oauth(&harness, forgetful)
        .check_health()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialRefused, "{error:?}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_and_the_call_made_again() {
    let harness = harness().await;
    let webex = with_oauth(&harness, Arc::new(MemoryVault::default()));
    webex.check_health().await.unwrap();
    harness.inject(Operation::List, Fault::status(401), Some(1));
    webex.list(&ListQuery::default()).await.unwrap();
}

#[tokio::test]
async fn list_too_slow_at_every_page_size_is_a_timeout() {
    let harness = harness().await;
    harness.inject(Operation::List, Fault::status(504), None);
    let error = webex(&harness)
        .list(&ListQuery::default())
        .await
        .unwrap_err();
    let status = error.upstream().and_then(|said| said.status);
    assert_eq!((error.kind(), status), (ErrorKind::Timeout, Some(504)));
}

#[tokio::test]
async fn pages_go_on_with_links_and_without() {
    let mut lists = Vec::new();
    for webex_links in [true, false] {
        let options = Options {
            webex_links,
            ..Options::free_ports()
        };
        let at = |base_url: &str| adapter(&v1(base_url));
        let harness = SandboxHarness::start_with(options, ProviderKind::Webex, at);
        let harness = harness.await.unwrap();
        let query = ListQuery {
            limit: 7,
            ..ListQuery::default()
        };
        let first = webex(&harness).list(&query).await.unwrap();
        let next = first.next.unwrap();
        assert_eq!(next.starts_with("link:"), webex_links, "{next}");
        lists.push(webex(&harness).list_all(&query).await.unwrap());
    }
    assert!(lists[0].len() > 14 && ids(&lists[0]) == ids(&lists[1]));
}

#[tokio::test]
async fn an_extension_without_a_number_is_listed_and_found_by_its_id() {
    let harness = harness().await;
    let query = ListQuery {
        number_type: Some(NumberType::Extension),
        ..ListQuery::default()
    };
    let extensions = webex(&harness).list_all(&query).await.unwrap();
    assert!(!extensions.is_empty());
    for listed in extensions {
        assert_eq!((&listed.number, listed.extension.is_some()), (&None, true));
        assert_eq!(listed.state, NumberState::Other("unknown".to_owned()));
        let got = webex(&harness).get(&listed.provider_id).await.unwrap();
        assert_eq!(got, listed);
    }
}

#[tokio::test]
async fn every_list_option_is_understood() {
    let harness = harness().await;
    let webex = webex(&harness);
    let all = webex.list_all(&ListQuery::default()).await.unwrap().len();
    for (name, value) in [
        ("owner_type", "PEOPLE"),
        ("extension", "1001"),
        ("included_telephony_types", "MOBILE_NUMBER"),
        ("number_type", "EXTENSION"),
        ("phone_number_type", "ALTERNATE"),
        ("toll_free_numbers", "true"),
        ("restricted_non_geo_numbers", "true"),
        ("service_number", "true"),
        ("reserved_number", "true"),
        ("assigned", "true"),
        ("assigned", "false"),
        ("elin_enabled", "true"),
        ("start", "5"),
    ] {
        let found = webex.list_all(&by(&[(name, value)])).await;
        let found = found.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(found.len() < all, "{name} left out nothing");
    }
    let ordered = webex.list_all(&by(&[("order", "dn-desc")])).await.unwrap();
    assert_eq!(ordered.len(), all);
    let named = webex.list_all(&by(&[("owner_name", "no such name")])).await;
    assert!(named.unwrap().is_empty());
}

#[tokio::test]
async fn the_counts_of_the_organization_come_with_details() {
    let harness = harness().await;
    let query = by(&[("details", "true")]);
    let page: Page<Number> = webex(&harness).list(&query).await.unwrap();
    let data: Value = serde_json::from_str(page.provider_data.as_json()).unwrap();
    assert!(data["count"]["total"].as_u64().unwrap() > 0, "{data}");
    let without = webex(&harness).list(&ListQuery::default()).await.unwrap();
    assert_eq!(without.provider_data, ProviderData::default());
}

/// The first number that is like this.
async fn some(harness: &SandboxHarness, like: impl Fn(&Number) -> bool) -> Number {
    let all = webex(harness)
        .list_all(&ListQuery::default())
        .await
        .unwrap();
    all.into_iter().find(like).unwrap()
}

#[tokio::test]
async fn main_assigned_and_integrated_numbers_are_not_released() {
    let harness = harness().await;
    let at = |number: &Number, location: &str| number.location.id.as_deref() == Some(location);
    let main = some(&harness, |number| number.main).await;
    let owned = some(&harness, |number| {
        number.owner.is_some() && number.number.is_some()
    })
    .await;
    let integrated = some(&harness, |number| {
        at(number, INTEGRATED) && number.owner.is_none() && !number.main
    })
    .await;
    for (number, kind) in [
        (main, ErrorKind::Conflict),
        (owned, ErrorKind::Conflict),
        (integrated, ErrorKind::Unsupported),
    ] {
        let error = webex(&harness)
            .release(&number.provider_id)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::None),
            "{error:?}"
        );
    }
    assert_eq!(harness.ledger().requests.get("release"), None);
}

#[tokio::test]
async fn registration_is_unsupported_where_the_carrier_manages_numbers() {
    let harness = harness().await;
    for (location, kind) in [
        (INTEGRATED, ErrorKind::Unsupported),
        (UNCONNECTED, ErrorKind::Unsupported),
        ("Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OL3g", ErrorKind::NotFound),
    ] {
        let request = Register {
            numbers: vec!["+16285550100".to_owned()],
            location: Some(location.to_owned()),
            shared: None,
            provider_options: ProviderData::default(),
        };
        let error = webex(&harness).register(&request).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, Effect::None),
            "{error:?}"
        );
    }
    assert_eq!(harness.ledger().requests.get("register"), None);
}

#[tokio::test]
async fn a_range_whose_answers_are_lost_is_registered_all_the_same() {
    let harness = harness().await;
    let fault = Fault::DropAfterCommit {};
    harness.inject(Operation::RegisterRange, fault, Some(2));
    let range = RangeRequest {
        start_number: "+16285550100".to_owned(),
        end_number: "+16285550124".to_owned(),
        location: Some(LOCATION.to_owned()),
    };
    let items = webex(&harness).register_range(&range).await.unwrap();
    let created = |outcome: &RangeOutcome| matches!(outcome, RangeOutcome::Created(_));
    assert_eq!(
        items.iter().filter(|item| created(&item.outcome)).count(),
        25
    );
    assert_eq!(harness.ledger().requests["register"], 3);
}

#[tokio::test]
async fn a_move_whose_answer_is_lost_is_waited_for_and_not_started_again() {
    let harness = harness().await;
    let free = some(&harness, |number| {
        let here = number.location.id.as_deref() == Some(LOCATION);
        here && number.owner.is_none() && !number.main && number.state == NumberState::Active
    })
    .await;
    harness.inject(Operation::Update, Fault::DropAfterCommit {}, Some(1));
    let update = serde_json::from_value(json!({"location": OAKLAND})).unwrap();
    let moved = webex(&harness).update(&free.provider_id, &update).await;
    assert_eq!(moved.unwrap().location.id.as_deref(), Some(OAKLAND));
    assert_eq!(harness.ledger().requests["update"], 1);
}

#[tokio::test]
async fn a_number_says_where_an_emergency_is_and_is_a_standard_one_again() {
    let harness = harness().await;
    let free = some(&harness, |number| {
        let here = number.location.id.as_deref() == Some(LOCATION);
        let standard = number.number_type == NumberType::Local && !number.service_number;
        here && standard && number.owner.is_none() && !number.main
    })
    .await;
    let webex = webex(&harness);
    let elin = by(&[("elin_enabled", "true")]);
    let before = webex.list_all(&elin).await.unwrap().len();
    for (usage, more) in [("ELIN", 1), ("ELIN", 1), ("NONE", 0)] {
        // A lost answer is looked for, and nothing is sent twice.
        harness.inject(Operation::Update, Fault::DropAfterCommit {}, Some(1));
        let change = json!({"provider_options": {"number_usage_type": usage}});
        let change = serde_json::from_value(change).unwrap();
        let changed = webex.update(&free.provider_id, &change).await.unwrap();
        let data: Value = serde_json::from_str(changed.provider_data.as_json()).unwrap();
        assert_eq!(data["number_usage_type"], usage);
        let found = webex.list_all(&elin).await.unwrap().len();
        assert_eq!(found, before + more, "{usage}");
    }
    assert_eq!(harness.ledger().requests["update"], 2);
}

#[tokio::test]
async fn a_number_of_another_location_can_t_be_the_main_one() {
    let harness = harness().await;
    let there = some(&harness, |number| {
        number.location.id.as_deref() == Some(OAKLAND)
    })
    .await;
    let webex = webex(&harness);
    let chosen = webex.set_main(Some(LOCATION), &there.provider_id);
    assert_eq!(chosen.await.unwrap_err().kind(), ErrorKind::Conflict);
    let nowhere = webex.get_main(None).await.unwrap_err();
    assert_eq!(nowhere.fields()[0].field, "location");
}

#[tokio::test]
async fn the_caller_id_of_a_person_is_shown_set_and_set_back() {
    let harness = harness().await;
    let (webex, key) = (webex(&harness), format!("person-{PERSON}"));
    let before = webex.get_caller_id(&key).await.unwrap();
    let other = some(&harness, |number| {
        let here = number.location.id.as_deref() == Some(LOCATION);
        here && number.number.is_some() && number.number != before.number
    })
    .await;
    let update = CallerIdUpdate {
        label: Patch::Set("Reception".to_owned()),
        provider_options: options(&json!({"selected": "CUSTOM", "custom_number": other.number})),
    };
    let changed = webex.update_caller_id(&key, &update).await.unwrap();
    assert_eq!(changed.label.as_deref(), Some("Reception"));
    assert_eq!((&changed.number, &changed.id), (&other.number, &before.id));
    webex.delete_caller_id(&key).await.unwrap();
    let after = webex.get_caller_id(&key).await.unwrap();
    assert_eq!((after.number, after.label), (before.number, before.label));
}

#[tokio::test]
async fn caller_ids_are_listed_by_owner_by_location_and_all() {
    let harness = harness().await;
    let webex = webex(&harness);
    let owner = format!("person-{PERSON}");
    let one = CallerIdQuery {
        owner: Some(owner.clone()),
        ..CallerIdQuery::default()
    };
    let one = webex.list_caller_ids(&one).await.unwrap().items;
    assert_eq!(one.len(), 1);
    let here = CallerIdQuery {
        location: Some(LOCATION.to_owned()),
        ..CallerIdQuery::default()
    };
    let numbers = webex.list_caller_ids(&here).await.unwrap().items;
    assert!(numbers.len() > 1);
    let shown = webex
        .get_caller_id(numbers[0].number.as_deref().unwrap())
        .await;
    assert_eq!(shown.unwrap(), numbers[0]);
    let mut query = CallerIdQuery::default();
    let mut all = Vec::new();
    loop {
        let page = webex.list_caller_ids(&query).await.unwrap();
        all.extend(page.items);
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(all.iter().filter(|item| item.id == one[0].id).count(), 1);
    assert!(all.iter().any(|item| item.id.contains(":workspace-")));
    assert!(all.iter().any(|item| item.id.contains(":virtual-line-")));
}

#[tokio::test]
async fn a_location_presents_a_name_that_can_be_changed() {
    let harness = harness().await;
    let (webex, key) = (webex(&harness), format!("location-{LOCATION}"));
    let main = webex.get_main(Some(LOCATION)).await.unwrap();
    let shown = webex.get_caller_id(&key).await.unwrap();
    assert_eq!(shown.number, main.number);
    let update = CallerIdUpdate {
        label: Patch::Set("Northwind".to_owned()),
        ..CallerIdUpdate::default()
    };
    let renamed = webex.update_caller_id(&key, &update).await.unwrap();
    assert_eq!(renamed.label.as_deref(), Some("Northwind"));
    let error = webex.delete_caller_id(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
