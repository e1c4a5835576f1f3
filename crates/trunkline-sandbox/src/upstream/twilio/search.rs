//! Searching what is on sale.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::{ApiError, Result, refuse};
use super::page;
use super::state::{Context, Twilio};
use super::wire::available;
use crate::exchange::Answer;
use crate::json::{Object, object};
use crate::query::{Filters, Query};
use crate::text::{is_e164, key};
use crate::world::catalog::{BLOCKS, COUNTRIES, Country, find_country};
use crate::world::places::{Place, Position};
use crate::world::stock::{AddressNeed, NumberKind, StockNumber};

impl Twilio {
    pub(super) fn search(&self, context: &Context<'_>) -> Result<Answer> {
        let country = find_country(context.arg(1)).ok_or_else(|| context.not_found())?;
        let kind = kind_named(context.arg(2));
        let kind = kind.filter(|kind| kinds_in(country).any(|known| known == *kind));
        let kind = kind.ok_or_else(|| context.not_found())?;
        let params = context.query();
        let size = page::wanted(&params)?.size;
        let filters = filters(&params)?;
        let prefix = prefix(&params, country)?;
        let found: Vec<Arc<StockNumber>> = {
            let state = self.lock();
            let shelf = state.market.shelf(country.code, kind, &prefix);
            let wanted = shelf.filter(|number| filters.let_through(number));
            wanted.take(size).map(Arc::clone).collect()
        };
        let rows: Vec<_> = found.iter().map(|number| number.row(available)).collect();
        let query = sorted(&params);
        let mark = if query.is_empty() { "" } else { "?" };
        Ok(Answer::ok_utf8(&object! {
            "uri": format!("{}{mark}{query}", context.request.path),
            "available_phone_numbers": rows,
        }))
    }

    pub(super) fn countries(&self, context: &Context<'_>) -> Result<Answer> {
        let account = context.account();
        // It is one page, whatever is asked for, but nonsense is still refused.
        page::wanted(&context.query())?;
        let countries = COUNTRIES.iter().map(|country| document(account, country));
        Ok(Answer::ok_utf8(&object! {
            "countries": countries.collect::<Vec<_>>(),
            "uri": format!("/2010-04-01/Accounts/{account}/AvailablePhoneNumbers.json"),
        }))
    }

    pub(super) fn country(&self, context: &Context<'_>) -> Result<Answer> {
        let country = find_country(context.id()).ok_or_else(|| context.not_found())?;
        let document = document(context.account(), country);
        Ok(Answer::ok_utf8(&document))
    }
}

/// The parameters in the order of their names.
fn sorted(params: &Query) -> String {
    let mut pairs: Vec<_> = params.pairs().collect();
    pairs.sort_unstable();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    // The form encoding lets asterisks stand; Twilio doesn't.
    query.finish().replace('*', "%2A")
}

fn kinds_in(country: &Country) -> impl Iterator<Item = NumberKind> {
    let blocks = BLOCKS.iter().filter(|block| block.country == country.code);
    blocks.map(|block| block.kind)
}

/// The path segment of a kind: `TollFree`.
const fn segment(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Local => "Local",
        NumberKind::Mobile => "Mobile",
        NumberKind::TollFree => "TollFree",
        NumberKind::National => "National",
        NumberKind::SharedCost => "SharedCost",
        NumberKind::Voip => "Voip",
        NumberKind::MachineToMachine => "MachineToMachine",
    }
}

pub(super) fn kind_named(name: &str) -> Option<NumberKind> {
    let mut kinds = NumberKind::ALL.into_iter();
    kinds.find(|kind| segment(*kind) == name)
}

fn document(account: &str, country: &'static Country) -> Object {
    let code = country.code;
    let base = format!("/2010-04-01/Accounts/{account}/AvailablePhoneNumbers/{code}");
    let sold = |kind: &NumberKind| kinds_in(country).any(|known| known == *kind);
    let kinds = NumberKind::ALL.into_iter().filter(sold);
    let links: Map<String, Value> = kinds
        .map(|kind| {
            (
                kind.name().to_owned(),
                format!("{base}/{}.json", segment(kind)).into(),
            )
        })
        .collect();
    object! {
        "country_code": code,
        "country": country.name,
        "uri": format!("{base}.json"),
        "beta": false,
        "subresource_uris": links,
    }
}

/// What all matches begin with, so that only they are looked at.
fn prefix(params: &Query, country: &Country) -> Result<String> {
    let calling_code = country.calling_code;
    Ok(match params.whole("AreaCode")? {
        Some(area) if calling_code == "1" => format!("+1{area}"),
        _ => format!("+{calling_code}"),
    })
}

/// The filters of a search. A number that has no value for a filter does not match it.
fn filters(params: &Query) -> Result<Filters<'_, StockNumber>> {
    // False means the same as absent: numbers that can are not left out.
    let on = |name| params.flag(name).map(|flag| flag.filter(|on| *on));
    let (rate_center, lata) = (params.filled("InRateCenter"), params.filled("InLata"));
    if rate_center.is_some() && lata.is_none() {
        let message = "InRateCenter can be used together with InLata only";
        return refuse(20_422, message);
    }
    let mut filters = Filters::<StockNumber>::default();
    filters.add(params.whole("AreaCode")?, |area, number| {
        number.is_north_american() && (200..1_000).contains(area)
    });
    let contains = params
        .filled("Contains")
        .map(|text| Contains::parse(text).ok_or_else(|| ApiError::parameter("Contains", text)));
    filters.add(contains.transpose()?, |pattern, number| {
        pattern.matches(number.digits())
    });
    let centre = centre(params)?;
    filters.add(on("VoiceEnabled")?, |_, number| number.features().voice);
    filters.add(on("SmsEnabled")?, |_, number| number.features().sms);
    filters.add(on("MmsEnabled")?, |_, number| number.features().mms);
    filters.add(on("FaxEnabled")?, |_, number| number.features().fax);
    filters.add(Some(excluded(params)?), |excluded, number| {
        !excluded.contains(&number.address)
    });
    let beta = params.flag("Beta")?;
    filters.add(beta.filter(|beta| !beta), |_, number| !number.beta);
    let miles = match centre {
        Some(Some(_)) => radius(params)?,
        _ => 0.0,
    };
    // Nothing is near a number of which nobody knows where it is.
    filters.add(centre, move |centre, number| {
        let near = |place: &Place| centre.is_some_and(|at| place.miles_to(at) <= miles);
        number.is_north_american() && number.place.is_some_and(near)
    });
    let mut at = |wanted, have: fn(&Place) -> Option<&str>| {
        filters.add(wanted, move |wanted: &&str, number| {
            let have = number.place.and_then(have);
            have.is_some_and(|have| !have.is_empty() && have.eq_ignore_ascii_case(wanted))
        });
    };
    at(params.filled("InPostalCode"), |place| place.postal_code);
    at(params.filled("InRegion"), |place| Some(place.region));
    at(rate_center, |place| Some(place.rate_center));
    at(lata, |place| Some(place.lata));
    at(params.filled("InLocality"), |place| Some(place.locality));
    Ok(filters)
}

fn excluded(params: &Query) -> Result<Vec<AddressNeed>> {
    use AddressNeed::{Any, Foreign, Local};
    let mut excluded = Vec::new();
    for (name, needs) in [
        ("ExcludeAllAddressRequired", &[Any, Local, Foreign][..]),
        ("ExcludeLocalAddressRequired", &[Local]),
        ("ExcludeForeignAddressRequired", &[Foreign]),
    ] {
        if params.flag(name)? == Some(true) {
            excluded.extend(needs);
        }
    }
    Ok(excluded)
}

/// The point that matches must be near: `None` if the request names none, `Some(None)` if nobody knows where it is.
fn centre(params: &Query) -> Result<Option<Option<Position>>> {
    if let Some(text) = params.filled("NearLatLong") {
        let bad = || ApiError::parameter("NearLatLong", text);
        let (latitude, longitude) = text.split_once(',').ok_or_else(bad)?;
        let degrees = |text: &str, most: f64| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|degrees| degrees.abs() <= most)
                .ok_or_else(bad)
        };
        return Ok(Some(Some(Position {
            north: degrees(latitude, 90.0)?,
            east: degrees(longitude, 180.0)?,
        })));
    }
    let Some(number) = params.filled("NearNumber") else {
        return Ok(None);
    };
    if !is_e164(number) {
        return Err(ApiError::parameter("NearNumber", number));
    }
    let block = BLOCKS.iter().find(|block| {
        find_country(block.country)
            .and_then(|country| number.strip_prefix('+')?.strip_prefix(country.calling_code))
            .is_some_and(|national| national.starts_with(block.area()))
    });
    Ok(Some(
        block
            .and_then(|block| block.centre())
            .map(|place| place.position),
    ))
}

fn radius(params: &Query) -> Result<f64> {
    match params.whole("Distance")? {
        None => Ok(25.0),
        Some(miles @ 0..=500) => Ok(u32::try_from(miles).map_or(500.0, f64::from)),
        Some(miles) => Err(ApiError::parameter("Distance", &miles.to_string())),
    }
}

/// A pattern ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contains {
    literal: String,
    /// Digits that must stand before and after the literal.
    around: (usize, usize),
    anchored: (bool, bool),
}

impl Contains {
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        if !(2..=16).contains(&pattern.chars().count()) {
            return None;
        }
        let (at_start, rest) = pattern
            .strip_prefix('+')
            .map_or((false, pattern), |rest| (true, rest));
        let (at_end, rest) = rest
            .strip_suffix('$')
            .map_or((false, rest), |rest| (true, rest));
        let (rest, before, any_before) = lead(rest);
        let reversed: String = rest.chars().rev().collect();
        let (reversed, after, any_after) = lead(&reversed);
        let literal = reversed
            .chars()
            .rev()
            .map(key)
            .collect::<Option<String>>()?;
        let wild = before + after > 0 || any_before || any_after;
        // Anchors and wildcards exclude each other at the same end.
        let clash =
            (at_start && (before > 0 || any_before)) || (at_end && (after > 0 || any_after));
        if clash || literal.is_empty() || (wild && literal.len() < 2) {
            return None;
        }
        Some(Self {
            literal,
            around: (before, after),
            anchored: (at_start, at_end),
        })
    }

    /// Whether the digits of an E.164 number, without the plus sign, match.
    pub(super) fn matches(&self, digits: &str) -> bool {
        let last = digits.len().checked_sub(self.literal.len());
        let fits = |at: usize| {
            let after = digits.len() - at - self.literal.len();
            digits[at..].starts_with(&self.literal)
                && at >= self.around.0
                && after >= self.around.1
                && (!self.anchored.0 || at == 0)
                && (!self.anchored.1 || after == 0)
        };
        last.is_some_and(|last| (0..=last).any(fits))
    }
}

/// Takes the wildcards off the beginning: how many `*`, or a `%`.
fn lead(text: &str) -> (&str, usize, bool) {
    if let Some(rest) = text.strip_prefix('%') {
        return (rest, 0, true);
    }
    let rest = text.trim_start_matches('*');
    (rest, text.len() - rest.len(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, digits: &str) -> bool {
        Contains::parse(pattern).unwrap().matches(digits)
    }

    #[test]
    fn a_bare_pattern_matches_anywhere() {
        assert!(matches("5501", "14155550100"));
        assert!(!matches("5502", "14155550100"));
    }

    #[test]
    fn letters_stand_for_their_keys() {
        assert!(matches("TRUNK", "14158786500"));
    }

    #[test]
    fn anchors_hold_either_end() {
        assert!(matches("+1415", "14155550100"));
        assert!(!matches("+415", "14155550100"));
        assert!(matches("0100$", "14155550100"));
        assert!(!matches("555$", "14155550100"));
    }

    #[test]
    fn asterisks_want_that_many_digits() {
        assert!(matches("415*******", "14155550100"));
        assert!(!matches("415********", "14155550100"));
        assert!(matches("*415", "14155550100"));
        assert!(!matches("**1415", "14155550100"));
    }

    #[test]
    fn invalid_pattern_is_rejected() {
        for pattern in [
            "1",
            "41*55",
            "^415",
            "4 15",
            "+*415",
            "415*$",
            "*4*",
            "%%",
            "$+",
            "12345678901234567",
        ] {
            assert_eq!(Contains::parse(pattern), None, "{pattern}");
        }
    }
}
