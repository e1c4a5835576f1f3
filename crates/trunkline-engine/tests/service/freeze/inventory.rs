//! The inventory of a frozen process is that of its journal.

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

use super::Frozen;

#[async_trait]
impl InventoryStore for Frozen {
    async fn shelve(&self, shelves: &[Shelf], forget_after: Duration) -> Result<()> {
        self.inner.shelve(shelves, forget_after).await
    }

    async fn shelves(&self, identities: &[String]) -> Result<Vec<ShelfState>> {
        self.inner.shelves(identities).await
    }

    async fn begin_reading(&self, shelf: &Shelf, id: &SyncId, settle: Duration) -> Result<Reading> {
        self.inner.begin_reading(shelf, id, settle).await
    }

    async fn known(&self, identity: &str, provider_ids: &[String]) -> Result<Vec<Known>> {
        self.inner.known(identity, provider_ids).await
    }

    async fn known_entries(
        &self,
        identity: &str,
        provider_ids: &[String],
    ) -> Result<Vec<(InventoryEntry, i64)>> {
        self.inner.known_entries(identity, provider_ids).await
    }

    async fn remembered(
        &self,
        identity: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Known>> {
        self.inner.remembered(identity, after, limit).await
    }

    async fn touched(&self, reading: &Reading, keys: &[String]) -> Result<Vec<Touch>> {
        self.inner.touched(reading, keys).await
    }

    async fn keep(&self, reading: &Reading, rows: &[Judged]) -> Result<Kept> {
        self.inner.keep(reading, rows).await
    }

    async fn end_reading(
        &self,
        reading: &Reading,
        end: &ReadingEnd,
        each_max: usize,
    ) -> Result<bool> {
        self.inner.end_reading(reading, end, each_max).await
    }

    async fn inventory(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        after: Option<&SortedAfter>,
    ) -> Result<Vec<(InventoryEntry, SortedAfter)>> {
        self.inner.inventory(inside, query, after).await
    }

    async fn count_inventory(&self, inside: &Inside, query: &InventoryQuery) -> Result<u64> {
        self.inner.count_inventory(inside, query).await
    }

    async fn summarize(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        by: &[SummaryBy],
    ) -> Result<Vec<SummaryRow>> {
        self.inner.summarize(inside, query, by).await
    }

    async fn drifts(&self, inside: &Inside, query: &DriftQuery) -> Result<Vec<Drift>> {
        self.inner.drifts(inside, query).await
    }

    async fn drift(&self, inside: &Inside, id: &DriftId) -> Result<Option<Drift>> {
        self.inner.drift(inside, id).await
    }

    async fn accept(
        &self,
        inside: &Inside,
        ids: &[DriftId],
        acceptance: &Acceptance,
    ) -> Result<Vec<DriftId>> {
        self.inner.accept(inside, ids, acceptance).await
    }

    async fn open_drifts(&self) -> Result<Vec<(String, DriftClass, u64)>> {
        self.inner.open_drifts().await
    }

    async fn keep_sync(&self, sync: &SyncProgress) -> Result<()> {
        self.inner.keep_sync(sync).await
    }

    async fn sync(&self, id: &SyncId) -> Result<Option<SyncProgress>> {
        self.inner.sync(id).await
    }
}
