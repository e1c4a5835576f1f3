//! Allocations in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::allocations::{AllocationRecord, AllocationStore, Lot};
use crate::journal::{Lease, Scope};
use crate::memory::MemoryJournal;
use trunkline_core::error::Result;
use trunkline_core::model::{AllocationId, IdempotencyKey, PurchaseId, Tenant};

#[async_trait]
impl AllocationStore for MemoryJournal {
    async fn lease_candidate(
        &self,
        holder: &str,
        lots: &[Lot],
        ttl: Duration,
    ) -> Result<Option<Lot>> {
        let now = Instant::now();
        let leases = &mut self.state().allocations.candidates;
        leases.retain(|_, (_, until)| *until > now);
        let free = |lot: &&Lot| leases.get(lot).is_none_or(|(by, _)| by == holder);
        let leased = lots.iter().find(free).cloned();
        if let Some(lot) = &leased {
            leases.insert(lot.clone(), (holder.to_owned(), now + ttl));
        }
        Ok(leased)
    }

    async fn free_candidate(&self, holder: &str, lot: &Lot) -> Result<()> {
        let leases = &mut self.state().allocations.candidates;
        if leases.get(lot).is_some_and(|(by, _)| by == holder) {
            leases.remove(lot);
        }
        Ok(())
    }

    async fn use_up_key(&self, scope: &Scope, owner: &str) -> Result<Option<PurchaseId>> {
        let used_up = self.reserve_key(scope, AllocationRecord::USED_UP, owner);
        let entry = self.key(scope).filter(|_| used_up.is_none());
        Ok(entry.and_then(|(entry, _)| entry.purchase))
    }

    async fn begin_allocation(
        &self,
        record: &AllocationRecord,
    ) -> Result<Option<AllocationRecord>> {
        let records = &mut self.state().allocations.records;
        let key = &record.allocation.idempotency_key;
        if let Some(known) = find(records, &record.tenant, key) {
            return Ok(Some(known.clone()));
        }
        let id = record.allocation.id.clone();
        let record = AllocationRecord {
            version: 1,
            ..record.clone()
        };
        records.insert(id, record);
        Ok(None)
    }

    async fn keep_allocation(
        &self,
        record: &AllocationRecord,
        lease: &Lease,
    ) -> Result<Option<i64>> {
        let mut state = self.state();
        let id = &record.allocation.id;
        let current = state.allocations.records.get(id).map(|r| r.version);
        if !state.holds(lease) || current != Some(record.version) {
            return Ok(None);
        }
        let version = record.version + 1;
        let record = AllocationRecord {
            version,
            ..record.clone()
        };
        state.allocations.records.insert(id.clone(), record);
        Ok(Some(version))
    }

    async fn allocation(&self, id: &AllocationId) -> Result<Option<AllocationRecord>> {
        Ok(self.state().allocations.records.get(id).cloned())
    }

    async fn allocation_of(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
    ) -> Result<Option<AllocationRecord>> {
        Ok(find(&self.state().allocations.records, tenant, key).cloned())
    }

    async fn allocations(
        &self,
        tenant: &Tenant,
        before: Option<&AllocationId>,
        limit: usize,
    ) -> Result<Vec<AllocationRecord>> {
        let state = self.state();
        let newest_first = state.allocations.records.values().rev();
        Ok(newest_first
            .filter(|record| record.tenant == *tenant)
            .filter(|record| before.is_none_or(|before| record.allocation.id < *before))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn due_allocations(&self, limit: usize) -> Result<Vec<AllocationId>> {
        let state = self.state();
        let open = state.allocations.records.values();
        Ok(open
            .filter(|record| !record.allocation.is_done())
            .map(|record| &record.allocation.id)
            .filter(|id| state.is_free(&AllocationRecord::lease_name(id)))
            .take(limit)
            .cloned()
            .collect())
    }
}

fn find<'a>(
    records: &'a BTreeMap<AllocationId, AllocationRecord>,
    tenant: &Tenant,
    key: &IdempotencyKey,
) -> Option<&'a AllocationRecord> {
    records
        .values()
        .find(|record| record.tenant == *tenant && record.allocation.idempotency_key == *key)
}
