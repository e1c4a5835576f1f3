//! All that one fake SignalWire remembers.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::addresses::Address;
use super::book::{Book, Row};
use super::caller_ids::CallerId;
use super::emergency::Emergency;
use super::groups::Group;
use super::memberships::Membership;
use super::settings::Settings;
use crate::clock::Recorded;
use crate::provider::ProviderKind;
use crate::settings::Ids;
use crate::world::Market;
use crate::world::stock::StockNumber;

/// Everything behind the lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) market: Market,
    pub(super) numbers: Book<Owned>,
    /// The project of every number held, by number.
    pub(super) holders: HashMap<String, &'static str>,
    pub(super) caller_ids: Book<CallerId>,
    /// When a number was last called for a verification, by project and number.
    pub(super) calls: HashMap<(&'static str, String), Timestamp>,
    pub(super) addresses: Book<Address>,
    pub(super) groups: Book<Group>,
    pub(super) memberships: Book<Membership>,
    pub(super) ids: Ids<String>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            market: Market::new(ProviderKind::SignalWire),
            numbers: Book::default(),
            holders: HashMap::new(),
            caller_ids: Book::default(),
            calls: HashMap::new(),
            addresses: Book::default(),
            groups: Book::default(),
            memberships: Book::default(),
            ids: Ids::default(),
        }
    }
}

/// A number that a project holds.
#[derive(Clone, Debug)]
pub(super) struct Owned {
    pub(super) id: String,
    pub(super) project: &'static str,
    pub(super) number: Arc<StockNumber>,
    pub(super) settings: Settings,
    /// The resource that a script as handler is kept under.
    pub(super) calling_resource: Option<String>,
    pub(super) emergency: Option<Emergency>,
    /// When it was bought.
    pub(super) since: Timestamp,
    /// When it was bought and changed, as is shown.
    pub(super) created: Recorded,
    pub(super) updated: Recorded,
}

impl Row for Owned {
    fn id(&self) -> &str {
        &self.id
    }

    fn project(&self) -> &str {
        self.project
    }
}
