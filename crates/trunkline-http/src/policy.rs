//! How often and how soon a request is sent again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::host;

use crate::profile::Retries;

impl Retries {
    /// The pause after this many attempts: anything from nothing to a ceiling that doubles each time, so that callers
    /// who failed together do not come back together.
    pub(crate) fn pause(&self, attempts: u32) -> Duration {
        self.ceiling(attempts).mul_f64(host::random())
    }

    fn ceiling(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(16);
        self.first_pause
            .saturating_mul(1 << doublings)
            .min(self.longest_pause)
    }
}

/// Retries that an account may spend: a share of its traffic and a small reserve, so that a carrier in trouble does
/// not get several times its usual load from us.
#[derive(Debug)]
pub(crate) struct Budget {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    retries: f64,
    at: Instant,
}

impl Budget {
    /// Retries earned by one request.
    const SHARE: f64 = 0.2;
    /// Retries earned by a second, for accounts with hardly any traffic.
    const PER_SECOND: f64 = 1.0;
    /// Most retries saved up.
    const RESERVE: f64 = 20.0;

    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                retries: Self::RESERVE,
                at: Instant::now(),
            }),
        }
    }

    /// Counts a request.
    pub(crate) fn earn(&self) {
        self.change(|state| state.retries += Self::SHARE);
    }

    /// Takes one retry, if there is one.
    pub(crate) fn spend(&self) -> bool {
        self.change(|state| {
            let rich = state.retries >= 1.0;
            if rich {
                state.retries -= 1.0;
            }
            rich
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        state.retries += now.duration_since(state.at).as_secs_f64() * Self::PER_SECOND;
        state.at = now;
        let result = change(&mut state);
        state.retries = state.retries.min(Self::RESERVE);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let retries = Retries::default();
        let seconds: Vec<f64> = [1, 2, 3, 4, 7, 8, 99]
            .map(|attempts| retries.ceiling(attempts).as_secs_f64())
            .to_vec();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 30.0, 30.0, 30.0]);
    }

    #[test]
    fn a_pause_lies_anywhere_below_its_ceiling() {
        let retries = Retries::default();
        let pauses: Vec<_> = (0..200).map(|_| retries.pause(1)).collect();
        assert!(pauses.iter().all(|pause| *pause <= retries.first_pause));
        assert!(pauses.iter().any(|pause| *pause < retries.first_pause / 2));
        assert!(pauses.iter().any(|pause| *pause > retries.first_pause / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn retries_are_a_share_of_the_requests_beyond_the_reserve() {
        let budget = Budget::new();
        let reserve = (0..100).filter(|_| budget.spend()).count();
        assert_eq!(reserve, 20);
        (0..51).for_each(|_| budget.earn());
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_account_regains_a_retry_a_second() {
        let budget = Budget::new();
        while budget.spend() {}
        tokio::time::advance(Duration::from_millis(3100)).await;
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 3);
    }
}
