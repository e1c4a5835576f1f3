//! What is special about SignalWire: the age of a number, the pause between two calls, a token's two scopes, and codes
//! that must not be tried twice.

use std::time::Duration;

use trunkline_core::{
    CallerIdRequest, CallerIdState, CountryCode, E164, Effect, ErrorKind, Operation, Patch,
    Provider, PurchaseOrder, Retry, SearchQuery,
};
use trunkline_testkit::harness::{Fault, Harness};

use super::behaviours::{API_TOKEN, PROJECT, TwoScopes, adapter, harness};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn caller() -> CallerIdRequest {
    CallerIdRequest::new("+14155550142".parse().unwrap())
}

fn sent(harness: &TwoScopes, name: &str) -> u64 {
    let requests = harness.ledger().requests;
    requests.get(name).copied().unwrap_or_default()
}

async fn order(provider: &dyn Provider) -> PurchaseOrder {
    let query = SearchQuery {
        area_code: Some("415".to_owned()),
        limit: 1,
        ..SearchQuery::new(CountryCode::US)
    };
    let found = provider.search_available(&query).await.unwrap().items;
    PurchaseOrder::new(provider.account().clone(), found[0].number)
}

#[tokio::test]
async fn young_number_shows_its_first_release_date() {
    let harness = harness().await;
    let provider = harness.provider();
    let bought = provider.purchase(&order(&*provider).await).await.unwrap();
    let locked = provider.release(&bought.provider_id).await.unwrap_err();
    assert_eq!(
        (locked.kind(), locked.effect()),
        (ErrorKind::Locked, Effect::None)
    );
    let wait = locked.retry_after().unwrap();
    assert!(wait > 13 * DAY && wait <= 14 * DAY, "{wait:?}");
    assert!(
        locked.message().contains("takes this number back from 2"),
        "{locked}"
    );
    harness.0.sandbox().advance_clock(14 * DAY);
    provider.release(&bought.provider_id).await.unwrap();
}

#[tokio::test]
async fn a_callee_is_not_called_twice_in_a_minute() {
    let harness = harness().await;
    let provider = harness.provider();
    provider.start_caller_id(&caller()).await.unwrap();
    let hasty = provider.resend_caller_id(&caller()).await.unwrap_err();
    assert_eq!(
        (hasty.kind(), hasty.effect()),
        (ErrorKind::RateLimited, Effect::None)
    );
    assert_eq!(hasty.retry(), Retry::After(Duration::from_secs(60)));
    harness.0.sandbox().advance_clock(Duration::from_secs(60));
    let again = provider.resend_caller_id(&caller()).await.unwrap();
    assert_eq!(again.state, CallerIdState::Pending);
}

#[tokio::test]
async fn a_caller_id_that_is_pending_there_is_called_again_under_its_new_name() {
    let harness = harness().await;
    let provider = harness.provider();
    provider.start_caller_id(&caller()).await.unwrap();
    harness.let_time_pass();
    let named = CallerIdRequest {
        label: Some("Front desk".to_owned()),
        ..caller()
    };
    let started = provider.start_caller_id(&named).await.unwrap();
    assert_eq!(started.label, named.label);
    assert_eq!(sent(&harness, "start_caller_id"), 1);
    assert_eq!(sent(&harness, "resend_caller_id"), 1);
    let extended = CallerIdRequest {
        extension: Some("12".to_owned()),
        ..caller()
    };
    let conflict = provider.start_caller_id(&extended).await.unwrap_err();
    assert_eq!(conflict.kind(), ErrorKind::Conflict);
    assert_eq!(sent(&harness, "resend_caller_id"), 1);
}

#[tokio::test]
async fn a_caller_id_lost_before_it_was_made_is_made_when_it_is_sent_again() {
    let harness = harness().await;
    let provider = harness.provider();
    harness.inject(
        Operation::StartCallerId,
        Fault::DropBeforeCommit {},
        Some(1),
    );
    let lost = provider.start_caller_id(&caller()).await.unwrap_err();
    assert_eq!(lost.effect(), Effect::Unknown);
    let resent = provider.resend_caller_id(&caller()).await.unwrap();
    assert_eq!(resent.state, CallerIdState::Pending);
    assert_eq!(sent(&harness, "resend_caller_id"), 0);
}

#[tokio::test]
async fn a_verified_caller_id_is_answered_and_nobody_is_called() {
    let harness = harness().await;
    let provider = harness.provider();
    let number: E164 = caller().number;
    provider.start_caller_id(&caller()).await.unwrap();
    let code = harness.validation_code(&number).unwrap();
    let done = provider.complete_caller_id(number.as_str(), &code).await;
    assert!(done.unwrap().verified_at.is_some());
    let again = provider.start_caller_id(&caller()).await.unwrap();
    assert_eq!(again.state, CallerIdState::Verified);
    let twice = provider.complete_caller_id(number.as_str(), "any").await;
    assert_eq!(twice.unwrap().state, CallerIdState::Verified);
    assert_eq!(sent(&harness, "start_caller_id"), 1);
    assert_eq!(sent(&harness, "complete_caller_id"), 1);
}

#[tokio::test]
async fn a_code_whose_answer_is_lost_is_looked_up_and_not_sent_again() {
    let harness = harness().await;
    let provider = harness.provider();
    let number: E164 = caller().number;
    provider.start_caller_id(&caller()).await.unwrap();
    let code = harness.validation_code(&number).unwrap();
    let submit = async || provider.complete_caller_id(number.as_str(), &code).await;
    harness.inject(Operation::CompleteCallerId, Fault::status(503), Some(1));
    let failed = submit().await.unwrap_err();
    assert_eq!(failed.effect(), Effect::Unknown);
    assert_eq!(sent(&harness, "complete_caller_id"), 1);
    harness.inject(
        Operation::CompleteCallerId,
        Fault::DropAfterCommit {},
        Some(1),
    );
    assert_eq!(submit().await.unwrap().state, CallerIdState::Verified);
    assert_eq!(sent(&harness, "complete_caller_id"), 2);
}

#[tokio::test]
async fn a_caller_id_is_known_by_the_carriers_id_too() {
    let harness = harness().await;
    let provider = harness.provider();
    let started = provider.start_caller_id(&caller()).await.unwrap();
    let data: serde_json::Value = serde_json::from_str(started.provider_data.as_json()).unwrap();
    let id = data["id"].as_str().unwrap();
    assert_eq!(provider.get_caller_id(id).await.unwrap(), started);
    provider.delete_caller_id(id).await.unwrap();
    let gone = provider.get_caller_id(id).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_token_for_one_half_lacks_the_other() {
    let harness = harness().await;
    for (token, scope) in [("sandbox-numbers", "Voice"), ("sandbox-voice", "Numbers")] {
        for project in [PROJECT, "00000000-0000-4000-8000-000000000004"] {
            let provider = adapter(project, token, harness.0.url());
            let error = provider.check_health().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error:?}");
            assert!(error.message().contains(scope), "{error}");
        }
    }
    let wrong = adapter(PROJECT, "no such token", harness.0.url());
    let error = wrong.check_health().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CredentialRefused, "{error:?}");
}

#[tokio::test]
async fn a_trial_has_one_number_for_thirty_days() {
    let harness = harness().await;
    let provider = adapter(
        "00000000-0000-4000-8000-000000000002",
        API_TOKEN,
        harness.0.url(),
    );
    let bought = provider.purchase(&order(&*provider).await).await.unwrap();
    let second = provider.purchase(&order(&*provider).await).await;
    let full = second.unwrap_err();
    assert_eq!(
        (full.kind(), full.effect()),
        (ErrorKind::PaymentRequired, Effect::None)
    );
    let locked = provider.release(&bought.provider_id).await.unwrap_err();
    assert!(locked.retry_after().unwrap() > 29 * DAY, "{locked:?}");
}

#[tokio::test]
async fn purchase_without_balance_is_payment_required() {
    let harness = harness().await;
    let provider = adapter(
        "00000000-0000-4000-8000-000000000003",
        API_TOKEN,
        harness.0.url(),
    );
    let broke = provider
        .purchase(&order(&*provider).await)
        .await
        .unwrap_err();
    assert_eq!(
        (broke.kind(), broke.effect()),
        (ErrorKind::PaymentRequired, Effect::None)
    );
}

#[tokio::test]
async fn emergency_address_is_set_and_removed_once_across_repeats() {
    let harness = harness().await;
    let provider = harness.provider();
    let bought = provider.purchase(&order(&*provider).await).await.unwrap();
    let id = bought.provider_id.as_str();
    let updates = &harness.samples().updates;
    let set = updates
        .iter()
        .find(|update| !update.emergency_address_id.is_keep())
        .unwrap();
    let mut clear = set.clone();
    clear.emergency_address_id = Patch::Clear;
    harness
        .0
        .inject(Operation::Update, Fault::DropAfterCommit {}, Some(1));
    let pending = provider.update(id, set).await.unwrap();
    assert!(pending.emergency_address_id.is_some() && !pending.features.emergency);
    let early = provider.update(id, &clear).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Conflict, "{early:?}");
    harness.let_time_pass();
    let active = provider.update(id, set).await.unwrap();
    assert!(active.features.emergency);
    provider.update(id, &clear).await.unwrap();
    provider.update(id, &clear).await.unwrap();
    // Once each, and once too early: the repetitions found it as it was wanted.
    assert_eq!(sent(&harness, "update"), 3);
    harness.let_time_pass();
    let gone = provider.get(id).await.unwrap();
    assert_eq!(
        (gone.emergency_address_id, gone.features.emergency),
        (None, false)
    );
}
