//! Numbers of every kind, written as a reading writes them.

use jiff::{SignedDuration, Timestamp};
use trunkline_core::host;
use trunkline_core::inventory::{Holding, HoldingState, InventoryEntry, Origin};
use trunkline_core::model::{
    Location, Money, Number, Owner, PriceSource, ProviderName, Routing, SyncId, Tenant,
};
use trunkline_engine::inventory::{Inside, Judged, Reading, ReadingEnd, Shelf};
use trunkline_store::Database;

/// Accounts that hold the numbers in turn.
const ACCOUNTS: u32 = 5;

/// How many numbers have one word in common.
pub(crate) const DESK_SIZE: u32 = 1_000;

/// Rows written at once.
const BATCH: u32 = 500;

fn shelf(account: u32) -> Shelf {
    Shelf {
        identity: format!("AC{account:032}"),
        tenant: Tenant::default(),
        account: format!("account-{account}").parse().unwrap(),
        provider: ProviderName::new("twilio"),
    }
}

/// All of them.
pub(crate) fn inside() -> Inside {
    Inside {
        tenant: Tenant::default(),
        identities: (0..ACCOUNTS).map(|at| shelf(at).identity).collect(),
    }
}

/// A number by its place: a million of each of some American area codes.
pub(crate) fn number(at: u32) -> String {
    const AREAS: [u32; 5] = [212, 312, 415, 510, 646];
    let area = AREAS[(at / 7_000_000) as usize % AREAS.len()];
    format!("+1{area}{}", 2_000_000 + at % 7_000_000)
}

/// A number as the carrier shows it, with the label it has in this reading.
pub(crate) fn held(shelf: &Shelf, at: u32, label: &str) -> Number {
    const TOWNS: [&str; 4] = ["San Francisco", "Oakland", "Chicago", "New York"];
    let (account, provider) = (shelf.account.clone(), shelf.provider.clone());
    let e164 = number(at).parse().unwrap();
    let mut held = Number::new(account, provider, format!("PN{at:032x}"), e164).unwrap();
    held.label = (at % 10 != 9).then(|| label.to_owned());
    held.features.voice = true;
    held.features.sms = !at.is_multiple_of(3);
    held.location = Location {
        locality: Some(TOWNS[at as usize % TOWNS.len()].to_owned()),
        region: Some("CA".to_owned()),
        ..Location::default()
    };
    held.owner = at.is_multiple_of(20).then(|| Owner {
        id: Some(format!("user{}", at % 10_000)),
        kind: "user".to_owned(),
        name: Some("Ada Lovelace".to_owned()),
    });
    held.voice = Routing::Trunk {
        id: "TK00000000000000000000000000000001".to_owned(),
    };
    let days = i64::from(at.wrapping_mul(48_271) % 3_000);
    held.purchased_at = day(days).into();
    held
}

fn day(days: i64) -> Timestamp {
    let first: Timestamp = "2018-01-01T00:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * days)
}

fn entry(shelf: &Shelf, at: u32, now: Timestamp) -> InventoryEntry {
    let desk = at / DESK_SIZE;
    let mut held = held(shelf, at, &format!("Support {} desk{desk:05}", at % 977));
    if at.is_multiple_of(10) {
        held.tags = vec![format!("team{}", at % 50)];
    }
    let cents = 85 + at.wrapping_mul(69_621) % 400;
    let price = Money::parse(&format!("{}.{:02}", cents / 100, cents % 100), "USD").unwrap();
    InventoryEntry {
        tenant: shelf.tenant.clone(),
        identity: shelf.identity.clone(),
        number: held,
        inventory: Holding {
            state: HoldingState::Held,
            origin: Origin::Found,
            first_seen_at: now,
            last_seen_at: now,
            changed_at: day(3_000) + SignedDuration::from_secs(i64::from(at)),
            monthly_price: (!at.is_multiple_of(50)).then_some(price),
            price_source: if at.is_multiple_of(50) {
                PriceSource::Unknown
            } else {
                PriceSource::Carrier
            },
        },
    }
}

/// Writes so many numbers.
pub(crate) async fn fill(store: &dyn Database, rows: u32) {
    let shelves: Vec<Shelf> = (0..ACCOUNTS).map(shelf).collect();
    let forget_after = std::time::Duration::from_secs(3_600);
    store.shelve(&shelves, forget_after).await.unwrap();
    let mut readings: Vec<Reading> = Vec::new();
    for shelf in &shelves {
        let id = SyncId::generate(host::now());
        let settle = std::time::Duration::ZERO;
        readings.push(store.begin_reading(shelf, &id, settle).await.unwrap());
    }
    let now = host::now();
    for batch in 0..rows.div_ceil(BATCH) {
        let reading = &readings[(batch % ACCOUNTS) as usize];
        let places = batch * BATCH..rows.min((batch + 1) * BATCH);
        let judged = places.map(|at| Judged {
            entry: entry(&reading.shelf, at, now),
            version: None,
            read: true,
            drifts: Vec::new(),
            resolves: Vec::new(),
            absorbs: false,
        });
        let judged: Vec<Judged> = judged.collect();
        store.keep(reading, &judged).await.unwrap();
    }
    for reading in &readings {
        store
            .end_reading(reading, &ReadingEnd::Complete, 1)
            .await
            .unwrap();
    }
}
