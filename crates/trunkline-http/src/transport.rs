//! Sockets and TLS: one attempt, from the request's first byte to the answer's last.

#[cfg(feature = "failpoints")]
mod halved;
mod tls;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Limited};
use reqwest::redirect;
use rustls::ClientConfig;
use tokio::time::Instant;
use trunkline_core::{Error, ErrorKind, Result, failpoint};

use crate::exchange::{Answer, Fault, Transport};
use crate::profile::Profile;
use crate::proxy::Proxies;
use crate::refusal;

pub use tls::config as tls;

/// What requests name as their `User-Agent`.
pub(crate) const AGENT: &str = concat!("trunkline/", env!("CARGO_PKG_VERSION"));

/// Largest body that is read.
pub(crate) const BODY_LIMIT: usize = 16 << 20;

/// How long a connection is kept for the next request. Short, since a request on a connection that the carrier is just
/// closing is one whose outcome is unknown.
const IDLE: Duration = Duration::from_secs(15);

/// The HTTP client of one account, and its proxies. A request that finds its pooled connection closed before any of it
/// was written takes another one. Connections belong to the account, and so to its runtime; the certificates of the
/// machine, which are expensive to read, are read once a process.
#[derive(Debug)]
pub(crate) struct Sockets {
    client: reqwest::Client,
    proxies: Proxies,
    tls: ClientConfig,
}

impl Sockets {
    /// # Errors
    /// `Config` naming `ca_file` or `proxy` if it is invalid.
    pub(crate) fn new(profile: &Profile) -> Result<Self> {
        let tls = tls::config(profile.ca_file.as_deref())?;
        let client = reqwest::Client::builder()
            .user_agent(AGENT)
            .tls_backend_preconfigured(tls.clone())
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(profile.timeouts.connect)
            .pool_idle_timeout(IDLE);
        #[cfg(feature = "failpoints")]
        let client = if failpoint::is_armed(failpoint::HTTP2) {
            client.http2_prior_knowledge()
        } else {
            client
        };
        let proxies = Proxies::new(profile.proxy.as_ref())?;
        let client = proxies.apply(client)?.build().map_err(|error| {
            Error::new(ErrorKind::Internal, "can't set up the HTTP client").with_source(error)
        })?;
        Ok(Self {
            client,
            proxies,
            tls,
        })
    }
}

#[async_trait]
impl Transport for Sockets {
    async fn exchange(
        &self,
        request: reqwest::Request,
        timeout: Duration,
    ) -> Result<Answer, Fault> {
        let started = Instant::now();
        let url = request.url().clone();
        let is_write = !request.method().is_safe();
        let point = |name| {
            if is_write {
                failpoint::hit(name);
            }
        };
        let exchange = async {
            #[cfg(feature = "failpoints")]
            let request = halved::halve(request);
            let mut response = self.client.execute(request).await?;
            point(failpoint::MID_ANSWER);
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            // A body that comes in one piece, as most do, is not copied.
            let body = Limited::new(reqwest::Body::from(response), BODY_LIMIT);
            let body = body.collect().await.map_err(Failure::cut)?.to_bytes();
            point(failpoint::ANSWER_READ);
            Ok(Answer {
                status,
                headers,
                body,
            })
        };
        let error = match tokio::time::timeout(timeout, exchange).await {
            Ok(Ok(answer)) => return Ok(answer),
            // The URL is taken out of the error.
            Ok(Err(Failure::Http(error))) => error.without_url(),
            Ok(Err(Failure::TooLarge)) => return Err(Fault::TooLarge),
            Err(_) => return Err(Fault::Timeout),
        };
        if error.is_connect() || error.is_builder() {
            // Nothing was sent, and that stays true however long the proxy takes to say why.
            let why = self.proxies.refusal(&url, self.tls.clone(), &error);
            let left = timeout.saturating_sub(started.elapsed());
            let why = tokio::time::timeout(left, why).await.ok().flatten();
            let why = why.unwrap_or_else(|| refusal::cause(&error));
            return Err(Fault::Connect(Arc::new(error), why));
        }
        Err(match error.is_timeout() {
            true => Fault::Timeout,
            false => Fault::Broken(Arc::new(error)),
        })
    }
}

/// Why sockets gave no answer.
enum Failure {
    Http(reqwest::Error),
    TooLarge,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl Failure {
    /// Why a body was not read to its end.
    fn cut(error: Box<dyn StdError + Send + Sync>) -> Self {
        let broken = error.downcast::<reqwest::Error>();
        broken.map_or(Self::TooLarge, |error| Self::Http(*error))
    }
}
