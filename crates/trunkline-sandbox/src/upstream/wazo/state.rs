//! All that one fake Wazo remembers.

use std::collections::{BTreeMap, HashMap};

use super::directory::Directory;
use super::tokens::Token;
use crate::ledger::{Ledger, OwnedEntry, ReleaseEntry, dollars};

/// Everything behind the lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) directory: Directory,
    pub(super) releases: Vec<ReleaseEntry>,
    pub(super) tokens: HashMap<String, Token>,
    /// Refresh tokens by the name of the login and the client that they were made for.
    pub(super) refresh_tokens: HashMap<(&'static str, String), String>,
}

impl State {
    /// Nothing is bought here: what is in the directory counts as owned and costs nothing.
    pub(super) fn ledger(&self) -> Ledger {
        let rows = self.directory.oldest_first().into_iter();
        Ledger {
            owned: rows
                .map(|row| OwnedEntry {
                    number: row.number.clone(),
                    account: row.tenant.to_owned(),
                    since: row.created,
                    monthly_price: dollars(0),
                })
                .collect(),
            purchases: Vec::new(),
            releases: self.releases.clone(),
            requests: BTreeMap::new(),
        }
    }
}
