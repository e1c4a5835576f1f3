//! How many purchases that others left are worked on at once, and how many of them look at one account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use trunkline_core::model::AccountName;

/// Purchases that others left and that are worked on at the same time.
const SEATS: usize = 4_000;

/// Seats that are kept free of those that can't be settled now.
const ROOM: usize = SEATS / 8;

/// Looks at one account at the same time. More would only queue there until they are too late.
const LOOKS: usize = 64;

/// The right to work on a purchase that another process left.
pub(super) type Seat = OwnedSemaphorePermit;

/// How many work on what others left, and how many of them look.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) seats: Arc<Semaphore>,
    looks: Mutex<HashMap<AccountName, Arc<Semaphore>>>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            seats: Arc::new(Semaphore::new(SEATS)),
            looks: Mutex::default(),
        }
    }
}

impl Crowd {
    /// Whether so many seats are taken that those who can't be settled now should make room.
    pub(super) fn is_dense(&self) -> bool {
        self.seats.available_permits() < ROOM
    }

    /// Waits for a turn to look at an account. Nobody closes the semaphore; without a turn it would be looked at all the
    /// same.
    pub(super) async fn turn(&self, account: &AccountName) -> Option<OwnedSemaphorePermit> {
        let looks = {
            let mut all = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
            let looks = all.entry(account.clone());
            Arc::clone(looks.or_insert_with(|| Arc::new(Semaphore::new(LOOKS))))
        };
        looks.acquire_owned().await.ok()
    }
}
