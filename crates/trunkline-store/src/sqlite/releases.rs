//! Releases: claimed like purchases, and remembered so that repeating one is not a mistake.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{NumberId, Result};
use trunkline_engine::journal::{Release, Releasing};

use crate::lease::millis;
use crate::rows::{Cells, id_field, is_protected, json, purchase_id};
use crate::sql::RELEASE_HOLDER as HOLDER;
use crate::sqlite::query::Query;
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{purses, statement, trails, write};

write!(BEGIN: FORGET_RELEASE, PUT_RELEASE);
statement!(FIND_ANNOTATION: FIND_ANNOTATION);
statement!(FIND_OVERDUE: FIND_OVERDUE);
statement!(CLAIM: PUT_CLAIM);
statement!(FIND_CLAIM: FIND_CLAIM);
statement!(FIND_WINNER: FIND_WINNER);
write!(KEEP: PUT_RELEASE, FREE_WINNER, RELEASE_ID, FORGET_SUSPECT, FORGET_ANNOTATION);
write!(FORGET: FORGET_RELEASE);
write!(SEND: SEND_RELEASE);
write!(RESPELL: FORGET_PASSED, FORGET_RESPELLED, RESPELL_RELEASES);
write!(HOLD: HOLD_RELEASE);
write!(UNDO: UNDO_RELEASE);
statement!(FREE_CLAIM: FREE_CLAIM);

fn name(release: &Release, query: Query) -> Query {
    query
        .bind(release.tenant.as_str().to_owned())
        .bind(release.number_id.as_str().to_owned())
}

fn claim(release: &Release, query: Query) -> Option<Query> {
    let number = release.number?;
    Some(
        query
            .bind(release.identity.clone())
            .bind(number.as_str().to_owned()),
    )
}

/// What [`PUT_RELEASE`](crate::sql::PUT_RELEASE) writes.
fn put(release: &Release, query: Query, after: Duration) -> Result<Query> {
    let query = name(release, query).bind(release.done).bind(json(release)?);
    Ok(query.bind(release.sent).bind(millis(after)))
}

/// Whether the number is protected, in the order of all that is written.
async fn protected(on: &mut Transaction<'_>, release: &Release) -> Result<bool> {
    let id = release.number_id.as_str().to_owned();
    let rows = on.then(FIND_ANNOTATION.query().bind(id)).await?.rows;
    is_protected(rows.first())
}

/// Claims the number and writes the release down, to be sent after a time.
pub(super) struct BeginRelease(pub(super) Release, pub(super) Duration, pub(super) Trail);

#[async_trait]
impl Write for BeginRelease {
    type Output = Releasing;

    /// What is sent to the carrier next can't be taken back.
    fn durable(&self) -> bool {
        true
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<Releasing> {
        let Self(release, after, trail) = self;
        if protected(on, &release).await? {
            return Ok(Releasing::Protected);
        }
        // The old row goes first, so that this release is younger than those begun meanwhile.
        let query = put(&release, name(&release, BEGIN.query()), after)?;
        on.first(query).await?;
        let Some(query) = claim(&release, CLAIM.query()) else {
            trails::leave(on, &trail).await?;
            return Ok(Releasing::Written);
        };
        if on.then(query.bind(HOLDER)).await?.all_changed() {
            trails::leave(on, &trail).await?;
            return Ok(Releasing::Written);
        }
        on.undo().await?;
        let rows = match claim(&release, FIND_CLAIM.query()) {
            Some(query) => on.then(query).await?.rows,
            None => Vec::new(),
        };
        let by = rows.first().map(|row| row.text("holder")).transpose()?;
        let by = by.unwrap_or_default();
        Ok(Releasing::Busy { by })
    }
}

/// Writes down that a release that waited is about to be sent, if it can be.
pub(super) struct SendRelease(pub(super) Release);

#[async_trait]
impl Write for SendRelease {
    type Output = Releasing;

    /// From here on nobody may undo it.
    fn durable(&self) -> bool {
        true
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<Releasing> {
        if protected(on, &self.0).await? {
            return Ok(Releasing::Protected);
        }
        let query = name(&self.0, SEND.query()).bind(json(&self.0)?);
        let query = query.bind(millis(Release::OVERDUE));
        if on.first(query).await?.all_changed() {
            return Ok(Releasing::Written);
        }
        let query = name(&self.0, FIND_OVERDUE.query()).bind(millis(Release::OVERDUE));
        let overdue = !on.then(query).await?.rows.is_empty();
        Ok(if overdue {
            Releasing::Overdue
        } else {
            Releasing::Moved
        })
    }
}

/// Leaves a release that waited to a person; gives whether it can be.
pub(super) struct HoldRelease(pub(super) Release, pub(super) Trail);

#[async_trait]
impl Write for HoldRelease {
    type Output = bool;

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        let query = name(&self.0, HOLD.query()).bind(json(&self.0)?);
        let held = on.first(query).await?.all_changed();
        if held {
            trails::leave(on, &self.1).await?;
        }
        Ok(held)
    }
}

/// Forgets a release that waits and frees the claim; gives whether there was one.
pub(super) struct UndoRelease(pub(super) Release, pub(super) Trail);

#[async_trait]
impl Write for UndoRelease {
    type Output = bool;

    /// Whoever is told that it is undone relies on that.
    fn durable(&self) -> bool {
        true
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        let Self(release, trail) = self;
        let undone = on.first(name(&release, UNDO.query())).await?.all_changed();
        if undone && let Some(query) = claim(&release, FREE_CLAIM.query()) {
            on.then(query.bind(HOLDER)).await?;
        }
        if undone {
            trails::leave(on, &trail).await?;
        }
        Ok(undone)
    }
}

/// Keeps the releases of a number under another spelling of its id.
pub(super) struct Respell(pub(super) NumberId, pub(super) NumberId);

#[async_trait]
impl Write for Respell {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        let Self(from, own) = self;
        let ids = |query: Query| {
            query
                .bind(from.as_str().to_owned())
                .bind(own.as_str().to_owned())
        };
        let query = ids(ids(ids(RESPELL.query())));
        let query = query.bind(id_field(&from)?).bind(id_field(&own)?);
        on.first(query).await.map(drop)
    }
}

/// Writes down what came of a release and frees the claim.
pub(super) struct EndRelease(pub(super) Release, pub(super) Trail);

#[async_trait]
impl Write for EndRelease {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        let Self(release, trail) = self;
        if release.done {
            let won = |query: Query| {
                let id = release.number_id.provider_id().to_owned();
                query.bind(release.identity.clone()).bind(id)
            };
            let winner = on.then(won(FIND_WINNER.query())).await?.rows;
            let query = won(won(won(put(&release, KEEP.query(), Duration::ZERO)?)));
            on.first(query.bind(release.number_id.as_str().to_owned()))
                .await?;
            if let Some(row) = winner.first() {
                purses::release(on, &purchase_id(row, "purchase")?).await?;
            }
        } else {
            on.first(name(&release, FORGET.query())).await?;
        }
        if let Some(query) = claim(&release, FREE_CLAIM.query()) {
            on.then(query.bind(HOLDER)).await?;
        }
        trails::leave(on, &trail).await
    }
}
