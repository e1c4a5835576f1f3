//! Webhooks and their deliveries.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use trunkline_admin::AdminStore;
use trunkline_admin::chronicle::Trail;
use trunkline_admin::webhooks::{Batch, Delivery, DeliveryFilter, DeliveryState, Endpoint, Mark};
use trunkline_core::{Tenant, WebhookId};
use trunkline_engine::journal::Lease;

use super::trails::{event, events, pruned};
use super::{Subject, eventually};

fn endpoint() -> Endpoint {
    let created_at = Timestamp::from_second(1_700_000_000).unwrap();
    Endpoint {
        id: WebhookId::generate(Timestamp::now()),
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

async fn happens(store: &dyn AdminStore, resources: &[&str]) {
    for resource in resources {
        let trail = Trail::default().telling(event(resource));
        store.note(&trail).await.unwrap();
    }
}

/// A webhook that has a delivery of each of these.
async fn owed(store: &dyn AdminStore, resources: &[&str]) -> Endpoint {
    let endpoint = endpoint();
    store
        .keep_webhook(&endpoint, true, &Trail::default())
        .await
        .unwrap();
    happens(store, resources).await;
    let place = store.webhook_place(&endpoint.id).await.unwrap().unwrap();
    let new = events(store, place).await;
    let to = new.last().map_or(place, |event| event.position);
    assert!(
        store
            .enqueue(
                &endpoint.id,
                Batch {
                    from: place,
                    to,
                    events: &new
                }
            )
            .await
            .unwrap()
    );
    endpoint
}

async fn lease(subject: &Subject, endpoint: &Endpoint) -> Lease {
    let name = format!("webhook:{}", endpoint.id);
    subject
        .store
        .acquire(&name, "owner")
        .await
        .unwrap()
        .unwrap()
}

fn mark(state: DeliveryState, again_in: Duration) -> Mark {
    Mark {
        state,
        again_in,
        attempted_at: Timestamp::from_second(1_700_000_000).unwrap(),
        status: Some(if state == DeliveryState::Delivered {
            200
        } else {
            503
        }),
        error: (state != DeliveryState::Delivered).then(|| "answered 503".to_owned()),
    }
}

async fn due(store: &dyn AdminStore, endpoint: &Endpoint) -> Vec<Delivery> {
    store.due_deliveries(&endpoint.id, 10).await.unwrap()
}

fn resources(deliveries: &[Delivery]) -> Vec<(&str, i64)> {
    let place = |delivery: &'_ Delivery| delivery.event.sequence;
    deliveries
        .iter()
        .map(|delivery| (delivery.event.draft.resource.as_str(), place(delivery)))
        .collect()
}

/// With its secret as it was sealed.
pub async fn a_webhook_is_kept_changed_and_forgotten(subject: &Subject) {
    let store = &*subject.admin;
    let mut endpoint = endpoint();
    store
        .keep_webhook(&endpoint, true, &Trail::default())
        .await
        .unwrap();
    endpoint.enabled = false;
    store
        .keep_webhook(&endpoint, false, &Trail::default())
        .await
        .unwrap();
    let other: Tenant = "acme".parse().unwrap();
    assert_eq!(
        store.webhook(&endpoint.id).await.unwrap(),
        Some(endpoint.clone())
    );
    assert_eq!(
        store.webhooks(Some(&endpoint.tenant)).await.unwrap(),
        [endpoint.clone()]
    );
    assert_eq!(store.webhooks(Some(&other)).await.unwrap(), []);
    assert_eq!(store.webhooks(None).await.unwrap().len(), 1);
    store
        .forget_webhook(&endpoint.id, &Trail::default())
        .await
        .unwrap();
    assert_eq!(store.webhook(&endpoint.id).await.unwrap(), None);
    assert_eq!(store.webhook_place(&endpoint.id).await.unwrap(), None);
}

/// Not of what was before; and so too if it begins anew.
pub async fn a_webhook_hears_of_what_happens_from_then_on(subject: &Subject) {
    let store = &*subject.admin;
    happens(store, &["us-main:PN1"]).await;
    let endpoint = endpoint();
    store
        .keep_webhook(&endpoint, true, &Trail::default())
        .await
        .unwrap();
    assert_eq!(store.webhook_place(&endpoint.id).await.unwrap(), Some(1));
    happens(store, &["us-main:PN1"]).await;
    store
        .keep_webhook(&endpoint, false, &Trail::default())
        .await
        .unwrap();
    assert_eq!(store.webhook_place(&endpoint.id).await.unwrap(), Some(1));
    store
        .keep_webhook(&endpoint, true, &Trail::default())
        .await
        .unwrap();
    assert_eq!(store.webhook_place(&endpoint.id).await.unwrap(), Some(2));
}

/// Whoever comes second finds that it is done.
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

/// The next when the one before is delivered or given up.
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

/// And the next of its resource waits with it.
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
    subject.store.unlock(&lost).await.unwrap();
    let held = lease(subject, &endpoint).await;
    let another = Lease {
        owner: "another".to_owned(),
        ..held
    };
    let first = due(store, &endpoint).await;
    let delivered = mark(DeliveryState::Delivered, Duration::ZERO);
    for refused in [&lost, &another] {
        assert!(!store.mark(&first[0], &delivered, refused).await.unwrap());
    }
    assert_eq!(due(store, &endpoint).await[0].attempts, 0);
}

/// As if it had never been sent.
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

/// Newest first, by state, and page by page.
pub async fn deliveries_are_listed(subject: &Subject) {
    let store = &*subject.admin;
    let endpoint = owed(store, &["us:PN1", "us:PN2", "us:PN3"]).await;
    let lease = lease(subject, &endpoint).await;
    let first = due(store, &endpoint).await;
    let delivered = mark(DeliveryState::Delivered, Duration::ZERO);
    assert!(store.mark(&first[1], &delivered, &lease).await.unwrap());
    let list = async |state, before| {
        store
            .deliveries(
                &endpoint.id,
                DeliveryFilter {
                    state,
                    before,
                    limit: 10,
                },
            )
            .await
            .unwrap()
    };
    let all = list(None, None).await;
    assert_eq!(
        resources(&all),
        [("us:PN3", 1), ("us:PN2", 1), ("us:PN1", 1)]
    );
    assert_eq!(
        resources(&list(Some(DeliveryState::Delivered), None).await),
        [("us:PN2", 1)]
    );
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
