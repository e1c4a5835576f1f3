//! Leases and notices in memory.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::MemoryJournal;
use crate::domain_event::DomainEvent;
use crate::journal::{Lease, Leases, Moment, Notices};
use trunkline_core::error::Result;

#[async_trait]
impl Leases for MemoryJournal {
    async fn acquire(&self, name: &str, owner: &str) -> Result<Option<Lease>> {
        Ok(self.state().lease(name, owner, self.ttl))
    }

    async fn renew(&self, lease: &Lease) -> Result<Option<Lease>> {
        let mut state = self.state();
        if !state.holds(lease) {
            return Ok(None);
        }
        let ends = Moment::now().after(self.ttl);
        if let Some(row) = state.leases.get_mut(&lease.name) {
            row.2 = Instant::now() + self.ttl;
        }
        Ok(Some(Lease {
            ends,
            ..lease.clone()
        }))
    }

    async fn unlock(&self, lease: &Lease) -> Result<()> {
        let mut state = self.state();
        if state.holds(lease)
            && let Some(row) = state.leases.get_mut(&lease.name)
        {
            row.2 = Instant::now();
        }
        Ok(())
    }
}

#[async_trait]
impl Notices for MemoryJournal {
    async fn tell(&self, events: &[DomainEvent<'_>]) -> Result<()> {
        self.state().tell(events)
    }

    async fn tell_once(
        &self,
        name: &str,
        within: Duration,
        events: &[DomainEvent<'_>],
    ) -> Result<bool> {
        let (mut state, now) = (self.state(), Instant::now());
        if state.told.get(name).is_some_and(|until| *until > now) {
            return Ok(false);
        }
        state.told.insert(name.to_owned(), now + within);
        state.tell(events).map(|()| true)
    }

    async fn forget_told(&self, name: &str) -> Result<()> {
        self.state().told.remove(name);
        Ok(())
    }
}
