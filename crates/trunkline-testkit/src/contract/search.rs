//! Searching the stock.

use std::collections::BTreeSet;

use trunkline_core::capability::SearchFilter;
use trunkline_core::{
    AddressRequirement, AvailableNumber, E164, ErrorKind, Near, NumberType, Operation, PriceSource,
    Provider, SearchQuery,
};

use super::Subject;
use crate::harness::Harness;
use crate::with;

/// Miles of a degree of latitude.
const MILES_PER_DEGREE: f64 = 69.0;

async fn find(subject: &Subject<'_>, query: &SearchQuery) -> Vec<AvailableNumber> {
    let found = subject.provider().search_available(query).await;
    let found = found.unwrap_or_else(|error| panic!("{query:?}: {error:?}"));
    assert_eq!(found.unreadable, 0, "{query:?}");
    found.items
}

fn numbers(found: &[AvailableNumber]) -> BTreeSet<E164> {
    found.iter().map(|available| available.number).collect()
}

pub async fn a_search_answers_at_most_its_limit(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let most = subject.provider().capability().search_limit_max.min(100);
    for limit in [1, 3, 20, most] {
        let query = with(subject.stock(), |it| it.limit = limit);
        let found = find(&subject, &query).await;
        assert!(found.len() <= limit, "{} for {limit}", found.len());
        assert_eq!(found.len().min(20), limit.min(20));
    }
}

/// In E.164 form, of the country and type that was asked for, and as people write it.
pub async fn a_search_finds_each_number_once(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let query = subject.stock();
    let found = find(&subject, &query).await;
    assert_eq!(numbers(&found).len(), found.len());
    for available in found {
        assert_eq!(available.country, Some(query.country));
        assert_eq!(available.number_type, query.number_type);
        assert!(!available.display_number.is_empty());
    }
}

/// What a filter finds is what it is for; and there is something that it leaves out.
pub async fn every_search_filter_is_honoured(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let (mut narrows, mut finds) = (BTreeSet::new(), BTreeSet::new());
    for (filter, query) in &subject.samples().searches {
        let query = with(query.clone(), |it| it.limit = 100);
        let narrow = find(&subject, &query).await;
        for found in &narrow {
            assert!(fits(found, &query), "{filter}: {query:?} found {found:?}");
        }
        if !narrow.is_empty() {
            finds.insert(*filter);
        }
        let wide = find(&subject, &without(*filter, query)).await;
        if numbers(&wide) != numbers(&narrow) {
            narrows.insert(*filter);
        }
    }
    let all = subject.samples().searches.iter();
    let all: BTreeSet<_> = all.map(|(filter, _)| *filter).collect();
    assert_eq!(narrows, all, "every filter leaves something out");
    assert_eq!(finds, all, "every filter finds something");
}

/// The search without a filter, and without what makes no sense on its own then.
fn without(filter: SearchFilter, mut query: SearchQuery) -> SearchQuery {
    match filter {
        SearchFilter::AreaCode => query.area_code = None,
        SearchFilter::Contains => query.contains = None,
        SearchFilter::Features => query.features = Default::default(),
        SearchFilter::Region => query.region = None,
        SearchFilter::Locality => query.locality = None,
        SearchFilter::PostalCode => query.postal_code = None,
        SearchFilter::Near => (query.near, query.distance) = (None, None),
        SearchFilter::Distance => query.distance = None,
        SearchFilter::AddressRequirement => query.address_requirement = None,
        SearchFilter::RateCenter => query.rate_center = None,
        SearchFilter::Lata => (query.lata, query.rate_center) = (None, None),
        SearchFilter::Beta => query.beta = None,
    }
    query
}

/// Whether a number is what was asked for, as far as the carrier shows.
fn fits(available: &AvailableNumber, query: &SearchQuery) -> bool {
    let (number, place) = (&available.number, &available.location);
    let is = |wanted: &Option<String>, have: &Option<String>| match (wanted, have) {
        (Some(wanted), Some(have)) => wanted.eq_ignore_ascii_case(have),
        _ => true,
    };
    let data: serde_json::Value = serde_json::from_str(available.provider_data.as_json()).unwrap();
    let lata = match (&query.lata, data["lata"].as_str()) {
        (Some(wanted), Some(have)) => wanted == have,
        _ => true,
    };
    let code = query.area_code.as_deref().unwrap_or_default();
    let (contains, most) = (&query.contains, query.address_requirement.as_ref());
    number.national_digits().starts_with(code)
        && contains.as_ref().is_none_or(|part| part.matches(number))
        && available.features.cover(query.features)
        && is(&query.region, &place.region)
        && is(&query.locality, &place.locality)
        && is(&query.postal_code, &place.postal_code)
        && is(&query.rate_center, &place.rate_center)
        && lata
        && (query.beta != Some(false) || data["beta"] != serde_json::Value::Bool(true))
        && asks_no_more(&available.address_requirement, most)
        && is_near(available, query)
}

fn asks_no_more(needs: &AddressRequirement, most: Option<&AddressRequirement>) -> bool {
    match most {
        Some(AddressRequirement::None) => *needs == AddressRequirement::None,
        Some(AddressRequirement::Local) => *needs != AddressRequirement::Foreign,
        Some(AddressRequirement::Foreign) => *needs != AddressRequirement::Local,
        Some(AddressRequirement::Any | AddressRequirement::Other(_)) | None => true,
    }
}

/// By a flat map, which is good for a few miles.
fn is_near(available: &AvailableNumber, query: &SearchQuery) -> bool {
    let place = &available.location;
    let Some(Near::Point {
        latitude,
        longitude,
    }) = query.near
    else {
        return true;
    };
    let (Some(north), Some(east)) = (place.latitude, place.longitude) else {
        return true;
    };
    let up = (north - latitude) * MILES_PER_DEGREE;
    let right = (east - longitude) * MILES_PER_DEGREE * latitude.to_radians().cos();
    up.hypot(right) <= f64::from(query.distance.unwrap_or(25)) * 1.05 + 1.0
}

/// A type that the carrier has none of is answered with nothing, or as unsupported in that country.
pub async fn every_number_type_answers(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let of_type = |number_type: &NumberType, country| SearchQuery {
        number_type: number_type.clone(),
        ..SearchQuery::new(country)
    };
    for (number_type, country) in &subject.samples().types {
        let found = find(&subject, &of_type(number_type, *country)).await;
        assert!(!found.is_empty(), "no {number_type:?} in {country:?}");
        for available in found {
            assert_eq!(available.number_type, *number_type);
        }
    }
    for (number_type, country) in &subject.samples().types_out_of_stock {
        let query = of_type(number_type, *country);
        match subject.provider().search_available(&query).await {
            Ok(found) => assert_eq!(found.items, []),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}"),
        }
    }
}

pub async fn a_search_that_finds_nothing_is_empty(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let query = subject.samples().nothing.clone().unwrap();
    assert_eq!(find(&subject, &query).await, []);
}

pub async fn a_search_reserves_nothing(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let query = subject.stock();
    let books = harness.ledger();
    let first = find(&subject, &query).await;
    assert_eq!(numbers(&find(&subject, &query).await), numbers(&first));
    subject.bought_nothing_since(&books);
}

/// With a source; and they come with the search if the capability says so, or else from the carrier's list.
pub async fn prices_are_amounts(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let capability = subject.provider().capability();
    if capability.supports(Operation::ListPrices) {
        let country = subject.samples().price_country.unwrap();
        let prices = subject.provider().list_prices(country).await.unwrap();
        assert!(!prices.is_empty());
        assert!(prices.iter().all(|(_, price)| !price.amount.is_zero()));
    } else {
        subject.is_refused_unsent(Operation::ListPrices).await;
    }
    if capability.supports(Operation::SearchAvailable) {
        let query = subject.stock();
        for available in find(&subject, &query).await {
            let priced = available.monthly_price.is_some();
            assert_eq!(priced, capability.search_has_prices, "{available:?}");
            assert_eq!(priced, available.price_source == PriceSource::Carrier);
        }
    }
}
