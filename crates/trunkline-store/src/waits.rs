//! Waiting for a connection, counted and measured.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use metrics::histogram;
use tokio::time::Instant;
use trunkline_core::telemetry::names;
use trunkline_core::{Error, Result};
use trunkline_engine::PoolUse;

use crate::error::unavailable;

/// Who waits for a connection of a pool.
#[derive(Debug)]
pub(crate) struct Waits {
    pool: &'static str,
    most: u32,
    waiting: AtomicU32,
    exhausted: AtomicBool,
}

impl Waits {
    /// Those of a pool of so many connections.
    pub(crate) const fn new(pool: &'static str, most: u32) -> Self {
        Self {
            pool,
            most,
            waiting: AtomicU32::new(0),
            exhausted: AtomicBool::new(false),
        }
    }

    /// Waits for a connection; it gives `None` where its time is over.
    ///
    /// # Errors
    /// Those of `connection`; `UpstreamUnavailable` if it gives `None`.
    pub(crate) async fn until<T>(
        &self,
        connection: impl Future<Output = Result<Option<T>>>,
    ) -> Result<T> {
        let waiting = Waiting::begin(self);
        let found = connection.await;
        let waited = waiting.since.elapsed();
        drop(waiting);
        match found? {
            Some(connection) => {
                self.found();
                Ok(connection)
            }
            None => {
                self.exhausted.store(true, Ordering::Relaxed);
                Err(self.none_free(waited))
            }
        }
    }

    /// A connection was had.
    pub(crate) fn found(&self) {
        self.exhausted.store(false, Ordering::Relaxed);
    }

    /// How busy the pool is, with so many connections in use.
    pub(crate) fn with(&self, in_use: u32) -> PoolUse {
        PoolUse {
            pool: self.pool,
            most: self.most,
            in_use,
            waiting: self.waiting.load(Ordering::Relaxed),
            exhausted: self.exhausted.load(Ordering::Relaxed),
        }
    }

    fn none_free(&self, waited: Duration) -> Error {
        let (most, seconds) = (self.most, waited.as_secs());
        unavailable(format!(
            "has no connection free: all {most} were in use for {seconds} s"
        ))
    }
}

/// One that waits, until it is dropped.
struct Waiting<'w> {
    waits: &'w Waits,
    since: Instant,
}

impl<'w> Waiting<'w> {
    fn begin(waits: &'w Waits) -> Self {
        waits.waiting.fetch_add(1, Ordering::Relaxed);
        let since = Instant::now();
        Self { waits, since }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waits.waiting.fetch_sub(1, Ordering::Relaxed);
        let waited = self.since.elapsed().as_secs_f64();
        histogram!(names::DATABASE_WAIT_SECONDS, "pool" => self.waits.pool).record(waited);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use std::pin::pin;

    #[tokio::test]
    async fn exhausted_pool_is_reported_until_a_connection_is_acquired() {
        let waits = Waits::new("readers", 4);
        assert!(!waits.with(4).is_saturated());
        let error = waits.until(async { Ok(None::<()>) }).await.unwrap_err();
        assert!(error.message().contains("all 4 were in use"), "{error}");
        assert!(waits.with(4).exhausted && waits.with(4).is_saturated());
        waits.until(async { Ok(Some(())) }).await.unwrap();
        assert!(!waits.with(4).is_saturated());
    }

    #[test]
    fn waiters_are_counted_and_timed() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let waits = Waits::new("connections", 1);
        metrics::with_local_recorder(&recorder, || {
            let mut waiting = pin!(waits.until(std::future::pending::<Result<Option<()>>>()));
            assert!(waiting.as_mut().now_or_never().is_none());
            assert_eq!(waits.with(1).waiting, 1);
        });
        let text = metrics::with_local_recorder(&recorder, || {
            let mut given_up = Box::pin(waits.until(std::future::pending::<Result<Option<()>>>()));
            assert!(given_up.as_mut().now_or_never().is_none());
            drop(given_up);
            handle.render()
        });
        assert_eq!(waits.with(1).waiting, 0);
        assert!(
            text.contains("trunkline_database_wait_seconds_count{pool=\"connections\"} 2"),
            "{text}"
        );
    }
}
