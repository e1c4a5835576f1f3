//! All that one fake Wazo remembers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::directory::{Directory, Row};
use super::tokens::Token;
use crate::ledger::{Ledger, OwnedEntry, ReleaseEntry, dollars};
use crate::settings::Ids;

/// Everything behind the lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) directory: Directory,
    pub(super) releases: Vec<ReleaseEntry>,
    /// What was released, and when.
    pub(super) released: Vec<(Timestamp, Arc<Row>)>,
    /// By tenant and number.
    pub(super) uuids: Ids<String>,
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
                    since: row.created.at,
                    monthly_price: dollars(0),
                    by: row.created.by,
                })
                .collect(),
            purchases: Vec::new(),
            releases: self.releases.clone(),
            requests: BTreeMap::new(),
            at_once: BTreeMap::new(),
        }
    }
}
