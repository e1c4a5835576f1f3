//! Searching Twilio's stock.

use trunkline_core::{
    AddressRequirement, AvailableNumber, Contains, CountryCode, Error, Near, NumberType, Operation,
    Result, SearchQuery,
};
use trunkline_http::ApiRequest;
use trunkline_http::wire::{self, address_fits, unsupported};

use crate::config::PAGE_SIZE_MAX;
use crate::request::base::path;
use crate::words::MACHINE_TO_MACHINE;

/// A search of the stock for so many numbers. The features are asked for but not relied on: [`misfit`] looks again.
/// Errors: `Unsupported` or `InvalidRequest` naming the filter.
pub(crate) fn search(account_sid: &str, query: &SearchQuery, room: usize) -> Result<ApiRequest> {
    check(query)?;
    let resource = format!(
        "AvailablePhoneNumbers/{}/{}",
        query.country,
        segment(&query.number_type)?
    );
    let features = query.features;
    let mut request = ApiRequest::get(Operation::SearchAvailable, path(account_sid, resource))
        .query_opt(
            "AreaCode",
            query.area_code.clone().filter(|_| has_area_codes(query)),
        )
        .query_opt("Contains", contains(query));
    for (name, wanted) in [
        ("VoiceEnabled", features.voice),
        ("SmsEnabled", features.sms),
        ("MmsEnabled", features.mms),
        ("FaxEnabled", features.fax),
    ] {
        // `false` would not exclude anything: Twilio ignores it.
        request = request.query_opt(name, wanted.then_some("true"));
    }
    let request = match exclude(query.address_requirement.as_ref())? {
        Some(name) => request.query(name, "true"),
        None => request,
    };
    let (near_number, near_point) = match query.near {
        Some(Near::Number(number)) => (Some(number.to_string()), None),
        Some(Near::Point {
            latitude,
            longitude,
        }) => (None, Some(format!("{latitude},{longitude}"))),
        None => (None, None),
    };
    Ok(request
        .query_opt("Beta", query.beta.map(|beta| beta.to_string()))
        .query_opt("NearNumber", near_number)
        .query_opt("NearLatLong", near_point)
        .query_opt("Distance", query.distance.map(|miles| miles.to_string()))
        .query_opt("InPostalCode", query.postal_code.clone())
        .query_opt("InRegion", query.region.clone())
        .query_opt("InRateCenter", query.rate_center.clone())
        .query_opt("InLata", query.lata.clone())
        .query_opt("InLocality", query.locality.clone())
        .page_size("PageSize", room, PAGE_SIZE_MAX))
}

/// How many numbers to ask for: as many as there may be where what Twilio can be asked says only part of what is
/// wanted.
pub(crate) fn room(query: &SearchQuery) -> usize {
    if coarse(query).is_empty() {
        query.limit
    } else {
        PAGE_SIZE_MAX
    }
}

/// The filters of which Twilio can be asked only a part.
pub(crate) fn coarse(query: &SearchQuery) -> Vec<&'static str> {
    let mut coarse = Vec::new();
    if let Some(contains) = &query.contains {
        let plain = contains.plain_part();
        let whole = pattern(query.country, contains);
        if plain != *contains || whole.len() == PATTERN_MAX || whole.len() < 2 {
            coarse.push("contains");
        }
    }
    if query.area_code.is_some() && !has_area_codes(query) {
        coarse.push("area_code");
    }
    coarse
}

/// The area code as the digits that a number starts with, where Twilio has no filter for it, or else the pattern.
fn contains(query: &SearchQuery) -> Option<String> {
    let start = query.area_code.as_ref().filter(|_| !has_area_codes(query));
    let pattern = match (&query.contains, start) {
        (None, Some(code)) => format!("+{}{code}", query.country.calling_code()),
        (contains, _) => pattern(query.country, contains.as_ref()?),
    };
    // Two characters are the least.
    (pattern.len() > 1).then_some(pattern)
}

fn has_area_codes(query: &SearchQuery) -> bool {
    [CountryCode::US, CountryCode::CA].contains(&query.country)
}

/// The filter that a number does not fit: Twilio does not apply all of them exactly.
pub(crate) fn misfit(number: &AvailableNumber, query: &SearchQuery) -> Option<&'static str> {
    let address = address_fits(number, query);
    wire::misfit(number, query, &[("address_requirement", address)])
}

/// What Twilio has for the US and Canada only, and what it wants together.
fn check(query: &SearchQuery) -> Result<()> {
    let north_america = has_area_codes(query);
    let local = [
        ("near", query.near.is_some()),
        ("postal_code", query.postal_code.is_some()),
        ("region", query.region.is_some()),
        ("rate_center", query.rate_center.is_some()),
        ("lata", query.lata.is_some()),
    ];
    if let Some((field, _)) = local.iter().find(|(_, used)| *used && !north_america) {
        return Err(unsupported(
            field,
            "Twilio has this filter for the US and Canada only",
        ));
    }
    if query.features.emergency {
        return Err(unsupported(
            "features",
            "Twilio does not say which numbers it can register for emergencies",
        ));
    }
    if north_america && query.area_code.as_ref().is_some_and(|code| code.len() != 3) {
        return Err(Error::invalid(
            "area_code",
            "an area code of the US or Canada has 3 digits",
        ));
    }
    if query.rate_center.is_some() && query.lata.is_none() {
        return Err(Error::invalid("rate_center", "only together with lata"));
    }
    Ok(())
}

fn segment(kind: &NumberType) -> Result<&'static str> {
    Ok(match kind {
        NumberType::Local => "Local",
        NumberType::Mobile => "Mobile",
        NumberType::TollFree => "TollFree",
        NumberType::National => "National",
        NumberType::SharedCost => "SharedCost",
        NumberType::Voip => "Voip",
        NumberType::Other(name) if name == MACHINE_TO_MACHINE => "MachineToMachine",
        NumberType::Extension | NumberType::Other(_) => {
            return Err(unsupported("type", "Twilio has no numbers of this type"));
        }
    })
}

/// Most characters of a pattern (upstream limit).
const PATTERN_MAX: usize = 16;

/// Twilio's pattern: `+` anchors the international number, `$` its end, and 16 characters is the
/// most. It takes `*` nowhere but at the ends, so that only the longest part without one is asked for. Such a pattern, and
/// one cut at 16, finds more than is wanted, never less.
fn pattern(country: CountryCode, contains: &Contains) -> String {
    let contains = contains.plain_part();
    let mut pattern = String::with_capacity(20);
    if contains.at_start() {
        pattern = format!("+{}", country.calling_code());
    }
    pattern.push_str(contains.digits());
    if contains.at_end() {
        pattern.push('$');
    }
    pattern.truncate(PATTERN_MAX);
    pattern
}

/// The parameter that leaves out what needs more of an address than wanted.
fn exclude(most: Option<&AddressRequirement>) -> Result<Option<&'static str>> {
    Ok(match most {
        None | Some(AddressRequirement::Any) => None,
        Some(AddressRequirement::None) => Some("ExcludeAllAddressRequired"),
        Some(AddressRequirement::Local) => Some("ExcludeForeignAddressRequired"),
        Some(AddressRequirement::Foreign) => Some("ExcludeLocalAddressRequired"),
        Some(AddressRequirement::Other(_)) => {
            return Err(Error::invalid(
                "address_requirement",
                "none, any, local or foreign",
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use trunkline_core::{ErrorKind, Features};

    use super::*;

    fn query_of(query: &SearchQuery) -> Vec<(String, String)> {
        let request = search("AC1", query, query.limit).unwrap();
        request
            .query
            .into_iter()
            .map(|(n, v)| (n.into_owned(), v))
            .collect()
    }

    fn refused(query: &SearchQuery) -> (ErrorKind, String) {
        let error = search("AC1", query, query.limit).unwrap_err();
        (error.kind(), error.fields()[0].field.clone())
    }

    #[test]
    fn every_type_has_its_path() {
        for (name, wanted) in [
            ("local", "Local"),
            ("mobile", "Mobile"),
            ("toll_free", "TollFree"),
            ("national", "National"),
            ("shared_cost", "SharedCost"),
            ("voip", "Voip"),
            ("machine_to_machine", "MachineToMachine"),
        ] {
            let query = SearchQuery {
                number_type: NumberType::from(name),
                ..SearchQuery::new(CountryCode::GB)
            };
            let path = search("AC1", &query, query.limit).unwrap().path;
            assert_eq!(
                path,
                format!("2010-04-01/Accounts/AC1/AvailablePhoneNumbers/GB/{wanted}.json")
            );
        }
        let extension = SearchQuery {
            number_type: NumberType::Extension,
            ..SearchQuery::new(CountryCode::US)
        };
        assert_eq!(refused(&extension), (ErrorKind::Unsupported, "type".into()));
    }

    #[test]
    fn a_pattern_is_anchored_by_plus_and_dollar() {
        let of = |country, text: &str| pattern(country, &text.parse().unwrap());
        assert_eq!(of(CountryCode::US, "555"), "555");
        assert_eq!(of(CountryCode::US, "^415"), "+1415");
        assert_eq!(of(CountryCode::GB, "^20"), "+4420");
        assert_eq!(of(CountryCode::US, "0101$"), "0101$");
        assert_eq!(of(CountryCode::US, "^415*0101$"), "0101$");
        assert_eq!(of(CountryCode::US, "^4*555*1"), "555");
        assert_eq!(of(CountryCode::GB, "^123456789012345$").len(), 16);
    }

    #[test]
    fn only_required_features_are_requested() {
        let query = SearchQuery {
            features: Features {
                sms: true,
                ..Features::default()
            },
            limit: 3,
            ..SearchQuery::new(CountryCode::US)
        };
        let wanted = [("SmsEnabled", "true"), ("PageSize", "3")];
        assert_eq!(
            query_of(&query),
            wanted.map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn filters_of_north_america_are_refused_elsewhere() {
        let gb = SearchQuery::new(CountryCode::GB);
        let near = Some("51.5,-0.1".parse().unwrap());
        for (query, field) in [
            (SearchQuery { near, ..gb.clone() }, "near"),
            (
                SearchQuery {
                    postal_code: Some("N1".into()),
                    ..gb.clone()
                },
                "postal_code",
            ),
            (
                SearchQuery {
                    region: Some("Kent".into()),
                    ..gb.clone()
                },
                "region",
            ),
            (
                SearchQuery {
                    lata: Some("722".into()),
                    ..gb.clone()
                },
                "lata",
            ),
        ] {
            assert_eq!(refused(&query), (ErrorKind::Unsupported, field.into()));
        }
        let city = SearchQuery {
            locality: Some("London".into()),
            ..gb
        };
        assert_eq!(query_of(&city)[0].0, "InLocality");
    }

    #[test]
    fn an_area_code_outside_north_america_is_asked_for_as_digits() {
        let mut query = SearchQuery {
            area_code: Some("20".into()),
            ..SearchQuery::new(CountryCode::GB)
        };
        assert_eq!(
            query_of(&query)[0],
            ("Contains".to_owned(), "+4420".to_owned())
        );
        assert_eq!(
            (room(&query), coarse(&query)),
            (PAGE_SIZE_MAX, vec!["area_code"])
        );
        query.contains = "7946".parse().ok();
        assert_eq!(
            query_of(&query)[0],
            ("Contains".to_owned(), "7946".to_owned())
        );
    }

    #[test]
    fn more_rows_are_requested_where_a_pattern_is_only_partly_supported() {
        for (pattern, all) in [
            ("555", false),
            ("^415", false),
            ("^6*8*0*3*6*$", true),
            ("^415*0101$", true),
        ] {
            let query = SearchQuery {
                contains: pattern.parse().ok(),
                ..SearchQuery::new(CountryCode::US)
            };
            let wanted = if all { PAGE_SIZE_MAX } else { query.limit };
            assert_eq!(
                (room(&query), !coarse(&query).is_empty()),
                (wanted, all),
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_rate_centre_needs_its_lata() {
        let mut query = SearchQuery {
            rate_center: Some("SAUSALITO".into()),
            ..SearchQuery::new(CountryCode::US)
        };
        assert_eq!(
            refused(&query),
            (ErrorKind::InvalidRequest, "rate_center".into())
        );
        query.lata = Some("722".into());
        assert!(search("AC1", &query, query.limit).is_ok());
    }

    #[test]
    fn address_requirement_excludes_numbers_that_need_another_address() {
        for (most, name) in [
            ("none", Some("ExcludeAllAddressRequired")),
            ("local", Some("ExcludeForeignAddressRequired")),
            ("foreign", Some("ExcludeLocalAddressRequired")),
            ("any", None),
        ] {
            assert_eq!(
                exclude(Some(&AddressRequirement::from(most))).unwrap(),
                name
            );
        }
        assert!(exclude(Some(&AddressRequirement::from("mine"))).is_err());
    }
}
