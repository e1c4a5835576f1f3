//! Searching in Twilio's words. Filters by feature and address are taken and ignored.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::super::SignalWire;
use super::super::json;
use super::super::query::Query;
use super::super::stock::{COUNTRIES, shelves};
use super::Caller;
use super::error::{LamlError, Result, unknown};
use super::page;
use super::wire::AvailablePhoneNumber;
use crate::exchange::Answer;
use crate::world::stock::{NumberKind, StockNumber};

/// The area codes of toll-free numbers.
const TOLL_FREE: [&str; 8] = ["800", "822", "833", "844", "855", "866", "877", "888"];

#[derive(Serialize)]
struct Found<'a> {
    uri: String,
    available_phone_numbers: Vec<AvailablePhoneNumber<'a>>,
}

impl SignalWire {
    pub(super) fn search_laml(
        &self,
        caller: &Caller<'_>,
        (country, kind): (&str, NumberKind),
    ) -> Result<Answer> {
        if !COUNTRIES.contains(&country) {
            return Err(unknown());
        }
        let params = &caller.params;
        let size = page::wanted(params)?.size;
        let area = params.filled("AreaCode").unwrap_or_default();
        if !area.is_empty() && (area.len() != 3 || !area.bytes().all(|b| b.is_ascii_digit())) {
            return Err(LamlError::bad("21451", "AreaCode is not valid"));
        }
        let place = place(params)?;
        let pattern = pattern(params)?;
        // Asked for toll-free numbers of a local area code, the real one answered with local numbers.
        let kind = if area.is_empty() || TOLL_FREE.contains(&area) {
            kind
        } else {
            NumberKind::Local
        };
        let prefix = format!("+1{area}");
        let found: Vec<Arc<StockNumber>> = {
            let state = self.lock();
            shelves(&state.market, kind, &prefix)
                .filter(|number| number.country == country)
                .filter(|number| place.holds(number) && number.digits().contains(&pattern))
                .take(size)
                .map(Arc::clone)
                .collect()
        };
        let query = &caller.context.request.query;
        let mark = if query.is_empty() { "" } else { "?" };
        let document = Found {
            uri: format!("{}{mark}{query}", caller.path),
            available_phone_numbers: found
                .iter()
                .map(|number| AvailablePhoneNumber::from(&**number))
                .collect(),
        };
        Ok(json(StatusCode::OK, &document))
    }
}

/// Where the numbers must be.
struct Where<'p> {
    region: Option<&'p str>,
    locality: Option<&'p str>,
}

fn place(params: &Query) -> Result<Where<'_>> {
    let wanted = Where {
        region: params.filled("InRegion"),
        locality: params.filled("InLocality"),
    };
    if wanted.locality.is_some() && wanted.region.is_none() {
        return Err(LamlError::bad("10000", "InLocality needs InRegion"));
    }
    Ok(wanted)
}

impl Where<'_> {
    fn holds(&self, number: &StockNumber) -> bool {
        let is = |wanted: Option<&str>, have: Option<&str>| {
            wanted.is_none_or(|wanted| have.is_some_and(|have| have.eq_ignore_ascii_case(wanted)))
        };
        is(self.region, number.place.map(|place| place.region))
            && is(self.locality, number.place.map(|place| place.locality))
    }
}

/// The digits that must be in a number. Letters stand for the keys they are on; there are no wildcards.
fn pattern(params: &Query) -> Result<String> {
    let text = params.filled("Contains").unwrap_or_default();
    text.chars()
        .map(|c| match c.to_ascii_uppercase() {
            digit @ '0'..='9' => Ok(digit),
            'A'..='C' => Ok('2'),
            'D'..='F' => Ok('3'),
            'G'..='I' => Ok('4'),
            'J'..='L' => Ok('5'),
            'M'..='O' => Ok('6'),
            'P'..='S' => Ok('7'),
            'T'..='V' => Ok('8'),
            'W'..='Z' => Ok('9'),
            _ => Err(LamlError::bad("10000", "Contains must be alphanumeric")),
        })
        .collect()
}
