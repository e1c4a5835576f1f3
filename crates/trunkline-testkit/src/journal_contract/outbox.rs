//! Webhooks and their deliveries.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use trunkline_admin::AdminStore;
use trunkline_admin::chronicle::Trail;
use trunkline_admin::webhooks::{Batch, Delivery, DeliveryFilter, DeliveryState, Endpoint, Mark};
use trunkline_core::host;
use trunkline_core::{Tenant, WebhookId};
use trunkline_engine::journal::Lease;

use super::trails::{event, events, pruned};
use super::{Subject, eventually};
use crate::with;

fn endpoint() -> Endpoint {
    let created_at = Timestamp::from_second(1_700_000_000).unwrap();
    Endpoint {
        id: WebhookId::generate(host::now()),
        tenant: Tenant::default(),
        url: "https://hooks.example.com/trunkline".to_owned(),
        types: Vec::new(),
        accounts: BTreeSet::new(),
        description: Some("Billing".to_owned()),
        enabled: true,
        disabled_reason: None,
        created_at,
        secret: "sealed".to_owned(),
        previous: None,
    }
}

async fn keep(store: &dyn AdminStore, endpoint: &Endpoint, begins: bool) {
    let trail = Trail::default();
    let kept = store.keep_webhook(endpoint, begins, &trail).await;
    kept.unwrap();
}

async fn place(store: &dyn AdminStore, endpoint: &Endpoint) -> Option<i64> {
    store.webhook_place(&endpoint.id).await.unwrap()
}

async fn happens(store: &dyn AdminStore, resources: &[&str]) {
    for resource in resources {
        let trail = Trail::default().telling(event(resource));
        store.note(&trail).await.unwrap();
    }
}

async fn owed(store: &dyn AdminStore, resources: &[&str]) -> Endpoint {
    let endpoint = endpoint();
    keep(store, &endpoint, true).await;
    happens(store, resources).await;
    let from = place(store, &endpoint).await.unwrap();
    let new = events(store, from).await;
    let to = new.last().map_or(from, |event| event.position);
    let batch = Batch {
        from,
        to,
        events: &new,
    };
    let queued = store.enqueue(&endpoint.id, batch).await;
    assert!(queued.unwrap());
    endpoint
}

async fn lease(subject: &Subject, endpoint: &Endpoint) -> Lease {
    let name = format!("webhook:{}", endpoint.id);
    subject.acquire(&name, "owner").await.unwrap()
}

fn mark(state: DeliveryState, again_in: Duration) -> Mark {
    let delivered = state == DeliveryState::Delivered;
    Mark {
        state,
        again_in,
        attempted_at: Timestamp::from_second(1_700_000_000).unwrap(),
        status: Some(if delivered { 200 } else { 503 }),
        error: (!delivered).then(|| "answered 503".to_owned()),
    }
}

async fn due(store: &dyn AdminStore, endpoint: &Endpoint) -> Vec<Delivery> {
    store.due_deliveries(&endpoint.id, 10).await.unwrap()
}

fn resources(deliveries: &[Delivery]) -> Vec<(&str, i64)> {
    let events = deliveries.iter().map(|delivery| &delivery.event);
    let named = events.map(|event| (event.draft.resource.as_str(), event.sequence));
    named.collect()
}

pub async fn a_webhook_is_kept_changed_and_forgotten(subject: &Subject) {
    let store = &*subject.admin;
    let mut endpoint = endpoint();
    keep(store, &endpoint, true).await;
    endpoint.enabled = false;
    keep(store, &endpoint, false).await;
    let other: Tenant = "acme".parse().unwrap();
    let found = store.webhook(&endpoint.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&endpoint));
    let found = store.webhooks(Some(&endpoint.tenant)).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&endpoint));
    assert_eq!(store.webhooks(Some(&other)).await.unwrap(), []);
    assert_eq!(store.webhooks(None).await.unwrap().len(), 1);
    let forgotten = store.forget_webhook(&endpoint.id, &Trail::default()).await;
    forgotten.unwrap();
    assert_eq!(store.webhook(&endpoint.id).await.unwrap(), None);
    assert_eq!(place(store, &endpoint).await, None);
}

pub async fn a_webhook_hears_of_what_happens_from_then_on(subject: &Subject) {
    let store = &*subject.admin;
    happens(store, &["us-main:PN1"]).await;
    let endpoint = endpoint();
    keep(store, &endpoint, true).await;
    assert_eq!(place(store, &endpoint).await, Some(1));
    happens(store, &["us-main:PN1"]).await;
    keep(store, &endpoint, false).await;
    assert_eq!(place(store, &endpoint).await, Some(1));
    keep(store, &endpoint, true).await;
    assert_eq!(place(store, &endpoint).await, Some(2));
}

pub async fn deliveries_are_made_once(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us-main:PN1"]).await;
    let all = events(store, 0).await;
    assert!(
        !store
            .enqueue(
                &endpoint.id,
                Batch {
                    from: 0,
                    to: 1,
                    events: &all
                }
            )
            .await
            .unwrap()
    );
    assert_eq!(due(store, &endpoint).await.len(), 1);
}

pub async fn deliveries_of_a_resource_come_one_after_the_other(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us:PN1", "us:PN1", "us:PN2", "us:PN1"]).await;
    let lease = lease(subject, &endpoint).await;
    let first = due(store, &endpoint).await;
    assert_eq!(resources(&first), [("us:PN1", 1), ("us:PN2", 1)]);
    let delivered = mark(DeliveryState::Delivered, Duration::ZERO);
    assert!(store.mark(&first[0], &delivered, &lease).await.unwrap());
    let second = due(store, &endpoint).await;
    assert_eq!(resources(&second), [("us:PN1", 2), ("us:PN2", 1)]);
    let dead = mark(DeliveryState::Dead, Duration::ZERO);
    assert!(store.mark(&second[0], &dead, &lease).await.unwrap());
    let third = due(store, &endpoint).await;
    assert_eq!(resources(&third), [("us:PN2", 1), ("us:PN1", 3)]);
    assert_eq!(store.backlog().await.unwrap(), 2);
}

pub async fn a_delivery_that_failed_is_due_later(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us:PN1", "us:PN1"]).await;
    let lease = lease(subject, &endpoint).await;
    let first = due(store, &endpoint).await;
    let soon = mark(DeliveryState::Pending, Duration::from_millis(100));
    assert!(store.mark(&first[0], &soon, &lease).await.unwrap());
    assert_eq!(due(store, &endpoint).await, []);
    let again = eventually("it is due again", async || {
        let again = due(store, &endpoint).await;
        (!again.is_empty()).then_some(again)
    })
    .await;
    assert_eq!(resources(&again), [("us:PN1", 1)]);
    assert_eq!((again[0].attempts, again[0].status), (1, Some(503)));
    assert_eq!(again[0].error.as_deref(), Some("answered 503"));
    assert_eq!(again[0].attempted_at, Some(soon.attempted_at));
}

/// It may have been sent by another since.
pub async fn an_attempt_under_a_lost_lease_is_not_written_down(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us:PN1"]).await;
    let lost = lease(subject, &endpoint).await;
    subject.unlock(&lost).await;
    let held = lease(subject, &endpoint).await;
    let another = with(held, |it| it.owner = "another".to_owned());
    let first = due(store, &endpoint).await;
    let delivered = mark(DeliveryState::Delivered, Duration::ZERO);
    for refused in [&lost, &another] {
        assert!(!store.mark(&first[0], &delivered, refused).await.unwrap());
    }
    assert_eq!(due(store, &endpoint).await[0].attempts, 0);
}

pub async fn a_delivery_can_be_made_once_more(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us:PN1", "us:PN2"]).await;
    let lease = lease(subject, &endpoint).await;
    for delivery in due(store, &endpoint).await {
        let delivered = mark(DeliveryState::Delivered, Duration::ZERO);
        assert!(store.mark(&delivery, &delivered, &lease).await.unwrap());
    }
    assert_eq!(due(store, &endpoint).await, []);
    let all = events(store, 0).await;
    store.requeue(&endpoint.id, &all[..1]).await.unwrap();
    let again = due(store, &endpoint).await;
    assert_eq!(resources(&again), [("us:PN1", 1)]);
    assert_eq!((again[0].attempts, again[0].status), (0, None));
}

pub async fn deliveries_are_listed(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us:PN1", "us:PN2", "us:PN3"]).await;
    let lease = lease(subject, &endpoint).await;
    let first = due(store, &endpoint).await;
    let delivered = mark(DeliveryState::Delivered, Duration::ZERO);
    assert!(store.mark(&first[1], &delivered, &lease).await.unwrap());
    let list = async |state, before| {
        let filter = DeliveryFilter {
            state,
            before,
            limit: 10,
        };
        let listed = store.deliveries(&endpoint.id, filter).await;
        listed.unwrap()
    };
    let all = list(None, None).await;
    let newest_first = [("us:PN3", 1), ("us:PN2", 1), ("us:PN1", 1)];
    assert_eq!(resources(&all), newest_first);
    let delivered = list(Some(DeliveryState::Delivered), None).await;
    assert_eq!(resources(&delivered), [("us:PN2", 1)]);
    let older = list(None, Some(all[0].event.position)).await;
    assert_eq!(resources(&older), [("us:PN2", 1), ("us:PN1", 1)]);
}

/// Whether a delivery is still to be made of it, or was not even queued.
pub async fn events_that_a_webhook_waits_for_are_not_forgotten(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us:PN1", "us:PN1"]).await;
    happens(store, &["us:PN1"]).await;
    let lease = lease(subject, &endpoint).await;
    let first = due(store, &endpoint).await;
    let delivered = mark(DeliveryState::Delivered, Duration::ZERO);
    assert!(store.mark(&first[0], &delivered, &lease).await.unwrap());
    pruned(store, 1).await;
    assert_eq!(events(store, 0).await.len(), 2);
}
