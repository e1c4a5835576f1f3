//! Making, changing and removing webhooks.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::endpoint::outline;
use super::{Delivery, DeliveryFilter, Endpoint, Secret, Webhooks};
use crate::audit::{Entry, Outcome, action};
use crate::chronicle::Trail;
use crate::events::{Event, EventFilter, EventType, sees};
use trunkline_core::did_you_mean;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{AccountName, Caller, EventId, Patch, WebhookId, plain};
use trunkline_engine::action::now;

/// How long deliveries are signed with a replaced secret as well.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Most webhooks of a tenant.
const MOST: usize = 100;

/// A webhook that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Where events are sent.
    pub url: String,
    /// Of these types; of all if empty.
    pub types: Vec<EventType>,
    /// Of these accounts; of all that the caller sees if empty.
    pub accounts: BTreeSet<AccountName>,
    /// For people.
    pub description: Option<String>,
}

/// Changes to a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointPatch {
    /// Where events are sent.
    pub url: Option<String>,
    /// Of which types.
    pub types: Option<Vec<EventType>>,
    /// Of which accounts.
    pub accounts: Option<BTreeSet<AccountName>>,
    /// For people.
    pub description: Patch<String>,
    /// Whether anything is sent.
    pub enabled: Option<bool>,
}

/// What is to be delivered once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redelivery {
    /// This event.
    Event(EventId),
    /// Everything since then.
    Since(Timestamp),
}

impl Webhooks {
    /// Makes a webhook, and gives the secret that its deliveries are signed with: it is shown this once.
    ///
    /// # Errors
    /// `InvalidRequest` naming what is wrong; `NotFound` for an account that is not the caller's; `Conflict` if there
    /// are too many; those of the store.
    pub async fn create(&self, caller: &Caller, wanted: NewEndpoint) -> Result<(Endpoint, Secret)> {
        self.check_url(&wanted.url)?;
        let accounts = within(caller, wanted.accounts)?;
        check_description(wanted.description.as_deref())?;
        if self.store.webhooks(Some(&caller.tenant)).await?.len() >= MOST {
            let message = format!("there are {MOST} webhooks already: delete one first");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let (secret, created_at) = (Secret::generate(), now());
        let endpoint = Endpoint {
            id: WebhookId::generate(created_at),
            tenant: caller.tenant.clone(),
            url: wanted.url,
            types: wanted.types,
            accounts,
            description: wanted.description,
            enabled: true,
            disabled_reason: None,
            created_at,
            secret: secret.sealed(&self.sealer)?,
            previous: None,
        };
        let row = row(caller, &endpoint, action::WEBHOOK_CREATE);
        let trail = trail(row.changing(None, Some(outline(&endpoint))));
        self.store.keep_webhook(&endpoint, true, &trail).await?;
        Ok((endpoint, secret))
    }

    /// The caller's webhooks, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Endpoint>> {
        let all = self.store.webhooks(Some(&caller.tenant)).await?;
        Ok(all
            .into_iter()
            .filter(|endpoint| endpoint.is_of(caller))
            .collect())
    }

    /// One webhook.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is another's; those of the store.
    pub async fn get(&self, caller: &Caller, id: &WebhookId) -> Result<Endpoint> {
        let found = self.store.webhook(id).await?;
        found
            .filter(|endpoint| endpoint.is_of(caller))
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no webhook {id}")))
    }

    /// Changes a webhook. Enabled again, it gets events from now on, and those it was owed before.
    ///
    /// # Errors
    /// As [`Webhooks::create`]; `NotFound`.
    pub async fn update(
        &self,
        caller: &Caller,
        id: &WebhookId,
        patch: EndpointPatch,
    ) -> Result<Endpoint> {
        let before = self.get(caller, id).await?;
        let mut after = before.clone();
        if let Some(url) = patch.url {
            self.check_url(&url)?;
            after.url = url;
        }
        if let Some(accounts) = patch.accounts {
            after.accounts = within(caller, accounts)?;
        }
        if let Some(description) = patch.description.change() {
            check_description(description.map(String::as_str))?;
            after.description = description.cloned();
        }
        after.types = patch.types.unwrap_or(after.types);
        after.enabled = patch.enabled.unwrap_or(after.enabled);
        if after.enabled {
            after.disabled_reason = None;
        }
        let anew = after.enabled && !before.enabled;
        let row = row(caller, &after, action::WEBHOOK_UPDATE)
            .changing(Some(outline(&before)), Some(outline(&after)));
        self.store.keep_webhook(&after, anew, &trail(row)).await?;
        Ok(after)
    }

    /// Replaces the secret; for a day deliveries are signed with both.
    ///
    /// # Errors
    /// `NotFound`; those of the store.
    pub async fn rotate(&self, caller: &Caller, id: &WebhookId) -> Result<(Endpoint, Secret)> {
        let mut endpoint = self.get(caller, id).await?;
        let secret = Secret::generate();
        let old = std::mem::replace(&mut endpoint.secret, secret.sealed(&self.sealer)?);
        let until = now().checked_add(OVERLAP).unwrap_or(Timestamp::MAX);
        endpoint.previous = Some((old, until));
        let trail = trail(row(caller, &endpoint, action::WEBHOOK_ROTATE));
        self.store.keep_webhook(&endpoint, false, &trail).await?;
        Ok((endpoint, secret))
    }

    /// Removes a webhook; what it was still owed is not sent any more.
    ///
    /// # Errors
    /// `NotFound`; those of the store.
    pub async fn delete(&self, caller: &Caller, id: &WebhookId) -> Result<()> {
        let endpoint = self.get(caller, id).await?;
        let row = row(caller, &endpoint, action::WEBHOOK_DELETE);
        let trail = trail(row.changing(Some(outline(&endpoint)), None));
        self.store.forget_webhook(id, &trail).await
    }

    /// Sends events once more, whatever became of them before; answers how many.
    ///
    /// # Errors
    /// `NotFound` for a webhook or an event that is not there, or not the caller's; `InvalidRequest` for an event that the
    /// webhook does not want; those of the store.
    pub async fn redeliver(
        &self,
        caller: &Caller,
        id: &WebhookId,
        what: &Redelivery,
    ) -> Result<u64> {
        let endpoint = self.get(caller, id).await?;
        let mut again = 0;
        match what {
            Redelivery::Event(event) => {
                let found = self.store.event(&caller.tenant, event).await?;
                let found = found.filter(|event| sees(caller, event)).ok_or_else(|| {
                    Error::new(ErrorKind::NotFound, format!("no event {event}"))
                        .with_field("event_id", "no such event")
                })?;
                if !endpoint.wants(&found) {
                    let message = "the webhook does not hear of events of this type or account";
                    return Err(Error::invalid("event_id", message));
                }
                again += self.again(id, &[found]).await?;
            }
            Redelivery::Since(since) => {
                let filter = EventFilter {
                    since: Some(*since),
                    ..EventFilter::default()
                };
                again += self.again_since(&endpoint, filter).await?;
            }
        }
        let row = row(caller, &endpoint, action::WEBHOOK_REDELIVER);
        let row = row.changing(None, Some(json!({ "events": again })));
        self.audit.write(&trail(row)).await;
        Ok(again)
    }

    async fn again(&self, id: &WebhookId, events: &[Event]) -> Result<u64> {
        self.store.requeue(id, events).await?;
        Ok(u64::try_from(events.len()).unwrap_or(u64::MAX))
    }

    async fn again_since(&self, endpoint: &Endpoint, mut filter: EventFilter) -> Result<u64> {
        const BATCH: usize = 500;
        let place = self.store.webhook_place(&endpoint.id).await?;
        let mut again = 0;
        loop {
            let page = self.store.events(&endpoint.tenant, &filter, BATCH).await?;
            let more = page.events.len() == BATCH;
            filter.after = page.position;
            // What comes after its place is going to be sent anyway.
            let wanted: Vec<_> = page
                .events
                .into_iter()
                .filter(|event| place.is_some_and(|place| event.position <= place))
                .filter(|event| endpoint.wants(event))
                .collect();
            again += self.again(&endpoint.id, &wanted).await?;
            if !more {
                return Ok(again);
            }
        }
    }

    /// A webhook's deliveries, newest event first.
    ///
    /// # Errors
    /// `NotFound`; those of the store.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        id: &WebhookId,
        filter: DeliveryFilter<EventId>,
    ) -> Result<Vec<Delivery>> {
        let endpoint = self.get(caller, id).await?;
        let before = match filter.before {
            Some(event) => {
                let found = self.store.event(&caller.tenant, &event).await?;
                let wrong = || Error::invalid("cursor", "no cursor of this list");
                Some(found.ok_or_else(wrong)?.position)
            }
            None => None,
        };
        let filter = DeliveryFilter {
            state: filter.state,
            before,
            limit: filter.limit,
        };
        self.store.deliveries(&endpoint.id, filter).await
    }

    fn check_url(&self, url: &str) -> Result<()> {
        plain("url", url)?;
        match &self.courier {
            Some(courier) => courier.check(url),
            None => Ok(()),
        }
    }
}

/// The accounts that are wanted, or those that the caller sees.
fn within(caller: &Caller, wanted: BTreeSet<AccountName>) -> Result<BTreeSet<AccountName>> {
    let Some(seen) = &caller.accounts else {
        return Ok(wanted);
    };
    if let Some(other) = wanted.iter().find(|account| !seen.contains(*account)) {
        let names = seen.iter().map(AccountName::as_str);
        let message = format!("no account {other}{}", did_you_mean(other.as_str(), names));
        return Err(
            Error::new(ErrorKind::NotFound, message.clone()).with_field("accounts", message)
        );
    }
    Ok(if wanted.is_empty() {
        seen.clone()
    } else {
        wanted
    })
}

fn check_description(description: Option<&str>) -> Result<()> {
    description.map_or(Ok(()), |text| plain("description", text))
}

fn row(caller: &Caller, endpoint: &Endpoint, action: &'static str) -> Entry {
    Entry::new(caller, action)
        .on(endpoint.id.as_str())
        .ended(Outcome::Ok)
}

fn trail(row: Entry) -> Trail {
    Trail::default().with(row)
}
