//! Everything that changes at this carrier, and what its handlers work on.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderName;
use jiff::Timestamp;
use serde::Serialize;

use super::accounts::{Account, SANDBOX, SECOND};
use super::error::{ApiError, Result};
use super::grants::Grants;
use super::line;
use super::line::{Kind, Line};
use super::offers::Offers;
use crate::credentials::ZENDESK_ADDRESS_SIDS;
use crate::exchange::Answer;
use crate::fake::{self, Fake};
use crate::options::Options;
use crate::provider::ProviderKind;
use crate::seed::scatter;
use crate::settings::Ids;
use crate::world::Market;

pub(crate) type Zendesk = Fake<State>;

pub(crate) type Context<'r> = fake::Context<'r, &'static Account>;

impl Context<'_> {
    /// With which status trial accounts are refused is not known.
    pub(super) fn refuse_trial(&self) -> Result<()> {
        if self.caller.trial {
            let message = "This endpoint is not available for trial accounts.";
            return Err(ApiError::forbidden(message));
        }
        Ok(())
    }
}

impl Zendesk {
    pub(super) fn new_id(&self) -> u64 {
        line::id(self.options.seed, self.next())
    }

    /// 32 hex digits that were not given out before.
    pub(super) fn new_hex(&self) -> String {
        format!("{:032x}", self.scattered())
    }
}

/// Stock, lines, addresses, offers and tokens of all accounts.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) market: Market,
    /// By id, which is the order in which they came.
    pub(super) lines: BTreeMap<u64, Arc<Line>>,
    pub(super) addresses: BTreeMap<u64, Arc<Address>>,
    pub(super) offers: Offers,
    pub(super) grants: Grants,
    pub(super) released: Vec<(Timestamp, Arc<Line>)>,
    pub(super) ids: Ids<u64>,
    pub(super) quota: Quota,
}

/// When the lines that are there at first were made.
pub(super) const LONG_AGO: Timestamp = Timestamp::constant(1_366_000_000, 0);

impl fake::State for State {
    fn new(options: &Options, _now: Timestamp) -> Self {
        let external = Kind::External {
            number: "+12125550142",
            country: "US",
        };
        let digital = Kind::Digital {
            line_id: format!("{:032x}", scatter(options.seed, u64::MAX)),
        };
        let mut state = Self {
            market: Market::new(ProviderKind::Zendesk),
            lines: BTreeMap::new(),
            addresses: first_addresses(),
            offers: Offers::default(),
            grants: Grants::first(),
            released: Vec::new(),
            ids: Ids::default(),
            quota: Quota::default(),
        };
        for (id, kind) in [(900_000_000_101, external), (900_000_000_102, digital)] {
            state.put(Line::new(id, SECOND.subdomain, kind, LONG_AGO));
        }
        state
    }

    fn market(&mut self) -> Option<&mut Market> {
        Some(&mut self.market)
    }
}

impl State {
    pub(super) fn lines_of(&self, account: &str) -> impl Iterator<Item = &Arc<Line>> {
        let lines = self.lines.values();
        lines.filter(move |line| line.account == account)
    }

    pub(super) fn line(&self, account: &str, id: &str) -> Option<&Arc<Line>> {
        let line = self.lines.get(&id.parse().ok()?);
        line.filter(|line| line.account == account)
    }

    pub(super) fn put(&mut self, line: Line) -> Arc<Line> {
        let line = Arc::new(line);
        self.lines.insert(line.id, Arc::clone(&line));
        line
    }
}

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Address {
    pub(super) id: u64,
    /// The subdomain of its account.
    #[serde(skip)]
    pub(super) account: &'static str,
    pub(super) name: String,
    pub(super) street: String,
    pub(super) zip: String,
    pub(super) city: String,
    pub(super) state: Option<String>,
    pub(super) province: String,
    pub(super) country_code: String,
    /// What a purchase names it by.
    pub(super) provider_reference: String,
}

/// The addresses that the main account has at first: city, province, street, zip.
const FIRST: [[&str; 4]; 4] = [
    ["San Francisco", "California", "1 Example Street", "94103"],
    ["Berlin", "Berlin", "Beispielweg 1", "10115"],
    ["Paris", "Paris", "1 rue de l'Exemple", "75001"],
    ["Amsterdam", "Noord-Holland", "Voorbeeldstraat 1", "1011 AB"],
];

fn first_addresses() -> BTreeMap<u64, Arc<Address>> {
    let rows = FIRST.into_iter().zip(ZENDESK_ADDRESS_SIDS);
    (900_000_000_601..)
        .zip(rows)
        .map(|(id, ([city, province, street, zip], (country, sid)))| {
            let address = Address {
                id,
                account: SANDBOX.subdomain,
                name: format!("Office {city}"),
                street: street.to_owned(),
                zip: zip.to_owned(),
                city: city.to_owned(),
                state: None,
                province: province.to_owned(),
                country_code: country.to_owned(),
                provider_reference: sid.to_owned(),
            };
            (id, Arc::new(address))
        })
        .collect()
}

/// What the largest plan may send in a minute.
const A_MINUTE: u32 = 2_500;

/// Counts the requests of a minute for show: what is refused is decided by the limits of the sandbox.
#[derive(Debug, Default)]
pub(super) struct Quota {
    minute: i64,
    requests: u32,
}

impl Quota {
    /// Counts an answer and puts the headers on it. They never say that nothing is left, because something is.
    pub(super) fn count(&mut self, answer: &mut Answer, now: Timestamp) {
        let second = now.as_second();
        if self.minute != second / 60 {
            (self.minute, self.requests) = (second / 60, 0);
        }
        self.requests = self.requests.saturating_add(1);
        let remaining = A_MINUTE.saturating_sub(self.requests).max(1);
        let name = HeaderName::from_static;
        answer.set(name("x-rate-limit"), A_MINUTE);
        answer.set(name("x-rate-limit-remaining"), remaining);
        answer.set(name("rate-limit"), A_MINUTE);
        answer.set(name("rate-limit-remaining"), remaining);
        answer.set(name("rate-limit-reset"), 60 - second.rem_euclid(60));
    }
}
