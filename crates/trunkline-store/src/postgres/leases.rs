//! Leases: who may work on something, and until when.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use trunkline_engine::journal::{Lease, Moment};

use crate::lease::{Wanted, end};
use crate::postgres::query::Query;
use crate::postgres::statement;
use crate::postgres::transaction::{Done, How, Trouble, Write};
use crate::rows::Cells;

statement!(PUT_LEASE, SHORTEN_LEASE, RENEW_LEASE, FIND_LEASE);

/// Takes a lease if nobody holds it.
pub(super) async fn take(on: &mut PgConnection, wanted: &Wanted) -> Result<Option<Lease>, Trouble> {
    let query = PUT_LEASE
        .query()
        .bind(wanted.name.as_str())
        .bind(wanted.owner.as_str())
        .bind(wanted.ttl_ms());
    let fence = query.row(on).await?.map(|row| row.integer("fence"));
    Ok(fence.transpose()?.map(|fence| wanted.granted(fence)))
}

/// Has a lease that another holds last no longer than this one would.
pub(super) async fn shorten(on: &mut PgConnection, wanted: &Wanted) -> Result<(), Trouble> {
    let query = SHORTEN_LEASE.query().bind(wanted.name.as_str());
    query.bind(wanted.ttl_ms()).changed(on).await.map(drop)
}

/// Gives a statement the name, the fence and the owner of a lease.
pub(super) fn of(lease: &Lease, query: Query) -> Query {
    query
        .bind(lease.name.as_str())
        .bind(lease.fence)
        .bind(lease.owner.as_str())
}

/// Whether a lease holds.
pub(super) async fn holds(on: &mut PgConnection, lease: &Lease) -> Result<bool, Trouble> {
    let query = of(lease, FIND_LEASE.query());
    Ok(query.row(on).await?.is_some())
}

pub(super) struct Acquire(pub(super) Wanted);

#[async_trait]
impl Write for Acquire {
    type Output = Option<Lease>;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Option<Lease>>, Trouble> {
        let lease = take(on, &self.0).await?;
        if lease.is_none() {
            shorten(on, &self.0).await?;
        }
        Ok(Done::Kept(lease))
    }
}

pub(super) struct Renew {
    lease: Lease,
    ttl_ms: i64,
}

impl Renew {
    /// Prolongs a lease, counting from now.
    pub(super) fn now(lease: &Lease, ttl: std::time::Duration) -> Self {
        let ends = end(Moment::now(), ttl);
        Self {
            lease: Lease {
                ends,
                ..lease.clone()
            },
            ttl_ms: crate::lease::millis(ttl),
        }
    }
}

#[async_trait]
impl Write for Renew {
    type Output = Option<Lease>;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Option<Lease>>, Trouble> {
        let query = of(&self.lease, RENEW_LEASE.query()).bind(self.ttl_ms);
        let renewed = query.changed(on).await?;
        Ok(Done::Kept(renewed.then(|| self.lease.clone())))
    }
}
