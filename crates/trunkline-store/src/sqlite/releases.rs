//! Releases: claimed like purchases, and remembered so that repeating one is not a mistake.

use async_trait::async_trait;
use trunkline_core::Result;
use trunkline_core::service::journal::Release;

use crate::rows::{Cells, json, purchase_id};
use crate::sql::RELEASE_HOLDER as HOLDER;
use crate::sqlite::query::Query;
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{purses, statement, write};

write!(BEGIN: FORGET_RELEASE, PUT_RELEASE);
statement!(CLAIM: PUT_CLAIM);
statement!(FIND_CLAIM: FIND_CLAIM);
statement!(FIND_WINNER: FIND_WINNER);
write!(KEEP: PUT_RELEASE, FREE_WINNER, FORGET_ANNOTATION);
write!(FORGET: FORGET_RELEASE);
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

/// Claims the number and writes the release down; gives who else has claimed it.
pub(super) struct BeginRelease(pub(super) Release);

#[async_trait]
impl Write for BeginRelease {
    type Output = Option<String>;

    /// What is sent to the carrier next can't be taken back.
    fn durable(&self) -> bool {
        true
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<Option<String>> {
        let release = self.0;
        // The old row goes first, so that this release is younger than those begun meanwhile.
        let query = name(&release, name(&release, BEGIN.query()));
        on.first(query.bind(release.done).bind(json(&release)?))
            .await?;
        let Some(query) = claim(&release, CLAIM.query()) else {
            return Ok(None);
        };
        if on.then(query.bind(HOLDER)).await?.all_changed() {
            return Ok(None);
        }
        on.undo().await?;
        let rows = match claim(&release, FIND_CLAIM.query()) {
            Some(query) => on.then(query).await?.rows,
            None => Vec::new(),
        };
        rows.first().map(|row| row.text("holder")).transpose()
    }
}

/// Writes down what came of a release and frees the claim.
pub(super) struct EndRelease(pub(super) Release);

#[async_trait]
impl Write for EndRelease {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        let release = self.0;
        if release.done {
            let winner = FIND_WINNER
                .query()
                .bind(release.identity.clone())
                .bind(release.number_id.provider_id().to_owned());
            let winner = on.then(winner).await?.rows;
            let query = name(&release, KEEP.query())
                .bind(true)
                .bind(json(&release)?);
            let query = query
                .bind(release.identity.clone())
                .bind(release.number_id.provider_id().to_owned());
            on.first(query.bind(release.number_id.as_str().to_owned()))
                .await?;
            if let Some(row) = winner.first() {
                purses::release(on, &purchase_id(row, "purchase")?).await?;
            }
        } else {
            on.first(name(&release, FORGET.query())).await?;
        }
        match claim(&release, FREE_CLAIM.query()) {
            Some(query) => on.then(query.bind(HOLDER)).await.map(drop),
            None => Ok(()),
        }
    }
}
