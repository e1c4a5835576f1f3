//! Rate limits by key or address: governor, on tokio's clock.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;
use trunkline_admin::KeyRate;

/// Most rates kept; beyond this, full ones are dropped.
const MOST: usize = 10_000;

/// Tokio's monotonic clock, so that a test's paused clock rules here too.
#[derive(Clone, Copy, Debug)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[derive(Debug)]
struct Bucket {
    /// Until when nothing is left, as of the last refusal.
    empty_until: Mutex<Option<Instant>>,
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, StateInformationMiddleware>,
    clock: TokioClock,
    rate: KeyRate,
}

impl Bucket {
    fn new(rate: KeyRate) -> Self {
        let clock = TokioClock(Instant::now());
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self {
            empty_until: Mutex::default(),
            limiter: RateLimiter::direct_with_clock(quota, clock).with_middleware(),
            clock,
            rate,
        }
    }

    fn take(&self) -> Result<u32, Duration> {
        let taken = self.limiter.check();
        taken
            .map(|left| left.remaining_burst_capacity())
            .map_err(|not_until| {
                let due = not_until.earliest_possible();
                let wait = due.saturating_sub(self.clock.now());
                *self.empty_until() = Some(Instant::now() + wait);
                wait
            })
    }

    fn empty_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.empty_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A rate for each key.
#[derive(Debug)]
pub(super) struct Buckets<K>(Mutex<HashMap<K, (Arc<Bucket>, Instant)>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    /// Takes one, and returns how many are left, or how long to wait for the next.
    pub(super) fn take(&self, of: &K, rate: KeyRate) -> Result<u32, Duration> {
        self.bucket(of, rate).take()
    }

    /// How long to wait after a refusal; takes nothing.
    pub(super) fn wait(&self, of: &K) -> Option<Duration> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *all.get(of)?.0.empty_until();
        let wait = until?.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    fn bucket(&self, of: &K, rate: KeyRate) -> Arc<Bucket> {
        let (mut all, now) = (
            self.0.lock().unwrap_or_else(PoisonError::into_inner),
            Instant::now(),
        );
        if let Some((bucket, used)) = all.get_mut(of)
            && bucket.rate == rate
        {
            *used = now;
            return Arc::clone(bucket);
        }
        if all.len() >= MOST {
            all.retain(|_, (bucket, used)| {
                let full = bucket
                    .rate
                    .burst
                    .get()
                    .div_ceil(bucket.rate.per_second.get());
                used.elapsed() < Duration::from_secs(full.into())
            });
        }
        if all.len() >= MOST {
            all.clear();
        }
        let bucket = Arc::new(Bucket::new(rate));
        all.insert(of.clone(), (Arc::clone(&bucket), now));
        bucket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u32, burst: u32) -> KeyRate {
        KeyRate {
            per_second: per_second.try_into().unwrap(),
            burst: burst.try_into().unwrap(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_key_has_its_own_rate() {
        let (buckets, rate) = (Buckets::default(), rate(2, 2));
        assert_eq!(buckets.take(&"a", rate), Ok(1));
        assert_eq!(buckets.take(&"a", rate), Ok(0));
        assert_eq!(buckets.take(&"a", rate), Err(Duration::from_millis(500)));
        assert_eq!(buckets.take(&"b", rate), Ok(1));
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(buckets.take(&"a", rate), Ok(0));
    }

    #[tokio::test(start_paused = true)]
    async fn wait_of_an_empty_rate_is_known_until_it_refills() {
        let (buckets, rate) = (Buckets::default(), rate(2, 1));
        assert_eq!(buckets.take(&"a", rate), Ok(0));
        assert_eq!(buckets.wait(&"a"), None, "nobody was refused so far");
        assert!(buckets.take(&"a", rate).is_err());
        assert_eq!(buckets.wait(&"a"), Some(Duration::from_millis(500)));
        assert_eq!(buckets.wait(&"b"), None);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(buckets.wait(&"a"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn changed_rate_holds_at_once() {
        let buckets = Buckets::default();
        assert_eq!(buckets.take(&"a", rate(1, 1)), Ok(0));
        assert_eq!(buckets.take(&"a", rate(1, 5)), Ok(4));
    }

    #[tokio::test(start_paused = true)]
    async fn number_of_remembered_rates_is_bounded() {
        let (buckets, rate) = (Buckets::default(), rate(1, 10));
        for of in 0..2 * MOST {
            assert_eq!(buckets.take(&of, rate), Ok(9));
        }
        assert!(buckets.0.lock().unwrap().len() <= MOST);
    }
}
