//! The inventory in memory.

mod rows;
mod steps;

use std::time::Duration;

use async_trait::async_trait;

use crate::domain_event::DomainEvent;
use crate::inventory::{
    Acceptance, Inside, InventoryStore, Judged, Kept, Known, Reading, ReadingEnd, Shelf,
    ShelfState, SortedAfter, SummaryRow, Touch,
};
use crate::memory::MemoryJournal;
use trunkline_core::error::Result;
use trunkline_core::inventory::{
    Drift, DriftClass, DriftQuery, InventoryEntry, InventoryQuery, SummaryBy, SyncProgress,
};
use trunkline_core::model::{DriftId, SyncId};

pub(super) use rows::Shelves;

#[async_trait]
impl InventoryStore for MemoryJournal {
    async fn shelve(&self, shelves: &[Shelf], forget_after: Duration) -> Result<()> {
        let mut state = self.state();
        let names = state.inventory.new_names(shelves);
        state.follow(&names)?;
        state.inventory.shelve(shelves, forget_after)
    }

    async fn shelves(&self, identities: &[String]) -> Result<Vec<ShelfState>> {
        Ok(self.state().inventory.states(identities))
    }

    async fn begin_reading(&self, shelf: &Shelf, id: &SyncId, settle: Duration) -> Result<Reading> {
        Ok(self.state().inventory.begin(shelf, id, settle))
    }

    async fn known(&self, identity: &str, provider_ids: &[String]) -> Result<Vec<Known>> {
        Ok(self.state().inventory.known(identity, provider_ids))
    }

    async fn known_entries(
        &self,
        identity: &str,
        provider_ids: &[String],
    ) -> Result<Vec<(InventoryEntry, i64)>> {
        Ok(self.state().inventory.entries(identity, provider_ids))
    }

    async fn remembered(
        &self,
        identity: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Known>> {
        Ok(self.state().inventory.remembered(identity, after, limit))
    }

    async fn touched(&self, reading: &Reading, keys: &[String]) -> Result<Vec<Touch>> {
        Ok(self.state().inventory.touched(reading, keys))
    }

    async fn keep(&self, reading: &Reading, rows: &[Judged]) -> Result<Kept> {
        let mut state = self.state();
        let noted = |row: &Judged| {
            let mut row = row.clone();
            let number = &mut row.entry.number;
            // Tags that were given to a number before the inventory had it.
            let note = state.annotations.get(&number.id);
            if let Some(note) = note.filter(|_| row.version.is_none()) {
                number.tags.clone_from(&note.tags);
                number.protected = note.protected;
            }
            row
        };
        let rows: Vec<Judged> = rows.iter().map(noted).collect();
        state.inventory.keep(reading, &rows)
    }

    async fn end_reading(
        &self,
        reading: &Reading,
        end: &ReadingEnd,
        each_max: usize,
    ) -> Result<bool> {
        let mut state = self.state();
        let Some(news) = state.inventory.end(reading, end) else {
            return Ok(false);
        };
        let (shelf, held) = (&reading.shelf, reading.held);
        let mut events = Vec::new();
        for class in DriftClass::ALL {
            for gone in [false, true] {
                let of_class =
                    |drift: &&Drift| drift.class == class && drift.gone_at.is_some() == gone;
                let found: Vec<&Drift> = news.iter().filter(of_class).collect();
                let count = found.len() as u64;
                if found.len() > each_max {
                    events.push(DomainEvent::DriftsFound {
                        shelf,
                        class,
                        gone,
                        count,
                    });
                } else {
                    events.extend(found.into_iter().map(DomainEvent::Drifted));
                }
            }
        }
        if let ReadingEnd::Suspect { missing } = *end {
            events.push(DomainEvent::ReadingSuspect {
                shelf,
                missing,
                held,
            });
        }
        state.tell(&events)?;
        Ok(true)
    }

    async fn inventory(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        after: Option<&SortedAfter>,
    ) -> Result<Vec<(InventoryEntry, SortedAfter)>> {
        Ok(self.state().inventory.list(inside, query, after))
    }

    async fn count_inventory(&self, inside: &Inside, query: &InventoryQuery) -> Result<u64> {
        Ok(self.state().inventory.fitting(inside, query).count() as u64)
    }

    async fn summarize(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        by: &[SummaryBy],
    ) -> Result<Vec<SummaryRow>> {
        Ok(self.state().inventory.summarize(inside, query, by))
    }

    async fn drifts(&self, inside: &Inside, query: &DriftQuery) -> Result<Vec<Drift>> {
        let state = self.state();
        let drifts = state.inventory.drifts_of(inside).rev();
        let older = |drift: &&Drift| {
            query
                .before
                .as_ref()
                .is_none_or(|before| drift.id < *before)
        };
        let fitting = drifts.filter(older).filter(|drift| query.which.fits(drift));
        Ok(fitting.take(query.limit).cloned().collect())
    }

    async fn drift(&self, inside: &Inside, id: &DriftId) -> Result<Option<Drift>> {
        let state = self.state();
        let mut drifts = state.inventory.drifts_of(inside);
        Ok(drifts.find(|drift| drift.id == *id).cloned())
    }

    async fn accept(
        &self,
        inside: &Inside,
        ids: &[DriftId],
        acceptance: &Acceptance,
    ) -> Result<Vec<DriftId>> {
        Ok(self.state().inventory.accept(inside, ids, acceptance))
    }

    async fn open_drifts(&self) -> Result<Vec<(String, DriftClass, u64)>> {
        Ok(self.state().inventory.open_drifts())
    }

    async fn keep_sync(&self, sync: &SyncProgress) -> Result<()> {
        let kept = sync.clone();
        self.state().inventory.syncs.insert(sync.id.clone(), kept);
        Ok(())
    }

    async fn sync(&self, id: &SyncId) -> Result<Option<SyncProgress>> {
        Ok(self.state().inventory.syncs.get(id).cloned())
    }
}
