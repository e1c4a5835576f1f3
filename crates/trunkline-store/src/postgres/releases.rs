//! Releases: claimed like purchases, and remembered so that repeating one is not a mistake.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use trunkline_core::service::journal::Release;

use crate::lease::millis;
use crate::postgres::purchases::{free_claim, holder, take_claim};
use crate::postgres::query::Query;
use crate::postgres::transaction::{Done, Trouble, Write};
use crate::postgres::{purses, statement, trails};
use crate::rows::{json, purchase_id};
use crate::sql::RELEASE_HOLDER;

statement!(
    FORGET_RELEASE,
    PUT_RELEASE,
    SEND_RELEASE,
    UNDO_RELEASE,
    FIND_WINNER,
    FREE_WINNER,
    RELEASE_ID,
    FORGET_ANNOTATION,
);

fn name(release: &Release, query: Query) -> Query {
    query
        .bind(release.tenant.as_str())
        .bind(release.number_id.as_str())
}

fn claimed(release: &Release) -> Option<(&str, &str)> {
    let number = release.number.as_ref()?;
    Some((release.identity.as_str(), number.as_str()))
}

async fn put(on: &mut PgConnection, release: &Release, after: Duration) -> Result<(), Trouble> {
    let query = name(release, PUT_RELEASE.query())
        .bind(i64::from(release.done))
        .bind(json(release)?)
        .bind(i64::from(release.sent))
        .bind(millis(after));
    query.changed(on).await?;
    Ok(())
}

async fn forget(on: &mut PgConnection, release: &Release) -> Result<(), Trouble> {
    name(release, FORGET_RELEASE.query()).changed(on).await?;
    Ok(())
}

/// Claims the number and writes the release down, to be sent after a time; gives who else has claimed it.
pub(super) struct BeginRelease(pub(super) Release, pub(super) Duration);

#[async_trait]
impl Write for BeginRelease {
    type Output = Option<String>;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Option<String>>, Trouble> {
        let release = &self.0;
        // The old row goes first, so that this release is younger than those begun meanwhile.
        forget(on, release).await?;
        put(on, release, self.1).await?;
        if let Some(claimed) = claimed(release)
            && !take_claim(on, claimed, RELEASE_HOLDER).await?
        {
            return Ok(Done::Undone(holder(on, claimed).await?));
        }
        trails::leave(on, &release.trail).await?;
        Ok(Done::Kept(None))
    }
}

/// Writes down that a release that waited is about to be sent; gives whether it can be.
pub(super) struct SendRelease(pub(super) Release);

#[async_trait]
impl Write for SendRelease {
    type Output = bool;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        let query = name(&self.0, SEND_RELEASE.query()).bind(json(&self.0)?);
        Ok(Done::Kept(query.changed(on).await?))
    }
}

/// Forgets a release that waits and frees the claim; gives whether there was one.
pub(super) struct UndoRelease(pub(super) Release);

#[async_trait]
impl Write for UndoRelease {
    type Output = bool;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        let release = &self.0;
        let undone = name(release, UNDO_RELEASE.query()).changed(on).await?;
        if undone && let Some(claimed) = claimed(release) {
            free_claim(on, claimed, RELEASE_HOLDER).await?;
        }
        if undone {
            trails::leave(on, &release.trail).await?;
        }
        Ok(Done::Kept(undone))
    }
}

/// Writes down what came of a release and frees the claim.
pub(super) struct EndRelease(pub(super) Release);

#[async_trait]
impl Write for EndRelease {
    type Output = ();

    async fn run(&self, on: &mut PgConnection) -> Result<Done<()>, Trouble> {
        let release = &self.0;
        if release.done {
            put(on, release, Duration::ZERO).await?;
        } else {
            forget(on, release).await?;
        }
        if let Some(claimed) = claimed(release) {
            free_claim(on, claimed, RELEASE_HOLDER).await?;
        }
        if release.done {
            let won = |query: Query| {
                query
                    .bind(release.identity.as_str())
                    .bind(release.number_id.provider_id())
            };
            let winner = won(FIND_WINNER.query()).row(on).await?;
            won(FREE_WINNER.query()).changed(on).await?;
            won(RELEASE_ID.query()).changed(on).await?;
            let id = release.number_id.as_str().to_owned();
            FORGET_ANNOTATION.query().bind(id).changed(on).await?;
            if let Some(row) = winner {
                purses::release(on, &purchase_id(&row, "purchase")?).await?;
            }
        }
        trails::leave(on, &release.trail).await?;
        Ok(Done::Kept(()))
    }
}
