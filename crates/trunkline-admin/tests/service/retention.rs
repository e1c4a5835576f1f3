//! What is over and old is deleted in the background.

use std::time::Duration;

use trunkline_admin::audit::{Entry, action};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Draft, EventFilter, EventType};
use trunkline_admin::{Retention, Services, Stores};
use trunkline_core::{Caller, Error, ErrorKind, Tenant};
use trunkline_engine::Started;
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::{LONG, keyed, one, order, scope};

/// Everything that is a millisecond old.
const YOUNG: Option<Duration> = Some(Duration::from_millis(1));

async fn events(stores: &Stores) -> usize {
    let all = EventFilter::default();
    let page = stores.admin.events(&Tenant::default(), &all, 10_000).await;
    page.unwrap().events.len()
}

/// More events and rows than a batch has, and a purchase that failed.
async fn filled(stores: &Stores, carrier: &Scripted, services: &Services) {
    let caller = Caller::of(Tenant::default());
    for _ in 0..1_300 {
        let event = Draft::new(EventType::NumberUpdated, &Tenant::default(), "us-main");
        let row = Entry::new(&caller, action::CONFIG_RELOAD);
        let trail = Trail::default().with(row).telling(event.on("us-main:PN1"));
        stores.admin.note(&trail).await.unwrap();
    }
    let refused = Error::new(ErrorKind::NotAvailable, "sold to somebody else");
    carrier.plan([Sale::Refused(refused)]);
    let started = services
        .engine
        .purchases
        .start(keyed(&scope("key"), "f"), order("us-main", 1))
        .await;
    let Started::Fresh(id) = started.unwrap() else {
        panic!("the key is new")
    };
    let waited = services.engine.purchases.wait(&id, LONG).await;
    assert!(waited.unwrap().purchase.is_done());
}

async fn purchases(stores: &Stores) -> usize {
    let filter = trunkline_engine::journal::PurchaseFilter::default();
    let found = stores
        .engine
        .purchases(&Tenant::default(), &filter, 10)
        .await;
    found.unwrap().len()
}

/// However many there are: batch after batch.
#[tokio::test(start_paused = true)]
async fn background_work_deletes_all_that_is_old() {
    let (carrier, stores, services) = one();
    filled(&stores, &carrier, &services).await;
    let services = services.retaining(Retention {
        audit: YOUNG,
        events: YOUNG,
        purchases: YOUNG,
    });
    services.start().unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((events(&stores).await, purchases(&stores).await), (0, 0));
    let found = services.audit.verify(&Tenant::default()).await.unwrap();
    assert!(found.is_whole() && found.checkpoint_checked, "{found:?}");
    assert!(found.checkpoint.unwrap().head.seq >= 1_300);
    services.shutdown().await;
}

/// By default events alone, and those for thirty days.
#[tokio::test(start_paused = true)]
async fn nothing_young_is_deleted_by_default() {
    let (carrier, stores, services) = one();
    filled(&stores, &carrier, &services).await;
    services.start().unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(events(&stores).await >= 1_300);
    assert_eq!(purchases(&stores).await, 1);
    let found = services.audit.verify(&Tenant::default()).await.unwrap();
    assert_eq!(found.checkpoint, None);
    services.shutdown().await;
}

/// One process at a time.
#[tokio::test(start_paused = true)]
async fn process_without_the_lease_deletes_nothing() {
    let (carrier, stores, services) = one();
    filled(&stores, &carrier, &services).await;
    let held = stores.engine.acquire("retention", "another").await.unwrap();
    let held = held.unwrap();
    let services = services.retaining(Retention {
        events: YOUNG,
        ..Retention::default()
    });
    services.start().unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(events(&stores).await >= 1_300);
    stores.engine.unlock(&held).await.unwrap();
    tokio::time::sleep(Duration::from_secs(700)).await;
    assert_eq!(events(&stores).await, 0);
    services.shutdown().await;
}
