//! What all clients of one account share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};
use trunkline_core::{AccountHealth, AccountName, BreakerState, Error, ErrorKind, mask_numbers};

use crate::breaker::{Breaker, Pass};
use crate::gate::Gate;
use crate::policy::Budget;
use crate::profile::{Limits, Profile};
use crate::telemetry::Meter;

/// Gate, breaker, retry budget and meter of one account, whichever origin is called.
#[derive(Debug)]
pub(crate) struct Account {
    name: AccountName,
    pub(crate) gate: Gate,
    pub(crate) breaker: Breaker,
    pub(crate) budget: Budget,
    pub(crate) meter: Meter,
    limits: Limits,
    trouble: Mutex<Trouble>,
}

/// What is wrong with the account, and what the log says of it.
#[derive(Debug, Default)]
struct Trouble {
    last_error: Option<Error>,
    /// Since when the account fails, if the log says so.
    failing: Option<Instant>,
    /// When the log said last that it fails, and how.
    warned: Option<(ErrorKind, Instant)>,
}

/// An account that fails now and then in the same way is reported this often at most.
const QUIET: Duration = Duration::from_secs(60);

impl Account {
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            name: profile.account.clone(),
            gate: Gate::new(profile),
            breaker: Breaker::new(),
            budget: Budget::new(),
            meter: Meter::new(&profile.account, &profile.provider),
            limits: profile.limits.clone(),
            trouble: Mutex::default(),
        }
    }

    pub(crate) fn health(&self) -> AccountHealth {
        let Limits {
            per_second, burst, ..
        } = self.limits;
        let last = self.trouble().last_error.clone();
        let mut health = AccountHealth {
            breaker: self.breaker.state(),
            per_second: per_second.map(u32::from),
            burst: burst.or(per_second).map(u32::from),
            refused: last
                .as_ref()
                .is_some_and(|error| error.kind() == ErrorKind::CredentialRefused),
            last_error: last.map(|error| error.message().to_owned()),
            ..AccountHealth::default()
        };
        self.gate.health(&mut health);
        health
    }

    /// Records that the carrier answered. A refusal that is about the account is remembered; one that is about the
    /// request, such as `not_found`, shows that the account is well.
    pub(crate) fn heard(&self, pass: &mut Pass<'_>, refusal: Option<&Error>) {
        self.tell_breaker(Pass::healthy, pass);
        self.remember(refusal.filter(|error| is_about_the_account(error.kind())));
    }

    /// Records that the carrier did not answer, or is itself in trouble.
    pub(crate) fn failed(&self, pass: &mut Pass<'_>, failure: &Error) {
        self.tell_breaker(Pass::sick, pass);
        self.remember(Some(failure));
    }

    fn tell_breaker<'a>(&self, tell: fn(&mut Pass<'a>), pass: &mut Pass<'a>) {
        let before = self.breaker.state();
        tell(pass);
        let after = self.breaker.state();
        if before != after {
            if after == BreakerState::Open {
                let name = &self.name;
                warn!(account = %name, "{name} failed too often in a row: calls are kept back");
            }
            self.meter.breaker(after);
        }
    }

    /// Keeps the last failure for the account's health, and has the log say when the account begins to fail and when it
    /// recovers. A missing token counts as a failure.
    pub(crate) fn remember(&self, failure: Option<&Error>) {
        let mut trouble = self.trouble();
        // Nearly every call succeeds after one that did: nothing to write then.
        if trouble.last_error.is_none() && failure.is_none() {
            return;
        }
        trouble.last_error = failure.cloned();
        let name = &self.name;
        match (failure, trouble.failing) {
            (Some(error), None) if error.kind() != ErrorKind::RateLimited => {
                let now = Instant::now();
                let kind = error.kind();
                let is_known = |(before, at)| before == kind && now - at < QUIET;
                if trouble.warned.is_some_and(is_known) {
                    return;
                }
                (trouble.failing, trouble.warned) = (Some(now), Some((kind, now)));
                let why = mask_numbers(error.message());
                warn!(account = %name, error_kind = kind.as_str(), "{name} begins to fail: {why}");
            }
            (None, Some(since)) => {
                trouble.failing = None;
                let failed_s = since.elapsed().as_secs();
                info!(account = %name, failed_s, "{name} answers again");
            }
            _ => {}
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_about_the_account(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::CredentialRefused
            | ErrorKind::PermissionDenied
            | ErrorKind::PaymentRequired
            | ErrorKind::RateLimited
            | ErrorKind::UpstreamUnavailable
            | ErrorKind::Timeout
            | ErrorKind::Protocol
    )
}
