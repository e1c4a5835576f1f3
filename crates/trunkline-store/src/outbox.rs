//! `Outbox`: webhooks and their deliveries.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use trunkline_admin::Outbox;
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::Event;
use trunkline_admin::webhooks::{Batch, Delivery, DeliveryFilter, DeliveryState, Endpoint, Mark};
use trunkline_core::{Result, Tenant, WebhookId};
use trunkline_engine::journal::Lease;

use crate::error::unreadable;
use crate::inventory::leave;
use crate::lease::{self, millis};
use crate::query::{Query, Statement, Transaction};
use crate::rows::{Row, document, json, limit};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::trails::{event, without_nul};
use crate::write::{Done, Note, Write};

struct Forget {
    id: WebhookId,
    trail: Trail,
}

#[async_trait]
impl Write for Forget {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        for statement in [&sql::FORGET_WEBHOOK, &sql::FORGET_DELIVERIES] {
            let query = statement.query().bind(self.id.as_str());
            query.changed(on).await?;
        }
        leave(on, &self.trail).await?;
        Ok(Done::Kept(()))
    }
}

/// Makes deliveries, if the statement before, should there be one, changes anything.
struct Deliver {
    if_changed: Option<Query>,
    with: &'static Statement,
    id: WebhookId,
    events: Vec<Event>,
}

#[async_trait]
impl Write for Deliver {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        if let Some(query) = &self.if_changed
            && !query.clone().changed(on).await?
        {
            return Ok(Done::Undone(false));
        }
        for event in &self.events {
            let query = self.with.query().bind(self.id.as_str());
            let query = query.bind(event.draft.tenant.as_str());
            let query = query
                .bind(event.position)
                .bind(event.draft.resource.as_str());
            query.changed(on).await?;
        }
        Ok(Done::Kept(true))
    }
}

/// A delivery.
fn delivery(row: &Row) -> Result<Delivery> {
    let (name, webhook) = (row.text("state")?, row.text("webhook")?);
    let state = DeliveryState::ALL
        .into_iter()
        .find(|state| state.as_str() == name);
    let unknown = || unreadable("a delivery's state", std::io::Error::other(name));
    let attempted_at = row.optional_text("attempted_at")?;
    let status = row.optional_text("status")?;
    // Both were written by ourselves; one that can't be read is no reason to send nothing.
    fn read<T: FromStr>(text: Option<String>) -> Option<T> {
        text.and_then(|text| text.parse().ok())
    }
    Ok(Delivery {
        webhook: WebhookId::new(webhook).map_err(|error| unreadable("a webhook's id", error))?,
        event: event(row)?,
        state: state.ok_or_else(unknown)?,
        attempts: u32::try_from(row.integer("attempts")?).unwrap_or(u32::MAX),
        // A database whose clock was set back counts from then.
        age: Duration::from_millis(u64::try_from(row.integer("age_ms")?).unwrap_or(0)),
        attempted_at: read(attempted_at),
        status: read(status),
        error: row.optional_text("error")?,
    })
}

#[async_trait]
impl<B: Backend> Outbox for Sql<B> {
    async fn keep_webhook(&self, endpoint: &Endpoint, anew: bool, trail: &Trail) -> Result<()> {
        // It hears of nothing that happened before.
        self.backend.link(Some(&endpoint.tenant)).await?;
        let query = sql::PUT_WEBHOOK
            .query()
            .bind(endpoint.id.as_str())
            .bind(endpoint.tenant.as_str())
            .bind(endpoint.enabled)
            .bind(json(endpoint)?)
            .bind(anew);
        let note = Note::with(query, trail.clone());
        self.backend.write(note).await.map(drop)
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Option<Endpoint>> {
        let query = sql::FIND_WEBHOOK.query().bind(id.as_str());
        self.backend
            .find(query, |row| document(row, "webhooks"))
            .await
    }

    async fn webhooks(&self, tenant: Option<&Tenant>) -> Result<Vec<Endpoint>> {
        let tenant = tenant.map(Tenant::as_str);
        self.backend
            .list(sql::LIST_WEBHOOKS.query().bind(tenant), |row| {
                document(row, "webhooks")
            })
            .await
    }

    async fn forget_webhook(&self, id: &WebhookId, trail: &Trail) -> Result<()> {
        let (id, trail) = (id.clone(), trail.clone());
        self.backend.write(Forget { id, trail }).await
    }

    async fn webhook_place(&self, id: &WebhookId) -> Result<Option<i64>> {
        let query = sql::FIND_WEBHOOK.query().bind(id.as_str());
        self.backend.find(query, |row| row.integer("place")).await
    }

    async fn enqueue(&self, id: &WebhookId, batch: Batch<'_>) -> Result<bool> {
        let moved = sql::MOVE_PLACE.query().bind(id.as_str()).bind(batch.from);
        let made = Deliver {
            if_changed: Some(moved.bind(batch.to)),
            with: &sql::PUT_DELIVERY,
            id: id.clone(),
            events: batch.events.to_vec(),
        };
        self.backend.write(made).await
    }

    async fn requeue(&self, id: &WebhookId, events: &[Event]) -> Result<()> {
        let again = Deliver {
            if_changed: None,
            with: &sql::REDO_DELIVERY,
            id: id.clone(),
            events: events.to_vec(),
        };
        self.backend.write(again).await.map(drop)
    }

    async fn due_deliveries(&self, id: &WebhookId, most: usize) -> Result<Vec<Delivery>> {
        let query = sql::LIST_DUE_DELIVERIES.query().bind(id.as_str());
        self.backend.list(query.bind(limit(most)), delivery).await
    }

    async fn mark(&self, delivery: &Delivery, mark: &Mark, lease: &Lease) -> Result<bool> {
        let query = sql::MARK_DELIVERY
            .query()
            .bind(delivery.webhook.as_str())
            .bind(delivery.event.position)
            .bind(mark.state.as_str())
            .bind(millis(mark.again_in))
            .bind(mark.attempted_at.to_string())
            .bind(mark.status.map(|status| status.to_string()))
            .bind(mark.error.as_deref().map(without_nul));
        let note = Note::if_changed(lease::of(lease, query), Trail::default());
        self.backend.write(note).await
    }

    async fn deliveries(
        &self,
        id: &WebhookId,
        filter: DeliveryFilter<i64>,
    ) -> Result<Vec<Delivery>> {
        let query = sql::LIST_DELIVERIES
            .query()
            .bind(id.as_str())
            .bind(filter.state.map(DeliveryState::as_str))
            .bind(filter.before)
            .bind(limit(filter.limit));
        self.backend.list(query, delivery).await
    }

    async fn backlog(&self) -> Result<u64> {
        let count = self
            .backend
            .find(sql::COUNT_BACKLOG.query(), |row| row.integer("pending"));
        Ok(u64::try_from(count.await?.unwrap_or_default()).unwrap_or(0))
    }
}
