//! The HTTP client that sends spans.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::redirect;
use tokio::runtime::Handle;
use trunkline::Config;
use trunkline::http::tls;

use crate::failure::Failure;
use crate::file::missing;

/// Longest time for one batch.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A collector. OpenTelemetry makes batches on its own thread; they are sent on the runtime.
#[derive(Debug)]
pub(super) struct Collector {
    client: reqwest::Client,
    runtime: Handle,
}

impl Collector {
    /// A client with the proxy and the certificates of the service. Call it on the runtime.
    ///
    /// # Errors
    /// Unusable proxy or certificates.
    pub(super) fn new(config: &Config) -> Result<Self, Failure> {
        let trusted = tls(config.server.ca_file.as_deref());
        let trusted = trusted.map_err(|error| Failure::usage(error.message()))?;
        let client = reqwest::Client::builder()
            .user_agent(concat!("trunkline/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(trusted)
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT);
        let proxies = config.proxies().map_err(|problems| missing(&problems))?;
        let client = proxies
            .apply(client)
            .map_err(|error| Failure::usage(error.message()))?
            .build()
            .map_err(|error| Failure::failed(format!("can't set up the HTTP client: {error}")))?;
        Ok(Self {
            client,
            runtime: Handle::current(),
        })
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let request = reqwest::Request::try_from(request)?;
        let exchange = async move {
            let mut answer = client.execute(request).await?;
            let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
            let mut response = Response::new(answer.bytes().await?);
            (*response.status_mut(), *response.headers_mut()) = (status, headers);
            Ok::<_, reqwest::Error>(response)
        };
        Ok(self.runtime.spawn(exchange).await??)
    }
}
