//! Keys that were read a moment ago, so that a busy client does not cost a read of the database each time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::access::ApiKey;
use trunkline_core::model::KeyId;

/// How long a key is believed: what another process changed holds here after that.
const BELIEVED: Duration = Duration::from_millis(100);

/// How often it is written down that a key is used.
const TOUCHED: Duration = Duration::from_secs(60);

/// More keys than that are not remembered.
const MOST: usize = 10_000;

/// What this process has read.
#[derive(Debug, Default)]
pub(super) struct Recent {
    keys: Mutex<HashMap<KeyId, Entry>>,
    keyed: AtomicBool,
}

#[derive(Debug)]
struct Entry {
    key: Arc<ApiKey>,
    read: Instant,
    touched: Option<Instant>,
    stale: bool,
}

impl Recent {
    fn keys(&self) -> MutexGuard<'_, HashMap<KeyId, Entry>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key that was read a moment ago.
    pub(super) fn find(&self, id: &KeyId) -> Option<Arc<ApiKey>> {
        let keys = self.keys();
        let entry = keys.get(id)?;
        (!entry.stale && entry.read.elapsed() < BELIEVED).then(|| Arc::clone(&entry.key))
    }

    /// Remembers a key that was just read.
    pub(super) fn keep(&self, key: &Arc<ApiKey>) {
        let (mut keys, read) = (self.keys(), Instant::now());
        if keys.len() >= MOST {
            keys.clear();
        }
        let touched = keys.get(&key.id).and_then(|entry| entry.touched);
        let entry = Entry {
            key: Arc::clone(key),
            read,
            touched,
            stale: false,
        };
        keys.insert(key.id.clone(), entry);
    }

    /// Knows of a key that was just made. It is read when it is used first.
    pub(super) fn know(&self, key: &ApiKey) {
        self.keep(&Arc::new(key.clone()));
        self.forget(&key.id);
    }

    /// Whether a key was read or made here lately.
    pub(super) fn knows(&self, id: &KeyId) -> bool {
        self.keys().contains_key(id)
    }

    /// Forgets a key that was changed.
    pub(super) fn forget(&self, id: &KeyId) {
        if let Some(entry) = self.keys().get_mut(id) {
            entry.stale = true;
        }
    }

    /// Whether it is time to write down that a key is used; said once.
    pub(super) fn is_touch_due(&self, id: &KeyId) -> bool {
        let mut keys = self.keys();
        let Some(entry) = keys.get_mut(id) else {
            return false;
        };
        let due = entry.touched.is_none_or(|last| last.elapsed() >= TOUCHED);
        if due {
            entry.touched = Some(Instant::now());
        }
        due
    }

    /// Whether a key was ever seen. No key is ever forgotten, so that this stays.
    pub(super) fn is_keyed(&self) -> bool {
        self.keyed.load(Ordering::Acquire)
    }

    pub(super) fn set_keyed(&self) {
        self.keyed.store(true, Ordering::Release);
    }
}
