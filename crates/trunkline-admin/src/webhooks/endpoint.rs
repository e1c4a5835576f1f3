//! Webhooks and their deliveries, as values.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chronicle::redacted;
use crate::events::{Event, EventType};
use trunkline_core::model::{AccountName, Caller, Tenant, WebhookId};

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
    pub(super) fn is_of(&self, caller: &Caller) -> bool {
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
