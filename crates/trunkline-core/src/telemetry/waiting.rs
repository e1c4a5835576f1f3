//! The time that a piece of work spends waiting for carriers. What remains of its time is ours.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static CURRENT: Waiting;
}

/// Adds up the time in which at least one call of a piece of work waits for a carrier: for its answer, for a hold or
/// limit that keeps the call back, or in a pause before a retry. Several calls at once count once.
///
/// ```
/// use std::time::Duration;
/// use trunkline_core::telemetry::{Wait, Waiting};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let waiting = Waiting::default();
/// let work = async {
///     let _for_a_carrier = Wait::start();
///     tokio::time::sleep(Duration::from_secs(2)).await;
/// };
/// waiting.clone().scope(work).await;
/// assert_eq!(waiting.total(), Duration::from_secs(2));
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Waiting(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    /// What this is a part of, and waits whenever this does.
    whole: Option<Waiting>,
}

#[derive(Debug, Default)]
struct State {
    waits: usize,
    since: Option<Instant>,
    total: Duration,
}

impl Waiting {
    /// That of a part of the current work.
    #[must_use]
    pub fn nested() -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            whole: Self::current(),
        }))
    }

    /// That of the work which the running task does, if anybody wants to know.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Runs `work` as the work that is meant.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// The time so far.
    pub fn total(&self) -> Duration {
        let state = self.lock();
        let running = state.since.map(|since| since.elapsed());
        state.total + running.unwrap_or_default()
    }

    /// This, and all that it is a part of.
    fn wholes(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |part| part.0.whole.as_ref())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait for a carrier, over when dropped.
#[derive(Debug)]
pub struct Wait(Option<Waiting>);

impl Wait {
    /// Begins to wait, on behalf of the work which the running task does.
    #[must_use]
    pub fn start() -> Self {
        let waiting = Waiting::current();
        for part in waiting.iter().flat_map(Waiting::wholes) {
            let mut state = part.lock();
            state.waits += 1;
            state.since.get_or_insert_with(Instant::now);
        }
        Self(waiting)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        for part in self.0.iter().flat_map(Waiting::wholes) {
            let mut state = part.lock();
            state.waits -= 1;
            if state.waits == 0
                && let Some(since) = state.since.take()
            {
                state.total += since.elapsed();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    async fn ask(before: u64, takes: u64) {
        sleep(Duration::from_secs(before)).await;
        let _wait = Wait::start();
        sleep(Duration::from_secs(takes)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn waits_that_overlap_count_once() {
        let waiting = Waiting::default();
        let work = async { tokio::join!(ask(1, 4), ask(2, 2), ask(7, 1)) };
        waiting.clone().scope(work).await;
        assert_eq!(waiting.total(), Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn shared_quota_waits_when_any_part_waits() {
        let whole = Waiting::default();
        let parts = whole
            .clone()
            .scope(async {
                let (one, two) = (Waiting::nested(), Waiting::nested());
                tokio::join!(one.clone().scope(ask(0, 3)), two.clone().scope(ask(1, 4)));
                [one.total(), two.total()].map(|total| total.as_secs())
            })
            .await;
        assert_eq!(parts, [3, 4]);
        assert_eq!(whole.total(), Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn cancelled_work_stops_waiting() {
        let waiting = Waiting::default();
        let work = waiting.clone().scope(ask(0, 60));
        let given_up = tokio::time::timeout(Duration::from_secs(2), work).await;
        assert!(given_up.is_err());
        sleep(Duration::from_secs(5)).await;
        assert_eq!(waiting.total(), Duration::from_secs(2));
    }

    #[tokio::test]
    async fn wait_outside_of_a_measured_request_is_not_counted() {
        assert!(Wait::start().0.is_none());
    }
}
