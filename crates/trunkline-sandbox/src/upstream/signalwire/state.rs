//! All that one fake SignalWire remembers, and what its handlers work on.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::error::{ApiError, Result};
use super::projects::Project;
use super::settings::Settings;
use super::text;
use crate::book::{Book, Row, rows};
use crate::carrier::StockOrder;
use crate::clock::Recorded;
use crate::fake::{self, Fake};
use crate::options::Options;
use crate::provider::ProviderKind;
use crate::settings::{Ids, PlanError};
use crate::world::Market;
use crate::world::stock::StockNumber;

pub(super) const COUNTRIES: [&str; 2] = ["US", "CA"];

pub(crate) type SignalWire = Fake<State>;

pub(crate) type Context<'r> = fake::Context<'r, &'static Project>;

impl Context<'_> {
    /// The row that the path names, if it is the project's.
    pub(super) fn find<T: Row>(&self, book: &Book<T>) -> Result<Arc<T>> {
        let found = book.get(self.caller.id, self.id());
        found.cloned().ok_or(ApiError::not_found())
    }
}

impl SignalWire {
    pub(super) fn new_id(&self) -> String {
        text::uuid(self.options.seed, self.next())
    }
}

/// Everything behind the lock.
#[derive(Debug)]
pub(crate) struct State {
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

impl fake::State for State {
    fn new(_options: &Options, _now: Timestamp) -> Self {
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

    fn market(&mut self) -> Option<&mut Market> {
        Some(&mut self.market)
    }

    /// Refuses stock that could never be sold.
    fn set_stock(&mut self, order: &StockOrder, _now: Timestamp) -> Result<usize, PlanError> {
        let refuse = |field, message| Err(PlanError { field, message });
        if !COUNTRIES.contains(&order.country.as_str()) {
            let message = "SignalWire sells numbers of US and CA only".to_owned();
            return refuse("country", message);
        }
        match order.number_type.as_deref() {
            None | Some("local" | "toll_free") => self.market.set_stock(order),
            Some(other) => refuse(
                "type",
                format!("SignalWire sells local and toll_free numbers, not {other:?}"),
            ),
        }
    }
}

/// A number that a project holds.
#[derive(Clone, Debug)]
pub(super) struct Owned {
    pub(super) id: String,
    pub(super) project: &'static Project,
    pub(super) number: Arc<StockNumber>,
    pub(super) settings: Settings,
    /// The resource that a script as handler is kept under.
    pub(super) calling_resource: Option<String>,
    pub(super) emergency: Option<Emergency>,
    pub(super) since: Timestamp,
    /// When it was bought and changed, as is shown.
    pub(super) created: Recorded,
    pub(super) updated: Recorded,
}

/// A number that a project may show, or wants to.
#[derive(Clone, Debug)]
pub(super) struct CallerId {
    pub(super) id: String,
    pub(super) project: &'static Project,
    pub(super) number: String,
    pub(super) name: String,
    pub(super) extension: String,
    pub(super) verified: Option<Recorded>,
    /// What was said in the last call, if somebody heard it.
    pub(super) code: Option<String>,
    /// How many wrong codes were given since that call.
    pub(super) wrong_codes: u32,
}

/// The texts of an address that must be there.
pub(super) const ADDRESS: [&str; 9] = [
    "label",
    "country",
    "first_name",
    "last_name",
    "street_number",
    "street_name",
    "city",
    "state",
    "postal_code",
];

#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) id: String,
    pub(super) project: &'static Project,
    /// In the order of [`ADDRESS`].
    pub(super) texts: [String; 9],
    pub(super) kind: Option<String>,
    pub(super) number: Option<String>,
    pub(super) emergency: bool,
    /// Set if emergency calls can be sent from there.
    pub(super) validated: Option<Recorded>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) project: &'static Project,
    pub(super) name: String,
    pub(super) sticky: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) id: String,
    pub(super) project: &'static Project,
    pub(super) group: String,
    pub(super) number: String,
    pub(super) created: Recorded,
}

rows!(Owned, CallerId, Address, Group, Membership; self: &self.id, self.project.id);

/// How long it takes until an emergency address is registered, or gone.
const TAKES: SignedDuration = SignedDuration::from_secs(120);

/// The change of a number's emergency address that was last asked for.
#[derive(Clone, Debug)]
pub(super) struct Emergency {
    pub(super) address: String,
    pub(super) removing: bool,
    pub(super) since: Timestamp,
}

impl Emergency {
    fn done(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= TAKES
    }

    /// The id of the address; `None` once it is removed.
    pub(super) fn address(&self, now: Timestamp) -> Option<&str> {
        (!self.removing || !self.done(now)).then_some(self.address.as_str())
    }

    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        match (self.removing, self.done(now)) {
            (false, false) => "pending",
            (false, true) => "active",
            (true, false) => "pending_removal",
            (true, true) => "unregistered",
        }
    }
}
