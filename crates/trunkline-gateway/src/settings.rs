//! The gateway's own settings.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::uri::Authority;
use ipnet::IpNet;
use trunkline_admin::KeyRate;
use url::Url;

/// Settings of the gateway.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address it listens on.
    pub listen: SocketAddr,
    /// The URL at which clients and carriers reach it.
    pub public_url: Option<Url>,
    /// Accepted names in `Host`, in addition to the loopback names, `listen` and `public_url`.
    pub allowed_hosts: Vec<String>,
    /// True when callers on this machine need no key while no key exists: for a gateway with accounts at fake carriers only.
    pub keyless: bool,
    /// Networks of trusted reverse proxies: their `X-Forwarded-For` and `X-Forwarded-Proto` are used.
    pub trusted_proxies: Vec<IpNet>,
    /// Largest request body, in bytes.
    pub max_body: usize,
    /// How long the gateway goes on serving after a request to stop, while it reports that it is not ready; by default a
    /// second, and no time if only this machine can reach it.
    pub drain_delay: Option<Duration>,
    /// How long shutdown waits for requests under way.
    pub shutdown_timeout: Duration,
    /// Origins whose pages may read the API from a browser, such as `https://intranet.example.com`; default none.
    pub cors_origins: Vec<String>,
    /// Rate limit of a key without its own one, in each process.
    pub rate_limit: KeyRate,
    /// Rate limit of wrong keys from one address.
    pub failed_auth: KeyRate,
    /// Most requests under way; more are refused with `Retry-After`.
    pub max_in_flight: usize,
    /// Most open connections; more are refused with `Retry-After`.
    pub max_connections: usize,
    /// Longest time for the head of a request, and for an idle connection.
    pub header_timeout: Duration,
    /// Longest time in which a client reads no byte of its answer.
    pub write_timeout: Duration,
    /// Longest time for a whole request.
    pub request_timeout: Duration,
}

/// A rate; 0 stands for 1.
const fn rate(per_second: u32, burst: u32) -> KeyRate {
    KeyRate {
        per_second: NonZeroU32::MIN.saturating_add(per_second.saturating_sub(1)),
        burst: NonZeroU32::MIN.saturating_add(burst.saturating_sub(1)),
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            allowed_hosts: Vec::new(),
            keyless: false,
            trusted_proxies: Vec::new(),
            max_body: 1 << 20,
            drain_delay: None,
            shutdown_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
            rate_limit: rate(1_000, 2_000),
            failed_auth: rate(10, 500),
            max_in_flight: 4_096,
            max_connections: 8_192,
            header_timeout: Duration::from_secs(20),
            write_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(120),
        }
    }
}

impl Settings {
    /// Whether the pages of an origin may call the API from a browser.
    #[must_use]
    pub fn is_allowed_origin(&self, origin: &str) -> bool {
        self.cors_origins.iter().any(|allowed| allowed == origin)
    }

    /// Whether an address is one of the trusted proxies.
    #[must_use]
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        let mut networks = self.trusted_proxies.iter();
        networks.any(|network| network.contains(&address))
    }

    /// Whether clients reach this gateway over `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        let public = self.public_url.as_ref();
        public.is_some_and(|url| url.scheme() == "https")
    }

    /// Whether only this machine can reach this gateway: both `listen` and `public_url` are loopback addresses.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let public = self.public_url.as_ref();
        let elsewhere = public.is_some_and(|url| !url.host_str().is_some_and(is_loopback_name));
        self.listen.ip().to_canonical().is_loopback() && !elsewhere
    }

    /// How long the gateway goes on serving after a request to stop.
    pub(crate) fn drain_delay(&self) -> Duration {
        let usual = Duration::from_secs(if self.is_private() { 0 } else { 1 });
        self.drain_delay.unwrap_or(usual)
    }

    /// Whether a `Host` header, with or without a port, names this gateway.
    #[must_use]
    pub fn is_own_host(&self, host: &str) -> bool {
        let Some(name) = host_name(host) else {
            return false;
        };
        let name = name.as_str();
        let public = self.public_url.as_ref().and_then(Url::host_str);
        is_loopback_name(host)
            || name == self.listen.ip().to_string()
            || name == format!("[{}]", self.listen.ip())
            || public.is_some_and(|public| public.eq_ignore_ascii_case(name))
            || self
                .allowed_hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(name))
    }
}

/// Whether a `Host`, with or without a port, is a name of the loopback address.
pub(crate) fn is_loopback_name(host: &str) -> bool {
    host_name(host).is_some_and(|name| {
        let name = name.as_str();
        name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]")
    })
}

/// The host without its port; IPv6 addresses keep their brackets. `None` for what is not a host and perhaps a port.
fn host_name(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    let name = authority.host();
    let port = host.strip_prefix(name)?;
    let digits = port.strip_prefix(':');
    let is_port = digits.is_some_and(|digits| {
        digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok()
    });
    (!name.is_empty() && (port.is_empty() || is_port)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_gateway_that_others_can_reach_waits_for_load_balancers() {
        let of = |listen: &str, drain_delay| {
            let listen = listen.parse().unwrap();
            let settings = Settings {
                listen,
                drain_delay,
                ..Settings::default()
            };
            settings.drain_delay()
        };
        let second = Duration::from_secs(1);
        assert_eq!(of("127.0.0.1:8080", None), Duration::ZERO);
        assert_eq!(of("0.0.0.0:8080", None), second);
        assert_eq!(of("127.0.0.1:8080", Some(second * 5)), second * 5);
    }

    #[test]
    fn only_own_host_names_pass_with_any_port() {
        let public_url = Url::parse("https://numbers.example.com").ok();
        let settings = Settings {
            public_url,
            allowed_hosts: vec!["gw.internal".into()],
            ..Settings::default()
        };
        for own in [
            "127.0.0.1:8080",
            "localhost",
            "[::1]:9",
            "numbers.example.com",
            "NUMBERS.example.com:443",
            "gw.internal",
        ] {
            assert!(settings.is_own_host(own), "{own}");
        }
        for foreign in [
            "evil.example",
            "127.0.0.1.evil.example",
            "",
            "localhost.evil.example:8080",
            "[::2]:8080",
            "[::1]evil",
            "[::1]:80evil",
            "127.0.0.1:80@evil.example",
            "127.0.0.1@evil.example",
            "localhost:",
            "localhost:99999",
            "localhost:+80",
            "localhost/x",
            "evil.example:80:[::1]",
        ] {
            assert!(!settings.is_own_host(foreign), "{foreign}");
        }
    }
}
