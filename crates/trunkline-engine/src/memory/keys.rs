//! Idempotency keys in memory, for a store of answers beside the journal.

use super::MemoryJournal;
use super::state::{Key, key_lease};
use crate::journal::{KeyEntry, Lease, Scope};

impl MemoryJournal {
    /// The request that a key was used for, and the answer kept under it.
    pub fn key(&self, scope: &Scope) -> Option<(KeyEntry, Option<String>)> {
        let state = self.state();
        let key = state.keys.get(scope)?;
        Some((key.entry.clone(), key.answer.clone()))
    }

    /// Reserves a key for a write other than a purchase. `None` if it is in use.
    pub fn reserve_key(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Option<Lease> {
        let mut state = self.state();
        let is_used = |key: &Key| {
            key.entry.fingerprint != fingerprint
                || key.entry.purchase.is_some()
                || key.answer.is_some()
        };
        if state.keys.get(scope).is_some_and(is_used) {
            return None;
        }
        let lease = state.lease(&key_lease(scope), owner, self.ttl)?;
        state
            .keys
            .insert(scope.clone(), Key::new(fingerprint, None));
        Some(lease)
    }

    /// Keeps an answer under a key, if it has none and none was forgotten since this version. Returns the one to give.
    pub fn keep_answer(&self, scope: &Scope, answer: String, version: Option<i64>) -> String {
        match self.state().keys.get_mut(scope) {
            Some(key) if version.is_none_or(|version| version >= key.version) => {
                key.answer.get_or_insert(answer).clone()
            }
            Some(key) => key.answer.clone().unwrap_or(answer),
            None => answer,
        }
    }

    /// Frees a key that was reserved and has no answer.
    pub fn forget_key(&self, scope: &Scope) {
        let mut state = self.state();
        let is_bare = |key: &Key| key.entry.purchase.is_none() && key.answer.is_none();
        if state.keys.get(scope).is_some_and(is_bare) {
            state.keys.remove(scope);
            state.leases.remove(&key_lease(scope));
        }
    }
}
