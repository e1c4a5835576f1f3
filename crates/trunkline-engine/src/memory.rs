//! A journal in memory: for tests, and for library users who accept that it dies with the process.

mod allocations;
mod ids;
mod journal;
mod missing;
mod purses;
mod releases;
mod unsettled;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::domain_event::DomainEvent;
use crate::journal::{
    Annotation, CallerIdRecord, Change, KeyEntry, Lease, Moment, Record, Records, Release,
    Releasing, Scope,
};
use crate::memory::purses::Purses;
use crate::memory::releases::is_same;
use crate::spend::Full;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{
    CallerIdState, Ceilings, KeyId, NumberId, Purchase, PurchaseId, PurchaseState, Tenant,
};

/// What stands beside a journal in memory: it hears what happened, and knows the API keys.
pub trait Companion: Debug + Send + Sync + 'static {
    /// Writes down what happened, while the change itself is written.
    ///
    /// # Errors
    /// `Internal` if it can't be: the change is not made then.
    fn hear(&self, events: &[DomainEvent<'_>]) -> Result<()>;

    /// See [`Journal::ceilings_of`](crate::Journal::ceilings_of).
    fn ceilings_of(&self, key: &KeyId) -> Ceilings;
}

/// Everything in one lock that is never held across a wait.
#[derive(Debug)]
pub struct MemoryJournal {
    state: Mutex<State>,
    ttl: Duration,
}

#[derive(Debug, Default)]
struct State {
    purchases: BTreeMap<PurchaseId, Row>,
    keys: HashMap<Scope, Key>,
    ids: ids::Ids,
    claims: HashMap<(String, String), String>,
    winners: HashMap<(String, String), PurchaseId>,
    purses: Purses,
    leases: HashMap<String, (String, i64, Instant)>,
    /// Oldest first, with when each is due; one for each number of a tenant.
    releases: Vec<(Release, Instant)>,
    annotations: HashMap<NumberId, Annotation>,
    caller_ids: BTreeMap<String, CallerIdRecord>,
    missing: missing::MissingNumbers,
    sealed: HashMap<String, String>,
    allocations: allocations::Allocations,
    /// Until when nothing more is told under a name.
    told: HashMap<String, Instant>,
    companion: Option<Arc<dyn Companion>>,
}

#[derive(Debug)]
struct Row {
    record: Record,
    next_look: Option<Instant>,
}

#[derive(Debug)]
struct Key {
    entry: KeyEntry,
    /// No answer made from an earlier version of the purchase is kept.
    version: i64,
}

impl Key {
    fn new(record: &Record) -> Self {
        Self {
            entry: KeyEntry {
                fingerprint: record.fingerprint.clone(),
                purchase: Some(record.purchase.id.clone()),
                answer: None,
            },
            version: 0,
        }
    }
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::with_lease_ttl(Lease::TTL)
    }
}

impl MemoryJournal {
    /// A journal whose leases hold this long.
    #[must_use]
    pub fn with_lease_ttl(ttl: Duration) -> Self {
        Self {
            state: Mutex::default(),
            ttl,
        }
    }

    /// The same beside this companion.
    #[must_use]
    pub fn beside(self, companion: Arc<dyn Companion>) -> Self {
        self.state().companion = Some(companion);
        self
    }

    /// True while this lease holds.
    #[must_use]
    pub fn holds(&self, lease: &Lease) -> bool {
        self.state().holds(lease)
    }

    /// Loses a purchase with its key, claim and lease, as a failover or a restore of an older state does.
    pub fn lose_purchase(&self, id: &PurchaseId) {
        let mut state = self.state();
        state.purchases.remove(id);
        state
            .keys
            .retain(|_, key| key.entry.purchase.as_ref() != Some(id));
        state.claims.retain(|_, by| by != id.as_str());
        state.winners.retain(|_, by| by != id);
        state.leases.remove(id.as_str());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lease(&mut self, name: &str, owner: &str, ttl: Duration) -> Option<Lease> {
        // The estimate first: it must not end after the lease.
        let ends = Moment::now().after(ttl);
        let now = Instant::now();
        let row = self
            .leases
            .entry(name.to_owned())
            .or_insert_with(|| (String::new(), 0, now));
        if row.2 > now {
            return None;
        }
        *row = (owner.to_owned(), row.1 + 1, now + ttl);
        Some(Lease {
            name: name.to_owned(),
            owner: owner.to_owned(),
            fence: row.1,
            ends,
        })
    }

    fn holds(&self, lease: &Lease) -> bool {
        let row = self.leases.get(&lease.name);
        row.is_some_and(|(owner, fence, until)| {
            (owner, fence) == (&lease.owner, &lease.fence) && *until > Instant::now()
        })
    }

    /// Takes the carrier's id for a success, or gives the purchase that has it.
    fn win(&mut self, identity: &str, record: &Record) -> Option<PurchaseId> {
        let won = record.attempt()?.provider_id.clone();
        let won = won.filter(|_| record.purchase.state == PurchaseState::Succeeded)?;
        let id = &record.purchase.id;
        let winner = self.winners.entry((identity.to_owned(), won));
        let winner = winner.or_insert_with(|| id.clone());
        (winner != id).then(|| winner.clone())
    }

    /// Gives back what a failure took, and books what is owed; says which purse has no room.
    fn charge(&mut self, change: &Change<'_>) -> Option<Full> {
        let record = change.record;
        let (charges, booking) = record.charging(change)?;
        self.purses.take(&record.purchase.id, charges, booking)
    }

    fn forget_answers(&mut self, id: &PurchaseId, version: i64) {
        let keys = self.keys.values_mut();
        for key in keys.filter(|key| key.entry.purchase.as_ref() == Some(id)) {
            key.entry.answer = None;
            key.version = version;
        }
    }

    /// Keeps the id under which a purchase has won its number.
    fn keep_won(&mut self, record: &Record) {
        if let (Some(attempt), PurchaseState::Succeeded) = (record.attempt(), record.purchase.state)
        {
            self.ids.win(attempt, &record.purchase.id);
        }
    }

    fn keep(&mut self, record: &Record, version: i64, next_look: Option<Instant>) {
        let mut record = record.clone();
        record.version = version;
        let id = record.purchase.id.clone();
        self.purchases.insert(id, Row { record, next_look });
    }

    fn tell(&mut self, events: &[DomainEvent<'_>]) -> Result<()> {
        match &self.companion {
            Some(companion) => companion.hear(events),
            None => Ok(()),
        }
    }

    fn is_free(&self, name: &str) -> bool {
        self.leases
            .get(name)
            .is_none_or(|(_, _, until)| *until <= Instant::now())
    }
}

fn claim_of(purchase: &Purchase) -> Option<(String, String)> {
    let attempt = purchase.attempts.last()?;
    Some((attempt.identity.clone(), attempt.number.as_str().to_owned()))
}

fn key_lease(scope: &Scope) -> String {
    format!("key:{}:{}:{}", scope.tenant, scope.route, scope.key)
}

fn no_attempt() -> Error {
    Error::new(
        ErrorKind::Internal,
        "a purchase without an attempt can't be written down",
    )
}

#[async_trait]
impl Records for MemoryJournal {
    async fn begin_release(
        &self,
        release: &Release,
        after: Duration,
        event: DomainEvent<'_>,
    ) -> Result<Releasing> {
        let mut state = self.state();
        if state.is_protected(&release.number_id) {
            return Ok(Releasing::Protected);
        }
        if let Some(number) = release.number {
            let claim = (release.identity.clone(), number.as_str().to_owned());
            let by = state
                .claims
                .entry(claim)
                .or_insert_with(|| "release".to_owned());
            if by != "release" {
                return Ok(Releasing::Busy { by: by.clone() });
            }
        }
        state.keep_release(release, after);
        state.tell(&[event])?;
        Ok(Releasing::Written)
    }

    async fn send_release(&self, release: &Release) -> Result<Releasing> {
        let mut state = self.state();
        if state.is_protected(&release.number_id) {
            return Ok(Releasing::Protected);
        }
        let now = Instant::now();
        let row = state.releases.iter_mut().find(|(old, due)| {
            is_same(old, release) && old.undoable_until().is_some() && *due <= now
        });
        let Some((old, due)) = row else {
            return Ok(Releasing::Moved);
        };
        if now.duration_since(*due) > Release::OVERDUE {
            return Ok(Releasing::Overdue);
        }
        *old = Release {
            sent: true,
            ..release.clone()
        };
        Ok(Releasing::Written)
    }

    async fn hold_release(&self, release: &Release) -> Result<bool> {
        let mut state = self.state();
        let row = state.releases.iter_mut().find(|(old, _)| {
            is_same(old, release) && old.undoable_until().is_some() && old.held_since.is_none()
        });
        let Some((old, _)) = row else {
            return Ok(false);
        };
        *old = release.clone();
        state.tell(&[DomainEvent::ReleaseHeld(release)])?;
        Ok(true)
    }

    async fn undo_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<bool> {
        let mut state = self.state();
        let undone = state
            .releases
            .iter()
            .any(|(old, _)| is_same(old, release) && old.undoable_until().is_some());
        if undone {
            state.forget_release(release);
            state.free_release(release);
            state.tell(&[event])?;
        }
        Ok(undone)
    }

    async fn end_release(&self, release: &Release, event: DomainEvent<'_>) -> Result<()> {
        let mut state = self.state();
        state.end_release(release);
        state.tell(&[event])
    }

    async fn open_releases(&self, limit: usize) -> Result<Vec<Release>> {
        let state = self.state();
        Ok(state
            .releases
            .iter()
            .filter(|(release, due)| {
                !release.done && release.held_since.is_none() && *due <= Instant::now()
            })
            .take(limit)
            .map(|(release, _)| release.clone())
            .collect())
    }

    async fn find_release(&self, tenant: &Tenant, id: &NumberId) -> Result<Option<Release>> {
        let state = self.state();
        let mut releases = state.releases.iter();
        Ok(releases
            .find(|(release, _)| release.tenant == *tenant && release.number_id == *id)
            .map(|(release, _)| release.clone()))
    }

    async fn released(&self, after: i64, limit: usize) -> Result<Vec<(i64, NumberId)>> {
        let state = self.state();
        let ids = state.releases.iter().map(|(release, _)| &release.number_id);
        let placed = (1..).zip(ids.cloned());
        Ok(placed
            .filter(|(place, _)| *place > after)
            .take(limit)
            .collect())
    }

    async fn respell_releases(&self, from: &NumberId, own: &NumberId) -> Result<()> {
        self.state().respell_releases(from, own);
        Ok(())
    }

    async fn annotations(&self, ids: &[NumberId]) -> Result<Vec<(NumberId, Annotation)>> {
        let state = self.state();
        let undoable = |id: &NumberId| {
            let mut releases = state.releases.iter();
            let release = releases.find(|(release, _)| release.number_id == *id);
            release.filter(|(release, _)| release.undoable_until().is_some())
        };
        let found = ids.iter().filter_map(|id| {
            let (kept, undoable) = (state.annotations.get(id).cloned(), undoable(id));
            let mut missing = state.missing.values().map(|(number, _)| number);
            let gone = missing.any(|number| number.number_id == *id && number.gone_at.is_some());
            let shown = undoable.is_some() || gone;
            let mut annotation = kept.or_else(|| shown.then(Annotation::default))?;
            annotation.gone = gone;
            if let Some((release, _)) = undoable {
                annotation.waits_for(release);
            }
            Some((id.clone(), annotation))
        });
        Ok(found.collect())
    }

    async fn annotated(&self, after: Option<&NumberId>, limit: usize) -> Result<Vec<NumberId>> {
        let state = self.state();
        let mut ids: Vec<_> = state.annotations.keys().cloned().collect();
        ids.sort();
        ids.retain(|id| after.is_none_or(|after| id > after));
        ids.truncate(limit);
        Ok(ids)
    }

    async fn annotate(&self, id: &NumberId, annotation: &Annotation) -> Result<()> {
        let annotation = Annotation {
            release_at: None,
            release_held: false,
            gone: false,
            ..annotation.clone()
        };
        self.state().annotations.insert(id.clone(), annotation);
        Ok(())
    }

    async fn keep_caller_id(
        &self,
        record: &CallerIdRecord,
        event: Option<DomainEvent<'_>>,
    ) -> Result<()> {
        let mut state = self.state();
        state.tell(event.as_slice())?;
        let id = record.caller_id.id.clone();
        state.caller_ids.insert(id, record.clone());
        Ok(())
    }

    async fn end_caller_id(&self, record: &CallerIdRecord, event: DomainEvent<'_>) -> Result<()> {
        let mut state = self.state();
        state.caller_ids.remove(&record.caller_id.id);
        state.tell(&[event])
    }

    async fn caller_id(&self, id: &str) -> Result<Option<CallerIdRecord>> {
        Ok(self.state().caller_ids.get(id).cloned())
    }

    async fn open_caller_ids(&self, tenant: &Tenant) -> Result<Vec<CallerIdRecord>> {
        Ok(self
            .state()
            .caller_ids
            .values()
            .filter(|record| {
                record.tenant == *tenant && record.caller_id.state != CallerIdState::Verified
            })
            .cloned()
            .collect())
    }

    async fn forget_caller_id(&self, id: &str) -> Result<()> {
        self.state().caller_ids.remove(id);
        Ok(())
    }

    async fn keep_sealed(&self, name: &str, sealed: &str) -> Result<()> {
        self.state()
            .sealed
            .insert(name.to_owned(), sealed.to_owned());
        Ok(())
    }

    async fn sealed(&self, name: &str) -> Result<Option<String>> {
        Ok(self.state().sealed.get(name).cloned())
    }
}
