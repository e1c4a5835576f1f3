//! The rate limit of one account: governor decides, tokio's clock tells the time.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Tokio's monotonic clock, so that a test's paused clock rules here too.
#[derive(Clone, Copy, Debug)]
struct TokioClock {
    origin: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// How fast requests may leave.
#[derive(Debug)]
pub(crate) struct Rate {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, StateInformationMiddleware>,
    clock: TokioClock,
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

impl Rate {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let clock = TokioClock {
            origin: Instant::now(),
        };
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self {
            limiter: RateLimiter::direct_with_clock(quota, clock).with_middleware(),
            clock,
            per_second,
            burst,
        }
    }

    /// Takes a permit and says how many are left, or says when the next one is due.
    pub(crate) fn take(&self) -> Result<u32, Instant> {
        match self.limiter.check() {
            Ok(left) => Ok(left.remaining_burst_capacity()),
            Err(not_until) => Err(self.clock.origin + not_until.earliest_possible()),
        }
    }

    /// Takes every permit that there is.
    pub(crate) fn drain(&self) {
        let mut part = self.burst.get();
        while let Some(permits) = NonZeroU32::new(part) {
            // Taken or not, fewer than this are left: halving them comes to none.
            let _ = self.limiter.check_n(permits);
            part = if part == 1 { 0 } else { part.div_ceil(2) };
        }
    }

    /// How many permits there are now if there were `left` so long ago.
    pub(crate) fn regrown(&self, left: u32, elapsed: Duration) -> u32 {
        let millis = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
        let grown = u64::from(self.per_second.get()) * u64::from(millis) / 1000;
        let total = u64::from(left).saturating_add(grown);
        u32::try_from(total)
            .unwrap_or(u32::MAX)
            .min(self.burst.get())
    }

    pub(crate) fn per_second(&self) -> u32 {
        self.per_second.get()
    }

    pub(crate) fn burst(&self) -> u32 {
        self.burst.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u32, burst: u32) -> Rate {
        Rate::new(
            NonZeroU32::new(per_second).unwrap(),
            NonZeroU32::new(burst).unwrap(),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_leaves_at_once_and_then_the_rate_holds() {
        let rate = rate(2, 3);
        let start = Instant::now();
        assert_eq!(
            [rate.take(), rate.take(), rate.take()],
            [Ok(2), Ok(1), Ok(0)]
        );
        assert_eq!(rate.take(), Err(start + Duration::from_millis(500)));
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(rate.take(), Ok(0));
    }

    #[tokio::test(start_paused = true)]
    async fn draining_takes_all_permits() {
        for burst in 1..=9 {
            for taken in 0..=burst {
                let rate = rate(1, burst);
                let start = Instant::now();
                for _ in 0..taken {
                    rate.take().unwrap();
                }
                rate.drain();
                let due = start + Duration::from_secs(1);
                assert_eq!(rate.take(), Err(due), "{taken} of {burst}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn quota_refills_up_to_the_burst() {
        let rate = rate(2, 3);
        assert_eq!(rate.regrown(0, Duration::from_millis(999)), 1);
        assert_eq!(rate.regrown(1, Duration::from_secs(60)), 3);
    }
}
