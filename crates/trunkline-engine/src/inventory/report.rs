//! What can be said of the inventory as a whole, and of one number in it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::service::{Inventory, inside};
use super::store::SummaryRow;
use trunkline_core::capability::Operation;
use trunkline_core::error::Result;
use trunkline_core::inventory::{
    Difference, HoldingState, InventoryEntry, InventoryQuery, InventoryReport, Origin, Place,
    PlaceKind, PlacedValue, SummaryBy, SummaryFigures, SummaryGroup, WhereAbouts,
};
use trunkline_core::model::{Caller, E164, Money, Number};

impl Inventory {
    /// How many numbers are held, and what they cost a month, in all and by these values. Order, `limit`, `cursor` and
    /// `count` of the query are not read. No carrier is asked.
    ///
    /// # Errors
    /// As [`Inventory::list`].
    pub async fn summary(
        &self,
        caller: &Caller,
        query: &InventoryQuery,
        by: &[SummaryBy],
    ) -> Result<InventoryReport> {
        let query = InventoryQuery {
            limit: 1,
            ..query.clone()
        };
        query.validate()?;
        let entries = self.entries(caller, &query.accounts, query.provider.as_deref())?;
        let seen = inside(caller, &entries);
        // A number counts once in all, however many tags it has.
        let rows = self.store.summarize(&seen, &query, by).await?;
        let total = match by.contains(&SummaryBy::Tag) {
            true => figures(&self.store.summarize(&seen, &query, &[]).await?),
            false => figures(&rows),
        };
        Ok(InventoryReport {
            total,
            groups: groups(by, &rows),
            sources: self.sources(&entries).await?,
        })
    }

    /// Every account of the caller's that has a number, or had it, and what disagrees between them. No carrier is asked.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn where_is(&self, caller: &Caller, number: &E164) -> Result<WhereAbouts> {
        let mut found = self.holders(caller, number).await?;
        found.sort_by(|one, other| one.number.id.cmp(&other.number.id));
        let places: Vec<Place> = found.iter().map(|entry| self.place(entry)).collect();
        let entries = self.entries(caller, &[], None)?;
        Ok(WhereAbouts {
            number: *number,
            differences: differences(&found, &places),
            places,
            sources: self.sources(&entries).await?,
        })
    }

    fn place(&self, entry: &InventoryEntry) -> Place {
        let number = &entry.number;
        let account = self.registry.get(number.account.as_str());
        let sells =
            account.is_some_and(|it| it.provider.capability().supports(Operation::Purchase));
        let kind = match &entry.inventory.origin {
            _ if number.external => PlaceKind::External,
            Origin::Purchased { .. } => PlaceKind::Bought,
            Origin::Registered => PlaceKind::Registered,
            Origin::Found if sells => PlaceKind::Bought,
            Origin::Found => PlaceKind::Registered,
        };
        Place {
            account: number.account.clone(),
            provider: number.provider.clone(),
            number_id: number.id.clone(),
            kind,
            main: number.main,
            state: entry.inventory.state,
            label: number.label.clone(),
            last_seen_at: entry.inventory.last_seen_at,
        }
    }
}

/// What disagrees between the places of a number.
fn differences(found: &[InventoryEntry], places: &[Place]) -> Vec<Difference> {
    let is_held = |place: &&Place| place.state == HoldingState::Held;
    let held: Vec<&Place> = places.iter().filter(is_held).collect();
    let numbers: Vec<&Number> = found
        .iter()
        .filter(|entry| entry.inventory.state == HoldingState::Held)
        .map(|entry| &entry.number)
        .collect();
    let mut differences = Vec::new();
    if let Some(values) = unlike(&numbers, |number| Some(number.label.clone()?.into())) {
        differences.push(Difference::Label { values });
    }
    let voice = |number: &Number| {
        let routed = !number.voice.is_none();
        routed.then(|| serde_json::to_value(&number.voice).unwrap_or_default())
    };
    if let Some(values) = unlike(&numbers, voice) {
        differences.push(Difference::Voice { values });
    }
    let bought = held
        .iter()
        .filter(|place| place.kind == PlaceKind::Bought)
        .count();
    if bought > 1 {
        differences.push(Difference::HeldTwice);
    }
    let released = places
        .iter()
        .filter(|place| place.state == HoldingState::Gone && place.kind == PlaceKind::Bought);
    if bought == 0 && held.iter().any(|place| place.kind == PlaceKind::Registered) {
        let mut released = released.peekable();
        if released.peek().is_none() {
            differences.push(Difference::RegisteredButHeldNowhere);
        }
        differences.extend(released.map(|place| Difference::HeldButReleased {
            number_id: place.number_id.clone(),
        }));
    }
    differences
}

/// The values of numbers, if those that have one do not all have the same.
fn unlike(
    numbers: &[&Number],
    value: impl Fn(&Number) -> Option<serde_json::Value>,
) -> Option<Vec<PlacedValue>> {
    let placed = numbers.iter().filter_map(|number| {
        Some(PlacedValue {
            number_id: number.id.clone(),
            value: value(number)?,
        })
    });
    let placed: Vec<PlacedValue> = placed.collect();
    let first = placed.first()?.value.clone();
    placed.iter().any(|it| it.value != first).then_some(placed)
}

fn figures(rows: &[SummaryRow]) -> SummaryFigures {
    let mut figures = SummaryFigures::default();
    for row in rows {
        add(&mut figures, row);
    }
    figures
}

fn add(figures: &mut SummaryFigures, row: &SummaryRow) {
    figures.count += row.count;
    figures.prices.add(row.source, row.count);
    let Some(monthly) = row.monthly else { return };
    let same = |sum: &&mut Money| sum.currency == monthly.currency;
    match figures.monthly.iter_mut().find(same) {
        Some(sum) => sum.amount = sum.amount.saturating_add(monthly.amount),
        None => figures.monthly.push(Money {
            amount: monthly.amount.max(Decimal::ZERO),
            ..monthly
        }),
    }
    figures.monthly.sort_by_key(|sum| sum.currency.code());
}

fn groups(by: &[SummaryBy], rows: &[SummaryRow]) -> Vec<SummaryGroup> {
    if by.is_empty() {
        return Vec::new();
    }
    let mut groups: BTreeMap<&Vec<Option<String>>, SummaryFigures> = BTreeMap::new();
    for row in rows {
        add(groups.entry(&row.by).or_default(), row);
    }
    let names = || by.iter().map(|by| by.as_str().to_owned());
    let group = |(values, figures): (&Vec<Option<String>>, SummaryFigures)| SummaryGroup {
        by: names().zip(values.iter().cloned()).collect(),
        figures,
    };
    groups.into_iter().map(group).collect()
}
