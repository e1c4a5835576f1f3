//! Looks at accounts whose carrier has no filter for numbers: one reading of the list serves all who wait.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use trunkline_core::error::Result;
use trunkline_core::model::{E164, Sighting};

/// Who waits for the next reading of an account, by its identity. An identity is in it while its list is read.
#[derive(Debug, Default)]
pub(super) struct Readings(Mutex<HashMap<String, Vec<Waiting>>>);

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) number: E164,
    pub(super) told: oneshot::Sender<Result<Sighting>>,
}

impl Readings {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next reading; answers whether there is nobody who would begin it.
    pub(super) fn wait(&self, identity: &str, waiting: Waiting) -> bool {
        let mut all = self.lock();
        if let Some(others) = all.get_mut(identity) {
            others.push(waiting);
            return false;
        }
        all.insert(identity.to_owned(), vec![waiting]);
        true
    }

    /// Those for whom the next reading is made; empty once there are none.
    pub(super) fn next(&self, identity: &str) -> Vec<Waiting> {
        let mut all = self.lock();
        let waiting = all.get_mut(identity).map(std::mem::take);
        let waiting = waiting.unwrap_or_default();
        if waiting.is_empty() {
            all.remove(identity);
        }
        waiting
    }
}
