//! Releases, annotations, caller IDs and tokens on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{CallerIdState, NumberId, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{
    Annotation, CallerIdRecord, CallerIdStore, Release, Releases, Releasing, TokenStore,
};

use crate::postgres::query::Query;
use crate::postgres::releases::{
    Annotate, BeginRelease, EndRelease, HoldRelease, Respell, SendRelease, UndoRelease,
};
use crate::postgres::trails::Note;
use crate::postgres::transaction::Put;
use crate::postgres::{Postgres, statement};
use crate::rows::{Cells, annotations, document, json, limit, number_id, placed_id};

statement!(
    LIST_RELEASES,
    FIND_RELEASE,
    LIST_RELEASED,
    LIST_ANNOTATED,
    PUT_CALLER_ID,
    FIND_CALLER_ID,
    LIST_CALLER_IDS,
    FORGET_CALLER_ID,
    PUT_SEALED,
    FIND_SEALED,
);

/// A list is a parameter of PostgreSQL's alone.
const LIST_ANNOTATIONS: &str = "SELECT number_id AS id, doc, CAST(0 AS BIGINT) AS pending FROM annotations \
     WHERE number_id = ANY($1) UNION ALL SELECT number_id, doc, 1 FROM releases \
     WHERE done = 0 AND sent = 0 AND number_id = ANY($1) UNION ALL SELECT number_id, doc, 2 FROM missing_numbers \
     WHERE gone = 1 AND number_id = ANY($1)";

#[async_trait]
impl Releases for Postgres {
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing> {
        self.write(BeginRelease(release.clone(), after, Trail::of(&[event])))
            .await
    }

    async fn send_release(&self, release: &Release) -> Result<Releasing> {
        self.write(SendRelease(release.clone())).await
    }

    async fn hold_release(&self, release: &Release) -> Result<bool> {
        let trail = Trail::of(&[DomainEvent::ReleaseHeld(release)]);
        self.write(HoldRelease(release.clone(), trail)).await
    }

    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool> {
        self.write(UndoRelease(release.clone(), Trail::of(&[event])))
            .await
    }

    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()> {
        self.write(EndRelease(release.clone(), Trail::of(&[event])))
            .await
    }

    async fn open_releases(&self, most: usize) -> Result<Vec<Release>> {
        let rows = self.all(LIST_RELEASES.query().bind(limit(most))).await?;
        rows.iter().map(|row| document(row, "releases")).collect()
    }

    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>> {
        let query = { FIND_RELEASE.query().bind(tenant.as_str()).bind(id.as_str()) };
        let row = self.optional(query).await?;
        row.map(|row| document(&row, "releases")).transpose()
    }

    async fn released(&self, after: i64, most: usize) -> Result<Vec<(i64, NumberId)>> {
        let query = LIST_RELEASED.query().bind(after).bind(limit(most));
        self.all(query).await?.iter().map(placed_id).collect()
    }

    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()> {
        self.write(Respell(from.clone(), own.clone())).await
    }

    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let texts: Vec<&str> = ids.iter().map(NumberId::as_str).collect();
        let query = Query::new(LIST_ANNOTATIONS).bind(texts);
        annotations(&self.all(query).await?)
    }

    async fn annotated(&self, after: Option<&NumberId>, most: usize) -> Result<Vec<NumberId>> {
        let query = { LIST_ANNOTATED.query().bind(after.map(NumberId::as_str)) };
        let rows = self.all(query.bind(limit(most))).await?;
        rows.iter().map(number_id).collect()
    }

    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()> {
        self.write(Annotate(id.clone(), annotation.clone())).await
    }
}

#[async_trait]
impl CallerIdStore for Postgres {
    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()> {
        let verified = record.caller_id.state == CallerIdState::Verified;
        let doc = json(record)?;
        let query = PUT_CALLER_ID
            .query()
            .bind(record.caller_id.id.as_str())
            .bind(record.tenant.as_str())
            .bind(i64::from(verified))
            .bind(doc.as_str());
        let note = Note {
            with: Some(query),
            only_then: false,
            trail: Trail::of(event.as_slice()),
        };
        self.write(note).await.map(drop)
    }

    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()> {
        let note = Note {
            with: Some(FORGET_CALLER_ID.query().bind(record.caller_id.id.as_str())),
            only_then: false,
            trail: Trail::of(&[event]),
        };
        self.write(note).await.map(drop)
    }

    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>> {
        // It is whatever a caller wrote, and no text of PostgreSQL's holds this character.
        if id.contains('\0') {
            return Ok(None);
        }
        let query = FIND_CALLER_ID.query().bind(id);
        let row = self.optional(query).await?;
        row.map(|row| document(&row, "caller_ids")).transpose()
    }

    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>> {
        let query = LIST_CALLER_IDS.query().bind(tenant.as_str());
        let rows = self.all(query).await?;
        rows.iter().map(|row| document(row, "caller_ids")).collect()
    }

    async fn forget_caller_id(&self, id: &str) -> Result<()> {
        let query = FORGET_CALLER_ID.query().bind(id);
        self.write(Put(query)).await
    }
}

#[async_trait]
impl TokenStore for Postgres {
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()> {
        let query = { PUT_SEALED.query().bind(name).bind(sealed) };
        self.write(Put(query)).await
    }

    async fn sealed(&self, name: &str) -> Result<Option<String>> {
        let query = FIND_SEALED.query().bind(name);
        let row = self.optional(query).await?;
        row.map(|row| row.text("text")).transpose()
    }
}
