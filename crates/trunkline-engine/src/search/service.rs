//! Asking every account at once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::offer::Offer;
use crate::prices::{PriceLists, Until, price};
use crate::seal::Sealer;
use crate::search::quote::{Quote, quotes};
use crate::search::{Found, SearchAnswer, SearchRequest, SearchSort};
use crate::source::{Filters, Source, SourceStatus};
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::{Capability, SearchFilter};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::model::{AvailableNumber, Caller, SearchQuery};
use trunkline_core::registry::{AccountEntry, Registry};

/// Searches. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Search {
    pub(super) registry: Arc<Registry>,
    sealer: Sealer,
    prices: Arc<PriceLists>,
}

impl Search {
    /// A search over these accounts.
    #[must_use]
    pub fn new(registry: Arc<Registry>, sealer: Sealer) -> Self {
        Self {
            registry,
            sealer,
            prices: Arc::default(),
        }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The same with price lists that others use too.
    pub(crate) fn with_prices(self, prices: Arc<PriceLists>) -> Self {
        Self { prices, ..self }
    }

    /// Asks every account at once, until the deadline. A failing account is a source with an error.
    ///
    /// # Errors
    /// `InvalidRequest` for a query that makes no sense; `NotFound` for an account that is not the tenant's.
    pub async fn run(&self, caller: &Caller, request: &SearchRequest) -> Result<SearchAnswer> {
        request.query.validate()?;
        let entries = entries_of(&self.registry, caller, &request.accounts)?;
        let until = Until::searching(request.timeout);
        let asked = entries.iter().map(|entry| self.ask(entry, request, until));
        let parts = join_all(asked).await;
        let mut sources = Vec::with_capacity(parts.len());
        let mut merged: Vec<(usize, Quote)> = Vec::new();
        for (source, numbers) in parts {
            let quotes = quotes(&source, numbers);
            merged.extend(quotes.into_iter().enumerate());
            sources.push(source);
        }
        merged.sort_by(|a, b| match request.sort {
            SearchSort::InTurn => (a.0, &a.1.account).cmp(&(b.0, &b.1.account)),
            by => by.compare(&a.1, &b.1),
        });
        merged.truncate(request.query.limit);
        let seal = |(_, quote)| self.seal(caller, quote);
        Ok(SearchAnswer {
            numbers: merged.into_iter().map(seal).collect::<Result<_>>()?,
            sources,
        })
    }

    pub(super) fn seal(&self, caller: &Caller, quote: Quote) -> Result<Found> {
        let Quote {
            account,
            provider,
            available,
        } = quote;
        let (offer, expires_at) = Offer::seal(&self.sealer, &caller.tenant, &account, &available)?;
        Ok(Found {
            offer,
            expires_at,
            account,
            provider,
            available,
        })
    }

    pub(super) async fn ask(
        &self,
        entry: &AccountEntry,
        request: &SearchRequest,
        until: Until,
    ) -> (Source, Vec<AvailableNumber>) {
        let provider = &entry.provider;
        let query = &request.query;
        let deadline = until.deadline;
        let started = Instant::now();
        let mut source = Source::pending(provider.account().clone(), provider.provider().clone());
        source.filters = filters(provider.capability(), query);
        let call = Call::until(deadline, Lane::Search);
        let search = call.scope(tokio::time::timeout_at(
            deadline,
            provider.search_available(query),
        ));
        let prices = self.prices.of(entry, query.country, until);
        let (found, prices) = tokio::join!(search, prices);
        source.latency = started.elapsed();
        match found.unwrap_or_else(|_| Err(too_late(request.timeout))) {
            Ok(page) => {
                let capability = provider.capability();
                let mut numbers = page.items;
                // Whatever is left out of a full page, it may be followed by what fits.
                let is_full = numbers.len() + page.unreadable >= most(capability, query);
                numbers.retain(|number| fits(number, query, capability));
                source.truncated = page.cut || is_full;
                source.filters.also_local(&page.local);
                numbers.truncate(query.limit);
                numbers
                    .iter_mut()
                    .for_each(|number| price(number, entry, &prices));
                source.status = SourceStatus::Ok;
                source.count = numbers.len();
                if page.unreadable > 0 {
                    source.miss(page.unreadable);
                }
                (source, numbers)
            }
            Err(error) => {
                source.fail(error);
                (source, Vec::new())
            }
        }
    }
}

/// The tenant's accounts, or those named; by name.
pub(crate) fn entries_of(
    registry: &Registry,
    caller: &Caller,
    names: &[String],
) -> Result<Vec<Arc<AccountEntry>>> {
    if names.is_empty() {
        return Ok(registry.visible(caller).collect());
    }
    let mut entries: Vec<_> = names
        .iter()
        .map(|name| registry.of_caller(caller, name))
        .collect::<Result<_>>()?;
    entries.sort_by(|a, b| a.provider.account().cmp(b.provider.account()));
    entries.dedup_by(|a, b| a.provider.account() == b.provider.account());
    Ok(entries)
}

pub(crate) fn too_late(timeout: Duration) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!("no answer within {} ms", timeout.as_millis()),
    )
    .with_retry(Retry::Backoff)
}

/// The most numbers that one search of an account gives.
fn most(capability: &Capability, query: &SearchQuery) -> usize {
    match capability.search_limit_max {
        0 => query.limit,
        max => max.min(query.limit),
    }
}

fn filters(capability: &Capability, query: &SearchQuery) -> Filters {
    let mut filters = Filters::default();
    for filter in query.filters() {
        let list = if capability.search_filters.contains(&filter) {
            &mut filters.native
        } else if capability.search_filters_local.contains(&filter) {
            &mut filters.local
        } else {
            &mut filters.unsupported
        };
        list.push(filter.as_str().into());
    }
    filters
}

/// What trunkline filters itself, where the carrier does not.
fn fits(number: &AvailableNumber, query: &SearchQuery, capability: &Capability) -> bool {
    let place = &number.location;
    let same = |have: &Option<String>, want: &Option<String>| {
        want.as_ref().is_none_or(|want| {
            have.as_ref()
                .is_some_and(|have| have.eq_ignore_ascii_case(want))
        })
    };
    capability
        .search_filters_local
        .iter()
        .all(|filter| match filter {
            SearchFilter::AreaCode => query
                .area_code
                .as_ref()
                .is_none_or(|code| number.number.national_digits().starts_with(code)),
            SearchFilter::Contains => query
                .contains
                .as_ref()
                .is_none_or(|contains| contains.matches(&number.number)),
            SearchFilter::Features => number.features.cover(query.features),
            SearchFilter::Region => same(&place.region, &query.region),
            SearchFilter::Locality => same(&place.locality, &query.locality),
            SearchFilter::PostalCode => same(&place.postal_code, &query.postal_code),
            SearchFilter::RateCenter => same(&place.rate_center, &query.rate_center),
            SearchFilter::AddressRequirement => {
                query.address_requirement.as_ref().is_none_or(|most| {
                    number.address_requirement == trunkline_core::AddressRequirement::None
                        || number.address_requirement == *most
                })
            }
            SearchFilter::Near
            | SearchFilter::Distance
            | SearchFilter::Lata
            | SearchFilter::Beta => true,
        })
}
