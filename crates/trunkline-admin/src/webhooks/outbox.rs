//! Where webhooks and their deliveries are kept.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Delivery, DeliveryFilter, Endpoint, Mark};
use crate::chronicle::Trail;
use crate::events::Event;
use trunkline_core::error::Result;
use trunkline_core::model::{Tenant, WebhookId};
use trunkline_engine::journal::Lease;

/// Events to be delivered to a webhook.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The webhook's place in its tenant's events before it.
    pub from: i64,
    /// And after it.
    pub to: i64,
    /// Those that the webhook wants.
    pub events: &'a [Event],
}

/// The webhooks and their deliveries.
///
/// # Errors
/// As [`Journal`](trunkline_engine::Journal).
#[async_trait]
pub trait Outbox: Debug + Send + Sync + 'static {
    /// Writes a webhook with its trail. A new one, or one that begins `anew`, gets events from now on.
    async fn keep_webhook(&self, endpoint: &Endpoint, anew: bool, trail: &Trail) -> Result<()>;

    /// One webhook.
    async fn webhook(&self, id: &WebhookId) -> Result<Option<Endpoint>>;

    /// A tenant's webhooks, or everybody's, oldest first.
    async fn webhooks(&self, tenant: Option<&Tenant>) -> Result<Vec<Endpoint>>;

    /// Forgets a webhook and its deliveries, with the trail of it.
    async fn forget_webhook(&self, id: &WebhookId, trail: &Trail) -> Result<()>;

    /// The place in its tenant's events up to which deliveries were made of them.
    async fn webhook_place(&self, id: &WebhookId) -> Result<Option<i64>>;

    /// Makes deliveries of a batch of events, and moves the webhook's place; not if somebody else has moved it.
    async fn enqueue(&self, id: &WebhookId, batch: Batch<'_>) -> Result<bool>;

    /// Makes deliveries of these events once more, whatever became of them before; answers how many.
    async fn requeue(&self, id: &WebhookId, events: &[Event]) -> Result<()>;

    /// Deliveries whose time has come, oldest first: of each resource the first that is pending, if that one is due.
    async fn due_deliveries(&self, id: &WebhookId, limit: usize) -> Result<Vec<Delivery>>;

    /// Writes down what came of an attempt, if the lease still holds.
    async fn mark(&self, delivery: &Delivery, mark: &Mark, lease: &Lease) -> Result<bool>;

    /// A webhook's deliveries, newest event first; `before` is a place in its tenant's events.
    async fn deliveries(
        &self,
        id: &WebhookId,
        filter: DeliveryFilter<i64>,
    ) -> Result<Vec<Delivery>>;

    /// How many deliveries are pending, at webhooks that are enabled.
    async fn backlog(&self) -> Result<u64>;
}
