//! How a carrier behaves where carriers differ: switched at run time, on for every request until switched off.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::provider::ProviderKind;

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

    /// The field at fault and what is wrong with it, if that carrier can't behave so.
    pub(crate) fn check(self, kind: ProviderKind) -> Result<(), (&'static str, String)> {
        let sells = !matches!(kind, ProviderKind::Webex | ProviderKind::Wazo);
        let refuse = |field, why: &str| Err((field, format!("{kind} {why}")));
        if self.resell_released && !sells {
            return refuse("resell_released", "sells no numbers");
        }
        if self.reuse_ids && kind == ProviderKind::Webex {
            return refuse("reuse_ids", "has no ids of numbers");
        }
        if self.row_without_number && kind != ProviderKind::Zendesk {
            return refuse("row_without_number", "has no rows without a number");
        }
        let undeclared = matches!(kind, ProviderKind::SignalWire | ProviderKind::Zendesk);
        if self.declared_paging_only && !undeclared {
            return refuse("declared_paging_only", "declares its page sizes");
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
