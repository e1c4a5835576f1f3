//! How many purchases that others left are worked on at once, and how many of them look at one account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use trunkline_core::model::AccountName;

/// Purchases that others left and that are worked on at the same time.
const SLOTS: usize = 4_000;

/// Slots that are kept free of those that can't be settled now.
const ROOM: usize = SLOTS / 8;

/// Looks at one account at the same time. More would only queue there until they are too late.
const LOOKS: usize = 64;

/// The right to work on a purchase that another process left.
pub(super) type Slot = OwnedSemaphorePermit;

/// How many work on what others left, and how many of them look.
#[derive(Debug)]
pub(super) struct Slots {
    pub(super) free: Arc<Semaphore>,
    looks: Mutex<HashMap<AccountName, Arc<Semaphore>>>,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(SLOTS)),
            looks: Mutex::default(),
        }
    }
}

impl Slots {
    /// True when so many slots are taken that purchases which can't be settled now should make room.
    pub(super) fn are_scarce(&self) -> bool {
        self.free.available_permits() < ROOM
    }

    /// Waits for a turn to look at an account. The semaphore is never closed; if it were, the look would go ahead.
    pub(super) async fn turn(&self, account: &AccountName) -> Option<OwnedSemaphorePermit> {
        let looks = {
            let mut all = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
            let looks = all.entry(account.clone());
            Arc::clone(looks.or_insert_with(|| Arc::new(Semaphore::new(LOOKS))))
        };
        looks.acquire_owned().await.ok()
    }
}
