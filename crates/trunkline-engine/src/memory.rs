//! A journal in memory: for tests, and for library users who accept that it dies with the process.

mod allocations;
mod ids;
mod inventory;
mod journal;
mod keys;
mod leases;
mod missing;
mod purses;
mod records;
mod releases;
mod state;
mod unsettled;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::journal::Lease;
use crate::memory::state::State;
use trunkline_core::model::PurchaseId;

pub use state::Companion;

/// Everything in one lock that is never held across a wait.
#[derive(Debug)]
pub struct MemoryJournal {
    state: Mutex<State>,
    ttl: Duration,
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

    /// A journal that holds the same; what stands beside it is the same one.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            state: Mutex::new(self.state().clone()),
            ttl: self.ttl,
        }
    }

    /// Goes back to what a copy holds, as after a crash or a restore.
    pub fn restore(&self, copy: Self) {
        let older = copy.state.into_inner();
        *self.state() = older.unwrap_or_else(PoisonError::into_inner);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
