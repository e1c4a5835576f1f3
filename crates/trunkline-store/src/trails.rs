//! `Trails`: the audit trail and the events.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use trunkline_admin::Trails;
use trunkline_admin::audit::{
    Anchor, AuditFilter, Checkpoint, Entry, Head, Link, OldRows, Outcome,
};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::{Event, EventFilter, EventPage, EventType};
use trunkline_core::{Error, ErrorKind, EventId, KeyId, Result, Tenant};
use trunkline_engine::ActionKind;
use trunkline_engine::seal::Sealer;

use crate::error::unreadable;
use crate::lease::millis;
use crate::query::{Query, Statement, Transaction};
use crate::rows::{Row, document, json, limit};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::{Done, Note, One, Write};

/// The tenant of a trail, if there is anything in it.
pub(crate) fn tenant_of(trail: &Trail) -> Option<&Tenant> {
    let row = trail.audit.first().map(|row| &row.tenant);
    row.or_else(|| trail.events.first().map(|event| &event.tenant))
}

/// Where a tenant's chain and events end.
#[derive(Clone, Debug)]
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
        text: row.document()?,
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

/// Whether an action is none of those that nearly all rows are about.
fn is_rare(action: &str) -> bool {
    action != ActionKind::NumberPurchase.as_str()
}

/// Whether an outcome is none of those that nearly all rows have.
fn is_unusual(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Begun | Outcome::Ok)
}

/// The index that finds the fewest rows by a filter.
fn audit_index(filter: &AuditFilter) -> &'static str {
    if filter.request_id.is_some() {
        "audit_by_request"
    } else if filter.number.is_some() {
        "audit_by_number"
    } else if filter.key.is_some() {
        "audit_by_key"
    } else if filter.account.is_some() {
        "audit_by_account"
    } else if filter.action.as_deref().is_some_and(is_rare) {
        "audit_by_action"
    } else if filter.outcome.is_some_and(is_unusual) {
        "audit_by_outcome"
    } else if filter.from.or(filter.to).is_some() {
        "audit_by_time"
    } else {
        "sqlite_autoindex_audit_1"
    }
}

/// A tenant's audit rows, newest first.
pub(crate) fn listed(tenant: &Tenant, filter: &AuditFilter, most: usize) -> Result<Query> {
    let index = audit_index(filter);
    let (place, order) = match index {
        "audit_by_time" => ("at_ms, seq", "at_ms DESC, seq DESC"),
        _ => ("seq", "seq DESC"),
    };
    let text = |text: &Option<String>| text.as_deref().map(without_nul);
    let ms = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
    let accounts = filter.accounts.as_ref().map(json).transpose()?;
    let mut query = Query::filtered("SELECT id, doc FROM audit", index, tenant);
    if let Some(last) = &filter.before {
        let older = format!(
            "({place}) < (SELECT {place} FROM audit AS last WHERE last.tenant = $1 AND last.at_ms = $2 AND last.id = ?)"
        );
        let made = query.bind(last.made_ms());
        query = made.and(&older, Some(last.as_str()));
    }
    if filter.action.as_deref().is_some_and(is_rare) {
        query = query.then(" AND action <> 'number.purchase'");
    }
    if filter.outcome.is_some_and(is_unusual) {
        query = query.then(" AND outcome NOT IN ('begun', 'ok')");
    }
    let query = query
        .and("request_id = ?", text(&filter.request_id))
        .and("number = ?", text(&filter.number))
        .and("key_id = ?", filter.key.as_ref().map(KeyId::as_str))
        .and("account = ?", text(&filter.account))
        .and("action = ?", text(&filter.action))
        .and("outcome = ?", filter.outcome.map(Outcome::as_str))
        .and("at_ms >= ?", ms(filter.from))
        .and("at_ms < ?", ms(filter.to))
        .and("account IN {list}?{/list}", accounts);
    Ok(query.ordered(order, most))
}

/// A tenant's events after the filter's place and not after `latest`.
pub(crate) fn told(tenant: &Tenant, filter: &EventFilter, latest: i64) -> Result<Query> {
    let (kind, kinds) = match filter.types.as_slice() {
        [] => (None, None),
        [kind] => (Some(*kind), None),
        kinds => (None, Some(json(&kinds)?)),
    };
    let kind_is_rare = kind.is_some_and(|kind| kind != EventType::NumberPurchased);
    let index = if filter.account.is_some() {
        "events_by_account"
    } else if kind_is_rare {
        "events_by_kind"
    } else {
        "sqlite_autoindex_events_1"
    };
    let accounts = filter.accounts.as_ref().map(json).transpose()?;
    let select = "SELECT position, sequence, id, doc FROM events";
    let mut query = Query::filtered(select, index, tenant);
    if kind_is_rare {
        query = query.then(" AND kind <> 'number.purchased'");
    }
    let since = filter.since.map(Timestamp::as_millisecond);
    Ok(query
        .and("position > ?", Some(filter.after))
        .and("position <= ?", Some(latest))
        .and("account = ?", filter.account.as_deref().map(without_nul))
        .and("kind = ?", kind.map(EventType::as_str))
        .and("kind IN {list}?{/list}", kinds)
        .and("account IN {list}?{/list}", accounts)
        .and("at_ms >= ?", since))
}

/// A tenant's checkpoint.
fn checkpoint(row: &Row) -> Result<Checkpoint> {
    Ok(Checkpoint {
        head: head(row)?.1,
        at_ms: row.integer("at_ms")?,
        mac: row.text("mac")?,
    })
}

fn find_checkpoint(tenant: &Tenant) -> Query {
    sql::FIND_CHECKPOINT.query().bind(tenant.as_str())
}

fn put_checkpoint(tenant: &Tenant, checkpoint: &Checkpoint) -> Query {
    let query = sql::PUT_CHECKPOINT.query().bind(tenant.as_str());
    query
        .bind(checkpoint.head.seq)
        .bind(checkpoint.head.hash.as_str())
        .bind(checkpoint.at_ms)
        .bind(checkpoint.mac.as_str())
}

struct PruneEvents {
    kept_ms: i64,
    most: i64,
}

#[async_trait]
impl Write for PruneEvents {
    type Output = u64;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<u64>> {
        let query = sql::PRUNE_EVENTS.query().bind(self.kept_ms);
        let pruned = query.bind(self.most).all(on).await?;
        let mut places: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for row in &pruned {
            let of_tenant = places.entry(row.text("tenant")?).or_default();
            of_tenant.push(row.integer("position")?);
        }
        for (tenant, places) in places {
            let (first, last) = (places.iter().min(), places.iter().max());
            let query = sql::PRUNE_DELIVERIES.query().bind(tenant);
            let query = query.bind(first.copied()).bind(last.copied());
            query.count(on).await?;
        }
        Ok(Done::Kept(u64::try_from(pruned.len()).unwrap_or(u64::MAX)))
    }
}

/// Deletes rows and writes the checkpoint that says so, wholly or not at all.
struct PruneAudit(OldRows);

#[async_trait]
impl Write for PruneAudit {
    type Output = u64;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<u64>> {
        let (old, tenant) = (&self.0, self.0.tenant.as_str());
        let before = find_checkpoint(&old.tenant).row(on).await?;
        let before = before.as_ref().map(checkpoint).transpose()?;
        let signed = sql::FIND_ANCHOR.query().bind(tenant).row(on).await?;
        let signed = signed.as_ref().map(anchor).transpose()?;
        let from = before.as_ref().map_or(0, |before| before.head.seq);
        let rows = sql::LIST_OLD_LINKS.query().bind(tenant).bind(from);
        let rows = rows.bind(limit(old.limit)).bind(millis(old.kept));
        let links = rows.all(on).await?;
        let links = links.iter().map(link).collect::<Result<Vec<_>>>()?;
        let signed = signed.map(|(_, anchor)| anchor);
        let Some(next) = old.checkpoint(before.as_ref(), signed.as_ref(), &links)? else {
            return Ok(Done::Undone(0));
        };
        if !put_checkpoint(&old.tenant, &next).changed(on).await? {
            return Ok(Done::Undone(0));
        }
        let query = sql::PRUNE_AUDIT.query().bind(tenant).bind(next.head.seq);
        Ok(Done::Kept(query.count(on).await?))
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
        let query = listed(tenant, filter, most)?;
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
        let query = told(tenant, filter, latest)?.ordered("position", most);
        let rows = self.backend.all(query).await?;
        let events = rows.iter().map(event).collect::<Result<_>>()?;
        Ok(EventPage::of(events, most, latest.max(filter.after)))
    }

    async fn event(&self, tenant: &Tenant, id: &EventId) -> Result<Option<Event>> {
        self.backend.link(Some(tenant)).await?;
        let query = sql::FIND_EVENT
            .query()
            .bind(tenant.as_str())
            .bind(id.as_str())
            .bind(id.made_ms());
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
        self.backend.write(PruneEvents { kept_ms, most }).await
    }

    async fn prune_audit(&self, old: &OldRows) -> Result<u64> {
        self.backend.write(PruneAudit(old.clone())).await
    }

    async fn checkpoint(&self, tenant: &Tenant) -> Result<Option<Checkpoint>> {
        self.backend.find(find_checkpoint(tenant), checkpoint).await
    }

    async fn put_checkpoint(&self, tenant: &Tenant, checkpoint: &Checkpoint) -> Result<()> {
        let query = put_checkpoint(tenant, checkpoint);
        self.backend.write(One::new(query)).await.map(drop)
    }
}
