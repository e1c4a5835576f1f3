//! Waiting for a database that can't be reached while a gateway starts.

use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::{ErrorKind, Result};

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// Pause between two lines in the log.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// How long a start waits for a database that restarts or fails over at the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    until: Instant,
}

impl Patience {
    /// For this time from now on; zero tries once.
    pub(crate) fn of(time: Duration) -> Self {
        Self {
            until: Instant::now() + time,
        }
    }

    /// Does something with the database, and repeats it while the database can't be reached.
    ///
    /// # Errors
    /// `UpstreamUnavailable` when the time is over; other errors at once.
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
                tracing::warn!(%error, "not started yet, trying for {left} s more: {error}");
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
    async fn unreachable_database_is_waited_for_until_the_time_is_over() {
        let limit = Duration::from_secs(30);
        let (waited, tries) = failing(ErrorKind::UpstreamUnavailable, limit).await;
        assert!(waited > limit - PAUSE * 2 && waited <= limit, "{waited:?}");
        assert!(tries > 50, "{tries}");
    }

    #[tokio::test(start_paused = true)]
    async fn other_errors_are_returned_at_once() {
        let limit = Duration::from_secs(30);
        let waited = failing(ErrorKind::Config, limit).await;
        assert_eq!(waited, (Duration::ZERO, 1));
        let once = failing(ErrorKind::UpstreamUnavailable, Duration::ZERO).await;
        assert_eq!(once, (Duration::ZERO, 1));
    }
}
