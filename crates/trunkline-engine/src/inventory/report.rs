//! What can be said of the inventory as a whole, and of one number in it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::service::{Inventory, inside};
use super::store::SummaryRow;
use crate::action::now;
use trunkline_core::capability::Operation;
use trunkline_core::error::Result;
use trunkline_core::inventory::{
    Difference, HoldingState, InventoryEntry, InventoryQuery, InventoryReport, InventorySource,
    Origin, Place, PlaceKind, PlacedValue, SummaryBy, SummaryFigures, SummaryGroup, WhereAbouts,
};
use trunkline_core::model::{Caller, CallerIdState, E164, Money, Number, NumberId};

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
        let mut places: Vec<Place> = found.iter().map(|entry| self.place(entry)).collect();
        let differences = differences(&found, &places);
        let entries = self.entries(caller, &[], None)?;
        let sources = self.sources(&entries).await?;
        let shown = self.shown_as_caller(caller, number, &sources).await?;
        places.extend(shown);
        places.sort_by(|one, other| one.number_id.cmp(&other.number_id));
        Ok(WhereAbouts {
            number: *number,
            differences,
            places,
            sources,
        })
    }

    /// The accounts that have a number as a verified caller ID.
    async fn shown_as_caller(
        &self,
        caller: &Caller,
        number: &E164,
        sources: &[InventorySource],
    ) -> Result<Vec<Place>> {
        let id = |source: &InventorySource| format!("{}:{number}", source.account);
        let ids: Vec<String> = sources.iter().map(id).collect();
        let mut places = Vec::new();
        for record in self.store.caller_ids(&ids).await? {
            let known = record.caller_id;
            let source = sources.iter().find(|it| it.account == known.account);
            let is_verified = known.state == CallerIdState::Verified;
            let (Some(source), true) = (source, is_verified && record.tenant == caller.tenant)
            else {
                continue;
            };
            places.push(Place {
                number_id: NumberId::new(known.id)?,
                account: known.account,
                provider: source.provider.clone(),
                kind: PlaceKind::VerifiedCallerId,
                main: false,
                state: HoldingState::Held,
                label: known.label,
                last_seen_at: source.as_of.or(known.verified_at).unwrap_or_else(now),
            });
        }
        Ok(places)
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

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_core::inventory::Holding;
    use trunkline_core::model::{PriceSource, ProviderName, Tenant};

    fn entry(account: &str, origin: Origin, state: HoldingState) -> InventoryEntry {
        let e164 = "+14155550100".parse().unwrap();
        let (account, provider) = (account.parse().unwrap(), ProviderName::new("scripted"));
        let at = now();
        InventoryEntry {
            tenant: Tenant::default(),
            identity: String::new(),
            number: Number::new(account, provider, "PN1".to_owned(), e164).unwrap(),
            inventory: Holding {
                state,
                origin,
                first_seen_at: at,
                last_seen_at: at,
                changed_at: at,
                monthly_price: None,
                price_source: PriceSource::Unknown,
            },
        }
    }

    /// The differences between the accounts that have a number as this.
    fn found(entries: &[(InventoryEntry, PlaceKind)]) -> Vec<Difference> {
        let place = |(entry, kind): &(InventoryEntry, PlaceKind)| Place {
            account: entry.number.account.clone(),
            provider: entry.number.provider.clone(),
            number_id: entry.number.id.clone(),
            kind: *kind,
            main: false,
            state: entry.inventory.state,
            label: None,
            last_seen_at: entry.inventory.last_seen_at,
        };
        let places: Vec<Place> = entries.iter().map(place).collect();
        let found: Vec<InventoryEntry> = entries.iter().map(|it| it.0.clone()).collect();
        differences(&found, &places)
    }

    #[test]
    fn registered_number_that_nobody_holds_or_that_was_given_back_is_told_of() {
        let registered = entry("office", Origin::Registered, HoldingState::Held);
        let registered = (registered, PlaceKind::Registered);
        let bought = |state| (entry("us-main", Origin::Found, state), PlaceKind::Bought);
        let alone = found(std::slice::from_ref(&registered));
        assert_eq!(alone, [Difference::RegisteredButHeldNowhere]);
        assert_eq!(found(&[registered.clone(), bought(HoldingState::Held)]), []);
        let released = found(&[registered, bought(HoldingState::Gone)]);
        let number_id = "us-main:PN1".parse().unwrap();
        assert_eq!(released, [Difference::HeldButReleased { number_id }]);
    }

    #[test]
    fn different_routes_of_a_number_are_told_of() {
        let mut held = ["office", "us-main"].map(|account| {
            let held = entry(account, Origin::Registered, HoldingState::Held);
            (held, PlaceKind::External)
        });
        let trunk = |id: &str| trunkline_core::model::Routing::Trunk { id: id.to_owned() };
        held[0].0.number.voice = trunk("TK1");
        assert_eq!(found(&held), [], "one of them says nothing");
        held[1].0.number.voice = trunk("TK2");
        assert!(matches!(&found(&held)[..], [Difference::Voice { values }] if values.len() == 2));
    }
}
