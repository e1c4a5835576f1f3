//! Delivering events to webhooks. Their addresses are chosen by API users, so nothing inside the network may be reached
//! through them.
//!
//! A name is resolved, what it resolves to is judged, and one of the addresses that passed is connected to, as one step
//! and for each delivery anew: no connection is kept, no redirect followed. A forward proxy gets the address that passed,
//! never the name, which it might resolve otherwise.

mod address;
mod tunnel;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use rustls::ClientConfig;
use trunkline_core::courier::{Courier, Parcel};
use trunkline_core::{Error, ErrorKind, Result};
use url::{Host, Url};

use crate::proxy::{Proxies, for_http1};
use crate::refusal;
use crate::transport::{AGENT, tls};

pub use address::Allowed;

/// How long one delivery may take, from resolving the name to the head of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Carries events over HTTPS to public addresses, and over either scheme to those that the operator allows.
#[derive(Debug)]
pub struct WebhookCourier {
    allowed: Arc<Allowed>,
    https: reqwest::Client,
    /// Only to allowed addresses.
    http: reqwest::Client,
    proxies: Proxies,
    /// For what goes through a proxy.
    tls: Arc<ClientConfig>,
}

impl WebhookCourier {
    /// A courier that may also reach these addresses, however private, by the proxy of the environment if there is one.
    ///
    /// # Errors
    /// As [`WebhookCourier::through`].
    pub fn new(allowed: Allowed) -> Result<Self> {
        Self::through(allowed, Proxies::new(None)?, None)
    }

    /// The same by these proxies, trusting the certificates of a PEM file beside those of the machine.
    ///
    /// # Errors
    /// `Config` naming `ca_file`; `Internal` if TLS can't be set up.
    pub fn through(allowed: Allowed, proxies: Proxies, ca_file: Option<&Path>) -> Result<Self> {
        let allowed = Arc::new(allowed);
        let trusted = tls(ca_file)?;
        let client = |only_allowed| {
            let filter = Filter {
                allowed: Arc::clone(&allowed),
                only_allowed,
            };
            reqwest::Client::builder()
                .user_agent(AGENT)
                .tls_backend_preconfigured(trusted.clone())
                .dns_resolver(Arc::new(filter))
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .no_proxy()
                .pool_max_idle_per_host(0)
                .timeout(TIMEOUT)
                .build()
                .map_err(|error| {
                    Error::new(ErrorKind::Internal, "can't set up the client of webhooks")
                        .with_source(error)
                })
        };
        let (https, http) = (client(false)?, client(true)?);
        Ok(Self {
            https,
            http,
            allowed,
            proxies,
            tls: Arc::new(for_http1(trusted)),
        })
    }

    /// The addresses that a URL leads to, all of which may be connected to.
    async fn addresses(&self, url: &Url) -> std::io::Result<Vec<SocketAddr>> {
        let port = url.port_or_known_default().unwrap_or_default();
        if let Some(ip) = literal(url) {
            return Ok(vec![(ip, port).into()]);
        }
        let filter = Filter {
            allowed: Arc::clone(&self.allowed),
            only_allowed: url.scheme() != "https",
        };
        filter
            .addresses(url.host_str().unwrap_or_default(), port)
            .await
    }

    /// Whether an address may be connected to under this scheme.
    fn may_reach(&self, ip: IpAddr, scheme: &str) -> bool {
        self.allowed.contains(ip) || (scheme == "https" && self.allowed.is_fit(ip))
    }
}

impl WebhookCourier {
    /// The client for an address, whose scheme may be written in capitals.
    fn client(&self, url: &str) -> &reqwest::Client {
        let scheme = url.get(..6).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("https:") {
            &self.https
        } else {
            &self.http
        }
    }
}

#[async_trait]
impl Courier for WebhookCourier {
    fn check(&self, url: &str) -> Result<()> {
        let wrong = |why: &str| Error::invalid("url", why);
        let example = "not a web address such as https://hooks.example.com/trunkline";
        let url = Url::parse(url).map_err(|_| wrong(example))?;
        if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
            return Err(wrong(example));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "leave user and password out: deliveries are signed instead",
            ));
        }
        if url.scheme() == "http" && self.allowed.is_empty() {
            return Err(wrong("https:// is needed"));
        }
        let private =
            "the address is not a public one: webhooks.allow in the configuration can allow it";
        match literal(&url) {
            Some(ip) if !self.may_reach(ip, url.scheme()) => Err(wrong(private)),
            None if is_loopback_name(&url) && !self.allowed.has_loopback() => Err(wrong(private)),
            _ => Ok(()),
        }
    }

    async fn carry(&self, parcel: &Parcel) -> Result<u16> {
        self.check(&parcel.url)?;
        let url =
            Url::parse(&parcel.url).map_err(|_| Error::invalid("url", "not a web address"))?;
        if let Some(proxy) = self.proxies.to(&url) {
            let carried = async {
                let addresses = self.addresses(&url).await?;
                tunnel::carry(&proxy, &self.tls, &addresses, parcel).await
            };
            let carried = tokio::time::timeout(TIMEOUT, carried).await;
            return carried
                .map_err(|_| unanswered(late()))?
                .map_err(|failure| unanswered(refusal::cause(&*failure)));
        }
        let mut request = self.client(&parcel.url).post(&parcel.url);
        for (name, value) in &parcel.headers {
            request = request.header(*name, value);
        }
        let answer = request.body(parcel.body.clone()).send().await;
        // Nothing but the status is of interest: the body stays unread.
        answer.map(|answer| answer.status().as_u16()).map_err(lost)
    }
}

/// The address that a URL names, if it names no host.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        Host::Domain(_) => None,
    }
}

fn is_loopback_name(url: &Url) -> bool {
    let name = url.domain().unwrap_or_default().trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

/// Why there was no answer. What the address was stays out of it.
fn lost(error: reqwest::Error) -> Error {
    let error = error.without_url();
    unanswered(if error.is_timeout() {
        late()
    } else {
        refusal::cause(&error)
    })
}

fn late() -> String {
    format!("no answer within {} s", TIMEOUT.as_secs())
}

fn unanswered(why: String) -> Error {
    Error::new(ErrorKind::UpstreamUnavailable, why)
}

/// Resolves names to the addresses that may be connected to.
#[derive(Clone, Debug)]
struct Filter {
    allowed: Arc<Allowed>,
    only_allowed: bool,
}

impl Filter {
    async fn addresses(&self, name: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port)).await?.collect();
        // One that is private among public ones tells of a name that is not to be trusted.
        let fit = found.iter().all(|address| {
            let ip = address.ip();
            self.allowed.contains(ip) || (!self.only_allowed && self.allowed.is_fit(ip))
        });
        if !fit || found.is_empty() {
            let why = "its name does not lead to public addresses alone";
            return Err(std::io::Error::other(why));
        }
        Ok(found)
    }
}

impl Resolve for Filter {
    fn resolve(&self, name: Name) -> Resolving {
        let filter = self.clone();
        Box::pin(async move {
            let found = filter.addresses(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(allowed: &[&str], only_allowed: bool) -> Filter {
        let allowed = Allowed::parse(allowed.iter().copied()).unwrap();
        Filter {
            allowed: Arc::new(allowed),
            only_allowed,
        }
    }

    /// What a name leads to is judged when it is about to be connected to, whatever it led to before.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_resolved() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(filter(&[], false).resolve(name()).await.is_err());
        assert!(filter(&["10.0.0.0/8"], true).resolve(name()).await.is_err());
        let allowed = filter(&["127.0.0.0/8", "::1"], true).resolve(name()).await;
        assert!(allowed.unwrap().next().is_some());
    }

    #[test]
    fn a_scheme_in_capitals_is_the_same_scheme() {
        let courier = WebhookCourier::new(Allowed::default()).unwrap();
        courier.check("HTTPS://hooks.example.com/x").unwrap();
        let is_https = |url: &str| std::ptr::eq(courier.client(url), &raw const courier.https);
        assert!(is_https("HTTPS://hooks.example.com/x") && is_https("https://hooks.example.com"));
        assert!(!is_https("http://hooks.example.com") && !is_https("HTTP:"));
    }

    #[test]
    fn address_is_checked_before_anything_is_stored() {
        let strict = WebhookCourier::new(Allowed::default()).unwrap();
        for bad in [
            "",
            "hooks.example.com",
            "ftp://hooks.example.com",
            "http://hooks.example.com",
            "https://",
            "https://me:pw@hooks.example.com",
            "https://127.0.0.1/x",
            "https://127.1/x",
            "https://0x7f.1/x",
            "https://2130706433/x",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/x",
            "https://a.localhost./x",
        ] {
            let error = strict.check(bad).unwrap_err();
            assert_eq!(error.fields()[0].field, "url", "{bad}");
        }
        for good in [
            "https://hooks.example.com/trunkline?a=1",
            "https://8.8.8.8:8443/x",
        ] {
            assert!(strict.check(good).is_ok(), "{good}");
        }
        let wide = WebhookCourier::new(Allowed::parse(["127.0.0.1"]).unwrap()).unwrap();
        assert!(wide.check("http://127.0.0.1:9/x").is_ok());
        assert!(wide.check("http://10.0.0.1/x").is_err());
        assert!(wide.check("http://8.8.8.8/x").is_err());
    }
}
