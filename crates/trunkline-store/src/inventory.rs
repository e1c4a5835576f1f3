//! `InventoryStore`: what accounts hold, remembered.

mod drifts;
mod keep;
mod list;
mod rare;
mod renamed;
mod rows;
mod shelves;
mod through;

use std::time::Duration;

use async_trait::async_trait;
use trunkline_core::inventory::{
    Drift, DriftClass, DriftQuery, InventoryEntry, InventoryQuery, SummaryBy, SyncProgress,
};
use trunkline_core::{DriftId, Result, SyncId};
use trunkline_engine::inventory::{
    Acceptance, Inside, InventoryStore, Judged, Kept, Known, Reading, ReadingEnd, Shelf,
    ShelfState, SortedAfter, SummaryRow, Touch,
};

use crate::lease::millis;
use crate::rows::{document, json, limit};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::One;

#[cfg(all(test, feature = "sqlite"))]
pub(crate) use drifts::listed as drifts_listed;
#[cfg(all(test, feature = "sqlite"))]
pub(crate) use list::{Asked, counted, listed, parts, summed};
pub(crate) use through::{annotate, at_once, begun, leave};

/// How long the progress of a sync is kept: 7 days.
const SYNCS_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// From when on what was touched is not judged by a reading.
fn touched_since(reading: &Reading) -> i64 {
    reading.mark.as_millisecond() - millis(reading.settle)
}

#[async_trait]
impl<B: Backend> InventoryStore for Sql<B> {
    async fn shelve(&self, shelves: &[Shelf], forget_after: Duration) -> Result<()> {
        let shelve = shelves::Shelve {
            shelves: shelves.to_vec(),
        };
        self.backend.write(shelve).await?;
        let after = forget_after;
        while self.backend.write(shelves::Forget { after }).await? {}
        Ok(())
    }

    async fn shelves(&self, identities: &[String]) -> Result<Vec<ShelfState>> {
        let query = sql::LIST_SHELVES.query().bind(json(&identities)?);
        self.backend.list(query, shelves::state).await
    }

    async fn begin_reading(&self, shelf: &Shelf, id: &SyncId, settle: Duration) -> Result<Reading> {
        let (shelf, id) = (shelf.clone(), id.clone());
        self.backend
            .write(shelves::Begin { shelf, id, settle })
            .await
    }

    async fn known(&self, identity: &str, provider_ids: &[String]) -> Result<Vec<Known>> {
        let query = sql::LIST_KNOWN.query().bind(identity);
        self.backend
            .list(query.bind(json(&provider_ids)?), rows::known)
            .await
    }

    async fn known_entries(
        &self,
        identity: &str,
        provider_ids: &[String],
    ) -> Result<Vec<(InventoryEntry, i64)>> {
        if provider_ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = sql::LIST_KNOWN_ENTRIES.query().bind(identity);
        let query = query.bind(json(&provider_ids)?);
        self.backend
            .list(query, |row| {
                Ok((rows::entry(row)?, row.integer("version")?))
            })
            .await
    }

    async fn remembered(
        &self,
        identity: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Known>> {
        let query = sql::LIST_REMEMBERED.query().bind(identity);
        let query = query.bind(after.unwrap_or_default()).bind(limit(most));
        self.backend.list(query, rows::known).await
    }

    async fn touched(&self, reading: &Reading, keys: &[String]) -> Result<Vec<Touch>> {
        let query = sql::LIST_TOUCHED
            .query()
            .bind(reading.shelf.identity.as_str());
        let query = query.bind(json(&keys)?).bind(touched_since(reading));
        self.backend.list(query, rows::touch).await
    }

    async fn keep(&self, reading: &Reading, rows: &[Judged]) -> Result<Kept> {
        let (reading, rows) = (reading.clone(), rows.to_vec());
        self.backend.write(keep::Keep { reading, rows }).await
    }

    async fn end_reading(
        &self,
        reading: &Reading,
        end: &ReadingEnd,
        each_max: usize,
    ) -> Result<bool> {
        let is_first = reading.baseline && *end == ReadingEnd::Complete;
        let (reading, end) = (reading.clone(), end.clone());
        let end = drifts::End {
            reading,
            end,
            each_max,
        };
        let ended = self.backend.write(end).await?;
        if is_first && let Err(error) = self.backend.all(sql::ANALYZE_INVENTORY.query()).await {
            tracing::debug!(%error, "the inventory has no statistics yet");
        }
        Ok(ended)
    }

    async fn inventory(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        after: Option<&SortedAfter>,
    ) -> Result<Vec<(InventoryEntry, SortedAfter)>> {
        let places = rare::places(&self.backend, query).await?;
        let (mut found, mut rest, mut after) = (Vec::new(), query.clone(), after);
        for part in list::parts(query, after) {
            let asked = list::Asked {
                inside,
                query: &rest,
                places: places.as_deref(),
            };
            let listed = list::listed(asked, *part, after.take())?;
            let rows = self
                .backend
                .list(listed, |row| rows::placed(row, query.sort))
                .await?;
            rest.limit -= rows.len();
            found.extend(rows);
            if rest.limit == 0 {
                break;
            }
        }
        Ok(found)
    }

    async fn count_inventory(&self, inside: &Inside, query: &InventoryQuery) -> Result<u64> {
        let places = rare::places(&self.backend, query).await?;
        let asked = list::Asked {
            inside,
            query,
            places: places.as_deref(),
        };
        let counted = list::counted(asked)?;
        let found = self
            .backend
            .find(counted, |row| row.integer("found"))
            .await?;
        Ok(rows::count(found.unwrap_or_default()))
    }

    async fn summarize(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        by: &[SummaryBy],
    ) -> Result<Vec<SummaryRow>> {
        let places = rare::places(&self.backend, query).await?;
        let asked = list::Asked {
            inside,
            query,
            places: places.as_deref(),
        };
        let summed = list::summed(asked, by)?;
        let rows = self.backend.list(summed, |row| rows::summed(row, by));
        let mut rows = rows.await?;
        rows.sort_by(|one, other| one.by.cmp(&other.by));
        Ok(rows)
    }

    async fn drifts(&self, inside: &Inside, query: &DriftQuery) -> Result<Vec<Drift>> {
        let listed = drifts::listed(inside, query)?;
        self.backend.list(listed, drifts::drift).await
    }

    async fn drift(&self, inside: &Inside, id: &DriftId) -> Result<Option<Drift>> {
        self.backend
            .find(drifts::find(inside, id)?, drifts::drift)
            .await
    }

    async fn accept(
        &self,
        inside: &Inside,
        ids: &[DriftId],
        acceptance: &Acceptance,
    ) -> Result<Vec<DriftId>> {
        let accept = drifts::Accept {
            inside: inside.clone(),
            ids: ids.to_vec(),
            acceptance: acceptance.clone(),
        };
        self.backend.write(accept).await
    }

    async fn open_drifts(&self) -> Result<Vec<(String, DriftClass, u64)>> {
        self.backend
            .list(sql::COUNT_DRIFTS.query(), drifts::counted)
            .await
    }

    async fn keep_sync(&self, sync: &SyncProgress) -> Result<()> {
        let query = sql::PUT_SYNC.query().bind(sync.id.as_str());
        self.backend
            .write(One::new(query.bind(json(sync)?)))
            .await?;
        if sync.ended_at.is_some() {
            let old = sql::PRUNE_SYNCS.query().bind(millis(SYNCS_KEPT));
            self.backend.write(One::new(old)).await?;
        }
        Ok(())
    }

    async fn sync(&self, id: &SyncId) -> Result<Option<SyncProgress>> {
        let query = sql::FIND_SYNC.query().bind(id.as_str());
        self.backend
            .find(query, |row| document(row, "inventory_syncs"))
            .await
    }
}
