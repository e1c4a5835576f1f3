//! Releases: claimed like purchases, and remembered so that repeating one is not a mistake.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use trunkline_admin::chronicle::Trail;
use trunkline_core::NumberId;
use trunkline_engine::journal::{Annotation, Release, Releasing};

use crate::lease::millis;
use crate::postgres::purchases::{free_claim, holder, take_claim};
use crate::postgres::query::Query;
use crate::postgres::transaction::{Done, Trouble, Write};
use crate::postgres::{purses, statement, trails};
use crate::rows::{id_field, is_protected, json, purchase_id};
use crate::sql::RELEASE_HOLDER;

statement!(
    FORGET_RELEASE,
    PUT_RELEASE,
    SEND_RELEASE,
    FIND_OVERDUE,
    HOLD_RELEASE,
    FORGET_PASSED,
    FORGET_RESPELLED,
    RESPELL_RELEASES,
    FIND_ANNOTATION,
    PUT_ANNOTATION,
    UNDO_RELEASE,
    FIND_WINNER,
    FREE_WINNER,
    FORGET_SUSPECT,
    RELEASE_ID,
    FORGET_ANNOTATION,
);

fn name(release: &Release, query: Query) -> Query {
    query
        .bind(release.tenant.as_str())
        .bind(release.number_id.as_str())
}

/// Who protects a number and who sends its release wait for each other here: a row that is not there can't be locked.
const TAKE_TURNS: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

async fn take_turns(on: &mut PgConnection, id: &NumberId) -> Result<(), Trouble> {
    let query = Query::new(TAKE_TURNS).bind(id.as_str());
    query.row(on).await.map(drop)
}

/// Whether the number is protected, and stays so or not until the transaction ends.
async fn protected(on: &mut PgConnection, release: &Release) -> Result<bool, Trouble> {
    take_turns(on, &release.number_id).await?;
    let query = FIND_ANNOTATION.query().bind(release.number_id.as_str());
    Ok(is_protected(query.row(on).await?.as_ref())?)
}

/// Sets tags and protection of a number.
pub(super) struct Annotate(pub(super) NumberId, pub(super) Annotation);

#[async_trait]
impl Write for Annotate {
    type Output = ();

    async fn run(&self, on: &mut PgConnection) -> Result<Done<()>, Trouble> {
        take_turns(on, &self.0).await?;
        let query = PUT_ANNOTATION.query().bind(self.0.as_str());
        query.bind(json(&self.1)?).changed(on).await?;
        Ok(Done::Kept(()))
    }
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

/// Claims the number and writes the release down, to be sent after a time.
pub(super) struct BeginRelease(pub(super) Release, pub(super) Duration, pub(super) Trail);

#[async_trait]
impl Write for BeginRelease {
    type Output = Releasing;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Releasing>, Trouble> {
        let release = &self.0;
        if protected(on, release).await? {
            return Ok(Done::Undone(Releasing::Protected));
        }
        // The old row goes first, so that this release is younger than those begun meanwhile.
        forget(on, release).await?;
        put(on, release, self.1).await?;
        if let Some(claimed) = claimed(release)
            && !take_claim(on, claimed, RELEASE_HOLDER).await?
        {
            let by = holder(on, claimed).await?.unwrap_or_default();
            return Ok(Done::Undone(Releasing::Busy { by }));
        }
        trails::leave(on, &self.2).await?;
        Ok(Done::Kept(Releasing::Written))
    }
}

/// Writes down that a release that waited is about to be sent, if it can be.
pub(super) struct SendRelease(pub(super) Release);

#[async_trait]
impl Write for SendRelease {
    type Output = Releasing;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Releasing>, Trouble> {
        let release = &self.0;
        if protected(on, release).await? {
            return Ok(Done::Undone(Releasing::Protected));
        }
        let query = name(release, SEND_RELEASE.query()).bind(json(release)?);
        let query = query.bind(millis(Release::OVERDUE));
        if query.changed(on).await? {
            return Ok(Done::Kept(Releasing::Written));
        }
        let query = name(release, FIND_OVERDUE.query()).bind(millis(Release::OVERDUE));
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
pub(super) struct HoldRelease(pub(super) Release, pub(super) Trail);

#[async_trait]
impl Write for HoldRelease {
    type Output = bool;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        let query = name(&self.0, HOLD_RELEASE.query()).bind(json(&self.0)?);
        let held = query.changed(on).await?;
        if held {
            trails::leave(on, &self.1).await?;
        }
        Ok(Done::Kept(held))
    }
}

/// Forgets a release that waits and frees the claim; gives whether there was one.
pub(super) struct UndoRelease(pub(super) Release, pub(super) Trail);

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
            trails::leave(on, &self.1).await?;
        }
        Ok(Done::Kept(undone))
    }
}

/// Keeps the releases of a number under another spelling of its id.
pub(super) struct Respell(pub(super) NumberId, pub(super) NumberId);

#[async_trait]
impl Write for Respell {
    type Output = ();

    async fn run(&self, on: &mut PgConnection) -> Result<Done<()>, Trouble> {
        let Self(from, own) = self;
        let ids = |query: Query| query.bind(from.as_str()).bind(own.as_str());
        ids(FORGET_PASSED.query()).changed(on).await?;
        ids(FORGET_RESPELLED.query()).changed(on).await?;
        let query = ids(RESPELL_RELEASES.query());
        let query = query.bind(id_field(from)?).bind(id_field(own)?);
        query.changed(on).await?;
        Ok(Done::Kept(()))
    }
}

/// Writes down what came of a release and frees the claim.
pub(super) struct EndRelease(pub(super) Release, pub(super) Trail);

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
        trails::leave(on, &self.1).await?;
        if release.done {
            let won = |query: Query| {
                query
                    .bind(release.identity.as_str())
                    .bind(release.number_id.provider_id())
            };
            let winner = won(FIND_WINNER.query()).row(on).await?;
            won(FREE_WINNER.query()).changed(on).await?;
            won(FORGET_SUSPECT.query()).changed(on).await?;
            won(RELEASE_ID.query()).changed(on).await?;
            let id = release.number_id.as_str().to_owned();
            FORGET_ANNOTATION.query().bind(id).changed(on).await?;
            if let Some(row) = winner {
                purses::release(on, &purchase_id(&row, "purchase")?).await?;
            }
        }
        Ok(Done::Kept(()))
    }
}
