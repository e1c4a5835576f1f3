//! Searching in Twilio's words. Filters by feature and address are taken and ignored.

use std::sync::Arc;

use super::super::state::{COUNTRIES, Context, SignalWire};
use super::super::stock::shelves;
use super::error::{LamlError, Result, refuse, unknown};
use super::page;
use super::wire::available;
use crate::exchange::Answer;
use crate::json::object;
use crate::text::{is_digits, key};
use crate::world::stock::{NumberKind, StockNumber};

/// The area codes of toll-free numbers.
const TOLL_FREE: [&str; 8] = ["800", "822", "833", "844", "855", "866", "877", "888"];

impl SignalWire {
    pub(super) fn search_laml(&self, context: &Context<'_>) -> Result<Answer> {
        let country = context.arg(1);
        if !COUNTRIES.contains(&country) {
            return Err(unknown());
        }
        let params = context.query();
        let size = page::wanted(&params)?.size;
        let area = params.filled("AreaCode").unwrap_or_default();
        if !area.is_empty() && (area.len() != 3 || !is_digits(area)) {
            return refuse("21451", "AreaCode is not valid");
        }
        let (region, locality) = (params.filled("InRegion"), params.filled("InLocality"));
        if locality.is_some() && region.is_none() {
            return refuse("10000", "InLocality needs InRegion");
        }
        // Letters stand for the keys they are on; there are no wildcards.
        let pattern = params.filled("Contains").unwrap_or_default();
        let pattern: Option<String> = pattern.chars().map(key).collect();
        let pattern =
            pattern.ok_or_else(|| LamlError::bad("10000", "Contains must be alphanumeric"))?;
        // Asked for toll-free numbers of a local area code, the real one answered with local numbers.
        let toll_free = context.arg(2) == "TollFree";
        let kind = match toll_free && (area.is_empty() || TOLL_FREE.contains(&area)) {
            true => NumberKind::TollFree,
            false => NumberKind::Local,
        };
        let is = |wanted: Option<&str>, have: Option<&str>| {
            wanted.is_none_or(|wanted| have.is_some_and(|have| have.eq_ignore_ascii_case(wanted)))
        };
        let fits = |number: &&Arc<StockNumber>| {
            number.country == country
                && is(region, number.place.map(|place| place.region))
                && is(locality, number.place.map(|place| place.locality))
                && number.digits().contains(&pattern)
        };
        let prefix = format!("+1{area}");
        let state = self.lock();
        let found = shelves(&state.market, kind, &prefix)
            .filter(fits)
            .take(size);
        let rows: Vec<_> = found.map(|number| available(number)).collect();
        let query = &context.request.query;
        let mark = if query.is_empty() { "" } else { "?" };
        let document = object! {
            "uri": format!("{}{mark}{query}", super::bare(&context.request.path)),
            "available_phone_numbers": rows,
        };
        Ok(Answer::ok_utf8(&document))
    }
}
