//! Limits on requests: the rate of each key, wrong keys of each address, and requests under way.

mod bucket;
mod places;

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::{Semaphore, SemaphorePermit};
use trunkline_admin::{ApiKey, KeyRate};
use trunkline_core::{Error, ErrorKind, KeyId, Retry, Tenant};

use crate::settings::Settings;
use bucket::Buckets;
use places::{Place, Places};

/// What is left of a rate.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The rate.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The counters of this process.
#[derive(Debug)]
pub(crate) struct Limits {
    keys: Buckets<KeyId>,
    strangers: Buckets<IpAddr>,
    rate: KeyRate,
    failed_auth: KeyRate,
    in_flight: Places<Tenant>,
    /// Requests to open routes, by the network they come from.
    open: Places<IpAddr>,
    /// Keys that are looked up at once.
    lookups: Semaphore,
}

/// Most requests to open routes, and look-ups of keys, at once.
const OPEN_MAX: usize = 64;

/// Longest wait for a look-up of a key.
const LOOKUP_WAIT: Duration = Duration::from_secs(2);

/// A place of a tenant or an address, given back when dropped.
pub(crate) enum AnyPlace {
    Tenant(#[expect(dead_code, reason = "held, not read")] Place<Tenant>),
    Open(#[expect(dead_code, reason = "held, not read")] Place<IpAddr>),
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
            in_flight: Places::new(settings.max_in_flight),
            open: Places::new(OPEN_MAX.min(settings.max_in_flight)),
            lookups: Semaphore::new(OPEN_MAX),
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

    /// Counts a wrong key from an address.
    ///
    /// # Errors
    /// `RateLimited` with the wait.
    pub(crate) fn failed_auth(&self, from: Option<IpAddr>) -> Result<(), Error> {
        let taken = self.strangers.take(&network(from), self.failed_auth);
        taken.map(drop).map_err(too_many_wrong)
    }

    /// Refuses an address that has sent too many wrong keys, before its key is looked up.
    ///
    /// # Errors
    /// `RateLimited` with the wait.
    pub(crate) fn check_strangers(&self, from: Option<IpAddr>) -> Result<(), Error> {
        let wait = self.strangers.wait(&network(from));
        wait.map_or(Ok(()), |wait| Err(too_many_wrong(wait)))
    }

    /// A place among the requests under way: of this tenant, or of this address without one. `None` if none is free.
    pub(crate) fn place(&self, tenant: Option<&Tenant>, from: Option<IpAddr>) -> Option<AnyPlace> {
        match tenant {
            Some(tenant) => self.in_flight.take(tenant).map(AnyPlace::Tenant),
            None => self.open.take(&network(from)).map(AnyPlace::Open),
        }
    }

    /// Waits for a place among the look-ups of keys.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if none is free for two seconds.
    pub(crate) async fn lookup(&self) -> Result<SemaphorePermit<'_>, Error> {
        let permit = tokio::time::timeout(LOOKUP_WAIT, self.lookups.acquire()).await;
        permit.ok().and_then(Result::ok).ok_or_else(too_busy)
    }
}

/// The network of an address: the holder of one IPv6 address has its whole network. A request of this process has none.
pub(crate) fn network(address: Option<IpAddr>) -> IpAddr {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        Some(v4 @ IpAddr::V4(_)) => v4,
        None => IpAddr::from([0, 0, 0, 0]),
    }
}

fn too_many_wrong(wait: Duration) -> Error {
    too_many("too many requests without a valid API key".to_owned(), wait)
}

/// The refusal of a request that finds no place.
pub(crate) fn too_busy() -> Error {
    let error = Error::new(ErrorKind::UpstreamUnavailable, "too many requests at once");
    error.with_retry(Retry::After(Duration::from_secs(1)))
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

/// Rounded up, so that waiting this long is enough.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_left_is_reported_in_two_headers() {
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
        let parse = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(parse("2001:db8:1:2::7"), parse("2001:db8:1:2:ffff::1"));
        assert_ne!(parse("2001:db8:1:2::7"), parse("2001:db8:1:3::7"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
    }
}
