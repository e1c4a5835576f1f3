//! What the pipeline must know about an account.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use secrecy::SecretString;
use trunkline_core::quota::Quota;
use trunkline_core::{AccountName, Error, Operation, ProviderName};
use url::Url;

use crate::auth::Auth;
use crate::exchange::Transport;
use crate::explain::{Explain, Refine};

pub use trunkline_core::quota::Limits;

/// How long one attempt may take. The caller's deadline cuts all but a request that must not be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup, TCP and TLS together. Default: 5 s.
    pub connect: Duration,
    /// A whole attempt of a request that may be repeated. Default: 10 s.
    pub repeatable: Duration,
    /// A whole attempt of one that may not. Default: 30 s, whatever the caller's deadline.
    pub once: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            repeatable: Duration::from_secs(10),
            once: Duration::from_secs(30),
        }
    }
}

/// How often and how soon a request is sent again when the carrier names no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Attempts in all, the first included. Default: 5.
    pub attempts: u32,
    /// Longest pause before the second attempt; it doubles with each further one. Default: 500 ms.
    pub first_pause: Duration,
    /// Longest pause ever. Default: 30 s.
    pub longest_pause: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// One account at a carrier, as the pipeline sees it.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Name that the operator gave it.
    pub account: AccountName,
    /// Kind of carrier.
    pub provider: ProviderName,
    /// The header in which the carrier names a request; lower case.
    pub request_id_header: &'static str,
    /// Where its API is. `https`, or `http` to a loopback host.
    pub base_url: Url,
    /// Credential.
    pub auth: Auth,
    /// Rate and concurrency.
    pub limits: Limits,
    /// Timeouts of one attempt.
    pub timeouts: Timeouts,
    /// Resending.
    pub retries: Retries,
    /// Reads the carrier's refusals.
    pub explain: Explain,
    /// Completes an error that a caller gets: names the fields that it is about, and when to try again. Default: leaves it as
    /// it is.
    pub refine: Refine,
    /// The quota that replicas share. It decides instead of `limits.per_second`, which is then the part of it that
    /// this process keeps to while it can't be asked.
    pub quota: Option<Arc<dyn Quota>>,
    /// Headers sent with every request, none of them secret.
    pub headers: HeaderMap,
    /// Accepts plain `http` to any host.
    pub allow_http: bool,
    /// PEM file of certificates that are trusted beside those of the machine.
    pub ca_file: Option<PathBuf>,
    /// The forward proxy, as [`Proxies::new`](crate::Proxies::new) reads it. It may hold a password.
    pub proxy: Option<SecretString>,
    /// What carries the requests instead of sockets; default nothing.
    pub transport: Option<Arc<dyn Transport>>,
}

impl Profile {
    /// A profile with default limits, timeouts and retries.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "every one is needed, and each has a type of its own"
    )]
    pub fn new(
        account: AccountName,
        provider: ProviderName,
        base_url: Url,
        auth: Auth,
        explain: Explain,
    ) -> Self {
        Self {
            account,
            provider,
            request_id_header: "x-request-id",
            base_url,
            auth,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            explain,
            refine: |error| error,
            quota: None,
            headers: HeaderMap::new(),
            allow_http: false,
            ca_file: None,
            proxy: None,
            transport: None,
        }
    }

    /// Says where an error happened.
    pub(crate) fn name(&self, error: Error, operation: Operation) -> Error {
        error
            .with_account(self.account.clone())
            .with_provider(self.provider.clone())
            .with_operation(operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_default_to_ten_at_once_and_no_rate() {
        let limits: Limits = serde_json::from_str("{}").unwrap();
        assert_eq!(limits, Limits::default());
        assert_eq!((limits.concurrency.get(), limits.per_second), (10, None));
    }

    #[test]
    fn an_unknown_limit_is_refused_by_name() {
        let error = serde_json::from_str::<Limits>(r#"{"per_minute": 5}"#).unwrap_err();
        assert!(error.to_string().contains("per_minute"));
    }
}
