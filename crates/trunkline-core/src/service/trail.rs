//! What a change leaves behind: rows of the audit trail and events, written in the same transaction as the change.

mod caller_id;
mod missing;
mod purchase;
mod redact;
mod release;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Caller, IdempotencyKey, KeyId, Via};
use crate::service::audit::Entry;
use crate::service::events::Draft;

pub use redact::redacted;

/// Who did something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The API key, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// What the operator called that key then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// How.
    #[serde(default)]
    pub via: Via,
}

impl Actor {
    /// Whoever asks.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        Self {
            key_id: caller.key.clone(),
            key_name: caller.key_name.clone(),
            via: caller.via,
        }
    }

    /// trunkline itself, on behalf of whoever asked before.
    #[must_use]
    pub fn system(self) -> Self {
        Self {
            via: Via::System,
            ..self
        }
    }
}

/// Who asked for something that is carried out later, and with which request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who.
    #[serde(flatten)]
    pub actor: Actor,
    /// The request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Its idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<IdempotencyKey>,
}

impl By {
    /// Whoever asks, with this request.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        Self {
            actor: Actor::of(caller),
            request_id: caller.request_id.clone(),
            idempotency_key: caller.idempotency_key.clone(),
        }
    }

    fn system(&self) -> Self {
        Self {
            actor: self.actor.clone().system(),
            request_id: self.request_id.clone(),
            idempotency_key: self.idempotency_key.clone(),
        }
    }
}

/// What a change leaves behind. It travels with the record that is changed: the store writes rows and events along with
/// it, in one transaction, and keeps who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Who asked for what the record is about.
    #[serde(default)]
    pub by: By,
    /// Rows of the audit trail to be written.
    #[serde(skip)]
    pub audit: Vec<Entry>,
    /// Events to be written.
    #[serde(skip)]
    pub events: Vec<Draft>,
    /// Whether it is trunkline that goes on with it, since whoever began it is gone.
    #[serde(skip)]
    pub taken_over: bool,
}

impl Trail {
    /// Nothing yet, of something that this caller asks for.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        Self {
            by: By::of(caller),
            ..Self::default()
        }
    }

    /// The same with this row.
    #[must_use]
    pub fn with(mut self, entry: Entry) -> Self {
        self.audit.push(entry);
        self
    }

    /// The same with this event.
    #[must_use]
    pub fn telling(mut self, event: Draft) -> Self {
        self.events.push(event);
        self
    }

    /// Whether there is anything to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.audit.is_empty() && self.events.is_empty()
    }

    /// Forgets what has been written.
    pub fn clear(&mut self) {
        self.audit.clear();
        self.events.clear();
    }

    /// Who acts now: trunkline itself if it has taken over.
    fn acting(&self, taken_over: bool) -> By {
        if taken_over || self.taken_over {
            self.by.system()
        } else {
            self.by.clone()
        }
    }
}

/// Now, to the millisecond: what is written is the same in every database.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Anything as JSON, with what is secret taken out.
pub(crate) fn json<T: Serialize>(value: &T) -> Value {
    redacted(serde_json::to_value(value).unwrap_or_default())
}
