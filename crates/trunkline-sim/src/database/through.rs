//! Every operation of the store, on its way to the journal in memory.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_core::Result;
use trunkline_core::inventory::{
    Drift, DriftClass, DriftQuery, InventoryEntry, InventoryQuery, SummaryBy, SyncProgress,
};
use trunkline_core::model::{
    AccountName, AllocationId, Ceilings, DriftId, E164, HeldRow, IdempotencyKey, KeyId, NumberId,
    PurchaseId, PurchaseState, SyncId, Tenant,
};
use trunkline_core::strength::Safeguard;
use trunkline_engine::allocations::{AllocationRecord, AllocationStore, Lot};
use trunkline_engine::domain_event::DomainEvent;
use trunkline_engine::inventory::{
    Acceptance, Inside, InventoryStore, Judged, Kept, Known, Reading, ReadingEnd, Shelf,
    ShelfState, SortedAfter, SummaryRow, Touch,
};
use trunkline_engine::journal::{
    Annotation, Begin, CallerIdRecord, CallerIdStore, Change, Commit, Journal, KeyEntry, Lease,
    Leases, Notices, PurchaseFilter, Record, Release, Releases, Releasing, Scope, TokenStore,
    Unsettled,
};
use trunkline_engine::machine::{KnownId, Winner};
use trunkline_engine::missing::{Missing, MissingNumber};
use trunkline_engine::spend::Charge;

use super::{Connection, Sync};

/// How a release is written before it is sent.
fn of_releases() -> Sync {
    match Safeguard::ReleaseSynced.is_off() {
        true => Sync::Lazy,
        false => Sync::BeforeSending,
    }
}

/// How a step of a purchase is written.
fn of_step(change: &Change<'_>) -> Sync {
    match (change.durable, change.record.purchase.state) {
        (false, _) => Sync::Lazy,
        (true, PurchaseState::Dispatched) => Sync::BeforeSending,
        (true, _) => Sync::Durable,
    }
}

/// Implements a trait of the store: each operation takes the way to the journal and back.
macro_rules! through {
    ($($trait:ident { $($sync:expr => $name:ident($($arg:ident: $kind:ty),*) -> $output:ty;)* })*) => {
        $(
            #[async_trait]
            impl $trait for Connection {
                $(
                    async fn $name(&self, $($arg: $kind),*) -> Result<$output> {
                        let (name, sync) = (stringify!($name), $sync);
                        self.database.before(name, sync).await?;
                        let done = $trait::$name(&self.database.journal, $($arg),*).await?;
                        self.after(name, sync).await?;
                        Ok(done)
                    }
                )*
            }
        )*
    };
}

through! {
    Journal {
        Sync::Durable => begin(scope: &Scope, record: &Record, owner: &str) -> Begin;
        Sync::Reads => find_key(scope: &Scope) -> Option<KeyEntry>;
        of_step(&change) => commit(change: Change<'_>) -> Commit;
        Sync::Reads => known_ids(identity: &str, number: &E164, purchase: &PurchaseId) -> Vec<KnownId>;
        Sync::Reads => winners(identity: &str) -> Vec<Winner>;
        Sync::Lazy => keep_ids(identity: &str, number: &E164, rows: &[HeldRow]) -> ();
        Sync::Durable => write_back(record: &Record) -> Option<i64>;
        Sync::Reads => spent(purse: &str) -> i64;
        Sync::Reads => ceilings_of(key: &KeyId) -> Ceilings;
        Sync::Reads => load(id: &PurchaseId) -> Option<Record>;
        Sync::Reads => purchases(tenant: &Tenant, filter: &PurchaseFilter, limit: usize) -> Vec<Record>;
        Sync::Reads => presumed(identity: &str, number: &E164) -> Vec<Record>;
        Sync::Reads => due(limit: usize) -> Vec<PurchaseId>;
        Sync::Reads => unsettled() -> Vec<Unsettled>;
        Sync::Reads => check() -> ();
    }
    Leases {
        Sync::Lazy => acquire(name: &str, owner: &str) -> Option<Lease>;
        Sync::Lazy => renew(lease: &Lease) -> Option<Lease>;
        Sync::Lazy => unlock(lease: &Lease) -> ();
    }
    Notices {
        Sync::Lazy => tell(events: &[DomainEvent<'_>]) -> ();
        Sync::Lazy => tell_once(name: &str, within: Duration, events: &[DomainEvent<'_>]) -> bool;
        Sync::Lazy => forget_told(name: &str) -> ();
    }
    Releases {
        of_releases() => begin_release(release: &Release, after: Duration, event: DomainEvent<'_>) -> Releasing;
        of_releases() => send_release(release: &Release) -> Releasing;
        Sync::Lazy => hold_release(release: &Release) -> bool;
        Sync::Durable => undo_release(release: &Release, event: DomainEvent<'_>) -> bool;
        Sync::Lazy => end_release(release: &Release, event: DomainEvent<'_>) -> ();
        Sync::Reads => open_releases(limit: usize) -> Vec<Release>;
        Sync::Reads => find_release(tenant: &Tenant, id: &NumberId) -> Option<Release>;
        Sync::Reads => released(after: i64, limit: usize) -> Vec<(i64, NumberId)>;
        Sync::Lazy => respell_releases(from: &NumberId, own: &NumberId) -> ();
        Sync::Reads => annotations(ids: &[NumberId]) -> Vec<(NumberId, Annotation)>;
        Sync::Durable => annotate(id: &NumberId, annotation: &Annotation) -> ();
        Sync::Durable => annotate_at(identity: &str, id: &NumberId, annotation: &Annotation) -> NumberId;
        Sync::Reads => annotated(after: Option<&NumberId>, limit: usize) -> Vec<NumberId>;
    }
    Missing {
        Sync::Reads => winner(identity: &str, provider_id: &str) -> Option<PurchaseId>;
        Sync::Reads => releaser(identity: &str, provider_id: &str) -> Option<PurchaseId>;
        Sync::Reads => spenders(purse: &str, limit: usize) -> Vec<PurchaseId>;
        Sync::Reads => missing(identity: &str, provider_id: &str) -> Option<MissingNumber>;
        Sync::Lazy => suspect(number: &MissingNumber, after: Duration) -> ();
        Sync::Reads => suspects(limit: usize) -> Vec<MissingNumber>;
        Sync::Lazy => put_off_suspect(number: &MissingNumber, after: Duration) -> ();
        Sync::Lazy => clear_suspect(number: &MissingNumber) -> ();
        Sync::Lazy => end_missing(number: &MissingNumber) -> bool;
        Sync::Lazy => return_missing(number: &MissingNumber, charges: &[Charge]) -> bool;
    }
    CallerIdStore {
        Sync::Durable => keep_caller_id(record: &CallerIdRecord, event: Option<DomainEvent<'_>>) -> ();
        Sync::Lazy => end_caller_id(record: &CallerIdRecord, event: DomainEvent<'_>) -> ();
        Sync::Reads => caller_id(id: &str) -> Option<CallerIdRecord>;
        Sync::Reads => open_caller_ids(tenant: &Tenant) -> Vec<CallerIdRecord>;
        Sync::Reads => caller_ids(ids: &[String]) -> Vec<CallerIdRecord>;
        Sync::Lazy => keep_verified(account: &AccountName, verified: &[CallerIdRecord]) -> ();
        Sync::Lazy => forget_caller_id(id: &str) -> ();
    }
    AllocationStore {
        Sync::Lazy => lease_candidate(holder: &str, lots: &[Lot], ttl: Duration) -> Option<Lot>;
        Sync::Lazy => free_candidate(holder: &str, lot: &Lot) -> ();
        Sync::Lazy => use_up_key(scope: &Scope, owner: &str) -> Option<PurchaseId>;
        Sync::Durable => begin_allocation(record: &AllocationRecord) -> Option<AllocationRecord>;
        Sync::Lazy => keep_allocation(record: &AllocationRecord, lease: &Lease) -> Option<i64>;
        Sync::Reads => allocation(id: &AllocationId) -> Option<AllocationRecord>;
        Sync::Reads => allocation_of(tenant: &Tenant, key: &IdempotencyKey) -> Option<AllocationRecord>;
        Sync::Reads => allocations(tenant: &Tenant, before: Option<&AllocationId>, limit: usize) -> Vec<AllocationRecord>;
        Sync::Reads => due_allocations(limit: usize) -> Vec<AllocationId>;
    }
    TokenStore {
        Sync::Durable => keep_sealed(name: &str, sealed: &str) -> ();
        Sync::Reads => sealed(name: &str) -> Option<String>;
    }
    InventoryStore {
        Sync::Lazy => shelve(shelves: &[Shelf], forget_after: Duration) -> ();
        Sync::Reads => shelves(identities: &[String]) -> Vec<ShelfState>;
        Sync::Lazy => begin_reading(shelf: &Shelf, id: &SyncId, settle: Duration) -> Reading;
        Sync::Reads => known(identity: &str, provider_ids: &[String]) -> Vec<Known>;
        Sync::Reads => known_entries(identity: &str, provider_ids: &[String]) -> Vec<(InventoryEntry, i64)>;
        Sync::Reads => remembered(identity: &str, after: Option<&str>, limit: usize) -> Vec<Known>;
        Sync::Reads => touched(reading: &Reading, keys: &[String]) -> Vec<Touch>;
        Sync::Lazy => keep(reading: &Reading, rows: &[Judged]) -> Kept;
        Sync::Lazy => end_reading(reading: &Reading, end: &ReadingEnd, each_max: usize) -> bool;
        Sync::Reads => inventory(inside: &Inside, query: &InventoryQuery, after: Option<&SortedAfter>) -> Vec<(InventoryEntry, SortedAfter)>;
        Sync::Reads => count_inventory(inside: &Inside, query: &InventoryQuery) -> u64;
        Sync::Reads => summarize(inside: &Inside, query: &InventoryQuery, by: &[SummaryBy]) -> Vec<SummaryRow>;
        Sync::Reads => drifts(inside: &Inside, query: &DriftQuery) -> Vec<Drift>;
        Sync::Reads => drift(inside: &Inside, id: &DriftId) -> Option<Drift>;
        Sync::Lazy => accept(inside: &Inside, ids: &[DriftId], acceptance: &Acceptance) -> Vec<DriftId>;
        Sync::Reads => open_drifts() -> Vec<(String, DriftClass, u64)>;
        Sync::Lazy => keep_sync(sync: &SyncProgress) -> ();
        Sync::Reads => sync(id: &SyncId) -> Option<SyncProgress>;
    }
}
