//! Waiting for a database that can't be reached while a gateway starts.

use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::{ErrorKind, Result};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Between two lines in the log.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Until when a start goes on trying: a database that is restarted or fails over at the same time is back by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    until: Instant,
}

impl Patience {
    /// From now on, for so long; zero tries once.
    pub(crate) fn of(time: Duration) -> Self {
        Self {
            until: Instant::now() + time,
        }
    }

    /// Does something with the database, again while it can't be reached.
    ///
    /// # Errors
    /// Any other at once; `UpstreamUnavailable` when the time is over.
    pub(crate) async fn with<T>(self, work: impl AsyncFn() -> Result<T>) -> Result<T> {
        let mut tell = Instant::now();
        loop {
            let error = match work().await {
                Err(error) if error.kind() == ErrorKind::UpstreamUnavailable => error,
                outcome => return outcome,
            };
            let now = Instant::now();
            if now + PAUSE > self.until {
                return Err(error);
            }
            if now >= tell {
                let left = self.until.duration_since(now).as_secs();
                tracing::warn!(%error, "not started yet, tried for {left} s more: {error}");
                tell = now + TELL_EVERY;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use trunkline_core::Error;

    use super::*;

    async fn failing(kind: ErrorKind, patience: Duration) -> (Duration, u32) {
        let (begun, tries) = (Instant::now(), AtomicU32::new(0));
        let work = async || -> Result<()> {
            tries.fetch_add(1, Ordering::Relaxed);
            Err(Error::new(kind, "no"))
        };
        let error = Patience::of(patience).with(work).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        (begun.elapsed(), tries.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_cannot_be_reached_is_waited_for_and_no_longer_than_that() {
        let limit = Duration::from_secs(30);
        let (waited, tries) = failing(ErrorKind::UpstreamUnavailable, limit).await;
        assert!(waited > limit - PAUSE * 2 && waited <= limit, "{waited:?}");
        assert!(tries > 50, "{tries}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_else_is_waited_for() {
        let limit = Duration::from_secs(30);
        let waited = failing(ErrorKind::Config, limit).await;
        assert_eq!(waited, (Duration::ZERO, 1));
        let once = failing(ErrorKind::UpstreamUnavailable, Duration::ZERO).await;
        assert_eq!(once, (Duration::ZERO, 1));
    }
}
