//! Searching what Zendesk has on sale.

use trunkline_core::capability::SearchFilter;
use trunkline_core::{
    AvailableNumber, Contains, CountryCode, E164, Error, NumberType, Operation, Result, SearchQuery,
};
use trunkline_http::ApiRequest;
use trunkline_http::wire::{self, address_fits, unsupported};

use super::path::path;

/// Search filters that Zendesk does not have.
pub(crate) const SEARCH_FILTERS_LOCAL: [SearchFilter; 4] = [
    SearchFilter::Features,
    SearchFilter::Region,
    SearchFilter::Locality,
    SearchFilter::AddressRequirement,
];

/// A search. What Zendesk can't filter by is left to [`misfit`]. Errors: `Unsupported` or `InvalidRequest` naming the
/// filter.
pub(crate) fn search(query: &SearchQuery) -> Result<ApiRequest> {
    check(query)?;
    let toll_free = match query.number_type {
        NumberType::Local => "false",
        NumberType::TollFree => "true",
        _ => {
            return Err(unsupported(
                "type",
                "Zendesk has local and toll-free numbers",
            ));
        }
    };
    let (code, digits) = (query.area_code.as_deref(), query.contains.as_ref());
    let digits = digits.map(|contains| contains.digits().to_owned());
    Ok(on_sale(Operation::SearchAvailable, query.country)
        .query("toll_free", toll_free)
        .query_opt("area_code", code.filter(|_| has_area_codes(query)))
        .query_opt(
            "contains",
            digits.or_else(|| query.area_code.clone().filter(|_| !has_area_codes(query))),
        ))
}

fn has_area_codes(query: &SearchQuery) -> bool {
    [CountryCode::US, CountryCode::CA].contains(&query.country)
}

/// The filters of which Zendesk can be asked only a part: it knows no anchors, and area codes of North America alone.
pub(crate) fn coarse(query: &SearchQuery) -> Vec<&'static str> {
    let anchored = |contains: &Contains| contains.at_start() || contains.at_end();
    let mut coarse = Vec::new();
    if query.contains.as_ref().is_some_and(anchored) {
        coarse.push("contains");
    }
    if query.area_code.is_some() && !has_area_codes(query) {
        coarse.push("area_code");
    }
    coarse
}

/// The searches that show one number, and with it the token that buys it: of its type by the numbering plan, and where
/// the plan does not know it, of the other type too. None for a number of no country.
pub(crate) fn searches_of(number: &E164) -> Vec<ApiRequest> {
    let plan = number.describe();
    let types = match plan.number_type {
        NumberType::TollFree => vec!["true"],
        NumberType::Other(_) => vec!["false", "true"],
        _ => vec!["false"],
    };
    let search = |country| {
        let of_type = move |toll_free| {
            on_sale(Operation::Purchase, country)
                .query("toll_free", toll_free)
                .query("contains", number.national_digits())
        };
        types.into_iter().map(of_type).collect()
    };
    plan.country.map(search).unwrap_or_default()
}

fn on_sale(operation: Operation, country: CountryCode) -> ApiRequest {
    ApiRequest::get(operation, path("phone_numbers/search")).query("country", country.as_str())
}

fn check(query: &SearchQuery) -> Result<()> {
    const NATIVE: [SearchFilter; 2] = [SearchFilter::AreaCode, SearchFilter::Contains];
    let known = |filter| NATIVE.contains(filter) || SEARCH_FILTERS_LOCAL.contains(filter);
    if let Some(other) = query.filters().iter().find(|filter| !known(filter)) {
        return Err(unsupported(
            other.as_str(),
            "Zendesk does not say this of a number",
        ));
    }
    if query.features.emergency || query.features.fax {
        return Err(unsupported(
            "features",
            "Zendesk says voice, sms and mms of numbers on sale",
        ));
    }
    let odd = |code: &String| has_area_codes(query) && code.len() != 3;
    if query.area_code.as_ref().is_some_and(odd) {
        let message = "an area code of the US or Canada has 3 digits";
        return Err(Error::invalid("area_code", message));
    }
    Ok(())
}

/// The filter that a number does not fit: Zendesk knows no anchors, and many filters not at all.
pub(crate) fn misfit(number: &AvailableNumber, query: &SearchQuery) -> Option<&'static str> {
    let is = |wanted: &Option<String>, have: &Option<String>| {
        let same = |wanted: &String| {
            let have = have.as_deref();
            have.is_some_and(|have| have.eq_ignore_ascii_case(wanted))
        };
        wanted.as_ref().is_none_or(same)
    };
    let place = &number.location;
    let own = [
        ("address_requirement", address_fits(number, query)),
        ("type", number.number_type == query.number_type),
        ("region", is(&query.region, &place.region)),
        ("locality", is(&query.locality, &place.locality)),
    ];
    wire::misfit(number, query, &own)
}

#[cfg(test)]
mod tests {
    use trunkline_core::{ErrorKind, Features};

    use super::*;

    fn asked(request: ApiRequest) -> Vec<String> {
        let pairs = request.query.into_iter();
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    fn refused(query: &SearchQuery) -> (ErrorKind, String) {
        let error = search(query).unwrap_err();
        (error.kind(), error.fields()[0].field.clone())
    }

    #[test]
    fn every_filter_that_zendesk_has_is_sent() {
        let query = SearchQuery {
            number_type: NumberType::TollFree,
            area_code: Some("888".into()),
            contains: "^888pizza".parse().ok(),
            ..SearchQuery::new(CountryCode::US)
        };
        let request = search(&query).unwrap();
        assert_eq!(request.path, "api/v2/channels/voice/phone_numbers/search");
        let wanted = [
            "country=US",
            "toll_free=true",
            "area_code=888",
            "contains=88874992",
        ];
        assert_eq!(asked(request), wanted);
    }

    #[test]
    fn filter_unknown_to_zendesk_is_rejected_by_name() {
        let us = || SearchQuery::new(CountryCode::US);
        let mobile = SearchQuery {
            number_type: NumberType::Mobile,
            ..us()
        };
        assert_eq!(refused(&mobile), (ErrorKind::Unsupported, "type".into()));
        let short = SearchQuery {
            area_code: Some("41".into()),
            ..us()
        };
        assert_eq!(
            refused(&short),
            (ErrorKind::InvalidRequest, "area_code".into())
        );
        let postal = SearchQuery {
            postal_code: Some("94103".into()),
            ..us()
        };
        assert_eq!(
            refused(&postal),
            (ErrorKind::Unsupported, "postal_code".into())
        );
        let fax = SearchQuery {
            features: Features {
                fax: true,
                ..Features::default()
            },
            ..us()
        };
        assert_eq!(refused(&fax), (ErrorKind::Unsupported, "features".into()));
    }

    #[test]
    fn one_number_is_searched_for_in_its_country_and_type() {
        let all = |number: &str| {
            let searches = searches_of(&number.parse().unwrap()).into_iter();
            searches.map(asked).collect::<Vec<_>>()
        };
        assert_eq!(
            all("+14155552671"),
            [["country=US", "toll_free=false", "contains=4155552671"]]
        );
        assert_eq!(all("+18002530000")[0][1], "toll_free=true");
        let unknown_to_the_plan = all("+441632960890");
        assert_eq!(unknown_to_the_plan.len(), 2);
        assert_eq!(unknown_to_the_plan[1][1], "toll_free=true");
        assert_eq!(all("+447400123456")[0][0], "country=GB");
        assert!(all("+999123").is_empty());
    }
}
