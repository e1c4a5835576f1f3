//! Where numbers are on sale, account by account.

use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::Instant;

use crate::search::{Search, entries_of, too_late};
use crate::source::{Source, SourceStatus};
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::Operation;
use trunkline_core::error::Result;
use trunkline_core::model::{AccountName, Caller, CountryCode, CountryOnSale, ProviderName};
use trunkline_core::registry::AccountEntry;

/// A country in which an account can buy numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Market {
    /// The account.
    pub account: AccountName,
    /// Its provider.
    pub provider: ProviderName,
    /// The country, and the types of number on sale there.
    pub on_sale: CountryOnSale,
}

impl Search {
    /// The countries on sale, by country and account. An account whose carrier does not say is a source with an error.
    ///
    /// # Errors
    /// `NotFound` for an account that is not the tenant's.
    pub async fn countries(
        &self,
        caller: &Caller,
        accounts: &[String],
        country: Option<CountryCode>,
    ) -> Result<(Vec<Market>, Vec<Source>)> {
        const TIMEOUT: Duration = Duration::from_secs(10);
        let entries = entries_of(self.registry(), caller, accounts)?;
        let call = Call::within(TIMEOUT, Lane::Search);
        let asked = entries.iter().map(|entry| async move {
            let started = Instant::now();
            let told = tokio::time::timeout_at(call.deadline, call.scope(of(entry))).await;
            let told = told.unwrap_or_else(|_| Err(too_late(TIMEOUT)));
            (entry, told, started.elapsed())
        });
        let (mut markets, mut sources) = (Vec::new(), Vec::new());
        for (entry, told, latency) in join_all(asked).await {
            let (account, provider) = (entry.provider.account(), entry.provider.provider());
            let mut source = Source::pending(account.clone(), provider.clone());
            source.latency = latency;
            let market = |on_sale| Market {
                account: account.clone(),
                provider: provider.clone(),
                on_sale,
            };
            match told {
                Ok(mut told) => {
                    told.retain(|found| country.is_none_or(|wanted| found.country == wanted));
                    source.status = SourceStatus::Ok;
                    source.count = told.len();
                    markets.extend(told.into_iter().map(market));
                }
                Err(error) => source.fail(error),
            }
            sources.push(source);
        }
        markets
            .sort_by(|a, b| (a.on_sale.country, &a.account).cmp(&(b.on_sale.country, &b.account)));
        Ok((markets, sources))
    }
}

/// What the capability says where it is the same for every account of the provider, else what the carrier does.
async fn of(entry: &AccountEntry) -> Result<Vec<CountryOnSale>> {
    let capability = entry.provider.capability();
    match &capability.countries {
        Some(countries) if capability.supports(Operation::SearchAvailable) => Ok(countries
            .iter()
            .map(|country| CountryOnSale {
                country: *country,
                name: None,
                number_types: capability.number_types.clone(),
            })
            .collect()),
        _ => entry.provider.list_countries().await,
    }
}
