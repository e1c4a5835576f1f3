//! The contract suite, over the sandbox's Wazo, and what Wazo alone has.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use trunkline_core::capability::NumberField;
use trunkline_core::{
    CallerIdQuery, ErrorKind, ListQuery, Number, NumberUpdate, Operation, Patch, Provider,
    ProviderExt, QueryOptions, RangeOutcome, RangeRequest, Register,
};
use trunkline_http::AdapterConfig;
use trunkline_testkit::harness::{Fault, Harness, ProviderKind, Refusal, Samples, SandboxHarness};
use trunkline_testkit::matrix::{self, Column};
use trunkline_wazo::WazoConfig;

use super::hasty;

trunkline_testkit::contract_tests!(wazo, harness);

/// The sandbox's user, and how both are sent to sign in.
const LOGIN: &str = "sandbox";
const BASIC: &str = "c2FuZGJveDpzYW5kYm94";
/// The user's tenant, one below it, and a stranger.
const TENANT: &str = "00000000-0000-4000-8000-000000000001";
const SUBTENANT: &str = "00000000-0000-4000-8000-000000000002";
const STRANGER: &str = "00000000-0000-4000-8000-000000000003";

fn config(base_url: &str) -> WazoConfig {
    WazoConfig::new(base_url, LOGIN, LOGIN.into())
}

fn made_of(config: &WazoConfig) -> Arc<dyn Provider> {
    config.connect(hasty(config, 5)).unwrap()
}

fn adapter(base_url: &str) -> Arc<dyn Provider> {
    made_of(&config(base_url))
}

async fn harness() -> SandboxHarness {
    let harness = SandboxHarness::start(ProviderKind::Wazo, adapter)
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
    let updates = json!([
        {"caller_id_name": "Northwind"},
        {"shared": true},
        {"provider_options": {"number": "5555550100"}},
        {"caller_id_name": "Südwind", "shared": true, "provider_options": {"number": "+14165550160"}},
    ]);
    let message = "Input Error - order: column 'nope' was not found";
    Samples {
        crowd: 8,
        register: (100..120).map(|line| format!("+14165550{line}")).collect(),
        range: Some(range("+14165550140", "+14165550149")),
        updates: serde_json::from_value(updates).unwrap(),
        not_unset: vec![NumberField::ProviderOptions],
        unknown_id: "ffffffff-ffff-4fff-8fff-ffffffffffff".to_owned(),
        unknown_number: Some("+14165550199".parse().unwrap()),
        refusal: Some(Refusal {
            status: 400,
            body: json!([message]),
            message: Some(message.to_owned()),
            ..Refusal::default()
        }),
        secrets: vec![LOGIN.to_owned(), BASIC.to_owned()],
        ..Samples::default()
    }
}

fn range(start: &str, end: &str) -> RangeRequest {
    RangeRequest {
        start_number: start.to_owned(),
        end_number: end.to_owned(),
        location: None,
    }
}

async fn registered(provider: &dyn Provider, number: &str) -> Number {
    let request = Register {
        numbers: vec![number.to_owned()],
        location: None,
        shared: None,
        provider_options: Default::default(),
    };
    provider.register(&request).await.unwrap().remove(0).0
}

fn shared(update: bool) -> NumberUpdate {
    NumberUpdate {
        shared: Patch::Set(update),
        ..Default::default()
    }
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

#[tokio::test]
async fn a_token_that_has_expired_is_replaced_unnoticed() {
    let harness = harness().await;
    let wazo = harness.provider();
    wazo.check_health().await.unwrap();
    harness.sandbox().advance_clock(Duration::from_secs(7_201));
    wazo.check_health().await.unwrap();
    assert_eq!(harness.ledger().requests["authenticate"], 2);
}

#[tokio::test]
async fn missing_write_permission_is_denied_without_another_login() {
    let harness = harness().await;
    let reader = made_of(&WazoConfig::new(harness.url(), "reader", LOGIN.into()));
    reader.check_health().await.unwrap();
    let two = range("+14165550140", "+14165550141");
    let error = reader.register_range(&two).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error:?}");
    assert_eq!(harness.ledger().requests["authenticate"], 1);
}

#[tokio::test]
async fn a_foreign_tenant_is_denied() {
    let harness = harness().await;
    let foreign = made_of(&config(harness.url()).with_tenant_uuid(STRANGER));
    let error = foreign.check_health().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error:?}");
}

#[tokio::test]
async fn a_number_of_a_tenant_below_is_listed_when_asked_for() {
    let harness = harness().await;
    let below = made_of(&config(harness.url()).with_tenant_uuid(SUBTENANT));
    let number = registered(&*below, "+14165550142").await;
    let above = made_of(&config(harness.url()).with_tenant_uuid(TENANT));
    assert_eq!(above.list_all(&ListQuery::default()).await.unwrap(), []);
    let options = [("recurse".to_owned(), "true".to_owned())];
    let query = ListQuery {
        provider_options: QueryOptions(options.into()),
        ..ListQuery::default()
    };
    let found = above.list_all(&query).await.unwrap();
    assert_eq!(found[0].provider_id, number.provider_id);
    assert!(found[0].provider_data.as_json().contains(SUBTENANT));
    // One entry can be had from above, but only the tenant itself has it for its main number.
    assert!(above.get(&number.provider_id).await.is_ok());
    let error = above.set_main(None, &number.provider_id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn bare_digits_stay_unchanged() {
    let harness = harness().await;
    let wazo = harness.provider();
    for digits in ["1111", "+1414", "4165550142", "0100"] {
        let number = registered(&*wazo, digits).await;
        assert_eq!(number.number.as_deref(), Some(digits));
        assert_eq!(wazo.get(&number.provider_id).await.unwrap(), number);
    }
    let owned = "+14165550142".parse().unwrap();
    let look = wazo.find_owned(&owned).await.unwrap();
    assert_eq!(look.rows, []);
}

#[tokio::test]
async fn the_main_number_stays_shared_and_so_does_the_one_before() {
    let harness = harness().await;
    let wazo = harness.provider();
    let one = registered(&*wazo, "+14165550142").await.provider_id;
    let other = registered(&*wazo, "+14165550143").await.provider_id;
    assert!(wazo.set_main(None, &one).await.unwrap().shared);
    let error = wazo.update(&one, &shared(false)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let error = wazo.delete_caller_id("+14165550142").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    wazo.set_main(None, &other).await.unwrap();
    let before = wazo.get(&one).await.unwrap();
    assert_eq!((before.main, before.shared), (false, true));
    wazo.delete_caller_id("+14165550142").await.unwrap();
    assert!(!wazo.get(&one).await.unwrap().shared);
    wazo.release(&other).await.unwrap();
    let error = wazo.get_main(None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn user_may_show_shared_numbers_or_no_number() {
    let harness = harness().await;
    let wazo = harness.provider();
    let number = registered(&*wazo, "+14165550142").await;
    wazo.update(&number.provider_id, &shared(true))
        .await
        .unwrap();
    for user in ["42", "00000000-0000-4000-8000-000000000042"] {
        let query = CallerIdQuery {
            owner: Some(user.to_owned()),
            ..CallerIdQuery::default()
        };
        let page = wazo.list_caller_ids(&query).await.unwrap();
        let ids: Vec<&str> = page.items.iter().map(|shown| shown.id.as_str()).collect();
        assert_eq!(
            ids,
            ["main:4165550190", "main:+14165550142", "main:anonymous"]
        );
    }
    let nobody = CallerIdQuery {
        owner: Some("4711".to_owned()),
        ..CallerIdQuery::default()
    };
    let error = wazo.list_caller_ids(&nobody).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_range_over_numbers_that_are_there_leaves_them_alone() {
    let harness = harness().await;
    let wazo = harness.provider();
    let held = registered(&*wazo, "+14165550142").await;
    wazo.set_main(None, &held.provider_id).await.unwrap();
    let three = range("+14165550141", "+14165550143");
    let items = wazo.register_range(&three).await.unwrap();
    let words: Vec<String> = items
        .iter()
        .map(|item| format!("{} {:.8}", item.number, format!("{:?}", item.outcome)))
        .collect();
    let wanted = [
        "+14165550141 Created(",
        "+14165550142 Existing",
        "+14165550143 Created(",
    ];
    assert_eq!(words, wanted);
    assert!(wazo.get(&held.provider_id).await.unwrap().main);
}

#[tokio::test]
async fn a_range_of_more_than_a_page_is_read_back_whole() {
    let harness = harness().await;
    let wazo = harness.provider();
    let many = range("+14165550000", "+14165551499");
    let items = wazo.register_range(&many).await.unwrap();
    let created = |outcome: &RangeOutcome| matches!(outcome, RangeOutcome::Created(_));
    assert_eq!(items.len(), 1_500);
    assert!(items.iter().all(|item| created(&item.outcome)));
}

#[tokio::test]
async fn a_number_that_was_stored_with_a_500_is_registered_once_and_new() {
    let harness = harness().await;
    let wazo = harness.provider();
    let fault = Fault::StatusAfterCommit { status: 500 };
    harness.inject(Operation::Register, fault, Some(1));
    let request = Register {
        numbers: vec!["+14165550142".to_owned()],
        location: None,
        shared: Some(true),
        provider_options: serde_json::from_value(json!({"caller_id_name": "Northwind"})).unwrap(),
    };
    let (number, new) = wazo.register(&request).await.unwrap().remove(0);
    assert!(new && number.shared);
    assert_eq!(number.caller_id_name.as_deref(), Some("Northwind"));
    assert_eq!(harness.ledger().owned.len(), 1);
}
