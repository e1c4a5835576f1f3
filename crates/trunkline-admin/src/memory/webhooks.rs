//! Webhooks and their deliveries, in memory.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use tokio::time::Instant;

use crate::chronicle::Trail;
use crate::events::Event;
use crate::memory::MemoryAdmin;
use crate::memory::outbox::{Row, Sending};
use crate::webhooks::{Batch, Delivery, DeliveryFilter, DeliveryState, Endpoint, Mark, Outbox};
use trunkline_core::error::Result;
use trunkline_core::model::{Tenant, WebhookId};
use trunkline_engine::journal::Lease;

#[async_trait]
impl Outbox for MemoryAdmin {
    async fn keep_webhook(&self, endpoint: &Endpoint, anew: bool, trail: &Trail) -> Result<()> {
        let mut state = self.state();
        state.chains.write(trail)?;
        let now = state.chains.position(&endpoint.tenant);
        let row = state.outbox.webhooks.entry(endpoint.id.clone());
        let row = row.or_insert_with(|| Row {
            endpoint: endpoint.clone(),
            place: now,
            deliveries: BTreeMap::new(),
        });
        row.endpoint = endpoint.clone();
        if anew {
            row.place = now;
        }
        Ok(())
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Option<Endpoint>> {
        let state = self.state();
        Ok(state
            .outbox
            .webhooks
            .get(id)
            .map(|row| row.endpoint.clone()))
    }

    async fn webhooks(&self, tenant: Option<&Tenant>) -> Result<Vec<Endpoint>> {
        let state = self.state();
        let all = state.outbox.webhooks.values().map(|row| &row.endpoint);
        Ok(all
            .filter(|endpoint| tenant.is_none_or(|tenant| endpoint.tenant == *tenant))
            .cloned()
            .collect())
    }

    async fn forget_webhook(&self, id: &WebhookId, trail: &Trail) -> Result<()> {
        let mut state = self.state();
        state.outbox.webhooks.remove(id);
        state.chains.write(trail)
    }

    async fn webhook_place(&self, id: &WebhookId) -> Result<Option<i64>> {
        Ok(self.state().outbox.webhooks.get(id).map(|row| row.place))
    }

    async fn enqueue(&self, id: &WebhookId, batch: Batch<'_>) -> Result<bool> {
        let mut state = self.state();
        let row = state.outbox.webhooks.get_mut(id);
        let Some(row) = row.filter(|row| row.place == batch.from) else {
            return Ok(false);
        };
        row.place = batch.to;
        for event in batch.events {
            row.deliveries
                .entry(event.position)
                .or_insert_with(|| Sending::of(event));
        }
        Ok(true)
    }

    async fn requeue(&self, id: &WebhookId, events: &[Event]) -> Result<()> {
        let mut state = self.state();
        if let Some(row) = state.outbox.webhooks.get_mut(id) {
            let again = events
                .iter()
                .map(|event| (event.position, Sending::of(event)));
            row.deliveries.extend(again);
        }
        Ok(())
    }

    async fn due_deliveries(&self, id: &WebhookId, limit: usize) -> Result<Vec<Delivery>> {
        let state = self.state();
        let Some(row) = state.outbox.webhooks.get(id) else {
            return Ok(Vec::new());
        };
        let (mut seen, now) = (HashSet::new(), Instant::now());
        let pending = row.deliveries.iter();
        let pending = pending.filter(|(_, sending)| sending.state == DeliveryState::Pending);
        let first = pending.filter(|(_, sending)| seen.insert(sending.resource.as_str()));
        Ok(first
            .filter(|(_, sending)| sending.due <= now)
            .filter_map(|(position, sending)| row.show(&state.chains, *position, sending))
            .take(limit)
            .collect())
    }

    async fn mark(&self, delivery: &Delivery, mark: &Mark, lease: &Lease) -> Result<bool> {
        if !self.journal.holds(lease) {
            return Ok(false);
        }
        let mut state = self.state();
        let row = state.outbox.webhooks.get_mut(&delivery.webhook);
        let sending = row.and_then(|row| row.deliveries.get_mut(&delivery.event.position));
        let Some(sending) = sending else {
            return Ok(false);
        };
        sending.state = mark.state;
        sending.attempts += 1;
        sending.due = Instant::now() + mark.again_in;
        sending.attempted_at = Some(mark.attempted_at);
        sending.status = mark.status;
        sending.error.clone_from(&mark.error);
        Ok(true)
    }

    async fn deliveries(
        &self,
        id: &WebhookId,
        filter: DeliveryFilter<i64>,
    ) -> Result<Vec<Delivery>> {
        let state = self.state();
        let Some(row) = state.outbox.webhooks.get(id) else {
            return Ok(Vec::new());
        };
        let newest_first = row.deliveries.iter().rev();
        let older = newest_first.filter(|(position, sending)| {
            filter.before.is_none_or(|before| **position < before)
                && filter.state.is_none_or(|state| sending.state == state)
        });
        Ok(older
            .filter_map(|(position, sending)| row.show(&state.chains, *position, sending))
            .take(filter.limit)
            .collect())
    }

    async fn backlog(&self) -> Result<u64> {
        let state = self.state();
        let rows = state.outbox.webhooks.values();
        let pending = rows
            .filter(|row| row.endpoint.enabled)
            .flat_map(|row| row.deliveries.values())
            .filter(|sending| sending.state == DeliveryState::Pending);
        Ok(u64::try_from(pending.count()).unwrap_or(u64::MAX))
    }
}
