//! What to look for.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::capability::{ListFilter, SearchFilter};
use crate::error::{Error, Result};
use crate::model::{
    AddressRequirement, CallerId, CountryCode, E164, Features, Number, NumberState, NumberType,
    QueryOptions, is_same_number, plan,
};

/// Digits, or letters on the keypad, that a national number must have. Two at least; `*` between them is any one digit.
///
/// Written `555` for anywhere, `^415` for the start of the national number and `0101$` for its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Contains {
    digits: String,
    at_start: bool,
    at_end: bool,
}

impl Contains {
    /// The digits, letters turned into digits by the keypad, and `*` for any one digit.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Whether the national number must start so.
    pub const fn at_start(&self) -> bool {
        self.at_start
    }

    /// Whether the number must end so.
    pub const fn at_end(&self) -> bool {
        self.at_end
    }

    /// The longest part without `*`, for carriers without wildcards; at least one digit.
    #[must_use]
    pub fn plain_part(&self) -> Self {
        let mut longest = "";
        for part in self.digits.split('*') {
            if part.len() > longest.len() {
                longest = part;
            }
        }
        let at_start = self.at_start && self.digits.starts_with(longest);
        // The same digits may stand at both ends.
        let elsewhere = at_start && longest.len() < self.digits.len();
        Self {
            digits: longest.to_owned(),
            at_start,
            at_end: self.at_end && !elsewhere && self.digits.ends_with(longest),
        }
    }

    /// Whether a number fits.
    pub fn matches(&self, number: &E164) -> bool {
        let national = number.national_digits();
        let (national, wanted) = (national.as_bytes(), self.digits.as_bytes());
        let Some(rest) = national.len().checked_sub(wanted.len()) else {
            return false;
        };
        let first = if self.at_end { rest } else { 0 };
        let last = if self.at_start { 0 } else { rest };
        let fits = |at: usize| {
            let here = national[at..].iter().zip(wanted);
            here.into_iter()
                .all(|(has, sign)| *sign == b'*' || has == sign)
        };
        (first..=last).any(fits)
    }
}

/// A digit of the pattern; a letter is the digit on its key.
fn sign(letter: char) -> Option<char> {
    Some(match letter.to_ascii_uppercase() {
        sign @ ('0'..='9' | '*') => sign,
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        _ => return None,
    })
}

impl FromStr for Contains {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (at_start, rest) = text
            .strip_prefix('^')
            .map_or((false, text), |rest| (true, rest));
        let (at_end, rest) = rest
            .strip_suffix('$')
            .map_or((false, rest), |rest| (true, rest));
        let digits: Option<String> = rest.chars().map(sign).collect();
        let plain = |digits: &str| digits.bytes().filter(u8::is_ascii_digit).count();
        match digits {
            Some(digits) if digits.len() <= 15 && plain(&digits) >= 2 => Ok(Self {
                digits,
                at_start,
                at_end,
            }),
            _ => Err(Error::invalid(
                "contains",
                "2 to 15 digits or letters, * for any one digit, with ^ before for the start or $ after for the end",
            )),
        }
    }
}

impl TryFrom<String> for Contains {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Contains> for String {
    fn from(contains: Contains) -> Self {
        let (start, end) = (
            if contains.at_start { "^" } else { "" },
            if contains.at_end { "$" } else { "" },
        );
        format!("{start}{}{end}", contains.digits)
    }
}

/// A place to search around: a number, or a point written `37.77,-122.42`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Near {
    /// Close to where this number is.
    Number(E164),
    /// Close to this point, in degrees.
    Point {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
}

impl FromStr for Near {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::invalid("near", "an E.164 number, or latitude,longitude in degrees");
        if text.starts_with('+') && !text.contains(',') {
            return text.parse().map(Self::Number).map_err(|_| bad());
        }
        let (latitude, longitude) = text.split_once(',').ok_or_else(bad)?;
        let degrees = |text: &str, limit: f64| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|value| value.abs() <= limit)
                .ok_or_else(bad)
        };
        Ok(Self::Point {
            latitude: degrees(latitude, 90.0)?,
            longitude: degrees(longitude, 180.0)?,
        })
    }
}

/// What available numbers to look for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchQuery {
    /// Country.
    pub country: CountryCode,
    /// Type.
    pub number_type: NumberType,
    /// National destination code: digits only.
    pub area_code: Option<String>,
    /// Digits of the national number.
    pub contains: Option<Contains>,
    /// What it must be able to do.
    pub features: Features,
    /// State or province.
    pub region: Option<String>,
    /// City.
    pub locality: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Close to here.
    pub near: Option<Near>,
    /// How close, in miles: 1 to 500. Only with `near`.
    pub distance: Option<u16>,
    /// The most that a purchase may ask for: `none` leaves out every number that needs an address,
    /// `local` those that need a foreign one, `foreign` those that need a local one.
    pub address_requirement: Option<AddressRequirement>,
    /// Rate centre; only with `lata` (Twilio).
    pub rate_center: Option<String>,
    /// Local access and transport area, a number (US and Canada).
    pub lata: Option<String>,
    /// Whether numbers new to the carrier's platform are wanted; the carrier's default if absent.
    pub beta: Option<bool>,
    /// At most this many: 1 to 100.
    pub limit: usize,
}

impl SearchQuery {
    /// Local numbers of a country, at most 20.
    #[must_use]
    pub fn new(country: CountryCode) -> Self {
        Self {
            country,
            number_type: NumberType::Local,
            area_code: None,
            contains: None,
            features: Features::default(),
            region: None,
            locality: None,
            postal_code: None,
            near: None,
            distance: None,
            address_requirement: None,
            rate_center: None,
            lata: None,
            beta: None,
            limit: 20,
        }
    }

    /// Checks what makes no sense at any carrier.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub fn validate(&self) -> Result<()> {
        if let Some(code) = &self.area_code
            && !((1..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(Error::invalid("area_code", "an area code is 1 to 6 digits"));
        }
        if let Some(code) = &self.area_code
            && self.number_type != NumberType::TollFree
            && self.country.calling_code() == 1
            && let Some(country) = plan::country_of_area_code(code)
            && country != self.country
        {
            let message =
                format!("{code} is an area code of {country}: search with country {country}");
            return Err(Error::invalid("area_code", message));
        }
        if !(1..=100).contains(&self.limit) {
            return Err(Error::invalid("limit", "1 to 100"));
        }
        match (self.distance, &self.near) {
            (Some(_), None) => Err(Error::invalid("distance", "only together with near")),
            (Some(miles), _) if !(1..=500).contains(&miles) => {
                Err(Error::invalid("distance", "1 to 500 miles"))
            }
            _ => Ok(()),
        }
    }

    /// The filters in use.
    pub fn filters(&self) -> Vec<SearchFilter> {
        [
            (SearchFilter::AreaCode, self.area_code.is_some()),
            (SearchFilter::Contains, self.contains.is_some()),
            (SearchFilter::Features, !self.features.is_empty()),
            (SearchFilter::Region, self.region.is_some()),
            (SearchFilter::Locality, self.locality.is_some()),
            (SearchFilter::PostalCode, self.postal_code.is_some()),
            (SearchFilter::Near, self.near.is_some()),
            (SearchFilter::Distance, self.distance.is_some()),
            (
                SearchFilter::AddressRequirement,
                self.address_requirement.is_some(),
            ),
            (SearchFilter::RateCenter, self.rate_center.is_some()),
            (SearchFilter::Lata, self.lata.is_some()),
            (SearchFilter::Beta, self.beta.is_some()),
        ]
        .into_iter()
        .filter_map(|(filter, used)| used.then_some(filter))
        .collect()
    }
}

/// What held numbers to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// This number exactly.
    pub number: Option<String>,
    /// Digits anywhere.
    pub contains: Option<String>,
    /// Country.
    pub country: Option<CountryCode>,
    /// Type.
    pub number_type: Option<NumberType>,
    /// State.
    pub state: Option<NumberState>,
    /// What it must be able to do.
    pub features: Features,
    /// Label, exactly.
    pub label: Option<String>,
    /// Owner's id.
    pub owner: Option<String>,
    /// Location's id.
    pub location: Option<String>,
    /// Main numbers, or all others.
    pub main: Option<bool>,
    /// Assigned to nobody, or to somebody.
    pub available: Option<bool>,
    /// What one carrier alone can filter by; only with names that its capability lists.
    #[serde(skip_serializing_if = "QueryOptions::is_empty")]
    pub provider_options: QueryOptions,
    /// At most this many on a page; 0 for the carrier's default.
    #[serde(skip)]
    pub limit: usize,
    /// Where the page starts: [`Page::next`](crate::Page::next) of the page before.
    #[serde(skip)]
    pub cursor: Option<String>,
}

impl ListQuery {
    /// Whether a number is the one asked for, if one is.
    pub fn is_number(&self, number: Option<&str>) -> bool {
        let same = |wanted: &String| number.is_some_and(|number| is_same_number(number, wanted));
        self.number.as_ref().is_none_or(same)
    }

    /// Whether a number fits the filters for digits, label and main numbers, which a carrier may understand more widely.
    pub fn fits(&self, number: &Number) -> bool {
        let has = |digits: &String| {
            let texts = [&number.number, &number.extension].into_iter().flatten();
            texts.into_iter().any(|text| text.contains(digits))
        };
        self.is_number(number.number.as_deref())
            && self.contains.as_ref().is_none_or(has)
            && (self.label.is_none() || self.label == number.label)
            && self.main.is_none_or(|main| main == number.main)
    }

    /// The filters in use.
    pub fn filters(&self) -> Vec<ListFilter> {
        [
            (ListFilter::Number, self.number.is_some()),
            (ListFilter::Contains, self.contains.is_some()),
            (ListFilter::Country, self.country.is_some()),
            (ListFilter::Type, self.number_type.is_some()),
            (ListFilter::State, self.state.is_some()),
            (ListFilter::Features, !self.features.is_empty()),
            (ListFilter::Label, self.label.is_some()),
            (ListFilter::Owner, self.owner.is_some()),
            (ListFilter::Location, self.location.is_some()),
            (ListFilter::Main, self.main.is_some()),
            (ListFilter::Available, self.available.is_some()),
        ]
        .into_iter()
        .filter_map(|(filter, used)| used.then_some(filter))
        .collect()
    }
}

/// What caller IDs to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallerIdQuery {
    /// This number exactly.
    pub number: Option<String>,
    /// Label, exactly.
    pub label: Option<String>,
    /// Of this owner, where caller IDs belong to owners: the id of a user at Wazo, `{kind}-{id}` at Webex.
    pub owner: Option<String>,
    /// What can be presented at this location, where caller IDs belong to locations: the carrier's id of it.
    pub location: Option<String>,
    /// At most this many on a page; 0 for the carrier's default.
    #[serde(skip)]
    pub limit: usize,
    /// Where the page starts.
    #[serde(skip)]
    pub cursor: Option<String>,
}

impl CallerIdQuery {
    /// Whether number and label of a caller ID are those asked for.
    pub fn fits(&self, shown: &CallerId) -> bool {
        let number = shown.number.as_deref();
        let same = |wanted: &String| number.is_some_and(|number| is_same_number(number, wanted));
        self.number.as_ref().is_none_or(same) && (self.label.is_none() || shown.label == self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_knows_the_keypad_and_the_ends() {
        let hit = |pattern: &str| {
            pattern
                .parse::<Contains>()
                .unwrap()
                .matches(&"+14155550101".parse().unwrap())
        };
        assert!(hit("555") && hit("^415") && hit("0101$") && hit("JKL") && hit("^4155550101$"));
        assert!(!hit("^1415") && !hit("415$"));
        for bad in [
            "5",
            "^4",
            "5**",
            "4155550101******",
            "",
            "^$",
            "\u{665}\u{665}",
        ] {
            assert!(bad.parse::<Contains>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_star_is_any_one_digit() {
        let pattern = |text: &str| text.parse::<Contains>().unwrap();
        let hit = |text: &str| pattern(text).matches(&"+14155550101".parse().unwrap());
        assert!(hit("5*01") && hit("^4*5") && hit("01*1$") && hit("^415*******$") && hit("*J*L*"));
        assert!(!hit("5*2") && !hit("^*415") && !hit("0101*") && !hit("^415*$"));
        let part = |text: &str| String::from(pattern(text).plain_part());
        assert_eq!(part("^415*01$"), "^415");
        assert_eq!(part("^4*5501$"), "5501$");
        assert_eq!(part("^41*55*01$"), "^41");
        assert_eq!(part("^01*01$"), "^01");
        assert_eq!(part("*415*"), "415");
        assert_eq!(part("^4155550101$"), "^4155550101$");
    }

    #[test]
    fn near_is_a_number_or_a_point_on_earth() {
        assert!(matches!("+14155550101".parse(), Ok(Near::Number(_))));
        assert!(matches!("37.77,-122.42".parse(), Ok(Near::Point { .. })));
        for bad in ["91,0", "0,181", "here", "NaN,0", "37.77"] {
            assert!(bad.parse::<Near>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_search_that_makes_no_sense_names_the_field() {
        let us = SearchQuery::new(CountryCode::US);
        let letters = SearchQuery {
            area_code: Some("4x5".into()),
            ..us.clone()
        };
        assert_eq!(
            letters.validate().unwrap_err().fields()[0].field,
            "area_code"
        );
        let puerto_rico = SearchQuery {
            area_code: Some("787".into()),
            ..us.clone()
        };
        let error = puerto_rico.validate().unwrap_err();
        assert!(
            error.message().contains("search with country PR"),
            "{error}"
        );
        for country in [CountryCode::US, "PR".parse().unwrap()] {
            let code = if country == CountryCode::US {
                "415"
            } else {
                "787"
            };
            let own = SearchQuery {
                country,
                area_code: Some(code.into()),
                ..us.clone()
            };
            assert!(own.validate().is_ok(), "{country}");
        }
        let nowhere = SearchQuery {
            distance: Some(10),
            ..us
        };
        assert_eq!(
            nowhere.validate().unwrap_err().fields()[0].field,
            "distance"
        );
    }
}
