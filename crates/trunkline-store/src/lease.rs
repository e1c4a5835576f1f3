//! A lease that is asked for, and how durations are counted.

use std::time::Duration;

use trunkline_engine::journal::{Lease, Moment, Scope};

/// A database counts whole milliseconds: by so much may a lease lapse before its time.
const STEP: Duration = Duration::from_millis(2);

/// A lease that is asked for: it counts from before the database's clock is read, so that it never
/// seems to hold longer than it does.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// What is to be leased.
    pub(crate) name: String,
    /// For whom.
    pub(crate) owner: String,
    ttl: Duration,
    asked: Moment,
}

impl Wanted {
    /// Asks now, for so long.
    pub(crate) fn now(name: String, owner: &str, ttl: Duration) -> Self {
        Self {
            name,
            owner: owner.to_owned(),
            ttl,
            asked: Moment::now(),
        }
    }

    /// For how long, as a database counts.
    pub(crate) fn ttl_ms(&self) -> i64 {
        millis(self.ttl)
    }

    /// The lease, once the database gave a fence for it.
    pub(crate) fn granted(&self, fence: i64) -> Lease {
        Lease {
            name: self.name.clone(),
            owner: self.owner.clone(),
            fence,
            ends: end(self.asked, self.ttl),
        }
    }
}

/// Until when a lease holds that was asked for then.
pub(crate) fn end(asked: Moment, ttl: Duration) -> Moment {
    asked.after(ttl.saturating_sub(STEP))
}

/// The name of the lease under which a key is reserved.
pub(crate) fn of_key(scope: &Scope) -> String {
    format!("key:{}:{}:{}", scope.tenant, scope.route, scope.key)
}

/// A duration as a database counts it.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
