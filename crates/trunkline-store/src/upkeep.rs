//! What is done every minute: forgetting what is old, and having nothing wait longer than it may.

use std::time::Duration;

use trunkline_engine::journal::Change;

use crate::lease::millis;
use crate::query::Query;
use crate::sql::{
    self, CLOCK_STEP_MS, CLOCK_TRIAL, KEPT_MS, LAPSED_KEPT_MS, LONGEST_DELIVERY_PAUSE_MS,
    LONGEST_GRACE_MS, PRUNED_AT_ONCE,
};

/// Has nothing wait longer than it may: the clock may have been set back.
pub(crate) fn pulls() -> [Query; 3] {
    let longest = millis(Change::LONGEST_PAUSE);
    [
        sql::PULL_PURCHASES.query().bind(longest),
        sql::PULL_RELEASES.query().bind(LONGEST_GRACE_MS),
        sql::PULL_DELIVERIES.query().bind(LONGEST_DELIVERY_PAUSE_MS),
    ]
}

/// Writes down what the clock shows; changes nothing if it can't be believed by a process that has run for so long.
pub(crate) fn mark_clock(running: Duration) -> Query {
    let query = sql::MARK_CLOCK.query().bind(CLOCK_STEP_MS);
    query.bind(running >= CLOCK_TRIAL)
}

/// Forgets what is old by a clock that can be believed.
pub(crate) fn prunes() -> [Query; 4] {
    [
        sql::PRUNE_KEYS.query().bind(KEPT_MS),
        sql::PRUNE_LEASES.query().bind(KEPT_MS),
        sql::PRUNE_CANDIDATES.query().bind(LAPSED_KEPT_MS),
        sql::PRUNE_NOTES.query().bind(LAPSED_KEPT_MS),
    ]
    .map(|query| query.bind(PRUNED_AT_ONCE))
}
