//! What all clients of one account share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::warn;
use trunkline_core::{AccountHealth, AccountName, BreakerState, Error, ErrorKind};

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
    last_error: Mutex<Option<Error>>,
}

impl Account {
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            name: profile.account.clone(),
            gate: Gate::new(profile),
            breaker: Breaker::new(),
            budget: Budget::new(),
            meter: Meter::new(&profile.account, &profile.provider),
            limits: profile.limits.clone(),
            last_error: Mutex::new(None),
        }
    }

    pub(crate) fn health(&self) -> AccountHealth {
        let Limits {
            per_second, burst, ..
        } = self.limits;
        let last = self.last_error().clone();
        let mut health = AccountHealth {
            breaker: self.breaker.state(),
            per_second: per_second.map(u32::from),
            burst: burst.or(per_second).map(u32::from),
            refused: last
                .as_ref()
                .is_some_and(|error| error.kind() == ErrorKind::Unauthenticated),
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

    /// Keeps the last failure for the account's health. A missing token counts as one.
    pub(crate) fn remember(&self, failure: Option<&Error>) {
        let mut last = self.last_error();
        // Nearly every call succeeds after one that did: nothing to write then.
        if last.is_some() || failure.is_some() {
            *last = failure.cloned();
        }
    }

    fn last_error(&self) -> MutexGuard<'_, Option<Error>> {
        self.last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_about_the_account(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unauthenticated
            | ErrorKind::PermissionDenied
            | ErrorKind::PaymentRequired
            | ErrorKind::RateLimited
            | ErrorKind::UpstreamUnavailable
            | ErrorKind::Timeout
            | ErrorKind::Protocol
    )
}
