//! From what a search finds to the candidates of a purchase.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use crate::offer::expiry;
use crate::prices::Until;
use crate::search::quote::{Quote, quotes};
use crate::search::{Search, SearchRequest, entries_of};
use crate::source::{Source, SourceStatus};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::host;
use trunkline_core::model::{
    AddressRequirement, Caller, Candidate, CandidateState, Money, Strategy,
};

/// What decides between candidates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preference {
    /// Which goes first.
    pub strategy: Strategy,
    /// The most that a month may cost. A price that is unknown, or in another currency, is more than that.
    pub max_monthly_price: Option<Money>,
    /// An address is given with the order, so that numbers that need one can be bought.
    pub has_address: bool,
}

impl Search {
    /// The numbers that could be bought, best first, those that may not be among them with the reason.
    ///
    /// # Errors
    /// As [`Search::run`]; `NotAvailable` if there is none to be bought, saying what each account answered;
    /// `RateLimited` or `UpstreamUnavailable` if no account could be asked.
    pub async fn candidates(
        &self,
        caller: &Caller,
        request: &SearchRequest,
        preference: &Preference,
    ) -> Result<Vec<Candidate>> {
        let mut pool = self.pool(caller, request, preference).await?;
        if pool.waiting() == 0 {
            return Err(pool.nothing());
        }
        pool.candidates.truncate(CANDIDATES_KEPT);
        Ok(pool.candidates)
    }

    /// As [`Search::candidates`], all of them, and whether there are more. That there is none is no error.
    ///
    /// # Errors
    /// As [`Search::run`].
    pub async fn pool(
        &self,
        caller: &Caller,
        request: &SearchRequest,
        preference: &Preference,
    ) -> Result<Pool> {
        request.query.validate()?;
        let entries = entries_of(&self.registry, caller, &request.accounts)?;
        let priorities: BTreeMap<_, _> = entries
            .iter()
            .map(|entry| (entry.provider.account().clone(), entry.priority))
            .collect();
        let until = Until::choosing(request.timeout);
        let asked = entries.iter().map(|entry| self.ask(entry, request, until));
        let (mut sources, mut candidates) = (Vec::new(), Vec::new());
        let mut complete = true;
        for (source, numbers) in join_all(asked).await {
            complete &= has_told_all(&source);
            let found = quotes(&source, numbers);
            candidates.extend(found.into_iter().map(|quote| candidate(quote, preference)));
            sources.push(source);
        }
        let common = common_currency(&candidates);
        candidates.sort_by_cached_key(|candidate| {
            let price = candidate.monthly_price;
            let comparable = price.is_some_and(|price| Some(price.currency.code()) == common);
            let priority = priorities
                .get(&candidate.account)
                .copied()
                .unwrap_or_default();
            let first = match preference.strategy {
                Strategy::Cheapest => 0,
                Strategy::Priority => -i64::from(priority),
            };
            let price = price.map(|price| (price.currency.code(), price.amount));
            (
                candidate.state != CandidateState::Waiting,
                first,
                !comparable,
                price.is_none(),
                price,
                -i64::from(priority),
                candidate.account.clone(),
                candidate.number,
            )
        });
        Ok(Pool {
            candidates,
            sources,
            complete,
        })
    }
}

/// Whether an account has no more of these numbers than it gave.
fn has_told_all(source: &Source) -> bool {
    match source.status {
        SourceStatus::Unsupported => true,
        SourceStatus::Ok => !source.truncated,
        _ => false,
    }
}

/// As many as are kept with a purchase.
pub(crate) const CANDIDATES_KEPT: usize = 40;

/// What could be bought, and who was asked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pool {
    /// The numbers, best first; those that may not be bought come last, with the reason.
    pub candidates: Vec<Candidate>,
    /// One for each account, by name.
    pub sources: Vec<Source>,
    /// Whether no account has more of them.
    pub complete: bool,
}

impl Pool {
    /// How many could be bought.
    pub fn waiting(&self) -> usize {
        let waiting = |candidate: &&Candidate| candidate.state == CandidateState::Waiting;
        self.candidates.iter().filter(waiting).count()
    }

    /// That there is none to be bought, saying what each account answered.
    pub fn nothing(&self) -> Error {
        none(&self.sources, &self.candidates)
    }
}

fn candidate(quote: Quote, preference: &Preference) -> Candidate {
    let Quote {
        account,
        provider,
        available,
    } = quote;
    let mut candidate = Candidate {
        account,
        provider,
        number: available.number,
        monthly_price: available.monthly_price,
        setup_price: available.setup_price,
        price_source: available.price_source,
        expires_at: expiry(&available, host::now()),
        handle: available.handle,
        state: CandidateState::Waiting,
        reason: None,
    };
    if let Some(ceiling) = preference.max_monthly_price {
        match candidate.monthly_price {
            None => candidate.pass_over("its price is not known, and there is a ceiling"),
            Some(price) if !price.is_within(ceiling) => {
                candidate.pass_over(format!("{price} a month is not within {ceiling}"));
            }
            Some(_) => {}
        }
    }
    let needs_address = available.address_requirement != AddressRequirement::None;
    if needs_address && !preference.has_address {
        candidate.pass_over("it needs an address: give address_id");
    }
    candidate
}

/// The currency that most candidates are quoted in: prices in different ones can't be compared.
fn common_currency(candidates: &[Candidate]) -> Option<&'static str> {
    let mut counts = BTreeMap::<&'static str, usize>::new();
    let prices = candidates
        .iter()
        .filter_map(|candidate| candidate.monthly_price);
    for price in prices {
        *counts.entry(price.currency.code()).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(code, _)| code)
}

fn none(sources: &[Source], candidates: &[Candidate]) -> Error {
    // An account that sells nothing is no reason, unless it was the only one.
    let sells = |source: &&Source| {
        let lacks = source.error.as_ref().is_some_and(|e| e.fields().is_empty());
        source.status != SourceStatus::Unsupported || !lacks
    };
    let is_sold_somewhere = sources.iter().any(|source| sells(&source));
    let told: Vec<String> = sources
        .iter()
        .filter(|source| sells(source) || !is_sold_somewhere)
        .map(|source| {
            let passed_over = candidates
                .iter()
                .find(|candidate| candidate.account == source.account);
            let why = match (&source.error, passed_over) {
                (Some(error), _) => error.message().to_owned(),
                (None, Some(candidate)) => candidate.reason.clone().unwrap_or_default(),
                (None, None) if source.truncated => {
                    "nothing fits among those that it showed, and it may have more: ask for less at once".to_owned()
                }
                (None, None) => "nothing fits".to_owned(),
            };
            format!("{}: {why}", source.account)
        })
        .collect();
    let message = format!("no number that fits can be bought ({})", told.join("; "));
    let able = || {
        sources
            .iter()
            .filter(|source| source.status != SourceStatus::Unsupported)
    };
    let failed = || able().filter_map(|source| source.error.as_ref());
    // Nobody who sells such numbers has said that there is none.
    let unasked = able().next().is_some() && able().all(|source| source.error.is_some());
    let kind = match unasked {
        true if able().all(|source| source.status == SourceStatus::RateLimited) => {
            ErrorKind::RateLimited
        }
        true if failed().any(|error| error.retry() != Retry::Never) => {
            ErrorKind::UpstreamUnavailable
        }
        _ => ErrorKind::NotAvailable,
    };
    let error = Error::new(kind, message);
    // The first of them to be asked again may have what is wanted.
    let soonest = failed().filter_map(Error::retry_after).min();
    match soonest {
        Some(wait) => error.with_retry(Retry::After(wait)),
        None if failed().any(|error| error.retry() != Retry::Never)
            || able().any(|source| source.truncated && source.count == 0) =>
        {
            error.with_retry(Retry::Backoff)
        }
        None => error,
    }
}
