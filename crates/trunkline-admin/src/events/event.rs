//! Events, as values.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use trunkline_core::model::{AccountName, Caller, EventId, Tenant};
use trunkline_engine::action::now;

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventType {
    /// A purchase has got a number.
    #[serde(rename = "number.purchased")]
    NumberPurchased,
    /// A number's settings have changed.
    #[serde(rename = "number.updated")]
    NumberUpdated,
    /// A number was given back.
    #[serde(rename = "number.released")]
    NumberReleased,
    /// A release whose grace period ended more than a day ago waits for a person.
    #[serde(rename = "number.release_held")]
    NumberReleaseHeld,
    /// A number of ours was released without us.
    #[serde(rename = "number.gone")]
    NumberGone,
    /// A number that was gone is there again.
    #[serde(rename = "number.returned")]
    NumberReturned,
    /// It can't be told yet what came of a purchase.
    #[serde(rename = "purchase.unknown")]
    PurchaseUnknown,
    /// It is known now what came of a purchase whose outcome was unknown.
    #[serde(rename = "purchase.settled")]
    PurchaseSettled,
    /// Only a person can say what became of a purchase.
    #[serde(rename = "purchase.needs_person")]
    PurchaseNeedsPerson,
    /// A purchase had vanished from the database while it was carried out, and was written back.
    #[serde(rename = "purchase.recovered")]
    PurchaseRecovered,
    /// A caller ID may be presented.
    #[serde(rename = "caller_id.verified")]
    CallerIdVerified,
    /// The proof of a caller ID failed, or nobody answered.
    #[serde(rename = "caller_id.failed")]
    CallerIdFailed,
    /// An account's carrier fails, or refuses its credential.
    #[serde(rename = "account.unhealthy")]
    AccountUnhealthy,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 13] = [
        Self::NumberPurchased,
        Self::NumberUpdated,
        Self::NumberReleased,
        Self::NumberReleaseHeld,
        Self::NumberGone,
        Self::NumberReturned,
        Self::PurchaseUnknown,
        Self::PurchaseSettled,
        Self::PurchaseNeedsPerson,
        Self::PurchaseRecovered,
        Self::CallerIdVerified,
        Self::CallerIdFailed,
        Self::AccountUnhealthy,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberPurchased => "number.purchased",
            Self::NumberUpdated => "number.updated",
            Self::NumberReleased => "number.released",
            Self::NumberReleaseHeld => "number.release_held",
            Self::NumberGone => "number.gone",
            Self::NumberReturned => "number.returned",
            Self::PurchaseUnknown => "purchase.unknown",
            Self::PurchaseSettled => "purchase.settled",
            Self::PurchaseNeedsPerson => "purchase.needs_person",
            Self::PurchaseRecovered => "purchase.recovered",
            Self::CallerIdVerified => "caller_id.verified",
            Self::CallerIdFailed => "caller_id.failed",
            Self::AccountUnhealthy => "account.unhealthy",
        }
    }
}

/// Something that happened, to be written with the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its id.
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When, by our clock.
    pub at: Timestamp,
    /// Whose.
    pub tenant: Tenant,
    /// At which account.
    pub account: String,
    /// To what: the id of a number, purchase or caller ID, or the name of an account.
    pub resource: String,
    /// What there is to know.
    pub data: Value,
}

impl Draft {
    /// Something that happens now.
    #[must_use]
    pub fn new(kind: EventType, tenant: &Tenant, account: impl Into<String>) -> Self {
        let (at, account) = (now(), account.into());
        Self {
            id: EventId::generate(at),
            kind,
            at,
            tenant: tenant.clone(),
            resource: account.clone(),
            account,
            data: Value::Null,
        }
    }

    /// The same to something with an id.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = resource.into();
        self
    }

    /// The same with what there is to know. Secrets must not be among it.
    #[must_use]
    pub fn with(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

/// Something that happened, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub draft: Draft,
    /// Its place among the events of its resource, from 1, without gaps.
    pub sequence: i64,
    /// Its place among all events of the tenant, from 1, without gaps.
    pub position: i64,
}

/// Which events to read, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventFilter {
    /// Only of these accounts.
    pub accounts: Option<BTreeSet<AccountName>>,
    /// Of these types; of all if empty.
    pub types: Vec<EventType>,
    /// Of this account.
    pub account: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
}

/// A page of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// What has been read up to: no event at or before this will ever appear later.
    pub position: i64,
}

/// Whether an event is the caller's to see.
#[must_use]
pub fn sees(caller: &Caller, event: &Event) -> bool {
    caller.sees(&event.draft.tenant, &event.draft.account)
}

impl EventPage {
    /// A page of these events: if it is full, what has been read up to is its last; if not, the latest of all.
    #[must_use]
    pub fn of(events: Vec<Event>, limit: usize, latest: i64) -> Self {
        let last = events.last().filter(|_| events.len() >= limit);
        let position = last.map_or(latest, |event| event.position);
        Self { events, position }
    }
}
