//! Releases: claimed like purchases, and remembered so that repeating one is not a mistake.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{AccountName, NumberId, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Annotation, Release, Releases, Releasing};

use crate::claims::Claim;
use crate::inventory::{self, leave};
use crate::lease::millis;
use crate::query::{Query, Transaction};
use crate::rows::{
    annotations, document, id_field, is_protected, json, limit, number_id, placed_id, purchase_id,
};
use crate::store::{Backend, Sql};
use crate::write::{Done, Write};
use crate::{purses, sql};

/// What claims the number of a release.
const RELEASE_HOLDER: &str = "release";

fn name(release: &Release, query: Query) -> Query {
    query
        .bind(release.tenant.as_str())
        .bind(release.number_id.as_str())
}

/// What protects a number and what sends its release wait for each other here.
async fn take_turns(on: &mut dyn Transaction, id: &NumberId) -> Result<()> {
    let query = sql::TAKE_TURNS_AT_NUMBER.query().bind(id.as_str());
    query.count(on).await.map(drop)
}

/// The id that a number has by the name that its account has now, which the account keeps until the transaction ends.
async fn id_now(on: &mut dyn Transaction, identity: &str, id: &NumberId) -> Result<NumberId> {
    let row = sql::FIND_SHELF_NAME.query().bind(identity).row(on).await?;
    match row {
        Some(row) => NumberId::of(&AccountName::new(row.text("account")?)?, id.provider_id()),
        None => Ok(id.clone()),
    }
}

/// Whether the number is protected, and stays so or not until the transaction ends.
async fn protected(on: &mut dyn Transaction, release: &Release) -> Result<bool> {
    let id = id_now(on, &release.identity, &release.number_id).await?;
    take_turns(on, &id).await?;
    let query = sql::FIND_ANNOTATION.query().bind(id.as_str());
    is_protected(query.row(on).await?.as_ref())
}

/// Sets tags and protection of a number, at an identity or by its id alone; gives the id.
struct Annotate(Option<String>, NumberId, Annotation);

#[async_trait]
impl Write for Annotate {
    type Output = NumberId;

    /// The caller relies on the protection.
    fn durable(&self) -> bool {
        true
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<NumberId>> {
        let Self(identity, id, note) = self;
        let id = match identity {
            Some(identity) => id_now(on, identity, id).await?,
            None => id.clone(),
        };
        take_turns(on, &id).await?;
        let query = sql::PUT_ANNOTATION.query().bind(id.as_str());
        query.bind(json(note)?).changed(on).await?;
        inventory::annotate(on, &id, note).await?;
        Ok(Done::Kept(id))
    }
}

fn claim(release: &Release) -> Option<Claim<'_>> {
    let number = release.number.as_ref()?;
    Some(Claim {
        identity: &release.identity,
        number: number.as_str(),
        holder: RELEASE_HOLDER,
    })
}

async fn put(on: &mut dyn Transaction, release: &Release, after: Duration) -> Result<()> {
    let query = name(release, sql::PUT_RELEASE.query())
        .bind(release.done)
        .bind(json(release)?)
        .bind(release.sent)
        .bind(millis(after));
    query.changed(on).await?;
    Ok(())
}

async fn forget(on: &mut dyn Transaction, release: &Release) -> Result<()> {
    name(release, sql::FORGET_RELEASE.query())
        .changed(on)
        .await?;
    Ok(())
}

/// Claims the number and writes the release down, to be sent after a time.
pub(crate) struct BeginRelease(pub(crate) Release, pub(crate) Duration, pub(crate) Trail);

#[async_trait]
impl Write for BeginRelease {
    type Output = Releasing;

    /// What is sent to the carrier next can't be taken back.
    fn durable(&self) -> bool {
        true
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Releasing>> {
        let release = &self.0;
        if protected(on, release).await? {
            return Ok(Done::Undone(Releasing::Protected));
        }
        // The old row goes first, so that this release is younger than those begun meanwhile.
        forget(on, release).await?;
        put(on, release, self.1).await?;
        if let Some(claim) = claim(release)
            && !claim.take(on).await?
        {
            let by = claim.taken_by(on).await?.unwrap_or_default();
            return Ok(Done::Undone(Releasing::Busy { by }));
        }
        leave(on, &self.2).await?;
        Ok(Done::Kept(Releasing::Written))
    }
}

/// Writes down that a release that waited is about to be sent, if it can be.
struct SendRelease(Release);

#[async_trait]
impl Write for SendRelease {
    type Output = Releasing;

    /// From here on it can't be undone.
    fn durable(&self) -> bool {
        true
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Releasing>> {
        let release = &self.0;
        if protected(on, release).await? {
            return Ok(Done::Undone(Releasing::Protected));
        }
        let query = name(release, sql::SEND_RELEASE.query()).bind(json(release)?);
        let query = query.bind(millis(Release::OVERDUE));
        if query.changed(on).await? {
            inventory::begun(on, &release.identity, release.number_id.provider_id()).await?;
            return Ok(Done::Kept(Releasing::Written));
        }
        let query = name(release, sql::FIND_OVERDUE.query()).bind(millis(Release::OVERDUE));
        let overdue = query.row(on).await?.is_some();
        let why = if overdue {
            Releasing::Overdue
        } else {
            Releasing::Moved
        };
        Ok(Done::Undone(why))
    }
}

/// Leaves a release that waited to a person; gives whether it can be.
struct HoldRelease(Release, Trail);

#[async_trait]
impl Write for HoldRelease {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let query = name(&self.0, sql::HOLD_RELEASE.query()).bind(json(&self.0)?);
        let held = query.changed(on).await?;
        if held {
            leave(on, &self.1).await?;
        }
        Ok(Done::Kept(held))
    }
}

/// Forgets a release that waits and frees the claim; gives whether there was one.
struct UndoRelease(Release, Trail);

#[async_trait]
impl Write for UndoRelease {
    type Output = bool;

    /// The caller relies on it.
    fn durable(&self) -> bool {
        true
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let release = &self.0;
        let undone = name(release, sql::UNDO_RELEASE.query()).changed(on).await?;
        if undone && let Some(claim) = claim(release) {
            claim.free(on).await?;
        }
        if undone {
            leave(on, &self.1).await?;
        }
        Ok(Done::Kept(undone))
    }
}

/// Keeps the releases of a number under another spelling of its id.
struct Respell(NumberId, NumberId);

#[async_trait]
impl Write for Respell {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        let Self(from, own) = self;
        let ids = |query: Query| query.bind(from.as_str()).bind(own.as_str());
        ids(sql::FORGET_PASSED.query()).changed(on).await?;
        ids(sql::FORGET_RESPELLED.query()).changed(on).await?;
        let query = ids(sql::RESPELL_RELEASES.query());
        let query = query.bind(id_field(from)?).bind(id_field(own)?);
        query.changed(on).await?;
        Ok(Done::Kept(()))
    }
}

/// Writes down what came of a release and frees the claim.
pub(crate) struct EndRelease(pub(crate) Release, pub(crate) Trail);

#[async_trait]
impl Write for EndRelease {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        let release = &self.0;
        if release.done {
            put(on, release, Duration::ZERO).await?;
        } else {
            forget(on, release).await?;
        }
        if let Some(claim) = claim(release) {
            claim.free(on).await?;
        }
        leave(on, &self.1).await?;
        if release.done {
            let won = |query: Query| {
                query
                    .bind(release.identity.as_str())
                    .bind(release.number_id.provider_id())
            };
            let winner = won(sql::FIND_WINNER.query()).row(on).await?;
            won(sql::FREE_WINNER.query()).changed(on).await?;
            won(sql::FORGET_SUSPECT.query()).changed(on).await?;
            won(sql::RELEASE_ID.query()).changed(on).await?;
            let id = id_now(on, &release.identity, &release.number_id).await?;
            let query = sql::FORGET_ANNOTATION.query().bind(id.as_str());
            query.changed(on).await?;
            if let Some(row) = winner {
                purses::release(on, &purchase_id(&row, "purchase")?).await?;
            }
        }
        Ok(Done::Kept(()))
    }
}

/// The same, unless it is over already.
struct EndOpen(EndRelease);

#[async_trait]
impl Write for EndOpen {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        let known = name(&self.0.0, sql::FIND_RELEASE.query()).row(on).await?;
        let known: Option<Release> = known.map(|row| document(&row, "releases")).transpose()?;
        // Another process has ended it: by now the number may have been bought again under its id.
        if known.is_some_and(|known| known.done) {
            return Ok(Done::Undone(()));
        }
        self.0.run(on).await
    }
}

#[async_trait]
impl<B: Backend> Releases for Sql<B> {
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing> {
        self.backend
            .write(BeginRelease(release.clone(), after, Trail::of(&[event])))
            .await
    }

    async fn send_release(&self, release: &Release) -> Result<Releasing> {
        self.backend.write(SendRelease(release.clone())).await
    }

    async fn hold_release(&self, release: &Release) -> Result<bool> {
        let trail = Trail::of(&[DomainEvent::ReleaseHeld(release)]);
        self.backend
            .write(HoldRelease(release.clone(), trail))
            .await
    }

    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool> {
        self.backend
            .write(UndoRelease(release.clone(), Trail::of(&[event])))
            .await
    }

    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()> {
        self.backend
            .write(EndOpen(EndRelease(release.clone(), Trail::of(&[event]))))
            .await
    }

    async fn open_releases(&self, most: usize) -> Result<Vec<Release>> {
        self.backend
            .list(sql::LIST_RELEASES.query().bind(limit(most)), |row| {
                document(row, "releases")
            })
            .await
    }

    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>> {
        let query = sql::FIND_RELEASE
            .query()
            .bind(tenant.as_str())
            .bind(id.as_str());
        self.backend
            .find(query, |row| document(row, "releases"))
            .await
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
        let query = match ids.len() {
            ..=100 => query.quick(),
            _ => query,
        };
        annotations(&self.backend.all(query).await?)
    }

    async fn annotated(&self, after: Option<&NumberId>, most: usize) -> Result<Vec<NumberId>> {
        let query = sql::LIST_ANNOTATED
            .query()
            .bind(after.map(NumberId::as_str));
        self.backend.list(query.bind(limit(most)), number_id).await
    }

    async fn annotate_at(
        &self,
        identity: &str,
        id: &NumberId,
        annotation: &Annotation,
    ) -> Result<NumberId> {
        let identity = Some(identity.to_owned());
        let note = Annotate(identity, id.clone(), annotation.clone());
        self.backend.write(note).await
    }

    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()> {
        let note = Annotate(None, id.clone(), annotation.clone());
        self.backend.write(note).await.map(drop)
    }
}
