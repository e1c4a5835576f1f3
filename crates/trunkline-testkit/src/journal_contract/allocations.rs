//! Allocations, and leases on candidates.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::{
    Allocation, AllocationId, AllocationItem, AllocationMode, AllocationState, CountryCode,
    IdempotencyKey, ProviderData, ProviderName, SearchQuery, Strategy, Tenant, Wishes,
};
use trunkline_engine::allocations::{AllocationRecord, Lot};
use trunkline_engine::journal::Lease;
use trunkline_engine::{Preference, SearchRequest, SearchSort};

use super::draft::number;
use super::{LONG, Subject, at_once, eventually};

/// The first numbers of a provider's stock.
fn lots(count: u32) -> Vec<Lot> {
    let provider = ProviderName::new("twilio");
    let lot = |last| Lot {
        provider: provider.clone(),
        number: number(last),
    };
    (0..count).map(lot).collect()
}

/// An allocation of which nothing has been done.
#[must_use]
pub fn allocation(tenant: &str, key: &str) -> AllocationRecord {
    let now = Timestamp::now();
    let allocation = Allocation {
        id: AllocationId::generate(now),
        state: AllocationState::Running,
        count: 3,
        mode: AllocationMode::AtLeast,
        minimum: Some(2),
        strategy: Strategy::Priority,
        max_monthly_price: None,
        release_on_failure: true,
        criteria: ProviderData::default(),
        idempotency_key: IdempotencyKey::new(key).unwrap(),
        items: Vec::new(),
        searches: 0,
        error: None,
        created_at: now,
        finished_at: None,
    };
    AllocationRecord {
        allocation,
        tenant: Tenant::new(tenant).unwrap(),
        key: None,
        accounts: None,
        fingerprint: "f".to_owned(),
        search: SearchRequest {
            query: SearchQuery::new(CountryCode::US),
            accounts: vec!["us-main".to_owned()],
            sort: SearchSort::default(),
            timeout: Duration::from_secs(5),
        },
        preference: Preference::default(),
        wishes: Wishes {
            label: Some("Support".to_owned()),
            ..Wishes::default()
        },
        refusing: [("emea".parse().unwrap(), "no credit".to_owned())].into(),
        last_item: 7,
        version: 0,
    }
}

async fn begun(subject: &Subject, record: AllocationRecord) -> (AllocationRecord, Lease) {
    let store = &subject.store;
    assert_eq!(store.begin_allocation(&record).await.unwrap(), None);
    let name = AllocationRecord::lease_name(&record.allocation.id);
    let lease = store.acquire(&name, "a").await.unwrap().unwrap();
    (
        AllocationRecord {
            version: 1,
            ..record
        },
        lease,
    )
}

/// Others get the next one, or none.
pub async fn the_first_candidate_that_is_free_is_leased(subject: &Subject) {
    let (store, lots) = (&subject.store, lots(2));
    for (holder, leased) in [("a", Some(0)), ("b", Some(1)), ("c", None)] {
        let got = store.lease_candidate(holder, &lots, LONG).await.unwrap();
        assert_eq!(got.as_ref(), leased.map(|at: usize| &lots[at]), "{holder}");
    }
    assert_eq!(store.lease_candidate("d", &[], LONG).await.unwrap(), None);
    let elsewhere = Lot {
        provider: ProviderName::new("signalwire"),
        ..lots[0].clone()
    };
    let got = store.lease_candidate("c", std::slice::from_ref(&elsewhere), LONG);
    assert_eq!(got.await.unwrap(), Some(elsewhere));
}

/// So that a purchase may try the same number at another account.
pub async fn a_candidate_is_leased_again_by_its_holder(subject: &Subject) {
    let (store, lots) = (&subject.store, lots(2));
    for _ in 0..2 {
        let got = store.lease_candidate("a", &lots, LONG).await.unwrap();
        assert_eq!(got.as_ref(), lots.first());
    }
}

/// By nobody else.
pub async fn a_candidate_is_given_back_by_its_holder_alone(subject: &Subject) {
    let (store, lots) = (&subject.store, lots(1));
    store.lease_candidate("a", &lots, LONG).await.unwrap();
    store.free_candidate("b", &lots[0]).await.unwrap();
    assert_eq!(store.lease_candidate("b", &lots, LONG).await.unwrap(), None);
    store.free_candidate("a", &lots[0]).await.unwrap();
    let got = store.lease_candidate("b", &lots, LONG).await.unwrap();
    assert_eq!(got.as_ref(), lots.first());
}

/// And is another's from then on.
pub async fn a_lease_on_a_candidate_lapses(subject: &Subject) {
    let (store, lots) = (&subject.store, lots(1));
    let short = Duration::from_millis(40);
    store.lease_candidate("a", &lots, short).await.unwrap();
    eventually("the lease lapses", async || {
        store.lease_candidate("b", &lots, LONG).await.unwrap()
    })
    .await;
    store.free_candidate("a", &lots[0]).await.unwrap();
    assert_eq!(store.lease_candidate("c", &lots, LONG).await.unwrap(), None);
}

/// Whoever comes first.
pub async fn candidates_wanted_by_many_at_once_are_leased_to_one_each(subject: &Subject) {
    let leased = at_once(64, |index| {
        let store = Arc::clone(&subject.store);
        async move {
            let holder = format!("holder-{index}");
            store
                .lease_candidate(&holder, &lots(50), LONG)
                .await
                .unwrap()
        }
    });
    let leased = leased.await;
    let distinct: HashSet<_> = leased.iter().flatten().collect();
    assert_eq!((leased.iter().flatten().count(), distinct.len()), (50, 50));
}

/// As it was.
pub async fn an_allocation_survives_as_it_was(subject: &Subject) {
    let (mut record, lease) = begun(subject, allocation("default", "k")).await;
    let store = &subject.store;
    record.allocation.items = vec![AllocationItem::new(1)];
    let version = store.keep_allocation(&record, &lease).await.unwrap();
    record.version = version.unwrap();
    let id = &record.allocation.id;
    let (tenant, key) = (&record.tenant, &record.allocation.idempotency_key);
    let found = store.allocation(id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&record));
    let found = store.allocation_of(tenant, key).await.unwrap();
    assert_eq!(found.as_ref(), Some(&record));
    let other = Tenant::new("other").unwrap();
    assert_eq!(store.allocation_of(&other, key).await.unwrap(), None);
}

/// Of one tenant; the same key of another starts another.
pub async fn one_key_used_many_times_at_once_starts_one_allocation(subject: &Subject) {
    let outcomes = at_once(32, |_| {
        let store = Arc::clone(&subject.store);
        async move {
            let record = allocation("default", "k");
            let known = store.begin_allocation(&record).await.unwrap();
            known.unwrap_or(record).allocation.id
        }
    });
    let ids: HashSet<_> = outcomes.await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    let other = allocation("other", "k");
    assert_eq!(subject.store.begin_allocation(&other).await.unwrap(), None);
}

/// Neither is enough alone.
pub async fn an_allocation_is_changed_under_its_lease_and_from_its_latest_version(
    subject: &Subject,
) {
    let (record, lease) = begun(subject, allocation("default", "k")).await;
    let store = &subject.store;
    assert_eq!(
        store.keep_allocation(&record, &lease).await.unwrap(),
        Some(2)
    );
    assert_eq!(store.keep_allocation(&record, &lease).await.unwrap(), None);
    let record = AllocationRecord {
        version: 2,
        ..record
    };
    store.unlock(&lease).await.unwrap();
    assert_eq!(store.keep_allocation(&record, &lease).await.unwrap(), None);
    let next = store.acquire(&lease.name, "b").await.unwrap().unwrap();
    let another = Lease {
        owner: "a".to_owned(),
        ..next.clone()
    };
    for refused in [&lease, &another] {
        assert_eq!(store.keep_allocation(&record, refused).await.unwrap(), None);
    }
    assert_eq!(
        store.keep_allocation(&record, &next).await.unwrap(),
        Some(3)
    );
}

/// Not while somebody works on it, and not once it is done.
pub async fn an_open_allocation_nobody_works_on_is_due(subject: &Subject) {
    let store = &subject.store;
    let (mut record, lease) = begun(subject, allocation("default", "k")).await;
    assert_eq!(store.due_allocations(9).await.unwrap(), []);
    store.unlock(&lease).await.unwrap();
    let id = record.allocation.id.clone();
    assert_eq!(store.due_allocations(9).await.unwrap(), [id]);
    let lease = store.acquire(&lease.name, "b").await.unwrap().unwrap();
    record.allocation.state = AllocationState::Failed;
    assert!(
        store
            .keep_allocation(&record, &lease)
            .await
            .unwrap()
            .is_some()
    );
    store.unlock(&lease).await.unwrap();
    assert_eq!(store.due_allocations(9).await.unwrap(), []);
}

/// Of one tenant, from a given one on.
pub async fn allocations_are_listed_newest_first(subject: &Subject) {
    let store = &subject.store;
    let mut ids = Vec::new();
    for index in 0..4 {
        let mut record = allocation("default", &format!("k{index}"));
        let then = Timestamp::from_millisecond(1_700_000_000_000 + index).unwrap();
        record.allocation.id = AllocationId::generate(then);
        ids.insert(0, record.allocation.id.clone());
        store.begin_allocation(&record).await.unwrap();
    }
    let other = allocation("other", "k");
    store.begin_allocation(&other).await.unwrap();
    let tenant = Tenant::default();
    let list = async |before: Option<&AllocationId>, limit| {
        let listed = store.allocations(&tenant, before, limit);
        let listed = listed.await.unwrap().into_iter();
        listed
            .map(|record| record.allocation.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None, 9).await, ids);
    assert_eq!(list(None, 2).await, ids[..2]);
    assert_eq!(list(Some(&ids[1]), 9).await, ids[2..]);
}
