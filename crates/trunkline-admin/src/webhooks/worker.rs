//! Sending events to webhooks: each at least once, and those of one resource in their order.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use metrics::{counter, gauge};
use serde::Serialize;
use tokio::task::JoinSet;

use super::endpoint::outline;
use super::{Batch, Delivery, DeliveryState, Endpoint, Mark, Secret, Webhooks, sign};
use crate::audit::{Entry, Outcome, action};
use crate::chronicle::Trail;
use crate::events::{Draft, Event, EventFilter};
use trunkline_core::courier::Parcel;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{Caller, Via, WebhookId};
use trunkline_engine::HeldLease;

/// How often it is looked for something to send.
const TICK: Duration = Duration::from_secs(1);

/// Resources of one webhook to deliver at the same time.
const AT_ONCE: usize = 8;

/// Events that deliveries are made of at once.
const BATCH: usize = 200;

/// Pause before something is sent a second time; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// How long something is tried for: an attempt that fails after that is the last.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// Deliveries by `outcome`: `delivered`, `failed` (to be tried again), `dead` or `gone`.
pub const DELIVERIES: &str = "trunkline_webhook_deliveries_total";

/// Deliveries that are still to be made.
pub const BACKLOG: &str = "trunkline_webhook_backlog";

/// An event as it is sent.
#[derive(Serialize)]
struct Sent<'a> {
    #[serde(flatten)]
    draft: &'a Draft,
    sequence: i64,
}

impl Event {
    /// The event as it is shown and sent: JSON.
    ///
    /// # Errors
    /// `Internal` if it can't be written.
    pub fn body(&self) -> Result<String> {
        let sent = Sent {
            draft: &self.draft,
            sequence: self.sequence,
        };
        serde_json::to_string(&sent).map_err(|error| {
            Error::new(ErrorKind::Internal, "an event can't be written").with_source(error)
        })
    }
}

impl Webhooks {
    /// Sends deliveries until `pause`, which waits for at most the given time, returns true. One replica sends to a
    /// webhook.
    pub async fn run<F: Future<Output = bool>>(&self, pause: impl Fn(Duration) -> F) {
        let mut busy = HashSet::new();
        // Tasks: what is being sent goes on while it is looked for more.
        let mut serving = JoinSet::new();
        loop {
            let over = tokio::select! {
                biased;
                Some(served) = serving.join_next() => {
                    if let Ok(served) = served {
                        busy.remove(&served);
                    } else {
                        // Whichever it was: the leases keep two from sending to the same one.
                        busy.clear();
                    }
                    continue;
                }
                over = pause(TICK) => over,
            };
            if over {
                // What is on its way is waited for, and written down.
                self.over.store(true, Ordering::Release);
                while serving.join_next().await.is_some() {}
                return;
            }
            match self.open().await {
                Ok(open) => {
                    let idle = open
                        .into_iter()
                        .filter(|endpoint| busy.insert(endpoint.id.clone()));
                    for endpoint in idle {
                        let this = self.clone();
                        serving.spawn(host::carried(async move { this.turn(endpoint).await }));
                    }
                }
                Err(error) => tracing::debug!(%error, "webhooks can't be read"),
            }
        }
    }

    /// One round: sends what is due now. For those who have no process to [`Webhooks::run`] in.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn run_once(&self) -> Result<()> {
        for endpoint in self.open().await? {
            self.serve(&endpoint).await?;
        }
        Ok(())
    }

    async fn open(&self) -> Result<Vec<Endpoint>> {
        if self.courier.is_none() {
            return Ok(Vec::new());
        }
        let mut all = self.store.webhooks(None).await?;
        if !all.is_empty() {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            gauge!(BACKLOG).set(self.store.backlog().await? as f64);
        }
        all.retain(|endpoint| endpoint.enabled);
        Ok(all)
    }

    async fn turn(&self, endpoint: Endpoint) -> WebhookId {
        if let Err(error) = self.serve(&endpoint).await {
            tracing::debug!(webhook = %endpoint.id, %error, "{} is served later", endpoint.id);
        }
        endpoint.id
    }

    /// Sends what is due to one webhook, unless another replica is at it.
    async fn serve(&self, endpoint: &Endpoint) -> Result<()> {
        self.queue(endpoint).await?;
        if self.store.due_deliveries(&endpoint.id, 1).await?.is_empty() {
            return Ok(());
        }
        let name = format!("webhook:{}", endpoint.id);
        let Some(lease) = self.leases.acquire(&name, &self.owner).await? else {
            return Ok(());
        };
        let held = HeldLease::new(lease);
        held.during(&*self.leases, self.send_all(endpoint, &held))
            .await
    }

    /// Makes deliveries of what has happened since the last time.
    async fn queue(&self, endpoint: &Endpoint) -> Result<()> {
        loop {
            let place = self.store.webhook_place(&endpoint.id).await?;
            let Some(place) = place else { return Ok(()) };
            let new = EventFilter {
                after: place,
                ..EventFilter::default()
            };
            let page = self.store.events(&endpoint.tenant, &new, BATCH).await?;
            if page.position <= place {
                return Ok(());
            }
            let wanted: Vec<Event> = page
                .events
                .into_iter()
                .filter(|event| endpoint.wants(event))
                .collect();
            let batch = Batch {
                from: place,
                to: page.position,
                events: &wanted,
            };
            self.store.enqueue(&endpoint.id, batch).await?;
        }
    }

    async fn send_all(&self, endpoint: &Endpoint, held: &HeldLease) -> Result<()> {
        loop {
            let due = self.store.due_deliveries(&endpoint.id, AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            let sent = stream::iter(due)
                .map(|delivery| self.send(endpoint, delivery, held))
                .buffer_unordered(AT_ONCE);
            let mut goes_on = true;
            for sent in sent.collect::<Vec<_>>().await {
                goes_on &= sent?;
            }
            if !goes_on || self.over.load(Ordering::Acquire) {
                return Ok(());
            }
        }
    }

    /// Sends one delivery, once, and writes down what came of it. Answers whether there is any use in going on.
    async fn send(
        &self,
        endpoint: &Endpoint,
        delivery: Delivery,
        held: &HeldLease,
    ) -> Result<bool> {
        let Some(courier) = &self.courier else {
            return Ok(false);
        };
        if !held.lease().holds() {
            return Ok(false);
        }
        let attempted_at = host::now();
        let answer = match self.parcel(endpoint, &delivery.event, attempted_at) {
            Ok(parcel) => courier.carry(&parcel).await,
            Err(error) => Err(error),
        };
        let accepted = matches!(answer, Ok(200..=299));
        let gone = matches!(answer, Ok(410));
        let (state, outcome) = match accepted {
            true => (DeliveryState::Delivered, "delivered"),
            false if gone => (DeliveryState::Pending, "gone"),
            false if delivery.age >= PATIENCE => (DeliveryState::Dead, "dead"),
            false => (DeliveryState::Pending, "failed"),
        };
        counter!(DELIVERIES, "outcome" => outcome).increment(1);
        let mark = Mark {
            state,
            again_in: pause_after(delivery.attempts),
            attempted_at,
            status: answer.as_ref().ok().copied(),
            error: match &answer {
                _ if accepted => None,
                Ok(status) => Some(format!("answered {status}")),
                Err(error) => Some(error.message().to_owned()),
            },
        };
        let marked = self.store.mark(&delivery, &mark, &held.lease()).await?;
        if gone {
            self.disable(endpoint).await?;
        }
        Ok(marked && !gone)
    }

    fn parcel(&self, endpoint: &Endpoint, event: &Event, at: Timestamp) -> Result<Parcel> {
        let lost = || {
            let message = "its secret was sealed with another server.secret_key: rotate it";
            Error::new(ErrorKind::Config, message)
        };
        let current = Secret::open(&self.sealer, &endpoint.secret).ok_or_else(lost)?;
        let previous = endpoint.previous.as_ref().filter(|(_, until)| at < *until);
        let previous = previous.and_then(|(sealed, _)| Secret::open(&self.sealer, sealed));
        let secrets: Vec<Secret> = [current].into_iter().chain(previous).collect();
        let (body, id, seconds) = (event.body()?, event.draft.id.as_str(), at.as_second());
        let signature = sign(&secrets, id, seconds, &body)?;
        Ok(Parcel {
            url: endpoint.url.clone(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("webhook-id", id.to_owned()),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", signature),
            ],
            body,
        })
    }

    /// The receiver wants no more events.
    async fn disable(&self, endpoint: &Endpoint) -> Result<()> {
        let Some(before) = self.store.webhook(&endpoint.id).await? else {
            return Ok(());
        };
        let after = Endpoint {
            enabled: false,
            disabled_reason: Some("it answered 410 Gone".to_owned()),
            ..before.clone()
        };
        let caller = Caller {
            via: Via::System,
            ..Caller::of(endpoint.tenant.clone())
        };
        let row = Entry::new(&caller, action::WEBHOOK_UPDATE)
            .on(endpoint.id.as_str())
            .changing(Some(outline(&before)), Some(outline(&after)))
            .ended(Outcome::Ok);
        tracing::warn!(webhook = %endpoint.id, "{} answered 410 Gone and is disabled", endpoint.id);
        let trail = Trail::default().with(row);
        self.store.keep_webhook(&after, false, &trail).await
    }
}

/// The pause before the next attempt: doubled each time, up to half of it random.
fn pause_after(attempts: u32) -> Duration {
    let doubled = FIRST_PAUSE * 2u32.saturating_pow(attempts.min(16));
    let pause = doubled.min(LONGEST_PAUSE);
    pause.mul_f64(0.5 + host::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        for (attempts, at_least, at_most) in
            [(0, 2, 5), (1, 5, 10), (5, 80, 160), (40, 1_800, 3_600)]
        {
            let pause = pause_after(attempts).as_secs_f64();
            assert!(
                (f64::from(at_least)..=f64::from(at_most)).contains(&pause),
                "{attempts}: {pause}"
            );
        }
    }
}
