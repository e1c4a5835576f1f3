//! Webhooks and their deliveries, as values.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chronicle::redacted;
use crate::events::{Event, EventType};
use trunkline_core::model::{AccountName, Caller, Tenant, WebhookId};
use trunkline_core::named_enum;

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
    pub fn wants(&self, event: &Event) -> bool {
        let draft = &event.draft;
        (self.types.is_empty() || self.types.contains(&draft.kind))
            && (self.accounts.is_empty() || self.accounts.contains(draft.account.as_str()))
    }

    /// Whether it is the caller's to see: not if it hears of accounts that are not.
    pub(super) fn is_of(&self, caller: &Caller) -> bool {
        let within = |seen: &BTreeSet<AccountName>| {
            !self.accounts.is_empty() && self.accounts.is_subset(seen)
        };
        self.tenant == caller.tenant && caller.accounts.as_ref().is_none_or(within)
    }
}

named_enum! {
    /// How far a delivery has come.
    DeliveryState {
        /// It will be sent, perhaps again.
        Pending = "pending",
        /// It was accepted.
        Delivered = "delivered",
        /// It was given up.
        Dead = "dead",
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
    /// When it was sent last, by the sender's clock.
    pub attempted_at: Option<Timestamp>,
    /// The status that came back last.
    pub status: Option<u16>,
    /// Why it was not accepted.
    pub error: Option<String>,
}

/// Which deliveries to list, newest event first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryFilter<P> {
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of events older than this one.
    pub before: Option<P>,
    /// At most this many.
    pub limit: usize,
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its state from now on.
    pub state: DeliveryState,
    /// If it is pending: when it is sent again, from now.
    pub again_in: Duration,
    /// When it was sent.
    pub attempted_at: Timestamp,
    /// The status that came back.
    pub status: Option<u16>,
    /// Why it was not accepted.
    pub error: Option<String>,
}

/// What the audit trail says about a webhook.
pub(super) fn outline(endpoint: &Endpoint) -> Value {
    redacted(json!({
        "url": without_path(&endpoint.url),
        "types": endpoint.types,
        "accounts": endpoint.accounts,
        "description": endpoint.description,
        "enabled": endpoint.enabled,
        "disabled_reason": endpoint.disabled_reason,
    }))
}

/// An address without what comes after its host: with many services the path is what lets one in.
fn without_path(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let hidden = if path.len() > 1 { "/***" } else { path };
    format!("{scheme}://{host}{hidden}")
}
