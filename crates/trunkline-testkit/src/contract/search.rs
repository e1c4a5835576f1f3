//! Searching the stock.

use std::collections::BTreeSet;

use trunkline_core::capability::SearchFilter;
use trunkline_core::{
    AddressRequirement, AvailableNumber, E164, ErrorKind, Near, Operation, PriceSource, Provider,
    SearchQuery,
};

use super::Subject;
use crate::harness::Harness;

/// Miles of a degree of latitude.
const MILES_PER_DEGREE: f64 = 69.0;

async fn subject(harness: &dyn Harness) -> Option<Subject<'_>> {
    Subject::offering(harness, &[Operation::SearchAvailable]).await
}

async fn find(subject: &Subject<'_>, query: &SearchQuery) -> Vec<AvailableNumber> {
    let found = subject.provider().search_available(query).await;
    let found = found.unwrap_or_else(|error| panic!("{query:?}: {error:?}"));
    assert_eq!(found.unreadable, 0, "{query:?}");
    found.items
}

fn numbers(found: &[AvailableNumber]) -> BTreeSet<E164> {
    found.iter().map(|available| available.number).collect()
}

/// And fills it, where there is as much.
pub async fn a_search_answers_at_most_its_limit(harness: &dyn Harness) {
    let Some(subject) = subject(harness).await else {
        return;
    };
    let most = subject.provider().capability().search_limit_max.min(100);
    for limit in [1, 3, 20, most] {
        let query = SearchQuery {
            limit,
            ..subject.samples().stock.clone().unwrap()
        };
        let found = find(&subject, &query).await;
        assert!(found.len() <= limit, "{} for {limit}", found.len());
        assert_eq!(found.len().min(20), limit.min(20));
    }
}

/// In E.164 form, of the country and type that was asked for, and as people write it.
pub async fn a_search_finds_each_number_once(harness: &dyn Harness) {
    let Some(subject) = subject(harness).await else {
        return;
    };
    let query = subject.samples().stock.clone().unwrap();
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
    let Some(subject) = subject(harness).await else {
        return;
    };
    let (mut narrows, mut finds) = (BTreeSet::new(), BTreeSet::new());
    for (filter, query) in &subject.samples().searches {
        let query = SearchQuery {
            limit: 100,
            ..query.clone()
        };
        let narrow = find(&subject, &query).await;
        for available in &narrow {
            assert!(
                fits(available, &query),
                "{filter}: {query:?} found {available:?}"
            );
        }
        if !narrow.is_empty() {
            finds.insert(*filter);
        }
        let wide = find(&subject, &without(*filter, query)).await;
        if numbers(&wide) != numbers(&narrow) {
            narrows.insert(*filter);
        }
    }
    let all: BTreeSet<_> = subject
        .samples()
        .searches
        .iter()
        .map(|(filter, _)| *filter)
        .collect();
    assert_eq!(narrows, all, "every filter leaves something out");
    assert_eq!(finds, all, "every filter finds something");
}

/// The search without a filter, and without what makes no sense on its own then.
fn without(filter: SearchFilter, query: SearchQuery) -> SearchQuery {
    match filter {
        SearchFilter::AreaCode => SearchQuery {
            area_code: None,
            ..query
        },
        SearchFilter::Contains => SearchQuery {
            contains: None,
            ..query
        },
        SearchFilter::Features => SearchQuery {
            features: Default::default(),
            ..query
        },
        SearchFilter::Region => SearchQuery {
            region: None,
            ..query
        },
        SearchFilter::Locality => SearchQuery {
            locality: None,
            ..query
        },
        SearchFilter::PostalCode => SearchQuery {
            postal_code: None,
            ..query
        },
        SearchFilter::Near => SearchQuery {
            near: None,
            distance: None,
            ..query
        },
        SearchFilter::Distance => SearchQuery {
            distance: None,
            ..query
        },
        SearchFilter::AddressRequirement => SearchQuery {
            address_requirement: None,
            ..query
        },
        SearchFilter::RateCenter => SearchQuery {
            rate_center: None,
            ..query
        },
        SearchFilter::Lata => SearchQuery {
            lata: None,
            rate_center: None,
            ..query
        },
        SearchFilter::Beta => SearchQuery {
            beta: None,
            ..query
        },
    }
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
    number.national_digits().starts_with(code)
        && query
            .contains
            .as_ref()
            .is_none_or(|contains| contains.matches(number))
        && available.features.cover(query.features)
        && is(&query.region, &place.region)
        && is(&query.locality, &place.locality)
        && is(&query.postal_code, &place.postal_code)
        && is(&query.rate_center, &place.rate_center)
        && lata
        && (query.beta != Some(false) || data["beta"] != serde_json::Value::Bool(true))
        && asks_no_more(
            &available.address_requirement,
            query.address_requirement.as_ref(),
        )
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
    let (
        Some(Near::Point {
            latitude,
            longitude,
        }),
        Some(north),
        Some(east),
    ) = (query.near, place.latitude, place.longitude)
    else {
        return true;
    };
    let up = (north - latitude) * MILES_PER_DEGREE;
    let right = (east - longitude) * MILES_PER_DEGREE * latitude.to_radians().cos();
    up.hypot(right) <= f64::from(query.distance.unwrap_or(25)) * 1.05 + 1.0
}

/// A type that the carrier has none of is answered with nothing, or as unsupported in that country.
pub async fn every_number_type_answers(harness: &dyn Harness) {
    let Some(subject) = subject(harness).await else {
        return;
    };
    for (number_type, country) in &subject.samples().types {
        let query = SearchQuery {
            number_type: number_type.clone(),
            ..SearchQuery::new(*country)
        };
        let found = find(&subject, &query).await;
        assert!(!found.is_empty(), "no {number_type:?} in {country:?}");
        assert!(
            found
                .iter()
                .all(|available| available.number_type == *number_type)
        );
    }
    for (number_type, country) in &subject.samples().types_out_of_stock {
        let query = SearchQuery {
            number_type: number_type.clone(),
            ..SearchQuery::new(*country)
        };
        match subject.provider().search_available(&query).await {
            Ok(found) => assert_eq!(found.items, []),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}"),
        }
    }
}

/// It is no error.
pub async fn a_search_that_finds_nothing_is_empty(harness: &dyn Harness) {
    let Some(subject) = subject(harness).await else {
        return;
    };
    let query = subject.samples().nothing.clone().unwrap();
    assert_eq!(find(&subject, &query).await, []);
}

/// The carrier's books stay as they are.
pub async fn a_search_reserves_nothing(harness: &dyn Harness) {
    let Some(subject) = subject(harness).await else {
        return;
    };
    let query = subject.samples().stock.clone().unwrap();
    let books = harness.ledger();
    let first = find(&subject, &query).await;
    assert_eq!(numbers(&find(&subject, &query).await), numbers(&first));
    let after = harness.ledger();
    assert_eq!(
        (after.owned, after.purchases),
        (books.owned, books.purchases)
    );
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
        let query = subject.samples().stock.clone().unwrap();
        for available in find(&subject, &query).await {
            let priced = available.monthly_price.is_some();
            assert_eq!(priced, capability.search_has_prices, "{available:?}");
            assert_eq!(priced, available.price_source == PriceSource::Carrier);
        }
    }
}
