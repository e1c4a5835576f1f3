//! `Missing`: numbers that their carriers do not know any more.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{PurchaseId, Result};
use trunkline_engine::DomainEvent;
use trunkline_engine::Missing;
use trunkline_engine::missing::MissingNumber;
use trunkline_engine::spend::{Booking, Charge};

use crate::inventory::leave;
use crate::lease::millis;
use crate::query::{Query, Statement, Transaction};
use crate::releases::EndRelease;
use crate::rows::{document, json, limit, purchase_id};
use crate::store::{Backend, Sql};
use crate::write::{Done, One, Write};
use crate::{purses, sql};

fn name(statement: &'static Statement, number: &MissingNumber) -> Query {
    statement
        .query()
        .bind(number.identity.as_str())
        .bind(number.number_id.provider_id())
}

fn put(statement: &'static Statement, number: &MissingNumber) -> Result<Query> {
    let query = name(statement, number).bind(number.number_id.as_str());
    Ok(query.bind(json(number)?))
}

struct End(MissingNumber, Trail);

#[async_trait]
impl Write for End {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let Self(number, trail) = self;
        if !name(&sql::FORGET_SUSPECT, number).changed(on).await? {
            return Ok(Done::Undone(false));
        }
        EndRelease(number.ended(), trail.clone()).run(on).await?;
        put(&sql::PUT_GONE, number)?.changed(on).await?;
        Ok(Done::Kept(true))
    }
}

struct Return(MissingNumber, Vec<Charge>, Trail);

#[async_trait]
impl Write for Return {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let Self(number, charges, trail) = self;
        if !name(&sql::FORGET_GONE, number).changed(on).await? {
            return Ok(Done::Undone(false));
        }
        let query = name(&sql::PUT_WINNER, number).bind(number.purchase.as_str());
        if !query.changed(on).await? {
            return Ok(Done::Kept(false));
        }
        let query = sql::FORGET_RELEASE.query().bind(number.tenant.as_str());
        query.bind(number.number_id.as_str()).changed(on).await?;
        let query = name(&sql::KEEP_ID, number).bind(number.purchase.as_str());
        query.changed(on).await?;
        leave(on, trail).await?;
        purses::add(on, &number.purchase, charges, Booking::Owed).await?;
        Ok(Done::Kept(true))
    }
}

#[async_trait]
impl<B: Backend> Missing for Sql<B> {
    async fn winner(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        let query = sql::FIND_WINNER.query().bind(identity).bind(provider_id);
        self.backend
            .find(query, |row| purchase_id(row, "purchase"))
            .await
    }

    async fn releaser(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        let query = sql::FIND_RELEASER.query().bind(identity).bind(provider_id);
        self.backend
            .find(query, |row| purchase_id(row, "purchase"))
            .await
    }

    async fn spenders(&self, purse: &str, most: usize) -> Result<Vec<PurchaseId>> {
        let query = sql::LIST_SPENDERS.query().bind(purse).bind(limit(most));
        self.backend
            .list(query, |row| purchase_id(row, "purchase"))
            .await
    }

    async fn missing(&self, identity: &str, provider_id: &str) -> Result<Option<MissingNumber>> {
        let query = sql::FIND_MISSING.query().bind(identity).bind(provider_id);
        self.backend
            .find(query, |row| document(row, "missing_numbers"))
            .await
    }

    async fn suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        let query = put(&sql::PUT_SUSPECT, number)?.bind(millis(after));
        self.backend.write(One::new(query)).await.map(drop)
    }

    async fn suspects(&self, most: usize) -> Result<Vec<MissingNumber>> {
        let query = sql::LIST_SUSPECTS.query().bind(limit(most));
        let query = query.bind(millis(self.lease_ttl));
        let query = query.bind(millis(MissingNumber::LONGEST_PAUSE));
        self.backend
            .list(query, |row| document(row, "missing_numbers"))
            .await
    }

    async fn put_off_suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        let query = name(&sql::PUT_OFF_SUSPECT, number).bind(millis(after));
        self.backend.write(One::new(query)).await.map(drop)
    }

    async fn clear_suspect(&self, number: &MissingNumber) -> Result<()> {
        let query = name(&sql::FORGET_SUSPECT, number);
        self.backend.write(One::new(query)).await.map(drop)
    }

    async fn end_missing(&self, number: &MissingNumber) -> Result<bool> {
        let trail = Trail::of(&[DomainEvent::NumberGone(number)]);
        self.backend.write(End(number.clone(), trail)).await
    }

    async fn return_missing(&self, number: &MissingNumber, charges: &[Charge]) -> Result<bool> {
        let trail = Trail::of(&[DomainEvent::NumberReturned(number)]);
        self.backend
            .write(Return(number.clone(), charges.to_vec(), trail))
            .await
    }
}
