//! `AllocationStore`: allocations, and leases on candidates.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::{Answers, Reserve};
use trunkline_core::{AllocationId, IdempotencyKey, PurchaseId, Result, Tenant};
use trunkline_engine::Journal;
use trunkline_engine::allocations::{AllocationRecord, AllocationStore, Lot};
use trunkline_engine::journal::{Lease, Scope};

use crate::lease::{self, millis};
use crate::query::{Query, Transaction};
use crate::rows::{allocation, allocation_id, json, limit, lot};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::{Done, One, Write};

struct LeaseCandidate {
    lots: Vec<Lot>,
    query: Query,
}

#[async_trait]
impl Write for LeaseCandidate {
    type Output = Option<Lot>;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Option<Lot>>> {
        sql::TAKE_TURNS_AT_CANDIDATES.query().count(on).await?;
        let row = self.query.clone().row(on).await?;
        Ok(Done::Kept(lot(row.as_ref(), &self.lots)?))
    }
}

/// The allocation is on disk before its first purchase is begun.
struct Begin {
    put: Query,
    find: Query,
}

#[async_trait]
impl Write for Begin {
    type Output = Option<AllocationRecord>;

    fn durable(&self) -> bool {
        true
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Self::Output>> {
        if self.put.clone().changed(on).await? {
            return Ok(Done::Kept(None));
        }
        match self.find.clone().row(on).await? {
            Some(row) => Ok(Done::Undone(Some(allocation(&row)?))),
            None => Ok(Done::Again),
        }
    }
}

fn find_of(tenant: &Tenant, key: &IdempotencyKey) -> Query {
    let query = sql::FIND_ALLOCATION_OF.query();
    query.bind(tenant.as_str()).bind(key.as_str())
}

#[async_trait]
impl<B: Backend> AllocationStore for Sql<B> {
    async fn lease_candidate(
        &self,
        holder: &str,
        lots: &[Lot],
        ttl: Duration,
    ) -> Result<Option<Lot>> {
        let pairs: Vec<_> = lots
            .iter()
            .map(|lot| (lot.provider.as_str(), lot.number.as_str()))
            .collect();
        let query = sql::LEASE_CANDIDATE.query().bind(json(&pairs)?);
        let query = query.bind(holder).bind(millis(ttl));
        let lots = lots.to_vec();
        self.backend.write(LeaseCandidate { lots, query }).await
    }

    async fn free_candidate(&self, holder: &str, lot: &Lot) -> Result<()> {
        let query = sql::FREE_CANDIDATE.query().bind(lot.provider.as_str());
        let query = query.bind(lot.number.as_str()).bind(holder);
        self.backend.write(One::new(query)).await.map(drop)
    }

    async fn use_up_key(&self, scope: &Scope, owner: &str) -> Result<Option<PurchaseId>> {
        let used_up = self.reserve_key(scope, AllocationRecord::USED_UP, owner);
        match used_up.await? {
            Reserve::Fresh(_) => Ok(None),
            _ => Ok(self.find_key(scope).await?.and_then(|key| key.purchase)),
        }
    }

    async fn begin_allocation(
        &self,
        record: &AllocationRecord,
    ) -> Result<Option<AllocationRecord>> {
        let key = &record.allocation.idempotency_key;
        let query = sql::PUT_ALLOCATION
            .query()
            .bind(record.allocation.id.as_str());
        let query = query.bind(record.tenant.as_str()).bind(key.as_str());
        let put = query.bind(json(record)?);
        let find = find_of(&record.tenant, key);
        self.backend.write(Begin { put, find }).await
    }

    async fn keep_allocation(
        &self,
        record: &AllocationRecord,
        lease: &Lease,
    ) -> Result<Option<i64>> {
        let version = record.version;
        let query = sql::STEP_ALLOCATION
            .query()
            .bind(record.allocation.id.as_str());
        let query = query.bind(version).bind(json(record)?);
        let query = query.bind(record.allocation.is_done());
        let query = lease::of(lease, query);
        let made = self.backend.write(One::new(query)).await?;
        Ok(made.then_some(version + 1))
    }

    async fn allocation(&self, id: &AllocationId) -> Result<Option<AllocationRecord>> {
        let query = sql::FIND_ALLOCATION.query().bind(id.as_str());
        self.backend.find(query, allocation).await
    }

    async fn allocation_of(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
    ) -> Result<Option<AllocationRecord>> {
        self.backend.find(find_of(tenant, key), allocation).await
    }

    async fn allocations(
        &self,
        tenant: &Tenant,
        before: Option<&AllocationId>,
        most: usize,
    ) -> Result<Vec<AllocationRecord>> {
        let query = sql::LIST_ALLOCATIONS.query().bind(tenant.as_str());
        let query = query.bind(before.map(|id| id.as_str().to_owned()));
        let query = query.bind(limit(most));
        self.backend.list(query, allocation).await
    }

    async fn due_allocations(&self, most: usize) -> Result<Vec<AllocationId>> {
        let query = sql::LIST_DUE_ALLOCATIONS.query().bind(limit(most));
        self.backend
            .list(query.bind(millis(self.lease_ttl)), allocation_id)
            .await
    }
}
