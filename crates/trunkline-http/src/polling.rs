//! Asking a carrier again until it shows what was written, under the deadline of the call.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use trunkline_core::{Call, Result};

/// The pauses between looks at something that a carrier is still busy with.
#[derive(Debug)]
pub struct Polling {
    pause: Duration,
    longest: Duration,
    left: u32,
    deadline: Instant,
}

impl Polling {
    /// Pauses that double from `first` to `longest`, as many as fit before the deadline of the current [`Call`].
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            pause: first,
            longest,
            left: u32::MAX,
            deadline: Call::current().deadline,
        }
    }

    /// Limits how often it is looked again.
    #[must_use]
    pub const fn at_most(mut self, looks: u32) -> Self {
        self.left = looks;
        self
    }

    /// Waits before the next look. False, without a wait, if there is none: no look is left, or the pause would last
    /// until the deadline.
    pub async fn again(&mut self) -> bool {
        if self.left == 0 || Instant::now() + self.pause >= self.deadline {
            return false;
        }
        self.left -= 1;
        sleep(self.pause).await;
        self.pause = self.pause.saturating_mul(2).min(self.longest);
        true
    }

    /// Looks until what is seen is `done`, and gives the last that was seen.
    ///
    /// # Errors
    /// Those of a look.
    pub async fn until<T, F: Future<Output = Result<T>>>(
        mut self,
        mut look: impl FnMut() -> F,
        done: impl Fn(&T) -> bool,
    ) -> Result<T> {
        loop {
            let seen = look().await?;
            if done(&seen) || !self.again().await {
                return Ok(seen);
            }
        }
    }

    /// Makes a write that may be made again once a look has shown that it is not done. An attempt gets the failure of the
    /// one before, sends, looks after a failure, and either ends it (`Break`) or gives the failure after which it may be
    /// sent again (`Continue`).
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn attempt<T, E, F>(
        mut self,
        mut attempt: impl FnMut(Option<E>) -> F,
    ) -> std::result::Result<T, E>
    where
        F: Future<Output = ControlFlow<std::result::Result<T, E>, E>>,
    {
        let mut before = None;
        loop {
            match attempt(before).await {
                ControlFlow::Break(settled) => return settled,
                ControlFlow::Continue(failed) if self.again().await => before = Some(failed),
                ControlFlow::Continue(failed) => return Err(failed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::Lane;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_the_longest() {
        let start = Instant::now();
        let mut polling = Polling::new(SECOND, 3 * SECOND);
        let mut waited = Vec::new();
        while waited.len() < 4 && polling.again().await {
            waited.push(start.elapsed().as_secs());
        }
        assert_eq!(waited, [1, 3, 6, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn look_timeout_is_shorter_than_the_deadline() {
        let start = Instant::now();
        let call = Call::within(3 * SECOND, Lane::Search);
        let look = || async { Ok(start.elapsed().as_secs()) };
        let polled = async { Polling::new(SECOND, SECOND).until(look, |_| false).await };
        // The third pause would end with the call.
        assert_eq!(call.scope(polled).await.unwrap(), 2);
        assert_eq!(start.elapsed(), 2 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn looking_ends_when_done_or_out_of_looks() {
        for (done_at, at_most, looks) in [(3, 9, 3), (9, 1, 2), (1, 0, 1)] {
            let mut seen = 0;
            let polling = Polling::new(SECOND, SECOND).at_most(at_most);
            let look = || {
                seen += 1;
                std::future::ready(Ok(seen))
            };
            let last = polling.until(look, |seen| *seen == done_at).await;
            assert_eq!(last.unwrap(), looks);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn write_is_retried_until_settled_or_out_of_attempts() {
        for (settled_at, outcome) in [(2, Ok(2)), (9, Err(3))] {
            let attempt = |before: Option<u32>| async move {
                let sent = before.unwrap_or_default() + 1;
                if sent == settled_at {
                    ControlFlow::Break(Ok(sent))
                } else {
                    ControlFlow::Continue(sent)
                }
            };
            let polling = Polling::new(SECOND, SECOND).at_most(2);
            assert_eq!(polling.attempt(attempt).await, outcome);
        }
    }
}
