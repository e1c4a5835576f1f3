//! Webhooks: who wants to hear of events, and what was sent to them.

mod manage;
mod outbox;
mod secret;
mod worker;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::Audit;
use crate::events::{Event, EventType};
use crate::store::{AdminStore, Stores};
use trunkline_core::courier::Courier;
use trunkline_core::model::{AccountName, Caller, Tenant, WebhookId};
use trunkline_engine::Store;
use trunkline_engine::seal::Sealer;

pub use manage::{EndpointPatch, NewEndpoint, Redelivery};
pub use outbox::{Mark, Outbox};
pub use secret::{Secret, sign};
pub use worker::{BACKLOG, DELIVERIES};

/// Who wants to hear of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub tenant: Tenant,
    /// Where events are sent.
    pub url: String,
    /// Of these types; of all if empty.
    pub types: Vec<EventType>,
    /// Of these accounts; of all if empty.
    pub accounts: BTreeSet<AccountName>,
    /// For people.
    pub description: Option<String>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why nothing is, if it was not a person who decided so.
    pub disabled_reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What its deliveries are signed with, sealed.
    pub secret: String,
    /// What they were signed with before, sealed, and until when they are signed with that too.
    pub previous: Option<(String, Timestamp)>,
}

impl Endpoint {
    /// Whether it wants to hear of an event.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        let draft = &event.draft;
        (self.types.is_empty() || self.types.contains(&draft.kind))
            && (self.accounts.is_empty() || self.accounts.contains(draft.account.as_str()))
    }

    /// Whether it is the caller's to see: not if it hears of accounts that are not.
    fn is_of(&self, caller: &Caller) -> bool {
        let within = |seen: &BTreeSet<AccountName>| {
            !self.accounts.is_empty() && self.accounts.is_subset(seen)
        };
        self.tenant == caller.tenant && caller.accounts.as_ref().is_none_or(within)
    }
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be sent, perhaps again.
    Pending,
    /// It was accepted.
    Delivered,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// An event on its way to one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// To whom.
    pub webhook: WebhookId,
    /// What.
    pub event: Event,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// For how long it has been wanted.
    pub age: Duration,
    /// When it was sent last, by the clock of whoever sent it.
    pub attempted_at: Option<Timestamp>,
    /// The status that came back last.
    pub status: Option<u16>,
    /// Why it was not accepted.
    pub error: Option<String>,
}

/// Webhooks, and what is sent to them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Webhooks {
    store: Arc<dyn AdminStore>,
    leases: Arc<dyn Store>,
    sealer: Sealer,
    courier: Option<Arc<dyn Courier>>,
    audit: Audit,
    owner: String,
    /// Whether no further round is to be begun.
    over: Arc<AtomicBool>,
}

impl Webhooks {
    /// Webhooks in these stores; nothing is sent without a courier.
    #[must_use]
    pub fn new(stores: Stores, sealer: Sealer) -> Self {
        Self {
            audit: Audit::new(Arc::clone(&stores.admin)),
            store: stores.admin,
            leases: stores.engine,
            sealer,
            courier: None,
            owner: format!("{:016x}", rand::random::<u64>()),
            over: Arc::default(),
        }
    }

    /// The same with somebody who sends.
    #[must_use]
    pub fn with_courier(mut self, courier: Arc<dyn Courier>) -> Self {
        self.courier = Some(courier);
        self
    }
}
