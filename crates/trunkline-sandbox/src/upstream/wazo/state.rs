//! All that one fake Wazo remembers, and what its handlers work on.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use http::header;
use jiff::{SignedDuration, Timestamp};

use super::tenants::{Login, at_and_below};
use super::text;
use crate::carrier::StockOrder;
use crate::clock::Recorded;
use crate::exchange::Answer;
use crate::fake::{self, Fake};
use crate::json::{Object, object};
use crate::ledger::{Ledger, OwnedEntry, ReleaseEntry, Stamp, dollars};
use crate::options::Options;
use crate::settings::{Ids, PlanError};

pub(crate) type Wazo = Fake<State>;

/// One request to confd that was let in.
pub(crate) type Context<'r> = fake::Context<'r, Session>;

/// In which tenant a request acts.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) tenant: &'static str,
    /// What links begin with.
    pub(super) origin: String,
}

impl Session {
    /// Whether the tenant of a row is the session's or below it.
    pub(super) fn reaches(&self, tenant: &str) -> bool {
        at_and_below(self.tenant).any(|below| below == tenant)
    }
}

impl Wazo {
    pub(super) fn new_uuid(&self) -> String {
        text::uuid(self.scattered())
    }
}

/// 204 without a body, which has a content type all the same.
pub(super) fn no_content() -> Answer {
    let mut answer = Answer::no_content();
    answer.set(header::CONTENT_TYPE, "application/json");
    answer
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) login: &'static Login,
    pub(super) issued: Recorded,
    pub(super) life: SignedDuration,
    pub(super) expires: Timestamp,
    pub(super) session: String,
    pub(super) user_agent: String,
}

/// Everything behind the lock.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) directory: Directory,
    pub(super) releases: Vec<ReleaseEntry>,
    pub(super) released: Vec<(Timestamp, Arc<Row>)>,
    /// By tenant and number.
    pub(super) uuids: Ids<String>,
    pub(super) tokens: HashMap<String, Token>,
    /// Refresh tokens by the name of the login and the client that they were made for.
    pub(super) refresh_tokens: HashMap<(&'static str, String), String>,
}

impl fake::State for State {
    fn new(_options: &Options, _now: Timestamp) -> Self {
        Self::default()
    }

    /// Nothing is bought here: what is in the directory counts as owned and costs nothing.
    fn ledger(&mut self) -> Ledger {
        let entry = |row: &Arc<Row>| OwnedEntry {
            number: row.number.clone(),
            account: row.tenant.to_owned(),
            since: row.created.at,
            monthly_price: dollars(0),
            by: row.created.by,
        };
        let rows = self.directory.oldest_first().into_iter();
        Ledger {
            owned: rows.map(entry).collect(),
            releases: self.releases.clone(),
            ..Ledger::default()
        }
    }

    fn set_stock(&mut self, _order: &StockOrder, _now: Timestamp) -> Result<usize, PlanError> {
        let message = "wazo sells no numbers: there is no stock to set";
        Err(PlanError::new("provider", message))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) uuid: String,
    pub(super) tenant: &'static str,
    pub(super) number: String,
    pub(super) caller_id_name: Option<String>,
    pub(super) shared: bool,
    pub(super) main: bool,
    pub(super) created: Stamp,
    /// Where the database has it: a row that is changed moves to the end.
    pub(super) place: u64,
}

/// Rows by uuid, and by tenant and number.
#[derive(Debug, Default)]
pub(super) struct Directory {
    rows: HashMap<String, Arc<Row>>,
    by_number: BTreeMap<(&'static str, String), Arc<Row>>,
    mains: HashMap<&'static str, String>,
    places: u64,
}

impl Directory {
    pub(super) fn get(&self, uuid: &str) -> Option<&Arc<Row>> {
        self.rows.get(uuid)
    }

    pub(super) fn at(&self, tenant: &'static str, number: &str) -> Option<&Arc<Row>> {
        self.by_number.get(&(tenant, number.to_owned()))
    }

    pub(super) fn main(&self, tenant: &str) -> Option<&Arc<Row>> {
        self.rows.get(self.mains.get(tenant)?)
    }

    /// The rows of a tenant in the order of their numbers.
    pub(super) fn of(&self, tenant: &'static str) -> impl Iterator<Item = &Arc<Row>> {
        let first = (tenant, String::new());
        self.by_number
            .range((Bound::Included(first), Bound::Unbounded))
            .take_while(move |((of, _), _)| *of == tenant)
            .map(|(_, row)| row)
    }

    pub(super) fn oldest_first(&self) -> Vec<&Arc<Row>> {
        let mut rows: Vec<_> = self.rows.values().collect();
        rows.sort_by(|a, b| (a.created.at, &a.number).cmp(&(b.created.at, &b.number)));
        rows
    }

    /// Adds a row, or puts a changed one in the place of the old one.
    pub(super) fn put(&mut self, mut row: Row) -> Arc<Row> {
        self.remove(&row.uuid);
        self.places += 1;
        row.place = self.places;
        let row = Arc::new(row);
        if row.main {
            self.mains.insert(row.tenant, row.uuid.clone());
        }
        self.by_number
            .insert((row.tenant, row.number.clone()), Arc::clone(&row));
        self.rows.insert(row.uuid.clone(), Arc::clone(&row));
        row
    }

    pub(super) fn remove(&mut self, uuid: &str) -> Option<Arc<Row>> {
        let row = self.rows.remove(uuid)?;
        self.by_number.remove(&(row.tenant, row.number.clone()));
        if row.main {
            self.mains.remove(row.tenant);
        }
        Some(row)
    }
}

pub(super) fn phone_number(row: &Row, origin: &str) -> Object {
    object! {
        "uuid": &row.uuid,
        "tenant_uuid": row.tenant,
        "number": &row.number,
        "caller_id_name": &row.caller_id_name,
        "main": row.main,
        "shared": row.shared,
        "links": [link(row, origin)],
    }
}

/// Where a number is, as the stack sees itself.
pub(super) fn link(row: &Row, origin: &str) -> Object {
    object! { "rel": "phone_numbers", "href": address(row, origin) }
}

pub(super) fn address(row: &Row, origin: &str) -> String {
    format!("{origin}/phone-numbers/{}", row.uuid)
}

pub(super) fn caller_id(kind: &'static str, number: Option<&str>, name: Option<&str>) -> Object {
    object! { "type": kind, "number"?: number, "caller_id_name"?: name }
}
