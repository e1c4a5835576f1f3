//! Taking over what others left open: as fast as the journal and the accounts allow, however much it is.
//!
//! What a crash leaves must be in hand at once, since settling by absence takes its time for each purchase anew. So
//! many are worked on side by side, most of them waiting for their next look; it is the looks that are rationed, account
//! by account. Those of an account that can't be asked make room once most seats are taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream;
use rand::seq::SliceRandom;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::purchase::Purchases;
use trunkline_core::error::Result;
use trunkline_core::model::{AccountName, PurchaseId};

/// Purchases that others left and that are worked on at the same time.
const SEATS: usize = 4_000;

/// Seats that are kept free of those that can't be settled now.
const ROOM: usize = SEATS / 8;

/// How many are read from the journal at a time.
const BATCH: usize = 256;

/// How many of them are leased at the same time.
const AT_ONCE: usize = 32;

/// Looks at one account at the same time. More would only queue there until they are too late.
const LOOKS: usize = 64;

/// The right to work on a purchase that another process left.
pub(super) type Seat = OwnedSemaphorePermit;

/// How many work on what others left, and how many of them look.
#[derive(Debug)]
pub(super) struct Crowd {
    seats: Arc<Semaphore>,
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

impl Purchases {
    /// Settles what others left open, until [`Purchases::shutdown`]. Run it once per process.
    pub async fn reconcile(&self) {
        while !self.is_stopping() {
            let more = match self.take_over_due().await {
                Ok(more) => more,
                Err(error) => {
                    tracing::warn!(%error, "can't read what is left to settle");
                    false
                }
            };
            if !more {
                self.idle(self.0.timing.tick).await;
            }
        }
    }

    /// Takes over what is due, as far as there are seats; answers whether there is likely to be more.
    async fn take_over_due(&self) -> Result<bool> {
        let room = self.0.crowd.seats.available_permits().min(BATCH);
        if room == 0 {
            return Ok(false);
        }
        let mut due = self.0.store.due(room).await?;
        let found = due.len();
        // Other replicas have read the same ones.
        due.shuffle(&mut rand::rng());
        let taken = stream::iter(due)
            .map(|id| async move { self.take_over(&id).await })
            .buffer_unordered(AT_ONCE)
            .filter(|taken| std::future::ready(*taken))
            .count()
            .await;
        Ok(taken > 0 && found == room)
    }

    /// Takes a purchase over, if nobody works on it and there is a seat.
    async fn take_over(&self, id: &PurchaseId) -> bool {
        let Ok(seat) = Arc::clone(&self.0.crowd.seats).try_acquire_owned() else {
            return false;
        };
        let store = &self.0.store;
        let taken: Result<bool> = async {
            let Some(lease) = store.acquire(id.as_str(), &self.0.owner).await? else {
                return Ok(false);
            };
            let record = store.load(id).await?;
            if let Some(record) = record {
                self.spawn_on(record, lease, Some(seat));
            }
            Ok(true)
        }
        .await;
        taken.unwrap_or_else(|error| {
            tracing::warn!(purchase = %id, %error, "{id} can't be taken over");
            false
        })
    }
}
