//! Leases: who may work on something, and until when.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use trunkline_core::Result;
use trunkline_core::service::journal::Lease;

use crate::lease::{Wanted, expiry, millis};
use crate::rows::Cells;
use crate::sqlite::query::Query;
use crate::sqlite::write;
use crate::sqlite::writer::{Effects, Transaction, Write};

write!(ACQUIRE: PUT_LEASE);
write!(RENEW: RENEW_LEASE);
write!(END: END_LEASE);

/// Gives a statement what `PUT_LEASE` takes.
pub(super) fn bind(wanted: &Wanted, query: Query) -> Query {
    query
        .bind(wanted.name.clone())
        .bind(wanted.owner.clone())
        .bind(wanted.ttl_ms())
}

/// The lease, if the statement gave a fence for it.
pub(super) fn granted(wanted: &Wanted, effects: &Effects) -> Result<Option<Lease>> {
    let fence = effects
        .rows
        .first()
        .map(|row| row.integer("fence"))
        .transpose()?;
    Ok(fence.map(|fence| wanted.granted(fence)))
}

pub(super) struct Acquire(pub(super) Wanted);

#[async_trait]
impl Write for Acquire {
    type Output = Option<Lease>;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Self::Output> {
        granted(&self.0, &on.first(bind(&self.0, ACQUIRE.query())).await?)
    }
}

pub(super) struct Renew {
    lease: Lease,
    ttl: Duration,
}

impl Renew {
    /// Prolongs a lease, counting from now.
    pub(super) fn now(lease: &Lease, ttl: Duration) -> Self {
        let expires = expiry(Instant::now(), ttl);
        Self {
            lease: Lease {
                expires,
                ..lease.clone()
            },
            ttl,
        }
    }
}

#[async_trait]
impl Write for Renew {
    type Output = Option<Lease>;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Self::Output> {
        let query = RENEW
            .query()
            .bind(self.lease.name.clone())
            .bind(self.lease.fence);
        let renewed = on.first(query.bind(millis(self.ttl))).await?.all_changed();
        Ok(renewed.then_some(self.lease))
    }
}

pub(super) struct End(pub(super) Lease);

#[async_trait]
impl Write for End {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(END.query().bind(self.0.name).bind(self.0.fence))
            .await
            .map(drop)
    }
}
