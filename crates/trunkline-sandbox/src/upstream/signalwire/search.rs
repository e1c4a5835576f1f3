//! Searching what is on sale. Nothing is held back for the one who searched.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::error::{ApiError, Problem, Result, noted};
use super::page::Links;
use super::query::Query;
use super::stock::shelves;
use super::text::{international, national};
use super::wire::{ON_SALE, capabilities};
use super::{Context, SignalWire, json};
use crate::exchange::Answer;
use crate::world::stock::{NumberKind, StockNumber};

/// A row as it was seen: other names than the documents have, and no city.
#[derive(Serialize)]
struct Seen<'a> {
    e164: &'a str,
    national_number_formatted: String,
    international_number_formatted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_center: Option<&'static str>,
    country_code: &'static str,
    capabilities: Vec<&'static str>,
}

#[derive(Serialize)]
struct SeenList<'a> {
    links: NoLinks,
    data: Vec<Seen<'a>>,
}

/// Shown as an empty object.
#[derive(Serialize)]
struct NoLinks {}

/// A row as the documents have it. What is not known is absent.
#[derive(Serialize)]
struct Described<'a> {
    number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_center: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lata: Option<&'static str>,
    capabilities: Capabilities,
}

#[derive(Serialize)]
struct Capabilities {
    voice: bool,
    sms: bool,
    mms: bool,
    fax: bool,
}

#[derive(Serialize)]
struct DescribedList<'a> {
    links: Links,
    data: Vec<Described<'a>>,
}

impl SignalWire {
    pub(super) fn search(&self, context: &Context<'_>) -> Result<Answer> {
        let query = Query::of(context.request);
        let filter = Filter::of(&query)?;
        let found: Vec<Arc<StockNumber>> = {
            let state = self.lock();
            shelves(&state.market, filter.kind, &filter.prefix)
                .filter(|number| filter.lets_through(number))
                .take(filter.most)
                .map(Arc::clone)
                .collect()
        };
        if context.project.documented {
            let request = context.request;
            let here = match request.query.as_str() {
                "" => request.path.clone(),
                query => format!("{}?{query}", request.path),
            };
            let links = Links {
                this: here.clone(),
                first: here,
                next: None,
                prev: None,
            };
            let data = found.iter().map(|number| described(number)).collect();
            return Ok(json(StatusCode::OK, &DescribedList { links, data }));
        }
        let data = found.iter().map(|number| seen(number)).collect();
        let links = NoLinks {};
        Ok(json(StatusCode::OK, &SeenList { links, data }))
    }
}

fn seen(number: &StockNumber) -> Seen<'_> {
    Seen {
        e164: &number.number,
        national_number_formatted: national(&number.number),
        international_number_formatted: international(&number.number),
        region: number.place.map(|place| place.region),
        rate_center: number.place.map(|place| place.rate_center),
        country_code: number.country,
        capabilities: capabilities(number, ON_SALE),
    }
}

fn described(number: &StockNumber) -> Described<'_> {
    let features = number.features();
    Described {
        number: &number.number,
        region: number.place.map(|place| place.region),
        city: number.place.map(|place| place.locality),
        rate_center: number.place.map(|place| place.rate_center),
        lata: number.place.map(|place| place.lata),
        capabilities: Capabilities {
            voice: features.voice,
            sms: features.sms,
            mms: features.mms,
            fax: features.fax,
        },
    }
}

/// Where in a national number a pattern must be.
#[derive(Clone, Copy)]
enum At {
    Start,
    Anywhere,
    End,
}

/// Every filter of a search.
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
                // No number begins so: an area code that is none finds nothing.
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
        let digits = pattern.bytes().all(|b| b.is_ascii_digit());
        if !digits || !(3..=7).contains(&pattern.len()) {
            problems.push(Problem::value(name, "must be 3 to 7 digits"));
        }
    }
    problems
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
    fn what_makes_no_sense_together_is_refused() {
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
