//! Many purchases by the same criteria, each an ordinary purchase, all begun and watched under one lease.

mod absent;
mod give_back;
mod items;
mod plan;
mod service;
mod store;
mod supply;
mod work;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use crate::action::{Action, ActionKind, Outcome};
use crate::action_log::ActionLog;
use crate::held_lease::HeldLease;
use crate::journal::Lease;
use crate::search::{Preference, SearchRequest, entries_of};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{
    Allocation, AllocationId, AllocationItem, AllocationMode, AllocationState, Caller,
    IdempotencyKey, ItemState, ProviderData, Requester, Wishes,
};

pub use service::Allocations;
pub use store::{AllocationRecord, AllocationStore, Lot};

/// Most numbers that one allocation may ask for.
pub const COUNT_MAX: usize = 100;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct AllocationRequest {
    /// The client's key.
    pub idempotency_key: IdempotencyKey,
    /// Hash of the request, to tell whether two under one key are the same.
    pub fingerprint: String,
    /// What to search where; its limit does not matter.
    pub search: SearchRequest,
    /// What decides between candidates.
    pub preference: Preference,
    /// What was asked for, as the caller wrote it.
    pub criteria: ProviderData,
    /// What goes with each number.
    pub wishes: Wishes,
    /// Numbers wanted: 1 to [`COUNT_MAX`].
    pub count: usize,
    /// How many are enough.
    pub mode: AllocationMode,
    /// With [`AllocationMode::AtLeast`], and only then: so many.
    pub minimum: Option<usize>,
    /// Whether what was bought is given back if it fails.
    pub release_on_failure: bool,
}

impl AllocationRequest {
    /// Checks what makes no sense.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub fn validate(&self) -> Result<()> {
        if !(1..=COUNT_MAX).contains(&self.count) {
            return Err(Error::invalid("count", "1 to 100"));
        }
        let at_least = self.mode == AllocationMode::AtLeast;
        match self.minimum {
            None if at_least => Err(Error::invalid("minimum", "missing: at_least needs it")),
            Some(_) if !at_least => Err(Error::invalid("minimum", "only with at_least")),
            Some(least) if !(1..=self.count).contains(&least) => {
                Err(Error::invalid("minimum", "1 to count"))
            }
            _ if self.release_on_failure && self.mode == AllocationMode::BestEffort => {
                let message = "only with at_least or all_or_nothing: best_effort keeps what it got";
                Err(Error::invalid("release_on_failure", message))
            }
            _ => self.search.query.validate(),
        }
    }
}

/// What came of asking for an allocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// It is written down and under way.
    Fresh(AllocationId),
    /// The key has started it before.
    Known(AllocationId),
    /// The key was used with another request.
    Mismatch,
}

impl Allocations {
    /// What a key has started, before the request is even judged; `None` if it is new.
    ///
    /// # Errors
    /// Those of the journal.
    pub async fn find(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
        fingerprint: &str,
    ) -> Result<Option<Begun>> {
        let known = self.0.store.allocation_of(&caller.tenant, key).await?;
        Ok(known.map(|known| begun_before(known, fingerprint)))
    }

    /// Writes an allocation down and starts to carry it out, on a task that outlives the caller.
    ///
    /// # Errors
    /// Nothing was written: `InvalidRequest` naming the field, `NotFound` for an account that is not the caller's, and
    /// those of the journal.
    pub async fn start(&self, caller: &Caller, request: AllocationRequest) -> Result<Begun> {
        request.validate()?;
        entries_of(self.0.search.registry(), caller, &request.search.accounts)
            .map_err(|error| error.with_field_renamed("account", "criteria.accounts"))?;
        let record = draft(caller, request);
        if let Some(known) = self.0.store.begin_allocation(&record).await? {
            return Ok(begun_before(known, &record.fingerprint));
        }
        self.note(caller, &record).await;
        let id = record.allocation.id;
        // It is written down: whatever fails now, another takes it up.
        if let Err(error) = self.take_over(&id).await {
            tracing::warn!(allocation = %id, %error, "{id} is left to be carried out later");
        }
        Ok(Begun::Fresh(id))
    }

    async fn note(&self, caller: &Caller, record: &AllocationRecord) {
        let allocation = &record.allocation;
        let mut action =
            Action::new(caller, ActionKind::AllocationCreate).on(allocation.id.as_str());
        action.after = Some(
            json!({"criteria": allocation.criteria, "count": allocation.count, "mode": allocation.mode}),
        );
        let log = ActionLog::new(Arc::clone(&self.0.store));
        log.done(action, Outcome::Ok).await;
    }

    /// One allocation, as far as it has come.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is another's.
    pub async fn get(&self, caller: &Caller, id: &AllocationId) -> Result<Allocation> {
        let record = self.0.store.allocation(id).await?;
        let record = record.filter(|record| record.is_visible_to(caller));
        let record =
            record.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no allocation {id}")))?;
        self.up_to_date(record.allocation).await
    }

    /// A caller's allocations older than `before`, newest first, as they were last written down.
    ///
    /// # Errors
    /// Those of the journal.
    pub async fn list(
        &self,
        caller: &Caller,
        before: Option<&AllocationId>,
        limit: usize,
    ) -> Result<Vec<Allocation>> {
        let (store, mut before) = (&self.0.store, before.cloned());
        let mut found = Vec::new();
        loop {
            let page = store.allocations(&caller.tenant, before.as_ref(), limit);
            let page = page.await?;
            let is_last = page.len() < limit;
            before = page.last().map(|record| record.allocation.id.clone());
            let seen = page.into_iter().filter(|r| r.is_visible_to(caller));
            found.extend(seen.map(|record| record.allocation));
            if is_last || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }

    /// Waits until an allocation is over, at most this long, and gives it as it is then.
    ///
    /// # Errors
    /// As [`Allocations::get`].
    pub async fn wait(
        &self,
        caller: &Caller,
        id: &AllocationId,
        timeout: Duration,
    ) -> Result<Allocation> {
        const POLL: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
        let deadline = Instant::now() + timeout;
        let mut pause = POLL.0;
        loop {
            let allocation = self.get(caller, id).await?;
            if allocation.is_done() || Instant::now() >= deadline {
                return Ok(allocation);
            }
            tokio::time::sleep_until(deadline.min(Instant::now() + pause)).await;
            pause = (pause * 2).min(POLL.1);
        }
    }

    /// Goes on with what others left open, until [`Purchases::shutdown`](crate::Purchases::shutdown). Run it once per process.
    pub async fn reconcile(&self) {
        const BATCH: usize = 64;
        let purchases = &self.0.purchases;
        loop {
            match self.0.store.due_allocations(BATCH).await {
                Ok(ids) => {
                    for id in ids {
                        if let Err(error) = self.take_over(&id).await {
                            tracing::warn!(allocation = %id, %error, "{id} can't be taken over");
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "can't read what is left to allocate"),
            }
            purchases.idle(purchases.tick()).await;
            if purchases.is_stopping() {
                return;
            }
        }
    }

    async fn take_over(&self, id: &AllocationId) -> Result<()> {
        let (store, name) = (&self.0.store, AllocationRecord::lease_name(id));
        let Some(lease) = store.acquire(&name, &self.0.owner).await? else {
            return Ok(());
        };
        match store.allocation(id).await? {
            Some(record) if !record.allocation.is_done() => self.spawn(record, lease),
            _ => store.unlock(&lease).await?,
        }
        Ok(())
    }

    fn spawn(&self, record: AllocationRecord, lease: Lease) {
        let this = self.clone();
        let tasks = self.0.purchases.tasks();
        tasks.spawn(async move { Box::pin(this.drive(record, lease)).await });
    }

    async fn drive(&self, record: AllocationRecord, lease: Lease) {
        let (held, id) = (HeldLease::new(lease), record.allocation.id.clone());
        let mut work = work::Work::new(self, record, &held);
        if let Err(error) = held.during(&*self.0.store, Box::pin(work.run())).await {
            tracing::warn!(allocation = %id, %error, "{id} is left to be gone on with: {error}");
        }
    }

    /// Brings failed items up to date: an unanswered purchase may have succeeded since. Nothing is written.
    async fn up_to_date(&self, mut allocation: Allocation) -> Result<Allocation> {
        let unanswered = |item: &&mut AllocationItem| {
            let kind = item.error.as_ref().map(Error::kind);
            item.takes_a_place() || kind == Some(ErrorKind::Timeout)
        };
        let failed = allocation.items.iter_mut();
        let failed = failed.filter(|item| item.state == ItemState::Failed);
        for item in failed.filter(unanswered) {
            if let Some(id) = &item.purchase
                && let Some(record) = self.0.store.load(id).await?
            {
                let may_come_late = self.0.purchases.may_come_late(&record);
                items::note(item, &record, may_come_late);
            }
        }
        if allocation.is_done() {
            allocation.state = allocation.outcome();
        }
        Ok(allocation)
    }
}

fn begun_before(known: AllocationRecord, fingerprint: &str) -> Begun {
    if known.fingerprint == fingerprint {
        Begun::Known(known.allocation.id)
    } else {
        Begun::Mismatch
    }
}

/// An allocation of which nothing has been done.
fn draft(caller: &Caller, request: AllocationRequest) -> AllocationRecord {
    let created_at = Timestamp::now();
    let allocation = Allocation {
        id: AllocationId::generate(created_at),
        state: AllocationState::Running,
        count: request.count,
        mode: request.mode,
        minimum: request.minimum,
        strategy: request.preference.strategy,
        max_monthly_price: request.preference.max_monthly_price,
        release_on_failure: request.release_on_failure,
        criteria: request.criteria,
        idempotency_key: request.idempotency_key,
        items: Vec::new(),
        searches: 0,
        error: None,
        created_at,
        finished_at: None,
    };
    let mut search = request.search;
    search.query.limit = COUNT_MAX;
    AllocationRecord {
        allocation,
        tenant: caller.tenant.clone(),
        key: caller.key.clone(),
        requester: Requester::of(caller),
        accounts: caller.accounts.clone(),
        fingerprint: request.fingerprint,
        search,
        preference: request.preference,
        wishes: request.wishes,
        refusing: std::collections::BTreeMap::new(),
        last_item: 0,
        version: 0,
    }
}
