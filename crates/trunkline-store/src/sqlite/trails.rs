//! The audit trail and the events on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::Trails;
use trunkline_admin::audit::{Anchor, AuditFilter, Entry, Head, Link};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Event, EventFilter, EventPage};
use trunkline_core::{EventId, Result, Tenant};
use trunkline_engine::seal::Sealer;

use crate::lease::millis;
use crate::rows::{Cells, document, limit};
use crate::sql::CLOCK_STEP_MS;
use crate::sqlite::query::{Query, all, optional};
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{Sqlite, statement, write};
use crate::trails::{
    self, Binds, End, bind_anchor, bind_audit, bind_event, bind_events, bind_link, bind_sequence,
};

statement!(LOCK_TRAIL: LOCK_TRAIL);
statement!(LOCK_SIGNED: LOCK_TRAIL, FIND_ANCHOR);
statement!(PUT_TRAIL: PUT_TRAIL);
statement!(SIGN_TRAIL: PUT_TRAIL, PUT_ANCHOR);
statement!(PUT_AUDIT: PUT_AUDIT);
statement!(EVENT: NEXT_SEQUENCE, PUT_EVENT);
statement!(ROW: PUT_AUDIT, PUT_TRAIL);
statement!(SIGNED_ROW: PUT_AUDIT, PUT_TRAIL, PUT_ANCHOR);
statement!(ROW_AND_EVENT: PUT_AUDIT, NEXT_SEQUENCE, PUT_EVENT, PUT_TRAIL);
statement!(SIGNED_ROW_AND_EVENT: PUT_AUDIT, NEXT_SEQUENCE, PUT_EVENT, PUT_TRAIL, PUT_ANCHOR);
statement!(LIST_TRAILS: LIST_TRAILS);
statement!(LIST_AUDITED: LIST_AUDITED);
statement!(LIST_ANCHORS: LIST_ANCHORS);
write!(PUT_ANCHOR: PUT_ANCHOR);
statement!(FIND_TRAIL: FIND_TRAIL);
statement!(LIST_AUDIT: LIST_AUDIT);
statement!(LIST_LINKS: LIST_LINKS);
statement!(LIST_EVENTS: LIST_EVENTS);
statement!(FIND_EVENT: FIND_EVENT);
write!(PRUNE_EVENTS: PRUNE_EVENTS);
write!(TOUCH: TOUCH);
statement!(PRUNE_DELIVERIES: PRUNE_DELIVERIES);

/// Writes what a change leaves behind, after the change itself. What nearly every change leaves goes as one: each
/// statement more is another trip to the thread that holds the connection.
pub(super) async fn leave(on: &mut Transaction<'_>, trail: &Trail) -> Result<()> {
    let Some(tenant) = trails::tenant_of(trail) else {
        return Ok(());
    };
    let (mut end, signer) = lock(on, tenant).await?;
    let links = end.links(trail)?;
    let signer = signer.filter(|_| !links.is_empty());
    if let ([link], [] | [_]) = (&links[..], &trail.events[..]) {
        let is_signed = signer.is_some();
        let query = match trail.events.first() {
            None => {
                let row = if is_signed { &SIGNED_ROW } else { &ROW };
                bind_link(row.query(), tenant, link)
            }
            Some(draft) => {
                end.position += 1;
                let both = if is_signed {
                    &SIGNED_ROW_AND_EVENT
                } else {
                    &ROW_AND_EVENT
                };
                let query = bind_link(both.query(), tenant, link);
                bind_event(bind_sequence(query, draft), draft, end.position)?
            }
        };
        on.then(bind_end(query, (tenant, &end), signer)).await?;
        return Ok(());
    }
    for link in links {
        on.then(bind_link(PUT_AUDIT.query(), tenant, &link)).await?;
    }
    for draft in &trail.events {
        end.position += 1;
        let query = bind_sequence(EVENT.query(), draft);
        on.then(bind_event(query, draft, end.position)?).await?;
    }
    let moved = if signer.is_some() {
        &SIGN_TRAIL
    } else {
        &PUT_TRAIL
    };
    on.then(bind_end(moved.query(), (tenant, &end), signer))
        .await?;
    Ok(())
}

/// Where a tenant's trail ends, and the secret that its next end is signed with. A chain whose end is not signed as it
/// stands is signed by nobody but [`Audit::anchor`](trunkline_admin::audit::Audit::anchor), which reads it first.
async fn lock<'c>(on: &mut Transaction<'c>, tenant: &Tenant) -> Result<(End, Option<&'c Sealer>)> {
    let Some(sealer) = on.signer else {
        let locked = on.then(LOCK_TRAIL.query().word(tenant.as_str())).await?;
        return Ok((End::read(locked.rows.first())?, None));
    };
    let query = LOCK_SIGNED.query().word(tenant.as_str());
    let locked = on.then(query.word(tenant.as_str())).await?;
    let end = End::read(locked.rows.first())?;
    let anchor = locked.rows.get(1).map(trails::anchor).transpose()?;
    let is_signed = match anchor {
        Some((_, anchor)) => anchor.head == end.head && anchor.is_genuine(sealer, tenant),
        None => end.head == Head::default(),
    };
    Ok((end, is_signed.then_some(sealer)))
}

/// Arguments of `PUT_TRAIL`, and of `PUT_ANCHOR` with a secret to sign with.
fn bind_end(query: Query, (tenant, end): (&Tenant, &End), signer: Option<&Sealer>) -> Query {
    let query = end.bind(query, tenant);
    match signer {
        Some(sealer) => {
            let anchor = Anchor::new(sealer, tenant, end.head.clone());
            bind_anchor(query, tenant, &anchor)
        }
        None => query,
    }
}

/// Writes a trail alone, or after the statement that it goes with if that changes anything.
pub(super) struct Note {
    pub(super) with: Option<Query>,
    pub(super) trail: Trail,
}

#[async_trait]
impl Write for Note {
    type Output = bool;

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        let changed = match self.with {
            Some(query) => on.first(query).await?.all_changed(),
            None => on.first(TOUCH.query()).await.map(|_| true)?,
        };
        if changed {
            leave(on, &self.trail).await?;
        }
        Ok(changed)
    }
}

struct Prune {
    kept_ms: i64,
    most: i64,
}

#[async_trait]
impl Write for Prune {
    type Output = u64;

    async fn run(self, on: &mut Transaction<'_>) -> Result<u64> {
        let query = PRUNE_EVENTS.query().number(self.kept_ms);
        let query = query.number(self.most).number(CLOCK_STEP_MS);
        let pruned = on.first(query).await?.changed;
        let pruned = pruned.first().copied().unwrap_or_default();
        if pruned > 0 {
            on.then(PRUNE_DELIVERIES.query()).await?;
        }
        Ok(pruned)
    }
}

#[async_trait]
impl Trails for Sqlite {
    async fn note(&self, trail: &Trail) -> Result<()> {
        let trail = trail.clone();
        self.write(Note { with: None, trail }).await.map(drop)
    }

    async fn audit(
        &self,
        tenant: &Tenant,
        filter: &AuditFilter,
        most: usize,
    ) -> Result<Vec<Entry>> {
        let query = bind_audit(LIST_AUDIT.query(), (tenant, filter), most)?;
        let rows = all(&self.readers, query).await?;
        rows.iter().map(|row| document(row, "audit")).collect()
    }

    async fn audit_links(&self, tenant: &Tenant, after: i64, most: usize) -> Result<Vec<Link>> {
        let query = LIST_LINKS.query().word(tenant.as_str()).number(after);
        let rows = all(&self.readers, query.number(limit(most))).await?;
        rows.iter().map(trails::link).collect()
    }

    async fn audit_heads(&self) -> Result<Vec<(Tenant, Head)>> {
        let rows = all(&self.readers, LIST_TRAILS.query()).await?;
        rows.iter().map(trails::head).collect()
    }

    async fn audited(&self) -> Result<Vec<Tenant>> {
        let rows = all(&self.readers, LIST_AUDITED.query()).await?;
        rows.iter().map(trails::tenant).collect()
    }

    async fn anchors(&self) -> Result<Vec<(Tenant, Anchor)>> {
        let rows = all(&self.readers, LIST_ANCHORS.query()).await?;
        rows.iter().map(trails::anchor).collect()
    }

    fn sign_ends(&self, sealer: &Sealer) {
        // With the secret that it was given first: a process has one.
        let _ = self.signer.set(sealer.clone());
    }

    async fn put_anchor(&self, tenant: &Tenant, anchor: &Anchor) -> Result<()> {
        let with = Some(bind_anchor(PUT_ANCHOR.query(), tenant, anchor));
        let trail = Trail::default();
        self.write(Note { with, trail }).await.map(drop)
    }

    async fn events(
        &self,
        tenant: &Tenant,
        filter: &EventFilter,
        most: usize,
    ) -> Result<EventPage> {
        let (latest, after) = (self.event_head(tenant).await?, filter.after);
        let query = bind_events(LIST_EVENTS.query(), (tenant, filter), (after, latest, most))?;
        let rows = all(&self.readers, query).await?;
        let events = rows.iter().map(trails::event).collect::<Result<_>>()?;
        Ok(EventPage::of(events, most, latest.max(after)))
    }

    async fn event(&self, tenant: &Tenant, id: &EventId) -> Result<Option<Event>> {
        let query = FIND_EVENT.query().word(tenant.as_str()).word(id.as_str());
        let row = optional(&self.readers, query).await?;
        row.map(|row| trails::event(&row)).transpose()
    }

    async fn event_head(&self, tenant: &Tenant) -> Result<i64> {
        let query = FIND_TRAIL.query().word(tenant.as_str());
        let row = optional(&self.readers, query).await?;
        row.map_or(Ok(0), |row| row.integer("position"))
    }

    async fn prune_events(&self, kept: Duration, most: usize) -> Result<u64> {
        let (kept_ms, most) = (millis(kept), limit(most));
        self.write(Prune { kept_ms, most }).await
    }
}
