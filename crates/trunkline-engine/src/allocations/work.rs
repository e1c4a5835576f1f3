//! One allocation, carried out under its lease.
//!
//! An item is written down before its purchase is begun, and only whoever wrote it down begins it: a process that goes
//! on with the allocation either finds the purchase under the item's key, or uses the key up so that nobody begins it
//! any more. So at no moment can more purchases be under way than there are numbers wanted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use crate::action::{ActionKind, LOG_TARGET, Outcome};
use crate::allocations::plan::{self, Step};
use crate::allocations::supply::{Found, Supply};
use crate::allocations::{AllocationRecord, Allocations, items};
use crate::held_lease::HeldLease;
use crate::journal::Record;
use crate::purchase::{Choice, Keyed, Started};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::model::{
    AllocationItem, AllocationMode, AllocationState, Candidate, ItemState, KeyId, PurchaseId,
};
use trunkline_core::strength::Safeguard;
use trunkline_core::{host, mask_numbers};

/// How long a purchase is waited for before it is looked at again.
const GLANCE: Duration = Duration::from_secs(2);

/// How long to wait where this process has as many purchases on their way as it may.
const NO_ROOM: Duration = Duration::from_millis(50);

type Glance = (u32, Option<OwnedSemaphorePermit>, Result<Record>);

/// One allocation as it is worked on.
pub(super) struct Work<'a> {
    pub(super) allocations: &'a Allocations,
    pub(super) record: AllocationRecord,
    held: &'a HeldLease,
    pub(super) supply: Supply,
    /// Tasks, so that each goes on while something else is awaited here.
    watched: JoinSet<Glance>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        allocations: &'a Allocations,
        record: AllocationRecord,
        held: &'a HeldLease,
    ) -> Self {
        Self {
            allocations,
            record,
            held,
            supply: Supply::new(),
            watched: JoinSet::new(),
        }
    }

    /// Goes on until it is over, or this process is to end.
    pub(super) async fn run(&mut self) -> Result<()> {
        self.catch_up().await?;
        while !self.allocations.0.purchases.is_stopping() {
            match plan::next(&self.record.allocation) {
                // All or nothing: what can't be had whole is not begun to be had further.
                Step::Buy(_) if self.needs_all() && !self.try_absent_again().await? => {}
                Step::Buy(most) => self.buy(most).await?,
                Step::Wait => self.watch(None).await?,
                Step::End if self.has_absent() && self.try_absent_again().await? => {}
                Step::End => return self.finish().await,
            }
        }
        Ok(())
    }

    /// Writes down how it stands.
    pub(super) async fn keep(&mut self) -> Result<()> {
        let store = &self.allocations.0.store;
        let lease = self.held.lease();
        match store.keep_allocation(&self.record, &lease).await? {
            Some(version) => {
                self.record.version = version;
                Ok(())
            }
            None => Err(lost()),
        }
    }

    /// What another process has written down is found, or made sure that it never begins.
    async fn catch_up(&mut self) -> Result<()> {
        let (store, owner) = (&self.allocations.0.store, &self.allocations.0.owner);
        let id = self.record.allocation.id.clone();
        let mut found = Vec::new();
        for mut item in std::mem::take(&mut self.record.allocation.items) {
            if item.purchase.is_none() && Safeguard::ItemKeyUsedUp.is_off() {
                continue;
            }
            if item.purchase.is_none() {
                let scope = items::scope(&self.record.tenant, &id, item.item)?;
                let Some(purchase) = store.use_up_key(&scope, owner).await? else {
                    continue;
                };
                item.purchase = Some(purchase);
            }
            if let (true, Some(purchase)) = (item.is_open(), item.purchase.clone()) {
                self.watch_over(item.item, purchase, None);
            }
            found.push(item);
        }
        self.record.allocation.items = found;
        Ok(())
    }

    /// Begins purchases, as many as there is something for.
    async fn buy(&mut self, most: usize) -> Result<()> {
        match self
            .supply
            .fill(&self.allocations.0.search, &mut self.record)
            .await?
        {
            Found::Some => {}
            Found::Later(pause) => return self.watch(Some(pause)).await,
            Found::Never(error) => return self.stop(error).await,
        }
        let most = most.min(self.candidates(None).len());
        if most == 0 {
            return self.refused(none_left()).await;
        }
        self.begin_all(vec![None; most]).await
    }

    /// Writes down and begins a purchase of each candidate (`None`: the best), as many as there is room for.
    pub(super) async fn begin_all(&mut self, mut wanted: Vec<Option<Candidate>>) -> Result<()> {
        let mut room = self.room(wanted.len());
        wanted.truncate(room.len());
        if wanted.is_empty() {
            return self.watch(Some(NO_ROOM)).await;
        }
        for (item, candidate) in (self.record.last_item + 1..).zip(&wanted) {
            let mut new = AllocationItem::new(item);
            new.account = candidate.as_ref().map(|wanted| wanted.account.clone());
            new.number = candidate.as_ref().map(|wanted| wanted.number);
            self.record.allocation.items.push(new);
        }
        let first = self.record.last_item + 1;
        self.record.last_item += u32::try_from(wanted.len()).unwrap_or_default();
        self.keep().await?;
        let mut refused = None;
        for (item, candidate) in (first..).zip(wanted) {
            if refused.is_none() {
                let candidates = self.candidates(candidate);
                refused = self.begin(item, candidates, room.pop()).await?;
            }
        }
        // What was not begun, and will not be: only this process could have.
        let items = &mut self.record.allocation.items;
        items.retain(|item| item.purchase.is_some());
        match refused {
            Some(error) => self.refused(error).await,
            None => Ok(()),
        }
    }

    /// Nothing could be begun: waits before it is tried again, or gives up.
    async fn refused(&mut self, error: Error) -> Result<()> {
        let found = match error.kind() {
            ErrorKind::NotAvailable => self.supply.dry(error),
            _ if error.retry() == Retry::Never => Found::Never(error),
            _ => self.supply.dry(error),
        };
        match found {
            Found::Never(error) => self.stop(error).await,
            Found::Later(pause) => self.watch(Some(pause)).await,
            Found::Some => Ok(()),
        }
    }

    /// Begins the purchase of an item that is written down. Answers why it was not begun, if nothing was.
    async fn begin(
        &mut self,
        item: u32,
        candidates: Vec<Candidate>,
        room: Option<OwnedSemaphorePermit>,
    ) -> Result<Option<Error>> {
        let Some(choice) = self.choice(candidates) else {
            return Ok(Some(none_left()));
        };
        if !self.held.lease().holds() {
            return Err(lost());
        }
        let record = &self.record;
        let scope = items::scope(&record.tenant, &record.allocation.id, item)?;
        let mut caller = record.caller();
        if let Some(key) = &caller.key {
            caller.spend = self.allocations.0.store.ceilings_of(key).await?;
        }
        let keyed = Keyed {
            caller: &caller,
            scope: &scope,
            fingerprint: &record.fingerprint,
        };
        let purchases = &self.allocations.0.purchases;
        let started = purchases.start_choice(keyed, choice);
        let id = match Box::pin(started).await {
            Ok(Started::Fresh(id)) => id,
            Ok(Started::Known(record)) => record.purchase.id,
            Ok(Started::Mismatch) => return Ok(Some(none_left())),
            // It can't be told whether it was written down.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UpstreamUnavailable | ErrorKind::Internal
                ) =>
            {
                return Err(error);
            }
            Err(error) => return Ok(Some(error)),
        };
        if let Some(begun) = self.allocations.0.store.load(&id).await? {
            self.supply.take(&begun.purchase.number);
            self.note(item, &begun);
        }
        self.watch_over(item, id, room);
        Ok(None)
    }

    /// As much room among the purchases of this process as there is now: to wait for it would hold up what is known.
    fn room(&self, most: usize) -> Vec<OwnedSemaphorePermit> {
        let room = &self.allocations.0.room;
        let take = || Arc::clone(room).try_acquire_owned().ok();
        (0..most).map_while(|_| take()).collect()
    }

    /// This candidate alone; or all whose purchase would fill a further place, best first.
    fn candidates(&self, only: Option<Candidate>) -> Vec<Candidate> {
        if let Some(only) = only {
            return vec![only];
        }
        let allocation = &self.record.allocation;
        let all = self.supply.candidates();
        all.filter(|candidate| !plan::is_taken(allocation, candidate))
            .cloned()
            .collect()
    }

    fn choice(&self, candidates: Vec<Candidate>) -> Option<Choice> {
        let first = candidates.first()?;
        let (account, number) = (first.account.clone(), first.number);
        Some(Choice {
            criteria: self.record.allocation.criteria.clone(),
            strategy: self.record.preference.strategy,
            candidates,
            wishes: self.record.wishes.clone().order(account, number),
        })
    }

    /// Waits for the outcome of a purchase in the background. Frees its room once the outcome is known, or known to be
    /// open.
    pub(super) fn watch_over(
        &mut self,
        item: u32,
        purchase: PurchaseId,
        room: Option<OwnedSemaphorePermit>,
    ) {
        let purchases = self.allocations.0.purchases.clone();
        self.watched.spawn(host::carried(async move {
            let outcome = purchases.wait(&purchase, GLANCE).await;
            (item, room, outcome)
        }));
    }

    /// Waits for news of purchases, for so long at most, and writes them down.
    pub(super) async fn watch(&mut self, most: Option<Duration>) -> Result<()> {
        let purchases = self.allocations.0.purchases.clone();
        let pause = purchases.idle(most.unwrap_or(GLANCE));
        let first = tokio::select! {
            biased;
            Some(first) = self.watched.join_next() => first,
            () = pause => return Ok(()),
        };
        let mut news = vec![first.map_err(ended)?];
        while let Some(more) = self.watched.try_join_next() {
            news.push(more.map_err(ended)?);
        }
        let mut changed = false;
        for (item, room, outcome) in news {
            changed |= self.hear(item, room, outcome).await?;
        }
        if changed {
            self.keep().await?;
        }
        Ok(())
    }

    async fn hear(
        &mut self,
        item: u32,
        room: Option<OwnedSemaphorePermit>,
        outcome: Result<Record>,
    ) -> Result<bool> {
        let known = self.record.allocation.items.iter();
        let known = known.filter(|known| known.item == item);
        let Some(purchase) = known.filter_map(|known| known.purchase.clone()).next() else {
            return Ok(false);
        };
        let Ok(record) = outcome else {
            // No task of this process works on it, and nothing was sent: another process settles it.
            self.allocations
                .0
                .purchases
                .idle(Duration::from_millis(500))
                .await;
            self.watch_over(item, purchase, None);
            return Ok(false);
        };
        let changed = self.note(item, &record);
        for (account, why) in items::refusing(&record) {
            self.supply.leave(&account);
            self.record.refusing.insert(account, why);
        }
        let state = self
            .record
            .allocation
            .items
            .iter()
            .find(|known| known.item == item);
        match state.map(|item| item.state) {
            Some(ItemState::Open) => self.watch_over(item, purchase, room),
            Some(ItemState::Unknown) => self.watch_over(item, purchase, None),
            Some(ItemState::Succeeded) => self.supply.bought(),
            Some(ItemState::Failed) => self.failed(&record).await?,
            None => {}
        }
        Ok(changed)
    }

    /// A purchase has failed: what does that say of the next ones?
    async fn failed(&mut self, record: &Record) -> Result<()> {
        // What was found was not to be had.
        self.supply.forget();
        let failed = self.record.allocation.counts().failed;
        let error = record.purchase.error.clone().unwrap_or_else(none_left);
        if failed >= 20 + 2 * self.record.allocation.count {
            return self.stop(error).await;
        }
        let presumed = record.attempt().is_some_and(|attempt| attempt.presumed);
        let gone = error.kind() == ErrorKind::NotAvailable;
        match self.supply.dry(error) {
            Found::Never(error) if !presumed => return self.stop(error).await,
            Found::Later(pause) if !presumed && !gone => self.supply.rest(pause),
            _ => {}
        }
        Ok(())
    }

    /// Nothing more is bought.
    pub(super) async fn stop(&mut self, error: Error) -> Result<()> {
        self.record.allocation.error.get_or_insert(error);
        self.keep().await
    }

    pub(super) fn note(&mut self, item: u32, record: &Record) -> bool {
        let may_come_late = self.allocations.0.purchases.may_come_late(record);
        let mut known = self.record.allocation.items.iter_mut();
        known
            .find(|known| known.item == item)
            .is_some_and(|known| items::note(known, record, may_come_late))
    }

    /// Whether a purchase that failed by mere absence keeps all from being had.
    fn needs_all(&self) -> bool {
        self.record.allocation.mode == AllocationMode::AllOrNothing && self.has_absent()
    }

    fn has_absent(&self) -> bool {
        !plan::absent(&self.record.allocation).is_empty()
    }

    /// It is over: as many are held as will be.
    async fn finish(&mut self) -> Result<()> {
        if self.allocations.0.purchases.is_stopping() {
            return Ok(());
        }
        let allocation = &self.record.allocation;
        let failed = allocation.outcome() == AllocationState::Failed;
        let keeps = allocation.mode == AllocationMode::BestEffort || !allocation.release_on_failure;
        if failed && !keeps {
            self.give_back().await?;
            if self.allocations.0.purchases.is_stopping() {
                return Ok(());
            }
        }
        let allocation = &mut self.record.allocation;
        allocation.state = allocation.outcome();
        allocation.finished_at = Some(host::now());
        self.keep().await?;
        self.log();
        Ok(())
    }

    /// How it ended, as a line of the log. The line of its beginning is that of its audit row.
    fn log(&self) {
        let (allocation, requester) = (&self.record.allocation, &self.record.requester);
        let (id, counts) = (&allocation.id, allocation.counts());
        let outcome = match allocation.state {
            AllocationState::Failed => Outcome::Failed,
            _ => Outcome::Ok,
        };
        let taken = allocation.finished_at.unwrap_or(allocation.created_at);
        let taken = taken.duration_since(allocation.created_at).as_millis();
        let error = allocation.error.as_ref();
        let why = error.map(|error| format!(": {}", mask_numbers(error.message())));
        tracing::info!(
            target: LOG_TARGET,
            action = ActionKind::AllocationCreate.as_str(),
            outcome = outcome.as_str(),
            id = id.as_str(),
            error_kind = error.map(|error| error.kind().as_str()),
            tenant = self.record.tenant.as_str(),
            key = self.record.key.as_ref().map(KeyId::as_str),
            key_name = requester.actor.key_name,
            via = requester.actor.via.as_str(),
            duration_ms = u64::try_from(taken).unwrap_or_default(),
            request_id = requester.request_id,
            "bought {} of {} numbers as {id}{}",
            counts.bought, counts.wanted, why.unwrap_or_default()
        );
    }
}

fn none_left() -> Error {
    Error::new(
        ErrorKind::NotAvailable,
        "the numbers that fit have gone to others",
    )
    .with_retry(Retry::After(Duration::from_secs(1)))
}

/// A task that watched a purchase has ended before its time.
fn ended(error: tokio::task::JoinError) -> Error {
    let message = "a purchase is not watched any more";
    Error::new(ErrorKind::Internal, message)
        .with_retry(Retry::Backoff)
        .with_source(error)
}

fn lost() -> Error {
    let message = "another replica has taken the allocation over";
    Error::new(ErrorKind::Internal, message).with_retry(Retry::Backoff)
}
