//! What the journal in memory holds.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::allocations::{AllocationRecord, Lot};
use crate::domain_event::DomainEvent;
use crate::inventory::{HoldingStep, steps};
use crate::journal::{
    Annotation, CallerIdRecord, Change, KeyEntry, Lease, Moment, Record, Release, Scope,
};
use crate::memory::ids::Ids;
use crate::memory::inventory::Shelves;
use crate::memory::purses::Purses;
use crate::missing::MissingNumber;
use crate::spend::Full;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::inventory::HoldingState;
use trunkline_core::model::{
    AllocationId, Ceilings, KeyId, NumberId, Purchase, PurchaseId, PurchaseState,
};
use trunkline_core::strength::Safeguard;

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

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) purchases: BTreeMap<PurchaseId, Row>,
    pub(super) keys: HashMap<Scope, Key>,
    pub(super) ids: Ids,
    pub(super) claims: HashMap<(String, String), String>,
    pub(super) winners: HashMap<(String, String), PurchaseId>,
    pub(super) purses: Purses,
    pub(super) leases: HashMap<String, (String, i64, Instant)>,
    /// Oldest first, with when each is due; one for each number of a tenant.
    pub(super) releases: Vec<(Release, Instant)>,
    pub(super) annotations: HashMap<NumberId, Annotation>,
    pub(super) caller_ids: BTreeMap<String, CallerIdRecord>,
    pub(super) missing: MissingNumbers,
    pub(super) sealed: HashMap<String, String>,
    pub(super) allocations: Allocations,
    pub(super) inventory: Shelves,
    /// Until when notices under a name are left out.
    pub(super) told: HashMap<String, Instant>,
    pub(super) companion: Option<Arc<dyn Companion>>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) record: Record,
    pub(super) next_look: Option<Instant>,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) entry: KeyEntry,
    pub(super) answer: Option<String>,
    /// No answer made from an earlier version of the purchase is kept.
    pub(super) version: i64,
}

impl Key {
    pub(super) fn new(fingerprint: &str, purchase: Option<&PurchaseId>) -> Self {
        Self {
            entry: KeyEntry {
                fingerprint: fingerprint.to_owned(),
                purchase: purchase.cloned(),
            },
            answer: None,
            version: 0,
        }
    }

    pub(super) fn of(record: &Record) -> Self {
        Self::new(&record.fingerprint, Some(&record.purchase.id))
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Allocations {
    pub(super) records: BTreeMap<AllocationId, AllocationRecord>,
    /// Who has leased which number until when.
    pub(super) candidates: HashMap<Lot, (String, Instant)>,
}

/// By identity and the carrier's id, with when each is looked for.
pub(super) type MissingNumbers = BTreeMap<(String, String), (MissingNumber, Instant)>;

pub(super) fn key(identity: &str, provider_id: &str) -> (String, String) {
    (identity.to_owned(), provider_id.to_owned())
}

impl State {
    pub(super) fn lease(&mut self, name: &str, owner: &str, ttl: Duration) -> Option<Lease> {
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

    pub(super) fn holds(&self, lease: &Lease) -> bool {
        let row = self.leases.get(&lease.name);
        row.is_some_and(|(owner, fence, until)| {
            (owner, fence) == (&lease.owner, &lease.fence) && *until > Instant::now()
        })
    }

    /// Takes the carrier's id for a success, or gives the purchase that has it.
    pub(super) fn win(&mut self, identity: &str, record: &Record) -> Option<PurchaseId> {
        let won = record.attempt()?.provider_id.clone();
        let won = won.filter(|_| record.purchase.state == PurchaseState::Succeeded)?;
        let id = &record.purchase.id;
        let winner = self.winners.entry((identity.to_owned(), won));
        let winner = winner.or_insert_with(|| id.clone());
        (winner != id && !Safeguard::OneWinner.is_off()).then(|| winner.clone())
    }

    /// Who is buying or releasing a number.
    pub(super) fn claimed(&self, claim: &(String, String)) -> Option<&String> {
        let claimed = self.claims.get(claim);
        claimed.filter(|_| !Safeguard::OnePerNumber.is_off())
    }

    /// Gives back what a failure took, and books what is owed; says which purse has no room.
    pub(super) fn charge(&mut self, change: &Change<'_>) -> Option<Full> {
        let record = change.record;
        let (charges, booking) = record.charging(change)?;
        self.purses.take(&record.purchase.id, charges, booking)
    }

    pub(super) fn forget_answers(&mut self, id: &PurchaseId, version: i64) {
        let keys = self.keys.values_mut();
        for key in keys.filter(|key| key.entry.purchase.as_ref() == Some(id)) {
            key.answer = None;
            key.version = version;
        }
    }

    /// Keeps the id under which a purchase has won its number.
    pub(super) fn keep_won(&mut self, record: &Record) {
        if let (Some(attempt), PurchaseState::Succeeded) = (record.attempt(), record.purchase.state)
        {
            self.ids.win(attempt, &record.purchase.id);
        }
    }

    pub(super) fn keep(&mut self, record: &Record, version: i64, next_look: Option<Instant>) {
        let mut record = record.clone();
        record.version = version;
        let id = record.purchase.id.clone();
        self.purchases.insert(id, Row { record, next_look });
    }

    pub(super) fn tell(&mut self, events: &[DomainEvent<'_>]) -> Result<()> {
        for step in steps(events) {
            let note = match &step {
                HoldingStep::Held(held) => self.annotations.get(&held.number.id),
                _ => None,
            };
            self.inventory.step(&step, note)?;
        }
        match &self.companion {
            Some(companion) => companion.hear(events),
            None => Ok(()),
        }
    }

    /// Whether anything still stands on a settled purchase: its number, a claim, what it costs each month, or work on it.
    pub(super) fn needs(&self, record: &Record) -> bool {
        let id = &record.purchase.id;
        let won = record.attempt().and_then(|attempt| {
            let provider_id = attempt.provider_id.clone()?;
            Some((attempt.identity.clone(), provider_id))
        });
        let is_known = |won: (String, String)| {
            let entries = self.inventory.entries(&won.0, std::slice::from_ref(&won.1));
            let mut entries = entries.iter();
            self.missing.contains_key(&won)
                || entries.any(|(entry, _)| entry.inventory.state != HoldingState::Gone)
        };
        self.claims.values().any(|by| by == id.as_str())
            || self.winners.values().any(|by| by == id)
            || self
                .purses
                .charges_of(id)
                .iter()
                .any(|charge| charge.monthly)
            || !self.is_free(id.as_str())
            || won.is_some_and(is_known)
    }

    /// Forgets a purchase, its key and what it has taken for good.
    pub(super) fn forget_purchase(&mut self, id: &PurchaseId) {
        self.purchases.remove(id);
        self.keys
            .retain(|_, key| key.entry.purchase.as_ref() != Some(id));
        self.purses.forget(id);
        self.ids.forget(id);
    }

    pub(super) fn is_free(&self, name: &str) -> bool {
        self.leases
            .get(name)
            .is_none_or(|(_, _, until)| *until <= Instant::now())
    }
}

pub(super) fn claim_of(purchase: &Purchase) -> Option<(String, String)> {
    let attempt = purchase.attempts.last()?;
    Some((attempt.identity.clone(), attempt.number.as_str().to_owned()))
}

pub(super) fn key_lease(scope: &Scope) -> String {
    format!("key:{}:{}:{}", scope.tenant, scope.route, scope.key)
}

pub(super) fn no_attempt() -> Error {
    Error::new(
        ErrorKind::Internal,
        "a purchase without an attempt can't be written down",
    )
}
