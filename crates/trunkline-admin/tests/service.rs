//! Keys, the audit trail, events and webhooks, over scripted carriers and stores in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first surprise"
)]

#[path = "service/access.rs"]
mod access;
#[path = "service/retention.rs"]
mod retention;
#[path = "service/trails.rs"]
mod trails;
#[path = "service/webhooks.rs"]
mod webhooks;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use trunkline_admin::{Services, Stores};
use trunkline_core::{AccountEntry, Caller, E164, PurchaseOrder, Registry, Tenant};
use trunkline_engine::journal::Scope;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Keyed, Timing};
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

fn over(entries: impl IntoIterator<Item = AccountEntry>) -> Services {
    services(entries, Stores::memory())
}

fn services(entries: impl IntoIterator<Item = AccountEntry>, stores: Stores) -> Services {
    let mut registry = Registry::default();
    for entry in entries {
        registry.insert(entry).unwrap();
    }
    Services::new(registry, stores, Sealer::new(b"test"), Timing::default())
}

fn one() -> (Arc<Scripted>, Stores, Services) {
    let carrier = Arc::new(Scripted::new("us-main"));
    let stores = Stores::memory();
    let services = services(
        [AccountEntry::new(Arc::clone(&carrier) as _)],
        stores.clone(),
    );
    (carrier, stores, services)
}

const LONG: Duration = Duration::from_secs(3600);
