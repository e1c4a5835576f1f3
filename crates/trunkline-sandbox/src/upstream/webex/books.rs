//! The books, and the stock: what the control port shows and sets.

use std::collections::btree_map::Entry;

use jiff::Timestamp;

use super::ids::Org;
use super::plan;
use super::state::{Number, State};
use crate::carrier::StockOrder;
use crate::error::PlanError;
use crate::ledger::{Ledger, OwnedEntry, dollars};
use crate::provider::ProviderKind;

/// What is written down in all organizations. Nothing here was bought or costs anything at Webex.
pub(super) fn ledger(state: &State) -> Ledger {
    let entry = |(text, number): (&String, &Number)| OwnedEntry {
        number: text.clone(),
        account: state.org_of(number).unwrap_or(Org::Own).id(),
        since: number.since,
        monthly_price: dollars(0),
        by: number.by,
    };
    let mut owned: Vec<_> = state.numbers.iter().map(entry).collect();
    owned.sort_by(|a, b| (a.since, &a.number).cmp(&(b.since, &b.number)));
    Ledger {
        owned,
        releases: state.releases.clone(),
        ..Ledger::default()
    }
}

/// Makes the first location of a country have so many unassigned numbers of an area code, its main number aside.
pub(super) fn set_stock(
    state: &mut State,
    order: &StockOrder,
    now: Timestamp,
) -> Result<usize, PlanError> {
    let block = state.market.block(order)?;
    let location = state
        .locations
        .iter()
        .find(|location| location.org == Org::Own && location.country == block.country)
        .ok_or_else(|| {
            let message = format!("there is no location in {}", block.country);
            PlanError::new("country", message)
        })?;
    let (uuid, main) = (location.uuid, location.main.clone());
    let prefix = block.prefix(ProviderKind::Webex);
    let free = state.numbers.iter().filter(|(text, number)| {
        text.starts_with(&prefix)
            && number.location == uuid
            && number.owner.is_none()
            && main.as_ref() != Some(text)
    });
    let free: Vec<_> = free.map(|(text, _)| text.clone()).collect();
    for surplus in free.iter().skip(order.count) {
        state.numbers.remove(surplus);
    }
    let mut kept = free.len().min(order.count);
    for index in 0..block.capacity() {
        if kept == order.count {
            break;
        }
        let text = block.number(ProviderKind::Webex, index).number;
        let toll_free = plan::is_toll_free(&text);
        if let Entry::Vacant(vacant) = state.numbers.entry(text) {
            vacant.insert(Number {
                toll_free,
                ..Number::unassigned(uuid, now)
            });
            kept += 1;
        }
    }
    Ok(kept)
}
