//! Webhooks and their deliveries on PostgreSQL.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use trunkline_admin::Outbox;
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::Event;
use trunkline_admin::webhooks::{Batch, Delivery, DeliveryFilter, Endpoint, Mark};
use trunkline_core::{Result, Tenant, WebhookId};
use trunkline_engine::journal::Lease;

use crate::postgres::query::{Query, Statement};
use crate::postgres::trails::{Note, leave};
use crate::postgres::transaction::{Done, Trouble, Write};
use crate::postgres::{Postgres, statement};
use crate::rows::{Cells, document, limit};
use crate::trails::{self, Binds, bind_delivery, bind_mark, bind_webhook};

statement!(
    PUT_WEBHOOK,
    FORGET_WEBHOOK,
    FORGET_DELIVERIES,
    MOVE_PLACE,
    MARK_DELIVERY,
    PUT_DELIVERY,
    REDO_DELIVERY,
    FIND_WEBHOOK,
    LIST_WEBHOOKS,
    LIST_DUE_DELIVERIES,
    LIST_DELIVERIES,
    COUNT_BACKLOG,
);

struct Forget {
    id: WebhookId,
    trail: Trail,
}

#[async_trait]
impl Write for Forget {
    type Output = ();

    async fn run(&self, on: &mut PgConnection) -> Result<Done<()>, Trouble> {
        for statement in [&FORGET_WEBHOOK, &FORGET_DELIVERIES] {
            let query = statement.query().word(self.id.as_str());
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

    async fn run(&self, on: &mut PgConnection) -> Result<Done<bool>, Trouble> {
        if let Some(query) = &self.if_changed
            && !query.clone().changed(on).await?
        {
            return Ok(Done::Undone(false));
        }
        for event in &self.events {
            let query = bind_delivery(self.with.query(), &self.id, event);
            query.changed(on).await?;
        }
        Ok(Done::Kept(true))
    }
}

#[async_trait]
impl Outbox for Postgres {
    async fn keep_webhook(&self, endpoint: &Endpoint, anew: bool, trail: &Trail) -> Result<()> {
        // It hears of nothing that happened before.
        self.link(Some(&endpoint.tenant)).await?;
        let note = Note {
            with: Some(bind_webhook(PUT_WEBHOOK.query(), endpoint, anew)?),
            only_then: false,
            trail: trail.clone(),
        };
        self.write(note).await.map(drop)
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Option<Endpoint>> {
        let query = FIND_WEBHOOK.query().word(id.as_str());
        let row = self.optional(query).await?;
        row.map(|row| document(&row, "webhooks")).transpose()
    }

    async fn webhooks(&self, tenant: Option<&Tenant>) -> Result<Vec<Endpoint>> {
        let tenant = tenant.map(|tenant| tenant.as_str().to_owned());
        let rows = self.all(LIST_WEBHOOKS.query().text(tenant)).await?;
        rows.iter().map(|row| document(row, "webhooks")).collect()
    }

    async fn forget_webhook(&self, id: &WebhookId, trail: &Trail) -> Result<()> {
        let (id, trail) = (id.clone(), trail.clone());
        self.write(Forget { id, trail }).await
    }

    async fn webhook_place(&self, id: &WebhookId) -> Result<Option<i64>> {
        let query = FIND_WEBHOOK.query().word(id.as_str());
        let row = self.optional(query).await?;
        row.map(|row| row.integer("place")).transpose()
    }

    async fn enqueue(&self, id: &WebhookId, batch: Batch<'_>) -> Result<bool> {
        let moved = MOVE_PLACE.query().word(id.as_str()).number(batch.from);
        self.write(Deliver {
            if_changed: Some(moved.number(batch.to)),
            with: &PUT_DELIVERY,
            id: id.clone(),
            events: batch.events.to_vec(),
        })
        .await
    }

    async fn requeue(&self, id: &WebhookId, events: &[Event]) -> Result<()> {
        let again = Deliver {
            if_changed: None,
            with: &REDO_DELIVERY,
            id: id.clone(),
            events: events.to_vec(),
        };
        self.write(again).await.map(drop)
    }

    async fn due_deliveries(&self, id: &WebhookId, most: usize) -> Result<Vec<Delivery>> {
        let query = LIST_DUE_DELIVERIES.query().word(id.as_str());
        let rows = self.all(query.number(limit(most))).await?;
        rows.iter().map(trails::delivery).collect()
    }

    async fn mark(&self, delivery: &Delivery, mark: &Mark, lease: &Lease) -> Result<bool> {
        self.write(Note {
            with: Some(bind_mark(MARK_DELIVERY.query(), delivery, (mark, lease))),
            only_then: true,
            trail: Trail::default(),
        })
        .await
    }

    async fn deliveries(
        &self,
        id: &WebhookId,
        filter: DeliveryFilter<i64>,
    ) -> Result<Vec<Delivery>> {
        let state = filter.state.map(|state| state.as_str().to_owned());
        let query = LIST_DELIVERIES.query().word(id.as_str()).text(state);
        let rows = self
            .all(query.integer(filter.before).number(limit(filter.limit)))
            .await?;
        rows.iter().map(trails::delivery).collect()
    }

    async fn backlog(&self) -> Result<u64> {
        let row = self.optional(COUNT_BACKLOG.query()).await?;
        trails::count(row.as_ref(), "pending")
    }
}
