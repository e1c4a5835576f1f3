//! The audit trail and the events on PostgreSQL. The chain and the feed of a tenant have one end each, so a transaction
//! that added to them would keep every other one of the tenant waiting until it is on disk. It leaves what is to be added
//! in a table instead, and one writer adds what it finds there, as much as there is at a time. Who reads has it added
//! first.

use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgConnection;
use trunkline_admin::Trails;
use trunkline_admin::audit::{Anchor, AuditFilter, Entry, Head, Link};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Draft, Event, EventFilter, EventPage};
use trunkline_core::{EventId, Result, Tenant};

use crate::error::unreadable;
use crate::lease::millis;
use crate::postgres::pool::Pool;
use crate::postgres::query::{Query, Statement};
use crate::postgres::transaction::{self, Done, Put, Read, Trouble, Write};
use crate::postgres::{Postgres, statement};
use crate::rows::{Cells, document, json, limit};
use crate::sql::CLOCK_STEP_MS;
use crate::trails::{self, Binds, End, bind_anchor, bind_audit, bind_events};

statement!(
    LOCK_TRAIL,
    PUT_UNLINKED,
    LIST_UNLINKED,
    TAKE_UNLINKED,
    LIST_TRAILS,
    LIST_AUDITED,
    LIST_ANCHORS,
    PUT_ANCHOR,
    FIND_TRAIL,
    LIST_AUDIT,
    LIST_LINKS,
    LIST_EVENTS,
    FIND_EVENT,
    PRUNE_EVENTS,
    PRUNE_DELIVERIES,
);

/// Columns of an audit row that repeat what is in its text, see `Link::copies`.
const COPIES: usize = 7;

/// How much is added to a chain at a time.
const AT_ONCE: usize = 500;

/// Writes down what a change leaves behind.
pub(super) async fn leave(on: &mut PgConnection, trail: &Trail) -> Result<(), Trouble> {
    let Some(tenant) = trails::tenant_of(trail) else {
        return Ok(());
    };
    let query = PUT_UNLINKED.query().word(tenant.as_str());
    let query = query.word(&json(&trail.audit)?).word(&json(&trail.events)?);
    query.changed(on).await?;
    Ok(())
}

/// Adds what transactions have left to the chain and the feed of a tenant, or of each.
pub(super) async fn link(pool: &Pool, patience: Duration, tenant: Option<&Tenant>) -> Result<()> {
    let whose = tenant.map(|tenant| tenant.as_str().to_owned());
    let waiting = Read(LIST_UNLINKED.query().text(whose));
    for row in transaction::run(pool, patience, &waiting).await? {
        let tenant = trails::tenant(&row)?;
        while transaction::run(pool, patience, &LinkUp(&tenant)).await? {}
    }
    Ok(())
}

/// Adds the next part of it; gives whether there may be more.
struct LinkUp<'a>(&'a Tenant);

#[async_trait]
impl Write for LinkUp<'_> {
    type Output = bool;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        let tenant = self.0;
        let locked = LOCK_TRAIL.query().word(tenant.as_str()).row(on).await?;
        let mut end = End::read(locked.as_ref())?;
        let query = TAKE_UNLINKED.query().word(tenant.as_str());
        let rows = query.number(limit(AT_ONCE)).all(on).await?;
        if rows.is_empty() {
            return Ok(Done::Undone(false));
        }
        let mut all = Trail::default();
        for row in &rows {
            all.audit.extend(column_of::<Entry>(row, "audit")?);
            all.events.extend(column_of::<Draft>(row, "events")?);
        }
        let links = end.links(&all)?;
        let first = end.position + 1;
        end.position += i64::try_from(all.events.len()).unwrap_or_default();
        let query = bind_links(end.bind(ADD_TO_TRAIL.query(), tenant), &links);
        bind_drafts(query, &all.events, first)?.changed(on).await?;
        Ok(Done::Kept(rows.len() == AT_ONCE))
    }
}

fn column_of<T: DeserializeOwned>(row: &impl Cells, column: &'static str) -> Result<Vec<T>> {
    let text = row.text(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable("what a change has left", error))
}

/// Adds rows and events to a trail, and moves its end. $1 to $4 as `PUT_TRAIL`.
static ADD_TO_TRAIL: Statement = Statement::new(|| {
    "WITH rows AS (INSERT INTO audit (tenant, seq, at_ms, hash, doc, id, account, number, action, key_id, outcome, \
     request_id) SELECT $1::TEXT, * FROM unnest($5::BIGINT[], $6::BIGINT[], $7::TEXT[], $8::TEXT[], $9::TEXT[], $10::TEXT[], \
     $11::TEXT[], $12::TEXT[], $13::TEXT[], $14::TEXT[], $15::TEXT[])), \
     drafts AS (SELECT *, COUNT(*) OVER (PARTITION BY resource ORDER BY position DESC) - 1 AS later \
     FROM unnest($16::BIGINT[], $17::TEXT[], $18::TEXT[], $19::TEXT[], $20::TEXT[], $21::BIGINT[], $22::TEXT[]) \
     AS draft (position, id, kind, account, resource, at_ms, doc)), \
     counted AS (INSERT INTO event_sequences AS last (tenant, resource, sequence) \
     SELECT $1::TEXT, resource, COUNT(*) FROM drafts GROUP BY resource ORDER BY resource \
     ON CONFLICT (tenant, resource) DO UPDATE SET sequence = last.sequence + excluded.sequence \
     RETURNING resource, sequence), \
     told AS (INSERT INTO events (tenant, position, id, kind, account, resource, sequence, at_ms, doc) \
     SELECT $1::TEXT, position, id, kind, account, resource, counted.sequence - later, at_ms, doc \
     FROM drafts JOIN counted USING (resource)) \
     UPDATE trails SET seq = $2, hash = $3, position = $4 WHERE tenant = $1"
        .to_owned()
});

/// The columns of audit rows.
fn bind_links(query: Query, links: &[Link]) -> Query {
    let texts = |of: fn(&Link) -> &str| column(links, |link| of(link).to_owned());
    let query = query
        .bind(column(links, |link| link.seq))
        .bind(column(links, |link| link.at_ms))
        .bind(texts(|link| &link.hash))
        .bind(texts(|link| &link.text));
    (0..COPIES).fold(query, |query, at| {
        query.bind(column(links, |link| link.copies[at].clone()))
    })
}

/// The columns of events, the first of them at this place.
fn bind_drafts(query: Query, drafts: &[Draft], first: i64) -> Result<Query> {
    let texts = |of: fn(&Draft) -> &str| column(drafts, |draft| of(draft).to_owned());
    let documents: Vec<String> = drafts.iter().map(json).collect::<Result<_>>()?;
    let positions: Vec<i64> = (first..).take(drafts.len()).collect();
    Ok(query
        .bind(positions)
        .bind(texts(|draft| draft.id.as_str()))
        .bind(texts(|draft| draft.kind.as_str()))
        .bind(texts(|draft| &draft.account))
        .bind(texts(|draft| &draft.resource))
        .bind(column(drafts, |draft| draft.at.as_millisecond()))
        .bind(documents))
}

fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
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
    kept_ms: i64,
    most: i64,
}

#[async_trait]
impl Write for Prune {
    type Output = u64;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<u64>, Trouble> {
        let query = PRUNE_EVENTS.query().number(self.kept_ms);
        let query = query.number(self.most).number(CLOCK_STEP_MS);
        let pruned = query.count(on).await?;
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

    async fn audit(
        &self,
        tenant: &Tenant,
        filter: &AuditFilter,
        most: usize,
    ) -> Result<Vec<Entry>> {
        self.link(Some(tenant)).await?;
        let query = bind_audit(LIST_AUDIT.query(), (tenant, filter), most)?;
        let rows = self.all(query).await?;
        rows.iter().map(|row| document(row, "audit")).collect()
    }

    async fn audit_links(&self, tenant: &Tenant, after: i64, most: usize) -> Result<Vec<Link>> {
        self.link(Some(tenant)).await?;
        let query = LIST_LINKS.query().word(tenant.as_str()).number(after);
        let rows = self.all(query.number(limit(most))).await?;
        rows.iter().map(trails::link).collect()
    }

    async fn audit_heads(&self) -> Result<Vec<(Tenant, Head)>> {
        self.link(None).await?;
        let rows = self.all(LIST_TRAILS.query()).await?;
        rows.iter().map(trails::head).collect()
    }

    async fn audited(&self) -> Result<Vec<Tenant>> {
        self.link(None).await?;
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
        filter: &EventFilter,
        most: usize,
    ) -> Result<EventPage> {
        // Read before the events: whatever is at or before it is committed.
        let (latest, after) = (self.event_head(tenant).await?, filter.after);
        let query = bind_events(LIST_EVENTS.query(), (tenant, filter), (after, latest, most))?;
        let rows = self.all(query).await?;
        let events = rows.iter().map(trails::event).collect::<Result<_>>()?;
        Ok(EventPage::of(events, most, latest.max(after)))
    }

    async fn event(&self, tenant: &Tenant, id: &EventId) -> Result<Option<Event>> {
        self.link(Some(tenant)).await?;
        let query = FIND_EVENT.query().word(tenant.as_str()).word(id.as_str());
        let row = self.optional(query).await?;
        row.map(|row| trails::event(&row)).transpose()
    }

    async fn event_head(&self, tenant: &Tenant) -> Result<i64> {
        self.link(Some(tenant)).await?;
        let query = FIND_TRAIL.query().word(tenant.as_str());
        let row = self.optional(query).await?;
        row.map_or(Ok(0), |row| row.integer("position"))
    }

    async fn prune_events(&self, kept: Duration, most: usize) -> Result<u64> {
        let (kept_ms, most) = (millis(kept), limit(most));
        self.write(Prune { kept_ms, most }).await
    }
}
