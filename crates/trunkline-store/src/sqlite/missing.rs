//! Missing numbers on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{PurchaseId, Result};
use trunkline_engine::DomainEvent;
use trunkline_engine::Missing;
use trunkline_engine::missing::MissingNumber;
use trunkline_engine::spend::Charge;

use crate::lease::millis;
use crate::rows::{Cells, document, json, limit, purchase_id};
use crate::sqlite::query::{Query, all, optional};
use crate::sqlite::releases::EndRelease;
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{Sqlite, purses, statement, trails, write};
use crate::trails::Binds;

write!(PUT_SUSPECT: PUT_SUSPECT);
write!(PUT_OFF_SUSPECT: PUT_OFF_SUSPECT);
write!(FORGET_SUSPECT: FORGET_SUSPECT);
write!(FORGET_GONE: FORGET_GONE);
statement!(PUT_GONE: PUT_GONE);
statement!(PUT_WINNER: PUT_WINNER);
statement!(KEEP_ID: KEEP_ID);
statement!(FORGET_RELEASE: FORGET_RELEASE);
statement!(FIND_MISSING: FIND_MISSING);
statement!(FIND_RELEASER: FIND_RELEASER);
statement!(FIND_WINNER: FIND_WINNER);
statement!(LIST_SPENDERS: LIST_SPENDERS);
statement!(LIST_SUSPECTS: LIST_SUSPECTS);

fn name(number: &MissingNumber, query: Query) -> Query {
    query
        .word(&number.identity)
        .word(number.number_id.provider_id())
}

fn put(number: &MissingNumber, query: Query) -> Result<Query> {
    let query = name(number, query).word(number.number_id.as_str());
    Ok(query.word(&json(number)?))
}

/// A write that is one statement.
struct Put(Query);

#[async_trait]
impl Write for Put {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(self.0).await.map(drop)
    }
}

struct End(MissingNumber, Trail);

#[async_trait]
impl Write for End {
    type Output = bool;

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        let Self(number, trail) = self;
        let known = on.then(name(&number, FIND_MISSING.query())).await?.rows;
        let known = known.first().map(|row| row.integer("gone")).transpose()?;
        if known != Some(0) {
            return Ok(false);
        }
        EndRelease(number.ended(), trail).run(on).await?;
        on.then(put(&number, PUT_GONE.query())?).await?;
        Ok(true)
    }
}

struct Return(MissingNumber, Vec<Charge>, Trail);

#[async_trait]
impl Write for Return {
    type Output = bool;

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        let Self(number, charges, trail) = self;
        let forgotten = on.first(name(&number, FORGET_GONE.query())).await?;
        if !forgotten.all_changed() {
            return Ok(false);
        }
        let query = FORGET_RELEASE.query().word(number.tenant.as_str());
        on.then(query.word(number.number_id.as_str())).await?;
        let query = name(&number, PUT_WINNER.query()).word(number.purchase.as_str());
        if !on.then(query).await?.all_changed() {
            return Ok(true);
        }
        let query = name(&number, KEEP_ID.query()).word(number.purchase.as_str());
        on.then(query).await?;
        purses::add(on, &number.purchase, &charges).await?;
        trails::leave(on, &trail).await?;
        Ok(true)
    }
}

#[async_trait]
impl Missing for Sqlite {
    async fn winner(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        let query = FIND_WINNER.query().word(identity).word(provider_id);
        let row = optional(&self.readers, query).await?;
        row.map(|row| purchase_id(&row, "purchase")).transpose()
    }

    async fn releaser(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        let query = FIND_RELEASER.query().word(identity).word(provider_id);
        let row = optional(&self.readers, query).await?;
        row.map(|row| purchase_id(&row, "purchase")).transpose()
    }

    async fn spenders(&self, purse: &str, most: usize) -> Result<Vec<PurchaseId>> {
        let query = LIST_SPENDERS.query().word(purse).number(limit(most));
        let rows = all(&self.readers, query).await?;
        rows.iter()
            .map(|row| purchase_id(row, "purchase"))
            .collect()
    }

    async fn missing(&self, identity: &str, provider_id: &str) -> Result<Option<MissingNumber>> {
        let query = FIND_MISSING.query().word(identity).word(provider_id);
        let row = optional(&self.readers, query).await?;
        row.map(|row| document(&row, "missing_numbers")).transpose()
    }

    async fn suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        let query = put(number, PUT_SUSPECT.query())?.number(millis(after));
        self.write(Put(query)).await
    }

    async fn suspects(&self, most: usize) -> Result<Vec<MissingNumber>> {
        let query = LIST_SUSPECTS.query().number(limit(most));
        let query = query.number(millis(self.lease_ttl));
        let query = query.number(millis(MissingNumber::LONGEST_PAUSE));
        let rows = all(&self.readers, query).await?;
        rows.iter()
            .map(|row| document(row, "missing_numbers"))
            .collect()
    }

    async fn put_off_suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        let query = name(number, PUT_OFF_SUSPECT.query()).number(millis(after));
        self.write(Put(query)).await
    }

    async fn clear_suspect(&self, number: &MissingNumber) -> Result<()> {
        self.write(Put(name(number, FORGET_SUSPECT.query()))).await
    }

    async fn end_missing(&self, number: &MissingNumber) -> Result<bool> {
        let trail = Trail::of(&[DomainEvent::NumberGone(number)]);
        self.write(End(number.clone(), trail)).await
    }

    async fn return_missing(&self, number: &MissingNumber, charges: &[Charge]) -> Result<bool> {
        let trail = Trail::of(&[DomainEvent::NumberReturned(number)]);
        self.write(Return(number.clone(), charges.to_vec(), trail))
            .await
    }
}
