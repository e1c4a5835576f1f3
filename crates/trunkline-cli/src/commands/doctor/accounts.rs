//! Checks of each account's credential and permissions, with calls that only read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use trunkline::Config;
use trunkline::config::Account;
use trunkline_core::{
    AccountEntry, AccountHealth, Call, CallerIdQuery, CountryCode, Descriptor, E164, Error,
    ErrorKind, Lane, Operation, Provider, Result, SearchQuery, mask_numbers,
};

use super::report::Report;
use crate::server::backend::nowhere;

/// Longest time for one call.
const PATIENCE: Duration = Duration::from_secs(15);

/// Largest difference of a carrier's clock without a warning, in seconds.
const APART: i64 = 30;

/// Checks that matter less than others.
const PRICES: &str = "its prices can be read";
const CALLER_IDS: &str = "its caller IDs can be listed";

/// A number that is reserved for fiction.
const FICTION: &str = "+14155550100";

/// Checks all accounts at once.
pub(super) async fn check(config: &Config, report: &mut Report) {
    let looks = config.accounts.iter().map(|account| look(config, account));
    for found in join_all(looks).await {
        report.extend(found);
    }
}

async fn look(config: &Config, account: &Account) -> Report {
    let mut report = Report::default();
    let name = account.name.as_str();
    let mut alone = config.clone();
    alone.accounts = vec![account.clone()];
    // Missing secrets are reported with the file.
    let Ok(registry) = alone.registry(&nowhere()) else {
        let remedy = "correct the failures above";
        report.fail(name, "its secrets are missing", remedy);
        return report;
    };
    let Some(entry) = registry.get(name) else {
        return report;
    };
    if credential(&entry, &mut report).await {
        permissions(&entry, &mut report).await;
        let needs = descriptor(&entry.provider).map_or("more rights", |it| it.to_write);
        report.ok(
            name,
            format!("not checked: buying, changing and releasing, which need {needs}"),
        );
    }
    report
}

/// Whether the carrier accepts the credential, or at least refuses only some calls.
async fn credential(entry: &AccountEntry, report: &mut Report) -> bool {
    let provider = &entry.provider;
    let name = provider.account().as_str();
    if !provider.capability().supports(Operation::CheckHealth) {
        return true;
    }
    let started = Instant::now();
    match within(provider.check_health()).await {
        Ok(()) => {
            report.ok(name, "the carrier accepts the credential");
            report.ok(name, reach(&provider.health(), started.elapsed()));
            true
        }
        Err(error) => {
            report.fail(name, shown(provider, &error), remedy(provider, &error));
            // One of several scopes may be missing: the others are checked, too.
            error.kind() == ErrorKind::PermissionDenied
        }
    }
}

/// What the account's limits let through, if each request takes as long as one took.
fn reach(limits: &AccountHealth, took: Duration) -> String {
    let at_once = limits.concurrency;
    let ms = took.as_millis().max(1);
    let rate = match limits.per_second {
        Some(rate) => format!("limits.per_second {rate}"),
        None => "no limits.per_second".to_owned(),
    };
    let most = at_once as u128 * 1_000 / ms;
    let most = limits.per_second.map_or(most, |rate| most.min(rate.into()));
    format!(
        "its limits let about {most} requests a second through while one takes {ms} ms: limits.concurrency {at_once}, {rate}"
    )
}

/// Whether the credential permits reading.
async fn permissions(entry: &AccountEntry, report: &mut Report) {
    let provider = &entry.provider;
    let supports = |operation| provider.capability().supports(operation);
    if supports(Operation::FindOwned)
        && let Ok(number) = FICTION.parse::<E164>()
    {
        let seen = within(provider.find_owned(&number)).await;
        if let Ok(Some(time)) = seen.as_ref().map(|sighting| sighting.carrier_time) {
            clock(provider, time, report);
        }
        judge(
            provider,
            "its numbers can be listed",
            seen.map(drop),
            report,
        );
    }
    if let Some(country) = country(provider) {
        if supports(Operation::SearchAvailable) {
            let query = SearchQuery {
                limit: 1,
                ..SearchQuery::new(country)
            };
            let found = within(provider.search_available(&query)).await.map(drop);
            judge(
                provider,
                "its numbers for sale can be searched",
                found,
                report,
            );
        }
        if supports(Operation::ListPrices) {
            let listed = within(provider.list_prices(country)).await.map(drop);
            judge(provider, PRICES, listed, report);
        }
    }
    if supports(Operation::ListCallerIds) {
        let query = CallerIdQuery {
            limit: 1,
            ..CallerIdQuery::default()
        };
        let listed = within(provider.list_caller_ids(&query)).await.map(drop);
        judge(provider, CALLER_IDS, listed, report);
    }
}

async fn within<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    Call::within(PATIENCE, Lane::Search).scope(call).await
}

/// A country where the account has numbers.
fn country(provider: &Arc<dyn Provider>) -> Option<CountryCode> {
    let us = || "US".parse().ok();
    match &provider.capability().countries {
        Some(countries) => countries.first().copied(),
        None => us(),
    }
}

/// Reports the result of a call. A denied call is a failure where little works without it, else a warning.
fn judge(provider: &Arc<dyn Provider>, what: &str, result: Result<()>, report: &mut Report) {
    let name = provider.account().as_str();
    match result {
        Ok(()) => report.ok(name, what),
        Err(error) if error.kind() == ErrorKind::Unsupported => {}
        Err(error) => {
            let detail = format!("not sure that {what}: {}", shown(provider, &error));
            let remedy = remedy(provider, &error);
            let is_needed = ![PRICES, CALLER_IDS].contains(&what);
            match error.kind() {
                ErrorKind::CredentialRefused | ErrorKind::PermissionDenied if is_needed => {
                    report.fail(name, detail, remedy);
                }
                _ => report.warn(name, detail, remedy),
            }
        }
    }
}

/// An error without the account's name, which is shown beside it.
fn shown(provider: &Arc<dyn Provider>, error: &Error) -> String {
    let text = error.to_string();
    let alone = text.strip_prefix(&format!("{}: ", provider.account()));
    mask_numbers(alone.unwrap_or(&text))
}

/// Compares the carrier's clock with this machine's: signatures, tokens and the evidence of purchases depend on it.
fn clock(provider: &Arc<dyn Provider>, time: Timestamp, report: &mut Report) {
    let apart = time.as_second() - Timestamp::now().as_second();
    let name = provider.account();
    if apart.abs() > APART {
        report.warn(
            "clock",
            format!("the clocks of {name}'s carrier and this machine differ by {apart} s"),
            "synchronize this machine with a time server: chrony or systemd-timesyncd",
        );
    }
}

fn descriptor(provider: &Arc<dyn Provider>) -> Option<&'static Descriptor> {
    let mut all = trunkline::descriptors().into_iter();
    all.find(|it| it.provider == *provider.provider())
}

/// What to do about a carrier's error.
fn remedy(provider: &Arc<dyn Provider>, error: &Error) -> String {
    descriptor(provider).map_or_else(String::new, |it| it.remedy(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_is_bounded_by_the_smaller_limit() {
        let of = |per_second, ms| {
            let limits = AccountHealth {
                concurrency: 10,
                per_second,
                ..AccountHealth::default()
            };
            reach(&limits, Duration::from_millis(ms))
        };
        assert!(of(None, 50).contains("about 200 requests a second"));
        assert!(of(Some(5), 50).contains("about 5 requests a second"));
        assert!(of(Some(500), 0).contains("about 500 requests a second"));
    }
}
