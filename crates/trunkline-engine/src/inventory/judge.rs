//! What a number that a reading shows, or lacks, is to the inventory.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::document::holding_of;
use super::store::{Judged, Reading};
use crate::prices::{self, PriceList};
use trunkline_core::inventory::{
    Drift, DriftAuthor, DriftClass, DriftState, FieldChange, HoldingState, InventoryEntry, Origin,
    changes,
};
use trunkline_core::model::{CountryCode, DriftId, Money, Number, PriceSource};
use trunkline_core::registry::AccountEntry;

/// Judges the numbers of one reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge<'a> {
    pub(super) account: &'a AccountEntry,
    pub(super) reading: &'a Reading,
    pub(super) prices: &'a HashMap<CountryCode, PriceList>,
}

/// What the inventory had of a number that differs now.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) entry: InventoryEntry,
    pub(super) version: i64,
    /// Whether its document is that of a reading.
    pub(super) read: bool,
    /// Whether something of ours was begun about it and has no end.
    pub(super) unfinished: bool,
}

impl Judge<'_> {
    /// A number that the inventory does not have. `origin` says how it came if that is our doing.
    pub(super) fn new_number(
        &self,
        number: Number,
        origin: Option<Origin>,
        now: Timestamp,
    ) -> Judged {
        let is_ours = origin.is_some();
        let price = self.price(&number, None, false);
        let entry = InventoryEntry {
            tenant: self.reading.shelf.tenant.clone(),
            identity: self.reading.shelf.identity.clone(),
            inventory: holding_of(None, origin, price, now),
            number,
        };
        let reported = !is_ours && !self.reading.baseline;
        let appeared = reported.then(|| self.drift(&entry, DriftClass::Appeared, now));
        Judged {
            drifts: appeared.into_iter().collect(),
            resolves: Vec::new(),
            version: None,
            read: true,
            absorbs: is_ours,
            entry,
        }
    }

    /// A number that the inventory has otherwise; `None` if nothing is to be written.
    pub(super) fn known_number(&self, number: Number, before: Before, now: Timestamp) -> Judged {
        let Before {
            entry: was,
            version,
            read,
            unfinished,
        } = before;
        let found = changes(&was.number, &number, read, &self.account.watch);
        let holding = &was.inventory;
        let known = holding.monthly_price.map(|it| (it, holding.price_source));
        let purchased = matches!(holding.origin, Origin::Purchased { .. });
        let price = self.price(&number, known, purchased);
        let state = was.inventory.state;
        let mut number = number;
        number.tags.clone_from(&was.number.tags);
        number.protected = was.number.protected;
        let mut entry = InventoryEntry {
            tenant: self.reading.shelf.tenant.clone(),
            identity: self.reading.shelf.identity.clone(),
            inventory: holding_of(Some(&was), None, price, now),
            number,
        };
        if found.is_empty() && state == HoldingState::Held {
            entry.inventory.changed_at = was.inventory.changed_at;
        }
        let mut drifts = Vec::new();
        if !unfinished && !self.reading.baseline {
            if state == HoldingState::Gone {
                entry.inventory.origin = Origin::Found;
                drifts.push(self.drift(&entry, DriftClass::Appeared, now));
            }
            drifts.extend(
                found
                    .into_iter()
                    .map(|change| self.changed(&entry, change, now)),
            );
        }
        let resolves = match state {
            HoldingState::Held => Vec::new(),
            HoldingState::Missing | HoldingState::Gone => vec![DriftClass::Missing],
        };
        Judged {
            entry,
            version: Some(version),
            read: true,
            drifts,
            resolves,
            absorbs: unfinished,
        }
    }

    /// A number that a complete reading lacks, and its carrier too where it was asked.
    pub(super) fn absent(&self, before: Before, now: Timestamp) -> Judged {
        let Before {
            mut entry,
            version,
            read,
            ..
        } = before;
        let was = entry.inventory.state;
        entry.inventory.state = match was {
            HoldingState::Held => HoldingState::Missing,
            HoldingState::Missing | HoldingState::Gone => HoldingState::Gone,
        };
        entry.inventory.changed_at = now;
        let mut drift = self.drift(&entry, DriftClass::Missing, now);
        // What a purchase of ours won is said to be gone by those who look for it.
        let is_ours = matches!(entry.inventory.origin, Origin::Purchased { .. });
        if entry.inventory.state == HoldingState::Gone && !is_ours {
            drift.gone_at = Some(now);
        }
        Judged {
            drifts: vec![drift],
            resolves: vec![DriftClass::Appeared, DriftClass::Duplicate],
            version: Some(version),
            read,
            absorbs: false,
            entry,
        }
    }

    /// What the account holds under another id by now.
    pub(super) fn renamed(&self, before: Before, now: Timestamp) -> Judged {
        let mut judged = self.absent(before, now);
        judged.entry.inventory.state = HoldingState::Gone;
        judged.resolves.push(DriftClass::Missing);
        judged.drifts.clear();
        judged
    }

    /// An extension that its owner has instead of another one; nothing if it is a number, whose extension has changed.
    pub(super) fn renumbered(
        &self,
        was: &InventoryEntry,
        is: (InventoryEntry, i64),
        now: Timestamp,
    ) -> Option<Judged> {
        let (entry, version) = is;
        if entry.number.number.is_some() {
            return None;
        }
        let extension = |number: &Number| Value::from(number.extension.as_deref());
        let change = FieldChange {
            field: "extension".to_owned(),
            was: extension(&was.number),
            is: extension(&entry.number),
        };
        let reported = !self.account.watch.ignores(&change.field);
        let drift = reported.then(|| self.changed(&entry, change, now));
        Some(Judged {
            drifts: drift.into_iter().collect(),
            resolves: vec![DriftClass::Appeared],
            version: Some(version),
            read: true,
            absorbs: false,
            entry,
        })
    }

    /// The same number at another account that sells numbers.
    pub(super) fn duplicate(
        &self,
        entry: &InventoryEntry,
        other: &Number,
        now: Timestamp,
    ) -> Drift {
        let mut drift = self.drift(entry, DriftClass::Duplicate, now);
        drift.was = Some(Value::from(other.id.as_str()));
        drift
    }

    fn changed(&self, entry: &InventoryEntry, change: FieldChange, now: Timestamp) -> Drift {
        let class = match change.is_price() {
            true => DriftClass::PriceChanged,
            false => DriftClass::Changed,
        };
        Drift {
            field: Some(change.field),
            was: Some(change.was),
            is: Some(change.is),
            ..self.drift(entry, class, now)
        }
    }

    fn drift(&self, entry: &InventoryEntry, class: DriftClass, now: Timestamp) -> Drift {
        let number = &entry.number;
        Drift {
            id: DriftId::generate(now),
            tenant: entry.tenant.clone(),
            identity: entry.identity.clone(),
            class,
            account: number.account.clone(),
            number_id: number.id.clone(),
            number: number.number.clone().or_else(|| number.extension.clone()),
            field: None,
            was: None,
            is: None,
            author: DriftAuthor::Outside,
            since: now,
            gone_at: None,
            state: DriftState::Open,
            accepted_by: None,
            ended_at: None,
        }
    }

    /// The carrier's price, else what was agreed by the purchase that won it, else that of the carrier's list, else the
    /// configured one. `known` is the price that is remembered: one of the carrier's list stays while the list can't be had.
    pub(super) fn price(
        &self,
        number: &Number,
        known: Option<(Money, PriceSource)>,
        purchased: bool,
    ) -> Option<(Money, PriceSource)> {
        if let Some(price) = number.monthly_price {
            return Some((price, PriceSource::Carrier));
        }
        if purchased && known.is_some() {
            return known;
        }
        let list = number.country.and_then(|country| self.prices.get(&country));
        let list = list.map_or(&[][..], |list| list.as_slice());
        let now = prices::known(self.account, number.country, &number.number_type, list);
        let now = now.map(|(monthly, _, source)| (monthly, source));
        let is_listed = |price: &(Money, PriceSource)| price.1 == PriceSource::Carrier;
        known
            .filter(|known| is_listed(known) && !now.as_ref().is_some_and(is_listed))
            .or(now)
    }
}
