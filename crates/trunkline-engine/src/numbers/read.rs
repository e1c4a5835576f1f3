//! Listing and showing numbers.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{Stream, StreamExt};

use crate::numbers::Numbers;
use crate::numbers::resolve::For;
use crate::paging::{Listed, Listing, Reader, Streamed, streamed};
use crate::search::entries_of;
use crate::source::Filters;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::{Capability, ListFilter};
use trunkline_core::error::Result;
use trunkline_core::model::{Caller, ListQuery, Number, Page};
use trunkline_core::provider::Provider;
use trunkline_core::registry::AccountEntry;

/// Which numbers to list where.
#[derive(Clone, Debug, PartialEq)]
pub struct NumbersRequest {
    /// Which; `limit` and `cursor` in it are not used.
    pub query: ListQuery,
    /// At these accounts; at all of the tenant's if empty.
    pub accounts: Vec<String>,
    /// Only at accounts of this provider.
    pub provider: Option<String>,
    /// At most this many: 1 to 100.
    pub limit: usize,
    /// [`Listed::next_cursor`] of the page before.
    pub cursor: Option<String>,
    /// For at most this long; a stream waits so long for each page.
    pub timeout: Duration,
}

impl Numbers {
    /// One page of what the tenant holds, account by account. A failing account is a source with an error.
    ///
    /// # Errors
    /// `InvalidRequest` for a cursor that is not of this list; `NotFound` for an account that is not the tenant's.
    pub async fn list(&self, caller: &Caller, request: &NumbersRequest) -> Result<Listed<Number>> {
        let entries = self.asked(caller, request)?;
        let filters = (&request.query, &request.accounts, &request.provider);
        let listing = Listing {
            sealer: &self.sealer,
            purpose: "numbers",
            tenant: &caller.tenant,
            filters: crate::fingerprint::of(&filters)?,
            limit: request.limit,
            cursor: request.cursor.as_deref(),
            timeout: request.timeout,
        };
        let reader = NumberReader {
            query: request.query.clone(),
        };
        let mut listed = listing.run(entries, &reader).await?;
        self.annotate_all(&mut listed.items).await?;
        Ok(listed)
    }

    /// Everything the tenant holds, each page of a carrier's the moment it arrives, every account at once. The request's
    /// `timeout` is for each page; its `limit` and `cursor` are not read.
    ///
    /// # Errors
    /// As [`Numbers::list`], before anything is asked; in the stream those of the store.
    pub fn stream(
        &self,
        caller: &Caller,
        request: &NumbersRequest,
    ) -> Result<impl Stream<Item = Result<Streamed<Number>>> + Send + use<>> {
        let entries = self.asked(caller, request)?;
        let reader = NumberReader {
            query: request.query.clone(),
        };
        let numbers = self.clone();
        let parts = streamed(entries, &reader, request.timeout);
        Ok(parts.then(move |mut part| {
            let numbers = numbers.clone();
            async move {
                if let Streamed::Items(items) = &mut part {
                    numbers.annotate_all(items).await?;
                }
                Ok(part)
            }
        }))
    }

    fn asked(&self, caller: &Caller, request: &NumbersRequest) -> Result<Vec<Arc<AccountEntry>>> {
        let mut entries = entries_of(&self.registry, caller, &request.accounts)?;
        if let Some(wanted) = &request.provider {
            entries.retain(|entry| entry.provider.provider().as_str() == wanted);
        }
        Ok(entries)
    }

    /// One number, by its id or by an E.164 that exactly one account of the tenant holds.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` listing the ids if several accounts hold it; those of the carrier.
    pub async fn get(&self, caller: &Caller, id: &str) -> Result<Number> {
        let call = Call::within(Self::TIMEOUT, Lane::Search);
        let number = call.scope(async {
            let found = self.resolve(caller, id, For::Reading).await?;
            match found.number {
                Some(number) => Ok(number),
                None => self.get_from(&found.entry, &found.id).await,
            }
        });
        self.annotated(number.await?).await
    }
}

#[derive(Clone)]
struct NumberReader {
    query: ListQuery,
}

impl Reader<Number> for NumberReader {
    async fn read(
        &self,
        provider: &Arc<dyn Provider>,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<Number>> {
        provider
            .list(&ListQuery {
                cursor,
                limit,
                ..self.query.clone()
            })
            .await
    }

    fn id<'a>(&self, item: &'a Number) -> &'a str {
        item.id.as_str()
    }

    fn fits(&self, provider: &dyn Provider, number: &Number) -> bool {
        fits(number, &self.query, provider.capability())
    }

    fn filters(&self, provider: &dyn Provider) -> Filters {
        let capability = provider.capability();
        let mut filters = Filters::default();
        for filter in self.query.filters() {
            let list = if capability.list_filters.contains(&filter) {
                &mut filters.native
            } else if capability.list_filters_local.contains(&filter) {
                &mut filters.local
            } else {
                &mut filters.unsupported
            };
            list.push(filter.as_str().into());
        }
        for name in self.query.provider_options.names() {
            let list = if capability.list_options.contains(&name) {
                &mut filters.native
            } else {
                &mut filters.unsupported
            };
            list.push(format!("provider_options[{name}]").into());
        }
        filters
    }
}

/// What trunkline filters itself, where the carrier does not.
fn fits(number: &Number, query: &ListQuery, capability: &Capability) -> bool {
    let is = |have: &Option<String>, want: &Option<String>| want.is_none() || have == want;
    capability
        .list_filters_local
        .iter()
        .all(|filter| match filter {
            ListFilter::Number => query.is_number(number.number.as_deref()),
            ListFilter::Contains => query.contains.as_ref().is_none_or(|digits| {
                [&number.number, &number.extension]
                    .into_iter()
                    .flatten()
                    .any(|have| have.contains(digits))
            }),
            ListFilter::Country => query.country.is_none() || number.country == query.country,
            ListFilter::Type => query
                .number_type
                .as_ref()
                .is_none_or(|kind| number.number_type == *kind),
            ListFilter::State => query
                .state
                .as_ref()
                .is_none_or(|state| number.state == *state),
            ListFilter::Features => number.features.cover(query.features),
            ListFilter::Label => is(&number.label, &query.label),
            ListFilter::Owner => {
                query.owner.is_none()
                    || number.owner.as_ref().and_then(|o| o.id.as_ref()) == query.owner.as_ref()
            }
            ListFilter::Location => is(&number.location.id, &query.location),
            ListFilter::Main => query.main.is_none_or(|main| number.main == main),
            ListFilter::Available => query
                .available
                .is_none_or(|free| number.owner.is_none() == free),
        })
}
