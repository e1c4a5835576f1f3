//! Events on their way to webhooks: at least once, in order for each resource, signed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use trunkline_admin::Stores;
use trunkline_admin::Webhooks;
use trunkline_admin::audit::{AuditFilter, action};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Draft, EventType};
use trunkline_admin::webhooks::{
    DeliveryFilter, DeliveryState, Endpoint, NewEndpoint, Redelivery, Secret, sign,
};
use trunkline_core::courier::{Courier, Parcel};
use trunkline_core::host;
use trunkline_core::{Caller, Error, ErrorKind, Result, Tenant};
use trunkline_engine::seal::Sealer;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A receiver that answers with a status, or not at all, and remembers what it accepted.
#[derive(Debug)]
struct Receiver {
    status: AtomicU16,
    accepted: Mutex<Vec<Parcel>>,
    attempts: Mutex<usize>,
}

impl Receiver {
    fn new(status: u16) -> Arc<Self> {
        Arc::new(Self {
            status: status.into(),
            accepted: Mutex::default(),
            attempts: Mutex::default(),
        })
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn accepted(&self) -> Vec<Parcel> {
        self.accepted.lock().unwrap().clone()
    }

    fn bodies(&self) -> Vec<Value> {
        let accepted = self.accepted();
        accepted
            .iter()
            .map(|parcel| serde_json::from_str(&parcel.body).unwrap())
            .collect()
    }
}

#[async_trait]
impl Courier for Receiver {
    fn check(&self, _: &str) -> Result<()> {
        Ok(())
    }

    async fn carry(&self, parcel: &Parcel) -> Result<u16> {
        *self.attempts.lock().unwrap() += 1;
        match self.status.load(Ordering::SeqCst) {
            0 => Err(Error::new(
                ErrorKind::UpstreamUnavailable,
                "nothing answers",
            )),
            status => {
                if (200..300).contains(&status) {
                    self.accepted.lock().unwrap().push(parcel.clone());
                }
                Ok(status)
            }
        }
    }
}

struct World {
    store: Stores,
    webhooks: Webhooks,
    receiver: Arc<Receiver>,
    caller: Caller,
}

impl World {
    fn new(status: u16) -> Self {
        let store = Stores::memory();
        let receiver = Receiver::new(status);
        let courier = Arc::clone(&receiver) as Arc<dyn Courier>;
        let webhooks = Webhooks::new(store.clone(), Sealer::new(b"test"));
        Self {
            store,
            webhooks: webhooks.with_courier(courier),
            receiver,
            caller: Caller::of(Tenant::default()),
        }
    }

    async fn endpoint(&self) -> (Endpoint, Secret) {
        let wanted = NewEndpoint {
            url: "https://hooks.example.com".to_owned(),
            ..NewEndpoint::default()
        };
        self.webhooks.create(&self.caller, wanted).await.unwrap()
    }

    async fn happens(&self, resource: &str, turn: u32) {
        let event = Draft::new(EventType::NumberUpdated, &Tenant::default(), "us-main")
            .on(resource)
            .with(json!({ "turn": turn }));
        let trail = Trail::default().telling(event);
        self.store.admin.note(&trail).await.unwrap();
    }

    /// Delivers for so long.
    async fn deliver_for(&self, time: Duration) {
        let pause = |pause| async move {
            tokio::time::sleep(pause).await;
            false
        };
        let running = self.webhooks.run(pause);
        assert!(tokio::time::timeout(time, running).await.is_err());
    }

    async fn states(&self, endpoint: &Endpoint) -> Vec<DeliveryState> {
        let all = self.webhooks.deliveries(
            &self.caller,
            &endpoint.id,
            DeliveryFilter {
                state: None,
                before: None,
                limit: 100,
            },
        );
        all.await
            .unwrap()
            .iter()
            .map(|delivery| delivery.state)
            .collect()
    }
}

/// What a receiver checks, computed from the header it was sent.
fn assert_signed(parcel: &Parcel, secret: &Secret) {
    let header = |name: &str| {
        let found = parcel.headers.iter().find(|(given, _)| *given == name);
        found.unwrap().1.clone()
    };
    let seconds: i64 = header("webhook-timestamp").parse().unwrap();
    let body: Value = serde_json::from_str(&parcel.body).unwrap();
    assert_eq!(header("webhook-id"), body["id"].as_str().unwrap());
    assert!((host::now().as_second() - seconds).abs() < 60);
    let wanted = sign(
        std::slice::from_ref(secret),
        &header("webhook-id"),
        seconds,
        &parcel.body,
    );
    let wanted = wanted.unwrap();
    assert!(
        header("webhook-signature")
            .split(' ')
            .any(|one| one == wanted)
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_day_of_outage_every_event_is_delivered_in_sequence_and_signed() {
    let world = World::new(0);
    let (endpoint, secret) = world.endpoint().await;
    let hour = Duration::from_secs(3_600);
    for turn in 0..24 {
        for resource in ["us-main:PN1", "us-main:PN2", "us-main:PN3"] {
            world.happens(resource, turn).await;
        }
        // Now unreachable, now failing.
        world.receiver.answers(if turn % 2 == 0 { 0 } else { 503 });
        world.deliver_for(hour).await;
    }
    assert_eq!(world.receiver.bodies(), Vec::<Value>::new());
    world.receiver.answers(204);
    world.deliver_for(2 * hour).await;
    let mut next: BTreeMap<String, i64> = BTreeMap::new();
    for body in world.receiver.bodies() {
        let next = next
            .entry(body["resource"].as_str().unwrap().to_owned())
            .or_default();
        *next += 1;
        assert_eq!(body["sequence"], *next, "{body}");
        assert_eq!(body["data"]["turn"], *next - 1);
    }
    assert_eq!(next.values().collect::<Vec<_>>(), [&24, &24, &24]);
    for parcel in world.receiver.accepted() {
        assert_signed(&parcel, &secret);
    }
    let states = world.states(&endpoint).await;
    assert!(
        states
            .iter()
            .all(|state| *state == DeliveryState::Delivered)
    );
    assert_eq!(world.store.admin.backlog().await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn delivery_refused_for_a_day_is_dead_and_the_next_is_sent() {
    let world = World::new(500);
    let (endpoint, _) = world.endpoint().await;
    world.happens("us-main:PN1", 0).await;
    world.deliver_for(DAY + Duration::from_secs(3_600)).await;
    world.happens("us-main:PN1", 1).await;
    world.deliver_for(Duration::from_secs(3_600)).await;
    world.receiver.answers(200);
    world.deliver_for(Duration::from_secs(3_600)).await;
    let states = world.states(&endpoint).await;
    assert_eq!(states, [DeliveryState::Delivered, DeliveryState::Dead]);
    assert_eq!(world.receiver.bodies()[0]["sequence"], 2);
    // Growing pauses: not thousands.
    assert!(*world.receiver.attempts.lock().unwrap() < 60);
}

#[tokio::test(start_paused = true)]
async fn only_2xx_is_success() {
    for status in [301, 304, 400, 404, 500] {
        let world = World::new(status);
        let (endpoint, _) = world.endpoint().await;
        world.happens("us-main:PN1", 0).await;
        world.deliver_for(Duration::from_secs(3)).await;
        let all = world
            .webhooks
            .deliveries(
                &world.caller,
                &endpoint.id,
                DeliveryFilter {
                    state: None,
                    before: None,
                    limit: 10,
                },
            )
            .await;
        let delivery = &all.unwrap()[0];
        assert_eq!(
            (delivery.state, delivery.status),
            (DeliveryState::Pending, Some(status))
        );
        assert!(delivery.attempts > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_gone_is_disabled_and_the_trail_says_so() {
    let world = World::new(410);
    let (endpoint, _) = world.endpoint().await;
    world.happens("us-main:PN1", 0).await;
    world.deliver_for(Duration::from_secs(60)).await;
    assert_eq!(*world.receiver.attempts.lock().unwrap(), 1);
    let now = world
        .webhooks
        .get(&world.caller, &endpoint.id)
        .await
        .unwrap();
    assert!(!now.enabled && now.disabled_reason.is_some());
    let filter = AuditFilter {
        action: Some(action::WEBHOOK_UPDATE.to_owned()),
        ..AuditFilter::default()
    };
    let rows = world
        .store
        .admin
        .audit(&world.caller.tenant, &filter, 10)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].actor.via.as_str(), "system");
}

#[tokio::test(start_paused = true)]
async fn delivered_event_can_be_redelivered() {
    let world = World::new(200);
    let (endpoint, _) = world.endpoint().await;
    let before = host::now().checked_sub(Duration::from_secs(60)).unwrap();
    for resource in ["us-main:PN1", "us-main:PN2"] {
        world.happens(resource, 0).await;
    }
    world.deliver_for(Duration::from_secs(3)).await;
    let first = world.receiver.bodies();
    let id = first[0]["id"].as_str().unwrap().parse().unwrap();
    let one = Redelivery::Event(id);
    let again = world
        .webhooks
        .redeliver(&world.caller, &endpoint.id, &one)
        .await;
    assert_eq!(again.unwrap(), 1);
    world.deliver_for(Duration::from_secs(3)).await;
    let all = Redelivery::Since(before);
    let again = world
        .webhooks
        .redeliver(&world.caller, &endpoint.id, &all)
        .await;
    assert_eq!(again.unwrap(), 2);
    world.deliver_for(Duration::from_secs(3)).await;
    let bodies = world.receiver.bodies();
    assert_eq!(bodies.len(), 5);
    // It is the same event, byte for byte.
    assert_eq!(bodies[2], first[0]);
}

#[tokio::test(start_paused = true)]
async fn a_replaced_secret_is_good_for_a_day() {
    let world = World::new(200);
    let (endpoint, old) = world.endpoint().await;
    let (_, new) = world
        .webhooks
        .rotate(&world.caller, &endpoint.id)
        .await
        .unwrap();
    world.happens("us-main:PN1", 0).await;
    world.deliver_for(Duration::from_secs(3)).await;
    let parcel = &world.receiver.accepted()[0];
    assert_signed(parcel, &old);
    assert_signed(parcel, &new);
    assert_ne!(old, new);
}

#[tokio::test(start_paused = true)]
async fn webhook_receives_only_its_event_types() {
    let world = World::new(200);
    let wanted = NewEndpoint {
        url: "https://hooks.example.com".to_owned(),
        types: vec![EventType::NumberReleased],
        accounts: ["us-main".parse().unwrap()].into(),
        description: None,
    };
    world.webhooks.create(&world.caller, wanted).await.unwrap();
    for (kind, account) in [
        (EventType::NumberUpdated, "us-main"),
        (EventType::NumberReleased, "emea"),
        (EventType::NumberReleased, "us-main"),
    ] {
        let event = Draft::new(kind, &Tenant::default(), account);
        world
            .store
            .admin
            .note(&Trail::default().telling(event))
            .await
            .unwrap();
    }
    world.deliver_for(Duration::from_secs(3)).await;
    let bodies = world.receiver.bodies();
    assert_eq!(bodies.len(), 1);
    assert_eq!(
        (&bodies[0]["type"], &bodies[0]["account"]),
        (&json!("number.released"), &json!("us-main"))
    );
}

#[tokio::test(start_paused = true)]
async fn two_replicas_deliver_each_event_once() {
    let world = World::new(200);
    world.endpoint().await;
    for turn in 0..20 {
        world
            .happens(&format!("us-main:PN{}", turn % 4), turn)
            .await;
    }
    let other = Webhooks::new(world.store.clone(), Sealer::new(b"test"))
        .with_courier(Arc::clone(&world.receiver) as Arc<dyn Courier>);
    let pause = |pause| async move {
        tokio::time::sleep(pause).await;
        false
    };
    let both = async { tokio::join!(world.webhooks.run(pause), other.run(pause)) };
    assert!(
        tokio::time::timeout(Duration::from_secs(10), both)
            .await
            .is_err()
    );
    assert_eq!(world.receiver.bodies().len(), 20);
}

#[tokio::test]
async fn webhooks_of_others_are_not_found() {
    let world = World::new(200);
    let (endpoint, secret) = world.endpoint().await;
    let stranger = Caller::of("acme".parse().unwrap());
    let mut limited = world.caller.clone();
    limited.accounts = Some(["emea".parse().unwrap()].into());
    for other in [stranger, limited] {
        let error = world.webhooks.get(&other, &endpoint.id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(world.webhooks.list(&other).await.unwrap(), []);
    }
    // What is kept of the secret is sealed.
    let shown = secret.shown();
    let bytes = STANDARD
        .decode(shown.strip_prefix("whsec_").unwrap())
        .unwrap();
    assert_eq!(bytes.len(), 32);
    assert!(!format!("{endpoint:?}").contains(&shown[6..]));
}
