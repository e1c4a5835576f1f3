//! Taking over what others left open: as fast as the journal and the accounts allow, however much it is.
//!
//! What a crash leaves must be in hand at once, since settling by absence takes its time for each purchase anew. So
//! many are worked on side by side, most of them waiting for their next look; it is the looks that are rationed, account
//! by account. Those of an account that can't be asked make room once most slots are taken.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use rand::seq::SliceRandom;

use crate::purchase::Purchases;
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_core::model::PurchaseId;

/// How many are read from the journal at a time.
const BATCH: usize = 256;

/// How many of them are leased at the same time.
const AT_ONCE: usize = 32;

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

    /// Takes over what is due, as far as there are slots; answers whether there is likely to be more.
    async fn take_over_due(&self) -> Result<bool> {
        let room = self.0.slots.free.available_permits().min(BATCH);
        if room == 0 {
            return Ok(false);
        }
        let mut due = self.0.store.due(room).await?;
        let found = due.len();
        // Other replicas have read the same ones.
        due.shuffle(&mut host::rng());
        let taken = stream::iter(due)
            .map(|id| async move { self.take_over(&id).await })
            .buffer_unordered(AT_ONCE)
            .filter(|taken| std::future::ready(*taken))
            .count()
            .await;
        Ok(taken > 0 && found == room)
    }

    /// Takes a purchase over, if nobody works on it and there is a slot.
    async fn take_over(&self, id: &PurchaseId) -> bool {
        let Ok(slot) = Arc::clone(&self.0.slots.free).try_acquire_owned() else {
            return false;
        };
        let store = &self.0.store;
        let taken: Result<bool> = async {
            let Some(lease) = store.acquire(id.as_str(), &self.0.owner).await? else {
                return Ok(false);
            };
            let record = store.load(id).await?;
            if let Some(record) = record {
                self.spawn(record, lease, Some(slot));
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
