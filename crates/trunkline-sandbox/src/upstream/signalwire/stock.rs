//! What SignalWire has on sale: local and toll-free numbers of the United States and Canada.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use super::settings::Settings;
use super::state::{Owned, State};
use super::{Context, SignalWire};
use crate::carrier::{StockError, StockOrder};
use crate::world::Market;
use crate::world::stock::{NumberKind, StockNumber};

/// The countries it sells in.
pub(super) const COUNTRIES: [&str; 2] = ["US", "CA"];

/// Whether it sells such numbers at all.
pub(super) fn is_sold(number: &StockNumber) -> bool {
    COUNTRIES.contains(&number.country)
        && matches!(number.kind, NumberKind::Local | NumberKind::TollFree)
}

/// What is on sale of a kind, beginning with `prefix` in E.164 form.
pub(super) fn shelves<'a>(
    market: &'a Market,
    kind: NumberKind,
    prefix: &'a str,
) -> impl Iterator<Item = &'a Arc<StockNumber>> {
    COUNTRIES
        .into_iter()
        .flat_map(move |country| market.shelf(country, kind, prefix))
}

/// Refuses stock that could never be sold.
pub(super) fn check(order: &StockOrder) -> Result<(), StockError> {
    if !COUNTRIES.contains(&order.country.as_str()) {
        return Err(StockError {
            field: "country",
            message: "SignalWire sells numbers of US and CA only".to_owned(),
        });
    }
    match order.number_type.as_deref() {
        None | Some("local" | "toll_free") => Ok(()),
        Some(other) => Err(StockError {
            field: "type",
            message: format!("SignalWire sells local and toll_free numbers, not {other:?}"),
        }),
    }
}

/// Why a number is not sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotSold {
    /// The project has it already.
    Own,
    /// The project has as many as it may have.
    Full,
    /// The project has no money.
    Broke,
    /// It is not on sale, or not any more.
    Gone,
}

/// Why a number is not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotReleased {
    /// The project has no such number.
    Unknown,
    /// It has to be kept until then.
    Until(Timestamp),
}

impl SignalWire {
    /// Sells a number to a project.
    pub(super) fn sell(
        &self,
        state: &mut State,
        context: &Context<'_>,
        number: &str,
    ) -> Result<Arc<Owned>, NotSold> {
        let (project, visit) = (context.project, context.visit);
        match state.holders.get(number) {
            Some(holder) if *holder == project.id => return Err(NotSold::Own),
            Some(_) => return Err(NotSold::Gone),
            None => {}
        }
        if state.numbers.of(project.id).count() >= project.number_limit() {
            return Err(NotSold::Full);
        }
        if project.broke {
            return Err(NotSold::Broke);
        }
        if !state.market.on_sale(number).is_some_and(|n| is_sold(n)) {
            return Err(NotSold::Gone);
        }
        let now = self.clock.now();
        let number = state
            .market
            .sell(number, project.id, visit.stamp(now))
            .ok_or(NotSold::Gone)?;
        let reuse = visit.settings.reuse_ids;
        let id = state.ids.give(&number.number, reuse, || self.new_id());
        let written = self.clock.record(now);
        let owned = Arc::new(Owned {
            id,
            project: project.id,
            settings: Settings::fresh(),
            calling_resource: None,
            emergency: None,
            since: now,
            created: written,
            updated: written,
            number,
        });
        state
            .holders
            .insert(owned.number.number.clone(), project.id);
        state.numbers.insert(Arc::clone(&owned));
        Ok(owned)
    }

    /// Takes a number back, with its memberships in groups.
    pub(super) fn take_back(
        &self,
        state: &mut State,
        context: &Context<'_>,
        id: &str,
    ) -> Result<(), NotReleased> {
        let (project, visit) = (context.project, context.visit);
        let owned = state
            .numbers
            .get(project.id, id)
            .filter(|owned| visit.finds(owned.since, self.clock.now()))
            .map(Arc::clone)
            .ok_or(NotReleased::Unknown)?;
        let now = self.clock.now();
        // To the second, as the refusal says it.
        let free = Timestamp::from_second(owned.since.as_second())
            .and_then(|created| created.checked_add((project.kept_days() * 24).hours()))
            .unwrap_or(Timestamp::MAX);
        // The vendor's own people can take a number back at any time.
        if now < free && visit.by.is_none() {
            return Err(NotReleased::Until(free));
        }
        state.numbers.retire(id, now);
        state.holders.remove(&owned.number.number);
        state.leave_groups(id);
        let resell = visit.settings.resell_released;
        state
            .market
            .take_back(&owned.number.number, visit.stamp(now), resell);
        Ok(())
    }
}
