//! The client of one account, and the one loop in which requests are sent and sent again.

mod address;
mod failure;
mod run;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tracing::Instrument;
use trunkline_core::telemetry::Wait;
use trunkline_core::{AccountHealth, Call, Effect, Error, ErrorKind, Result, Retry};
use url::Url;

use crate::account::Account;
use crate::auth::{Credential, Signer};
use crate::profile::Profile;
use crate::request::ApiRequest;
use crate::response::Response;
use crate::transport::Sockets;
use address::Address;
use run::{Inner, Next, Run, Shared, Turn};

/// How long before the caller's deadline the last attempt ends, so that the caller hears the outcome.
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
    /// without a rate, or if `ca_file` or `proxy` is invalid.
    pub fn new(profile: Profile) -> Result<Self> {
        let shared = || {
            let limits = &profile.limits;
            if limits.burst.is_some() && limits.per_second.is_none() {
                let message = "limits.burst needs limits.per_second";
                let error = Error::new(ErrorKind::Config, message);
                return Err(error.with_field("limits.burst", message));
            }
            Ok(Shared {
                account: Account::new(&profile),
                signer: Signer::new(&profile.auth)?,
                transport: match &profile.transport {
                    Some(transport) => Arc::clone(transport),
                    None => Arc::new(Sockets::new(&profile)?),
                },
            })
        };
        let shared = shared().map_err(|error| error.with_account(profile.account.clone()))?;
        Self::assemble(profile, Arc::new(shared))
    }

    /// The same account, with its limits and breaker, at another origin.
    ///
    /// # Errors
    /// `Config` as for [`HttpClient::new`].
    pub fn at(&self, base_url: Url) -> Result<Self> {
        let profile = Profile {
            base_url,
            ..Profile::clone(&self.inner.profile)
        };
        Self::assemble(profile, self.inner.shared.clone())
    }

    fn assemble(profile: Profile, shared: Arc<Shared>) -> Result<Self> {
        let address = Address::new(&profile.base_url, profile.allow_http)
            .map_err(|error| error.with_account(profile.account.clone()))?;
        let inner = Inner {
            profile: Arc::new(profile),
            address,
            shared,
        };
        Ok(Self {
            inner: Arc::new(inner),
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
        let end = call.deadline.checked_sub(LAST_WORDS);
        call.deadline = end.unwrap_or(call.deadline);
        let Shared {
            account,
            signer,
            transport,
        } = &*self.inner.shared;
        let mut run = Run::new(&self.inner, request, call)?;
        account.budget.earn();
        loop {
            let credential = credential(signer, call.deadline)
                .await
                .map_err(|error| run.unsigned(error))?;
            let pass = account.breaker.enter(call.lane);
            let pass = pass.map_err(|wait| run.kept_back(wait))?;
            let permit = account.gate.enter(call).await;
            let permit = permit.map_err(|shut| run.shut_out(shut))?;
            let mut turn = Turn { pass, permit };
            let (request, attempt) = run.begin(&credential);
            let outcome = transport
                .exchange(request, attempt.timeout)
                .instrument(attempt.span.clone())
                .await;
            run.end(attempt, &outcome);
            let next = run.judge(outcome, &credential, &mut turn);
            drop(turn);
            match next {
                Next::Done(outcome) => return outcome,
                Next::Again(pause) => {
                    let _waiting = Wait::start();
                    sleep(pause).await;
                }
                Next::Renew => signer.renew(&credential).await,
            }
        }
    }

    /// How the account is doing. Sends nothing.
    #[must_use]
    pub fn health(&self) -> AccountHealth {
        self.inner.shared.account.health()
    }

    /// The profile it was made from.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.inner.profile
    }
}

/// The credential for the next attempt, renewed if need be.
async fn credential(signer: &Signer, deadline: Instant) -> Result<Credential> {
    let credential = timeout_at(deadline, signer.credential()).await;
    let late = |_| {
        let message = "no token from the carrier in time";
        Err(Error::new(ErrorKind::Timeout, message).with_retry(Retry::Backoff))
    };
    credential
        .unwrap_or_else(late)
        .map_err(|error| error.with_effect(Effect::None))
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
            ProviderName::new("acme"),
            "http://127.0.0.1/".parse().unwrap(),
            Auth::Bearer("token".into()),
            Explained::by_status,
        );
        let client = HttpClient::new(profile).unwrap();
        let size = size(&client.send(ApiRequest::get(Operation::List, "numbers")));
        assert!(size < 8192, "{size} bytes");
    }
}
