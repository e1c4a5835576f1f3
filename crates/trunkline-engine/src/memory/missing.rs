//! Missing numbers in memory.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::domain_event::DomainEvent;
use crate::memory::MemoryJournal;
use crate::memory::state::{State, key};
use crate::missing::{Missing, MissingNumber};
use crate::spend::Charge;
use trunkline_core::error::Result;
use trunkline_core::model::PurchaseId;

fn key_of(number: &MissingNumber) -> (String, String) {
    key(&number.identity, number.number_id.provider_id())
}

#[async_trait]
impl Missing for MemoryJournal {
    async fn winner(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        let state = self.state();
        Ok(state.winners.get(&key(identity, provider_id)).cloned())
    }

    async fn releaser(&self, identity: &str, provider_id: &str) -> Result<Option<PurchaseId>> {
        Ok(self.state().ids.releaser(identity, provider_id))
    }

    async fn spenders(&self, purse: &str, limit: usize) -> Result<Vec<PurchaseId>> {
        Ok(self.state().purses.spenders(purse, limit))
    }

    async fn missing(&self, identity: &str, provider_id: &str) -> Result<Option<MissingNumber>> {
        let state = self.state();
        let row = state.missing.get(&key(identity, provider_id));
        Ok(row.map(|(number, _)| number.clone()))
    }

    async fn suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        let row = (number.clone(), Instant::now() + after);
        self.state().missing.entry(key_of(number)).or_insert(row);
        Ok(())
    }

    async fn suspects(&self, limit: usize) -> Result<Vec<MissingNumber>> {
        let (state, now) = (self.state(), Instant::now());
        let open = |(number, due): &&(MissingNumber, Instant)| {
            number.gone_at.is_none() && *due <= now && state.is_free(&number.lease_name())
        };
        let mut due: Vec<_> = state.missing.values().filter(open).collect();
        due.sort_by_key(|(_, due)| *due);
        let due = due.into_iter().take(limit);
        Ok(due.map(|(number, _)| number.clone()).collect())
    }

    async fn put_off_suspect(&self, number: &MissingNumber, after: Duration) -> Result<()> {
        if let Some((_, due)) = self.state().missing.get_mut(&key_of(number)) {
            *due = Instant::now() + after;
        }
        Ok(())
    }

    async fn clear_suspect(&self, number: &MissingNumber) -> Result<()> {
        self.state().clear_suspect(number);
        Ok(())
    }

    async fn end_missing(&self, number: &MissingNumber) -> Result<bool> {
        let mut state = self.state();
        if !state.clear_suspect(number) {
            return Ok(false);
        }
        state.end_release(&number.ended());
        state.tell(&[DomainEvent::NumberGone(number)])?;
        let row = (number.clone(), Instant::now());
        state.missing.insert(key_of(number), row);
        Ok(true)
    }

    async fn return_missing(&self, number: &MissingNumber, charges: &[Charge]) -> Result<bool> {
        let mut state = self.state();
        let key = key_of(number);
        let gone = state.missing.get(&key);
        if gone.is_none_or(|(number, _)| number.gone_at.is_none()) {
            return Ok(false);
        }
        state.missing.remove(&key);
        let winner = state.winners.entry(key);
        let purchase = &number.purchase;
        if winner.or_insert_with(|| purchase.clone()) != purchase {
            return Ok(false);
        }
        state.forget_release(&number.ended());
        let provider_id = number.number_id.provider_id();
        state.ids.keep(&number.identity, provider_id, purchase);
        state.purses.add(purchase, charges);
        state.tell(&[DomainEvent::NumberReturned(number)])?;
        Ok(true)
    }
}

impl State {
    /// Whether it was suspected.
    fn clear_suspect(&mut self, number: &MissingNumber) -> bool {
        let key = key_of(number);
        let row = self.missing.get(&key);
        let suspected = row.is_some_and(|(number, _)| number.gone_at.is_none());
        if suspected {
            self.missing.remove(&key);
        }
        suspected
    }
}
