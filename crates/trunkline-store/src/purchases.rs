//! The two writes that a purchase is made of: its beginning and its steps.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use trunkline_admin::chronicle::Trail;
use trunkline_core::{E164, Error, ErrorKind, HeldRow, PurchaseId, PurchaseState, Result, Tenant};
use trunkline_engine::DomainEvent;
use trunkline_engine::journal::{Begin, Change, Commit, Lease, PurchaseFilter, Record, Scope};
use trunkline_engine::spend::{Booking, Charge};

use crate::claims::Claim;
use crate::error::contradiction;
use crate::inventory::{at_once, leave};
use crate::lease::{self, Wanted, millis};
use crate::query::{Query, Transaction};
use crate::rows::{json, purchase_id, record, sparse};
use crate::tables::{DATABASE_ID, WRITTEN_BACK};
use crate::write::{AtOnce, Done, How, Step, Write};
use crate::{keys, purses, sql};

/// One purchase by its id.
pub(crate) fn find(id: &PurchaseId) -> Query {
    sql::FIND_PURCHASE.query().bind(id.as_str())
}

/// A tenant's purchases, newest first.
pub(crate) fn listed(tenant: &Tenant, filter: &PurchaseFilter, most: usize) -> Result<Query> {
    let state_is_rare = filter
        .state
        .is_some_and(|state| state != PurchaseState::Succeeded);
    let index = if filter.number.is_some() {
        "purchases_by_number"
    } else if filter.needs_person == Some(true) {
        "purchases_needing_a_person"
    } else if state_is_rare {
        "purchases_by_state"
    } else if filter.account.is_some() {
        "purchases_by_account"
    } else {
        "purchases_by_tenant"
    };
    let accounts = filter.accounts.as_ref().map(json).transpose()?;
    let mut query = Query::filtered("SELECT id, version, doc FROM purchases", index, tenant);
    if state_is_rare {
        query = query.then(" AND state <> 'succeeded'");
    }
    let query = query
        .then(match filter.needs_person {
            Some(true) => " AND needs_person IS NOT NULL",
            Some(false) => " AND needs_person IS NULL",
            None => "",
        })
        .and("number = ?", filter.number.as_ref().map(E164::as_str))
        .and("state = ?", filter.state.map(PurchaseState::as_str))
        .and("account = ?", filter.account.as_deref())
        .and("account IN {list}?{/list}", accounts)
        .and("id < ?", filter.before.as_ref().map(PurchaseId::as_str));
    Ok(query.ordered("id DESC", most))
}

/// What every write of a purchase keeps in columns of its own, and the document.
#[derive(Debug)]
struct Columns {
    id: PurchaseId,
    tenant: String,
    account: String,
    identity: String,
    number: String,
    state: PurchaseState,
    needs_person: Option<&'static str>,
    doc: String,
}

impl Columns {
    fn of(record: &Record) -> Result<Self> {
        let attempt = record.attempt().ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "a purchase without an attempt can't be written down",
            )
        })?;
        Ok(Self {
            id: record.purchase.id.clone(),
            tenant: record.tenant.as_str().to_owned(),
            account: record.purchase.account.as_str().to_owned(),
            identity: attempt.identity.clone(),
            number: attempt.number.as_str().to_owned(),
            state: record.purchase.state,
            needs_person: record
                .purchase
                .needs_person
                .as_ref()
                .map(|question| question.why.as_str()),
            // Before it is settled it is written again soon.
            doc: match record.purchase.state.is_settled() {
                true => sparse(record)?,
                false => json(record)?,
            },
        })
    }

    fn claim(&self) -> Claim<'_> {
        Claim {
            identity: &self.identity,
            number: &self.number,
            holder: self.id.as_str(),
        }
    }
}

/// What a step does to the charges of its purchase: they become these.
type Charging = (Vec<Charge>, Booking);

/// What a step does to the charges of its purchase, if anything.
fn charging(change: &Change<'_>) -> Option<Charging> {
    let (charges, booking) = change.record.charging(change)?;
    Some((charges.to_vec(), booking))
}

/// The id that a success takes.
#[derive(Clone, Debug)]
struct Won {
    /// The carrier's id.
    provider_id: String,
    /// When the carrier created it.
    created_ms: Option<i64>,
}

/// Whether the last attempt is presumed to have failed.
fn presumed(record: &Record) -> bool {
    record.attempt().is_some_and(|attempt| attempt.presumed)
}

/// How soon a purchase that was written back as presumed failed is looked for.
const LOOK_SOON: Duration = Duration::from_secs(60);

/// When to look at it again, in milliseconds from now: 0 is at once, nothing is never.
fn due_in_ms(change: &Change<'_>) -> Option<i64> {
    let at_once = (!change.record.purchase.is_done()).then_some(0);
    let pause = change.look_in.map(|pause| pause.min(Change::LONGEST_PAUSE));
    pause.map(millis).or(at_once)
}

/// The carrier's id that a success takes.
fn won(record: &Record) -> Option<Won> {
    let attempt = record.attempt()?;
    Some(Won {
        provider_id: attempt.provider_id.clone()?,
        created_ms: attempt.created_at.map(Timestamp::as_millisecond),
    })
}

/// Writes down a purchase with its key, claim and lease.
pub(crate) struct BeginPurchase {
    scope: Scope,
    lease: Wanted,
    fingerprint: String,
    created_ms: i64,
    charges: Vec<Charge>,
    row: Columns,
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
    pub(crate) fn new(scope: &Scope, record: &Record, lease: Wanted) -> Result<Self> {
        Ok(Self {
            scope: scope.clone(),
            lease,
            fingerprint: record.fingerprint.clone(),
            created_ms: record.purchase.created_at.as_millisecond(),
            charges: record.charges.clone(),
            row: Columns::of(record)?,
            trail: Trail::of(&[DomainEvent::PurchaseBegun(record)]),
        })
    }

    async fn used(&self, on: &mut dyn Transaction) -> Result<Used> {
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
        keys::of(sql::REPOINT_KEY.query(), &self.scope)
            .bind(self.fingerprint.as_str())
            .bind(self.row.id.as_str())
    }

    fn put(&self) -> Query {
        let row = &self.row;
        let query = sql::PUT_PURCHASE
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

    fn at_once(&self) -> Result<Option<AtOnce<'_, Begin>>> {
        let charging = purses::adding(&self.row.id, &self.charges);
        let (Some(charging), Some(written)) = (charging, at_once(&self.trail)?) else {
            return Ok(None);
        };
        let key = keys::put(&self.scope, &self.fingerprint, Some(self.row.id.as_str()));
        let lease = lease::put(&self.lease);
        let mut steps: Vec<_> = [key, self.row.claim().taking(), self.put(), lease]
            .map(Step::must)
            .into();
        steps.extend(written.into_iter().chain(charging));
        Ok(Some(AtOnce {
            steps,
            // It is synced with the step before anything is sent.
            synced: false,
            trail: &self.trail,
            output: Box::new(|fence| Begin::Fresh(self.lease.granted(fence))),
        }))
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Begin>> {
        let id = self.row.id.as_str();
        let key = keys::put(&self.scope, &self.fingerprint, Some(id));
        if !key.changed(on).await? {
            match self.used(on).await? {
                Used::Gone => return Ok(Done::Again),
                Used::Refused(begin) => return Ok(Done::Undone(begin)),
                Used::StartsOver => {
                    self.repoint().changed(on).await?;
                }
            }
        }
        let claim = self.row.claim();
        if !claim.take(on).await? {
            let by = claim.taken_by(on).await?;
            let by = by.ok_or_else(|| contradiction("purchase"))?;
            return Ok(Done::Undone(Begin::Busy { by }));
        }
        self.put().changed(on).await?;
        let lease = lease::take(on, &self.lease).await?;
        let lease = lease.ok_or_else(|| contradiction("purchase"))?;
        leave(on, &self.trail).await?;
        if let Some(full) = purses::add(on, &self.row.id, &self.charges, Booking::Bounded).await? {
            return Ok(Done::Undone(Begin::Full(full)));
        }
        Ok(Done::Kept(Begin::Fresh(lease)))
    }
}

/// Writes one step of a purchase.
pub(crate) struct StepPurchase {
    row: Columns,
    version: i64,
    lease: Option<Lease>,
    durable: bool,
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
    pub(crate) fn back(record: &Record) -> Result<Self> {
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

    pub(crate) fn new(change: &Change<'_>) -> Result<Self> {
        let record = change.record;
        let key = record.purchase.idempotency_key.as_str();
        Ok(Self {
            row: Columns::of(record)?,
            version: record.version,
            lease: change.lease.cloned(),
            durable: change.durable,
            presumed: presumed(record),
            due_in_ms: due_in_ms(change),
            won: won(record).filter(|_| change.wins()),
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
        let query = sql::STEP_PURCHASE
            .query()
            .bind(row.id.as_str())
            .bind(self.version)
            .bind(row.doc.as_str())
            .bind(row.state.as_str())
            .bind(self.presumed);
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

    async fn forget_answer(&self, on: &mut dyn Transaction, key: &str) -> Result<()> {
        let query = sql::FORGET_ANSWER
            .query()
            .bind(self.row.tenant.as_str())
            .bind(key)
            .bind(self.row.id.as_str())
            .bind(self.version + 1);
        query.changed(on).await?;
        Ok(())
    }

    /// Takes and frees the claims that the step is about; `false` if another has one that it needs.
    async fn claims(&self, on: &mut dyn Transaction) -> Result<bool> {
        let claim = self.row.claim();
        let settled = self.row.state.is_settled();
        let old = self.gives_up.as_ref().filter(|_| !settled);
        // Looking would not do: one that is taken after a look would not be seen.
        if (self.unclaimed || old.is_some()) && !claim.take(on).await? {
            return Ok(false);
        }
        if settled {
            claim.free(on).await?;
        }
        if let Some((identity, number)) = old
            && (identity.as_str(), number.as_str()) != (claim.identity, claim.number)
        {
            let old = Claim {
                identity,
                number,
                ..claim
            };
            old.free(on).await?;
        }
        Ok(true)
    }

    fn put_winner(&self, won: &Won) -> Query {
        sql::PUT_WINNER
            .query()
            .bind(self.row.identity.as_str())
            .bind(won.provider_id.as_str())
            .bind(self.row.id.as_str())
    }

    fn win_id(&self, won: &Won) -> Query {
        sql::WIN_ID
            .query()
            .bind(self.row.identity.as_str())
            .bind(self.row.number.as_str())
            .bind(won.provider_id.as_str())
            .bind(won.created_ms)
            .bind(self.row.id.as_str())
    }

    /// Takes the carrier's id for this purchase, or gives the one that has it.
    async fn win(&self, on: &mut dyn Transaction, won: &Won) -> Result<Option<PurchaseId>> {
        if self.put_winner(won).changed(on).await? {
            self.win_id(won).changed(on).await?;
            return Ok(None);
        }
        let query = sql::FIND_WINNER.query().bind(self.row.identity.as_str());
        let query = query.bind(won.provider_id.as_str());
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

    fn durable(&self) -> bool {
        self.durable
    }

    fn at_once(&self) -> Result<Option<AtOnce<'_, Commit>>> {
        let more = self.forget_answer.is_some() || self.unclaimed || self.gives_up.is_some();
        if more || self.charging.is_some() {
            return Ok(None);
        }
        let Some(written) = at_once(&self.trail)? else {
            return Ok(None);
        };
        let mut steps = vec![Step::must(self.step())];
        if self.row.state.is_settled() {
            steps.push(Step::may(self.row.claim().freeing()));
        }
        if let Some(won) = &self.won {
            steps.push(Step::must(self.put_winner(won)));
            steps.push(Step::may(self.win_id(won)));
        }
        steps.extend(written);
        Ok(Some(AtOnce {
            steps,
            synced: true,
            trail: &self.trail,
            output: Box::new(|_| Commit::Done(self.version + 1)),
        }))
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Commit>> {
        if let Some(key) = &self.forget_answer {
            self.forget_answer(on, key).await?;
        }
        if !self.step().changed(on).await? {
            let lost = match &self.lease {
                Some(lease) => !lease::holds(on, lease).await?,
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
        leave(on, &self.trail).await?;
        if let Some((charges, booking)) = &self.charging
            && let Some(full) = purses::replace(on, &self.row.id, charges, *booking).await?
        {
            return Ok(Done::Undone(Commit::Full(full)));
        }
        Ok(Done::Kept(Commit::Done(self.version + 1)))
    }
}

/// Keeps the ids under which a number is seen.
pub(crate) struct KeepIds {
    pub(crate) identity: String,
    pub(crate) number: String,
    pub(crate) rows: Vec<HeldRow>,
}

#[async_trait]
impl Write for KeepIds {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        for row in &self.rows {
            let query = sql::PUT_ID
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
pub(crate) struct WriteBack {
    /// The database that it was written to.
    pub(crate) database: String,
    pub(crate) begin: BeginPurchase,
    pub(crate) step: StepPurchase,
}

#[async_trait]
impl Write for WriteBack {
    type Output = Option<i64>;

    fn durable(&self) -> bool {
        true
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Option<i64>>> {
        let (begin, step) = (&self.begin, &self.step);
        let (row, id) = (&begin.row, begin.row.id.as_str());
        let here = sql::FIND_META.query().bind(DATABASE_ID).row(on).await?;
        let here = here.map(|row| row.text("value")).transpose()?;
        if here.as_deref() != Some(&*self.database) {
            return Ok(Done::Undone(None));
        }
        let key = keys::put(&begin.scope, &begin.fingerprint, Some(id));
        key.changed(on).await?;
        begin.put().changed(on).await?;
        if !row.state.is_settled() {
            row.claim().take(on).await?;
        }
        step.step().changed(on).await?;
        if let Some(won) = &step.won
            && step.win(on, won).await?.is_some()
        {
            return Ok(Done::Undone(None));
        }
        leave(on, &step.trail).await?;
        purses::replace(on, &row.id, &begin.charges, Booking::Owed).await?;
        Ok(Done::Kept(Some(WRITTEN_BACK)))
    }
}
