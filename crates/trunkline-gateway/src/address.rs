//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use crate::settings::{Settings, is_loopback_name};

/// The address of a client, in the extensions of its request: that of the connection, or the one a trusted proxy names.
/// `None` for a request of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl ClientAddress {
    /// Finds the address of a request.
    pub(crate) fn of(settings: &Settings, request: &Request) -> Self {
        let peer = peer(request.extensions());
        match peer.filter(|peer| settings.is_trusted_proxy(*peer)) {
            Some(proxy) => Self(Some(forwarded(settings, request.headers(), proxy))),
            None => Self(peer),
        }
    }

    /// The address that was found before.
    pub(crate) fn among(extensions: &Extensions) -> Self {
        let found = extensions.get::<Self>();
        found.copied().unwrap_or_else(|| Self(peer(extensions)))
    }
}

/// The other end of the connection.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|peer| peer.0.ip().to_canonical())
}

/// The last hop that is not a trusted proxy: anything before it may be forged.
fn forwarded(settings: &Settings, headers: &HeaderMap, proxy: IpAddr) -> IpAddr {
    let lines = headers.get_all("x-forwarded-for").iter();
    let hops: Vec<&str> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .collect();
    let mut nearest = proxy;
    for hop in hops.into_iter().rev() {
        let Some(address) = hop_address(hop.trim()) else {
            break;
        };
        nearest = address;
        if !settings.is_trusted_proxy(address) {
            break;
        }
    }
    nearest
}

/// An address, perhaps with a port.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let address = hop.parse().ok();
    let address = address.or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

/// Whether a request comes straight from this machine: over a loopback connection, to a loopback name, and with no sign
/// of a proxy, which would make everybody local.
pub(crate) fn is_direct(settings: &Settings, parts: &Parts) -> bool {
    let peer = peer(&parts.extensions);
    let is_near = peer.is_none_or(|peer| peer.is_loopback() && !settings.is_trusted_proxy(peer));
    let host = parts.headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let target = parts.uri.authority().map(|authority| authority.as_str());
    let named =
        host.or(target).is_some_and(is_loopback_name) && target.is_none_or(is_loopback_name);
    settings.is_private() && is_near && named && !is_forwarded(&parts.headers)
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    let names = [
        "forwarded",
        "x-real-ip",
        "via",
        "cf-connecting-ip",
        "true-client-ip",
        "x-client-ip",
    ];
    let mut given = headers.keys().map(|name| name.as_str());
    given.any(|name| name.starts_with("x-forwarded-") || names.contains(&name))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(peer: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().uri("/v1/accounts");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 5_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    fn behind_proxies() -> Settings {
        Settings {
            trusted_proxies: vec![
                "10.0.0.0/8".parse().unwrap(),
                "127.0.0.1/32".parse().unwrap(),
            ],
            ..Settings::default()
        }
    }

    #[test]
    fn forwarded_address_counts_only_from_a_trusted_proxy() {
        let settings = behind_proxies();
        let found = |peer: &str, forwarded: &[(&str, &str)]| {
            let ClientAddress(found) = ClientAddress::of(&settings, &request(peer, forwarded));
            found.unwrap().to_string()
        };
        let line = |text| [("x-forwarded-for", text)];
        assert_eq!(found("192.0.2.9", &line("203.0.113.1")), "192.0.2.9");
        assert_eq!(found("10.0.0.2", &line("203.0.113.1")), "203.0.113.1");
        assert_eq!(
            found("10.0.0.2", &line("6.6.6.6, 203.0.113.1, 10.0.0.9")),
            "203.0.113.1"
        );
        assert_eq!(found("10.0.0.2", &line("203.0.113.1:4711")), "203.0.113.1");
        assert_eq!(found("10.0.0.2", &line("unknown")), "10.0.0.2");
        assert_eq!(found("10.0.0.2", &[]), "10.0.0.2");
        let two = [
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-for", "2001:db8::7"),
        ];
        assert_eq!(found("10.0.0.2", &two), "2001:db8::7");
    }

    #[test]
    fn request_with_any_sign_of_a_proxy_is_not_direct() {
        let direct = |settings: &Settings, peer: &str, headers: &[(&str, &str)]| {
            is_direct(settings, &request(peer, headers).into_parts().0)
        };
        let own = Settings::default();
        let host = ("host", "127.0.0.1:8080");
        assert!(direct(&own, "127.0.0.1", &[host]));
        assert!(direct(&own, "::1", &[("host", "LOCALHOST")]));
        assert!(!direct(&own, "127.0.0.1", &[]), "without a Host");
        assert!(!direct(&own, "192.0.2.9", &[host]));
        assert!(!direct(
            &own,
            "127.0.0.1",
            &[("host", "numbers.example.com")]
        ));
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-real-ip",
            "via",
            "cf-connecting-ip",
        ] {
            assert!(!direct(&own, "127.0.0.1", &[host, (name, "x")]), "{name}");
        }
        let named = |public: &str| Settings {
            public_url: public.parse().ok(),
            ..Settings::default()
        };
        assert!(!direct(
            &named("https://numbers.example.com"),
            "127.0.0.1",
            &[host]
        ));
        assert!(direct(
            &named("http://127.0.0.1:8080"),
            "127.0.0.1",
            &[host]
        ));
        let everywhere = Settings {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            ..Settings::default()
        };
        assert!(!direct(&everywhere, "127.0.0.1", &[host]));
        assert!(
            !direct(&behind_proxies(), "127.0.0.1", &[host]),
            "it is the proxy"
        );
    }
}
