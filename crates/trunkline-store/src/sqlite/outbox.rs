//! Webhooks and their deliveries on SQLite.

use async_trait::async_trait;
use trunkline_admin::Outbox;
use trunkline_admin::chronicle::Trail;
use trunkline_admin::events::Event;
use trunkline_admin::webhooks::{Batch, Delivery, DeliveryFilter, Endpoint, Mark};
use trunkline_core::{Result, Tenant, WebhookId};
use trunkline_engine::journal::Lease;

use crate::rows::{Cells, document, limit};
use crate::sqlite::query::{Query, Statement, all, optional};
use crate::sqlite::trails::leave;
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{Sqlite, statement, write};
use crate::trails::{self, Binds, bind_delivery, bind_mark, bind_webhook};

write!(PUT_WEBHOOK: PUT_WEBHOOK);
write!(FORGET_WEBHOOK: FORGET_WEBHOOK, FORGET_DELIVERIES);
write!(MOVE_PLACE: MOVE_PLACE);
write!(MARK_DELIVERY: MARK_DELIVERY);
write!(TOUCH: TOUCH);
statement!(PUT_DELIVERY: PUT_DELIVERY);
statement!(REDO_DELIVERY: REDO_DELIVERY);
statement!(FIND_WEBHOOK: FIND_WEBHOOK);
statement!(LIST_WEBHOOKS: LIST_WEBHOOKS);
statement!(LIST_DUE_DELIVERIES: LIST_DUE_DELIVERIES);
statement!(LIST_DELIVERIES: LIST_DELIVERIES);
statement!(COUNT_BACKLOG: COUNT_BACKLOG);

/// A change of a webhook, and what it leaves behind.
struct Change(Query, Trail);

#[async_trait]
impl Write for Change {
    type Output = bool;

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        let changed = on.first(self.0).await?.changed;
        leave(on, &self.1).await?;
        Ok(changed.first().is_some_and(|rows| *rows > 0))
    }
}

/// Makes deliveries, if the statement before changes anything.
struct Deliver {
    if_changed: Query,
    with: &'static Statement,
    id: WebhookId,
    events: Vec<Event>,
}

#[async_trait]
impl Write for Deliver {
    type Output = bool;

    async fn run(self, on: &mut Transaction<'_>) -> Result<bool> {
        let changed = on.first(self.if_changed).await?.all_changed();
        if changed {
            for event in &self.events {
                on.then(bind_delivery(self.with.query(), &self.id, event))
                    .await?;
            }
        }
        Ok(changed)
    }
}

#[async_trait]
impl Outbox for Sqlite {
    async fn keep_webhook(&self, endpoint: &Endpoint, anew: bool, trail: &Trail) -> Result<()> {
        let query = bind_webhook(PUT_WEBHOOK.query(), endpoint, anew)?;
        self.write(Change(query, trail.clone())).await.map(drop)
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Option<Endpoint>> {
        let query = FIND_WEBHOOK.query().word(id.as_str());
        let row = optional(&self.readers, query).await?;
        row.map(|row| document(&row, "webhooks")).transpose()
    }

    async fn webhooks(&self, tenant: Option<&Tenant>) -> Result<Vec<Endpoint>> {
        let tenant = tenant.map(|tenant| tenant.as_str().to_owned());
        let rows = all(&self.readers, LIST_WEBHOOKS.query().text(tenant)).await?;
        rows.iter().map(|row| document(row, "webhooks")).collect()
    }

    async fn forget_webhook(&self, id: &WebhookId, trail: &Trail) -> Result<()> {
        let query = FORGET_WEBHOOK.query().word(id.as_str()).word(id.as_str());
        self.write(Change(query, trail.clone())).await.map(drop)
    }

    async fn webhook_place(&self, id: &WebhookId) -> Result<Option<i64>> {
        let query = FIND_WEBHOOK.query().word(id.as_str());
        let row = optional(&self.readers, query).await?;
        row.map(|row| row.integer("place")).transpose()
    }

    async fn enqueue(&self, id: &WebhookId, batch: Batch<'_>) -> Result<bool> {
        let moved = MOVE_PLACE.query().word(id.as_str()).number(batch.from);
        self.write(Deliver {
            if_changed: moved.number(batch.to),
            with: &PUT_DELIVERY,
            id: id.clone(),
            events: batch.events.to_vec(),
        })
        .await
    }

    async fn requeue(&self, id: &WebhookId, events: &[Event]) -> Result<()> {
        let again = Deliver {
            if_changed: TOUCH.query(),
            with: &REDO_DELIVERY,
            id: id.clone(),
            events: events.to_vec(),
        };
        self.write(again).await.map(drop)
    }

    async fn due_deliveries(&self, id: &WebhookId, most: usize) -> Result<Vec<Delivery>> {
        let query = LIST_DUE_DELIVERIES.query().word(id.as_str());
        let rows = all(&self.readers, query.number(limit(most))).await?;
        rows.iter().map(trails::delivery).collect()
    }

    async fn mark(&self, delivery: &Delivery, mark: &Mark, lease: &Lease) -> Result<bool> {
        let query = bind_mark(MARK_DELIVERY.query(), delivery, (mark, lease));
        self.write(Change(query, Trail::default())).await
    }

    async fn deliveries(
        &self,
        id: &WebhookId,
        filter: DeliveryFilter<i64>,
    ) -> Result<Vec<Delivery>> {
        let state = filter.state.map(|state| state.as_str().to_owned());
        let query = LIST_DELIVERIES.query().word(id.as_str()).text(state);
        let query = query.integer(filter.before).number(limit(filter.limit));
        let rows = all(&self.readers, query).await?;
        rows.iter().map(trails::delivery).collect()
    }

    async fn backlog(&self) -> Result<u64> {
        let row = optional(&self.readers, COUNT_BACKLOG.query()).await?;
        trails::count(row.as_ref(), "pending")
    }
}
