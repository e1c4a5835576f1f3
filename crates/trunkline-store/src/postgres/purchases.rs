//! The two writes that a purchase is made of: its beginning and its steps.
//!
//! Whoever locks rows of several tables does so in one order: idempotency, purchases or releases, claims,
//! winners, leases, charges, purses. A refused insert leaves the row that refused it locked, so that it can be named.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{HeldRow, PurchaseId, Result};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Begin, Change, Commit, Lease, Record, Scope};
use trunkline_engine::spend::{Booking, Charge};

use crate::lease::Wanted;
use crate::postgres::query::Query;
use crate::postgres::transaction::{Done, How, Trouble, Write};
use crate::postgres::{keys, leases, purses, statement, trails};
use crate::purchase::{
    Charging, LOOK_SOON, Row, Won, charging, contradiction, due_in_ms, presumed, won,
};
use crate::rows::{Cells, purchase_id, record};
use crate::tables::{DATABASE_ID, WRITTEN_BACK};

statement!(
    REPOINT_KEY,
    FORGET_ANSWER,
    FIND_PURCHASE,
    PUT_PURCHASE,
    STEP_PURCHASE,
    PUT_CLAIM,
    FIND_CLAIM,
    FREE_CLAIM,
    PUT_WINNER,
    FIND_WINNER,
    FIND_META,
    WIN_ID,
    PUT_ID,
);

/// One purchase by its id.
pub(super) fn find(id: &PurchaseId) -> Query {
    FIND_PURCHASE.query().bind(id.as_str())
}

/// Gives a statement the parts of a claim: identity, number and holder.
pub(super) fn claim(query: Query, (identity, number): (&str, &str), holder: &str) -> Query {
    query.bind(identity).bind(number).bind(holder)
}

/// Takes a claim, unless another has it.
pub(super) async fn take_claim(
    on: &mut PgConnection,
    claimed: (&str, &str),
    holder: &str,
) -> Result<bool, Trouble> {
    claim(PUT_CLAIM.query(), claimed, holder).changed(on).await
}

/// Frees a claim of this holder's.
pub(super) async fn free_claim(
    on: &mut PgConnection,
    claimed: (&str, &str),
    holder: &str,
) -> Result<(), Trouble> {
    claim(FREE_CLAIM.query(), claimed, holder)
        .changed(on)
        .await?;
    Ok(())
}

/// Who has a claim.
pub(super) async fn holder(
    on: &mut PgConnection,
    (identity, number): (&str, &str),
) -> Result<Option<String>, Trouble> {
    let query = FIND_CLAIM.query().bind(identity).bind(number);
    let holder = query.row(on).await?.map(|row| row.text("holder"));
    Ok(holder.transpose()?)
}

/// Writes down a purchase with its key, claim and lease.
pub(super) struct BeginPurchase {
    scope: Scope,
    lease: Wanted,
    fingerprint: String,
    created_ms: i64,
    charges: Vec<Charge>,
    row: Row,
    trail: Trail,
}

/// What is under a key that was used before.
enum Used {
    /// It is used no more.
    Gone,
    /// It is free for another purchase.
    StartsOver,
    Refused(Begin),
}

impl BeginPurchase {
    pub(super) fn new(scope: &Scope, record: &Record, lease: Wanted) -> Result<Self> {
        Ok(Self {
            scope: scope.clone(),
            lease,
            fingerprint: record.fingerprint.clone(),
            created_ms: record.purchase.created_at.as_millisecond(),
            charges: record.charges.clone(),
            row: Row::of(record)?,
            trail: Trail::of(&[DomainEvent::PurchaseBegun(record)]),
        })
    }

    async fn used(&self, on: &mut PgConnection) -> Result<Used, Trouble> {
        let Some(entry) = keys::lock(on, &self.scope).await? else {
            return Ok(Used::Gone);
        };
        let known = match &entry.purchase {
            Some(id) => find(id).row(on).await?,
            None => None,
        };
        let known = known.map(|row| record(&row)).transpose()?;
        Ok(match known {
            Some(record) if record.may_start_over() => Used::StartsOver,
            Some(record) if entry.fingerprint == self.fingerprint => {
                Used::Refused(Begin::Known(Box::new(record)))
            }
            _ => Used::Refused(Begin::Mismatch),
        })
    }

    fn repoint(&self) -> Query {
        keys::of(REPOINT_KEY.query(), &self.scope)
            .bind(self.fingerprint.as_str())
            .bind(self.row.id.as_str())
    }

    fn put(&self) -> Query {
        let row = &self.row;
        let query = PUT_PURCHASE
            .query()
            .bind(row.id.as_str())
            .bind(row.tenant.as_str())
            .bind(row.account.as_str());
        query
            .bind(row.identity.as_str())
            .bind(row.number.as_str())
            .bind(row.state.as_str())
            .bind(self.created_ms)
            .bind(row.doc.as_str())
    }
}

#[async_trait]
impl Write for BeginPurchase {
    type Output = Begin;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Begin>, Trouble> {
        let id = self.row.id.as_str();
        if !keys::put(on, &self.scope, (&self.fingerprint, Some(id))).await? {
            match self.used(on).await? {
                Used::Gone => return Ok(Done::Again),
                Used::Refused(begin) => return Ok(Done::Undone(begin)),
                Used::StartsOver => {
                    self.repoint().changed(on).await?;
                }
            }
        }
        let claimed = (self.row.identity.as_str(), self.row.number.as_str());
        if !take_claim(on, claimed, id).await? {
            let by = holder(on, claimed).await?;
            let by = by.ok_or_else(|| contradiction("purchase"))?;
            return Ok(Done::Undone(Begin::Busy { by }));
        }
        self.put().changed(on).await?;
        let lease = leases::take(on, &self.lease).await?;
        let lease = lease.ok_or_else(|| contradiction("purchase"))?;
        trails::leave(on, &self.trail).await?;
        if let Some(full) = purses::take(on, &self.row.id, &self.charges).await? {
            return Ok(Done::Undone(Begin::Full(full)));
        }
        Ok(Done::Kept(Begin::Fresh(lease)))
    }
}

/// Writes one step of a purchase.
pub(super) struct StepPurchase {
    row: Row,
    version: i64,
    lease: Option<Lease>,
    presumed: bool,
    due_in_ms: Option<i64>,
    won: Option<Won>,
    /// The key whose answer is forgotten.
    forget_answer: Option<String>,
    unclaimed: bool,
    /// Identity and number whose claim is given up for the record's.
    gives_up: Option<(String, String)>,
    charging: Option<Charging>,
    trail: Trail,
}

impl StepPurchase {
    /// The step of a record that is written back: its row is new.
    pub(super) fn back(record: &Record) -> Result<Self> {
        let change = Change {
            record,
            event: Some(DomainEvent::PurchaseRecovered(record)),
            lease: None,
            durable: true,
            look_in: presumed(record).then_some(LOOK_SOON),
            forget_answer: false,
            unclaimed: false,
            gives_up: None,
        };
        Ok(Self {
            version: WRITTEN_BACK - 1,
            ..Self::new(&change)?
        })
    }

    pub(super) fn new(change: &Change<'_>) -> Result<Self> {
        let record = change.record;
        let key = record.purchase.idempotency_key.as_str();
        Ok(Self {
            row: Row::of(record)?,
            version: record.version,
            lease: change.lease.cloned(),
            presumed: presumed(record),
            due_in_ms: due_in_ms(change),
            won: won(record),
            forget_answer: change.forget_answer.then(|| key.to_owned()),
            unclaimed: change.unclaimed,
            gives_up: change
                .gives_up
                .map(|(identity, number)| (identity.to_owned(), number.as_str().to_owned())),
            charging: charging(change),
            trail: Trail::of(change.event.as_slice()),
        })
    }

    fn step(&self) -> Query {
        let row = &self.row;
        let lease = self.lease.as_ref();
        let query = STEP_PURCHASE
            .query()
            .bind(row.id.as_str())
            .bind(self.version)
            .bind(row.doc.as_str())
            .bind(row.state.as_str())
            .bind(i64::from(self.presumed));
        query
            .bind(row.account.as_str())
            .bind(row.identity.as_str())
            .bind(row.number.as_str())
            .bind(self.due_in_ms)
            .bind(lease.map(|lease| lease.name.clone()))
            .bind(lease.map(|lease| lease.fence))
            .bind(lease.map(|lease| lease.owner.clone()))
            .bind(row.needs_person)
    }

    async fn forget_answer(&self, on: &mut PgConnection, key: &str) -> Result<(), Trouble> {
        let query = FORGET_ANSWER
            .query()
            .bind(self.row.tenant.as_str())
            .bind(key)
            .bind(self.row.id.as_str())
            .bind(self.version + 1);
        query.changed(on).await?;
        Ok(())
    }

    /// Takes and frees the claims that the step is about; `false` if another has one that it needs.
    async fn claims(&self, on: &mut PgConnection) -> Result<bool, Trouble> {
        let row = &self.row;
        let (claimed, id) = (
            (row.identity.as_str(), row.number.as_str()),
            row.id.as_str(),
        );
        let settled = row.state.is_settled();
        let old = self.gives_up.as_ref().filter(|_| !settled);
        // Looking would not do: whoever takes it after a look would not be seen.
        if (self.unclaimed || old.is_some()) && !take_claim(on, claimed, id).await? {
            return Ok(false);
        }
        if settled {
            free_claim(on, claimed, id).await?;
        }
        if let Some((identity, number)) = old
            && (identity.as_str(), number.as_str()) != claimed
        {
            free_claim(on, (identity, number), id).await?;
        }
        Ok(true)
    }

    /// Takes the carrier's id for this purchase, or gives the one that has it.
    async fn win(&self, on: &mut PgConnection, won: &Won) -> Result<Option<PurchaseId>, Trouble> {
        let (row, provider_id) = (&self.row, won.provider_id.as_str());
        let identity = row.identity.as_str();
        let query = PUT_WINNER
            .query()
            .bind(identity)
            .bind(provider_id)
            .bind(row.id.as_str());
        if query.changed(on).await? {
            let query = WIN_ID
                .query()
                .bind(identity)
                .bind(row.number.as_str())
                .bind(provider_id)
                .bind(won.created_ms)
                .bind(row.id.as_str());
            query.changed(on).await?;
            return Ok(None);
        }
        let query = FIND_WINNER.query().bind(identity).bind(provider_id);
        let winner = query.row(on).await?;
        let winner = winner.ok_or_else(|| contradiction("step"))?;
        Ok(Some(purchase_id(&winner, "purchase")?))
    }
}

#[async_trait]
impl Write for StepPurchase {
    type Output = Commit;

    fn how(&self) -> How {
        let more = self.row.state.is_settled()
            || self.unclaimed
            || self.gives_up.is_some()
            || self.forget_answer.is_some()
            || !self.trail.is_empty();
        if more { How::Together } else { How::Alone }
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Commit>, Trouble> {
        if let Some(key) = &self.forget_answer {
            self.forget_answer(on, key).await?;
        }
        if !self.step().changed(on).await? {
            let lost = match &self.lease {
                Some(lease) => !leases::holds(on, lease).await?,
                None => false,
            };
            return Ok(Done::Undone(if lost {
                Commit::LeaseLost
            } else {
                Commit::Stale
            }));
        }
        if !self.claims(on).await? {
            return Ok(Done::Undone(Commit::Busy));
        }
        if let Some(won) = &self.won
            && let Some(winner) = self.win(on, won).await?
        {
            return Ok(Done::Undone(Commit::NotOurs(winner)));
        }
        trails::leave(on, &self.trail).await?;
        if let Some((charges, booking)) = &self.charging
            && let Some(full) = purses::replace(on, &self.row.id, charges, *booking).await?
        {
            return Ok(Done::Undone(Commit::Full(full)));
        }
        Ok(Done::Kept(Commit::Done(self.version + 1)))
    }
}

/// Keeps the ids under which a number is seen.
pub(super) struct KeepIds {
    pub(super) identity: String,
    pub(super) number: String,
    pub(super) rows: Vec<HeldRow>,
}

#[async_trait]
impl Write for KeepIds {
    type Output = ();

    async fn run(&self, on: &mut PgConnection) -> Result<Done<()>, Trouble> {
        for row in &self.rows {
            let query = PUT_ID
                .query()
                .bind(self.identity.as_str())
                .bind(self.number.as_str())
                .bind(row.provider_id.as_str())
                .bind(row.created_at.map(Timestamp::as_millisecond));
            query.changed(on).await?;
        }
        Ok(Done::Kept(()))
    }
}

/// Writes back a purchase that has vanished.
pub(super) struct WriteBack {
    /// The database that it was written to.
    pub(super) database: Arc<str>,
    pub(super) begin: BeginPurchase,
    pub(super) step: StepPurchase,
}

#[async_trait]
impl Write for WriteBack {
    type Output = Option<i64>;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Option<i64>>, Trouble> {
        let (begin, step) = (&self.begin, &self.step);
        let (row, id) = (&begin.row, begin.row.id.as_str());
        let here = FIND_META.query().bind(DATABASE_ID).row(on).await?;
        let here = here.map(|row| row.text("value")).transpose()?;
        if here.as_deref() != Some(&*self.database) {
            return Ok(Done::Undone(None));
        }
        keys::put(on, &begin.scope, (&begin.fingerprint, Some(id))).await?;
        begin.put().changed(on).await?;
        if !row.state.is_settled() {
            take_claim(on, (&row.identity, &row.number), id).await?;
        }
        step.step().changed(on).await?;
        if let Some(won) = &step.won
            && step.win(on, won).await?.is_some()
        {
            return Ok(Done::Undone(None));
        }
        trails::leave(on, &step.trail).await?;
        purses::replace(on, &row.id, &begin.charges, Booking::Owed).await?;
        Ok(Done::Kept(Some(WRITTEN_BACK)))
    }
}
