//! What the behaviours of the inventory are tried with.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use trunkline_core::host;
use trunkline_core::inventory::{
    DriftClass, Holding, HoldingState, InventoryEntry, InventoryQuery, Origin,
};
use trunkline_core::model::{
    Location, Money, Number, NumberState, NumberType, Owner, PriceSource, ProviderName, Routing,
    SyncId, Tenant,
};
use trunkline_engine::inventory::{Inside, Judged, Kept, Reading, ReadingEnd, Shelf};

use super::super::Subject;
use super::super::draft::number;

/// How long before a reading what was touched is not judged by it.
pub(super) const SETTLE: Duration = Duration::from_secs(30);

pub(super) fn shelf(identity: &str, account: &str) -> Shelf {
    Shelf {
        identity: identity.to_owned(),
        tenant: Tenant::default(),
        account: account.parse().unwrap(),
        provider: ProviderName::new("scripted"),
    }
}

pub(super) fn inside(identities: &[&str]) -> Inside {
    Inside {
        tenant: Tenant::default(),
        identities: identities
            .iter()
            .map(|&identity| identity.to_owned())
            .collect(),
    }
}

/// So many days after the first.
pub(super) fn day(days: u32) -> Timestamp {
    let first: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * i64::from(days))
}

/// A number of an account, all of whose fields follow from its index.
pub(super) fn entry(shelf: &Shelf, index: u32) -> InventoryEntry {
    let id = format!("PN{index:04}");
    let e164 = number(index);
    let mut held = Number::new(shelf.account.clone(), shelf.provider.clone(), id, e164).unwrap();
    held.label = [
        None,
        Some("Sales"),
        Some("sales Berlin"),
        Some("50% off_er"),
    ][index as usize % 4]
        .map(str::to_owned);
    held.extension = (index.is_multiple_of(5)).then(|| format!("9{index}"));
    held.state = [NumberState::Active, NumberState::Inactive][index as usize % 2].clone();
    held.number_type =
        [NumberType::Local, NumberType::Mobile, NumberType::TollFree][index as usize % 3].clone();
    held.features.sms = index.is_multiple_of(2);
    held.features.fax = index.is_multiple_of(3);
    held.main = index.is_multiple_of(7);
    held.owner = (index % 4 == 1).then(|| Owner {
        id: Some(format!("user{}", index % 8)),
        kind: "user".to_owned(),
        name: Some("Ada Lovelace".to_owned()),
    });
    held.location = Location {
        id: (index % 3 == 2).then(|| "loc1".to_owned()),
        locality: Some(["Oakland", "Paris"][index as usize % 2].to_owned()),
        ..Location::default()
    };
    held.voice = match index % 3 {
        0 => Routing::None,
        _ => Routing::Trunk {
            id: "TK1".to_owned(),
        },
    };
    held.purchased_at = (!index.is_multiple_of(6)).then(|| day(index * 11));
    let price = [None, Some(("1.15", "USD")), Some(("2.5", "EUR"))][index as usize % 3];
    let price = price.map(|(amount, currency)| Money::parse(amount, currency).unwrap());
    InventoryEntry {
        tenant: shelf.tenant.clone(),
        identity: shelf.identity.clone(),
        number: held,
        inventory: Holding {
            state: HoldingState::ALL[usize::from(index % 9 == 8) + usize::from(index % 18 == 17)],
            origin: Origin::Found,
            first_seen_at: day(1),
            last_seen_at: day(2),
            changed_at: day(3 + index % 5),
            monthly_price: price,
            price_source: match (price, index % 2) {
                (None, _) => PriceSource::Unknown,
                (Some(_), 0) => PriceSource::Carrier,
                (Some(_), _) => PriceSource::Config,
            },
        },
    }
}

/// A row as a reading leaves it; new if the version is `None`.
pub(super) fn judged(entry: InventoryEntry, version: Option<i64>) -> Judged {
    Judged {
        entry,
        version,
        read: true,
        drifts: Vec::new(),
        resolves: Vec::new(),
        absorbs: false,
    }
}

pub(super) fn everything() -> InventoryQuery {
    InventoryQuery {
        limit: InventoryQuery::LIMIT_MAX,
        ..InventoryQuery::default()
    }
}

pub(super) async fn begin(subject: &Subject, shelf: &Shelf) -> Reading {
    let id = SyncId::generate(host::now());
    subject
        .store
        .begin_reading(shelf, &id, SETTLE)
        .await
        .unwrap()
}

/// Keeps these rows, all of which must be written.
pub(super) async fn keep(subject: &Subject, reading: &Reading, rows: &[Judged]) {
    let kept = subject.store.keep(reading, rows).await.unwrap();
    let ids = rows.iter().map(|row| row.entry.number.provider_id.clone());
    let mut ids: Vec<String> = ids.collect();
    let Kept::Written(mut written) = kept else {
        panic!("superseded");
    };
    ids.sort();
    written.sort();
    assert_eq!(written, ids);
}

pub(super) async fn end(subject: &Subject, reading: &Reading) {
    let ended = subject
        .store
        .end_reading(reading, &ReadingEnd::Complete, 100);
    assert!(ended.await.unwrap());
}

/// Everything that is remembered, whatever its state.
pub(super) async fn all(subject: &Subject, identities: &[&str]) -> Vec<InventoryEntry> {
    let mut found = Vec::new();
    for holding in HoldingState::ALL {
        let query = InventoryQuery {
            holding: Some(holding),
            ..everything()
        };
        let seen = inside(identities);
        let rows = subject.store.inventory(&seen, &query, None).await.unwrap();
        found.extend(rows.into_iter().map(|(entry, _)| entry));
    }
    found.sort_by(|one, other| one.number.id.cmp(&other.number.id));
    found
}

/// A drift of a number, found now.
pub(super) fn drift(
    entry: &InventoryEntry,
    class: DriftClass,
    field: Option<&str>,
) -> trunkline_core::inventory::Drift {
    let now = host::now();
    trunkline_core::inventory::Drift {
        id: trunkline_core::DriftId::generate(now),
        tenant: entry.tenant.clone(),
        identity: entry.identity.clone(),
        class,
        account: entry.number.account.clone(),
        number_id: entry.number.id.clone(),
        number: entry.number.number.clone(),
        field: field.map(str::to_owned),
        was: None,
        is: None,
        author: trunkline_core::inventory::DriftAuthor::Outside,
        since: Timestamp::from_millisecond(now.as_millisecond()).unwrap(),
        gone_at: None,
        state: trunkline_core::inventory::DriftState::Open,
        accepted_by: None,
        ended_at: None,
    }
}
