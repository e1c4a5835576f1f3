//! All that one fake Twilio remembers, and what its handlers work on.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::accounts::Caller;
use super::error::{ApiError, Result};
use super::settings::Settings;
use crate::book::{Book, Row, rows};
use crate::fake::{self, Fake};
use crate::options::Options;
use crate::provider::ProviderKind;
use crate::settings::Ids;
use crate::world::Market;
use crate::world::stock::StockNumber;

pub(crate) type Twilio = Fake<State>;

pub(crate) type Context<'r> = fake::Context<'r, Caller>;

impl Context<'_> {
    /// The SID of the account that the request is about.
    pub(super) const fn account(&self) -> &'static str {
        self.caller.account.sid
    }

    pub(super) fn not_found(&self) -> ApiError {
        ApiError::not_found(&self.request.path)
    }

    /// The row that the path names, if it is the account's.
    pub(super) fn find<'b, T: Row>(&self, book: &'b Book<T>) -> Result<&'b Arc<T>> {
        let found = book.get(self.account(), self.id());
        found.ok_or_else(|| self.not_found())
    }
}

impl Twilio {
    /// A new identifier: two letters and 32 hex digits.
    pub(super) fn new_sid(&self, prefix: &str) -> String {
        format!("{prefix}{:032x}", self.scattered())
    }

    /// This moment as a record shows it.
    pub(super) fn date_now(&self) -> String {
        crate::text::mail_date(self.written_now().at)
    }
}

/// Everything behind the lock.
#[derive(Debug)]
pub(crate) struct State {
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

impl fake::State for State {
    fn new(_options: &Options, _now: Timestamp) -> Self {
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

    fn market(&mut self) -> Option<&mut Market> {
        Some(&mut self.market)
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
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

/// A number that an account may show.
#[derive(Clone, Debug)]
pub(super) struct CallerId {
    pub(super) sid: String,
    pub(super) account: String,
    pub(super) number: String,
    pub(super) name: String,
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

/// A verification call that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Validation {
    pub(super) account: String,
    pub(super) call_sid: String,
    pub(super) number: String,
    pub(super) name: String,
    pub(super) code: String,
    /// Where the outcome is reported, and by which method.
    pub(super) status_callback: Option<(String, http::Method)>,
}

/// A postal address of an account's customer.
#[derive(Clone, Debug, Default)]
pub(super) struct Address {
    pub(super) sid: String,
    pub(super) account: String,
    pub(super) customer_name: String,
    pub(super) friendly_name: String,
    pub(super) street: String,
    pub(super) street_secondary: Option<String>,
    pub(super) city: String,
    pub(super) region: String,
    pub(super) postal_code: String,
    /// ISO 3166-1 alpha-2; it can't be changed.
    pub(super) iso_country: String,
    pub(super) emergency_enabled: bool,
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

rows!(Owned, CallerId, Address; self: &self.sid, &self.account);
