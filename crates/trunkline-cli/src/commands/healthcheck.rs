//! `trunkline healthcheck`

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::call::Call;
use crate::client::{Api, Needs, Target};
use crate::failure::{Exit, Failure};
use crate::file;
use crate::session::Session;

/// Longest that an answer may take: less than what containers are given for it.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(live: bool, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let target = match &session.target {
        Target::Here => {
            let loaded = file::load(session.global.config.as_deref())?;
            let config = loaded.map(|loaded| loaded.config).unwrap_or_default();
            Target::Server(format!("http://{}", reachable(config.server.listen)))
        }
        named => named.clone(),
    };
    let api = Api::open(&target, &session.global, Needs::Nothing).await?;
    if let Some(warning) = api.warning() {
        session.console.note(warning);
    }
    let call = Call::get(if live { "/healthz" } else { "/readyz" });
    match tokio::time::timeout(PATIENCE, api.send(&call)).await {
        Ok(answer) => answer.map(|_| Exit::Done),
        Err(_) => Err(Failure::failed("no answer within 5 s")),
    }
}

/// Where a gateway that listens on all addresses is reached from its own machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_are_reached_at_loopback() {
        let at = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(at("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(at("[::]:80"), "[::1]:80");
        assert_eq!(at("10.0.0.7:80"), "10.0.0.7:80");
    }
}
