//! The audit chain and the feed of a tenant have one end each, so a transaction that added to them would keep every other
//! one of the tenant waiting until it is on disk. It leaves what is to be added in a table instead, and one writer adds
//! what it finds there, as much as there is at a time. What reads has it added first.

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use trunkline_admin::audit::{Entry, Link};
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::Draft;
use trunkline_core::{Result, Tenant};

use crate::error::unreadable;
use crate::postgres::pool::Pool;
use crate::postgres::transaction::{self, Read};
use crate::query::{Query, Statement, Transaction};
use crate::rows::{Row, json, limit};
use crate::sql;
use crate::trails::{self, End};
use crate::write::{Done, Write};

/// How much is added to a chain at a time.
const AT_ONCE: usize = 500;

/// Adds rows, $5, and events, $6, both in JSON, to a trail, and moves its end; $1 to $4 as `PUT_TRAIL`.
static ADD_TO_TRAIL: Statement = Statement::new(
    "WITH rows AS (INSERT INTO audit (tenant, seq, at_ms, hash, doc, id, account, number, action, key_id, outcome, \
     request_id) SELECT $1::TEXT, * FROM json_to_recordset(CAST($5 AS JSON)) AS row (seq BIGINT, at_ms BIGINT, hash TEXT, \
     doc TEXT, id TEXT, account TEXT, number TEXT, action TEXT, key_id TEXT, outcome TEXT, request_id TEXT)), \
     drafts AS (SELECT *, COUNT(*) OVER (PARTITION BY resource ORDER BY position DESC) - 1 AS later \
     FROM json_to_recordset(CAST($6 AS JSON)) \
     AS draft (position BIGINT, id TEXT, kind TEXT, account TEXT, resource TEXT, at_ms BIGINT, doc TEXT)), \
     counted AS (INSERT INTO event_sequences AS last (tenant, resource, sequence) \
     SELECT $1::TEXT, resource, COUNT(*) FROM drafts GROUP BY resource ORDER BY resource \
     ON CONFLICT (tenant, resource) DO UPDATE SET sequence = last.sequence + excluded.sequence \
     RETURNING resource, sequence), \
     added AS (INSERT INTO events (tenant, position, id, kind, account, resource, sequence, at_ms, doc) \
     SELECT $1::TEXT, position, id, kind, account, resource, counted.sequence - later, at_ms, doc \
     FROM drafts JOIN counted USING (resource)) \
     UPDATE trails SET seq = $2, hash = $3, position = $4 WHERE tenant = $1",
);

/// A row of `audit` without its tenant.
#[derive(Serialize)]
struct AuditRow<'a> {
    seq: i64,
    at_ms: i64,
    hash: &'a str,
    doc: &'a str,
    id: Option<&'a str>,
    account: Option<&'a str>,
    number: Option<&'a str>,
    action: Option<&'a str>,
    key_id: Option<&'a str>,
    outcome: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> AuditRow<'a> {
    fn of(link: &'a Link) -> Self {
        let copies = link.copies.each_ref().map(Option::as_deref);
        let [id, account, number, action, key_id, outcome, request_id] = copies;
        Self {
            seq: link.seq,
            at_ms: link.at_ms,
            hash: &link.hash,
            doc: &link.text,
            id,
            account,
            number,
            action,
            key_id,
            outcome,
            request_id,
        }
    }
}

/// A row of `events` without its tenant and its place among those of its resource.
#[derive(Serialize)]
struct EventRow<'a> {
    position: i64,
    id: &'a str,
    kind: &'a str,
    account: &'a str,
    resource: &'a str,
    at_ms: i64,
    doc: String,
}

impl<'a> EventRow<'a> {
    fn of(draft: &'a Draft, position: i64) -> Result<Self> {
        Ok(Self {
            position,
            id: draft.id.as_str(),
            kind: draft.kind.as_str(),
            account: &draft.account,
            resource: &draft.resource,
            at_ms: draft.at.as_millisecond(),
            doc: json(draft)?,
        })
    }
}

/// Writes down what a change leaves behind, if anything.
pub(super) fn leave(trail: &Trail) -> Result<Option<Query>> {
    let Some(tenant) = trails::tenant_of(trail) else {
        return Ok(None);
    };
    let query = sql::PUT_UNLINKED.query().bind(tenant.as_str());
    let query = query.bind(json(&trail.audit)?).bind(json(&trail.events)?);
    Ok(Some(query))
}

/// Adds what transactions have left to the chain and the feed of a tenant, or of each.
pub(super) async fn link(pool: &Pool, patience: Duration, tenant: Option<&Tenant>) -> Result<()> {
    let waiting = sql::LIST_UNLINKED.query().bind(tenant.map(Tenant::as_str));
    for row in transaction::run(pool, patience, &Read(waiting)).await? {
        let next = LinkUp(trails::tenant(&row)?);
        while transaction::run(pool, patience, &next).await? {}
    }
    Ok(())
}

/// Adds the next part of it; gives whether there may be more.
struct LinkUp(Tenant);

#[async_trait]
impl Write for LinkUp {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let tenant = &self.0;
        let locked = sql::LOCK_TRAIL.query().bind(tenant.as_str()).row(on);
        let mut end = End::read(locked.await?.as_ref())?;
        let query = sql::TAKE_UNLINKED.query().bind(tenant.as_str());
        let rows = query.bind(limit(AT_ONCE)).all(on).await?;
        if rows.is_empty() {
            return Ok(Done::Undone(false));
        }
        let mut all = Trail::default();
        for row in &rows {
            all.audit.extend(column_of::<Entry>(row, "audit")?);
            all.events.extend(column_of::<Draft>(row, "events")?);
        }
        let links = end.links(&all)?;
        let links: Vec<_> = links.iter().map(AuditRow::of).collect();
        let mut events = Vec::with_capacity(all.events.len());
        for draft in &all.events {
            end.position += 1;
            events.push(EventRow::of(draft, end.position)?);
        }
        let query = end.bind(&ADD_TO_TRAIL, tenant).bind(json(&links)?);
        query.bind(json(&events)?).count(on).await?;
        Ok(Done::Kept(rows.len() == AT_ONCE))
    }
}

fn column_of<T: DeserializeOwned>(row: &Row, column: &'static str) -> Result<Vec<T>> {
    let text = row.text(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable("what a change has left", error))
}
