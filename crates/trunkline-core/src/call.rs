//! What every call to a carrier carries along: its deadline and its lane.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;
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
    /// Longest that each request may take, where the work is a reading of many pages.
    each: Option<Duration>,
}

tokio::task_local! {
    static CURRENT: Call;
    static DATE: Cell<Option<Timestamp>>;
}

impl Call {
    /// How long a call may take when nobody set a deadline.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

    /// Longest that a reading of many pages may take: 15 minutes.
    pub const LONGEST_READING: Duration = Duration::from_secs(15 * 60);

    /// A call that may take this long from now.
    #[must_use]
    pub fn within(timeout: Duration, lane: Lane) -> Self {
        Self::until(Instant::now() + timeout, lane)
    }

    /// A call that may take until then.
    #[must_use]
    pub const fn until(deadline: Instant, lane: Lane) -> Self {
        Self {
            deadline,
            lane,
            each: None,
        }
    }

    /// A reading of all pages: each request may take this long, all together [`Call::LONGEST_READING`].
    #[must_use]
    pub fn reading(each: Duration, lane: Lane) -> Self {
        Self {
            each: Some(each),
            ..Self::within(Self::LONGEST_READING, lane)
        }
    }

    /// The call of the running task; outside of any one of [`Call::DEFAULT_TIMEOUT`] in [`Lane::Search`].
    #[must_use]
    pub fn current() -> Self {
        let call = CURRENT
            .try_with(|call| *call)
            .unwrap_or_else(|_| Self::within(Self::DEFAULT_TIMEOUT, Lane::Search));
        let each = call.each.map(|each| Instant::now() + each);
        Self {
            deadline: each.map_or(call.deadline, |each| each.min(call.deadline)),
            ..call
        }
    }

    /// Runs `work` as part of this call.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Runs `work` as part of this call, and gives the carrier's clock (the `Date` header) of its last answer too.
    pub async fn scope_dated<F: Future>(self, work: F) -> (F::Output, Option<Timestamp>) {
        let dated = async {
            let output = self.scope(work).await;
            (output, DATE.with(Cell::take))
        };
        DATE.scope(Cell::new(None), dated).await
    }

    /// Says what the carrier's clock was when it answered a request of the running task. Outside of
    /// [`Call::scope_dated`] nobody asks, and `date` is not called.
    pub fn note_date(date: impl FnOnce() -> Option<Timestamp>) {
        let _ = DATE.try_with(|cell| cell.set(date()));
    }
}
