//! Searches.

use std::ops::Deref;
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;
use trunkline_core::{
    AccountName, AvailableNumber, CountryCode, Error, Features, NumberType, ProviderName, Result,
    SearchQuery,
};
use trunkline_engine::{Found, SearchAnswer, SearchRequest, SearchSort, Source, SourceStatus};

/// Default time for a search.
const WITHIN: Duration = Duration::from_secs(5);

/// Which numbers to search. [`Trunkline::search`](crate::Trunkline::search) reports invalid fields.
#[derive(Clone, Debug)]
#[must_use]
pub struct Search {
    pub(super) asked: Asked,
    within: Duration,
    sort: SearchSort,
}

/// The criteria, unchecked.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Asked {
    country: String,
    #[serde(rename = "type")]
    number_type: NumberType,
    #[serde(skip_serializing_if = "Option::is_none")]
    area_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locality: Option<String>,
    features: Features,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<String>,
    #[serde(skip)]
    limit: usize,
}

impl Search {
    /// Numbers of this type in a country (ISO 3166-1 alpha-2, `US`), at most 20.
    pub fn of(number_type: NumberType, country: impl Into<String>) -> Self {
        Self {
            asked: Asked {
                country: country.into(),
                number_type,
                area_code: None,
                contains: None,
                region: None,
                locality: None,
                features: Features::default(),
                accounts: Vec::new(),
                limit: 20,
            },
            within: WITHIN,
            sort: SearchSort::Price,
        }
    }

    /// Local numbers of a country.
    pub fn local(country: impl Into<String>) -> Self {
        Self::of(NumberType::Local, country)
    }

    /// Mobile numbers of a country.
    pub fn mobile(country: impl Into<String>) -> Self {
        Self::of(NumberType::Mobile, country)
    }

    /// Toll-free numbers of a country.
    pub fn toll_free(country: impl Into<String>) -> Self {
        Self::of(NumberType::TollFree, country)
    }

    /// Only with this area code: digits.
    pub fn area_code(mut self, area_code: impl Into<String>) -> Self {
        self.asked.area_code = Some(area_code.into());
        self
    }

    /// Only with these digits: `*` is any digit, `^` the start and `$` the end of the number.
    pub fn contains(mut self, pattern: impl Into<String>) -> Self {
        self.asked.contains = Some(pattern.into());
        self
    }

    /// Only in this state or province.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.asked.region = Some(region.into());
        self
    }

    /// Only in this city.
    pub fn locality(mut self, locality: impl Into<String>) -> Self {
        self.asked.locality = Some(locality.into());
        self
    }

    /// Only with these features.
    pub fn features(mut self, features: Features) -> Self {
        self.asked.features = features;
        self
    }

    /// Searches this account, too; default all accounts.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.asked.accounts.push(account.into());
        self
    }

    /// Limits the number of offers: 1 to 100, default 20.
    pub fn limit(mut self, limit: usize) -> Self {
        self.asked.limit = limit;
        self
    }

    /// Sorts the offers; default cheapest first.
    pub fn sort(mut self, sort: SearchSort) -> Self {
        self.sort = sort;
        self
    }

    /// Answers after this time with what has arrived; default 5 s.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    pub(super) fn request(&self) -> Result<SearchRequest> {
        let asked = &self.asked;
        let mut query = SearchQuery::new(CountryCode::from_str(&asked.country)?);
        query.number_type.clone_from(&asked.number_type);
        query.area_code.clone_from(&asked.area_code);
        query.contains = asked.contains.as_deref().map(str::parse).transpose()?;
        query.region.clone_from(&asked.region);
        query.locality.clone_from(&asked.locality);
        query.features = asked.features;
        query.limit = asked.limit;
        query.validate()?;
        Ok(SearchRequest {
            query,
            accounts: asked.accounts.clone(),
            sort: self.sort,
            timeout: self.within,
        })
    }
}

/// A number for sale at an account. The offer is valid for at most 15 minutes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Offer {
    /// Account that offers it.
    pub account: AccountName,
    /// Carrier.
    pub provider: ProviderName,
    /// The number.
    pub available: AvailableNumber,
    /// The offer as a sealed text, to pass on.
    pub token: String,
}

impl Deref for Offer {
    type Target = AvailableNumber;

    fn deref(&self) -> &AvailableNumber {
        &self.available
    }
}

impl From<Found> for Offer {
    fn from(found: Found) -> Self {
        Self {
            account: found.account,
            provider: found.provider,
            available: found.available,
            token: found.offer,
        }
    }
}

/// Result of a search: a slice of offers, and the result of each account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Offers {
    /// The offers.
    pub offers: Vec<Offer>,
    /// Result of each account, by name.
    pub sources: Vec<Source>,
}

impl Offers {
    pub(super) fn of(answer: SearchAnswer) -> Result<Self> {
        answered(&answer.sources)?;
        Ok(Self {
            offers: answer.numbers.into_iter().map(Offer::from).collect(),
            sources: answer.sources,
        })
    }
}

list_of!(Offers: offers, Offer);

/// The first account's error, if every account that supports the call failed.
pub(super) fn answered(sources: &[Source]) -> Result<()> {
    let asked = || {
        let unsupported = SourceStatus::Unsupported;
        sources
            .iter()
            .filter(move |source| source.status != unsupported)
    };
    if asked().any(|source| source.error.is_none()) {
        return Ok(());
    }
    let error: Option<&Error> = asked().find_map(|source| source.error.as_ref());
    error.map_or(Ok(()), |error| Err(error.clone()))
}
