//! What the answers say about the requests that are left in the minute.

use http::HeaderName;
use jiff::Timestamp;

use crate::exchange::Answer;

/// What the largest plan may send in a minute.
const A_MINUTE: u32 = 2_500;

/// Counts the requests of a minute for show: what is refused is decided by the limits of the sandbox.
#[derive(Debug, Default)]
pub(super) struct Quota {
    minute: i64,
    requests: u32,
}

impl Quota {
    /// Counts an answer and puts the headers on it. They never say that nothing is left, because something is.
    pub(super) fn count(&mut self, answer: &mut Answer, now: Timestamp) {
        let second = now.as_second();
        if self.minute != second / 60 {
            (self.minute, self.requests) = (second / 60, 0);
        }
        self.requests = self.requests.saturating_add(1);
        let remaining = A_MINUTE.saturating_sub(self.requests).max(1);
        let name = HeaderName::from_static;
        answer.set(name("x-rate-limit"), A_MINUTE);
        answer.set(name("x-rate-limit-remaining"), remaining);
        answer.set(name("rate-limit"), A_MINUTE);
        answer.set(name("rate-limit-remaining"), remaining);
        answer.set(name("rate-limit-reset"), 60 - second.rem_euclid(60));
    }
}
