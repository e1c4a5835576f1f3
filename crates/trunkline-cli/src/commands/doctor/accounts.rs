//! Each account's credential and permissions, tried with calls that read.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use trunkline::Config;
use trunkline::config::Account;
use trunkline_core::{
    AccountEntry, Call, CallerIdQuery, CountryCode, Descriptor, E164, Error, ErrorKind, Lane,
    Operation, Provider, Result, SearchQuery, mask_numbers,
};

use super::report::Report;
use crate::backend::nowhere;

/// Longest that one call takes.
const PATIENCE: Duration = Duration::from_secs(15);

/// How far the carrier's clock may be from ours, in seconds.
const APART: i64 = 30;

/// What is tried, and whether little works without it.
type Trial = (&'static str, bool);
const HELD: Trial = ("what it holds can be listed", true);
const STOCK: Trial = ("its stock can be searched", true);
const PRICES: Trial = ("its prices can be read", false);
const CALLER_IDS: Trial = ("its caller IDs can be listed", false);

/// A number that nobody holds: it is reserved for fiction.
const NOBODYS: &str = "+14155550100";

/// Asks every account at once.
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
    // What is wrong with its secrets is told with the file.
    let Ok(registry) = alone.registry(&nowhere()) else {
        let remedy = "mend what is said about it above";
        report.fail(name, "it can't be asked without its secrets", remedy);
        return report;
    };
    let Some(entry) = registry.get(name) else {
        return report;
    };
    if credential(&entry, &mut report).await {
        permissions(&entry, &mut report).await;
        let needs = to_write(entry.provider.provider().as_str());
        report.ok(name, format!("writing is not tried here; it takes {needs}"));
    }
    report
}

/// Whether the carrier answers, and accepts the credential.
async fn credential(entry: &AccountEntry, report: &mut Report) -> bool {
    let provider = &entry.provider;
    let name = provider.account().as_str();
    if !provider.capability().supports(Operation::CheckHealth) {
        return true;
    }
    match within(provider.check_health()).await {
        Ok(()) => {
            report.ok(name, "the carrier answers and accepts the credential");
            true
        }
        Err(error) => {
            let (detail, remedy) = told(provider, &error);
            report.fail(name, detail, remedy);
            // One scope of several may be missing: the others are worth a look.
            error.kind() == ErrorKind::PermissionDenied
        }
    }
}

/// Whether what the credential is needed for can be read.
async fn permissions(entry: &AccountEntry, report: &mut Report) {
    let provider = &entry.provider;
    let supports = |operation| provider.capability().supports(operation);
    if supports(Operation::FindOwned)
        && let Ok(number) = NOBODYS.parse::<E164>()
    {
        let seen = within(provider.find_owned(&number)).await;
        if let Ok(Some(time)) = seen.as_ref().map(|sighting| sighting.carrier_time) {
            clock(provider, time, report);
        }
        let seen = seen.map(drop);
        judge(provider, (HELD, seen), report);
    }
    if let Some(country) = country(provider) {
        if supports(Operation::SearchAvailable) {
            let query = SearchQuery {
                limit: 1,
                ..SearchQuery::new(country)
            };
            let found = within(provider.search_available(&query)).await.map(drop);
            judge(provider, (STOCK, found), report);
        }
        if supports(Operation::ListPrices) {
            let listed = within(provider.list_prices(country)).await.map(drop);
            judge(provider, (PRICES, listed), report);
        }
    }
    if supports(Operation::ListCallerIds) {
        let query = CallerIdQuery {
            limit: 1,
            ..CallerIdQuery::default()
        };
        let listed = within(provider.list_caller_ids(&query)).await.map(drop);
        judge(provider, (CALLER_IDS, listed), report);
    }
}

async fn within<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    Call::within(PATIENCE, Lane::Search).scope(call).await
}

/// A country that the account has numbers of.
fn country(provider: &Arc<dyn Provider>) -> Option<CountryCode> {
    let us = || "US".parse().ok();
    match &provider.capability().countries {
        Some(countries) => countries.first().copied(),
        None => us(),
    }
}

fn judge(
    provider: &Arc<dyn Provider>,
    ((what, needed), came): (Trial, Result<()>),
    report: &mut Report,
) {
    let name = provider.account().as_str();
    match came {
        Ok(()) => report.ok(name, what),
        Err(error) if error.kind() == ErrorKind::Unsupported => {}
        Err(error) => {
            let (detail, remedy) = told(provider, &error);
            let detail = format!("it can't be said that {what}: {detail}");
            match error.kind() {
                ErrorKind::Unauthenticated | ErrorKind::PermissionDenied if needed => {
                    report.fail(name, detail, remedy);
                }
                _ => report.warn(name, detail, remedy),
            }
        }
    }
}

/// What the carrier said, and what to do about it.
fn told(provider: &Arc<dyn Provider>, error: &Error) -> (String, String) {
    let said = error.to_string();
    // The line begins with its name already.
    let alone = said.strip_prefix(&format!("{}: ", provider.account()));
    let said = mask_numbers(alone.unwrap_or(&said));
    let remedy = remedy(provider.provider().as_str(), error);
    (said, remedy)
}

/// Whether the carrier's clock and ours agree: signatures, tokens and the proof that a number is ours go by it.
fn clock(provider: &Arc<dyn Provider>, time: Timestamp, report: &mut Report) {
    let apart = time.as_second() - Timestamp::now().as_second();
    let name = provider.account();
    if apart.abs() > APART {
        report.warn(
            "clock",
            format!("the clock of the carrier of {name} is {apart} s from this machine's"),
            "let this machine follow a time server: chrony or systemd-timesyncd",
        );
    }
}

fn descriptor(provider: &str) -> Option<&'static Descriptor> {
    let all = trunkline::descriptors();
    all.into_iter().find(|it| it.provider.as_str() == provider)
}

/// What to do about an error of a carrier.
fn remedy(provider: &str, error: &Error) -> String {
    descriptor(provider).map_or_else(String::new, |it| it.remedy(error))
}

/// The rights that buying, changing and releasing take.
fn to_write(provider: &str) -> &'static str {
    descriptor(provider).map_or("a credential that may change phone numbers", |it| {
        it.to_write
    })
}
