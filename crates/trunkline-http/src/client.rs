//! The client of one account, and the one loop in which requests are sent and sent again.

mod address;
mod failure;
mod origin;
mod run;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout_at};
use trunkline_core::telemetry::Wait;
use trunkline_core::{AccountHealth, Call, Effect, Error, ErrorKind, Result, Retry};
use url::Url;

use crate::account::Account;
use crate::auth::{Credential, Signer};
use crate::profile::Profile;
use crate::request::ApiRequest;
use crate::response::Response;
use crate::transport::Transport;
use address::Address;
use origin::{Inner, Shared};
use run::{Next, Run, Turn};

/// How long before the deadline the last attempt ends.
const LAST_WORDS: Duration = Duration::from_millis(5);

/// Sends requests to one account. Cloning is cheap, and clones share limits, breaker and connections.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

impl HttpClient {
    /// A client for the account. Nothing is sent.
    ///
    /// # Errors
    /// `Config` if the base URL is neither `https` nor `http` to a loopback host (or any host with
    /// `allow_http`) or holds a credential, if the credential can't be sent in a header, if a burst is given
    /// without a rate, or if `ca_file` or `proxy` is no good.
    pub fn new(profile: Profile) -> Result<Self> {
        let limits = &profile.limits;
        if limits.burst.is_some() && limits.per_second.is_none() {
            let message = "limits.burst needs limits.per_second";
            return Err(Error::new(ErrorKind::Config, message)
                .with_field("limits.burst", message)
                .with_account(profile.account));
        }
        let shared = Shared {
            account: Account::new(&profile),
            signer: Signer::new(&profile.auth)?,
            transport: Transport::new(&profile)
                .map_err(|error| error.with_account(profile.account.clone()))?,
        };
        Self::assemble(profile, Arc::new(shared))
    }

    /// The same account, with its limits and breaker, at another origin.
    ///
    /// # Errors
    /// `Config` as for [`HttpClient::new`].
    pub fn at(&self, base_url: Url) -> Result<Self> {
        let profile = Profile {
            base_url,
            ..self.inner.profile.clone()
        };
        Self::assemble(profile, self.inner.shared.clone())
    }

    fn assemble(profile: Profile, shared: Arc<Shared>) -> Result<Self> {
        let address = Address::new(&profile.base_url, profile.allow_http)
            .map_err(|error| error.with_account(profile.account.clone()))?;
        Ok(Self {
            inner: Arc::new(Inner {
                profile,
                address,
                shared,
            }),
        })
    }

    /// Sends a request as part of [`Call::current`], and again as often as that is safe, allowed and in time.
    ///
    /// # Errors
    /// What the profile's `explain` makes of a refusal; `UpstreamUnavailable` without a connection or while the
    /// breaker is open; `Timeout`; `RateLimited` if the account must wait beyond the deadline; `Protocol` for a body
    /// over 16 MiB or a redirect. Each says whether to try again and whether the carrier may have acted.
    pub async fn send(&self, request: ApiRequest) -> Result<Response> {
        let mut call = Call::current();
        // Whoever waits until the deadline hears what came of it.
        call.deadline = call
            .deadline
            .checked_sub(LAST_WORDS)
            .unwrap_or(call.deadline);
        let shared = &*self.inner.shared;
        let mut run = Run::new(&self.inner, request, call)?;
        shared.account.budget.earn();
        loop {
            let credential = self.credential(call.deadline).await;
            let credential = credential.map_err(|error| {
                shared.account.remember(Some(&error));
                run.unsigned(error)
            })?;
            let pass = match shared.account.breaker.enter(call.lane) {
                Ok(pass) => pass,
                Err(wait) => return Err(run.kept_back(wait)),
            };
            let permit = match shared.account.gate.enter(call).await {
                Ok(permit) => permit,
                Err(shut) => return Err(run.shut_out(shut)),
            };
            let mut turn = Turn { pass, permit };
            let outcome = run.attempt(&credential).await;
            let next = run.judge(outcome, &credential, &mut turn);
            drop(turn);
            match next {
                Next::Done(response) => return Ok(response),
                Next::Fail(error) => return Err(error),
                Next::Again(pause) => {
                    let _waiting = Wait::start();
                    sleep(pause).await;
                }
                Next::Renew => shared.signer.renew(&credential).await,
            }
        }
    }

    /// Sends a request and reads the answer as JSON.
    ///
    /// # Errors
    /// As [`HttpClient::send`] and [`Response::json`].
    pub async fn send_json<T: DeserializeOwned>(&self, request: ApiRequest) -> Result<T> {
        self.send(request).await?.into_json()
    }

    /// How the account is doing. Nothing is sent to tell.
    #[must_use]
    pub fn health(&self) -> AccountHealth {
        self.inner.shared.account.health()
    }

    /// The profile it was made from.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.inner.profile
    }

    async fn credential(&self, deadline: Instant) -> Result<Credential> {
        let credential = self.inner.shared.signer.credential();
        timeout_at(deadline, credential)
            .await
            .unwrap_or_else(|_| {
                Err(
                    Error::new(ErrorKind::Timeout, "no token from the carrier in time")
                        .with_retry(Retry::Backoff),
                )
            })
            .map_err(|error| error.with_effect(Effect::None))
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("account", &self.inner.profile.account)
            .field("base_url", &self.inner.profile.base_url.as_str())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Auth, Explained};
    use trunkline_core::{AccountName, Operation, ProviderName};

    #[tokio::test]
    async fn a_request_on_its_way_is_small_and_may_change_threads() {
        fn size(future: &(impl Future + Send)) -> usize {
            size_of_val(future)
        }
        let profile = Profile::new(
            AccountName::new("us-main").unwrap(),
            ProviderName::new("twilio"),
            "http://127.0.0.1/".parse().unwrap(),
            Auth::Bearer("token".into()),
            Explained::by_status,
        );
        let client = HttpClient::new(profile).unwrap();
        let size = size(&client.send(ApiRequest::get(Operation::List, "numbers")));
        assert!(size < 8192, "{size} bytes");
    }
}
