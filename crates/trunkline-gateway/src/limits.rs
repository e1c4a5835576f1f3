//! How much may come in: requests for each key, wrong keys from each address, and requests under way.

mod bucket;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use trunkline_core::{ApiKey, Error, ErrorKind, KeyId, KeyRate, Retry};

use crate::error::ApiError;
use crate::settings::Settings;
use crate::state::AppState;
use bucket::Buckets;

/// What is left of a rate.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The rate.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is counted in this process.
#[derive(Debug)]
pub(crate) struct Limits {
    keys: Buckets<KeyId>,
    strangers: Buckets<IpAddr>,
    rate: KeyRate,
    failed_auth: KeyRate,
    in_flight: Arc<Semaphore>,
}

/// What is left of a key's rate, for its headers (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    rate: KeyRate,
    left: u32,
    /// Until all of it is back, or until the next request may come if nothing is left.
    reset: Duration,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            keys: Buckets::default(),
            strangers: Buckets::default(),
            rate: settings.rate_limit,
            failed_auth: settings.failed_auth,
            in_flight: Arc::new(Semaphore::new(
                settings.max_in_flight.min(Semaphore::MAX_PERMITS),
            )),
        }
    }

    /// Counts a request of a key's: what is left, and whether it is too much.
    pub(crate) fn take(&self, key: &ApiKey) -> (Standing, Result<(), Error>) {
        let rate = key.rate_limit.unwrap_or(self.rate);
        match self.keys.take(&key.id, rate) {
            Ok(left) => {
                let missing = f64::from(rate.burst.get().saturating_sub(left));
                let reset = Duration::from_secs_f64(missing / f64::from(rate.per_second.get()));
                (Standing { rate, left, reset }, Ok(()))
            }
            Err(wait) => {
                let standing = Standing {
                    rate,
                    left: 0,
                    reset: wait,
                };
                let message = format!("this key may call {} times a second", rate.per_second);
                (standing, Err(too_many(message, wait)))
            }
        }
    }

    /// Counts a wrong key from an address; too many of them are told so instead of what is wrong.
    ///
    /// # Errors
    /// `RateLimited` with the wait.
    pub(crate) fn failed_auth(&self, from: Option<IpAddr>) -> Result<(), Error> {
        let from = from.map_or_else(|| IpAddr::from([0, 0, 0, 0]), network);
        let taken = self.strangers.take(&from, self.failed_auth);
        taken.map(drop).map_err(|wait| {
            let message = "too many requests without a valid API key".to_owned();
            too_many(message, wait)
        })
    }
}

/// Whoever has one address of an IPv6 network has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn too_many(message: String, wait: Duration) -> Error {
    Error::new(ErrorKind::RateLimited, message).with_retry(Retry::After(wait))
}

impl Standing {
    /// Writes the headers.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        let (burst, per_second) = (self.rate.burst.get(), self.rate.per_second.get());
        let window = burst.div_ceil(per_second);
        let reset = whole_seconds(self.reset);
        let left = self.left;
        for (name, text) in [
            (RATE_LIMIT_POLICY, format!("\"key\";q={burst};w={window}")),
            (RATE_LIMIT, format!("\"key\";r={left};t={reset}")),
        ] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}

/// Rounded up: whoever waits so long does not come too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Layer: only so many requests are under way, and none for ever. What is too much is told at once.
pub(crate) async fn bound(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let Ok(_permit) = state.limits().in_flight.try_acquire() else {
        let error = Error::new(ErrorKind::UpstreamUnavailable, "too many requests at once");
        let error = error.with_retry(Retry::After(Duration::from_secs(1)));
        return ApiError::from(error).into_response();
    };
    // A range takes as long as it has parts, each of which has a time of its own.
    if request.uri().path() == "/v1/number-ranges" {
        return next.run(request).await;
    }
    let patience = state.settings().request_timeout;
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        let message = format!(
            "not answered within {patience:?}; a write goes on: look what came of it, or repeat it with its Idempotency-Key"
        );
        ApiError::from(Error::new(ErrorKind::Timeout, message)).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_is_told_in_two_headers() {
        let rate = KeyRate {
            per_second: 10.try_into().unwrap(),
            burst: 25.try_into().unwrap(),
        };
        let mut headers = HeaderMap::new();
        let reset = Duration::from_millis(2_100);
        Standing {
            rate,
            left: 4,
            reset,
        }
        .tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"key\";q=25;w=3");
        assert_eq!(headers["ratelimit"], "\"key\";r=4;t=3");
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one() {
        let parse = |text: &str| network(text.parse().unwrap());
        assert_eq!(parse("2001:db8:1:2::7"), parse("2001:db8:1:2:ffff::1"));
        assert_ne!(parse("2001:db8:1:2::7"), parse("2001:db8:1:3::7"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
    }
}
