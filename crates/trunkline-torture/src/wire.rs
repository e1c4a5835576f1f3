//! A client's requests to any gateway that answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use rand::seq::IndexedRandom;
use serde_json::Value;
use tokio::sync::watch;
use trunkline_core::host;

/// Longest that a client waits for an answer: a frozen gateway gives none.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the gateways that live listen.
pub(crate) type Addresses = watch::Receiver<Vec<Option<SocketAddr>>>;

/// The gateways, and the keys that they all take.
#[derive(Clone, Debug)]
pub(crate) struct Gateways {
    pub(crate) client: reqwest::Client,
    pub(crate) addresses: Addresses,
    /// The secret of the key that may do everything.
    pub(crate) key: Arc<str>,
    /// The secret of the key that has a ceiling.
    pub(crate) capped: Arc<str>,
}

impl Gateways {
    /// Where those listen that live now.
    pub(crate) fn living(&self) -> Vec<SocketAddr> {
        self.addresses.borrow().iter().flatten().copied().collect()
    }

    /// One of them alone.
    pub(crate) fn only(&self, address: SocketAddr) -> Self {
        let (_, addresses) = watch::channel(vec![Some(address)]);
        Self {
            addresses,
            ..self.clone()
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    /// JSON, or nothing.
    pub(crate) body: String,
    /// By the key that has a ceiling.
    pub(crate) capped: bool,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            key: None,
            body: String::new(),
            capped: false,
        }
    }

    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self {
            method: Method::POST,
            body: body.to_string(),
            ..Self::get(path)
        }
    }

    /// The same under an idempotency key.
    pub(crate) fn under(self, key: impl Into<String>) -> Self {
        let key = Some(key.into());
        Self { key, ..self }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether it says when to come again.
    pub(crate) come_again: bool,
    /// Whether it was given before.
    pub(crate) replayed: bool,
    /// `null` if it is not JSON.
    pub(crate) body: Value,
    /// The same as it came.
    pub(crate) bytes: Bytes,
}

/// The HTTP client that all clients share. Errors: it can't be set up.
pub(crate) fn client() -> Result<reqwest::Client, String> {
    let tls = trunkline_http::tls(None).map_err(|error| error.to_string())?;
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
    let client = client.no_proxy().retry(reqwest::retry::never());
    client.build().map_err(|error| error.to_string())
}

/// A client. It stays with a gateway that answers, and takes any for the next.
#[derive(Debug)]
pub(crate) struct Wire {
    gateways: Gateways,
    at: Option<SocketAddr>,
}

impl Wire {
    pub(crate) fn new(gateways: Gateways) -> Self {
        let at = None;
        Self { gateways, at }
    }

    /// Asks once. `None` if no answer came: no gateway listens, or the one that did is gone or silent.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> Option<Answer> {
        let any = || self.gateways.living().choose(&mut host::rng()).copied();
        let at = self.at.take().or_else(any)?;
        let answer = self.exchange(at, ask).await.ok()?;
        self.at = Some(at);
        Some(answer)
    }

    async fn exchange(&self, at: SocketAddr, ask: &Ask) -> reqwest::Result<Answer> {
        let url = format!("http://{at}{}", ask.path);
        let bearer = match ask.capped {
            true => &self.gateways.capped,
            false => &self.gateways.key,
        };
        let request = self.gateways.client.request(ask.method.clone(), url);
        let mut request = request.bearer_auth(bearer).header("prefer", "wait=5");
        if let Some(key) = &ask.key {
            request = request.header("idempotency-key", key);
        }
        if !ask.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(ask.body.clone()).timeout(PATIENCE);
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Answer {
            status,
            come_again: headers.contains_key(RETRY_AFTER) || body["retry_after"].is_number(),
            replayed: headers.contains_key("idempotent-replayed"),
            body,
            bytes,
        })
    }
}
