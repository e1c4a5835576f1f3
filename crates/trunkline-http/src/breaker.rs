//! The circuit breaker of one account. It counts transport failures and 5xx; every other answer is a healthy carrier
//! talking to us.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::{BreakerState, Lane};

/// Failures in a row that open it. More than the attempts of one read: one broken resource must not close the account.
pub(crate) const OPEN_AFTER: u32 = 10;
/// How long it lets nothing through.
pub(crate) const PAUSE: Duration = Duration::from_secs(30);
/// The same for reconciling, which has a promise to keep as soon as the carrier is back.
const RECONCILE_PAUSE: Duration = Duration::from_secs(2);
/// When to ask again while another call is finding out.
const PROBING: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { since: Instant },
    HalfOpen { since: Instant },
}

/// Lets calls through, or not.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// Lets a call through, or says how long to keep away.
    pub(crate) fn enter(&self, lane: Lane) -> Result<Pass<'_>, Duration> {
        let mut state = self.lock();
        let probing = match *state {
            State::Closed { .. } => false,
            State::HalfOpen { .. } => return Err(PROBING),
            State::Open { since } => {
                let pause = match lane {
                    Lane::Reconcile => RECONCILE_PAUSE,
                    Lane::Purchase | Lane::Search => PAUSE,
                };
                let left = (since + pause).saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(left);
                }
                *state = State::HalfOpen { since };
                true
            }
        };
        Ok(Pass {
            breaker: self,
            probing,
        })
    }

    /// Whether calls are let through.
    pub(crate) fn state(&self) -> BreakerState {
        match *self.lock() {
            State::Closed { .. } => BreakerState::Closed,
            State::HalfOpen { .. } => BreakerState::HalfOpen,
            State::Open { .. } => BreakerState::Open,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to make one attempt. Dropped without a word it says nothing about the carrier.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    breaker: &'a Breaker,
    probing: bool,
}

impl Pass<'_> {
    /// The carrier answered.
    pub(crate) fn healthy(&mut self) {
        self.probing = false;
        *self.breaker.lock() = State::Closed { failures: 0 };
    }

    /// The carrier can't be reached or answered 5xx.
    pub(crate) fn sick(&mut self) {
        let mut state = self.breaker.lock();
        let now = Instant::now();
        *state = match *state {
            State::Closed { failures } if failures + 1 < OPEN_AFTER => State::Closed {
                failures: failures + 1,
            },
            State::HalfOpen { .. } if self.probing => State::Open { since: now },
            State::Closed { .. } => State::Open { since: now },
            unchanged => unchanged,
        };
        drop(state);
        self.probing = false;
    }
}

impl Drop for Pass<'_> {
    /// A probe that found out nothing makes room for the next one.
    fn drop(&mut self) {
        if self.probing {
            let mut state = self.breaker.lock();
            if let State::HalfOpen { since } = *state {
                *state = State::Open { since };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breaker {
        let breaker = Breaker::new();
        for _ in 0..OPEN_AFTER {
            breaker.enter(Lane::Search).unwrap().sick();
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it() {
        let breaker = opened();
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.enter(Lane::Search).unwrap_err(), PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_between_starts_the_count_over() {
        let breaker = Breaker::new();
        for _ in 0..3 {
            for _ in 0..OPEN_AFTER - 1 {
                breaker.enter(Lane::Search).unwrap().sick();
            }
            breaker.enter(Lane::Search).unwrap().healthy();
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn half_open_breaker_allows_a_single_probe() {
        let breaker = opened();
        tokio::time::advance(PAUSE).await;
        let mut probe = breaker.enter(Lane::Search).unwrap();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert_eq!(breaker.enter(Lane::Search).unwrap_err(), PROBING);
        probe.healthy();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_opens_it_for_another_pause() {
        let breaker = opened();
        tokio::time::advance(PAUSE).await;
        breaker.enter(Lane::Search).unwrap().sick();
        assert_eq!(breaker.enter(Lane::Search).unwrap_err(), PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_was_given_up_makes_room_for_the_next() {
        let breaker = opened();
        tokio::time::advance(PAUSE).await;
        drop(breaker.enter(Lane::Search).unwrap());
        assert!(breaker.enter(Lane::Search).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn reconciling_may_probe_early() {
        let breaker = opened();
        tokio::time::advance(RECONCILE_PAUSE).await;
        assert!(breaker.enter(Lane::Purchase).is_err());
        assert!(breaker.enter(Lane::Reconcile).is_ok());
    }
}
