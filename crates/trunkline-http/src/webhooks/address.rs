//! Which addresses strangers may have us connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use ipnet::IpNet;
use trunkline_core::{Error, Result};

/// IPv4 that is not the public internet's, by the IANA registry of special-purpose addresses.
const SPECIAL_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// What is not the public internet's among IPv6 that is (`2000::/3`): what tunnels or translates IPv4, and examples.
const SPECIAL_V6: &[&str] = &["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/// The addresses that webhooks may have beside public ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(Vec<IpNet>);

impl Allowed {
    /// Reads networks such as `10.0.0.0/8`, and single addresses.
    ///
    /// # Errors
    /// `InvalidRequest` for a text that is neither.
    pub fn parse<'t>(networks: impl IntoIterator<Item = &'t str>) -> Result<Self> {
        let parse = |text: &str| {
            let one = text.parse::<IpAddr>().map(IpNet::from);
            one.or_else(|_| text.parse::<IpNet>()).map_err(|_| {
                Error::invalid(
                    "allow",
                    "expected a network such as 10.0.0.0/8, or an address",
                )
            })
        };
        networks
            .into_iter()
            .map(parse)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether nothing is allowed but public addresses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is among them.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// Whether this machine may be reached through its loopback.
    pub(super) fn has_loopback(&self) -> bool {
        self.contains(Ipv4Addr::LOCALHOST.into()) || self.contains(Ipv6Addr::LOCALHOST.into())
    }

    /// Whether anybody may have us connect to an address: it is public, and not our own.
    pub(super) fn is_fit(&self, ip: IpAddr) -> bool {
        is_public(ip) && !is_own(ip)
    }
}

fn is_public(ip: IpAddr) -> bool {
    let within = |networks: &[&str]| {
        let networks = networks
            .iter()
            .filter_map(|text| text.parse::<IpNet>().ok());
        networks.into_iter().any(|network| network.contains(&ip))
    };
    match ip {
        IpAddr::V4(_) => !within(SPECIAL_V4),
        // An IPv4 address in disguise is refused whatever it is.
        IpAddr::V6(v6) => v6.segments()[0] & 0xe000 == 0x2000 && !within(SPECIAL_V6),
    }
}

/// Whether an address is one of this machine's: only such can be bound.
fn is_own(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_address_is_rejected_in_every_notation() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "239.255.255.255",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn networks_and_addresses_can_be_allowed() {
        let allowed = Allowed::parse(["10.0.0.0/8", "127.0.0.1", "fd00::/8"]).unwrap();
        for text in ["10.1.2.3", "127.0.0.1", "::ffff:10.0.0.1", "fd00::1"] {
            assert!(allowed.contains(text.parse().unwrap()), "{text}");
        }
        for text in ["11.0.0.1", "127.0.0.2", "::1"] {
            assert!(!allowed.contains(text.parse().unwrap()), "{text}");
        }
        assert!(allowed.has_loopback());
        assert!(Allowed::parse(["10.0.0.0/33"]).is_err() && Allowed::parse(["localhost"]).is_err());
    }

    #[test]
    fn own_addresses_are_recognized_by_binding() {
        assert!(is_own(Ipv4Addr::LOCALHOST.into()));
        assert!(!is_own("8.8.8.8".parse().unwrap()));
    }
}
