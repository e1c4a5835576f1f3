//! What can be said of the inventory as a whole, and of one number in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{HoldingState, InventorySource};
use crate::error::Error;
use crate::model::{AccountName, E164, Money, NumberId, PriceSource, ProviderName, SyncId, Tenant};

named_enum! {
    /// What the numbers of the inventory are counted by.
    SummaryBy {
        /// By account.
        Account = "account",
        /// By country, ISO 3166-1 alpha-2.
        Country = "country",
        /// By type.
        Type = "type",
        /// By tag; a number counts once under each of its tags.
        Tag = "tag",
        /// By provider.
        Provider = "provider",
        /// By month of purchase (UTC), such as `2026-11`.
        Month = "month",
    }
}

/// How many numbers have a price from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceCounts {
    /// From the carrier.
    pub carrier: u64,
    /// From the configuration.
    pub config: u64,
    /// Of no known price.
    pub unknown: u64,
}

impl PriceCounts {
    /// Counts so many numbers.
    pub const fn add(&mut self, source: PriceSource, count: u64) {
        match source {
            PriceSource::Carrier => self.carrier += count,
            PriceSource::Config => self.config += count,
            PriceSource::Unknown => self.unknown += count,
        }
    }
}

/// How many numbers there are, and what they cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryFigures {
    /// How many.
    pub count: u64,
    /// What those of a known price cost a month together, one sum for each currency.
    pub monthly: Vec<Money>,
    /// Where their prices come from.
    pub prices: PriceCounts,
}

/// The numbers that have the same values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryGroup {
    /// Value of each [`SummaryBy`] asked for, by its name; `None` for numbers that have none.
    pub by: BTreeMap<String, Option<String>>,
    /// How many, and what they cost.
    #[serde(flatten)]
    pub figures: SummaryFigures,
}

/// What is held, counted. Numbers that are gone do not count, missing ones do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InventoryReport {
    /// All of it.
    pub total: SummaryFigures,
    /// By what was asked for, in order of the values.
    pub groups: Vec<SummaryGroup>,
    /// The accounts asked for, by name.
    pub sources: Vec<InventorySource>,
}

named_enum! {
    /// How far the reading of an account has come.
    #[derive(Default)]
    SyncState {
        /// Its turn has not come.
        #[default]
        Waiting = "waiting",
        /// It is being read.
        Reading = "reading",
        /// It was read whole.
        Complete = "complete",
        /// It broke off, or its pages shifted or repeated: nothing was marked missing.
        Incomplete = "incomplete",
        /// It lacks so many numbers that nothing was marked missing.
        Suspect = "suspect",
    }
}

impl SyncState {
    /// Whether it is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Reading)
    }
}

/// The reading of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyncReading {
    /// The account.
    pub account: AccountName,
    /// How far it has come.
    pub state: SyncState,
    /// Pages read.
    pub pages: u64,
    /// Numbers read.
    pub rows: u64,
    /// Numbers that are new to the inventory.
    pub appeared: u64,
    /// Numbers that differ from the inventory.
    pub changed: u64,
    /// Numbers marked missing.
    pub missing: u64,
    /// Numbers found to be gone.
    pub gone: u64,
    /// Why it is not complete.
    pub error: Option<Error>,
}

impl SyncReading {
    /// One whose turn has not come.
    #[must_use]
    pub const fn new(account: AccountName) -> Self {
        Self {
            account,
            state: SyncState::Waiting,
            pages: 0,
            rows: 0,
            appeared: 0,
            changed: 0,
            missing: 0,
            gone: 0,
            error: None,
        }
    }
}

/// A sync that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyncProgress {
    /// Its id.
    pub id: SyncId,
    /// Whose it is.
    #[serde(default)]
    pub tenant: Tenant,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Each account.
    pub accounts: Vec<SyncReading>,
}

named_enum! {
    /// As what an account has a number.
    PlaceKind {
        /// It bought the number, or sells numbers and holds it.
        Bought = "bought",
        /// It only has the number on its books.
        Registered = "registered",
        /// It is carried by somebody else.
        External = "external",
        /// It does not have the number, but may show it as the caller's.
        VerifiedCallerId = "verified_caller_id",
    }
}

/// A number at an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The account.
    pub account: AccountName,
    /// Its provider.
    pub provider: ProviderName,
    /// The number's id there; the caller ID's.
    pub number_id: NumberId,
    /// As what.
    #[serde(rename = "as")]
    pub kind: PlaceKind,
    /// Whether it is the main number of the account, or of a location.
    pub main: bool,
    /// Whether it is still held.
    pub state: HoldingState,
    /// Its label.
    pub label: Option<String>,
    /// When the account last showed it.
    pub last_seen_at: Timestamp,
}

/// A value at an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedValue {
    /// The number's id there.
    pub number_id: NumberId,
    /// The value.
    pub value: Value,
}

/// What disagrees between the accounts that have a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Difference {
    /// The labels differ.
    Label {
        /// Each of them.
        values: Vec<PlacedValue>,
    },
    /// Calls are routed differently.
    Voice {
        /// Each of them.
        values: Vec<PlacedValue>,
    },
    /// It is on the books of accounts, and no account that sells numbers holds it.
    RegisteredButHeldNowhere,
    /// One account has it on its books, another gave it back.
    HeldButReleased {
        /// The number's id where it was given back.
        number_id: NumberId,
    },
    /// Two accounts that sell numbers hold it.
    HeldTwice,
}

/// Where a number is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhereAbouts {
    /// The number.
    pub number: E164,
    /// Every account that has it, by name.
    pub places: Vec<Place>,
    /// What disagrees between them.
    pub differences: Vec<Difference>,
    /// How fresh this is, for each account that the caller sees.
    pub sources: Vec<InventorySource>,
}
