//! What is told of what was done: who, what, to which number, how it was and is, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use trunkline_admin::audit::{Audit, AuditFilter, Entry, Outcome, action};
use trunkline_admin::events::{Event, EventFilter, EventType};
use trunkline_admin::{Answer, Services, Stores};
use trunkline_core::{
    Caller, Effect, Error, ErrorKind, KeyId, NumberUpdate, Operation, Patch, PurchaseState, Tenant,
    Upstream, Via,
};
use trunkline_engine::ActionKind;
use trunkline_engine::{NumberPatch, Started};
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::{LONG, keyed, number, one, order, scope};

fn caller() -> Caller {
    let mut caller = Caller::of(Tenant::default());
    caller.key = Some(KeyId::new("key_00000000000000000000000000").unwrap());
    caller.key_name = Some("Billing".to_owned());
    caller.request_id = Some("req_1".to_owned());
    caller
}

/// Oldest first.
async fn rows(store: &Stores, action: &str) -> Vec<Entry> {
    let filter = AuditFilter {
        action: Some(action.to_owned()),
        ..AuditFilter::default()
    };
    let mut rows = store
        .admin
        .audit(&Tenant::default(), &filter, 100)
        .await
        .unwrap();
    rows.reverse();
    rows
}

async fn outcomes(store: &Stores, action: &str) -> Vec<Outcome> {
    rows(store, action)
        .await
        .iter()
        .map(|row| row.outcome)
        .collect()
}

async fn events(store: &Stores) -> Vec<Event> {
    let all = EventFilter::default();
    let page = store.admin.events(&Tenant::default(), &all, 100).await;
    page.unwrap().events
}

async fn kinds(store: &Stores) -> Vec<EventType> {
    events(store)
        .await
        .iter()
        .map(|event| event.draft.kind)
        .collect()
}

async fn bought(services: &Services, label: Option<&str>) -> PurchaseState {
    let mut order = order("us-main", 1);
    order.label = label.map(str::to_owned);
    let started = services
        .engine
        .purchases
        .start(keyed(&scope("key"), "f"), order)
        .await;
    let Started::Fresh(id) = started.unwrap() else {
        panic!("the key is new")
    };
    let record = services.engine.purchases.wait(&id, LONG).await.unwrap();
    record.purchase.state
}

fn refused(kind: ErrorKind) -> Error {
    Error::new(kind, "no")
        .with_effect(Effect::None)
        .with_upstream(Upstream {
            status: Some(400),
            code: None,
            message: None,
            request_id: None,
        })
}

fn label(label: &str) -> NumberPatch {
    NumberPatch {
        update: NumberUpdate {
            label: Patch::Set(label.to_owned()),
            ..NumberUpdate::default()
        },
        ..NumberPatch::default()
    }
}

fn held() -> (Arc<Scripted>, Stores, Services, String) {
    let (carrier, store, services) = one();
    let since = "2026-01-01T00:00:00Z".parse().unwrap();
    let id = format!("us-main:{}", carrier.hold(number(1), since));
    (carrier, store, services, id)
}

#[tokio::test(start_paused = true)]
async fn purchase_is_recorded_at_beginning_end_and_configuration() {
    let (_, store, services) = one();
    assert_eq!(
        bought(&services, Some("Front desk")).await,
        PurchaseState::Succeeded
    );
    let purchase = rows(&store, ActionKind::NumberPurchase.as_str()).await;
    let told: Vec<_> = purchase.iter().map(|row| row.outcome).collect();
    assert_eq!(told, [Outcome::Begun, Outcome::Ok]);
    assert_eq!(purchase[0].number.as_deref(), Some(number(1).as_str()));
    assert_eq!(purchase[1].after.as_ref().unwrap()["state"], "succeeded");
    assert_eq!(
        outcomes(&store, ActionKind::NumberUpdate.as_str()).await,
        [Outcome::Ok]
    );
    let events = events(&store).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.draft.kind, event.sequence))
        .collect();
    assert_eq!(
        told,
        [
            (EventType::NumberPurchased, 1),
            (EventType::NumberUpdated, 2)
        ]
    );
    assert_eq!(
        events[0].draft.data["purchase"],
        json!(purchase[0].resource)
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_outcome_and_its_settlement_are_recorded() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::LostAfter]);
    assert_eq!(bought(&services, None).await, PurchaseState::Succeeded);
    let told = [
        EventType::PurchaseUnknown,
        EventType::PurchaseSettled,
        EventType::NumberPurchased,
    ];
    assert_eq!(kinds(&store).await, told);
    let rows = rows(&store, ActionKind::NumberPurchase.as_str()).await;
    let outcomes: Vec<_> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Outcome::Begun, Outcome::Unknown, Outcome::Ok]);
    assert_eq!(rows[2].actor.via, Via::System);
}

#[tokio::test(start_paused = true)]
async fn a_presumed_failure_that_turns_out_late_is_settled_twice() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::Late(Duration::from_secs(50))]);
    assert_eq!(bought(&services, None).await, PurchaseState::Failed);
    services.start().unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    services.shutdown().await;
    let told = [
        EventType::PurchaseUnknown,
        EventType::PurchaseSettled,
        EventType::PurchaseSettled,
        EventType::NumberPurchased,
    ];
    assert_eq!(kinds(&store).await, told);
    let events = events(&store).await;
    assert_eq!(events[3].draft.data["late"], true);
}

#[tokio::test(start_paused = true)]
async fn kept_failure_is_forgotten_when_its_purchase_succeeds_late() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::Late(Duration::from_secs(50))]);
    assert_eq!(bought(&services, None).await, PurchaseState::Failed);
    let failure = Answer {
        status: 504,
        content_type: String::new(),
        location: None,
        body: "failed".to_owned(),
    };
    let scope = scope("key");
    let kept = store.admin.keep_answer(&scope, failure.clone(), None);
    assert_eq!(kept.await.unwrap(), failure);
    services.start().unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    services.shutdown().await;
    assert_eq!(store.admin.answer(&scope).await.unwrap(), None);
    assert!(kinds(&store).await.contains(&EventType::NumberPurchased));
}

#[tokio::test(start_paused = true)]
async fn refused_purchase_is_recorded_with_the_reason() {
    let (carrier, store, services) = one();
    carrier.plan([Sale::Refused(refused(ErrorKind::NotAvailable))]);
    assert_eq!(bought(&services, None).await, PurchaseState::Failed);
    let rows = rows(&store, ActionKind::NumberPurchase.as_str()).await;
    assert_eq!(rows[1].outcome, Outcome::Refused);
    assert_eq!(rows[1].error.as_ref().unwrap().kind, "not_available");
    assert_eq!(kinds(&store).await, []);
}

#[tokio::test(start_paused = true)]
async fn change_is_recorded_before_sending_with_old_and_new_values() {
    let (_, store, services, id) = held();
    let caller = caller();
    services
        .engine
        .numbers
        .update(&caller, &id, label("Front desk"))
        .await
        .unwrap();
    services
        .engine
        .numbers
        .update(&caller, &id, label("Sales"))
        .await
        .unwrap();
    let rows = rows(&store, ActionKind::NumberUpdate.as_str()).await;
    let outcomes: Vec<_> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Begun, Outcome::Ok, Outcome::Begun, Outcome::Ok]
    );
    let last = &rows[3];
    assert_eq!(last.before, Some(json!({ "label": "Front desk" })));
    assert_eq!(last.after, Some(json!({ "label": "Sales" })));
    assert_eq!(last.resource.as_deref(), Some(id.as_str()));
    assert_eq!(last.number.as_deref(), Some(number(1).as_str()));
    assert_eq!(last.actor.key_name.as_deref(), Some("Billing"));
    assert_eq!(last.request_id.as_deref(), Some("req_1"));
    let events = events(&store).await;
    assert_eq!(events[1].draft.data["changes"], json!({ "label": "Sales" }));
    assert_eq!(
        (events[1].draft.resource.as_str(), events[1].sequence),
        (id.as_str(), 2)
    );
}

#[tokio::test(start_paused = true)]
async fn refused_or_lost_change_is_recorded_as_such() {
    let (carrier, store, services, id) = held();
    let lost = Error::new(ErrorKind::Timeout, "lost").with_effect(Effect::Unknown);
    carrier.fail(Operation::Update, [refused(ErrorKind::Conflict), lost]);
    for _ in 0..2 {
        let failed = services
            .engine
            .numbers
            .update(&caller(), &id, label("a"))
            .await;
        assert!(failed.is_err());
    }
    let told = outcomes(&store, ActionKind::NumberUpdate.as_str()).await;
    let wanted = [
        Outcome::Begun,
        Outcome::Refused,
        Outcome::Begun,
        Outcome::Unknown,
    ];
    assert_eq!(told, wanted);
    assert_eq!(kinds(&store).await, []);
}

#[tokio::test(start_paused = true)]
async fn trunklines_own_fields_are_recorded_too() {
    let (_, store, services, id) = held();
    let patch = NumberPatch {
        tags: Patch::Set(vec!["sales".to_owned()]),
        protected: Some(true),
        ..NumberPatch::default()
    };
    services
        .engine
        .numbers
        .update(&caller(), &id, patch)
        .await
        .unwrap();
    let rows = rows(&store, ActionKind::NumberUpdate.as_str()).await;
    let last = rows.last().unwrap();
    assert_eq!(last.before, Some(json!({ "protected": false, "tags": [] })));
    assert_eq!(
        last.after,
        Some(json!({ "protected": true, "tags": ["sales"] }))
    );
}

#[tokio::test(start_paused = true)]
async fn release_publishes_an_event_and_a_refused_one_does_not() {
    let (carrier, store, services, id) = held();
    carrier.fail(Operation::Release, [refused(ErrorKind::Locked)]);
    assert!(
        services
            .engine
            .numbers
            .release(&caller(), &id)
            .await
            .is_err()
    );
    services
        .engine
        .numbers
        .release(&caller(), &id)
        .await
        .unwrap();
    // Once more is no release.
    services
        .engine
        .numbers
        .release(&caller(), &id)
        .await
        .unwrap();
    let told = outcomes(&store, ActionKind::NumberRelease.as_str()).await;
    let wanted = [
        Outcome::Begun,
        Outcome::Refused,
        Outcome::Begun,
        Outcome::Ok,
    ];
    assert_eq!(told, wanted);
    assert_eq!(kinds(&store).await, [EventType::NumberReleased]);
}

#[tokio::test(start_paused = true)]
async fn local_refusal_is_audited_and_invalid_request_is_not() {
    let (_, store, services, id) = held();
    let protect = NumberPatch {
        protected: Some(true),
        ..NumberPatch::default()
    };
    services
        .engine
        .numbers
        .update(&caller(), &id, protect)
        .await
        .unwrap();
    let locked = services
        .engine
        .numbers
        .release(&caller(), &id)
        .await
        .unwrap_err();
    assert_eq!(locked.kind(), ErrorKind::Locked);
    assert_eq!(
        outcomes(&store, ActionKind::NumberRelease.as_str()).await,
        [Outcome::Refused]
    );
    assert!(
        services
            .engine
            .numbers
            .release(&caller(), "no id")
            .await
            .is_err()
    );
    assert_eq!(
        outcomes(&store, ActionKind::NumberRelease.as_str()).await,
        [Outcome::Refused]
    );
}

#[tokio::test(start_paused = true)]
async fn feed_continues_after_a_cursor_bound_to_its_reader() {
    let (_, _, services, id) = held();
    let caller = caller();
    for text in ["a", "b", "c"] {
        services
            .engine
            .numbers
            .update(&caller, &id, label(text))
            .await
            .unwrap();
    }
    let feed = &services.events;
    let all = EventFilter::default();
    let first = feed.read(&caller, &all, 2).await.unwrap();
    let cursor = feed.cursor(&caller, first.position).unwrap();
    use trunkline_admin::events::After;
    let after = feed
        .position(&caller, &After::Point(cursor.clone()))
        .await
        .unwrap();
    let later = EventFilter {
        after,
        ..all.clone()
    };
    let rest = feed.read(&caller, &later, 10).await.unwrap();
    assert_eq!((first.events.len(), rest.events.len()), (2, 1));
    let by_id = After::Point(first.events[1].draft.id.to_string());
    assert_eq!(feed.position(&caller, &by_id).await.unwrap(), after);
    assert_eq!(feed.position(&caller, &After::Latest).await.unwrap(), 3);
    let stranger = Caller::of("acme".parse().unwrap());
    let refused = feed
        .position(&stranger, &After::Point(cursor))
        .await
        .unwrap_err();
    assert_eq!(refused.fields()[0].field, "after");
    let mut limited = caller.clone();
    limited.accounts = Some(["emea".parse().unwrap()].into());
    assert_eq!(feed.read(&limited, &all, 10).await.unwrap().events, []);
    assert_eq!(
        services
            .audit
            .list(&limited, AuditFilter::default(), 10)
            .await
            .unwrap(),
        []
    );
}

#[tokio::test(start_paused = true)]
async fn refusals_within_a_minute_are_one_row_and_one_with_their_count() {
    let store = Stores::memory();
    let audit = Audit::new(store.admin);
    let caller = Caller::default();
    let row = Entry::new(&caller, action::REQUEST).on("GET /v1/accounts");
    let error = Error::new(ErrorKind::PermissionDenied, "the key lacks a scope");
    let rows = async || {
        let found = audit.list(&caller, AuditFilter::default(), 100).await;
        found
            .unwrap()
            .into_iter()
            .map(|row| row.after)
            .collect::<Vec<_>>()
    };
    for _ in 0..600 {
        audit.refuse_often("key route", &row, &error).await;
    }
    audit.refuse_often("key other", &row, &error).await;
    assert_eq!(rows().await, [None, None]);
    tokio::time::advance(Duration::from_secs(60)).await;
    audit.write_refusals(false).await;
    assert_eq!(rows().await, [Some(json!({"refused": 599})), None, None]);
    audit.refuse_often("key route", &row, &error).await;
    assert_eq!(rows().await.len(), 4, "another minute has begun");
}
