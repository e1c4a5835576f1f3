//! How far apart a carrier's two clocks are: the one in its `Date` header, and the one in its records.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use metrics::gauge;

use trunkline_core::model::AccountName;
use trunkline_core::registry::AccountEntry;
use trunkline_core::telemetry::{AccountLabels, names};

/// From how many seconds on an operator is warned: headers and records are in whole seconds.
const WARNED_FROM: i64 = 1;

/// The skew that each account was last warned of, in seconds.
#[derive(Debug, Default)]
pub(super) struct Skews(Mutex<HashMap<AccountName, i64>>);

impl Skews {
    /// Measures it by a purchase that was confirmed: when the number was created, and the date of that answer.
    pub(super) fn measure(
        &self,
        entry: &AccountEntry,
        created: Option<Timestamp>,
        date: Option<Timestamp>,
    ) {
        let (Some(created), Some(date)) = (created, date) else {
            return;
        };
        let skew = created.duration_since(date);
        let account = entry.provider.account();
        let labels = AccountLabels::new(account, entry.provider.provider());
        gauge!(names::CLOCK_SKEW, labels.labels()).set(skew.as_secs_f64());
        let seconds = skew.as_secs();
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = warned.insert(account.clone(), seconds).unwrap_or_default();
        if seconds.abs() >= WARNED_FROM && seconds != before {
            tracing::warn!(
                %account, skew_s = seconds,
                "the clock of the records of {account} differs by {seconds} s from the carrier's Date header: beyond the \
                 account's clock_tolerance a person is asked about each purchase"
            );
        }
    }
}
