//! What the gateway itself can be told.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use trunkline_core::KeyRate;
use url::Url;

/// Settings of the gateway.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where clients and carriers reach it.
    pub public_url: Option<Url>,
    /// Names in `Host` that are its own, beside the loopback names, `listen` and `public_url`.
    pub allowed_hosts: Vec<String>,
    /// Largest request body, in bytes.
    pub max_body: usize,
    /// How long the gateway goes on as before once it is told to stop, but for saying that it is not ready.
    pub drain_delay: Duration,
    /// How long shutdown waits for what is under way.
    pub shutdown_timeout: Duration,
    /// Origins whose pages may read the API from a browser, such as `https://intranet.example.com`; none unless said.
    pub cors_origins: Vec<String>,
    /// How fast a key may call that says nothing else, in each process.
    pub rate_limit: KeyRate,
    /// How fast one address may send wrong keys.
    pub failed_auth: KeyRate,
    /// How many requests may be under way; more are told to come back.
    pub max_in_flight: usize,
    /// How many connections may be open; more are told to come back.
    pub max_connections: usize,
    /// How long the head of a request may take, and a connection be idle.
    pub header_timeout: Duration,
    /// How long a request may take in all.
    pub request_timeout: Duration,
}

/// A rate of so many per second, and so many at once.
const fn rate(per_second: u32, burst: u32) -> KeyRate {
    const fn positive(number: u32) -> NonZeroU32 {
        match NonZeroU32::new(number) {
            Some(number) => number,
            None => NonZeroU32::MIN,
        }
    }
    KeyRate {
        per_second: positive(per_second),
        burst: positive(burst),
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            allowed_hosts: Vec::new(),
            max_body: 1 << 20,
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
            rate_limit: rate(1_000, 2_000),
            failed_auth: rate(10, 500),
            max_in_flight: 4_096,
            max_connections: 8_192,
            header_timeout: Duration::from_secs(20),
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

    /// Whether a `Host` header, with or without a port, names this gateway.
    #[must_use]
    pub fn is_own_host(&self, host: &str) -> bool {
        let name = host_name(host);
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
    matches!(host_name(host), "localhost" | "127.0.0.1" | "[::1]")
}

/// The host without its port; IPv6 addresses keep their brackets.
fn host_name(host: &str) -> &str {
    match host.rfind(']') {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_pass_with_any_port() {
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
        ] {
            assert!(!settings.is_own_host(foreign), "{foreign}");
        }
    }
}
