//! The rows of the inventory in memory.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::inventory::{
    Acceptance, Inside, Judged, Kept, Known, Reading, ReadingEnd, Shelf, ShelfState, SortedAfter,
    SummaryRow, Touch, digest, document, place_of, rename,
};
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_core::inventory::{
    Drift, DriftClass, DriftState, HoldingState, InventoryEntry, InventoryQuery, Origin, SummaryBy,
    SyncProgress,
};
use trunkline_core::model::{AccountName, DriftId, Money, SyncId};

/// What is kept of accounts and their numbers.
#[derive(Clone, Debug)]
pub(in crate::memory) struct Shelves {
    shelves: BTreeMap<String, ShelfRow>,
    pub(super) rows: BTreeMap<(String, String), Row>,
    pub(super) touches: HashMap<(String, String), (Timestamp, bool)>,
    /// Each with whether an event has told of it.
    drifts: BTreeMap<DriftId, (Drift, bool)>,
    pub(super) syncs: HashMap<SyncId, SyncProgress>,
    places: i64,
    /// The clock, which follows that of tokio.
    began: (Instant, Timestamp),
}

#[derive(Clone, Debug)]
struct ShelfRow {
    shelf: Shelf,
    as_of: Option<Timestamp>,
    ended: Option<Timestamp>,
    error: Option<String>,
    reading: Option<SyncId>,
    /// Since when no account is named so.
    hidden: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) entry: InventoryEntry,
    pub(super) version: i64,
    pub(super) read: bool,
    pub(super) place: i64,
    digest: i64,
}

impl Default for Shelves {
    fn default() -> Self {
        Self {
            shelves: BTreeMap::new(),
            rows: BTreeMap::new(),
            touches: HashMap::new(),
            drifts: BTreeMap::new(),
            syncs: HashMap::new(),
            places: 0,
            began: (Instant::now(), host::now()),
        }
    }
}

fn key(identity: &str, provider_id: &str) -> (String, String) {
    (identity.to_owned(), provider_id.to_owned())
}

fn is_remembered(row: &Row) -> bool {
    row.entry.inventory.state != HoldingState::Gone
}

impl Row {
    fn known(&self) -> Known {
        let holding = &self.entry.inventory;
        Known {
            price: holding.monthly_price.map(|it| (it, holding.price_source)),
            purchased: matches!(holding.origin, Origin::Purchased { .. }),
            provider_id: self.entry.number.provider_id.clone(),
            digest: self.digest,
            state: holding.state,
            read: self.read,
            version: self.version,
        }
    }
}

impl Shelves {
    pub(super) fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.began.0.elapsed()).unwrap_or_default();
        self.began.1.saturating_add(elapsed).unwrap_or(self.began.1)
    }

    fn of<'a>(&'a self, identity: &str) -> impl Iterator<Item = &'a Row> + use<'a> {
        let identity = identity.to_owned();
        let from = key(&identity, "");
        let rows = self.rows.range(from..);
        rows.take_while(move |((of, _), _)| *of == identity)
            .map(|(_, row)| row)
    }

    /// The name that an identity's account has now.
    pub(in crate::memory) fn name(&self, identity: &str) -> Option<&AccountName> {
        let row = self.shelves.get(identity);
        row.map(|row| &row.shelf.account)
    }

    /// Accounts that get another name: the one they had, and who they are now.
    pub(super) fn new_names(&self, shelves: &[Shelf]) -> Vec<(AccountName, Shelf)> {
        let mut names = Vec::new();
        for new in shelves {
            let old = self.shelves.get(&new.identity);
            let Some(row) = old.filter(|row| row.shelf.account != new.account) else {
                continue;
            };
            let old = &row.shelf.account;
            // The name of an account that was away may have been another's since.
            let is_other = |row: &ShelfRow| row.shelf.account == *old && row.hidden.is_none();
            if row.hidden.is_none() || !self.shelves.values().any(is_other) {
                names.push((old.clone(), new.clone()));
            }
        }
        names
    }

    pub(super) fn shelve(&mut self, shelves: &[Shelf], forget_after: Duration) -> Result<()> {
        let now = self.now();
        for row in self.shelves.values_mut() {
            row.hidden = row.hidden.or(Some(now));
        }
        for shelf in shelves {
            let row = self.shelf(shelf);
            row.hidden = None;
            if row.shelf == *shelf {
                continue;
            }
            row.shelf.clone_from(shelf);
            let rows = self
                .rows
                .iter_mut()
                .filter(|((identity, _), _)| *identity == shelf.identity);
            for (_, row) in rows {
                row.entry.tenant.clone_from(&shelf.tenant);
                rename(&mut row.entry, &shelf.account, &shelf.provider)?;
            }
            let drifts = self
                .drifts
                .values_mut()
                .filter(|(drift, _)| drift.identity == shelf.identity);
            for (drift, _) in drifts {
                drift.tenant.clone_from(&shelf.tenant);
                drift.account.clone_from(&shelf.account);
                let id = drift.number_id.provider_id();
                drift.number_id = trunkline_core::model::NumberId::of(&shelf.account, id)?;
            }
        }
        let is_over = |row: &ShelfRow| {
            let hidden = row.hidden.map(|hidden| now.duration_since(hidden));
            hidden.is_some_and(|hidden| {
                hidden >= SignedDuration::try_from(forget_after).unwrap_or(SignedDuration::MAX)
            })
        };
        let over: Vec<String> = self
            .shelves
            .iter()
            .filter(|(_, row)| is_over(row))
            .map(|(identity, _)| identity.clone())
            .collect();
        for identity in over {
            self.shelves.remove(&identity);
            self.rows.retain(|(of, _), _| *of != identity);
            self.drifts
                .retain(|_, (drift, _)| drift.identity != identity);
        }
        Ok(())
    }

    fn shelf(&mut self, shelf: &Shelf) -> &mut ShelfRow {
        let new = || ShelfRow {
            shelf: shelf.clone(),
            as_of: None,
            ended: None,
            error: None,
            reading: None,
            hidden: None,
        };
        self.shelves
            .entry(shelf.identity.clone())
            .or_insert_with(new)
    }

    pub(super) fn states(&self, identities: &[String]) -> Vec<ShelfState> {
        let now = self.now();
        let found = identities
            .iter()
            .filter_map(|identity| self.shelves.get(identity));
        found
            .map(|row| ShelfState {
                shelf: row.shelf.clone(),
                as_of: row.as_of,
                ended_ago: row
                    .ended
                    .map(|ended| now.duration_since(ended).unsigned_abs()),
                error: row.error.clone(),
            })
            .collect()
    }

    pub(super) fn begin(&mut self, shelf: &Shelf, id: &SyncId, settle: Duration) -> Reading {
        let mark = self.now();
        let row = self.shelf(shelf);
        row.reading = Some(id.clone());
        let baseline = row.as_of.is_none();
        let held = self
            .of(&shelf.identity)
            .filter(|row| is_remembered(row))
            .count() as u64;
        Reading {
            shelf: shelf.clone(),
            id: id.clone(),
            mark,
            settle,
            baseline,
            held,
        }
    }

    fn is_current(&self, reading: &Reading) -> bool {
        let row = self.shelves.get(&reading.shelf.identity);
        row.is_some_and(|row| row.reading.as_ref() == Some(&reading.id))
    }

    pub(super) fn known(&self, identity: &str, ids: &[String]) -> Vec<Known> {
        let found = ids
            .iter()
            .filter_map(|id| self.rows.get(&key(identity, id)));
        found.map(Row::known).collect()
    }

    pub(in crate::memory) fn entries(
        &self,
        identity: &str,
        ids: &[String],
    ) -> Vec<(InventoryEntry, i64)> {
        let found = ids
            .iter()
            .filter_map(|id| self.rows.get(&key(identity, id)));
        found.map(|row| (self.shown(row), row.version)).collect()
    }

    /// A record with the time at which it was last seen: held numbers were by the last complete reading.
    fn shown(&self, row: &Row) -> InventoryEntry {
        let mut entry = row.entry.clone();
        let shelf = self.shelves.get(&entry.identity);
        let as_of = shelf.and_then(|shelf| shelf.as_of);
        if let (HoldingState::Held, Some(as_of)) = (entry.inventory.state, as_of) {
            entry.inventory.last_seen_at = entry.inventory.last_seen_at.max(as_of);
        }
        entry
    }

    pub(super) fn remembered(
        &self,
        identity: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<Known> {
        let rows = self
            .of(identity)
            .filter(|row| is_remembered(row))
            .map(Row::known);
        let rest = rows.filter(|row| after.is_none_or(|after| row.provider_id.as_str() > after));
        rest.take(limit).collect()
    }

    fn touch(&self, reading: &Reading, key: &str) -> Option<Touch> {
        let at = (reading.shelf.identity.clone(), key.to_owned());
        let (at, open) = *self.touches.get(&at)?;
        let settle = SignedDuration::try_from(reading.settle).unwrap_or_default();
        let recent = at
            .saturating_add(settle)
            .is_ok_and(|until| until >= reading.mark);
        (open || recent).then(|| Touch {
            key: key.to_owned(),
            open,
            recent,
        })
    }

    pub(super) fn touched(&self, reading: &Reading, keys: &[String]) -> Vec<Touch> {
        keys.iter()
            .filter_map(|key| self.touch(reading, key))
            .collect()
    }

    pub(super) fn keep(&mut self, reading: &Reading, rows: &[Judged]) -> Result<Kept> {
        if !self.is_current(reading) {
            return Ok(Kept::Superseded);
        }
        let mut written = Vec::new();
        for judged in rows {
            let number = &judged.entry.number;
            let keys = [Some(&number.provider_id), number.number.as_ref()]
                .into_iter()
                .flatten();
            let mut touches = keys.clone().filter_map(|key| self.touch(reading, key));
            let at = key(&reading.shelf.identity, &number.provider_id);
            let version = self.rows.get(&at).map(|row| row.version);
            if touches.any(|touch| touch.recent) || version != judged.version {
                continue;
            }
            if judged.absorbs {
                for key in keys {
                    self.touches
                        .remove(&(reading.shelf.identity.clone(), key.clone()));
                }
            }
            written.push(number.provider_id.clone());
            self.put(judged.entry.clone(), judged.read)?;
            self.resolve(&judged.entry, &judged.resolves);
            for drift in &judged.drifts {
                self.keep_drift(drift);
            }
        }
        Ok(Kept::Written(written))
    }

    /// Writes a record.
    pub(super) fn put(&mut self, entry: InventoryEntry, read: bool) -> Result<()> {
        let at = key(&entry.identity, &entry.number.provider_id);
        let before = self.rows.get(&at).map(|row| (row.version, row.place));
        let (version, place) = before.unwrap_or_else(|| {
            self.places += 1;
            (0, self.places)
        });
        let row = Row {
            digest: digest(&document(&entry.number)?),
            version: version + 1,
            entry,
            read,
            place,
        };
        self.rows.insert(at, row);
        Ok(())
    }

    /// Ends the open drifts of these classes of a number.
    fn resolve(&mut self, entry: &InventoryEntry, classes: &[DriftClass]) {
        let drifts = self.drifts.values_mut().map(|(drift, _)| drift);
        let of_it = drifts.filter(|drift| {
            (&drift.identity, drift.provider_id()) == (&entry.identity, &entry.number.provider_id)
                && drift.state == DriftState::Open
                && classes.contains(&drift.class)
        });
        for drift in of_it {
            drift.state = DriftState::Resolved;
            drift.ended_at = Some(entry.inventory.changed_at);
        }
    }

    fn keep_drift(&mut self, new: &Drift) {
        let mut open = self.drifts.values_mut();
        let same = open.find(|(old, _)| old.state == DriftState::Open && old.is_about_same(new));
        match same {
            Some((old, told)) => {
                let moved = old.moved_to(new);
                *told &= moved.gone_at == old.gone_at && moved.is == old.is;
                *old = moved;
            }
            None => {
                self.drifts.insert(new.id.clone(), (new.clone(), false));
            }
        }
    }

    /// Ends a reading, and gives the drifts that no event has told of; `None` if another has begun.
    pub(super) fn end(&mut self, reading: &Reading, end: &ReadingEnd) -> Option<Vec<Drift>> {
        if !self.is_current(reading) {
            return None;
        }
        let now = self.now();
        let row = self.shelf(&reading.shelf);
        row.ended = Some(now);
        row.reading = None;
        row.error = end.told();
        if matches!(end, ReadingEnd::Complete) {
            row.as_of = Some(reading.mark);
        }
        let identity = &reading.shelf.identity;
        self.touches.retain(|(of, _), (at, open)| {
            let kept = SignedDuration::try_from(reading.settle * 2).unwrap_or_default();
            of != identity || *open || reading.mark.duration_since(*at) <= kept
        });
        let mut news = Vec::new();
        for (drift, told) in self
            .drifts
            .values_mut()
            .filter(|(drift, _)| drift.identity == *identity)
        {
            if !std::mem::replace(told, true) && drift.state == DriftState::Open {
                news.push(drift.clone());
            }
        }
        Some(news)
    }

    pub(super) fn fitting<'a>(
        &'a self,
        inside: &'a Inside,
        query: &'a InventoryQuery,
    ) -> impl Iterator<Item = &'a Row> {
        self.rows.values().filter(move |row| {
            let entry = &row.entry;
            entry.tenant == inside.tenant
                && inside.identities.contains(&entry.identity)
                && entry.fits(query)
        })
    }

    pub(super) fn list(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        after: Option<&SortedAfter>,
    ) -> Vec<(InventoryEntry, SortedAfter)> {
        let placed = |row: &Row| (row.clone(), place_of(&row.entry, query.sort, row.place));
        let mut rows: Vec<_> = self.fitting(inside, query).map(placed).collect();
        let order = |one: &SortedAfter, other: &SortedAfter| {
            let key = |it: &SortedAfter| (it.text.clone(), it.under.clone(), it.integer, it.place);
            let order = key(one).cmp(&key(other));
            let order = if query.descending {
                order.reverse()
            } else {
                order
            };
            let last = |it: &SortedAfter| it.is_without_value();
            last(one).cmp(&last(other)).then(order)
        };
        rows.sort_by(|(_, one), (_, other)| order(one, other));
        rows.retain(|(_, at)| after.is_none_or(|after| order(at, after).is_gt()));
        rows.truncate(query.limit);
        rows.into_iter()
            .map(|(row, at)| (self.shown(&row), at))
            .collect()
    }

    pub(super) fn summarize(
        &self,
        inside: &Inside,
        query: &InventoryQuery,
        by: &[SummaryBy],
    ) -> Vec<SummaryRow> {
        let mut rows: Vec<SummaryRow> = Vec::new();
        for row in self.fitting(inside, query) {
            for values in values_of(&row.entry, by) {
                add(&mut rows, &row.entry, values);
            }
        }
        rows.sort_by(|one, other| one.by.cmp(&other.by));
        rows
    }

    pub(super) fn drifts_of<'a>(
        &'a self,
        inside: &'a Inside,
    ) -> impl DoubleEndedIterator<Item = &'a Drift> {
        self.drifts
            .values()
            .map(|(drift, _)| drift)
            .filter(move |drift| {
                drift.tenant == inside.tenant && inside.identities.contains(&drift.identity)
            })
    }

    pub(super) fn accept(
        &mut self,
        inside: &Inside,
        ids: &[DriftId],
        acceptance: &Acceptance,
    ) -> Vec<DriftId> {
        let mut accepted = Vec::new();
        for id in ids {
            let Some((drift, _)) = self.drifts.get_mut(id) else {
                continue;
            };
            let seen = drift.tenant == inside.tenant && inside.identities.contains(&drift.identity);
            if seen && drift.state == DriftState::Open {
                drift.state = DriftState::Accepted;
                drift.accepted_by = Some(acceptance.by.clone());
                drift.ended_at = Some(acceptance.at);
                accepted.push(id.clone());
            }
        }
        accepted
    }

    pub(super) fn open_drifts(&self) -> Vec<(String, DriftClass, u64)> {
        let mut counts: BTreeMap<(String, DriftClass), u64> = BTreeMap::new();
        let drifts = self.drifts.values().map(|(drift, _)| drift);
        for drift in drifts.filter(|drift| drift.state == DriftState::Open) {
            *counts
                .entry((drift.identity.clone(), drift.class))
                .or_default() += 1;
        }
        counts
            .into_iter()
            .map(|((identity, class), count)| (identity, class, count))
            .collect()
    }
}

/// The values that a number counts under: one set, or one for each of its tags.
fn values_of(entry: &InventoryEntry, by: &[SummaryBy]) -> Vec<Vec<Option<String>>> {
    let number = &entry.number;
    let mut tags: Vec<Option<String>> = number.tags.iter().cloned().map(Some).collect();
    tags.sort();
    tags.dedup();
    if tags.is_empty() || !by.contains(&SummaryBy::Tag) {
        tags = vec![None];
    }
    let value = |by: &SummaryBy, tag: &Option<String>| match by {
        SummaryBy::Account => Some(number.account.to_string()),
        SummaryBy::Provider => Some(number.provider.to_string()),
        SummaryBy::Country => number.country.map(|country| country.to_string()),
        SummaryBy::Type => Some(number.number_type.to_string()),
        SummaryBy::Month => number
            .purchased_at
            .map(|at| at.strftime("%Y-%m").to_string()),
        SummaryBy::Tag => tag.clone(),
    };
    tags.iter()
        .map(|tag| by.iter().map(|by| value(by, tag)).collect())
        .collect()
}

fn add(rows: &mut Vec<SummaryRow>, entry: &InventoryEntry, by: Vec<Option<String>>) {
    let (price, source) = (entry.inventory.monthly_price, entry.inventory.price_source);
    let currency = |money: Option<Money>| money.map(|money| money.currency);
    let same = |row: &&mut SummaryRow| {
        row.by == by && row.source == source && currency(row.monthly) == currency(price)
    };
    match rows.iter_mut().find(same) {
        Some(row) => {
            row.count += 1;
            if let (Some(sum), Some(price)) = (&mut row.monthly, price) {
                sum.amount += price.amount;
            }
        }
        None => rows.push(SummaryRow {
            by,
            count: 1,
            monthly: price,
            source,
        }),
    }
}
