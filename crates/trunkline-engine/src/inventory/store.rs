//! Where the inventory is kept.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use trunkline_core::error::Result;
use trunkline_core::inventory::{
    Drift, DriftClass, DriftQuery, HoldingState, InventoryEntry, InventoryQuery, SummaryBy,
    SyncProgress,
};
use trunkline_core::model::{
    AccountName, Actor, DriftId, Money, PriceSource, ProviderName, SyncId, Tenant,
};

/// An account whose numbers are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The upstream identity of the account.
    pub identity: String,
    /// Whose it is.
    pub tenant: Tenant,
    /// Its name.
    pub account: AccountName,
    /// Its provider.
    pub provider: ProviderName,
}

/// How fresh what is known of an account is.
#[derive(Clone, Debug, PartialEq)]
pub struct ShelfState {
    /// The account.
    pub shelf: Shelf,
    /// When the last complete reading began, by the database's clock.
    pub as_of: Option<Timestamp>,
    /// How long ago the last reading ended, complete or not, by the database's clock.
    pub ended_ago: Option<Duration>,
    /// Why the last reading was not complete.
    pub error: Option<String>,
}

/// A reading of an account under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The account.
    pub shelf: Shelf,
    /// Its id. A later reading of the account has another one, and this one writes nothing any more.
    pub id: SyncId,
    /// When it began, by the database's clock.
    pub mark: Timestamp,
    /// What was touched within so long before the mark, or after it, is not judged.
    pub settle: Duration,
    /// Whether no reading of the account was complete before: this one makes neither drifts nor events.
    pub baseline: bool,
    /// How many numbers the inventory had when it began, missing ones included.
    pub held: u64,
}

/// What the inventory has of a number, as far as a reading needs it at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The carrier's id.
    pub provider_id: String,
    /// Digest of the document.
    pub digest: i64,
    /// Whether it is held.
    pub state: HoldingState,
    /// Whether the document is that of a reading, not of an answer to a change.
    pub read: bool,
    /// Grows with every write.
    pub version: i64,
    /// What a month costs, and where that price comes from.
    pub price: Option<(Money, PriceSource)>,
    /// Whether a purchase of ours won it.
    pub purchased: bool,
}

/// Something of ours that is under way, or was not long ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The carrier's id of a number, or the number.
    pub key: String,
    /// Whether it was begun and has no end yet.
    pub open: bool,
    /// Whether it is so recent that the reading does not judge it.
    pub recent: bool,
}

/// A number as a reading leaves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The record as it shall be.
    pub entry: InventoryEntry,
    /// The version it was read with; `None` for a new one.
    pub version: Option<i64>,
    /// Whether its document is that of a reading.
    pub read: bool,
    /// What differs without our doing.
    pub drifts: Vec<Drift>,
    /// Open drifts of these classes are resolved.
    pub resolves: Vec<DriftClass>,
    /// Whether what was begun about it is over: it was left unfinished, and is known now.
    pub absorbs: bool,
}

/// What came of keeping a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// These carrier's ids were written; what was touched or changed meanwhile was left.
    Written(Vec<String>),
    /// Another reading of the account has begun: nothing was written.
    Superseded,
}

/// How a reading ended.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadingEnd {
    /// It is complete.
    Complete,
    /// It is not, for this reason: nothing was marked missing.
    Incomplete {
        /// Why.
        error: String,
    },
    /// It lacks so many numbers that nothing was marked missing.
    Suspect {
        /// How many it lacks.
        missing: u64,
    },
}

impl ReadingEnd {
    /// Why the reading is not complete, for people.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        match self {
            Self::Complete => None,
            Self::Incomplete { error } => Some(error.clone()),
            Self::Suspect { missing } => Some(format!(
                "{missing} numbers are missing, too many to believe it: nothing was marked missing"
            )),
        }
    }
}

/// The numbers of a tenant that may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Whose.
    pub tenant: Tenant,
    /// The upstream identities of the accounts.
    pub identities: Vec<String>,
}

/// Where a page starts: after this.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SortedAfter {
    /// The text that is sorted by, if it is one.
    #[serde(rename = "t", default)]
    pub text: String,
    /// Under one account: the number.
    #[serde(rename = "u", default)]
    pub under: String,
    /// The integer that is sorted by, if it is one.
    #[serde(rename = "i", default)]
    pub integer: i64,
    /// The row's place: those that are alike follow in the order of their places.
    #[serde(rename = "p")]
    pub place: i64,
}

impl SortedAfter {
    /// Whether the row has no value to sort by; such rows come last in every order.
    #[must_use]
    pub fn is_without_value(&self) -> bool {
        self.text == InventoryEntry::NO_LABEL || self.integer == InventoryEntry::NO_INTEGER
    }
}

/// Numbers that have the same values, currency and source of their price.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// The value of each [`SummaryBy`] asked for, in their order.
    pub by: Vec<Option<String>>,
    /// How many.
    pub count: u64,
    /// What they cost together a month; `None` if the price is not known.
    pub monthly: Option<Money>,
    /// Where their prices come from.
    pub source: PriceSource,
}

/// Who accepts drifts.
#[derive(Clone, Debug, PartialEq)]
pub struct Acceptance {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// The numbers that accounts hold, as they are remembered.
///
/// Our own work changes them by the events that it tells (see [`steps`](crate::inventory::steps)), in the same
/// transaction. A reading changes them by [`InventoryStore::keep`].
///
/// # Errors
/// As [`Journal`](crate::Journal).
#[async_trait]
pub trait InventoryStore: Debug + Send + Sync + 'static {
    /// Names all accounts there are. One that has another name now keeps its numbers; the numbers of one that is not
    /// named are hidden by not being asked for, and forgotten once it was not named for so long.
    async fn shelve(&self, shelves: &[Shelf], forget_after: Duration) -> Result<()>;

    /// What is known of these accounts.
    async fn shelves(&self, identities: &[String]) -> Result<Vec<ShelfState>>;

    /// Begins a reading of an account, in place of one under way.
    async fn begin_reading(&self, shelf: &Shelf, id: &SyncId, settle: Duration) -> Result<Reading>;

    /// What the inventory has of these numbers of an account, by the carrier's ids, gone ones included.
    async fn known(&self, identity: &str, provider_ids: &[String]) -> Result<Vec<Known>>;

    /// The whole records of these numbers, with their versions.
    async fn known_entries(
        &self,
        identity: &str,
        provider_ids: &[String],
    ) -> Result<Vec<(InventoryEntry, i64)>>;

    /// Numbers held or missing whose carrier's id comes after this one, in the order of these ids.
    async fn remembered(
        &self,
        identity: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Known>>;

    /// What of these keys we have touched lately, or are about to.
    async fn touched(&self, reading: &Reading, keys: &[String]) -> Result<Vec<Touch>>;

    /// Writes numbers as a reading leaves them, except those touched or changed meanwhile, with their drifts.
    async fn keep(&self, reading: &Reading, rows: &[Judged]) -> Result<Kept>;

    /// Ends a reading, and tells the events of the drifts that were found since the last: one each, or one with a count
    /// for more than `each_max` of a class. `false` if another reading of the account has begun.
    async fn end_reading(
        &self,
        reading: &Reading,
        end: &ReadingEnd,
        each_max: usize,
    ) -> Result<bool>;

    /// Numbers that fit, `limit` of the query at most, after a place in its order, each with its own place; the query's
    /// `cursor` is not read.
    async fn inventory(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        after: Option<&SortedAfter>,
    ) -> Result<Vec<(InventoryEntry, SortedAfter)>>;

    /// How many numbers fit.
    async fn count_inventory(&self, inside: &Inside, query: &InventoryQuery) -> Result<u64>;

    /// How many numbers fit, and what they cost, by these values; in the order of the values.
    async fn summarize(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        by: &[SummaryBy],
    ) -> Result<Vec<SummaryRow>>;

    /// Drifts of these accounts, newest first.
    async fn drifts(&self, inside: &Inside, query: &DriftQuery) -> Result<Vec<Drift>>;

    /// One drift.
    async fn drift(&self, inside: &Inside, id: &DriftId) -> Result<Option<Drift>>;

    /// Accepts these drifts, as far as they are open, and gives those that were.
    async fn accept(
        &self,
        inside: &Inside,
        ids: &[DriftId],
        acceptance: &Acceptance,
    ) -> Result<Vec<DriftId>>;

    /// How many drifts of each class are open at each account, by identity.
    async fn open_drifts(&self) -> Result<Vec<(String, DriftClass, u64)>>;

    /// Writes down how far a sync has come.
    async fn keep_sync(&self, sync: &SyncProgress) -> Result<()>;

    /// A sync that was asked for in the last days.
    async fn sync(&self, id: &SyncId) -> Result<Option<SyncProgress>>;
}
