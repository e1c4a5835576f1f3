//! What is done about purchases that were not answered and whose numbers were found absent.
//!
//! Absence proves nothing: a slow carrier offers a number until the moment it sells it to us. So such a purchase keeps its
//! place until its watch is over or a person says what became of it. Only the same number at the same account may be
//! bought again meanwhile, and only from a carrier that sells nothing to an account that holds the number.

use crate::allocations::plan;
use crate::allocations::supply::Found;
use crate::allocations::work::Work;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{AllocationItem, Candidate};

impl Work<'_> {
    /// Looks again at purchases found absent, and buys their numbers again where that is safe. `false` stops the
    /// allocation.
    pub(super) async fn try_absent_again(&mut self) -> Result<bool> {
        if self.record.allocation.error.is_some() {
            return Ok(false);
        }
        let before = plan::absent(&self.record.allocation).len();
        self.look_at_absent().await?;
        if plan::absent(&self.record.allocation).len() < before {
            self.keep().await?;
            return Ok(true);
        }
        self.supply.forget();
        while let Found::Later(pause) = self
            .supply
            .fill(&self.allocations.0.search, &mut self.record)
            .await?
        {
            self.watch(Some(pause)).await?;
            if self.allocations.0.purchases.is_stopping() {
                return Ok(false);
            }
        }
        let again = self.on_offer_again();
        if again.is_empty() {
            self.stop(absent()).await?;
            return Ok(false);
        }
        self.begin_all(again).await?;
        Ok(true)
    }

    /// Brings the items whose purchases were found absent up to date.
    async fn look_at_absent(&mut self) -> Result<()> {
        let items = self.record.allocation.items.iter();
        let failed = items.filter(|item| item.takes_a_place() && !item.is_open());
        let failed: Vec<_> = failed
            .filter_map(|item| Some((item.item, item.purchase.clone()?)))
            .collect();
        for (item, id) in failed {
            let Some(record) = self.allocations.0.store.load(&id).await? else {
                continue;
            };
            // The settings of one that was carried out late are being made.
            if self.note(item, &record) && !record.purchase.is_done() {
                self.watch_over(item, id, None);
            }
        }
        Ok(())
    }

    /// The numbers found absent that are on offer again, at the accounts that can be asked for them again.
    fn on_offer_again(&self) -> Vec<Option<Candidate>> {
        let allocation = &self.record.allocation;
        let absent = plan::absent(allocation);
        let asks_a_person = |candidate: &Candidate| {
            let is_asked = |item: &AllocationItem| {
                item.needs_person && item.target() == Some(candidate.target())
            };
            allocation.items.iter().any(is_asked)
        };
        let registry = self.allocations.0.search.registry();
        let is_safe = |candidate: &Candidate| {
            let entry = registry.get(candidate.account.as_str());
            entry.is_some_and(|entry| entry.provider.capability().repeated_purchase_is_safe)
        };
        let candidates = self.supply.candidates();
        candidates
            .filter(|candidate| absent.contains(&candidate.target()))
            .filter(|candidate| is_safe(candidate) && !asks_a_person(candidate))
            .map(|candidate| Some(candidate.clone()))
            .collect()
    }
}

fn absent() -> Error {
    let message = "a purchase was not answered, and its number is not held: it may still be sold to us, so no other was \
                   bought in its place";
    Error::new(ErrorKind::Timeout, message)
}
