//! What every call to a carrier carries along: its deadline and its lane.

use std::time::Duration;

use tokio::time::Instant;

/// Whose turn it is when an account's quota is short: the lower one goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Finding out what became of a purchase.
    Reconcile,
    /// Buying, changing and releasing.
    Purchase,
    /// Searching and listing.
    Search,
}

/// The deadline and lane of the work that the current task does for a caller.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Priority at the account.
    pub lane: Lane,
}

tokio::task_local! {
    static CURRENT: Call;
}

impl Call {
    /// How long a call may take when nobody set a deadline.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

    /// A call that may take this long from now.
    #[must_use]
    pub fn within(timeout: Duration, lane: Lane) -> Self {
        Self {
            deadline: Instant::now() + timeout,
            lane,
        }
    }

    /// The call that the running task is part of; [`Call::DEFAULT_TIMEOUT`] in [`Lane::Search`] outside of any.
    #[must_use]
    pub fn current() -> Self {
        CURRENT
            .try_with(|call| *call)
            .unwrap_or_else(|_| Self::within(Self::DEFAULT_TIMEOUT, Lane::Search))
    }

    /// Runs `work` as part of this call.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}
