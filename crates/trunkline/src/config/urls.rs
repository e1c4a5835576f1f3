//! Properties of addresses in a configuration.

use url::Url;

/// Whether an address with this scheme leads to another machine.
#[must_use]
pub fn is_open(url: &str, scheme: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = |host: &str| {
        host.parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    };
    let elsewhere = !host.is_empty() && host != "localhost" && !is_here(host);
    url.scheme() == scheme && elsewhere
}

/// Whether a PostgreSQL server is on another machine and may be reached without encryption.
pub(super) fn is_open_postgres(url: &str) -> bool {
    let strong = ["require", "verify-ca", "verify-full"];
    let encrypted = Url::parse(url).is_ok_and(|url| {
        let mut pairs = url.query_pairs();
        pairs.any(|(name, value)| name == "sslmode" && strong.contains(&value.as_ref()))
    });
    !encrypted && (is_open(url, "postgres") || is_open(url, "postgresql"))
}

/// Whether an address has a password.
pub(crate) fn has_password(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.password().is_some())
}
