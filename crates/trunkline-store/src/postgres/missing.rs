//! Missing numbers on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{PurchaseId, Result};
use trunkline_engine::DomainEvent;
use trunkline_engine::Missing;
use trunkline_engine::missing::MissingNumber;
use trunkline_engine::spend::Charge;

use crate::lease::millis;
use crate::postgres::query::Query;
use crate::postgres::releases::EndRelease;
use crate::postgres::transaction::{Done, Put, Trouble, Write};
use crate::postgres::{Postgres, purses, statement, trails};
use crate::rows::{document, json, limit, purchase_id};
use crate::trails::Binds;

statement!(
    PUT_SUSPECT,
    PUT_OFF_SUSPECT,
    PUT_GONE,
    FORGET_SUSPECT,
    FORGET_GONE,
    FORGET_RELEASE,
    PUT_WINNER,
    KEEP_ID,
    FIND_MISSING,
    FIND_RELEASER,
    FIND_WINNER,
    LIST_SPENDERS,
    LIST_SUSPECTS,
);

fn name(number: &MissingNumber, query: Query) -> Query {
    query
        .word(&number.identity)
        .word(number.number_id.provider_id())
}

fn put(number: &MissingNumber, query: Query) -> Result<Query> {
    let query = name(number, query).word(number.number_id.as_str());
    Ok(query.word(&json(number)?))
}

struct End(MissingNumber, Trail);

#[async_trait]
impl Write for End {
    type Output = bool;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        let Self(number, trail) = self;
        if !name(number, FORGET_SUSPECT.query()).changed(on).await? {
            return Ok(Done::Undone(false));
        }
        EndRelease(number.ended(), trail.clone()).run(on).await?;
        put(number, PUT_GONE.query())?.changed(on).await?;
        Ok(Done::Kept(true))
    }
}

struct Return(MissingNumber, Vec<Charge>, Trail);

#[async_trait]
impl Write for Return {
    type Output = bool;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        let Self(number, charges, trail) = self;
        if !name(number, FORGET_GONE.query()).changed(on).await? {
            return Ok(Done::Undone(false));
        }
        let query = FORGET_RELEASE.query().word(number.tenant.as_str());
        query.word(number.number_id.as_str()).changed(on).await?;
        let query = name(number, PUT_WINNER.query()).word(number.purchase.as_str());
        if !query.changed(on).await? {
            return Ok(Done::Kept(true));
        }
        let query = name(number, KEEP_ID.query()).word(number.purchase.as_str());
        query.changed(on).await?;
        trails::leave(on, trail).await?;
        purses::add(on, &number.purchase, charges).await?;
        Ok(Done::Kept(true))
    }
}

#[async_trait]
impl Missing for Postgres {
    async fn winner(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        let query = FIND_WINNER.query().word(identity).word(provider_id);
        let row = self.optional(query).await?;
        row.map(|row| purchase_id(&row, "purchase")).transpose()
    }

    async fn releaser(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        let query = FIND_RELEASER.query().word(identity).word(provider_id);
        let row = self.optional(query).await?;
        row.map(|row| purchase_id(&row, "purchase")).transpose()
    }

    async fn spenders(&self, purse: &str, most: usize) -> Result<Vec<PurchaseId>> {
        let query = LIST_SPENDERS.query().word(purse).number(limit(most));
        let rows = self.all(query).await?;
        rows.iter()
            .map(|row| purchase_id(row, "purchase"))
            .collect()
    }

    async fn missing(&self, identity: &str, provider_id: &str) -> Result<Option<MissingNumber>> {
        let query = FIND_MISSING.query().word(identity).word(provider_id);
        let row = self.optional(query).await?;
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
        let rows = self.all(query).await?;
        rows.iter()
            .map(|row| document(row, "missing_numbers"))
            .collect()
    }

    async fn put_off_suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        let query = name(number, PUT_OFF_SUSPECT.query()).number(millis(after));
        self.write(Put(query)).await
    }

    async fn clear_suspect(&self, number: &MissingNumber) -> Result<()> {
        let query = name(number, FORGET_SUSPECT.query());
        self.write(Put(query)).await
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
