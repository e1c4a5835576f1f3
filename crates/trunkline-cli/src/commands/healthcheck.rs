//! `trunkline healthcheck`

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use trunkline::Config;

use crate::call::Call;
use crate::client::{Needs, Target};
use crate::failure::{Exit, Failure};
use crate::file;
use crate::session::{Context, Ended};

/// Longest wait for the answer: less than the usual timeout of a container's health check.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(live: bool, mut context: Context<'_>) -> Ended {
    if context.target == Target::Here {
        let loaded = file::load(context.global.config.as_deref(), Config::parse)?;
        let config = loaded.map(|loaded| loaded.config).unwrap_or_default();
        context.target = Target::Server(format!("http://{}", reachable(config.server.listen)));
    }
    let session = context.open(Needs::Nothing).await?;
    let call = Call::get(if live { "/healthz" } else { "/readyz" });
    match tokio::time::timeout(PATIENCE, session.api.send(&call)).await {
        Ok(answer) => answer.map(|_| Exit::Done),
        Err(_) => Err(Failure::failed("no answer within 5 s")),
    }
}

/// The address at which a gateway is reached from its own machine.
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
    fn gateway_on_all_addresses_is_reached_at_loopback() {
        let at = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(at("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(at("[::]:80"), "[::1]:80");
        assert_eq!(at("10.0.0.7:80"), "10.0.0.7:80");
    }
}
