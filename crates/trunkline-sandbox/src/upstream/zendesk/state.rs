//! Everything that changes at this carrier.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::accounts::SECOND;
use super::addresses::{self, Address};
use super::line::{Kind, Line};
use super::oauth::Grants;
use super::offers::Offers;
use super::text::hex;
use crate::provider::ProviderKind;
use crate::settings::Ids;
use crate::world::Market;

/// Stock, lines, addresses, offers and tokens of all accounts.
#[derive(Debug)]
pub(super) struct State {
    pub(super) market: Market,
    /// By id, which is the order in which they came.
    pub(super) lines: BTreeMap<u64, Arc<Line>>,
    pub(super) addresses: BTreeMap<u64, Arc<Address>>,
    pub(super) offers: Offers,
    pub(super) grants: Grants,
    /// What was released, and when.
    pub(super) released: Vec<(Timestamp, Arc<Line>)>,
    pub(super) ids: Ids<u64>,
}

/// When the lines that are there at first were made.
pub(super) const LONG_AGO: Timestamp = Timestamp::constant(1_366_000_000, 0);

impl State {
    pub(super) fn new(seed: u64) -> Self {
        let external = Kind::External {
            number: "+12125550142",
            country: "US",
        };
        let digital = Kind::Digital {
            line_id: hex(seed, u64::MAX),
        };
        let lines = [(900_000_000_101, external), (900_000_000_102, digital)];
        Self {
            market: Market::new(ProviderKind::Zendesk),
            lines: lines
                .map(|(id, kind)| {
                    (
                        id,
                        Arc::new(Line::new(id, SECOND.subdomain, kind, LONG_AGO)),
                    )
                })
                .into(),
            addresses: addresses::first(),
            offers: Offers::default(),
            grants: Grants::first(),
            released: Vec::new(),
            ids: Ids::default(),
        }
    }

    /// The lines of an account, in the order of their ids.
    pub(super) fn lines_of(&self, account: &str) -> impl Iterator<Item = &Arc<Line>> {
        self.lines
            .values()
            .filter(move |line| line.account == account)
    }

    /// The line of that id, if it is the account's.
    pub(super) fn line(&self, account: &str, id: &str) -> Option<&Arc<Line>> {
        self.lines
            .get(&id.parse().ok()?)
            .filter(|line| line.account == account)
    }

    /// Puts a line in, or in the place of the one of its id.
    pub(super) fn put(&mut self, line: &Arc<Line>) {
        self.lines.insert(line.id, Arc::clone(line));
    }
}
