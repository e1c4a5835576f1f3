//! The audit trail and the events on PostgreSQL. A tenant's row of `trails` is locked until the transaction ends, so it
//! is locked last of all.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use trunkline_core::service::Trails;
use trunkline_core::service::audit::{Anchor, AuditFilter, Entry, Head, Link};
use trunkline_core::service::events::{Event, EventFilter, EventPage};
use trunkline_core::service::journal::CallerIdRecord;
use trunkline_core::service::trail::Trail;
use trunkline_core::{EventId, Result, Tenant};

use crate::lease::millis;
use crate::postgres::query::Query;
use crate::postgres::transaction::{Done, Put, Trouble, Write};
use crate::postgres::{Postgres, statement};
use crate::rows::{Cells, document, limit};
use crate::trails::{
    self, Binds, End, bind_anchor, bind_audit, bind_event, bind_events, bind_link, bind_sequence,
};

statement!(
    LOCK_TRAIL,
    PUT_TRAIL,
    PUT_AUDIT,
    NEXT_SEQUENCE,
    PUT_EVENT,
    LIST_TRAILS,
    LIST_AUDITED,
    LIST_ANCHORS,
    PUT_ANCHOR,
    FIND_TRAIL,
    LIST_AUDIT,
    LIST_LINKS,
    LIST_EVENTS,
    FIND_EVENT,
    PUT_NOTE,
    FORGET_NOTE,
    FORGET_CALLER_ID,
    PRUNE_EVENTS,
    PRUNE_DELIVERIES,
);

/// Writes what a change leaves behind, after everything else of the transaction.
pub(super) async fn leave(on: &mut PgConnection, trail: &Trail) -> Result<(), Trouble> {
    let Some(tenant) = trails::tenant_of(trail) else {
        return Ok(());
    };
    let locked = LOCK_TRAIL.query().word(tenant.as_str()).row(on).await?;
    let mut end = End::read(locked.as_ref())?;
    for link in end.links(trail)? {
        bind_link(PUT_AUDIT.query(), tenant, &link)
            .changed(on)
            .await?;
    }
    for draft in &trail.events {
        end.position += 1;
        bind_sequence(NEXT_SEQUENCE.query(), draft)
            .changed(on)
            .await?;
        bind_event(PUT_EVENT.query(), draft, end.position)?
            .changed(on)
            .await?;
    }
    end.bind(PUT_TRAIL.query(), tenant).changed(on).await?;
    Ok(())
}

/// Writes a trail alone, or after the statement that it goes with; if that must change something, only then.
pub(super) struct Note {
    pub(super) with: Option<Query>,
    pub(super) only_then: bool,
    pub(super) trail: Trail,
}

#[async_trait]
impl Write for Note {
    type Output = bool;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        let changed = match &self.with {
            Some(query) => query.clone().changed(on).await?,
            None => true,
        };
        if self.only_then && !changed {
            return Ok(Done::Undone(false));
        }
        leave(on, &self.trail).await?;
        Ok(Done::Kept(changed))
    }
}

struct Prune {
    before_ms: i64,
    most: i64,
}

#[async_trait]
impl Write for Prune {
    type Output = u64;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<u64>, Trouble> {
        let query = PRUNE_EVENTS.query().number(self.before_ms);
        let pruned = query.number(self.most).count(on).await?;
        if pruned > 0 {
            PRUNE_DELIVERIES.query().changed(on).await?;
        }
        Ok(Done::Kept(pruned))
    }
}

#[async_trait]
impl Trails for Postgres {
    async fn note(&self, trail: &Trail) -> Result<()> {
        let note = Note {
            with: None,
            only_then: false,
            trail: trail.clone(),
        };
        self.write(note).await.map(drop)
    }

    async fn note_once(&self, name: &str, within: Duration, trail: &Trail) -> Result<bool> {
        self.write(Note {
            with: Some(PUT_NOTE.query().word(name).number(millis(within))),
            only_then: true,
            trail: trail.clone(),
        })
        .await
    }

    async fn forget_note(&self, name: &str) -> Result<()> {
        self.write(Put(FORGET_NOTE.query().word(name))).await
    }

    async fn end_caller_id(&self, record: &CallerIdRecord) -> Result<()> {
        let note = Note {
            with: Some(FORGET_CALLER_ID.query().word(&record.caller_id.id)),
            only_then: false,
            trail: record.trail.clone(),
        };
        self.write(note).await.map(drop)
    }

    async fn audit(
        &self,
        tenant: &Tenant,
        filter: &AuditFilter,
        most: usize,
    ) -> Result<Vec<Entry>> {
        let query = bind_audit(LIST_AUDIT.query(), (tenant, filter), most)?;
        let rows = self.all(query).await?;
        rows.iter().map(|row| document(row, "audit")).collect()
    }

    async fn audit_links(&self, tenant: &Tenant, after: i64, most: usize) -> Result<Vec<Link>> {
        let query = LIST_LINKS.query().word(tenant.as_str()).number(after);
        let rows = self.all(query.number(limit(most))).await?;
        rows.iter().map(trails::link).collect()
    }

    async fn audit_heads(&self) -> Result<Vec<(Tenant, Head)>> {
        let rows = self.all(LIST_TRAILS.query()).await?;
        rows.iter().map(trails::head).collect()
    }

    async fn audited(&self) -> Result<Vec<Tenant>> {
        let rows = self.all(LIST_AUDITED.query()).await?;
        rows.iter().map(trails::tenant).collect()
    }

    async fn anchors(&self) -> Result<Vec<(Tenant, Anchor)>> {
        let rows = self.all(LIST_ANCHORS.query()).await?;
        rows.iter().map(trails::anchor).collect()
    }

    async fn put_anchor(&self, tenant: &Tenant, anchor: &Anchor) -> Result<()> {
        let query = bind_anchor(PUT_ANCHOR.query(), tenant, anchor);
        self.write(Put(query)).await
    }

    async fn events(
        &self,
        tenant: &Tenant,
        (filter, after): (&EventFilter, i64),
        most: usize,
    ) -> Result<EventPage> {
        // Read before the events: whatever is at or before it is committed.
        let latest = self.event_head(tenant).await?;
        let query = bind_events(LIST_EVENTS.query(), (tenant, filter), (after, latest, most))?;
        let rows = self.all(query).await?;
        let events = rows.iter().map(trails::event).collect::<Result<_>>()?;
        Ok(EventPage::of(events, most, latest.max(after)))
    }

    async fn event(&self, tenant: &Tenant, id: &EventId) -> Result<Option<Event>> {
        let query = FIND_EVENT.query().word(tenant.as_str()).word(id.as_str());
        let row = self.optional(query).await?;
        row.map(|row| trails::event(&row)).transpose()
    }

    async fn event_head(&self, tenant: &Tenant) -> Result<i64> {
        let query = FIND_TRAIL.query().word(tenant.as_str());
        let row = self.optional(query).await?;
        row.map_or(Ok(0), |row| row.integer("position"))
    }

    async fn prune_events(&self, before: Timestamp, most: usize) -> Result<u64> {
        let (before_ms, most) = (before.as_millisecond(), limit(most));
        self.write(Prune { before_ms, most }).await
    }
}
