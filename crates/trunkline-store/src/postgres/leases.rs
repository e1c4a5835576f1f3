//! Leases: who may work on something, and until when.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use tokio::time::Instant;
use trunkline_core::service::journal::Lease;

use crate::lease::{Wanted, expiry};
use crate::postgres::statement;
use crate::postgres::transaction::{Done, How, Trouble, Write};
use crate::rows::Cells;

statement!(PUT_LEASE, RENEW_LEASE, FIND_LEASE);

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

/// Whether a lease holds.
pub(super) async fn holds(on: &mut PgConnection, lease: &Lease) -> Result<bool, Trouble> {
    let query = FIND_LEASE
        .query()
        .bind(lease.name.as_str())
        .bind(lease.fence);
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
        Ok(Done::Kept(take(on, &self.0).await?))
    }
}

pub(super) struct Renew {
    lease: Lease,
    ttl_ms: i64,
}

impl Renew {
    /// Prolongs a lease, counting from now.
    pub(super) fn now(lease: &Lease, ttl: std::time::Duration) -> Self {
        let expires = expiry(Instant::now(), ttl);
        Self {
            lease: Lease {
                expires,
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
        let query = RENEW_LEASE
            .query()
            .bind(self.lease.name.as_str())
            .bind(self.lease.fence)
            .bind(self.ttl_ms);
        let renewed = query.changed(on).await?;
        Ok(Done::Kept(renewed.then(|| self.lease.clone())))
    }
}
