//! `AllocationStore` on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use trunkline_admin::{Answers, Reserve};
use trunkline_core::{AllocationId, IdempotencyKey, PurchaseId, Result, Tenant};
use trunkline_engine::Journal;
use trunkline_engine::allocations::{AllocationRecord, AllocationStore, Lot};
use trunkline_engine::journal::{Lease, Scope};

use crate::lease::millis;
use crate::postgres::query::{Query, Statement};
use crate::postgres::transaction::{Done, How, Put, Trouble, Write};
use crate::postgres::{ASKED, NOW, Postgres, leases, statement};
use crate::rows::{allocation, allocation_id, json, limit, lot};
use crate::sql;

statement!(
    PUT_ALLOCATION,
    STEP_ALLOCATION,
    FIND_ALLOCATION,
    FIND_ALLOCATION_OF,
    LIST_ALLOCATIONS,
    FREE_CANDIDATE
);

static LIST_DUE: Statement = Statement::new(|| sql::LIST_DUE_ALLOCATIONS.replace("{now}", ASKED));

/// Candidates are leased one at a time: all who look for one would want the same, and each but one would have to look
/// again. A lease need not outlive the server, so nobody waits for the disk.
const TAKE_TURNS: &str =
    "SELECT pg_advisory_xact_lock(7286421035901), set_config('synchronous_commit', 'off', true)";

/// Leases, for $4 milliseconds, the first of the pairs in the arrays $1 and $2 that nobody but $3 has leased.
static LEASE_CANDIDATE: Statement = Statement::new(|| {
    "INSERT INTO candidate_leases (provider, number, holder, until_ms) \
     SELECT wanted.provider, wanted.number, $3, {now} + $4 \
     FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS wanted (provider, number, at) WHERE NOT EXISTS \
     (SELECT 1 FROM candidate_leases AS held WHERE held.provider = wanted.provider \
     AND held.number = wanted.number AND held.until_ms > {now} AND held.until_ms <= {now} + $4 AND held.holder <> $3) \
     ORDER BY wanted.at LIMIT 1 ON CONFLICT (provider, number) DO UPDATE \
     SET holder = excluded.holder, until_ms = excluded.until_ms RETURNING provider, number"
        .replace("{now}", NOW)
});

struct LeaseCandidate {
    lots: Vec<Lot>,
    query: Query,
}

#[async_trait]
impl Write for LeaseCandidate {
    type Output = Option<Lot>;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Option<Lot>>, Trouble> {
        Query::new(TAKE_TURNS).row(on).await?;
        let row = self.query.clone().row(on).await?;
        Ok(Done::Kept(lot(row.as_ref(), &self.lots)?))
    }
}

struct Begin {
    put: Query,
    find: Query,
}

#[async_trait]
impl Write for Begin {
    type Output = Option<AllocationRecord>;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Self::Output>, Trouble> {
        if self.put.clone().changed(on).await? {
            return Ok(Done::Kept(None));
        }
        match self.find.clone().row(on).await? {
            Some(row) => Ok(Done::Undone(Some(allocation(&row)?))),
            None => Ok(Done::Again),
        }
    }
}

struct Step {
    query: Query,
    version: i64,
}

#[async_trait]
impl Write for Step {
    type Output = Option<i64>;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Option<i64>>, Trouble> {
        let made = self.query.clone().changed(on).await?;
        Ok(Done::Kept(made.then_some(self.version + 1)))
    }
}

fn find_of(tenant: &Tenant, key: &IdempotencyKey) -> Query {
    let query = FIND_ALLOCATION_OF.query();
    query.bind(tenant.as_str()).bind(key.as_str())
}

#[async_trait]
impl AllocationStore for Postgres {
    async fn lease_candidate(
        &self,
        holder: &str,
        lots: &[Lot],
        ttl: Duration,
    ) -> Result<Option<Lot>> {
        let query = {
            let providers: Vec<&str> = lots.iter().map(|lot| lot.provider.as_str()).collect();
            let numbers: Vec<&str> = lots.iter().map(|lot| lot.number.as_str()).collect();
            let query = LEASE_CANDIDATE.query().bind(providers).bind(numbers);
            query.bind(holder).bind(millis(ttl))
        };
        let lots = lots.to_vec();
        self.write(LeaseCandidate { lots, query }).await
    }

    async fn free_candidate(&self, holder: &str, lot: &Lot) -> Result<()> {
        let query = {
            let query = FREE_CANDIDATE.query().bind(lot.provider.as_str());
            query.bind(lot.number.as_str()).bind(holder)
        };
        self.write(Put(query)).await
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
        let put = {
            let query = PUT_ALLOCATION.query().bind(record.allocation.id.as_str());
            let query = query.bind(record.tenant.as_str()).bind(key.as_str());
            query.bind(json(record)?)
        };
        let find = find_of(&record.tenant, key);
        self.write(Begin { put, find }).await
    }

    async fn keep_allocation(
        &self,
        record: &AllocationRecord,
        lease: &Lease,
    ) -> Result<Option<i64>> {
        let version = record.version;
        let query = {
            let query = STEP_ALLOCATION.query().bind(record.allocation.id.as_str());
            let query = query.bind(version).bind(json(record)?);
            let query = query.bind(i64::from(record.allocation.is_done()));
            leases::of(lease, query)
        };
        self.write(Step { query, version }).await
    }

    async fn allocation(&self, id: &AllocationId) -> Result<Option<AllocationRecord>> {
        let query = { FIND_ALLOCATION.query().bind(id.as_str()) };
        let row = self.optional(query).await?;
        row.map(|row| allocation(&row)).transpose()
    }

    async fn allocation_of(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
    ) -> Result<Option<AllocationRecord>> {
        let row = self.optional(find_of(tenant, key)).await?;
        row.map(|row| allocation(&row)).transpose()
    }

    async fn allocations(
        &self,
        tenant: &Tenant,
        before: Option<&AllocationId>,
        most: usize,
    ) -> Result<Vec<AllocationRecord>> {
        let query = {
            let query = LIST_ALLOCATIONS.query().bind(tenant.as_str());
            let query = query.bind(before.map(|id| id.as_str().to_owned()));
            query.bind(limit(most))
        };
        self.all(query).await?.iter().map(allocation).collect()
    }

    async fn due_allocations(&self, most: usize) -> Result<Vec<AllocationId>> {
        let query = { LIST_DUE.query().bind(limit(most)) };
        let rows = self.all(query.bind(millis(self.lease_ttl))).await?;
        rows.iter().map(allocation_id).collect()
    }
}
