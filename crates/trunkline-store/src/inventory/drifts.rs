//! Drifts.

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::inventory::{Drift, DriftClass, DriftQuery, DriftState};
use trunkline_core::{AccountName, DriftId, NumberId, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::inventory::{Acceptance, Inside, Judged, Reading, ReadingEnd};

use super::rows::count;
use super::{leave, touched_since};
use crate::error::unreadable;
use crate::query::{Query, Transaction};
use crate::rows::{Row, document, json, limit};
use crate::sql;
use crate::write::{Done, Write};

/// A drift under the name that its account has now.
pub(super) fn drift(row: &Row) -> Result<Drift> {
    let mut drift: Drift = document(row, "drifts")?;
    drift.tenant = Tenant::new(row.text("tenant")?)?;
    drift.identity = row.text("identity")?;
    if let Some(account) = row.optional_text("account")? {
        let account = AccountName::new(account)?;
        drift.number_id = NumberId::of(&account, drift.number_id.provider_id())?;
        drift.account = account;
    }
    Ok(drift)
}

/// How many are open.
pub(super) fn counted(row: &Row) -> Result<(String, DriftClass, u64)> {
    Ok((
        row.text("identity")?,
        class(row)?,
        count(row.integer("found")?),
    ))
}

fn class(row: &Row) -> Result<DriftClass> {
    let name = row.text("class")?;
    let found = DriftClass::ALL
        .into_iter()
        .find(|class| class.as_str() == name);
    found.ok_or_else(|| unreadable("the class of a drift", std::io::Error::other(name)))
}

/// The drifts that are asked for.
pub(crate) fn listed(inside: &Inside, query: &DriftQuery) -> Result<Query> {
    let select = "SELECT id, doc, identity, tenant, \
        (SELECT account FROM inventory_accounts AS a WHERE a.identity = drifts.identity) AS account FROM drifts";
    let which = &query.which;
    let id = which
        .number
        .as_deref()
        .and_then(|number| NumberId::new(number).ok());
    let number = which.number.as_deref().filter(|_| id.is_none());
    let index = match (&id, number, which.open) {
        (Some(_), ..) => "drifts_by_number",
        (None, Some(_), _) => "drifts_by_e164",
        (None, None, Some(true)) => "drifts_open_by_tenant",
        (None, None, _) => "drifts_by_tenant",
    };
    let state = match which.open {
        Some(true) => " AND state = 'open'",
        Some(false) => " AND state <> 'open'",
        None => "",
    };
    let account = "EXISTS (SELECT 1 FROM inventory_accounts AS b WHERE b.identity = drifts.identity AND b.account = ?)";
    let query = Query::filtered(select, index, &inside.tenant)
        .then(state)
        .then(if number.is_some() {
            " AND number IS NOT NULL"
        } else {
            ""
        })
        .and(
            "identity IN {list}?{/list}",
            Some(json(&inside.identities)?),
        )
        .and("provider_id = ?", id.as_ref().map(NumberId::provider_id))
        .and(account, id.as_ref().map(NumberId::account))
        .and("number = ?", number)
        .and("class = ?", which.class.map(DriftClass::as_str))
        .and("field = ?", which.field.as_deref())
        .and(
            "since_ms >= ?",
            which.since.map(|since| since.as_millisecond()),
        )
        .and("id < ?", query.before.as_ref().map(DriftId::as_str))
        .ordered("id DESC", query.limit);
    Ok(query)
}

/// One drift.
pub(super) fn find(inside: &Inside, id: &DriftId) -> Result<Query> {
    let query = sql::FIND_DRIFT.query().bind(id.as_str());
    Ok(query
        .bind(inside.tenant.as_str())
        .bind(json(&inside.identities)?))
}

fn field(drift: &Drift) -> &str {
    drift.field.as_deref().unwrap_or_default()
}

async fn write(on: &mut dyn Transaction, drift: &Drift, told: bool) -> Result<()> {
    let query = sql::PUT_DRIFT
        .query()
        .bind(drift.id.as_str())
        .bind(drift.tenant.as_str())
        .bind(drift.identity.as_str())
        .bind(drift.provider_id())
        .bind(drift.number.as_deref())
        .bind(drift.class.as_str())
        .bind(field(drift))
        .bind(drift.gone_at.is_some())
        .bind(drift.state.as_str())
        .bind(drift.since.as_millisecond())
        .bind(told)
        .bind(json(drift)?);
    query.count(on).await.map(drop)
}

/// Writes a drift, or moves the open one of the same class and field.
pub(super) async fn put(on: &mut dyn Transaction, new: &Drift) -> Result<()> {
    let query = sql::FIND_OPEN_DRIFT.query().bind(new.identity.as_str());
    let query = query.bind(new.provider_id()).bind(new.class.as_str());
    let Some(row) = query.bind(field(new)).row(on).await? else {
        return write(on, new, false).await;
    };
    let old = as_of(document(&row, "drifts")?, new);
    let moved = old.moved_to(new);
    let same = moved.is == old.is && moved.gone_at == old.gone_at;
    write(on, &moved, same).await
}

/// A drift with what its document leaves out.
fn as_of(old: Drift, of: &Drift) -> Drift {
    Drift {
        tenant: of.tenant.clone(),
        identity: of.identity.clone(),
        ..old
    }
}

/// Ends open drifts of a number.
pub(super) async fn resolve(on: &mut dyn Transaction, judged: &Judged) -> Result<()> {
    let (entry, number) = (&judged.entry, &judged.entry.number);
    let query = sql::LIST_OPEN_DRIFTS.query().bind(entry.identity.as_str());
    let query = query.bind(number.provider_id.as_str());
    for row in query.bind(json(&judged.resolves)?).all(on).await? {
        let old: Drift = document(&row, "drifts")?;
        let resolved = Drift {
            tenant: entry.tenant.clone(),
            identity: entry.identity.clone(),
            state: DriftState::Resolved,
            ended_at: Some(entry.inventory.changed_at),
            ..old
        };
        write(on, &resolved, true).await?;
    }
    Ok(())
}

/// Accepts drifts; gives those that were open.
pub(super) struct Accept {
    pub(super) inside: Inside,
    pub(super) ids: Vec<DriftId>,
    pub(super) acceptance: Acceptance,
}

#[async_trait]
impl Write for Accept {
    type Output = Vec<DriftId>;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Vec<DriftId>>> {
        let mut accepted = Vec::new();
        for id in &self.ids {
            let row = find(&self.inside, id)?.row(on).await?;
            let found = row.as_ref().map(drift).transpose()?;
            let Some(found) = found.filter(|found| found.state == DriftState::Open) else {
                continue;
            };
            let taken = Drift {
                state: DriftState::Accepted,
                accepted_by: Some(self.acceptance.by.clone()),
                ended_at: Some(self.acceptance.at),
                ..found
            };
            write(on, &taken, true).await?;
            accepted.push(id.clone());
        }
        Ok(Done::Kept(accepted))
    }
}

/// Ends a reading, and tells of what was found since the last.
pub(super) struct End {
    pub(super) reading: Reading,
    pub(super) end: ReadingEnd,
    pub(super) each_max: usize,
}

#[async_trait]
impl Write for End {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let (reading, identity) = (&self.reading, self.reading.shelf.identity.as_str());
        let query = sql::END_READING
            .query()
            .bind(identity)
            .bind(reading.id.as_str());
        let query = query
            .bind(self.end.told())
            .bind(self.end == ReadingEnd::Complete);
        if !query
            .bind(reading.mark.as_millisecond())
            .changed(on)
            .await?
        {
            return Ok(Done::Undone(false));
        }
        let query = sql::PRUNE_TOUCHES.query().bind(identity);
        query.bind(touched_since(reading)).count(on).await?;
        let untold = sql::COUNT_UNTOLD.query().bind(identity).all(on).await?;
        for row in &untold {
            self.tell(on, row).await?;
        }
        if !untold.is_empty() {
            sql::TELL_DRIFTS.query().bind(identity).count(on).await?;
        }
        if let ReadingEnd::Suspect { missing } = self.end {
            let (shelf, held) = (&reading.shelf, reading.held);
            let event = DomainEvent::ReadingSuspect {
                shelf,
                missing,
                held,
            };
            leave(on, &Trail::of(&[event])).await?;
        }
        Ok(Done::Kept(true))
    }
}

impl End {
    /// Tells of the drifts of one class.
    async fn tell(&self, on: &mut dyn Transaction, row: &Row) -> Result<()> {
        let (class, gone, found) = (
            class(row)?,
            row.integer("gone")?,
            count(row.integer("found")?),
        );
        let shelf = &self.reading.shelf;
        if found > self.each_max as u64 {
            let event = DomainEvent::DriftsFound {
                shelf,
                class,
                gone: gone != 0,
                count: found,
            };
            return leave(on, &Trail::of(&[event])).await;
        }
        let query = sql::LIST_UNTOLD.query().bind(shelf.identity.as_str());
        let query = query
            .bind(class.as_str())
            .bind(gone)
            .bind(limit(self.each_max));
        let drifts = query.all(on).await?;
        let drifts: Vec<Drift> = drifts.iter().map(drift).collect::<Result<_>>()?;
        let events: Vec<DomainEvent<'_>> = drifts.iter().map(DomainEvent::Drifted).collect();
        leave(on, &Trail::of(&events)).await
    }
}
