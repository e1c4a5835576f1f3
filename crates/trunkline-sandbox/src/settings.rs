//! How a carrier behaves where carriers differ: switched at run time, on for every request until switched off.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::PlanError;
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
#[derive(Debug)]
pub(crate) struct Ids<T>(HashMap<String, T>);

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone> Ids<T> {
    /// The id of a number that is sold now: a new one, or with `reuse` the one it had before.
    pub(crate) fn give(&mut self, number: &str, reuse: bool, new: impl FnOnce() -> T) -> T {
        let before = self.0.get(number).filter(|_| reuse).cloned();
        let id = before.unwrap_or_else(new);
        self.0.insert(number.to_owned(), id.clone());
        id
    }
}
