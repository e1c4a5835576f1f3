//! Sockets and TLS: one attempt, from the request's first byte to the answer's last.

#[cfg(feature = "failpoints")]
mod halved;
pub(crate) mod refusal;
mod tls;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::redirect;
use trunkline_core::{Error, ErrorKind, Result, failpoint};

use crate::profile::Profile;
use crate::proxy::Proxies;

pub use tls::config as tls;

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
    /// No connection; nothing was sent.
    Connect(reqwest::Error),
    /// The connection broke, or the answer was cut.
    Broken(reqwest::Error),
    /// The attempt took too long.
    Timeout,
    /// The body is larger than [`BODY_LIMIT`].
    TooLarge,
}

/// The HTTP client of one account. It repeats nothing and follows nothing by itself; a request that finds its pooled
/// connection closed before any of it was written takes another one. Connections belong to the account, and so to the runtime that it is used on; what
/// is expensive, the certificates of the machine, is read once a process.
///
/// # Errors
/// `Config` naming `ca_file` or `proxy` if that is no good.
pub(crate) fn client(profile: &Profile) -> Result<reqwest::Client> {
    let client = reqwest::Client::builder()
        .user_agent(concat!("trunkline/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls::config(profile.ca_file.as_deref())?)
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
    Proxies::new(profile.proxy.as_ref())?
        .apply(client)?
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Internal, "can't set up the HTTP client").with_source(error)
        })
}

/// Makes one attempt, within the time given.
pub(crate) async fn attempt(
    client: &reqwest::Client,
    request: reqwest::Request,
    timeout: Duration,
) -> Result<Answer, Fault> {
    match tokio::time::timeout(timeout, exchange(client, request)).await {
        Ok(result) => result,
        Err(_) => Err(Fault::Timeout),
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
        Fault::Connect(error)
    } else if error.is_timeout() {
        Fault::Timeout
    } else {
        Fault::Broken(error)
    }
}
