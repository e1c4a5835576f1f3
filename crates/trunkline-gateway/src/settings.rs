//! What the gateway itself can be told.

use std::net::SocketAddr;
use std::time::Duration;

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
        }
    }
}

impl Settings {
    /// Whether a `Host` header, with or without a port, names this gateway.
    #[must_use]
    pub fn is_own_host(&self, host: &str) -> bool {
        let name = host_name(host);
        let loopback = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        let public = self.public_url.as_ref().and_then(Url::host_str);
        loopback
            || name == self.listen.ip().to_string()
            || name == format!("[{}]", self.listen.ip())
            || public.is_some_and(|public| public.eq_ignore_ascii_case(name))
            || self
                .allowed_hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(name))
    }
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
