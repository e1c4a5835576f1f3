//! API keys, answers, the audit trail, events and webhooks in memory.

mod answers;
mod chains;
mod keys;
mod outbox;
mod trails;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::access::{ApiKey, SecretHash};
use trunkline_core::error::Result;
use trunkline_core::{Ceilings, KeyId};
use trunkline_engine::DomainEvent;
use trunkline_engine::memory::{Companion, MemoryJournal};

use crate::access::Session;
use crate::chronicle::Trail;

/// Everything in one lock that is never held across a wait, beside a [`MemoryJournal`]; see
/// [`Stores::memory`](crate::Stores::memory).
#[derive(Debug)]
pub struct MemoryAdmin {
    state: Arc<Mutex<State>>,
    journal: Arc<MemoryJournal>,
}

#[derive(Debug, Default)]
struct State {
    api_keys: BTreeMap<KeyId, ApiKey>,
    sessions: BTreeMap<SecretHash, Session>,
    chains: chains::Chains,
    outbox: outbox::Outbox,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryAdmin {
    /// Beside this journal: it writes down the journal's events, and believes the journal's leases.
    #[must_use]
    pub fn beside(journal: MemoryJournal) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let journal = journal.beside(Arc::new(Beside(Arc::clone(&state))));
        Self {
            state,
            journal: Arc::new(journal),
        }
    }

    /// The journal that it stands beside.
    pub fn journal(&self) -> Arc<MemoryJournal> {
        Arc::clone(&self.journal)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

#[derive(Debug)]
struct Beside(Arc<Mutex<State>>);

impl Companion for Beside {
    fn hear(&self, events: &[DomainEvent<'_>]) -> Result<()> {
        lock(&self.0).chains.write(&Trail::of(events))
    }

    fn ceilings_of(&self, key: &KeyId) -> Ceilings {
        let state = lock(&self.0);
        let key = state.api_keys.get(key);
        key.map(|key| key.spend).unwrap_or_default()
    }
}
