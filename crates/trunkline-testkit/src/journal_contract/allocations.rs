//! Allocations, and leases on candidates.

use std::collections::HashSet;
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

fn lots(count: u32) -> Vec<Lot> {
    let provider = ProviderName::new("acme");
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
        requester: trunkline_core::Requester::default(),
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

async fn begin(subject: &Subject, record: &AllocationRecord) -> Option<AllocationRecord> {
    subject.store.begin_allocation(record).await.unwrap()
}

async fn keep(subject: &Subject, record: &AllocationRecord, lease: &Lease) -> Option<i64> {
    let kept = subject.store.keep_allocation(record, lease).await;
    kept.unwrap()
}

async fn due(subject: &Subject) -> Vec<AllocationId> {
    subject.store.due_allocations(9).await.unwrap()
}

async fn begun(subject: &Subject) -> (AllocationRecord, Lease) {
    let mut record = allocation("default", "k");
    assert_eq!(begin(subject, &record).await, None);
    record.version = 1;
    let name = AllocationRecord::lease_name(&record.allocation.id);
    let lease = subject.acquire(&name, "a").await.unwrap();
    (record, lease)
}

async fn lease(subject: &Subject, holder: &str, lots: &[Lot]) -> Option<Lot> {
    let leased = subject.store.lease_candidate(holder, lots, LONG).await;
    leased.unwrap()
}

async fn free(subject: &Subject, holder: &str, lot: &Lot) {
    subject.store.free_candidate(holder, lot).await.unwrap();
}

/// Others get the next one, until there are no more.
pub async fn the_first_candidate_that_is_free_is_leased(subject: &Subject) {
    let lots = lots(2);
    for (holder, leased) in [("a", Some(0)), ("b", Some(1)), ("c", None)] {
        let got = lease(subject, holder, &lots).await;
        assert_eq!(got.as_ref(), leased.map(|at: usize| &lots[at]), "{holder}");
    }
    assert_eq!(lease(subject, "d", &[]).await, None);
    let elsewhere = Lot {
        provider: ProviderName::new("zenith"),
        ..lots[0].clone()
    };
    let got = lease(subject, "c", std::slice::from_ref(&elsewhere)).await;
    assert_eq!(got, Some(elsewhere));
}

/// So that a purchase may try the same number at another account.
pub async fn a_candidate_is_leased_again_by_its_holder(subject: &Subject) {
    let lots = lots(2);
    for _ in 0..2 {
        assert_eq!(lease(subject, "a", &lots).await.as_ref(), lots.first());
    }
}

/// By nobody else.
pub async fn a_candidate_is_given_back_by_its_holder_alone(subject: &Subject) {
    let lots = lots(1);
    lease(subject, "a", &lots).await;
    free(subject, "b", &lots[0]).await;
    assert_eq!(lease(subject, "b", &lots).await, None);
    free(subject, "a", &lots[0]).await;
    assert_eq!(lease(subject, "b", &lots).await.as_ref(), lots.first());
}

/// And is another's from then on.
pub async fn a_lease_on_a_candidate_lapses(subject: &Subject) {
    let lots = lots(1);
    let short = Duration::from_millis(40);
    let leased = subject.store.lease_candidate("a", &lots, short).await;
    leased.unwrap();
    let again = async || lease(subject, "b", &lots).await;
    eventually("the lease lapses", again).await;
    free(subject, "a", &lots[0]).await;
    assert_eq!(lease(subject, "c", &lots).await, None);
}

/// The first to come.
pub async fn candidates_wanted_by_many_at_once_are_leased_to_one_each(subject: &Subject) {
    let leased = at_once(subject, 64, |subject, index| async move {
        lease(&subject, &format!("holder-{index}"), &lots(50)).await
    });
    let leased: Vec<_> = leased.await.into_iter().flatten().collect();
    let distinct: HashSet<_> = leased.iter().collect();
    assert_eq!((leased.len(), distinct.len()), (50, 50));
}

/// As it was.
pub async fn an_allocation_survives_as_it_was(subject: &Subject) {
    let (mut record, lease) = begun(subject).await;
    record.allocation.items = vec![AllocationItem::new(1)];
    record.version = keep(subject, &record, &lease).await.unwrap();
    let store = &subject.store;
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
    let ids = at_once(subject, 32, |subject, _| async move {
        let record = allocation("default", "k");
        let known = begin(&subject, &record).await;
        known.unwrap_or(record).allocation.id
    });
    let ids: HashSet<_> = ids.await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(begin(subject, &allocation("other", "k")).await, None);
}

/// Neither is enough alone.
pub async fn an_allocation_is_changed_under_its_lease_and_from_its_latest_version(
    subject: &Subject,
) {
    let (mut record, lease) = begun(subject).await;
    assert_eq!(keep(subject, &record, &lease).await, Some(2));
    assert_eq!(keep(subject, &record, &lease).await, None);
    record.version = 2;
    subject.unlock(&lease).await;
    assert_eq!(keep(subject, &record, &lease).await, None);
    let next = subject.acquire(&lease.name, "b").await.unwrap();
    let another = Lease {
        owner: "a".to_owned(),
        ..next.clone()
    };
    for refused in [&lease, &another] {
        assert_eq!(keep(subject, &record, refused).await, None);
    }
    assert_eq!(keep(subject, &record, &next).await, Some(3));
}

/// Not while somebody works on it, and not once it is done.
pub async fn an_open_allocation_nobody_works_on_is_due(subject: &Subject) {
    let (mut record, lease) = begun(subject).await;
    assert_eq!(due(subject).await, []);
    subject.unlock(&lease).await;
    assert_eq!(due(subject).await, [record.allocation.id.clone()]);
    let lease = subject.acquire(&lease.name, "b").await.unwrap();
    record.allocation.state = AllocationState::Failed;
    assert!(keep(subject, &record, &lease).await.is_some());
    subject.unlock(&lease).await;
    assert_eq!(due(subject).await, []);
}

/// Of one tenant, from a given one on.
pub async fn allocations_are_listed_newest_first(subject: &Subject) {
    let mut ids = Vec::new();
    for index in 0..4 {
        let mut record = allocation("default", &format!("k{index}"));
        let then = Timestamp::from_millisecond(1_700_000_000_000 + index).unwrap();
        record.allocation.id = AllocationId::generate(then);
        ids.insert(0, record.allocation.id.clone());
        begin(subject, &record).await;
    }
    begin(subject, &allocation("other", "k")).await;
    let tenant = Tenant::default();
    let list = async |before: Option<&AllocationId>, limit| {
        let listed = subject.store.allocations(&tenant, before, limit).await;
        let listed = listed.unwrap().into_iter();
        let ids = listed.map(|record| record.allocation.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(list(None, 9).await, ids);
    assert_eq!(list(None, 2).await, ids[..2]);
    assert_eq!(list(Some(&ids[1]), 9).await, ids[2..]);
}
