//! What accounts are doing right now, as gauges.

use metrics::gauge;

use crate::model::BreakerState;
use crate::registry::{AccountEntry, Registry};
use crate::telemetry::{AccountLabels, names};

/// Sets the gauges of every account to what [`AccountEntry::provider`] says of its health: what
/// `GET /v1/accounts/{account}` shows, and nothing is sent to tell. For who reads the metrics to call before.
pub fn record_accounts(registry: &Registry) {
    registry.iter().for_each(|entry| record(&entry));
}

fn record(entry: &AccountEntry) {
    let provider = &entry.provider;
    let labels = AccountLabels::new(provider.account(), provider.provider());
    let health = provider.health();
    let set = |name: &'static str, value: f64| gauge!(name, labels.labels()).set(value);
    let held = health.held_for.unwrap_or_default();
    set(names::HELD_SECONDS, held.as_secs_f64());
    set(names::BREAKER_STATE, state(health.breaker));
    set(names::UPSTREAM_IN_FLIGHT, count(health.in_flight));
    set(names::ACCOUNT_WAITING, count(health.waiting));
    set(names::CONCURRENCY_LIMIT, count(health.concurrency));
    if let Some(remaining) = health.remaining {
        set(names::QUOTA_REMAINING, remaining.into());
    }
    if let Some(per_second) = health.per_second {
        set(names::QUOTA_PER_SECOND, per_second.into());
    }
}

const fn state(breaker: BreakerState) -> f64 {
    match breaker {
        BreakerState::Closed => 0.0,
        BreakerState::HalfOpen => 1.0,
        BreakerState::Open => 2.0,
    }
}

/// A small number as a float.
fn count(number: usize) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}
