//! Searching what is on sale.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::contains::Contains;
use super::error::{ApiError, Result, refuse};
use super::page;
use super::state::{Context, Twilio};
use super::wire::available;
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;
use crate::text::is_e164;
use crate::world::catalog::{BLOCKS, COUNTRIES, Country, find_country};
use crate::world::places::Place;
use crate::world::stock::{AddressNeed, NumberKind, StockNumber};

impl Twilio {
    pub(super) fn search(&self, context: &Context<'_>) -> Result<Answer> {
        let country = find_country(context.arg(1)).ok_or_else(|| context.not_found())?;
        let kind = kind_named(context.arg(2));
        let kind = kind.filter(|kind| kinds_in(country).any(|known| known == *kind));
        let kind = kind.ok_or_else(|| context.not_found())?;
        let params = context.query();
        let size = page::wanted(&params)?.size;
        let filter = Filter::of(&params)?;
        let prefix = filter.prefix(country);
        let found: Vec<Arc<StockNumber>> = {
            let state = self.lock();
            let shelf = state.market.shelf(country.code, kind, &prefix);
            let wanted = shelf.filter(|number| filter.lets_through(number));
            wanted.take(size).map(Arc::clone).collect()
        };
        let rows: Vec<_> = found.iter().map(|number| available(number)).collect();
        let query = sorted(&params);
        let mark = if query.is_empty() { "" } else { "?" };
        let document = object! {
            "uri": format!("{}{mark}{query}", context.request.path),
            "available_phone_numbers": rows,
        };
        Ok(Answer::json_utf8(StatusCode::OK, &document))
    }

    pub(super) fn countries(&self, context: &Context<'_>) -> Result<Answer> {
        let account = context.account();
        // It is one page, whatever is asked for, but nonsense is still refused.
        page::wanted(&context.query())?;
        let countries = COUNTRIES.iter().map(|country| document(account, country));
        let list = object! {
            "countries": countries.collect::<Vec<_>>(),
            "uri": format!("/2010-04-01/Accounts/{account}/AvailablePhoneNumbers.json"),
        };
        Ok(Answer::json_utf8(StatusCode::OK, &list))
    }

    pub(super) fn country(&self, context: &Context<'_>) -> Result<Answer> {
        let country = find_country(context.id()).ok_or_else(|| context.not_found())?;
        let document = document(context.account(), country);
        Ok(Answer::json_utf8(StatusCode::OK, &document))
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

/// The kind of a path segment.
pub(super) fn kind_named(name: &str) -> Option<NumberKind> {
    let mut kinds = NumberKind::ALL.into_iter();
    kinds.find(|kind| segment(*kind) == name)
}

fn document(account: &str, country: &'static Country) -> impl Serialize + use<> {
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

/// Every filter of a search. What a number has no value for, it does not match.
struct Filter<'p> {
    area: Option<u32>,
    contains: Option<Contains>,
    voice: bool,
    sms: bool,
    mms: bool,
    fax: bool,
    excluded: Vec<AddressNeed>,
    beta: bool,
    near: Option<((f64, f64), f64)>,
    /// Near something that nobody knows where it is: nothing is.
    near_nowhere: bool,
    postal_code: Option<&'p str>,
    region: Option<&'p str>,
    rate_center: Option<&'p str>,
    lata: Option<&'p str>,
    locality: Option<&'p str>,
}

impl<'p> Filter<'p> {
    fn of(params: &'p Query) -> Result<Self> {
        // Saying false is as good as saying nothing: it doesn't leave out numbers that can.
        let wants = |name| params.flag(name).map(Option::unwrap_or_default);
        let (rate_center, lata) = (params.filled("InRateCenter"), params.filled("InLata"));
        if rate_center.is_some() && lata.is_none() {
            let message = "InRateCenter can be used together with InLata only";
            return refuse(20_422, message);
        }
        let area = params.whole("AreaCode")?;
        let contains = params
            .filled("Contains")
            .map(|text| Contains::parse(text).ok_or_else(|| ApiError::parameter("Contains", text)))
            .transpose()?;
        let centre = centre(params)?;
        Ok(Self {
            area: area.map(|area| u32::try_from(area).unwrap_or(u32::MAX)),
            contains,
            voice: wants("VoiceEnabled")?,
            sms: wants("SmsEnabled")?,
            mms: wants("MmsEnabled")?,
            fax: wants("FaxEnabled")?,
            excluded: excluded(params)?,
            beta: params.flag("Beta")?.unwrap_or(true),
            near_nowhere: matches!(centre, Some(None)),
            near: centre
                .flatten()
                .map(|at| Ok::<_, ApiError>((at, radius(params)?)))
                .transpose()?,
            postal_code: params.filled("InPostalCode"),
            region: params.filled("InRegion"),
            rate_center,
            lata,
            locality: params.filled("InLocality"),
        })
    }

    /// What all matches begin with, so that only they are looked at.
    fn prefix(&self, country: &Country) -> String {
        let calling_code = country.calling_code;
        match self.area {
            Some(area) if calling_code == "1" => format!("+1{area}"),
            _ => format!("+{calling_code}"),
        }
    }

    fn lets_through(&self, number: &StockNumber) -> bool {
        let features = number.features();
        !self.near_nowhere
            && self
                .area
                .is_none_or(|area| number.is_north_american() && (200..1_000).contains(&area))
            && self
                .contains
                .as_ref()
                .is_none_or(|pattern| pattern.matches(number.digits()))
            && (!self.voice || features.voice)
            && (!self.sms || features.sms)
            && (!self.mms || features.mms)
            && (!self.fax || features.fax)
            && !self.excluded.contains(&number.address)
            && (self.beta || !number.beta)
            && self.is_there(number)
    }

    fn is_there(&self, number: &StockNumber) -> bool {
        let place = number.place;
        let is = |wanted: Option<&str>, have: fn(&Place) -> Option<&str>| {
            wanted.is_none_or(|want| {
                place
                    .and_then(have)
                    .is_some_and(|have| !have.is_empty() && have.eq_ignore_ascii_case(want))
            })
        };
        is(self.postal_code, |place| place.postal_code)
            && is(self.region, |place| Some(place.region))
            && is(self.rate_center, |place| Some(place.rate_center))
            && is(self.lata, |place| Some(place.lata))
            && is(self.locality, |place| Some(place.locality))
            && self.near.is_none_or(|(at, miles)| {
                number.is_north_american() && place.is_some_and(|place| place.miles_to(at) <= miles)
            })
    }
}

fn excluded(params: &Query) -> Result<Vec<AddressNeed>> {
    let mut excluded = Vec::new();
    if params.flag("ExcludeAllAddressRequired")? == Some(true) {
        excluded.extend([AddressNeed::Any, AddressNeed::Local, AddressNeed::Foreign]);
    }
    if params.flag("ExcludeLocalAddressRequired")? == Some(true) {
        excluded.push(AddressNeed::Local);
    }
    if params.flag("ExcludeForeignAddressRequired")? == Some(true) {
        excluded.push(AddressNeed::Foreign);
    }
    Ok(excluded)
}

/// The point that matches must be near: none asked for, or asked for and perhaps unknown.
fn centre(params: &Query) -> Result<Option<Option<(f64, f64)>>> {
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
        return Ok(Some(Some((
            degrees(latitude, 90.0)?,
            degrees(longitude, 180.0)?,
        ))));
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
