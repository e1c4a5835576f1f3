//! Releases, annotations, caller IDs and tokens on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{CallerIdState, NumberId, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{
    Annotation, CallerIdRecord, CallerIdStore, Release, Releases, Releasing, TokenStore,
};

use crate::rows::{Cells, annotations, document, json, limit, number_id, placed_id};
use crate::sqlite::query::{Query, all, optional};
use crate::sqlite::releases::{
    BeginRelease, EndRelease, HoldRelease, Respell, SendRelease, UndoRelease,
};
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{Sqlite, statement, trails, write};

write!(PUT_ANNOTATION: PUT_ANNOTATION);
write!(PUT_CALLER_ID: PUT_CALLER_ID);
write!(FORGET_CALLER_ID: FORGET_CALLER_ID);
write!(PUT_SEALED: PUT_SEALED);
statement!(LIST_ANNOTATED: LIST_ANNOTATED);
statement!(LIST_RELEASES: LIST_RELEASES);
statement!(FIND_RELEASE: FIND_RELEASE);
statement!(LIST_RELEASED: LIST_RELEASED);
statement!(FIND_CALLER_ID: FIND_CALLER_ID);
statement!(LIST_CALLER_IDS: LIST_CALLER_IDS);
statement!(FIND_SEALED: FIND_SEALED);

/// Lists are no parameters of SQLite's; a JSON array is one.
const LIST_ANNOTATIONS: &str = "SELECT number_id AS id, doc, 0 AS pending FROM annotations \
     WHERE number_id IN (SELECT value FROM json_each($1)) UNION ALL SELECT number_id, doc, 1 FROM releases \
     WHERE done = 0 AND sent = 0 AND number_id IN (SELECT value FROM json_each($1)) UNION ALL SELECT number_id, doc, 2 \
     FROM missing_numbers WHERE gone = 1 AND number_id IN (SELECT value FROM json_each($1))";

/// A write that is one statement and always does what it says.
struct Put(Query);

/// The same, on disk when it returns.
struct PutDurably(Query);

#[async_trait]
impl Write for PutDurably {
    type Output = ();

    fn durable(&self) -> bool {
        true
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(self.0).await.map(drop)
    }
}

#[async_trait]
impl Write for Put {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(self.0).await.map(drop)
    }
}

/// The same, and what it leaves behind.
struct PutTold(Query, Trail);

#[async_trait]
impl Write for PutTold {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(self.0).await?;
        trails::leave(on, &self.1).await
    }
}

#[async_trait]
impl Releases for Sqlite {
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
        let rows = all(&self.readers, LIST_RELEASES.query().bind(limit(most))).await?;
        rows.iter().map(|row| document(row, "releases")).collect()
    }

    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>> {
        let query = FIND_RELEASE
            .query()
            .bind(tenant.as_str().to_owned())
            .bind(id.as_str().to_owned());
        let row = optional(&self.readers, query).await?;
        row.map(|row| document(&row, "releases")).transpose()
    }

    async fn released(&self, after: i64, most: usize) -> Result<Vec<(i64, NumberId)>> {
        let query = LIST_RELEASED.query().bind(after).bind(limit(most));
        let rows = all(&self.readers, query).await?;
        rows.iter().map(placed_id).collect()
    }

    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()> {
        self.write(Respell(from.clone(), own.clone())).await
    }

    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = all(
            &self.readers,
            sqlx::query(LIST_ANNOTATIONS).bind(json(&ids)?),
        )
        .await?;
        annotations(&rows)
    }

    async fn annotated(&self, after: Option<&NumberId>, most: usize) -> Result<Vec<NumberId>> {
        let after = after.map(|id| id.as_str().to_owned());
        let query = LIST_ANNOTATED.query().bind(after).bind(limit(most));
        let rows = all(&self.readers, query).await?;
        rows.iter().map(number_id).collect()
    }

    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()> {
        let query = PUT_ANNOTATION.query().bind(id.as_str().to_owned());
        // Who is told that the number is protected relies on that.
        self.write(PutDurably(query.bind(json(annotation)?))).await
    }
}

#[async_trait]
impl CallerIdStore for Sqlite {
    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()> {
        let verified = record.caller_id.state == CallerIdState::Verified;
        let query = PUT_CALLER_ID
            .query()
            .bind(record.caller_id.id.clone())
            .bind(record.tenant.as_str().to_owned());
        let query = query.bind(verified).bind(json(record)?);
        self.write(PutTold(query, Trail::of(event.as_slice())))
            .await
    }

    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()> {
        let query = FORGET_CALLER_ID.query().bind(record.caller_id.id.clone());
        self.write(PutTold(query, Trail::of(&[event]))).await
    }

    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>> {
        let row = optional(&self.readers, FIND_CALLER_ID.query().bind(id.to_owned())).await?;
        row.map(|row| document(&row, "caller_ids")).transpose()
    }

    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>> {
        let rows = all(
            &self.readers,
            LIST_CALLER_IDS.query().bind(tenant.as_str().to_owned()),
        )
        .await?;
        rows.iter().map(|row| document(row, "caller_ids")).collect()
    }

    async fn forget_caller_id(&self, id: &str) -> Result<()> {
        self.write(Put(FORGET_CALLER_ID.query().bind(id.to_owned())))
            .await
    }
}

#[async_trait]
impl TokenStore for Sqlite {
    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()> {
        let query = PUT_SEALED
            .query()
            .bind(name.to_owned())
            .bind(sealed.to_owned());
        self.write(PutDurably(query)).await
    }

    async fn sealed(&self, name: &str) -> Result<Option<String>> {
        let row = optional(&self.readers, FIND_SEALED.query().bind(name.to_owned())).await?;
        row.map(|row| row.text("text")).transpose()
    }
}
