//! Sockets and TLS: one attempt, from the request's first byte to the answer's last.

#[cfg(feature = "failpoints")]
mod halved;
mod tls;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::redirect;
use rustls::ClientConfig;
use tokio::time::Instant;
use trunkline_core::{Error, ErrorKind, Result, failpoint};

use crate::profile::Profile;
use crate::proxy::Proxies;
use crate::refusal;

pub use tls::config as tls;

/// What requests name as their `User-Agent`.
pub(crate) const AGENT: &str = concat!("trunkline/", env!("CARGO_PKG_VERSION"));

/// Largest body that is read.
pub(crate) const BODY_LIMIT: usize = 16 << 20;

/// How long a connection is kept for the next request. Short, since a request on a connection that the carrier is just
/// closing is one whose fate is unknown.
const IDLE: Duration = Duration::from_secs(15);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No connection, and why, in words; nothing was sent.
    Connect(reqwest::Error, String),
    /// The connection broke, or the answer was cut.
    Broken(reqwest::Error),
    /// The attempt took too long.
    Timeout,
    /// The body is larger than [`BODY_LIMIT`].
    TooLarge,
}

/// The HTTP client of one account, and the way it takes. It repeats nothing and follows nothing by itself; a request that
/// finds its pooled connection closed before any of it was written takes another one. Connections belong to the account,
/// and so to the runtime that it is used on; what is expensive, the certificates of the machine, is read once a process.
pub(crate) struct Transport {
    client: reqwest::Client,
    proxies: Proxies,
    tls: ClientConfig,
}

impl Transport {
    /// # Errors
    /// `Config` naming `ca_file` or `proxy` if that is no good.
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

    /// Makes one attempt, within the time given.
    pub(crate) async fn attempt(
        &self,
        request: reqwest::Request,
        timeout: Duration,
    ) -> Result<Answer, Fault> {
        let started = Instant::now();
        let url = request.url().clone();
        let error = match tokio::time::timeout(timeout, exchange(&self.client, request)).await {
            Ok(Err(Fault::Connect(error, _))) => error,
            Ok(outcome) => return outcome,
            Err(_) => return Err(Fault::Timeout),
        };
        // Nothing was sent, and that stays so however long the proxy takes to say why.
        let why = self.proxies.refusal(&url, self.tls.clone(), &error);
        let left = timeout.saturating_sub(started.elapsed());
        let why = tokio::time::timeout(left, why).await.ok().flatten();
        let why = why.unwrap_or_else(|| refusal::cause(&error));
        Err(Fault::Connect(error, why))
    }
}

async fn exchange(client: &reqwest::Client, request: reqwest::Request) -> Result<Answer, Fault> {
    let is_write = !request.method().is_safe();
    let point = |name| {
        if is_write {
            failpoint::hit(name);
        }
    };
    #[cfg(feature = "failpoints")]
    let request = halved::halve(request);
    let mut response = client.execute(request).await.map_err(fault)?;
    point(failpoint::MID_ANSWER);
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let body = read(&mut response).await?;
    point(failpoint::ANSWER_READ);
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// Reads the body. One that comes in one piece, as most do, is not copied.
async fn read(response: &mut reqwest::Response) -> Result<Bytes, Fault> {
    let Some(first) = response.chunk().await.map_err(fault)? else {
        return Ok(Bytes::new());
    };
    let Some(second) = response.chunk().await.map_err(fault)? else {
        return if first.len() > BODY_LIMIT {
            Err(Fault::TooLarge)
        } else {
            Ok(first)
        };
    };
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if whole.len() + chunk.len() > BODY_LIMIT {
            return Err(Fault::TooLarge);
        }
        whole.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(fault)?;
    }
    Ok(whole.freeze())
}

/// Where it went wrong. The URL is taken out of the error: it may name numbers, and its query anything.
fn fault(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() {
        Fault::Connect(error, String::new())
    } else if error.is_timeout() {
        Fault::Timeout
    } else {
        Fault::Broken(error)
    }
}
