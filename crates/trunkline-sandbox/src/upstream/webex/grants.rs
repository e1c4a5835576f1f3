//! The tokens that were given out.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::credentials::WEBEX_REFRESH_TOKEN;

/// How long an access token lives: 14 days.
pub(super) const ACCESS_LIFE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long a refresh token lives: 90 days.
pub(super) const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The tokens given out, and until when they are valid.
#[derive(Debug)]
pub(super) struct Grants {
    access: HashMap<String, Timestamp>,
    refresh: HashMap<String, Timestamp>,
}

impl Grants {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            access: HashMap::new(),
            refresh: HashMap::from([(WEBEX_REFRESH_TOKEN.to_owned(), end(now, REFRESH_LIFE))]),
        }
    }

    pub(super) fn admits(&self, token: &str, now: Timestamp) -> bool {
        self.access.get(token).is_some_and(|end| now < *end)
    }

    /// Takes a refresh token: it is valid once.
    pub(super) fn take(&mut self, token: &str, now: Timestamp) -> bool {
        self.refresh.remove(token).is_some_and(|end| now < end)
    }

    /// Takes down a new pair of tokens.
    pub(super) fn give(&mut self, access: &str, refresh: &str, now: Timestamp) {
        let access_end = end(now, ACCESS_LIFE);
        self.access.insert(access.to_owned(), access_end);
        let refresh_end = end(now, REFRESH_LIFE);
        self.refresh.insert(refresh.to_owned(), refresh_end);
    }
}

fn end(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}
