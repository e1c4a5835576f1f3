//! What is built on providers, over scripted ones and the journal in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests stop at the first surprise, and their background work ends with them"
)]

#[path = "service/allocations.rs"]
mod allocations;
#[path = "service/choice.rs"]
mod choice;
#[path = "service/freeze.rs"]
mod freeze;
#[path = "service/gone.rs"]
mod gone;
#[path = "service/inventory.rs"]
mod inventory;
#[path = "service/journal.rs"]
mod journal;
#[path = "service/model.rs"]
mod model;
#[path = "service/numbers.rs"]
mod numbers;
#[path = "service/pages.rs"]
mod pages;
#[path = "service/parsers.rs"]
mod parsers;
#[path = "service/prices.rs"]
mod prices;
#[path = "service/promise.rs"]
mod promise;
#[path = "service/purchases.rs"]
mod purchases;
#[path = "service/ranges.rs"]
mod ranges;
#[path = "service/reconcile.rs"]
mod reconcile;
#[path = "service/releases.rs"]
mod releases;
#[path = "service/search.rs"]
mod search;
#[path = "service/spend.rs"]
mod spend;
#[path = "service/streams.rs"]
mod streams;
#[path = "service/takeover.rs"]
mod takeover;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use trunkline_admin::Stores;
use trunkline_admin::audit::{AuditFilter, Entry};
use trunkline_admin::events::{EventFilter, EventType};
use trunkline_core::{AccountEntry, Caller, E164, Provider, PurchaseOrder, Registry, Tenant};
use trunkline_engine::Engine;
use trunkline_engine::journal::Scope;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Keyed, MemoryJournal, Store, Timing};
use trunkline_testkit::scripted::Scripted;

fn number(last: u32) -> E164 {
    format!("+1415555{:04}", 100 + last).parse().unwrap()
}

fn scope(key: &str) -> Scope {
    Scope {
        tenant: Tenant::default(),
        route: "POST /v1/numbers".into(),
        key: key.parse().unwrap(),
    }
}

/// Asked for by a caller who may do everything.
fn keyed<'a>(scope: &'a Scope, fingerprint: &'a str) -> Keyed<'a> {
    static CALLER: LazyLock<Caller> = LazyLock::new(Caller::default);
    Keyed {
        caller: &CALLER,
        scope,
        fingerprint,
    }
}

fn order(account: &str, last: u32) -> PurchaseOrder {
    PurchaseOrder::new(account.parse().unwrap(), number(last))
}

fn services(carriers: &[Arc<Scripted>], store: Arc<dyn Store>) -> Engine {
    let mut registry = Registry::default();
    for carrier in carriers {
        registry
            .insert(AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>))
            .unwrap();
    }
    Engine::new(registry, store, Sealer::new(b"test"), Timing::default())
}

/// The kinds of events that were published, oldest first.
async fn published(stores: &Stores) -> Vec<EventType> {
    let all = EventFilter::default();
    let tenant = Tenant::default();
    let page = stores.admin.events(&tenant, &all, 100).await;
    let events = page.unwrap().events;
    events.iter().map(|event| event.draft.kind).collect()
}

/// The audit rows of an action, newest first.
async fn audited(stores: &Stores, action: &str) -> Vec<Entry> {
    let filter = AuditFilter {
        action: Some(action.to_owned()),
        ..AuditFilter::default()
    };
    let tenant = Tenant::default();
    stores.admin.audit(&tenant, &filter, 100).await.unwrap()
}

fn one() -> (Arc<Scripted>, Arc<dyn Store>, Engine) {
    let carrier = Arc::new(Scripted::new("us-main"));
    let store: Arc<dyn Store> = Arc::new(MemoryJournal::default());
    let services = services(&[Arc::clone(&carrier)], Arc::clone(&store));
    (carrier, store, services)
}

const LONG: Duration = Duration::from_secs(3600);
