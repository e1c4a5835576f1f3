//! `Trails`: the audit trail and the events.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use trunkline_admin::Trails;
use trunkline_admin::audit::{Anchor, AuditFilter, Entry, Head, Link, Outcome};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Event, EventFilter, EventPage};
use trunkline_core::{AuditId, Error, ErrorKind, EventId, KeyId, Result, Tenant};
use trunkline_engine::seal::Sealer;

use crate::error::unreadable;
use crate::lease::millis;
use crate::query::{Query, Statement, Transaction};
use crate::rows::{Row, document, json, limit};
use crate::sql::{self, CLOCK_STEP_MS};
use crate::store::{Backend, Sql};
use crate::write::{Done, Note, One, Write};

/// The tenant of a trail, if there is anything in it.
pub(crate) fn tenant_of(trail: &Trail) -> Option<&Tenant> {
    let row = trail.audit.first().map(|row| &row.tenant);
    row.or_else(|| trail.events.first().map(|event| &event.tenant))
}

/// Where a tenant's chain and events end.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) head: Head,
    pub(crate) position: i64,
}

impl End {
    /// Reads what `LOCK_TRAIL` gave.
    pub(crate) fn read(row: Option<&Row>) -> Result<Self> {
        let row = row.ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "the database gave no place in the audit trail",
            )
        })?;
        Ok(Self {
            head: Head {
                seq: row.integer("seq")?,
                hash: row.text("hash")?,
            },
            position: row.integer("position")?,
        })
    }

    /// The rows that are to be added; it ends after them.
    pub(crate) fn links(&mut self, trail: &Trail) -> Result<Vec<Link>> {
        let mut links = Vec::with_capacity(trail.audit.len());
        for entry in &trail.audit {
            let link = Link::after(&self.head, entry).map_err(|error| {
                Error::new(ErrorKind::Internal, "an audit row can't be written").with_source(error)
            })?;
            self.head = Head {
                seq: link.seq,
                hash: link.hash.clone(),
            };
            links.push(link);
        }
        Ok(links)
    }

    /// Gives a statement the arguments of `PUT_TRAIL`.
    pub(crate) fn bind(&self, statement: &'static Statement, tenant: &Tenant) -> Query {
        statement
            .query()
            .bind(tenant.as_str())
            .bind(self.head.seq)
            .bind(self.head.hash.as_str())
            .bind(self.position)
    }
}

/// A text as a column of PostgreSQL's can hold it: without the one character that none can.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Moves a tenant's anchor on.
pub(crate) fn put_anchor(tenant: &Tenant, anchor: &Anchor) -> Query {
    sql::PUT_ANCHOR
        .query()
        .bind(tenant.as_str())
        .bind(anchor.head.seq)
        .bind(anchor.head.hash.as_str())
        .bind(anchor.mac.as_str())
}

/// A row of a chain.
pub(crate) fn link(row: &Row) -> Result<Link> {
    Ok(Link {
        seq: row.integer("seq")?,
        hash: row.text("hash")?,
        text: row.text("doc")?,
        at_ms: row.integer("at_ms")?,
        copies: [
            row.optional_text("id")?,
            row.optional_text("account")?,
            row.optional_text("number")?,
            row.optional_text("action")?,
            row.optional_text("key_id")?,
            row.optional_text("outcome")?,
            row.optional_text("request_id")?,
        ],
    })
}

/// Where a tenant's chain ends.
pub(crate) fn head(row: &Row) -> Result<(Tenant, Head)> {
    let tenant = tenant(row)?;
    let head = Head {
        seq: row.integer("seq")?,
        hash: row.text("hash")?,
    };
    Ok((tenant, head))
}

/// A tenant alone.
pub(crate) fn tenant(row: &Row) -> Result<Tenant> {
    Tenant::new(row.text("tenant")?).map_err(|error| unreadable("a tenant", error))
}

/// Whose chain is signed up to where.
pub(crate) fn anchor(row: &Row) -> Result<(Tenant, Anchor)> {
    let (tenant, head) = head(row)?;
    let mac = row.text("mac")?;
    Ok((tenant, Anchor { head, mac }))
}

/// An event.
pub(crate) fn event(row: &Row) -> Result<Event> {
    Ok(Event {
        draft: document(row, "events")?,
        sequence: row.integer("sequence")?,
        position: row.integer("position")?,
    })
}

struct Prune {
    kept_ms: i64,
    most: i64,
}

#[async_trait]
impl Write for Prune {
    type Output = u64;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<u64>> {
        let query = sql::PRUNE_EVENTS.query().bind(self.kept_ms);
        let query = query.bind(self.most).bind(CLOCK_STEP_MS);
        let pruned = query.count(on).await?;
        if pruned > 0 {
            sql::PRUNE_DELIVERIES.query().changed(on).await?;
        }
        Ok(Done::Kept(pruned))
    }
}

#[async_trait]
impl<B: Backend> Trails for Sql<B> {
    async fn note(&self, trail: &Trail) -> Result<()> {
        let note = Note::alone(trail.clone());
        self.backend.write(note).await.map(drop)
    }

    async fn audit(
        &self,
        tenant: &Tenant,
        filter: &AuditFilter,
        most: usize,
    ) -> Result<Vec<Entry>> {
        self.backend.link(Some(tenant)).await?;
        let text = |text: &Option<String>| text.as_deref().map(without_nul);
        let ms = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
        let query = sql::LIST_AUDIT
            .query()
            .bind(tenant.as_str())
            .bind(text(&filter.account))
            .bind(text(&filter.number))
            .bind(text(&filter.action))
            .bind(filter.key.as_ref().map(KeyId::as_str))
            .bind(filter.outcome.map(Outcome::as_str))
            .bind(text(&filter.request_id))
            .bind(ms(filter.from))
            .bind(ms(filter.to))
            .bind(filter.before.as_ref().map(AuditId::as_str))
            .bind(filter.accounts.as_ref().map(json).transpose()?)
            .bind(limit(most));
        self.backend.list(query, |row| document(row, "audit")).await
    }

    async fn audit_links(&self, tenant: &Tenant, after: i64, most: usize) -> Result<Vec<Link>> {
        self.backend.link(Some(tenant)).await?;
        let query = sql::LIST_LINKS.query().bind(tenant.as_str()).bind(after);
        self.backend.list(query.bind(limit(most)), link).await
    }

    async fn audit_heads(&self) -> Result<Vec<(Tenant, Head)>> {
        self.backend.link(None).await?;
        self.backend.list(sql::LIST_TRAILS.query(), head).await
    }

    async fn audited(&self) -> Result<Vec<Tenant>> {
        self.backend.link(None).await?;
        self.backend.list(sql::LIST_AUDITED.query(), tenant).await
    }

    async fn anchors(&self) -> Result<Vec<(Tenant, Anchor)>> {
        self.backend.list(sql::LIST_ANCHORS.query(), anchor).await
    }

    fn sign_ends(&self, sealer: &Sealer) {
        self.backend.sign_ends(sealer);
    }

    async fn put_anchor(&self, tenant: &Tenant, anchor: &Anchor) -> Result<()> {
        let query = put_anchor(tenant, anchor);
        self.backend.write(One::new(query)).await.map(drop)
    }

    async fn events(
        &self,
        tenant: &Tenant,
        filter: &EventFilter,
        most: usize,
    ) -> Result<EventPage> {
        // Read before the events: whatever is at or before it is committed.
        let latest = self.event_head(tenant).await?;
        let after = filter.after;
        let types = (!filter.types.is_empty()).then_some(&filter.types);
        let query = sql::LIST_EVENTS
            .query()
            .bind(tenant.as_str())
            .bind(after)
            .bind(filter.accounts.as_ref().map(json).transpose()?)
            .bind(types.map(json).transpose()?)
            .bind(filter.account.as_deref().map(without_nul))
            .bind(filter.since.map(Timestamp::as_millisecond))
            .bind(latest)
            .bind(limit(most));
        let rows = self.backend.all(query).await?;
        let events = rows.iter().map(event).collect::<Result<_>>()?;
        Ok(EventPage::of(events, most, latest.max(after)))
    }

    async fn event(&self, tenant: &Tenant, id: &EventId) -> Result<Option<Event>> {
        self.backend.link(Some(tenant)).await?;
        let query = sql::FIND_EVENT
            .query()
            .bind(tenant.as_str())
            .bind(id.as_str());
        self.backend.find(query, event).await
    }

    async fn event_head(&self, tenant: &Tenant) -> Result<i64> {
        self.backend.link(Some(tenant)).await?;
        let query = sql::FIND_TRAIL.query().bind(tenant.as_str());
        let position = self.backend.find(query, |row| row.integer("position"));
        Ok(position.await?.unwrap_or_default())
    }

    async fn prune_events(&self, kept: Duration, most: usize) -> Result<u64> {
        let (kept_ms, most) = (millis(kept), limit(most));
        self.backend.write(Prune { kept_ms, most }).await
    }
}
