//! Leases: who may work on something, and until when.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use trunkline_core::Result;
use trunkline_core::service::journal::Lease;

use crate::sqlite::query::{Query, integer};
use crate::sqlite::write;
use crate::sqlite::writer::{Effects, Transaction, Write};

write!(ACQUIRE: PUT_LEASE);
write!(RENEW: RENEW_LEASE);
write!(END: END_LEASE);

/// The database counts whole milliseconds: by so much may a lease lapse before its time.
const STEP: Duration = Duration::from_millis(2);

/// A lease that is asked for: it counts from before the database's clock is read, so that it never
/// seems to hold longer than it does.
pub(super) struct Wanted {
    name: String,
    owner: String,
    ttl: Duration,
    asked: Instant,
}

impl Wanted {
    pub(super) fn now(name: String, owner: &str, ttl: Duration) -> Self {
        Self {
            name,
            owner: owner.to_owned(),
            ttl,
            asked: Instant::now(),
        }
    }

    /// Gives a statement what `PUT_LEASE` takes.
    pub(super) fn bind(&self, query: Query) -> Query {
        query
            .bind(self.name.clone())
            .bind(self.owner.clone())
            .bind(millis(self.ttl))
    }

    /// The lease, if the statement gave a fence for it.
    pub(super) fn granted(&self, effects: &Effects) -> Result<Option<Lease>> {
        let fence = effects
            .rows
            .first()
            .map(|row| integer(row, "fence"))
            .transpose()?;
        let expires = self.asked + self.ttl.saturating_sub(STEP);
        Ok(fence.map(|fence| Lease {
            name: self.name.clone(),
            fence,
            expires,
        }))
    }
}

/// A duration as the database counts it.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

pub(super) struct Acquire(pub(super) Wanted);

#[async_trait]
impl Write for Acquire {
    type Output = Option<Lease>;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Self::Output> {
        self.0
            .granted(&on.first(self.0.bind(ACQUIRE.query())).await?)
    }
}

pub(super) struct Renew {
    lease: Lease,
    ttl: Duration,
}

impl Renew {
    /// Prolongs a lease, counting from now.
    pub(super) fn now(lease: &Lease, ttl: Duration) -> Self {
        let expires = Instant::now() + ttl.saturating_sub(STEP);
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
