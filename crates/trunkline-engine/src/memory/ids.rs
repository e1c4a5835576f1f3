//! The ids under which numbers have been seen, in the order in which they were first seen.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::machine::{KnownId, Winner};
use trunkline_core::host;
use trunkline_core::model::{Attempt, E164, HeldRow, PurchaseId};

/// Every id ever seen; none is forgotten, since a carrier may use it again.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    seen: Vec<Seen>,
    /// How many ids were known when a purchase was dispatched.
    dispatched: HashMap<PurchaseId, usize>,
}

#[derive(Clone, Debug)]
struct Seen {
    identity: String,
    number: E164,
    row: HeldRow,
    won_by: Option<PurchaseId>,
    won_at: Option<Timestamp>,
    released_at: Option<Timestamp>,
}

impl Ids {
    /// Keeps an id that is new.
    pub(super) fn see(&mut self, identity: &str, number: &E164, row: &HeldRow) -> usize {
        let is_it = |seen: &Seen| {
            seen.identity == identity
                && seen.number == *number
                && seen.row.provider_id == row.provider_id
        };
        if let Some(at) = self.seen.iter().position(is_it) {
            return at;
        }
        self.seen.push(Seen {
            identity: identity.to_owned(),
            number: *number,
            row: row.clone(),
            won_by: None,
            won_at: None,
            released_at: None,
        });
        self.seen.len() - 1
    }

    /// A purchase is about to be sent.
    pub(super) fn dispatch(&mut self, purchase: &PurchaseId) {
        self.dispatched.insert(purchase.clone(), self.seen.len());
    }

    /// A purchase is forgotten; the ids that it won stay.
    pub(super) fn forget(&mut self, purchase: &PurchaseId) {
        self.dispatched.remove(purchase);
    }

    /// A purchase has won the id of its attempt.
    pub(super) fn win(&mut self, attempt: &Attempt, purchase: &PurchaseId) {
        let Some(provider_id) = attempt.provider_id.clone() else {
            return;
        };
        let row = HeldRow {
            provider_id,
            created_at: attempt.created_at,
        };
        let at = self.see(&attempt.identity, &attempt.number, &row);
        let seen = &mut self.seen[at];
        if seen.won_by.as_ref() != Some(purchase) {
            seen.row = row;
            seen.won_by = Some(purchase.clone());
            seen.won_at = Some(host::now());
            seen.released_at = None;
        }
    }

    /// An id was given back.
    pub(super) fn release(&mut self, identity: &str, provider_id: &str) {
        let of_id =
            |seen: &&mut Seen| seen.identity == identity && seen.row.provider_id == provider_id;
        for seen in self.seen.iter_mut().filter(of_id) {
            seen.released_at = Some(host::now());
        }
    }

    /// An id was not given back after all by the purchase that won it.
    pub(super) fn keep(&mut self, identity: &str, provider_id: &str, purchase: &PurchaseId) {
        let is_it = |seen: &&mut Seen| {
            seen.identity == identity
                && seen.row.provider_id == provider_id
                && seen.won_by.as_ref() == Some(purchase)
        };
        for seen in self.seen.iter_mut().filter(is_it) {
            seen.released_at = None;
        }
    }

    /// What is known of a number, from the view of one purchase.
    pub(super) fn known(
        &self,
        identity: &str,
        number: &E164,
        purchase: &PurchaseId,
    ) -> Vec<KnownId> {
        let dispatched = self.dispatched.get(purchase).copied().unwrap_or_default();
        let rows = self.seen.iter().enumerate();
        rows.filter(|(_, seen)| seen.identity == identity && seen.number == *number)
            .map(|(at, seen)| KnownId {
                provider_id: seen.row.provider_id.clone(),
                created_at: seen.row.created_at,
                seen_before: at < dispatched,
                won_by: seen.won_by.clone().filter(|by| by != purchase),
                won_at: seen.won_at,
                released_at: seen.released_at,
            })
            .collect()
    }

    /// The purchase that won an id last, if it was given back since.
    pub(super) fn releaser(&self, identity: &str, provider_id: &str) -> Option<PurchaseId> {
        let given_back = |seen: &&Seen| {
            seen.identity == identity
                && seen.row.provider_id == provider_id
                && seen.released_at.is_some()
                && seen.won_by.is_some()
        };
        self.seen.iter().rfind(given_back)?.won_by.clone()
    }

    /// What purchases at an identity have won and not given back, by number.
    pub(super) fn winners(&self, identity: &str) -> Vec<Winner> {
        let held = self.seen.iter().filter(|seen| seen.identity == identity);
        let held = held.filter(|seen| seen.released_at.is_none());
        let mut winners: Vec<Winner> = held
            .filter_map(|seen| {
                Some(Winner {
                    provider_id: seen.row.provider_id.clone(),
                    number: seen.number,
                    purchase: seen.won_by.clone()?,
                })
            })
            .collect();
        winners.sort_by(|a, b| (a.number, &a.provider_id).cmp(&(b.number, &b.provider_id)));
        winners
    }
}
