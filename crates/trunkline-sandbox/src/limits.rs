//! The limits an operator of the sandbox puts on a carrier: requests per second and requests in flight.
//!
//! Both count per account, as the carriers count. Nothing is limited until limits are set.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// What a carrier allows each account; absent is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Requests in any one second.
    #[serde(default)]
    pub per_second: Option<u32>,
    /// Requests in flight at the same time.
    #[serde(default)]
    pub concurrency: Option<u32>,
    /// What `Retry-After` says on a refusal, in seconds; absent sends no such header.
    #[serde(default)]
    pub retry_after: Option<u32>,
}

/// A request over a limit, and what `Retry-After` is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) retry_after: Option<u32>,
    pub(crate) in_flight: u32,
}

/// Keeps the count for every account of one carrier.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    settings: LimitSettings,
    accounts: HashMap<String, Load>,
}

#[derive(Debug, Default)]
struct Load {
    in_flight: u32,
    recent: VecDeque<Instant>,
}

impl Limits {
    pub(crate) fn set(&self, settings: LimitSettings) {
        let mut inner = self.0.lock();
        inner.settings = settings;
        for load in inner.accounts.values_mut() {
            load.recent.clear();
        }
    }

    pub(crate) fn settings(&self) -> LimitSettings {
        self.0.lock().settings
    }

    /// Lets a request of `account` in, or refuses it. The guard counts it as in flight until dropped.
    pub(crate) fn enter(self: &Arc<Self>, account: &str) -> Result<InFlight, Refusal> {
        let mut inner = self.0.lock();
        let settings = inner.settings;
        let load = inner.accounts.entry(account.to_owned()).or_default();
        let crowded = settings
            .concurrency
            .is_some_and(|cap| load.in_flight >= cap);
        if crowded || !settings.per_second.is_none_or(|rate| load.admit(rate)) {
            return Err(Refusal {
                retry_after: settings.retry_after,
                in_flight: load.in_flight,
            });
        }
        load.in_flight += 1;
        Ok(InFlight {
            limits: Arc::clone(self),
            account: account.to_owned(),
            count: load.in_flight,
        })
    }
}

impl Load {
    fn admit(&mut self, rate: u32) -> bool {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        self.recent.retain(|at| now.duration_since(*at) < second);
        let room = self.recent.len() < usize::try_from(rate).unwrap_or(usize::MAX);
        if room {
            self.recent.push_back(now);
        }
        room
    }
}

#[derive(Debug)]
pub(crate) struct InFlight {
    limits: Arc<Limits>,
    account: String,
    /// How many the account had in flight when this one came in, itself included.
    pub(crate) count: u32,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(load) = self.limits.0.lock().accounts.get_mut(&self.account) {
            load.in_flight = load.in_flight.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(per_second: Option<u32>, concurrency: Option<u32>) -> Arc<Limits> {
        let limits = Arc::new(Limits::default());
        limits.set(LimitSettings {
            per_second,
            concurrency,
            retry_after: Some(2),
        });
        limits
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_second_refuses_and_the_next_one_does_not() {
        let limits = limited(Some(2), None);
        assert!(limits.enter("a").is_ok());
        assert!(limits.enter("a").is_ok());
        assert_eq!(limits.enter("a").unwrap_err().retry_after, Some(2));
        assert!(
            limits.enter("b").is_ok(),
            "another account has its own second"
        );
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(limits.enter("a").is_ok());
    }

    #[tokio::test]
    async fn a_request_leaves_room_when_it_is_done() {
        let limits = limited(None, Some(1));
        let first = limits.enter("a").unwrap();
        assert_eq!(limits.enter("a").unwrap_err().in_flight, 1);
        drop(first);
        assert!(limits.enter("a").is_ok());
    }
}
