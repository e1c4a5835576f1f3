//! Events, as values.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use trunkline_core::model::{AccountName, Caller, EventId, Tenant};
use trunkline_core::named_enum;
use trunkline_engine::action::now;

named_enum! {
    /// What can happen.
    EventType {
        /// A purchase has got a number.
        NumberPurchased = "number.purchased",
        /// A number's settings have changed.
        NumberUpdated = "number.updated",
        /// A number was given back.
        NumberReleased = "number.released",
        /// A release whose grace period ended more than a day ago waits for a person.
        NumberReleaseHeld = "number.release_held",
        /// A number of ours was released without us.
        NumberGone = "number.gone",
        /// A number that was gone is there again.
        NumberReturned = "number.returned",
        /// An account holds a number that was neither bought nor registered here.
        NumberAppeared = "number.appeared",
        /// A complete reading of an account did not show a number.
        NumberMissing = "number.missing",
        /// A number was changed at its carrier without us.
        NumberChanged = "number.changed",
        /// A reading of an account lacks so many numbers that nothing was marked missing.
        InventorySuspect = "inventory.suspect",
        /// It can't be told yet what came of a purchase.
        PurchaseUnknown = "purchase.unknown",
        /// It is known now what came of a purchase whose outcome was unknown.
        PurchaseSettled = "purchase.settled",
        /// Only a person can say what became of a purchase.
        PurchaseNeedsPerson = "purchase.needs_person",
        /// A purchase had vanished from the database while it was carried out, and was written back.
        PurchaseRecovered = "purchase.recovered",
        /// A caller ID may be presented.
        CallerIdVerified = "caller_id.verified",
        /// The proof of a caller ID failed, or nobody answered.
        CallerIdFailed = "caller_id.failed",
        /// An account's carrier fails, or refuses its credential.
        AccountUnhealthy = "account.unhealthy",
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
    /// After this place among the tenant's events; 0 for all.
    pub after: i64,
}

/// A page of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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
