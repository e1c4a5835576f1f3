//! How a carrier behaves where carriers differ, and how long it takes: switched at run time.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::provider::{ProviderKind, Trait};

/// Behaviour that can be switched on; all of it is off at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarrierSettings {
    /// A number that is released is on sale again at once, not only after a reset.
    pub resell_released: bool,
    /// A number that is sold or registered again gets the id that it had before.
    pub reuse_ids: bool,
    /// Zendesk: the list of phone numbers has a row without a number.
    pub row_without_number: bool,
    /// `SignalWire`'s list of caller IDs ignores `page_size`, and Zendesk's lists ignore `per_page`, which their references
    /// don't declare.
    pub declared_paging_only: bool,
}

impl CarrierSettings {
    /// Everything off.
    pub const OFF: Self = Self {
        resell_released: false,
        reuse_ids: false,
        row_without_number: false,
        declared_paging_only: false,
    };

    /// Refuses settings that a carrier can't have.
    pub(crate) fn check(self, kind: ProviderKind) -> Result<(), PlanError> {
        let needs = [
            ("resell_released", self.resell_released, Trait::Shop),
            ("reuse_ids", self.reuse_ids, Trait::NumberIds),
            (
                "row_without_number",
                self.row_without_number,
                Trait::RowsWithoutNumber,
            ),
            (
                "declared_paging_only",
                self.declared_paging_only,
                Trait::UndeclaredPageSizes,
            ),
        ];
        for (field, on, needed) in needs {
            if let Some(lack) = kind.lacks(needed).filter(|_| on) {
                return Err(PlanError::new(field, lack));
            }
        }
        Ok(())
    }
}

/// The id that each number got last.
#[derive(Debug, Default)]
pub(crate) struct Ids<T>(HashMap<String, T>);

impl<T: Clone> Ids<T> {
    /// The id of a number that is sold now: a new one, or with `reuse` the one it had before.
    pub(crate) fn give(&mut self, number: &str, reuse: bool, new: impl FnOnce() -> T) -> T {
        let before = self.0.get(number).filter(|_| reuse).cloned();
        let id = before.unwrap_or_else(new);
        self.0.insert(number.to_owned(), id.clone());
        id
    }
}

/// How long requests of one operation take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// One of [`crate::OPERATIONS`], `find_owned` (the same as `list`), or `*` for those without a latency of their own.
    pub operation: String,
    /// Milliseconds for the request.
    #[serde(default)]
    pub ms: u64,
    /// Milliseconds for each row of a list that is answered, and for each number that a request writes. Writing takes
    /// its time before it is committed.
    #[serde(default)]
    pub per_row_ms: u64,
}

impl Latency {
    pub(crate) fn of_rows(&self, rows: usize) -> Duration {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        Duration::from_millis(self.per_row_ms.saturating_mul(rows))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Latencies(Mutex<Vec<Latency>>);

impl Latencies {
    pub(crate) fn set(&self, latency: Latency) {
        let mut all = self.0.lock();
        all.retain(|other| other.operation != latency.operation);
        all.push(latency);
    }

    pub(crate) fn replace(&self, latencies: Vec<Latency>) {
        *self.0.lock() = latencies;
    }

    pub(crate) fn all(&self) -> Vec<Latency> {
        self.0.lock().clone()
    }

    /// The latency of an operation: its own, else that of `*`.
    pub(crate) fn of(&self, operation: &str) -> Option<Latency> {
        let all = self.0.lock();
        let named = |name| all.iter().find(|latency| latency.operation == name);
        named(operation).or_else(|| named("*")).cloned()
    }
}

/// A fault, a setting or a stock that can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl PlanError {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl std::error::Error for PlanError {}
