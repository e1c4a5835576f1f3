//! `Records`: releases, annotations, caller IDs and sealed texts.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{CallerIdState, NumberId, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Annotation, CallerIdRecord, Records, Release, Releasing};

use crate::releases::{
    Annotate, BeginRelease, EndRelease, HoldRelease, Respell, SendRelease, UndoRelease,
};
use crate::rows::{annotations, document, json, limit, number_id, placed_id};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::{Note, One};

#[async_trait]
impl<B: Backend> Records for Sql<B> {
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing> {
        self.backend.write(BeginRelease(release.clone(), after, Trail::of(&[event])))
            .await
    }

    async fn send_release(&self, release: &Release) -> Result<Releasing> {
        self.backend.write(SendRelease(release.clone())).await
    }

    async fn hold_release(&self, release: &Release) -> Result<bool> {
        let trail = Trail::of(&[DomainEvent::ReleaseHeld(release)]);
        self.backend.write(HoldRelease(release.clone(), trail)).await
    }

    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool> {
        self.backend.write(UndoRelease(release.clone(), Trail::of(&[event])))
            .await
    }

    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()> {
        self.backend.write(EndRelease(release.clone(), Trail::of(&[event])))
            .await
    }

    async fn open_releases(&self, most: usize) -> Result<Vec<Release>> {
        self.backend.list(sql::LIST_RELEASES.query().bind(limit(most)), |row| document(row, "releases")).await
    }

    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>> {
        let query = sql::FIND_RELEASE.query().bind(tenant.as_str()).bind(id.as_str());
        self.backend.find(query, |row| document(row, "releases")).await
    }

    async fn released(&self, after: i64, most: usize) -> Result<Vec<(i64, NumberId)>> {
        let query = sql::LIST_RELEASED.query().bind(after).bind(limit(most));
        self.backend.list(query, placed_id).await
    }

    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()> {
        self.backend.write(Respell(from.clone(), own.clone())).await
    }

    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = sql::LIST_ANNOTATIONS.query().bind(json(&ids)?);
        annotations(&self.backend.all(query).await?)
    }

    async fn annotated(&self, after: Option<&NumberId>, most: usize) -> Result<Vec<NumberId>> {
        let query = sql::LIST_ANNOTATED.query().bind(after.map(NumberId::as_str));
        self.backend.list(query.bind(limit(most))).await?;
        rows.iter().map(number_id).collect()
    }

    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()> {
        self.backend.write(Annotate(id.clone(), annotation.clone())).await
    }

    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()> {
        let verified = record.caller_id.state == CallerIdState::Verified;
        let query = sql::PUT_CALLER_ID
            .query()
            .bind(record.caller_id.id.as_str())
            .bind(record.tenant.as_str())
            .bind(verified)
            .bind(json(record)?);
        let note = Note::with(query, Trail::of(event.as_slice()));
        self.backend.write(note).await.map(drop)
    }

    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()> {
        let note = Note::with(sql::FORGET_CALLER_ID.query().bind(record.caller_id.id.as_str()), Trail::of(&[event]));
        self.backend.write(note).await.map(drop)
    }

    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>> {
        // It is whatever a caller wrote, and no text of PostgreSQL's holds this character.
        if id.contains('\0') {
            return Ok(None);
        }
        let query = sql::FIND_CALLER_ID.query().bind(id);
        self.backend.find(query, |row| document(row, "caller_ids")).await
    }

    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>> {
        let query = sql::LIST_CALLER_IDS.query().bind(tenant.as_str());
        let rows = self.backend.all(query, |row| document(row, "caller_ids")).await
    }

    async fn forget_caller_id(&self, id: &str) -> Result<()> {
        let query = sql::FORGET_CALLER_ID.query().bind(id);
        self.backend.write(One::new(query)).await.map(drop)
    }

    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()> {
        let query = sql::PUT_SEALED.query().bind(name).bind(sealed);
        self.backend.write(One::durable(query)).await.map(drop)
    }

    async fn sealed(&self, name: &str) -> Result<Option<String>> {
        let query = sql::FIND_SEALED.query().bind(name);
        self.backend.find(query, |row| row.text("text")).await
    }
}
