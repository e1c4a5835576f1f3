//! One client's connection to any gateway that answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rand::seq::IndexedRandom;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use trunkline_core::host;

/// Longest that a client waits for an answer: a frozen gateway gives none.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the gateways that live listen.
pub(crate) type Addresses = watch::Receiver<Vec<Option<SocketAddr>>>;

/// The gateways, and the keys that they all take.
#[derive(Clone, Debug)]
pub(crate) struct Gateways {
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

/// A client. It keeps its connection while that lasts, and takes any gateway for the next.
#[derive(Debug)]
pub(crate) struct Wire {
    gateways: Gateways,
    link: Option<Link>,
}

#[derive(Debug)]
struct Link {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    /// Moves the bytes; ends with the link.
    _driver: JoinSet<()>,
}

impl Wire {
    pub(crate) fn new(gateways: Gateways) -> Self {
        Self {
            gateways,
            link: None,
        }
    }

    /// Asks once. `None` if no answer came: no gateway listens, or the one that did is gone or silent.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> Option<Answer> {
        let answer = tokio::time::timeout(PATIENCE, self.exchange(ask)).await;
        let answer = answer.ok().flatten();
        if answer.is_none() {
            self.link = None;
        }
        answer
    }

    async fn exchange(&mut self, ask: &Ask) -> Option<Answer> {
        let link = self.link.as_ref();
        if link.is_none_or(|link| link.sender.is_closed()) {
            self.link = Some(self.connect().await?);
        }
        let key = if ask.capped {
            &self.gateways.capped
        } else {
            &self.gateways.key
        };
        let bearer = format!("Bearer {key}").parse().ok()?;
        let link = self.link.as_mut()?;
        link.sender.ready().await.ok()?;
        let mut request = request(ask, &link.host)?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        let response = link.sender.send_request(request).await.ok()?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        let problem_says_when = |body: &Value| body["retry_after"].is_number();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Some(Answer {
            status: head.status.as_u16(),
            come_again: head.headers.contains_key(header::RETRY_AFTER) || problem_says_when(&body),
            replayed: head.headers.contains_key("idempotent-replayed"),
            body,
            bytes,
        })
    }

    async fn connect(&self) -> Option<Link> {
        let living = self.gateways.living();
        let address = living.choose(&mut host::rng())?;
        let stream = TcpStream::connect(address).await.ok()?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // What breaks it shows at the request.
            let _ = connection.await;
        });
        Some(Link {
            sender,
            host: address.to_string(),
            _driver: driver,
        })
    }
}

fn request(ask: &Ask, host: &str) -> Option<Request<Full<Bytes>>> {
    let uri: Uri = ask.path.parse().ok()?;
    let mut request = Request::builder()
        .method(ask.method.clone())
        .uri(uri)
        .header(header::HOST, host)
        .header("prefer", "wait=5");
    if let Some(key) = &ask.key {
        request = request.header("idempotency-key", key);
    }
    if !ask.body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = Full::new(Bytes::from(ask.body.clone()));
    request.body(body).ok()
}
