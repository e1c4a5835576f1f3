//! Where audit rows and events are kept.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::audit::{Anchor, AuditFilter, Checkpoint, Entry, Head, Link, OldRows};
use crate::chronicle::Trail;
use crate::events::{Event, EventFilter, EventPage};
use trunkline_core::error::Result;
use trunkline_core::model::{EventId, Tenant};
use trunkline_engine::seal::Sealer;

/// The audit trail and the events. What is in the trail of a record is written by the method that writes the record, in
/// the same transaction; what changes nothing here is written by [`Trails::note`].
///
/// Each tenant has one chain of rows and one order of events. A place in either is given out under a lock that holds
/// until the transaction is committed: who has read up to a place has missed nothing before it.
///
/// # Errors
/// As [`Journal`](trunkline_engine::Journal).
#[async_trait]
pub trait Trails: Debug + Send + Sync + 'static {
    /// Writes rows and events as one transaction.
    async fn note(&self, trail: &Trail) -> Result<()>;

    /// A tenant's audit rows, newest first.
    async fn audit(
        &self,
        tenant: &Tenant,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<Entry>>;

    /// A tenant's chain after a place, in order, as it is stored.
    async fn audit_links(&self, tenant: &Tenant, after: i64, limit: usize) -> Result<Vec<Link>>;

    /// Where each tenant's chain ends.
    async fn audit_heads(&self) -> Result<Vec<(Tenant, Head)>>;

    /// Every tenant of which there is anything to verify: a chain, rows without one, or an anchor.
    async fn audited(&self) -> Result<Vec<Tenant>>;

    /// Up to where each tenant's chain is signed.
    async fn anchors(&self) -> Result<Vec<(Tenant, Anchor)>>;

    /// Has every transaction that moves the end of a chain sign it with this secret, if the end that it finds is signed
    /// with it. For a store that keeps nobody waiting by that; in the others [`Audit::anchor`] alone signs.
    ///
    /// [`Audit::anchor`]: crate::audit::Audit::anchor
    fn sign_ends(&self, _sealer: &Sealer) {}

    /// Keeps an anchor, unless there is one further on.
    async fn put_anchor(&self, tenant: &Tenant, anchor: &Anchor) -> Result<()>;

    /// Up to where a tenant's chain was deleted because of its age.
    async fn checkpoint(&self, tenant: &Tenant) -> Result<Option<Checkpoint>>;

    /// Keeps a checkpoint, unless there is one further on.
    async fn put_checkpoint(&self, tenant: &Tenant, checkpoint: &Checkpoint) -> Result<()>;

    /// Deletes old rows, and writes the checkpoint of [`OldRows::checkpoint`] with it. Returns how many; 0 while the clock
    /// jumps.
    async fn prune_audit(&self, old: &OldRows) -> Result<u64>;

    /// A tenant's events, oldest first.
    async fn events(
        &self,
        tenant: &Tenant,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<EventPage>;

    /// One event of a tenant's.
    async fn event(&self, tenant: &Tenant, id: &EventId) -> Result<Option<Event>>;

    /// The place of a tenant's latest event.
    async fn event_head(&self, tenant: &Tenant) -> Result<i64>;

    /// Forgets at most `limit` events older than this that no webhook waits for. Returns how many; 0 while the clock
    /// jumps.
    async fn prune_events(&self, kept: Duration, limit: usize) -> Result<u64>;
}
