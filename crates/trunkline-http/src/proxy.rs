//! Forward proxies: which one leads to an address, and how it is spoken to.

pub(crate) mod connect;

use std::fmt;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::{ClientBuilder, NoProxy, Proxy};
use rustls::ClientConfig;
use secrecy::SecretString;
use trunkline_core::Result;
use url::Url;

use crate::refusal;
use crate::secret::exposed;
use crate::wire::check::wrong_setting as wrong;

/// What never goes through a proxy.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// The setting that means no proxy, whatever the environment says.
const DIRECT: &str = "direct";

/// The forward proxies of a client, by the scheme of what is asked for. Loopback never goes through one.
///
/// `Debug` shows no password.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    /// What goes through none, as `NO_PROXY` has it: names with all below them, addresses, networks, or `*`.
    none: String,
}

impl Proxies {
    /// What a setting says, for example `http://proxy.example.com:3128`, or `direct` for none; without a setting what
    /// the environment says. `NO_PROXY` holds for both.
    ///
    /// # Errors
    /// `Config` naming `proxy` or the variable.
    pub fn new(setting: Option<&SecretString>) -> Result<Self> {
        let none = variable("NO_PROXY").unwrap_or_default();
        match setting.map(exposed) {
            Some(DIRECT) => Ok(Self::default()),
            Some(text) => {
                let proxy = Some(address("proxy", text)?);
                Ok(Self {
                    http: proxy.clone(),
                    https: proxy,
                    none,
                })
            }
            None => {
                let all = named("ALL_PROXY")?;
                Ok(Self {
                    http: named("HTTP_PROXY")?.or_else(|| all.clone()),
                    https: named("HTTPS_PROXY")?.or(all),
                    none,
                })
            }
        }
    }

    /// Has a client use them, and no others.
    ///
    /// # Errors
    /// `Config` naming `proxy`.
    pub fn apply(&self, client: ClientBuilder) -> Result<ClientBuilder> {
        let exempt = NoProxy::from_string(&self.exempt());
        let mut client = client.no_proxy();
        let proxies = [
            self.http.clone().map(Proxy::http),
            self.https.clone().map(Proxy::https),
        ];
        for proxy in proxies.into_iter().flatten() {
            let proxy = proxy.map_err(|error| wrong("proxy", NO_ADDRESS).with_source(error))?;
            client = client.proxy(proxy.no_proxy(exempt.clone()));
        }
        Ok(client)
    }

    /// The proxy that leads to an address.
    pub(crate) fn to(&self, url: &Url) -> Option<Intercept> {
        let text = |url: &Option<Url>| url.as_ref().map(Url::to_string).unwrap_or_default();
        let matcher = Matcher::builder()
            .http(text(&self.http))
            .https(text(&self.https))
            .no(self.exempt())
            .build();
        matcher.intercept(&url.as_str().parse().ok()?)
    }

    /// Why the proxy opened no tunnel to `url`, in words; `None` if the error has another cause. The HTTP client keeps most
    /// statuses to itself, so the proxy is asked again then. `tls` is for `https://` proxies.
    pub async fn refusal(
        &self,
        url: &Url,
        tls: ClientConfig,
        error: &reqwest::Error,
    ) -> Option<String> {
        if refusal::of_tunnel(error)? != refusal::REFUSED {
            return Some(refusal::cause(error));
        }
        let proxy = self.to(url)?;
        let port = url.port_or_known_default()?;
        let target = format!("{}:{port}", url.host_str()?);
        let tls = Arc::new(for_http1(tls));
        let failure = connect::open(&proxy, &tls, &target).await.err()?;
        Some(refusal::cause(&*failure))
    }

    fn exempt(&self) -> String {
        format!("{LOOPBACK},{}", self.none)
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |url: &Option<Url>| url.as_ref().and_then(Url::host_str).map(str::to_owned);
        f.debug_struct("Proxies")
            .field("http", &host(&self.http))
            .field("https", &host(&self.https))
            .field("none", &self.none)
            .finish()
    }
}

/// TLS for a connection that speaks HTTP/1.1 alone.
pub(crate) fn for_http1(mut tls: ClientConfig) -> ClientConfig {
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    tls
}

const NO_ADDRESS: &str = "not the address of an HTTP proxy, such as http://proxy.example.com:3128";

fn address(field: &str, text: &str) -> Result<Url> {
    // Variables often name the proxy without its scheme.
    let text = text.trim();
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("http://{text}"))
    };
    url.ok()
        .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| wrong(field, NO_ADDRESS))
}

fn named(name: &str) -> Result<Option<Url>> {
    variable(name).map(|text| address(name, &text)).transpose()
}

/// A variable of the environment in capitals, or else in small letters; an empty one says nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "the variables that every HTTP client of a machine reads"
)]
fn variable(name: &str) -> Option<String> {
    // A server that runs this as a CGI script sets it from a header of the request.
    if name == "HTTP_PROXY" && std::env::var_os("REQUEST_METHOD").is_some() {
        return None;
    }
    [name.to_owned(), name.to_ascii_lowercase()]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    fn proxies(none: &str) -> Proxies {
        let proxy = address("proxy", "http://me:s3cret@proxy.example.com:3128").unwrap();
        Proxies {
            http: Some(proxy.clone()),
            https: Some(proxy),
            none: none.to_owned(),
        }
    }

    #[test]
    fn loopback_and_no_proxy_hosts_are_reached_directly() {
        let proxies = proxies("example.net, 10.0.0.0/8");
        let through = |url: &str| proxies.to(&url.parse().unwrap()).is_some();
        for url in [
            "https://api.example.com/x",
            "https://notexample.net",
            "http://192.0.2.1",
        ] {
            assert!(through(url), "{url}");
        }
        for url in [
            "https://localhost:1/x",
            "https://a.localhost/",
            "http://127.1.2.3",
            "https://[::1]:8443/",
            "https://api.example.net",
            "https://10.1.2.3/",
        ] {
            assert!(!through(url), "{url}");
        }
    }

    #[test]
    fn a_setting_is_an_http_proxy_or_direct() {
        let set = |text: &str| Proxies::new(Some(&text.into()));
        assert!(set("proxy.example.com:3128").unwrap().https.is_some());
        assert!(set("https://proxy.example.com").unwrap().http.is_some());
        assert!(set("direct").unwrap().https.is_none());
        for bad in ["", "socks5://proxy.example.com:1080", "http://"] {
            let error = set(bad).unwrap_err();
            let field = error.fields()[0].field.as_str();
            assert_eq!((error.kind(), field), (ErrorKind::Config, "proxy"), "{bad}");
        }
    }

    #[test]
    fn debug_and_errors_show_no_password() {
        assert!(!format!("{:?}", proxies("")).contains("s3cret"));
        let error = Proxies::new(Some(&"ftp://me:s3cret@x".into())).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}
