//! All that one fake Twilio remembers.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::addresses::Address;
use super::book::{Book, Row};
use super::caller_ids::{CallerId, Validation};
use super::settings::Settings;
use crate::provider::ProviderKind;
use crate::settings::Ids;
use crate::world::Market;
use crate::world::stock::StockNumber;

/// Everything behind the lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) market: Market,
    pub(super) numbers: Book<Owned>,
    /// SID and account of every number held, by number.
    pub(super) holders: HashMap<String, (String, String)>,
    pub(super) caller_ids: Book<CallerId>,
    /// Verification calls that have not ended, oldest first.
    pub(super) validations: Vec<Validation>,
    pub(super) addresses: Book<Address>,
    pub(super) sids: Ids<String>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            market: Market::new(ProviderKind::Twilio),
            numbers: Book::default(),
            holders: HashMap::new(),
            caller_ids: Book::default(),
            validations: Vec::new(),
            addresses: Book::default(),
            sids: Ids::default(),
        }
    }
}

/// A number that an account holds.
#[derive(Clone, Debug)]
pub(super) struct Owned {
    pub(super) sid: String,
    pub(super) account: String,
    pub(super) number: Arc<StockNumber>,
    pub(super) settings: Settings,
    pub(super) created: Timestamp,
    /// The dates as they are shown.
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

impl Row for Owned {
    fn sid(&self) -> &str {
        &self.sid
    }

    fn account(&self) -> &str {
        &self.account
    }
}
