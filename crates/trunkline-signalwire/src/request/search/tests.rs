//! Searches as they are sent, and those that are not.

use trunkline_core::{ErrorKind, Features};

use super::*;

fn us() -> SearchQuery {
    SearchQuery::new(CountryCode::US)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn sent(query: &SearchQuery) -> String {
    let pairs = search(query, room(query)).unwrap().query.into_iter();
    let pairs: Vec<_> = pairs.map(|(n, v)| format!("{n}={v}")).collect();
    pairs.join("&")
}

fn refused(query: &SearchQuery) -> (ErrorKind, String) {
    let error = search(query, room(query)).unwrap_err();
    (error.kind(), error.fields()[0].field.clone())
}

#[test]
fn a_pattern_is_looked_for_where_it_is_anchored() {
    for (pattern, wanted) in [
        ("555", "contains=555&max_results=20"),
        ("^4155", "starts_with=4155&max_results=20"),
        ("0142$", "ends_with=0142&max_results=20"),
        ("^4155550142$", "ends_with=5550142&max_results=100"),
        ("41555501", "contains=4155550&max_results=100"),
        ("^41555501", "starts_with=4155550&max_results=100"),
        ("^4*5550*42$", "contains=5550&max_results=100"),
        ("^415*0142$", "ends_with=0142&max_results=100"),
    ] {
        let query = SearchQuery {
            contains: pattern.parse().ok(),
            ..us()
        };
        assert_eq!(
            sent(&query),
            format!("number_type=local&{wanted}"),
            "{pattern}"
        );
    }
    let short = SearchQuery {
        contains: "41".parse().ok(),
        ..us()
    };
    assert_eq!(refused(&short), (ErrorKind::Unsupported, "contains".into()));
}

#[test]
fn area_code_type_and_place_have_their_parameters() {
    let code = SearchQuery {
        area_code: text("415"),
        limit: 3,
        ..us()
    };
    assert_eq!(sent(&code), "areacode=415&number_type=local&max_results=3");
    let free = SearchQuery {
        number_type: NumberType::TollFree,
        ..us()
    };
    assert_eq!(sent(&free), "number_type=toll-free&max_results=20");
    let city = SearchQuery {
        region: text("ca"),
        locality: text("San Francisco"),
        ..us()
    };
    let wanted = "number_type=local&max_results=20&region=CA&city=San Francisco";
    assert_eq!(sent(&city), wanted);
}

#[test]
fn features_are_sorted_out_here_from_as_many_as_there_can_be() {
    let query = SearchQuery {
        features: Features {
            fax: true,
            ..Features::default()
        },
        ..us()
    };
    assert_eq!(sent(&query), "number_type=local&max_results=100");
}

fn unsupported(field: &str, query: &SearchQuery) {
    let wanted = (ErrorKind::Unsupported, field.to_owned());
    assert_eq!(refused(query), wanted, "{query:?}");
}

#[test]
fn filter_that_signalwire_does_not_have_is_named() {
    unsupported("country", &SearchQuery::new(CountryCode::GB));
    let mut mobile = us();
    mobile.number_type = NumberType::Mobile;
    unsupported("type", &mobile);
    let mut near = us();
    near.postal_code = text("94105");
    unsupported("postal_code", &near);
    let mut lata = us();
    lata.lata = text("722");
    unsupported("lata", &lata);
}

#[test]
fn filters_that_signalwire_does_not_take_together_are_named() {
    let mut place = us();
    place.locality = text("Oakland");
    unsupported("locality", &place);
    place.region = text("CA");
    assert!(search(&place, 1).is_ok());
    place.contains = "555".parse().ok();
    unsupported("locality", &place);
    let mut region = us();
    region.region = text("CA");
    region.area_code = text("415");
    unsupported("region", &region);
    region.area_code = None;
    region.number_type = NumberType::TollFree;
    unsupported("region", &region);
}

#[test]
fn canadian_numbers_are_found_by_area_code_or_region() {
    let mut query = SearchQuery::new(CountryCode::CA);
    unsupported("country", &query);
    query.region = text("ON");
    assert!(search(&query, 1).is_ok());
    query.region = None;
    query.contains = "^416".parse().ok();
    assert!(search(&query, 1).is_ok());
}

#[test]
fn codes_and_regions_have_their_length() {
    let invalid = |field: &str| (ErrorKind::InvalidRequest, field.to_owned());
    let code = SearchQuery {
        area_code: text("41"),
        ..us()
    };
    assert_eq!(refused(&code), invalid("area_code"));
    let region = SearchQuery {
        region: text("California"),
        ..us()
    };
    assert_eq!(refused(&region), invalid("region"));
}

#[test]
fn number_on_sale_is_searched_by_all_of_its_digits() {
    let offered = |number: &str| offers(&number.parse().unwrap());
    let request = offered("+18335550142").unwrap();
    let values: Vec<_> = request.query.iter().map(|(_, v)| v.as_str()).collect();
    assert_eq!(values, ["833", "toll-free", "5550142", "100"]);
    assert_eq!(offered("+442079460123"), None);
    assert_eq!(offered("+1415555"), None);
}
