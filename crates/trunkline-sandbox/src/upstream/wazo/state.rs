//! All that one fake Wazo remembers, and what its handlers work on.

use std::collections::HashMap;
use std::sync::Arc;

use http::header;
use jiff::{SignedDuration, Timestamp};

use super::directory::{Directory, Row};
use super::tenants::{Login, at_and_below};
use super::text;
use crate::carrier::StockOrder;
use crate::clock::Recorded;
use crate::exchange::Answer;
use crate::fake::{self, Fake};
use crate::ledger::{Ledger, OwnedEntry, ReleaseEntry, dollars};
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
