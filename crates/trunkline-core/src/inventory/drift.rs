//! What differs from the inventory without our doing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{AccountName, Actor, DriftId, NumberId, Tenant};

named_enum! {
    /// What is different.
    DriftClass {
        /// A number is held that was neither bought nor registered here.
        Appeared = "appeared",
        /// A number is not held any more that was not released here.
        Missing = "missing",
        /// A field of a number has another value.
        Changed = "changed",
        /// The carrier asks another price.
        PriceChanged = "price_changed",
        /// A number is held by two accounts that sell numbers.
        Duplicate = "duplicate",
    }
}

named_enum! {
    /// Whether a drift needs attention.
    #[derive(Default)]
    DriftState {
        /// Nobody has accepted it.
        #[default]
        Open = "open",
        /// Somebody accepted it.
        Accepted = "accepted",
        /// It is as it was before again.
        Resolved = "resolved",
    }
}

/// Who made the change. What a request made here did is never a drift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DriftAuthor {
    /// Somebody else: a person in the carrier's console, or another system.
    #[default]
    Outside,
}

/// A difference between an account and the inventory. One is open at most for each number, class and field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Its id.
    pub id: DriftId,
    /// Whose it is.
    #[serde(skip)]
    pub tenant: Tenant,
    /// The upstream identity of the account.
    #[serde(skip)]
    pub identity: String,
    /// What is different.
    pub class: DriftClass,
    /// The account.
    pub account: AccountName,
    /// The number.
    pub number_id: NumberId,
    /// The number itself, or its extension.
    pub number: Option<String>,
    /// The field, of [`DriftClass::Changed`] and [`DriftClass::PriceChanged`].
    #[serde(default)]
    pub field: Option<String>,
    /// The value that the inventory had; of a duplicate the other number's id.
    #[serde(default)]
    pub was: Option<Value>,
    /// The value that the carrier shows.
    #[serde(default)]
    pub is: Option<Value>,
    /// Who made the change.
    #[serde(default)]
    pub author: DriftAuthor,
    /// When it was found.
    pub since: Timestamp,
    /// When a second complete reading did not show a missing number either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
    /// Whether it needs attention.
    #[serde(default)]
    pub state: DriftState,
    /// Who accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<Actor>,
    /// When it was accepted, or resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Drift {
    /// The carrier's id of the number.
    pub fn provider_id(&self) -> &str {
        self.number_id.provider_id()
    }

    /// Whether both are about one class and field of one number.
    pub fn is_about_same(&self, other: &Self) -> bool {
        self.class == other.class
            && self.field == other.field
            && self.identity == other.identity
            && self.provider_id() == other.provider_id()
    }

    /// An open drift with a newer look at the same thing: resolved if the carrier shows again what the inventory had first.
    #[must_use]
    pub fn moved_to(&self, newer: &Self) -> Self {
        let mut moved = self.clone();
        moved.is.clone_from(&newer.is);
        moved.gone_at = newer.gone_at.or(self.gone_at);
        if moved.field.is_some() && moved.was == moved.is {
            (moved.state, moved.ended_at) = (DriftState::Resolved, Some(newer.since));
        }
        moved
    }
}

/// Which drifts to list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DriftQuery {
    /// Which.
    #[serde(flatten)]
    pub which: DriftSelector,
    /// At most this many: 1 to 1000.
    #[serde(skip)]
    pub limit: usize,
    /// Older than this one.
    #[serde(skip)]
    pub before: Option<DriftId>,
}

/// Which drifts are meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriftSelector {
    /// Of this class.
    pub class: Option<DriftClass>,
    /// At these accounts; at all that the caller sees if empty.
    pub accounts: Vec<String>,
    /// Of the number with this id, or this number.
    pub number: Option<String>,
    /// Of this field.
    pub field: Option<String>,
    /// Found at this time or later.
    pub since: Option<Timestamp>,
    /// Open ones, or those that are over.
    pub open: Option<bool>,
}

impl DriftSelector {
    /// Whether a drift is meant, accounts aside.
    pub fn fits(&self, drift: &Drift) -> bool {
        let is_number = |wanted: &String| {
            drift.number_id.as_str() == wanted || drift.number.as_ref() == Some(wanted)
        };
        self.class.is_none_or(|class| drift.class == class)
            && self.number.as_ref().is_none_or(is_number)
            && (self.field.is_none() || drift.field == self.field)
            && self.since.is_none_or(|since| drift.since >= since)
            && self
                .open
                .is_none_or(|open| (drift.state == DriftState::Open) == open)
    }
}
