//! The rate limit of one account, as one instant: when all its permits will be there again.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

/// How fast requests may leave: a burst at once, and then so many a second.
#[derive(Debug)]
pub(crate) struct Rate {
    /// How long one permit takes to grow back.
    pub(crate) period: Duration,
    burst: u32,
    full_at: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let period = Duration::from_secs(1) / per_second.get();
        Self {
            period: period.max(Duration::from_nanos(1)),
            burst: burst.get(),
            full_at: Instant::now(),
        }
    }

    /// Takes a permit, or says when the next one is due.
    pub(crate) fn take(&mut self) -> Result<(), Instant> {
        let now = Instant::now();
        let full_at = self.full_at.max(now) + self.period;
        let early = (full_at - now).saturating_sub(self.period * self.burst);
        if !early.is_zero() {
            return Err(now + early);
        }
        self.full_at = full_at;
        Ok(())
    }

    /// Takes every permit that there is.
    pub(crate) fn drain(&mut self) {
        self.full_at = Instant::now() + self.period * self.burst;
    }

    /// How many permits there are.
    pub(crate) fn left(&self) -> u32 {
        let missing = self.full_at.saturating_duration_since(Instant::now());
        let taken = missing.as_nanos().div_ceil(self.period.as_nanos());
        u32::try_from(taken).map_or(0, |taken| self.burst.saturating_sub(taken))
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
        let mut rate = rate(2, 3);
        let start = Instant::now();
        for left in [2, 1, 0] {
            assert_eq!((rate.take(), rate.left()), (Ok(()), left));
        }
        assert_eq!(rate.take(), Err(start + Duration::from_millis(500)));
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(rate.take(), Ok(()));
        assert_eq!(rate.take(), Err(start + Duration::from_secs(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn draining_takes_all_permits_however_many_are_left() {
        for burst in 1..=9 {
            for taken in 0..=burst {
                let mut rate = rate(1, burst);
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
    async fn permits_grow_back_up_to_the_burst() {
        let mut rate = rate(2, 3);
        rate.drain();
        tokio::time::advance(Duration::from_millis(999)).await;
        assert_eq!(rate.left(), 1);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(rate.left(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn absurd_limits_do_not_overflow() {
        let mut rate = rate(u32::MAX, u32::MAX);
        assert_eq!((rate.take(), rate.left()), (Ok(()), u32::MAX - 1));
        rate.drain();
        assert_eq!(rate.left(), 0);
    }
}
