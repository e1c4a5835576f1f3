//! Searching what is on sale.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::contains::Contains;
use super::error::{ApiError, Result};
use super::page::PageRequest;
use super::params::Params;
use super::route::segment;
use super::wire::AvailablePhoneNumber;
use super::{Context, Twilio, json};
use crate::exchange::Answer;
use crate::world::catalog::{BLOCKS, COUNTRIES, Country, find_country};
use crate::world::places::Place;
use crate::world::stock::{AddressNeed, NumberKind, StockNumber};

#[derive(Serialize)]
struct Found<'a> {
    uri: String,
    available_phone_numbers: Vec<AvailablePhoneNumber<'a>>,
}

#[derive(Serialize)]
struct CountryList {
    countries: Vec<CountryDocument>,
    uri: String,
}

#[derive(Serialize)]
struct CountryDocument {
    country_code: &'static str,
    country: &'static str,
    uri: String,
    beta: bool,
    subresource_uris: serde_json::Map<String, serde_json::Value>,
}

impl Twilio {
    pub(super) fn search(
        &self,
        context: &Context<'_>,
        (country, kind): (&str, NumberKind),
    ) -> Result<Answer> {
        let country = find_country(country).ok_or_else(|| context.not_found())?;
        if !kinds_in(country).any(|known| known == kind) {
            return Err(context.not_found());
        }
        let params = Params::of_query(context.request);
        let size = PageRequest::of(&params)?.size;
        let filter = Filter::of(&params)?;
        let prefix = filter.prefix(country);
        let found: Vec<Arc<StockNumber>> = {
            let state = self.lock();
            let shelf = state.market.shelf(country.code, kind, &prefix);
            shelf
                .filter(|number| filter.lets_through(number))
                .take(size)
                .map(Arc::clone)
                .collect()
        };
        let query = params.sorted_query();
        let mark = if query.is_empty() { "" } else { "?" };
        let document = Found {
            uri: format!("{}{mark}{query}", context.request.path),
            available_phone_numbers: found
                .iter()
                .map(|number| AvailablePhoneNumber::from(&**number))
                .collect(),
        };
        Ok(json(StatusCode::OK, &document))
    }

    pub(super) fn countries(&self, context: &Context<'_>) -> Result<Answer> {
        let account = context.caller.account.sid;
        // It is one page, whatever is asked for, but nonsense is still refused.
        PageRequest::of(&Params::of_query(context.request))?;
        let list = CountryList {
            countries: COUNTRIES
                .iter()
                .map(|country| document(account, country))
                .collect(),
            uri: format!("/2010-04-01/Accounts/{account}/AvailablePhoneNumbers.json"),
        };
        Ok(json(StatusCode::OK, &list))
    }

    pub(super) fn country(&self, context: &Context<'_>, code: &str) -> Result<Answer> {
        let country = find_country(code).ok_or_else(|| context.not_found())?;
        Ok(json(
            StatusCode::OK,
            &document(context.caller.account.sid, country),
        ))
    }
}

fn kinds_in(country: &Country) -> impl Iterator<Item = NumberKind> {
    BLOCKS
        .iter()
        .filter(|block| block.country == country.code)
        .map(|block| block.kind)
}

fn document(account: &str, country: &'static Country) -> CountryDocument {
    let base = format!(
        "/2010-04-01/Accounts/{account}/AvailablePhoneNumbers/{}",
        country.code
    );
    let link = |kind: NumberKind| {
        (
            kind.name().to_owned(),
            format!("{base}/{}.json", segment(kind)).into(),
        )
    };
    CountryDocument {
        country_code: country.code,
        country: country.name,
        uri: format!("{base}.json"),
        beta: false,
        subresource_uris: NumberKind::ALL
            .into_iter()
            .filter(|kind| kinds_in(country).any(|known| known == *kind))
            .map(link)
            .collect(),
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
    fn of(params: &'p Params) -> Result<Self> {
        // Saying false is as good as saying nothing: it doesn't leave out numbers that can.
        let wants = |name| Ok(params.flag(name)?.unwrap_or(false));
        let (rate_center, lata) = (params.filled("InRateCenter"), params.filled("InLata"));
        if rate_center.is_some() && lata.is_none() {
            return Err(ApiError::bad(
                20_422,
                "InRateCenter can be used together with InLata only",
            ));
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

fn excluded(params: &Params) -> Result<Vec<AddressNeed>> {
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
fn centre(params: &Params) -> Result<Option<Option<(f64, f64)>>> {
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
    if !super::text::is_e164(number) {
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

fn radius(params: &Params) -> Result<f64> {
    match params.whole("Distance")? {
        None => Ok(25.0),
        Some(miles @ 0..=500) => Ok(u32::try_from(miles).map_or(500.0, f64::from)),
        Some(miles) => Err(ApiError::parameter("Distance", &miles.to_string())),
    }
}
