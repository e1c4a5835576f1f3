//! Leases: who may work on something, and until when.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_core::Result;
use trunkline_engine::journal::{Lease, Leases, Moment, Scope};

use crate::query::{Query, Transaction};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::{Done, How, One, Write};

/// A database counts whole milliseconds: by so much may a lease lapse before its time.
const STEP: Duration = Duration::from_millis(2);

/// A lease that is asked for: it counts from before the database's clock is read, so that it never
/// seems to hold longer than it does.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// What is to be leased.
    pub(crate) name: String,
    /// For whom.
    pub(crate) owner: String,
    ttl: Duration,
    asked: Moment,
}

impl Wanted {
    /// Asks now, for so long.
    pub(crate) fn now(name: String, owner: &str, ttl: Duration) -> Self {
        Self {
            name,
            owner: owner.to_owned(),
            ttl,
            asked: Moment::now(),
        }
    }

    /// For how long, as a database counts.
    pub(crate) fn ttl_ms(&self) -> i64 {
        millis(self.ttl)
    }

    /// The lease, once the database gave a fence for it.
    pub(crate) fn granted(&self, fence: i64) -> Lease {
        Lease {
            name: self.name.clone(),
            owner: self.owner.clone(),
            fence,
            ends: end(self.asked, self.ttl),
        }
    }
}

/// Until when a lease holds that was asked for then.
fn end(asked: Moment, ttl: Duration) -> Moment {
    asked.after(ttl.saturating_sub(STEP))
}

/// The name of the lease under which a key is reserved.
pub(crate) fn of_key(scope: &Scope) -> String {
    format!("key:{}:{}:{}", scope.tenant, scope.route, scope.key)
}

/// A duration as a database counts it.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Takes a lease if it is free, and gives its fence.
pub(crate) fn put(wanted: &Wanted) -> Query {
    sql::PUT_LEASE
        .query()
        .bind(wanted.name.as_str())
        .bind(wanted.owner.as_str())
        .bind(wanted.ttl_ms())
}

/// Takes a lease if it is free.
pub(crate) async fn take(on: &mut dyn Transaction, wanted: &Wanted) -> Result<Option<Lease>> {
    let fence = put(wanted).row(on).await?.map(|row| row.integer("fence"));
    Ok(fence.transpose()?.map(|fence| wanted.granted(fence)))
}

/// Has a lease that another holds last no longer than this one would.
pub(crate) async fn shorten(on: &mut dyn Transaction, wanted: &Wanted) -> Result<()> {
    let query = sql::SHORTEN_LEASE.query().bind(wanted.name.as_str());
    query.bind(wanted.ttl_ms()).changed(on).await.map(drop)
}

/// Gives a statement the name, the fence and the owner of a lease.
pub(crate) fn of(lease: &Lease, query: Query) -> Query {
    query
        .bind(lease.name.as_str())
        .bind(lease.fence)
        .bind(lease.owner.as_str())
}

/// Whether a lease holds.
pub(crate) async fn holds(on: &mut dyn Transaction, lease: &Lease) -> Result<bool> {
    let query = of(lease, sql::FIND_LEASE.query());
    Ok(query.row(on).await?.is_some())
}

/// Takes a lease, or has the one that another holds end before long.
pub(crate) struct Acquire(pub(crate) Wanted);

#[async_trait]
impl Write for Acquire {
    type Output = Option<Lease>;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Option<Lease>>> {
        let lease = take(on, &self.0).await?;
        if lease.is_none() {
            shorten(on, &self.0).await?;
        }
        Ok(Done::Kept(lease))
    }
}

#[async_trait]
impl<B: Backend> Leases for Sql<B> {
    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>> {
        let wanted = Wanted::now(name.to_owned(), owner, self.lease_ttl);
        self.backend.write(Acquire(wanted)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<Option<Lease>> {
        // It counts from before the database's clock is read.
        let ends = end(Moment::now(), self.lease_ttl);
        let query = of(lease, sql::RENEW_LEASE.query()).bind(millis(self.lease_ttl));
        let renewed = self.backend.write(One::new(query)).await?;
        Ok(renewed.then(|| Lease {
            ends,
            ..lease.clone()
        }))
    }

    async fn unlock(&self, lease: &Lease) -> Result<()> {
        let query = of(lease, sql::END_LEASE.query());
        self.backend.write(One::new(query)).await.map(drop)
    }
}
