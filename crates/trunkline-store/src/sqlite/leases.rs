//! Leases: who may work on something, and until when.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_core::Result;
use trunkline_engine::journal::{Lease, Moment};

use crate::lease::{Wanted, end, millis};
use crate::rows::Cells;
use crate::sqlite::query::Query;
use crate::sqlite::writer::{Effects, Transaction, Write};
use crate::sqlite::{statement, write};

write!(ACQUIRE: PUT_LEASE);
write!(RENEW: RENEW_LEASE);
statement!(SHORTEN: SHORTEN_LEASE);
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

/// Has a lease that another holds last no longer than this one would.
pub(super) async fn shorten(wanted: &Wanted, on: &mut Transaction<'_>) -> Result<()> {
    let query = SHORTEN.query().bind(wanted.name.clone());
    on.then(query.bind(wanted.ttl_ms())).await.map(drop)
}

/// Gives a statement the name, the fence and the owner of a lease.
pub(super) fn of(lease: &Lease, query: Query) -> Query {
    query
        .bind(lease.name.clone())
        .bind(lease.fence)
        .bind(lease.owner.clone())
}

pub(super) struct Acquire(pub(super) Wanted);

#[async_trait]
impl Write for Acquire {
    type Output = Option<Lease>;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Self::Output> {
        let lease = granted(&self.0, &on.first(bind(&self.0, ACQUIRE.query())).await?)?;
        if lease.is_none() {
            shorten(&self.0, on).await?;
        }
        Ok(lease)
    }
}

pub(super) struct Renew {
    lease: Lease,
    ttl: Duration,
}

impl Renew {
    /// Prolongs a lease, counting from now.
    pub(super) fn now(lease: &Lease, ttl: Duration) -> Self {
        let ends = end(Moment::now(), ttl);
        Self {
            lease: Lease {
                ends,
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
        let query = of(&self.lease, RENEW.query());
        let renewed = on.first(query.bind(millis(self.ttl))).await?.all_changed();
        Ok(renewed.then_some(self.lease))
    }
}

pub(super) struct End(pub(super) Lease);

#[async_trait]
impl Write for End {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(of(&self.0, END.query())).await.map(drop)
    }
}
