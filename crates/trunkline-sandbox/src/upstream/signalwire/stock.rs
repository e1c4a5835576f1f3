//! What SignalWire has on sale: local and toll-free numbers of the United States and Canada.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use super::settings::Settings;
use super::state::{COUNTRIES, Context, Owned, SignalWire, State};
use crate::world::Market;
use crate::world::stock::{NumberKind, StockNumber};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotSold {
    Own,
    Full,
    Broke,
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
    pub(super) fn sell(
        &self,
        state: &mut State,
        context: &Context<'_>,
        number: &str,
    ) -> Result<Arc<Owned>, NotSold> {
        let (project, visit) = (context.caller, context.visit);
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
        let sold = state.market.sell(number, project.id, visit.stamp(now));
        let number = sold.ok_or(NotSold::Gone)?;
        let reuse = visit.settings.reuse_ids;
        let written = self.clock.record(now);
        let text = number.number.clone();
        state.holders.insert(text.clone(), project.id);
        let id = state.ids.give(&text, reuse, || self.new_id());
        Ok(state.numbers.insert(Owned {
            id,
            project,
            settings: Settings::fresh(),
            calling_resource: None,
            emergency: None,
            since: now,
            created: written,
            updated: written,
            number,
        }))
    }

    /// Takes back the number that the path names, with its memberships in groups.
    pub(super) fn take_back(&self, context: &Context<'_>) -> Result<(), NotReleased> {
        let (id, visit) = (context.id(), context.visit);
        let mut state = self.lock();
        let owned = self.held(&state, context, id).cloned();
        let owned = owned.ok_or(NotReleased::Unknown)?;
        let now = self.clock.now();
        // To the second, as the refusal says it.
        let kept = (context.caller.kept_days() * 24).hours();
        let free = Timestamp::from_second(owned.since.as_second())
            .and_then(|created| created.checked_add(kept))
            .unwrap_or(Timestamp::MAX);
        // The vendor's own people can take a number back at any time.
        if now < free && visit.by.is_none() {
            return Err(NotReleased::Until(free));
        }
        let number = &owned.number.number;
        state.numbers.retire(id, now);
        state.holders.remove(number);
        state.leave_groups(id);
        let resell = visit.settings.resell_released;
        state.market.take_back(number, visit.stamp(now), resell);
        Ok(())
    }
}
