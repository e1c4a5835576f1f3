//! What carries a request to a carrier, and what comes back. The product's is made of sockets and TLS.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// What makes one attempt to get an answer to a request. It repeats nothing and follows nothing by itself.
#[async_trait]
pub trait Transport: Debug + Send + Sync + 'static {
    /// Sends the request, and reads the answer to its end within the timeout.
    ///
    /// # Errors
    /// Why there is no answer.
    async fn exchange(&self, request: reqwest::Request, timeout: Duration)
    -> Result<Answer, Fault>;
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most 16 MiB.
    pub body: Bytes,
}

/// The error of the library beneath, without the URL: it may name numbers, and its query anything.
type Source = Arc<dyn StdError + Send + Sync>;

/// Why there is no answer.
#[derive(Debug)]
pub enum Fault {
    /// No connection, and why, in words; nothing was sent.
    Connect(Source, String),
    /// The connection broke, or the answer was cut.
    Broken(Source),
    /// The attempt took too long.
    Timeout,
    /// The body is larger than 16 MiB.
    TooLarge,
}
