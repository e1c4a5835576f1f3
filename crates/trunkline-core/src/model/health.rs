//! How an account is doing, as seen from here.

use std::time::Duration;

named_enum! {
    /// Whether calls to an account are let through.
    #[derive(Default)]
    BreakerState {
        /// They are.
        #[default]
        Closed = "closed",
        /// One is, to find out whether the carrier is back.
        HalfOpen = "half_open",
        /// None is: the carrier failed too often in a row.
        Open = "open",
    }
}

/// How an account is doing, as seen from this process. Nothing is asked of the carrier to tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountHealth {
    /// Whether calls are let through.
    pub breaker: BreakerState,
    /// How long the carrier asked us to keep away from now, if it did.
    pub held_for: Option<Duration>,
    /// Requests on their way.
    pub in_flight: usize,
    /// Requests that wait here for the account's limits.
    pub waiting: usize,
    /// Most requests on their way at once, now.
    pub concurrency: usize,
    /// Configured requests per second.
    pub per_second: Option<u32>,
    /// Configured burst.
    pub burst: Option<u32>,
    /// Requests that may leave this instant under the rate limit, `None` without one.
    pub remaining: Option<u32>,
    /// What the carrier last failed with, as one line; `None` once a call succeeded again.
    pub last_error: Option<String>,
    /// Whether what it last failed with was that it does not accept our credential.
    pub refused: bool,
}
