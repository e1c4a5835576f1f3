//! Where webhooks and their deliveries are kept.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Delivery, DeliveryState, Endpoint, Mark};
use crate::chronicle::Trail;
use crate::events::Event;
use trunkline_core::error::Result;
use trunkline_core::model::{Tenant, WebhookId};
use trunkline_engine::journal::Lease;

/// The webhooks and their deliveries.
///
/// # Errors
/// As [`Journal`](trunkline_engine::Journal).
#[async_trait]
pub trait Outbox: Debug + Send + Sync + 'static {
    /// Writes a webhook, new or changed, with what is told of that. A new one, or one that begins `anew`, hears of what
    /// happens from now on.
    async fn keep_webhook(&self, endpoint: &Endpoint, anew: bool, trail: &Trail) -> Result<()>;

    /// One webhook.
    async fn webhook(&self, id: &WebhookId) -> Result<Option<Endpoint>>;

    /// A tenant's webhooks, or everybody's, oldest first.
    async fn webhooks(&self, tenant: Option<&Tenant>) -> Result<Vec<Endpoint>>;

    /// Forgets a webhook and its deliveries, with what is told of that.
    async fn forget_webhook(&self, id: &WebhookId, trail: &Trail) -> Result<()>;

    /// The place in its tenant's events up to which deliveries were made of them.
    async fn webhook_place(&self, id: &WebhookId) -> Result<Option<i64>>;

    /// Makes deliveries of these events, and moves the place `from` one to another; not if somebody else has moved it.
    async fn enqueue(
        &self,
        id: &WebhookId,
        (from, to): (i64, i64),
        events: &[Event],
    ) -> Result<bool>;

    /// Makes deliveries of these events once more, whatever became of them before; answers how many.
    async fn requeue(&self, id: &WebhookId, events: &[Event]) -> Result<()>;

    /// Deliveries whose time has come, oldest first: of each resource the first that is pending, if that one is due.
    async fn due_deliveries(&self, id: &WebhookId, limit: usize) -> Result<Vec<Delivery>>;

    /// Writes down what came of an attempt, if the lease still holds.
    async fn mark(&self, delivery: &Delivery, mark: &Mark, lease: &Lease) -> Result<bool>;

    /// A webhook's deliveries, newest event first, older than a place.
    async fn deliveries(
        &self,
        id: &WebhookId,
        (state, before): (Option<DeliveryState>, Option<i64>),
        limit: usize,
    ) -> Result<Vec<Delivery>>;

    /// How many deliveries are pending, at webhooks that are enabled.
    async fn backlog(&self) -> Result<u64>;
}
