//! What the answers say about the requests that are left in the minute.

use std::sync::{Mutex, PoisonError};

use http::HeaderName;
use jiff::Timestamp;

use crate::exchange::Answer;

/// What the largest plan may send in a minute.
const A_MINUTE: u32 = 2_500;

/// Counts the requests of a minute for show: what is refused is decided by the limits of the sandbox.
#[derive(Debug, Default)]
pub(super) struct Quota(Mutex<Used>);

#[derive(Debug, Default)]
struct Used {
    minute: i64,
    requests: u32,
}

impl Quota {
    /// Counts an answer and puts the headers on it. They never say that nothing is left, because something is.
    pub(super) fn count(&self, answer: &mut Answer, now: Timestamp) {
        let second = now.as_second();
        let remaining = {
            let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if used.minute != second / 60 {
                *used = Used {
                    minute: second / 60,
                    requests: 0,
                };
            }
            used.requests = used.requests.saturating_add(1);
            A_MINUTE.saturating_sub(used.requests).max(1)
        };
        for (name, value) in [
            ("x-rate-limit", A_MINUTE),
            ("x-rate-limit-remaining", remaining),
            ("rate-limit", A_MINUTE),
            ("rate-limit-remaining", remaining),
        ] {
            answer.set(HeaderName::from_static(name), value);
        }
        answer.set(
            HeaderName::from_static("rate-limit-reset"),
            60 - second.rem_euclid(60),
        );
    }

    pub(super) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Used::default();
    }
}
