//! What webhooks and their deliveries are, in memory.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::events::Event;
use crate::memory::chains::Chains;
use crate::webhooks::{Delivery, DeliveryState, Endpoint};
use trunkline_core::model::{Tenant, WebhookId};

/// The webhooks, by id.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) webhooks: BTreeMap<WebhookId, Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) endpoint: Endpoint,
    pub(super) place: i64,
    /// By their events' place.
    pub(super) deliveries: BTreeMap<i64, Sending>,
}

#[derive(Debug)]
pub(super) struct Sending {
    pub(super) resource: String,
    pub(super) state: DeliveryState,
    pub(super) attempts: u32,
    pub(super) wanted: Instant,
    pub(super) due: Instant,
    pub(super) attempted_at: Option<Timestamp>,
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
}

impl Sending {
    pub(super) fn of(event: &Event) -> Self {
        let now = Instant::now();
        Self {
            resource: event.draft.resource.clone(),
            state: DeliveryState::Pending,
            attempts: 0,
            wanted: now,
            due: now,
            attempted_at: None,
            status: None,
            error: None,
        }
    }
}

impl Outbox {
    /// The place up to which no webhook of the tenant's needs an event any more.
    pub(super) fn wanted(&self, tenant: &Tenant) -> i64 {
        let rows = self.webhooks.values();
        let enabled = rows.filter(|row| row.endpoint.enabled && row.endpoint.tenant == *tenant);
        let wanted = enabled.map(|row| {
            let mut deliveries = row.deliveries.iter();
            let pending = deliveries.find(|(_, sending)| sending.state == DeliveryState::Pending);
            pending.map_or(row.place, |(position, _)| position - 1)
        });
        wanted.min().unwrap_or(i64::MAX)
    }
}

impl Row {
    pub(super) fn show(
        &self,
        chains: &Chains,
        position: i64,
        sending: &Sending,
    ) -> Option<Delivery> {
        let event = chains.at(&self.endpoint.tenant, position)?;
        Some(Delivery {
            webhook: self.endpoint.id.clone(),
            event: event.clone(),
            state: sending.state,
            attempts: sending.attempts,
            age: sending.wanted.elapsed(),
            attempted_at: sending.attempted_at,
            status: sending.status,
            error: sending.error.clone(),
        })
    }
}
