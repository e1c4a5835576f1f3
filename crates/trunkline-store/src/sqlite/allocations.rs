//! `AllocationStore` on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::{Answers, Reserve};
use trunkline_core::{AllocationId, IdempotencyKey, PurchaseId, Result, Tenant};
use trunkline_engine::Journal;
use trunkline_engine::allocations::{AllocationRecord, AllocationStore, Lot};
use trunkline_engine::journal::{Lease, Scope};

use crate::lease::millis;
use crate::rows::{allocation, allocation_id, json, limit, lot};
use crate::sql::group;
use crate::sqlite::query::{Query, Statement, all, optional};
use crate::sqlite::writer::{NEXT_WRITE, Transaction, Write};
use crate::sqlite::{NOW, Sqlite, leases, statement, write};

write!(BEGIN: PUT_ALLOCATION);
write!(STEP: STEP_ALLOCATION);
write!(FREE: FREE_CANDIDATE);
statement!(FIND: FIND_ALLOCATION);
statement!(FIND_OF: FIND_ALLOCATION_OF);
statement!(LIST: LIST_ALLOCATIONS);
statement!(LIST_DUE: LIST_DUE_ALLOCATIONS);

/// Leases, for $3 milliseconds, the first of the pairs in the JSON array $1 that nobody but $2 has leased.
const LEASE_CANDIDATE: &str = "INSERT INTO candidate_leases (provider, number, holder, until_ms) \
     SELECT value ->> 0, value ->> 1, $2, {now} + $3 FROM json_each($1) AS wanted WHERE NOT EXISTS \
     (SELECT 1 FROM candidate_leases AS held WHERE held.provider = wanted.value ->> 0 \
     AND held.number = wanted.value ->> 1 AND held.until_ms > {now} AND held.until_ms <= {now} + $3 AND held.holder <> $2) \
     ORDER BY wanted.key LIMIT 1 ON CONFLICT (provider, number) DO UPDATE \
     SET holder = excluded.holder, until_ms = excluded.until_ms RETURNING provider, number";

static LEASE: Statement = Statement::new(|| group(NOW, &[NEXT_WRITE, LEASE_CANDIDATE]));

struct LeaseCandidate {
    lots: Vec<Lot>,
    query: Query,
}

#[async_trait]
impl Write for LeaseCandidate {
    type Output = Option<Lot>;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Option<Lot>> {
        let effects = on.first(self.query).await?;
        lot(effects.rows.first(), &self.lots)
    }
}

struct FreeCandidate(Query);

#[async_trait]
impl Write for FreeCandidate {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(self.0).await.map(drop)
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

    async fn run(self, on: &mut Transaction<'_>) -> Result<Self::Output> {
        if on.first(self.put).await?.all_changed() {
            return Ok(None);
        }
        let found = on.then(self.find).await?;
        found.rows.first().map(allocation).transpose()
    }
}

struct Step {
    query: Query,
    version: i64,
}

#[async_trait]
impl Write for Step {
    type Output = Option<i64>;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Option<i64>> {
        let made = on.first(self.query).await?.all_changed();
        Ok(made.then_some(self.version + 1))
    }
}

fn find_of(tenant: &Tenant, key: &IdempotencyKey) -> Query {
    let query = FIND_OF.query().bind(tenant.as_str().to_owned());
    query.bind(key.as_str().to_owned())
}

#[async_trait]
impl AllocationStore for Sqlite {
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
        let query = LEASE.query().bind(json(&pairs)?).bind(holder.to_owned());
        let query = query.bind(millis(ttl));
        let lots = lots.to_vec();
        self.write(LeaseCandidate { lots, query }).await
    }

    async fn free_candidate(&self, holder: &str, lot: &Lot) -> Result<()> {
        let query = FREE
            .query()
            .bind(lot.provider.as_str().to_owned())
            .bind(lot.number.as_str().to_owned())
            .bind(holder.to_owned());
        self.write(FreeCandidate(query)).await
    }

    async fn use_up_key(&self, scope: &Scope, owner: &str) -> Result<Option<PurchaseId>> {
        match self
            .reserve_key(scope, AllocationRecord::USED_UP, owner)
            .await?
        {
            Reserve::Fresh(_) => Ok(None),
            _ => Ok(self.find_key(scope).await?.and_then(|key| key.purchase)),
        }
    }

    async fn begin_allocation(
        &self,
        record: &AllocationRecord,
    ) -> Result<Option<AllocationRecord>> {
        let key = &record.allocation.idempotency_key;
        let put = BEGIN
            .query()
            .bind(record.allocation.id.as_str().to_owned())
            .bind(record.tenant.as_str().to_owned())
            .bind(key.as_str().to_owned())
            .bind(json(record)?);
        let find = find_of(&record.tenant, key);
        self.write(Begin { put, find }).await
    }

    async fn keep_allocation(
        &self,
        record: &AllocationRecord,
        lease: &Lease,
    ) -> Result<Option<i64>> {
        let version = record.version;
        let query = STEP
            .query()
            .bind(record.allocation.id.as_str().to_owned())
            .bind(version)
            .bind(json(record)?)
            .bind(record.allocation.is_done());
        let query = leases::of(lease, query);
        self.write(Step { query, version }).await
    }

    async fn allocation(&self, id: &AllocationId) -> Result<Option<AllocationRecord>> {
        let query = FIND.query().bind(id.as_str().to_owned());
        let row = optional(&self.readers, query).await?;
        row.map(|row| allocation(&row)).transpose()
    }

    async fn allocation_of(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
    ) -> Result<Option<AllocationRecord>> {
        let row = optional(&self.readers, find_of(tenant, key)).await?;
        row.map(|row| allocation(&row)).transpose()
    }

    async fn allocations(
        &self,
        tenant: &Tenant,
        before: Option<&AllocationId>,
        most: usize,
    ) -> Result<Vec<AllocationRecord>> {
        let query = LIST
            .query()
            .bind(tenant.as_str().to_owned())
            .bind(before.map(|id| id.as_str().to_owned()))
            .bind(limit(most));
        let rows = all(&self.readers, query).await?;
        rows.iter().map(allocation).collect()
    }

    async fn due_allocations(&self, most: usize) -> Result<Vec<AllocationId>> {
        let query = LIST_DUE.query().bind(limit(most));
        let rows = all(&self.readers, query.bind(millis(self.lease_ttl))).await?;
        rows.iter().map(allocation_id).collect()
    }
}
