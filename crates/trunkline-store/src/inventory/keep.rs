//! Writing rows of the inventory.

use std::collections::HashMap;

use async_trait::async_trait;
use trunkline_core::inventory::InventoryEntry;
use trunkline_core::{NumberId, Result};
use trunkline_engine::inventory::{Judged, Kept, Reading};
use trunkline_engine::journal::Annotation;

use super::rows::Columns;
use super::{drifts, touched_since};
use crate::query::{Query, Transaction};
use crate::rows::{annotations, json};
use crate::sql;
use crate::write::{Done, Write};

/// Whose write goes before that of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    /// Our own work on the number.
    Work,
    /// Its tags and protection, which no reading shows.
    Tags,
}

/// Writes one row, whatever its version.
pub(super) async fn put(
    on: &mut dyn Transaction,
    entry: &InventoryEntry,
    force: Force,
) -> Result<()> {
    let read = force == Force::Tags && is_read(on, entry).await?;
    let columns = Columns::of(entry, 1, read)?;
    let level: i64 = match force {
        Force::Work => 1,
        Force::Tags => 2,
    };
    let query = sql::PUT_INVENTORY.query().bind(json(&[columns])?);
    if let Some(row) = query.bind(0_i64).bind(level).row(on).await? {
        put_tags(on, row.integer("seq")?, entry).await?;
    }
    Ok(())
}

/// The row of a number that our own work has brought, which changes nothing if the number has a row or a note already.
pub(super) fn brought(entry: &InventoryEntry) -> Result<Query> {
    let columns = Columns::of(entry, 1, false)?;
    Ok(columns.bind(sql::PUT_BROUGHT.query()))
}

async fn is_read(on: &mut dyn Transaction, entry: &InventoryEntry) -> Result<bool> {
    let query = sql::LIST_KNOWN.query().bind(entry.identity.as_str());
    let row = query
        .bind(json(&[&entry.number.provider_id])?)
        .row(on)
        .await?;
    Ok(match row {
        Some(row) => row.integer("read")? != 0,
        None => false,
    })
}

async fn put_tags(on: &mut dyn Transaction, place: i64, entry: &InventoryEntry) -> Result<()> {
    sql::FORGET_TAGS.query().bind(place).count(on).await?;
    if entry.number.tags.is_empty() {
        return Ok(());
    }
    let query = sql::PUT_TAGS
        .query()
        .bind(place)
        .bind(entry.tenant.as_str());
    query
        .bind(json(&entry.number.tags)?)
        .count(on)
        .await
        .map(drop)
}

/// Writes a batch of a reading's rows with their drifts.
pub(super) struct Keep {
    pub(super) reading: Reading,
    pub(super) rows: Vec<Judged>,
}

#[async_trait]
impl Write for Keep {
    type Output = Kept;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Kept>> {
        let reading = sql::IS_READING
            .query()
            .bind(self.reading.shelf.identity.as_str());
        if reading
            .bind(self.reading.id.as_str())
            .row(on)
            .await?
            .is_none()
        {
            return Ok(Done::Undone(Kept::Superseded));
        }
        let mut written = Vec::with_capacity(self.rows.len());
        // What was found absent was not touched by the carrier's answer: its tags stay.
        let notes = self.notes(on).await?;
        let entries: Vec<InventoryEntry> = self.rows.iter().map(|row| noted(row, &notes)).collect();
        let columns = self.rows.iter().zip(&entries).map(|(row, entry)| {
            Columns::of(
                entry,
                row.version.map_or(1, |version| version + 1),
                row.read,
            )
        });
        let columns: Vec<Columns<'_>> = columns.collect::<Result<_>>()?;
        let query = sql::PUT_INVENTORY.query().bind(json(&columns)?);
        let query = query.bind(touched_since(&self.reading)).bind(0_i64);
        for row in query.all(on).await? {
            let id = row.text("provider_id")?;
            let at = self
                .rows
                .iter()
                .position(|it| it.entry.number.provider_id == id);
            if let Some((judged, entry)) =
                at.and_then(|at| Some((self.rows.get(at)?, entries.get(at)?)))
            {
                if judged.version.is_none() && !entry.number.tags.is_empty() {
                    put_tags(on, row.integer("seq")?, entry).await?;
                }
                follow(on, judged).await?;
            }
            written.push(id);
        }
        Ok(Done::Kept(Kept::Written(written)))
    }
}

/// A row with the tags that were given to its number before the inventory had it.
fn noted(row: &Judged, notes: &HashMap<NumberId, Annotation>) -> InventoryEntry {
    let mut entry = row.entry.clone();
    if let Some(note) = notes.get(&entry.number.id) {
        entry.number.tags.clone_from(&note.tags);
        entry.number.protected = note.protected;
    }
    entry
}

impl Keep {
    /// What is noted of numbers that the inventory does not have yet.
    async fn notes(&self, on: &mut dyn Transaction) -> Result<HashMap<NumberId, Annotation>> {
        let new = self.rows.iter().filter(|row| row.version.is_none());
        let ids: Vec<&NumberId> = new.map(|row| &row.entry.number.id).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sql::LIST_ANNOTATIONS
            .query()
            .bind(json(&ids)?)
            .all(on)
            .await?;
        Ok(annotations(&rows)?.into_iter().collect())
    }
}

/// What goes with a row that was written.
async fn follow(on: &mut dyn Transaction, judged: &Judged) -> Result<()> {
    if judged.absorbs {
        let (entry, number) = (&judged.entry, &judged.entry.number);
        let query = sql::FORGET_TOUCHES.query().bind(entry.identity.as_str());
        let query = query.bind(number.provider_id.as_str());
        query.bind(number.number.as_deref()).count(on).await?;
    }
    if !judged.resolves.is_empty() {
        drifts::resolve(on, judged).await?;
    }
    for drift in &judged.drifts {
        drifts::put(on, drift).await?;
    }
    Ok(())
}
