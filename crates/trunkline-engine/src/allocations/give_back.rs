//! Giving back what an allocation that failed has bought.

use std::time::Duration;

use crate::allocations::work::Work;
use crate::numbers::Released;
use trunkline_core::error::{Effect, Error, ErrorKind, Retry};
use trunkline_core::host;
use trunkline_core::model::{AllocationItem, GivenBack, GivenBackState};
use trunkline_core::{NumberId, Result};

/// How often a release is tried that a carrier has no answer to.
const TRIES: u32 = 4;

impl Work<'_> {
    /// Gives back what was bought, number by number, and writes down what became of each.
    pub(super) async fn give_back(&mut self) -> Result<()> {
        while let Some((at, id)) = self.next_to_give_back() {
            let Some(given_back) = self.release(&id).await else {
                // The next process goes on.
                return Ok(());
            };
            self.record.allocation.items[at].given_back = Some(given_back);
            self.keep().await?;
        }
        Ok(())
    }

    fn next_to_give_back(&self) -> Option<(usize, NumberId)> {
        let wanted = |item: &AllocationItem| item.is_held() && item.given_back.is_none();
        let items = self.record.allocation.items.iter().enumerate();
        items
            .filter(|(_, item)| wanted(item))
            .find_map(|(at, item)| Some((at, item.number_id.clone()?)))
    }

    /// `None` if this process is to end.
    async fn release(&mut self, id: &NumberId) -> Option<GivenBack> {
        let caller = self.record.caller();
        let mut tries = 1;
        loop {
            let purchases = &self.allocations.0.purchases;
            let numbers = &self.allocations.0.numbers;
            let error = match Box::pin(numbers.release(&caller, id.as_str())).await {
                Ok(released) => return Some(given_back(&released)),
                Err(error) => error,
            };
            let passing = error.retry() != Retry::Never && error.kind() != ErrorKind::Locked;
            if !passing || tries >= TRIES {
                return Some(kept(&error));
            }
            tries += 1;
            let wait = error.retry_after().unwrap_or(Duration::from_millis(500));
            purchases.idle(wait.min(Duration::from_secs(5))).await;
            if purchases.is_stopping() {
                return None;
            }
        }
    }
}

fn given_back(released: &Released) -> GivenBack {
    let (state, at, reason) = match released {
        Released::Now(_) | Released::Before(_) => (GivenBackState::Released, host::now(), None),
        Released::Later { at, .. } => {
            let reason = "the account has a grace period, in which it can be undone";
            (GivenBackState::Later, *at, Some(reason.to_owned()))
        }
    };
    GivenBack {
        state,
        at: Some(at),
        reason,
    }
}

fn kept(error: &Error) -> GivenBack {
    // What may have been sent stays open in the records, and is sent again until it is done.
    if error.effect() == Effect::Unknown {
        return GivenBack {
            state: GivenBackState::Later,
            at: None,
            reason: Some(error.message().to_owned()),
        };
    }
    let locked = error.retry_after();
    let from = locked.filter(|_| error.kind() == ErrorKind::Locked);
    GivenBack {
        state: GivenBackState::Kept,
        at: from.and_then(|wait| host::now().checked_add(wait).ok()),
        reason: Some(error.message().to_owned()),
    }
}
