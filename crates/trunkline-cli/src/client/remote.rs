//! The API over HTTP.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::redirect;
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use trunkline::http::{Proxies, cause, tls};
use url::Url;

use crate::call::Call;
use crate::failure::{Exit, Failure};
use crate::reply::Reply;

/// Longest time for a call: more than the API waits for a purchase.
const TIMEOUT: Duration = Duration::from_secs(90);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time for an answer in lines, which arrives piece by piece.
const TIMEOUT_OF_LINES: Duration = Duration::from_secs(3_600);

/// A gateway at an address.
#[derive(Debug)]
pub(crate) struct Remote {
    client: reqwest::Client,
    base: Url,
    key: Option<SecretString>,
    proxies: Proxies,
    tls: ClientConfig,
}

impl Remote {
    /// A client of the gateway at `url`. An empty key counts as none.
    ///
    /// # Errors
    /// An invalid address.
    pub(crate) fn new(url: &str, key: Option<SecretString>) -> Result<Self, Failure> {
        let base = address(url)?;
        let key = key.filter(|key| !key.expose_secret().is_empty());
        let proxies = Proxies::new(None).map_err(|error| Failure::usage(error.message()))?;
        let tls = tls(None).map_err(|error| Failure::failed(error.message()))?;
        let client = reqwest::Client::builder()
            .user_agent(concat!("trunkline-cli/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls.clone())
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        let client = proxies
            .apply(client)
            .map_err(|error| Failure::usage(error.message()))?
            .build()
            .map_err(|error| Failure::failed(format!("can't set up the HTTP client: {error}")))?;
        Ok(Self {
            client,
            base,
            key,
            proxies,
            tls,
        })
    }

    /// A warning if the key would travel unencrypted to another machine.
    pub(super) fn warning(&self) -> Option<&'static str> {
        let is_open = self.key.is_some() && trunkline::config::is_open(self.base.as_str(), "http");
        is_open.then_some(
            "warning: the API key travels unencrypted to another machine: write https:// in --server (TRUNKLINE_URL)",
        )
    }

    /// Makes a call. `seen` gets the answer so far each time that more has arrived.
    ///
    /// # Errors
    /// A missing answer. The failure says whether the call may have been carried out.
    pub(crate) async fn stream(
        &self,
        call: &Call,
        mut seen: impl FnMut(&[u8]),
    ) -> Result<Reply, Failure> {
        let url = format!(
            "{}{}",
            self.base.as_str().trim_end_matches('/'),
            call.target()
        );
        let mut request = self.client.request(call.method.clone(), url);
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        if let Some(key) = &self.key {
            // This marks the header as sensitive, so that logs leave it out.
            request = request.bearer_auth(key.expose_secret());
        }
        if let Some(body) = &call.body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        if call.lines {
            request = request.timeout(TIMEOUT_OF_LINES);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(self.away(&error.without_url()).await),
            Err(error) => return Err(self.lost(call, &error.without_url())),
        };
        let lost = |error: reqwest::Error| self.lost(call, &error.without_url());
        let status = response.status().as_u16();
        let replayed = is_replayed(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            seen(&body);
        }
        Ok(Reply {
            status,
            replayed,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// A failed connection.
    async fn away(&self, error: &reqwest::Error) -> Failure {
        let server = self.base.as_str().trim_end_matches('/');
        let refusal = self.proxies.refusal(&self.base, self.tls.clone(), error);
        let refusal = tokio::time::timeout(CONNECT_TIMEOUT, refusal).await;
        let why = refusal.ok().flatten().unwrap_or_else(|| cause(error));
        Failure::failed(format!("nothing answers at {server}: {why}")).with_hint(
            "start `trunkline serve` there, or name another gateway with --server or TRUNKLINE_URL",
        )
    }

    fn lost(&self, call: &Call, error: &reqwest::Error) -> Failure {
        let server = self.base.as_str().trim_end_matches('/');
        if error.is_builder() {
            return Failure::usage(format!("the request can't be written: {}", chain(error)));
        }
        let message = format!("the answer of {server} was lost: {}", chain(error));
        match &call.key {
            _ if !call.is_write() => Failure::failed(message),
            Some(key) => Failure::new(Exit::Unknown, message).with_hint(format!(
                "repeat the command with --idempotency-key {key}: nothing is done twice"
            )),
            None => Failure::new(Exit::Unknown, message)
                .with_hint("it may have been carried out: check before you repeat it"),
        }
    }
}

/// Whether the answer was given before.
pub(super) fn is_replayed(headers: &HeaderMap) -> bool {
    headers
        .get("idempotent-replayed")
        .is_some_and(|value| value == "true")
}

/// The error with its causes. The innermost is mostly the useful one.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// The address of a gateway.
fn address(text: &str) -> Result<Url, Failure> {
    let wrong = |what: String| Failure::usage(format!("--server (TRUNKLINE_URL): {what}"));
    let url = Url::parse(text).map_err(|error| {
        wrong(format!(
            "expected a URL such as http://127.0.0.1:8080: {error}"
        ))
    })?;
    match url.scheme() {
        "http" | "https" if url.query().is_none() && url.fragment().is_none() => Ok(url),
        "http" | "https" => Err(wrong(
            "the address must not have a query or a fragment".to_owned(),
        )),
        other => Err(wrong(format!("expected http:// or https://, not {other}:"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_must_be_a_web_address() {
        assert!(
            address("http://127.0.0.1:8080").is_ok()
                && address("https://numbers.example.com/base").is_ok()
        );
        for bad in [
            "localhost:8080",
            "127.0.0.1:8080",
            "ftp://x.test",
            "http://x.test/?a=1",
            "",
        ] {
            assert_eq!(address(bad).unwrap_err().exit(), Exit::Usage, "{bad}");
        }
    }

    #[tokio::test]
    async fn lost_answer_of_a_purchase_says_how_to_repeat_it() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let remote =
            Remote::new(&format!("http://{}", listener.local_addr().unwrap()), None).unwrap();
        let hang_up = async { drop(listener.accept().await.unwrap()) };
        let call = Call::post("/v1/numbers").with_key(Some("k-1".to_owned()));
        let (lost, ()) = tokio::join!(remote.stream(&call, |_| {}), hang_up);
        let failure = lost.unwrap_err();
        assert_eq!(failure.exit(), Exit::Unknown);
        assert!(
            failure.lines().join("\n").contains("--idempotency-key k-1"),
            "{failure:?}"
        );
    }
}
