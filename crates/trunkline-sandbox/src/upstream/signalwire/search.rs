//! Searching what is on sale, where nothing is held back for the one who searched; and looking a number up.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use super::error::{ApiError, Problem, Result, noted, refuse};
use super::settings::Settings;
use super::state::{COUNTRIES, Context, Owned, SignalWire, State};
use super::text::{international, is_e164, national};
use super::wire::{ON_SALE, capabilities};
use crate::exchange::Answer;
use crate::json::{Object, object};
use crate::query::Query;
use crate::text::is_digits;
use crate::world::stock::{NumberKind, StockNumber};
use crate::world::{Market, catalog};

impl SignalWire {
    pub(super) fn search(&self, context: &Context<'_>) -> Result<Answer> {
        let query = context.query();
        let filter = Filter::of(&query)?;
        let found: Vec<Arc<StockNumber>> = {
            let state = self.lock();
            let shelves = shelves(&state.market, filter.kind, &filter.prefix);
            let wanted = shelves.filter(|number| filter.lets_through(number));
            wanted.take(filter.most).map(Arc::clone).collect()
        };
        let found = found.iter();
        if context.caller.documented {
            let here = context.request.target();
            let list = object! {
                "links": object! { "self": &here, "first": &here },
                "data": found.map(|number| described(number)).collect::<Vec<_>>(),
            };
            return Ok(Answer::ok_utf8(&list));
        }
        Ok(Answer::ok_utf8(&object! {
            "links": object! {},
            "data": found.map(|number| number.row(seen)).collect::<Vec<_>>(),
        }))
    }
}

/// A row as it was seen: other names than the documents have, and no city.
fn seen(number: &StockNumber) -> Object {
    object! {
        "e164": &number.number,
        "national_number_formatted": national(&number.number),
        "international_number_formatted": international(&number.number),
        "region"?: number.place.map(|place| place.region),
        "rate_center"?: number.place.map(|place| place.rate_center),
        "country_code": number.country,
        "capabilities": capabilities(number, ON_SALE),
    }
}

/// A row as the documents have it. What is not known is absent.
fn described(number: &StockNumber) -> Object {
    let place = number.place;
    object! {
        "number": &number.number,
        "region"?: place.map(|place| place.region),
        "city"?: place.map(|place| place.locality),
        "rate_center"?: place.map(|place| place.rate_center),
        "lata"?: place.map(|place| place.lata),
        "capabilities": number.features(),
    }
}

/// Where in a national number a pattern must be.
#[derive(Clone, Copy)]
enum At {
    Start,
    Anywhere,
    End,
}

struct Filter<'q> {
    kind: NumberKind,
    /// What all matches begin with, so that only they are looked at.
    prefix: String,
    pattern: Option<(At, &'q str)>,
    region: Option<&'q str>,
    city: Option<&'q str>,
    most: usize,
}

const PATTERNS: [(&str, At); 3] = [
    ("starts_with", At::Start),
    ("contains", At::Anywhere),
    ("ends_with", At::End),
];

impl<'q> Filter<'q> {
    fn of(query: &'q Query) -> Result<Self> {
        let mut problems = Vec::new();
        let kind = match query.filled("number_type") {
            Some("toll-free") => NumberKind::TollFree,
            None | Some("local") => NumberKind::Local,
            Some(_) => {
                problems.push(Problem::value("number_type", "must be local or toll-free"));
                NumberKind::Local
            }
        };
        let most = noted(&mut problems, query.whole("max_results")).unwrap_or(50);
        if !(1..=100).contains(&most) {
            problems.push(Problem::value("max_results", "must be between 1 and 100"));
        }
        problems.extend(conflicts(query, kind));
        ApiError::check(problems)?;
        let pattern = PATTERNS
            .into_iter()
            .find_map(|(name, at)| Some((at, query.filled(name)?)));
        Ok(Self {
            kind,
            prefix: match query.filled("areacode") {
                None => "+1".to_owned(),
                Some(area) if area.len() == 3 => format!("+1{area}"),
                // No number begins so: an invalid area code finds nothing.
                Some(_) => "+1?".to_owned(),
            },
            pattern,
            region: query.filled("region"),
            city: query.filled("city"),
            most,
        })
    }

    fn lets_through(&self, number: &StockNumber) -> bool {
        let digits = &number.digits()[1..];
        let is = |wanted: Option<&str>, have: Option<&str>| {
            wanted.is_none_or(|wanted| have.is_some_and(|have| have.eq_ignore_ascii_case(wanted)))
        };
        self.pattern.is_none_or(|(at, pattern)| match at {
            At::Start => digits.starts_with(pattern),
            At::Anywhere => digits.contains(pattern),
            At::End => digits.ends_with(pattern),
        }) && is(self.region, number.place.map(|place| place.region))
            && is(self.city, number.place.map(|place| place.locality))
    }
}

/// What can't be asked for, or not together.
fn conflicts(query: &Query, kind: NumberKind) -> Vec<Problem> {
    let has = |name| query.filled(name).is_some();
    let mut problems = Vec::new();
    let mut clash = |one: &str, other: &str| {
        problems.push(Problem::new(
            "incompatible_parameters",
            format!("{one} cannot be used together with {other}"),
        ));
    };
    let patterns: Vec<_> = PATTERNS
        .iter()
        .filter(|(name, _)| has(name))
        .map(|(name, _)| *name)
        .collect();
    if let [one, other, ..] = patterns[..] {
        clash(one, other);
    }
    for name in ["region", "city"] {
        if has(name) && kind == NumberKind::TollFree {
            clash(name, "number_type toll-free");
        }
        if has(name) && has("areacode") {
            clash(name, "areacode");
        }
    }
    if let (true, Some(name)) = (has("city"), patterns.first()) {
        clash("city", name);
    }
    if has("city") && !has("region") {
        problems.push(Problem::new(
            "must_specify_related_parameter",
            "city must be used together with region",
        ));
    }
    for name in patterns {
        let pattern = query.filled(name).unwrap_or_default();
        if !is_digits(pattern) || !(3..=7).contains(&pattern.len()) {
            problems.push(Problem::value(name, "must be 3 to 7 digits"));
        }
    }
    problems
}

impl SignalWire {
    /// The plus sign may come as it is or encoded. Charges nothing, for carrier and name neither.
    pub(super) fn lookup(&self, context: &Context<'_>) -> Result<Answer> {
        let number = context.id().replace("%2B", "+").replace("%2b", "+");
        if !is_e164(&number) {
            let detail = "e164_number is not in E.164 format";
            return refuse("invalid_number_format", detail);
        }
        let query = context.query();
        let extras = query.list("include");
        let digits = &number[1..];
        // The United States come last of those with their calling code, and most numbers are theirs.
        let mut countries = catalog::COUNTRIES.iter();
        let country = countries.rfind(|country| digits.starts_with(country.calling_code));
        let calling_code = country.map_or("", |country| country.calling_code);
        let carrier = object! { "linetype": "voip", "lec": "SANDBOX" };
        let cnam = object! { "caller_id": &number };
        Ok(Answer::ok_utf8(&object! {
            "country_code_number": calling_code.parse::<u32>().unwrap_or_default(),
            "national_number": &digits[calling_code.len()..],
            "possible_number": true,
            "valid_number": country.is_some(),
            "national_number_formatted": national(&number),
            "international_number_formatted": international(&number),
            "e164": &number,
            "location": country.map_or("", |country| country.name),
            "country_code": country.map_or("", |country| country.code),
            "timezones": ["Etc/UTC"],
            "number_type": "fixed_or_mobile",
            "carrier"?: extras.contains(&"carrier").then_some(carrier),
            "cnam"?: extras.contains(&"cnam").then_some(cnam),
        }))
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(query: &str) -> Vec<&'static str> {
        match Filter::of(&Query::parse(query.as_bytes())) {
            Ok(_) => Vec::new(),
            Err(ApiError::Invalid(problems)) => problems.iter().map(Problem::code).collect(),
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn parameters_that_exclude_each_other_are_refused() {
        let (clash, alone, value) = (
            "incompatible_parameters",
            "must_specify_related_parameter",
            "invalid_parameter",
        );
        for (query, wanted) in [
            ("starts_with=415&contains=555", vec![clash]),
            ("contains=12", vec![value]),
            ("ends_with=12345678", vec![value]),
            ("contains=4a5", vec![value]),
            ("region=CA&number_type=toll-free", vec![clash]),
            ("region=CA&areacode=415", vec![clash]),
            ("city=Oakland", vec![alone]),
            ("region=CA&city=Oakland&contains=555", vec![clash]),
            ("max_results=101", vec![value]),
            ("max_results=0", vec![value]),
            ("max_results=x", vec![value]),
            ("number_type=mobile", vec![value]),
            ("region=CA&city=Oakland", vec![]),
            ("areacode=415&contains=", vec![]),
            ("area_code=4&limit=1", vec![]),
        ] {
            assert_eq!(codes(query), wanted, "{query}");
        }
    }
}
