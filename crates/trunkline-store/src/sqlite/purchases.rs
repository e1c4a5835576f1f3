//! The two writes that a purchase is made of: its beginning and its steps.

use async_trait::async_trait;
use jiff::Timestamp;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{HeldRow, PurchaseId, Result};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Begin, Change, Commit, Lease, Record, Scope};
use trunkline_engine::spend::{Booking, Charge};

use crate::lease::Wanted;
use crate::purchase::{
    Charging, LOOK_SOON, Row, Won, charging, contradiction, due_in_ms, presumed, won,
};
use crate::rows::{Cells, key, purchase_id, record};
use crate::sqlite::query::Query;
use crate::sqlite::writer::{Effects, Transaction, Write};
use crate::sqlite::{FIND_META, keys, leases, purses, statement, trails, write};
use crate::tables::{DATABASE_ID, WRITTEN_BACK};

write!(BEGIN: PUT_KEY, PUT_CLAIM, PUT_PURCHASE, PUT_LEASE);
statement!(BEGIN_AGAIN: REPOINT_KEY, PUT_CLAIM, PUT_PURCHASE, PUT_LEASE);
write!(STEP: STEP_PURCHASE);
write!(STEP_AND_FREE: STEP_PURCHASE, FREE_CLAIM);
write!(STEP_AND_MOVE: STEP_PURCHASE, FREE_CLAIM, PUT_CLAIM);
write!(STEP_AND_WIN: STEP_PURCHASE, FREE_CLAIM, PUT_WINNER);
statement!(FORGET_ANSWER: FORGET_ANSWER);
statement!(FIND_PURCHASE: FIND_PURCHASE);
statement!(FIND_CLAIM: FIND_CLAIM);
statement!(FIND_LEASE: FIND_LEASE);
statement!(FIND_WINNER: FIND_WINNER);
statement!(WIN_ID: WIN_ID);
statement!(PUT_KEY: PUT_KEY);
statement!(PUT_CLAIM: PUT_CLAIM);
statement!(STEP_BACK: STEP_PURCHASE);
statement!(PUT_WINNER: PUT_WINNER);
write!(PUT_BACK: PUT_PURCHASE);
write!(PUT_ID: PUT_ID);

/// One purchase by its id.
pub(super) fn find(id: &PurchaseId) -> Query {
    FIND_PURCHASE.query().bind(id.as_str().to_owned())
}

fn claim(row: &Row, query: Query) -> Query {
    query
        .bind(row.identity.clone())
        .bind(row.number.clone())
        .bind(row.id.as_str().to_owned())
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

    fn bind(&self, query: Query) -> Query {
        let row = &self.row;
        let id = || row.id.as_str().to_owned();
        let query = keys::of(query, &self.scope)
            .bind(self.fingerprint.clone())
            .bind(id());
        let query = claim(row, query);
        let query = query
            .bind(id())
            .bind(row.tenant.clone())
            .bind(row.account.clone())
            .bind(row.identity.clone());
        let query = query
            .bind(row.number.clone())
            .bind(row.state.as_str())
            .bind(self.created_ms)
            .bind(row.doc.clone());
        leases::bind(&self.lease, query)
    }

    fn begun(&self, effects: &Effects) -> Result<Option<Begin>> {
        let lease = leases::granted(&self.lease, effects)?;
        Ok(lease.filter(|_| effects.all_changed()).map(Begin::Fresh))
    }

    /// What stands under the key already; `None` if the key is free for another purchase.
    async fn known(&self, on: &mut Transaction<'_>) -> Result<Option<Begin>> {
        let rows = on.then(keys::find(&self.scope)).await?.rows;
        let Some(entry) = rows.first().map(key).transpose()? else {
            return Ok(None);
        };
        let known = match &entry.purchase {
            Some(id) => on
                .then(find(id))
                .await?
                .rows
                .first()
                .map(record)
                .transpose()?,
            None => None,
        };
        Ok(match known {
            Some(record) if record.may_start_over() => None,
            Some(record) if entry.fingerprint == self.fingerprint => {
                Some(Begin::Known(Box::new(record)))
            }
            _ => Some(Begin::Mismatch),
        })
    }

    /// Takes what the purchase costs, last of all; without room for it nothing is begun.
    async fn charge(&self, on: &mut Transaction<'_>, fresh: Begin) -> Result<Begin> {
        let Some(full) = purses::take(on, &self.row.id, &self.charges).await? else {
            trails::leave(on, &self.trail).await?;
            return Ok(fresh);
        };
        on.undo().await?;
        Ok(Begin::Full(full))
    }

    async fn busy(&self, on: &mut Transaction<'_>) -> Result<Begin> {
        let query = FIND_CLAIM
            .query()
            .bind(self.row.identity.clone())
            .bind(self.row.number.clone());
        let rows = on.then(query).await?.rows;
        let by = rows.first().map(|row| row.text("holder")).transpose()?;
        by.map(|by| Begin::Busy { by })
            .ok_or_else(|| contradiction("purchase"))
    }
}

#[async_trait]
impl Write for BeginPurchase {
    type Output = Begin;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Begin> {
        if let Some(fresh) = self.begun(&on.first(self.bind(BEGIN.query())).await?)? {
            return self.charge(on, fresh).await;
        }
        on.undo().await?;
        if let Some(known) = self.known(on).await? {
            return Ok(known);
        }
        let again = on.then(self.bind(BEGIN_AGAIN.query())).await?;
        if let Some(fresh) = self.begun(&again)? {
            return self.charge(on, fresh).await;
        }
        on.undo().await?;
        self.busy(on).await
    }
}

/// Writes one step of a purchase.
pub(super) struct StepPurchase {
    row: Row,
    version: i64,
    lease: Option<Lease>,
    durable: bool,
    presumed: bool,
    due_in_ms: Option<i64>,
    won: Option<Won>,
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
        Ok(Self {
            row: Row::of(record)?,
            version: record.version,
            lease: change.lease.cloned(),
            durable: change.durable,
            presumed: presumed(record),
            due_in_ms: due_in_ms(change),
            won: won(record),
            forget_answer: change
                .forget_answer
                .then(|| record.purchase.idempotency_key.as_str().to_owned()),
            unclaimed: change.unclaimed,
            gives_up: change
                .gives_up
                .map(|(identity, number)| (identity.to_owned(), number.as_str().to_owned())),
            charging: charging(change),
            trail: Trail::of(change.event.as_slice()),
        })
    }

    /// Gives the statement of the step itself its arguments.
    fn bind_step(&self, query: Query) -> Query {
        let row = &self.row;
        let query = query
            .bind(row.id.as_str().to_owned())
            .bind(self.version)
            .bind(row.doc.clone());
        let query = query
            .bind(row.state.as_str())
            .bind(self.presumed)
            .bind(row.account.clone());
        let query = query
            .bind(row.identity.clone())
            .bind(row.number.clone())
            .bind(self.due_in_ms);
        let lease = self.lease.as_ref();
        query
            .bind(lease.map(|lease| lease.name.clone()))
            .bind(lease.map(|lease| lease.fence))
            .bind(lease.map(|lease| lease.owner.clone()))
            .bind(row.needs_person)
    }

    fn bind(&self) -> Query {
        let row = &self.row;
        let query = match (&self.won, row.state.is_settled()) {
            (Some(_), _) => STEP_AND_WIN.query(),
            (None, true) => STEP_AND_FREE.query(),
            (None, false) if self.gives_up.is_some() => STEP_AND_MOVE.query(),
            (None, false) => STEP.query(),
        };
        let query = self.bind_step(query);
        let query = if row.state.is_settled() {
            claim(row, query)
        } else {
            query
        };
        if let (Some((identity, number)), false) = (&self.gives_up, row.state.is_settled()) {
            let query = query
                .bind(identity.clone())
                .bind(number.clone())
                .bind(row.id.as_str().to_owned());
            return claim(row, query);
        }
        match &self.won {
            Some(won) => query
                .bind(row.identity.clone())
                .bind(won.provider_id.clone())
                .bind(row.id.as_str().to_owned()),
            None => query,
        }
    }

    async fn claimed_by_another(&self, on: &mut Transaction<'_>) -> Result<bool> {
        let query = FIND_CLAIM
            .query()
            .bind(self.row.identity.clone())
            .bind(self.row.number.clone());
        let rows = on.then(query).await?.rows;
        let holder = rows.first().map(|row| row.text("holder")).transpose()?;
        Ok(holder.is_some_and(|holder| holder != self.row.id.as_str()))
    }

    async fn lease_holds(&self, on: &mut Transaction<'_>) -> Result<bool> {
        let Some(lease) = &self.lease else {
            return Ok(true);
        };
        let query = leases::of(lease, FIND_LEASE.query());
        Ok(!on.then(query).await?.rows.is_empty())
    }

    /// Who has won the carrier's id that this purchase may not have.
    async fn winner(&self, on: &mut Transaction<'_>) -> Result<Commit> {
        let query = FIND_WINNER
            .query()
            .bind(self.row.identity.clone())
            .bind(self.won.as_ref().map(|won| won.provider_id.clone()));
        let rows = on.then(query).await?.rows;
        let winner = rows
            .first()
            .map(|row| purchase_id(row, "purchase"))
            .transpose()?;
        winner
            .map(Commit::NotOurs)
            .ok_or_else(|| contradiction("step"))
    }
}

#[async_trait]
impl Write for StepPurchase {
    type Output = Commit;

    fn durable(&self) -> bool {
        self.durable
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<Commit> {
        if self.unclaimed && self.claimed_by_another(on).await? {
            return Ok(Commit::Busy);
        }
        let changed = on.first(self.bind()).await?.changed;
        let stepped = changed.first().is_some_and(|rows| *rows > 0);
        // The claim may have been freed by an earlier step, so what became of it says nothing.
        let last = changed.last().is_some_and(|rows| *rows > 0);
        let won = self.won.is_none() || last;
        if stepped && self.gives_up.is_some() && !last {
            on.undo().await?;
            return Ok(Commit::Busy);
        }
        if !stepped || !won {
            on.undo().await?;
        }
        if !stepped {
            return Ok(if self.lease_holds(on).await? {
                Commit::Stale
            } else {
                Commit::LeaseLost
            });
        }
        if !won {
            return self.winner(on).await;
        }
        if let Some(won) = &self.won {
            on.then(win_id(&self.row, won)).await?;
        }
        if let Some((charges, booking)) = &self.charging
            && let Some(full) = purses::replace(on, &self.row.id, charges, *booking).await?
        {
            on.undo().await?;
            return Ok(Commit::Full(full));
        }
        if let Some(key) = self.forget_answer {
            let id = self.row.id.as_str().to_owned();
            on.then(
                FORGET_ANSWER
                    .query()
                    .bind(self.row.tenant)
                    .bind(key)
                    .bind(id)
                    .bind(self.version + 1),
            )
            .await?;
        }
        trails::leave(on, &self.trail).await?;
        Ok(Commit::Done(self.version + 1))
    }
}

fn win_id(row: &Row, won: &Won) -> Query {
    WIN_ID
        .query()
        .bind(row.identity.clone())
        .bind(row.number.clone())
        .bind(won.provider_id.clone())
        .bind(won.created_ms)
        .bind(row.id.as_str().to_owned())
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

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        for row in self.rows {
            let created = row.created_at.map(Timestamp::as_millisecond);
            let query = PUT_ID
                .query()
                .bind(self.identity.clone())
                .bind(self.number.clone())
                .bind(row.provider_id)
                .bind(created);
            on.first(query).await?;
        }
        Ok(())
    }
}

/// Writes back a purchase that has vanished.
pub(super) struct WriteBack {
    /// The database that it was written to.
    pub(super) database: String,
    pub(super) begin: BeginPurchase,
    pub(super) step: StepPurchase,
}

#[async_trait]
impl Write for WriteBack {
    type Output = Option<i64>;

    fn durable(&self) -> bool {
        true
    }

    async fn run(self, on: &mut Transaction<'_>) -> Result<Option<i64>> {
        let (begin, step) = (self.begin, self.step);
        let row = &begin.row;
        let id = row.id.as_str().to_owned();
        let put = PUT_BACK.query().bind(id.clone()).bind(row.tenant.clone());
        let put = put
            .bind(row.account.clone())
            .bind(row.identity.clone())
            .bind(row.number.clone());
        let put = put
            .bind(row.state.as_str())
            .bind(begin.created_ms)
            .bind(row.doc.clone());
        on.first(put).await?;
        let meta = on.then(FIND_META.query().bind(DATABASE_ID)).await?.rows;
        let here = meta.first().map(|row| row.text("value")).transpose()?;
        if here.as_deref() != Some(&*self.database) {
            on.undo().await?;
            return Ok(None);
        }
        let key = keys::of(PUT_KEY.query(), &begin.scope)
            .bind(begin.fingerprint.clone())
            .bind(id.clone());
        on.then(key).await?;
        if !row.state.is_settled() {
            on.then(claim(row, PUT_CLAIM.query())).await?;
        }
        on.then(step.bind_step(STEP_BACK.query())).await?;
        if let Some(won) = &step.won {
            let winner = PUT_WINNER.query().bind(row.identity.clone());
            let winner = winner.bind(won.provider_id.clone()).bind(id);
            if !on.then(winner).await?.all_changed() {
                on.undo().await?;
                return Ok(None);
            }
            on.then(win_id(row, won)).await?;
        }
        purses::replace(on, &row.id, &begin.charges, Booking::Owed).await?;
        trails::leave(on, &step.trail).await?;
        Ok(Some(WRITTEN_BACK))
    }
}
